"""What each kind of case puts on the officer's page: how its content is read, the piece that shows it, its wording.

Another kind plugs in by an entry here: a loader in services/, called with the case; its result is `content` in the
piece, and where it has `content_sha256` a decision names it and is refused when the content has changed since.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.workflows import CaseKind
from models import Case
from services import registrations


@dataclass(frozen=True, kw_only=True)
class ContentPiece:
    """The part of the page that differs by kind.

    `sections` are what a point of a supplement notice may concern, as key and label; `phrases` are offered for it.
    """

    load: Callable[[Case], Any]
    template: str
    sections: dict[str, str]
    phrases: tuple[str, ...]


CONTENT_PIECES: dict[CaseKind, ContentPiece] = {
    CaseKind.EMPLOYER_REGISTRATION: ContentPiece(
        load=registrations.review,
        template="bureau/cases/_registration.html",
        sections=registrations.SECTIONS,
        phrases=(
            "与上传的营业执照不一致，请按证照填写",
            "营业执照照片不清晰或不完整，请重新拍摄上传原件照片",
            "上传的不是本单位有效的证照，请上传营业执照或登记证书",
            "单位不在本地区管理，请改选单位所在的县（市、区）",
            "请填写能联系到本人的电话",
        ),
    ),
}

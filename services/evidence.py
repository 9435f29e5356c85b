"""Evidence of an activity (佐证材料): photos and videos, kept as they came, shown without camera data."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from PIL import Image
from sqlalchemy import select

from domain.errors import RuleError
from domain.periods import CHINA
from domain.result_rules import EvidenceNeed, evidence_needs, taken_hint
from domain.roles import Actor
from models import Attachment, Case, ResultReport, StoredFile, db
from services import audit, clock, files, policies, result_content

PHOTO, VIDEO = "photo", "video"
MOST_FILES = 60
_VIDEO_NAMES = (".mp4", ".mov", ".webm")

_EXIF_FOLDER = 0x8769
_TAKEN_AT = (36867, 36868, 306)  # DateTimeOriginal, DateTimeDigitized, DateTime


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One photo or video with what there is to doubt about it."""

    id: int
    kind: str
    name: str
    size: int
    taken_at: datetime | None
    doubts: tuple[str, ...]


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_report(report: ResultReport) -> list[Attachment]:
    """The photos and videos that stand, in the order they came."""
    return list(
        db.session.scalars(
            select(Attachment)
            .where(
                Attachment.case_id == report.case_id,
                Attachment.kind.in_((PHOTO, VIDEO)),
                Attachment.removed_at.is_(None),
            )
            .order_by(Attachment.id)
        )
    )


def find(report: ResultReport, attachment_id: int) -> Attachment | None:
    """One piece of this report's evidence."""
    return next((piece for piece in of_report(report) if piece.id == attachment_id), None)


def count(report: ResultReport, kind: str) -> int:
    return sum(piece.kind == kind for piece in of_report(report))


def needs(report: ResultReport) -> tuple[EvidenceNeed, ...]:
    """What there is and what the policy asks for a class of this many days."""
    days: set[date] = {session.on for session in report.filing.sessions}
    return evidence_needs(
        photos=count(report, PHOTO), videos=count(report, VIDEO), days=len(days), policy=policies.active_policy()
    )


def missing(report: ResultReport) -> list[EvidenceNeed]:
    """What the policy asks and is not there: to be added or explained."""
    return [need for need in needs(report) if need.missing]


def pieces(report: ResultReport) -> list[Piece]:
    """The evidence as a page shows it. A picture used for another activity too is what an officer must see."""
    attachments = of_report(report)
    days = sorted({session.on for session in report.filing.sessions})
    elsewhere = _used_elsewhere(report, [piece.file.sha256 for piece in attachments])
    return [
        Piece(
            id=piece.id,
            kind=piece.kind,
            name=piece.label,
            size=piece.file.size,
            taken_at=piece.taken_at,
            doubts=tuple(
                doubt
                for doubt in (
                    taken_hint(piece.taken_at, days) if piece.kind == PHOTO else "",
                    "同一文件也用于其他活动" if piece.file.sha256 in elsewhere else "",
                )
                if doubt
            ),
        )
        for piece in attachments
    ]


def _used_elsewhere(report: ResultReport, hashes: Sequence[str]) -> set[str]:
    if not hashes:
        return set()
    return set(
        db.session.scalars(
            select(StoredFile.sha256)
            .join(Attachment, Attachment.file_id == StoredFile.id)
            .join(Case, Case.id == Attachment.case_id)
            .where(
                StoredFile.sha256.in_(hashes),
                Attachment.case_id != report.case_id,
                Attachment.removed_at.is_(None),
                Attachment.kind.in_((PHOTO, VIDEO)),
            )
        )
    )


# --- Acts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file as it arrived. What takes time to find out of it is found out once, and may be before the transaction."""

    name: str
    data: bytes

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def media_type(self) -> str:
        """By its content; raises BadFile with the name of the file."""
        kind = files.VIDEO if self.name.lower().endswith(_VIDEO_NAMES) else files.PHOTO
        try:
            return files.check(self.data, kind)
        except files.BadFile as error:
            raise files.BadFile(f"“{self.name[-60:]}”：{error.message}") from error

    @cached_property
    def shown(self) -> bytes | None:
        """The copy that pages show, without camera data; None for a video."""
        return files.display_copy(self.data) if self.media_type.startswith("image/") else None


def look_at(uploads: Sequence[Upload]) -> None:
    """Decode the pictures, while no transaction keeps other writers waiting; raises BadFile."""
    for upload in uploads:
        upload.shown  # noqa: B018 - it is kept


def add(report: ResultReport, uploads: Sequence[Upload], *, actor: Actor) -> int:
    """Keep these photos and videos, all or none; returns how many are new, for a second upload of a file adds nothing.

    Raises BadFile with the name of the file that cannot be taken.
    """
    result_content.lock_editable(report, actor)
    present = {piece.file.sha256 for piece in of_report(report)}
    look_at(uploads)
    new = {upload.sha256: upload for upload in uploads if upload.sha256 not in present}
    if len(present) + len(new) > MOST_FILES:
        raise RuleError(f"每次活动最多保存 {MOST_FILES} 个佐证文件，请挑选后上传", code="too_many_files")
    for upload in new.values():
        stored = files.store(upload.data, name=upload.name, media_type=upload.media_type, actor=actor)
        shown = None
        if upload.shown is not None:
            shown = files.store(upload.shown, name=f"{stored.id}.jpg", media_type="image/jpeg", actor=actor)
        db.session.add(
            Attachment(
                case_id=report.case_id,
                file_id=stored.id,
                display_file_id=shown.id if shown else None,
                kind=PHOTO if shown else VIDEO,
                label=stored.original_name,
                taken_at=taken_at(upload.data) if shown else None,
            )
        )
    audit.record("result_report.evidence", actor=actor, object_kind="case", object_id=report.case_id, added=len(new))
    return len(new)


def remove(report: ResultReport, attachment_id: int, *, actor: Actor) -> None:
    """Take one piece out; the bytes are kept with the case, for a photo taken out may matter later."""
    result_content.lock_editable(report, actor)
    piece = find(report, attachment_id)
    if piece is None:
        raise RuleError("该文件已经移除，请刷新页面")
    piece.removed_at = clock.now()
    audit.record("result_report.evidence", actor=actor, object_kind="case", object_id=report.case_id, removed=piece.id)


def taken_at(data: bytes) -> datetime | None:
    """When the camera says the photo was taken (its clock is taken as China time), or None."""
    try:
        exif = Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP")).getexif()
        values = {**dict(exif), **exif.get_ifd(_EXIF_FOLDER)}
    except (OSError, SyntaxError, ValueError, KeyError):
        return None
    for tag in _TAKEN_AT:
        try:
            return datetime.strptime(str(values.get(tag, "")).strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=CHINA)
        except ValueError:
            continue
    return None

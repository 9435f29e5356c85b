"""The evidence as pages show it: session by session, with what there is to doubt, and photos that look the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from domain.evidence_rules import time_doubt
from domain.roles import Actor
from models import ActivitySession, Attachment, Case, PictureMatch, ResultReport, StoredFile, db
from services import cases, challenge, clock, evidence, policies


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One photo, video or sheet: what there is to doubt about it, and milder notes.

    `word` is the challenge word of its session: for officers, never for pages of the organiser. `twins` says that there
    is something to compare it with.
    """

    id: int
    kind: str
    name: str
    size: int
    taken_at: datetime | None
    session_id: int | None
    session: str
    word: str
    doubts: tuple[str, ...]
    notes: tuple[str, ...]
    twins: bool


def pieces(report: ResultReport) -> list[Piece]:
    """The evidence as a page shows it, session by session, what belongs to none last."""
    attachments = evidence.of_report(report)
    placed = evidence.placed(attachments)
    sessions = {session.id: session for session in report.filing.sessions}
    order = {session_id: place for place, session_id in enumerate(sessions)}
    elsewhere = _used_elsewhere(report, [piece.file.sha256 for piece in attachments])
    twins = _twins_of([piece.id for piece in attachments])
    found = []
    for piece in attachments:
        session = sessions.get(placed.get(piece.id) or 0)
        others = {_said_of_twin(report, piece, other, placed, sessions) for other in twins.get(piece.id, ())} - {""}
        same_file = piece.file.sha256 in elsewhere
        doubts = (
            _time_doubt(report, piece, session) if piece.kind != evidence.SHEET else "",
            "同一文件也用于其他活动" if same_file else "",
            *(said for said in sorted(others) if not same_file),
        )
        found.append(
            Piece(
                id=piece.id,
                kind=piece.kind,
                name=piece.label,
                size=piece.file.size,
                taken_at=piece.taken_at,
                session_id=session.id if session else None,
                session=evidence.say_session(session) if session else "",
                word=challenge.word_of(session) if session else "",
                doubts=tuple(doubt for doubt in doubts if doubt),
                notes=("没有拍摄时间",) if piece.kind == evidence.PHOTO and piece.taken_at is None else (),
                twins=bool(others),
            )
        )
    return sorted(found, key=lambda piece: (order.get(piece.session_id or 0, len(order)), piece.kind == evidence.SHEET))


def _time_doubt(report: ResultReport, piece: Attachment, session: ActivitySession | None) -> str:
    figure = policies.active_policy().figures.get("evidence.slack_minutes")
    return time_doubt(
        piece.taken_at,
        evidence.sitting(session) if session else None,
        evidence.class_days(report),
        now=clock.now(),
        slack=timedelta(minutes=int(figure) if figure is not None else 0),
    )


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
                Attachment.kind.in_(evidence.KINDS),
            )
        )
    )


# --- Photos that show nearly the same ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Twin:
    """The other photo of a pair, and whose it is."""

    attachment_id: int
    case_id: int
    mirrored: bool


def _twins_of(attachment_ids: Sequence[int]) -> dict[int, list[Twin]]:
    """The standing photos, by each of these, that show nearly the same: earlier and later ones."""
    one, two = aliased(Attachment), aliased(Attachment)
    rows = db.session.execute(
        select(one.id, one.case_id, two.id, two.case_id, PictureMatch.mirrored)
        .join(one, one.id == PictureMatch.attachment_id)
        .join(two, two.id == PictureMatch.other_id)
        .where(
            or_(PictureMatch.attachment_id.in_(attachment_ids), PictureMatch.other_id.in_(attachment_ids)),
            one.removed_at.is_(None),
            two.removed_at.is_(None),
        )
        .order_by(PictureMatch.other_id)
    )
    asked, found = set(attachment_ids), dict[int, list[Twin]]()
    for one_id, one_case, two_id, two_case, mirrored in rows:
        for mine, other, case_id in ((one_id, two_id, two_case), (two_id, one_id, one_case)):
            if mine in asked:
                found.setdefault(mine, []).append(Twin(attachment_id=other, case_id=case_id, mirrored=mirrored))
    return found


def twins(attachment: Attachment) -> list[Twin]:
    """The photos to compare this one with."""
    return _twins_of([attachment.id]).get(attachment.id, [])


def _said_of_twin(
    report: ResultReport,
    piece: Attachment,
    twin: Twin,
    placed: Mapping[int, int | None],
    sessions: Mapping[int, ActivitySession],
) -> str:
    """The doubt in words; none if the pair are two shots of one class day."""
    turned = "（左右翻转）" if twin.mirrored else ""
    if twin.case_id != report.case_id:
        return f"与其他活动的照片几乎相同{turned}"
    days = [sessions[id_].on if (id_ := placed.get(each)) else None for each in (piece.id, twin.attachment_id)]
    return f"与本活动另一天的照片几乎相同{turned}" if None not in days and days[0] != days[1] else ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A photo that shows nearly the same as another; without `attachment_id` if this viewer may not see it."""

    attachment_id: int | None
    mirrored: bool
    activity: str
    region: str
    uploaded_at: datetime
    taken_at: datetime | None
    own: bool


def comparisons(attachment: Attachment, *, seen_by: Actor) -> list[Comparison]:
    """The photos to compare this one with; of a case the viewer may not know of only the region and the day."""
    found = []
    for twin in twins(attachment):
        other = db.session.get_one(Attachment, twin.attachment_id)
        seen = cases.find(twin.case_id, seen_by=seen_by) is not None
        found.append(
            Comparison(
                attachment_id=other.id if seen else None,
                mirrored=twin.mirrored,
                activity=other.case.title if seen else "",
                region=other.case.region.name,
                uploaded_at=other.file.uploaded_at,
                taken_at=other.taken_at if seen else None,
                own=twin.case_id == attachment.case_id,
            )
        )
    return found

"""Evidence of an activity (佐证材料): photos, videos and signed sheets by session; shown without camera data."""

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from flask import current_app
from PIL import Image
from sqlalchemy import func, insert, select

from config import Settings
from domain.errors import RuleError
from domain.evidence_rules import EvidenceNeed, Found, Meter, Sitting, meter, sitting_of
from domain.filing_content import Half
from domain.periods import CHINA, say_date, start_of_china_day
from domain.roles import Actor
from domain.video_files import look_into
from models import ActivitySession, Attachment, Case, EvidencePiece, PictureMatch, ResultReport, StoredFile, db
from models import Upload as IncomingFile
from services import audit, clock, files, pictures, policies, result_content, sheet_codes

PHOTO, VIDEO, SHEET = "photo", "video", "sheet"
KINDS = {PHOTO: "照片", VIDEO: "视频", SHEET: "签到表"}
MOST_FILES = 200
VIDEO_NAMES = (".mp4", ".mov", ".webm", ".m4v")

_EXIF_FOLDER = 0x8769
_TAKEN_AT = (36867, 36868, 306)  # DateTimeOriginal, DateTimeDigitized, DateTime


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_report(report: ResultReport) -> list[Attachment]:
    """The pieces that stand, in the order they came."""
    return list(
        db.session.scalars(
            select(Attachment)
            .where(
                Attachment.case_id == report.case_id,
                Attachment.kind.in_(KINDS),
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


def say_session(session: ActivitySession) -> str:
    """A session for a list or a choice: 2026年6月8日 上午."""
    return f"{say_date(session.on)} {Half(session.half).label}"


def class_days(report: ResultReport) -> list[date]:
    """The days on which there was class."""
    return sorted({session.on for session in report.filing.sessions})


def placed(attachments: Sequence[Attachment]) -> dict[int, int | None]:
    """The session of each piece."""
    rows = db.session.execute(
        select(EvidencePiece.attachment_id, EvidencePiece.session_id).where(
            EvidencePiece.attachment_id.in_([piece.id for piece in attachments])
        )
    )
    return {row.attachment_id: row.session_id for row in rows}


def measure(report: ResultReport) -> Meter:
    """Day by day what the policy asks and what there is: for the organiser and the officer alike (F10)."""
    attachments = of_report(report)
    where = placed(attachments)
    days = {session.id: session.on for session in report.filing.sessions}
    counted = Counter((days.get(where.get(piece.id) or 0), piece.kind) for piece in attachments)
    found = {on: Found(photos=counted[on, PHOTO], videos=counted[on, VIDEO]) for on in (*days.values(), None)}
    loose = found.pop(None)
    return meter(
        {on: each for on, each in found.items() if on is not None},
        class_days(report),
        policies.active_policy(),
        loose=loose,
    )


def needs(report: ResultReport) -> tuple[EvidenceNeed, ...]:
    """What the policy asks, day by day and of the whole."""
    return measure(report).needs


def missing(report: ResultReport) -> list[EvidenceNeed]:
    """What the policy asks and is not there: to be added or explained."""
    return list(measure(report).missing)


def sitting(session: ActivitySession) -> Sitting:
    """As much of a session as the rules ask for."""
    return Sitting(id=session.id, starts_at=session.starts_at, ends_at=session.ends_at)


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
        kind = files.VIDEO if self.name.lower().endswith(VIDEO_NAMES) else files.PHOTO
        try:
            return files.check(self.data, kind)
        except files.BadFile as error:
            raise files.BadFile(f"“{self.name[-60:]}”：{error.message}") from error

    @cached_property
    def shown(self) -> bytes | None:
        """The copy that pages show, without camera data; None for a video."""
        return files.display_copy(self.data) if self.media_type.startswith("image/") else None

    @cached_property
    def sheet_of(self) -> int | None:
        """The session whose sign-in sheet the photo shows, by the sheet's code."""
        return sheet_codes.session_in(self.data) if self.shown is not None else None

    @cached_property
    def look(self) -> pictures.Look | None:
        return pictures.look_of(self.shown) if self.shown is not None and self.sheet_of is None else None

    @cached_property
    def twins(self) -> list[pictures.Twin]:
        return pictures.twins(self.look) if self.look is not None else []

    @cached_property
    def taken_at(self) -> datetime | None:
        if self.shown is not None:
            return taken_at(self.data)
        video = look_into(lambda place, length: self.data[place : place + length], len(self.data))
        return video.taken_at if video else None


def look_at(uploads: Sequence[Upload]) -> None:
    """Decode and compare the pictures, while no transaction keeps other writers waiting; raises BadFile."""
    for upload in uploads:
        upload.twins  # noqa: B018 - it is kept


def add(
    report: ResultReport,
    uploads: Sequence[Upload],
    *,
    actor: Actor,
    session_id: int | None = None,
    sheets: bool = False,
) -> int:
    """Keep these files, all or none; returns how many are new, for a second upload of a file adds nothing.

    They belong to `session_id`, or each to the session that was held when it was taken; a sign-in sheet whose code can
    be read to the one it says. With `sheets` all are sheets. Raises BadFile with the name of what cannot be taken.
    """
    result_content.lock_editable(report, actor)
    session_of = session_ids(report, session_id)
    present = {piece.file.sha256 for piece in of_report(report)}
    look_at(uploads)
    new = {upload.sha256: upload for upload in uploads if upload.sha256 not in present}
    check_room(report, len(new), sum(len(upload.data) for upload in new.values()))
    for upload in new.values():
        read_sheet = upload.sheet_of if upload.sheet_of in session_of else None
        is_sheet = sheets or read_sheet is not None
        if is_sheet and upload.shown is None:
            raise files.BadFile(f"“{upload.name[-60:]}”：签到表请上传照片")
        belongs = read_sheet or session_id or (None if is_sheet else session_at(report, upload.taken_at))
        if is_sheet and belongs is None:
            raise files.BadFile(f"“{upload.name[-60:]}”：没有认出签到表上的二维码，请选择课次后再上传")
        stored = files.store(upload.data, name=upload.name, media_type=upload.media_type, actor=actor)
        shown = None
        if upload.shown is not None:
            shown = files.store(upload.shown, name=f"{stored.id}.jpg", media_type="image/jpeg", actor=actor)
        kind = VIDEO if shown is None else SHEET if is_sheet else PHOTO
        attachment = keep(report, stored, kind=kind, taken_at=upload.taken_at, session_id=belongs, shown=shown)
        if kind == PHOTO and upload.look is not None:
            pictures.keep(attachment.id, upload.look)
            _keep_twins(attachment, upload.twins)
    audit.record("result_report.evidence", actor=actor, object_kind="case", object_id=report.case_id, added=len(new))
    return len(new)


def session_ids(report: ResultReport, chosen: int | None = None) -> set[int]:
    """The sessions of the class; raises RuleError when the chosen one is of another."""
    known = {session.id for session in report.filing.sessions}
    if chosen is not None and chosen not in known:
        raise RuleError("请从列表中选择本次活动的课次", code="foreign_session")
    return known


def check_room(report: ResultReport, new: int, size: int) -> None:
    """Raises RuleError when the activity would have more files than anybody looks through, or the organisation more
    bytes than it may bring in a year."""
    if len(of_report(report)) + new > MOST_FILES:
        raise RuleError(f"每次活动最多保存 {MOST_FILES} 个佐证文件，请挑选后上传", code="too_many_files")
    settings: Settings = current_app.extensions["settings"]
    most, used = settings.max_evidence_bytes, _used_this_year(report)
    if used + size > most:
        left = max(0, most - used) // 1024 // 1024
        raise RuleError(f"本单位今年的佐证材料空间只剩 {left} MB，请压缩后上传或联系平台服务电话", code="no_room")


def _used_this_year(report: ResultReport) -> int:
    """The bytes of the organisation's evidence of this year, and of what is on its way."""
    since = start_of_china_day(date(clock.today().year, 1, 1))
    organization_id = report.case.organization_id
    kept = db.session.scalar(
        select(func.coalesce(func.sum(StoredFile.size), 0))
        .join(Attachment, Attachment.file_id == StoredFile.id)
        .join(Case, Case.id == Attachment.case_id)
        .where(Case.organization_id == organization_id, Attachment.kind.in_(KINDS), StoredFile.uploaded_at >= since)
    )
    coming = db.session.scalar(
        select(func.coalesce(func.sum(IncomingFile.size), 0)).where(
            IncomingFile.organization_id == organization_id, IncomingFile.state != "failed"
        )
    )
    return int(kept or 0) + int(coming or 0)


def session_at(report: ResultReport, moment: datetime | None) -> int | None:
    """The session that was held when a photo was taken, as its camera says."""
    found = sitting_of(moment, [sitting(session) for session in report.filing.sessions])
    return found.id if found else None


def keep(
    report: ResultReport,
    stored: StoredFile,
    *,
    kind: str,
    taken_at: datetime | None,
    session_id: int | None,
    shown: StoredFile | None = None,
) -> Attachment:
    """Make a stored file a piece of this report's evidence. Only after `result_content.lock_editable`."""
    attachment = Attachment(
        case_id=report.case_id,
        file_id=stored.id,
        display_file_id=shown.id if shown else None,
        kind=kind,
        label=stored.original_name,
        taken_at=taken_at,
    )
    db.session.add(attachment)
    db.session.flush()
    db.session.add(EvidencePiece(attachment_id=attachment.id, session_id=session_id))
    return attachment


def _keep_twins(attachment: Attachment, found: Iterable[pictures.Twin]) -> None:
    # One that was taken out since it was found is not to be compared with.
    standing = set(
        db.session.scalars(
            select(Attachment.id).where(
                Attachment.id.in_([twin.attachment_id for twin in found]), Attachment.removed_at.is_(None)
            )
        )
    )
    rows = [
        {"attachment_id": attachment.id, "other_id": twin.attachment_id, "mirrored": twin.mirrored}
        for twin in found
        if twin.attachment_id in standing
    ]
    if rows:
        db.session.execute(insert(PictureMatch), rows)


def place(report: ResultReport, attachment_id: int, session_id: int | None, *, actor: Actor) -> None:
    """Say to which session a piece belongs, where the time it was taken does not."""
    result_content.lock_editable(report, actor)
    piece = find(report, attachment_id)
    if piece is None:
        raise RuleError("该文件已经移除，请刷新页面")
    session_ids(report, session_id)
    if session_id is None and piece.kind == SHEET:
        raise RuleError("签到表必须属于一个课次，请选择课次")
    row = db.session.get(EvidencePiece, piece.id)
    if row is None:
        db.session.add(EvidencePiece(attachment_id=piece.id, session_id=session_id))
    else:
        row.session_id = session_id
    audit.record("result_report.evidence", actor=actor, object_kind="case", object_id=report.case_id, placed=piece.id)


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

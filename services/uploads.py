"""Large videos that arrive in pieces (E16): begun, continued after a break, checked by the worker, kept or swept."""

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from config import Settings
from domain.errors import RuleError
from domain.roles import SYSTEM, Actor, Permission
from domain.video_files import look_into, media_type_of
from domain.workflows import CaseKind
from models import Attachment, Case, CaseStep, ResultReport, Upload, db
from services import audit, cases, clock, evidence, files, jobs, result_content, segments
from services.transaction import after_commit, release, transaction

MOST_CHUNK = 8 * segments.SEGMENT
"""Bytes that one request may bring: few enough to be over soon, on a slow line too."""

# Who has not sent anything for so long begins anew.
IDLE = timedelta(hours=1)
# What could not be kept stands with its reason until somebody has read it.
_SHOWN = timedelta(days=1)
_MOST_AT_ONCE = 10
# What the database and the other files of the site still need.
_RESERVE = 128 * 1024 * 1024
_PROGRESS_EVERY = 20


class TooLarge(RuleError):
    """The file is larger than the site takes, or the organisation has no room left."""

    code = "too_large"


class OutOfStep(RuleError):
    """The piece does not begin where the file ends: the sender asks how much is there, and goes on from that."""

    code = "out_of_step"
    message = "上传进度已变化，请从已收到的位置继续"


class Busy(RuleError):
    """Another request is writing to this file."""

    code = "busy"
    message = "该文件正在由另一个页面上传"


def _settings() -> Settings:
    return current_app.extensions["settings"]


def most_bytes() -> int:
    """How large one video may be."""
    return _settings().max_video_bytes


def _folder() -> Path:
    return _settings().instance / "uploads"


def _path(upload_id: int) -> Path:
    return _folder() / f"{upload_id:016x}"


# --- Reads ------------------------------------------------------------------------------------------------------------


def find(upload_id: int, *, seen_by: Actor) -> Upload | None:
    """The upload if it is of this actor's organisation; whoever of it began it, another may go on."""
    if seen_by.organization_id is None or not seen_by.can(Permission.RESULT_WRITE):
        return None
    return db.session.scalar(
        select(Upload).where(Upload.id == upload_id, Upload.organization_id == seen_by.organization_id)
    )


def kept(upload_id: int, *, seen_by: Actor) -> Attachment | None:
    """The piece of evidence an upload has become."""
    visible = cases.visible_to(seen_by).with_only_columns(Case.id)
    return db.session.scalar(
        select(Attachment).where(Attachment.file_id == upload_id, Attachment.case_id.in_(visible)).limit(1)
    )


def of_report(report: ResultReport) -> list[Upload]:
    """What is on its way, being checked, or could not be kept."""
    return list(db.session.scalars(select(Upload).where(Upload.report_id == report.id).order_by(Upload.id)))


# --- Sending ----------------------------------------------------------------------------------------------------------


def begin(report: ResultReport, *, name: str, size: int, session_id: int | None, actor: Actor) -> Upload:
    """Make room for a video of this size.

    Raises TooLarge, RuleError for what is no video or too many at once, and OSError when the disk has no room.
    """
    result_content.lock_editable(report, actor)
    evidence.session_ids(report, session_id)
    if not name.lower().endswith(evidence.VIDEO_NAMES):
        raise files.BadFile("这里只接受 MP4、MOV 或 WebM 视频")
    if not 0 < size <= most_bytes():
        raise TooLarge(f"视频是空的或超过 {most_bytes() // 1024 // 1024} MB，请压缩或分段后再上传")
    under_way = [upload for upload in of_report(report) if upload.state != "failed"]
    if len(under_way) >= _MOST_AT_ONCE:
        raise RuleError(f"还有 {len(under_way)} 个视频没有传完，请先传完或取消", code="too_many_uploads")
    evidence.check_room(report, len(under_way) + 1, size)
    _check_disk(size + _RESERVE)
    now = clock.machine_now()
    upload = Upload(
        report_id=report.id,
        organization_id=report.case.organization_id,
        session_id=session_id,
        membership_id=actor.membership_id,
        account_id=actor.account_id,
        name=files.plain_name(name),
        size=size,
        received=0,
        created_at=now,
        touched_at=now,
    )
    db.session.add(upload)
    db.session.flush()
    return upload


def _check_disk(wanted: int) -> None:
    if shutil.disk_usage(_settings().instance).free < wanted:
        raise OSError(errno.ENOSPC, "no room for an upload")


def append(upload: Upload, offset: int, read: Callable[[int], bytes], *, actor: Actor) -> int:
    """Add what `read` gives; returns how much of the file is there. Not within a transaction: a line may be slow.

    What arrives whole is on disk before it is counted, so that nothing counted is lost with the process. Raises
    OutOfStep, Busy, BadFile as soon as the first bytes are of no video, OSError when the disk is full.
    """
    upload_id, size = upload.id, upload.size
    if upload.state != "receiving" or upload.received != offset:
        raise OutOfStep
    _check_disk(min(size - offset, MOST_CHUNK) + _RESERVE // 2)
    release()
    path = _path(upload_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone_with(upload_id):
        received = db.session.scalar(select(Upload.received).where(Upload.id == upload_id))
        release()
        if received != offset:
            raise OutOfStep
        there = segments.write(path, upload_id, size, offset, read)
        if offset == 0 and there:
            head = b"".join(segments.read(path, upload_id, size, 0, min(size, 64)))
            if media_type_of(head) is None:
                with transaction():
                    discard(upload_id)
                raise files.BadFile("文件内容不是 MP4、MOV 或 WebM 视频，请重新选择")
        with transaction():
            counted = db.session.execute(
                update(Upload)
                .where(Upload.id == upload_id, Upload.received == offset, Upload.state == "receiving")
                .values(
                    received=there, touched_at=clock.machine_now(), state="checking" if there == size else "receiving"
                )
            )
            if counted.rowcount != 1:  # type: ignore[attr-defined]
                raise OutOfStep
            if there == size:
                jobs.ask("evidence_video", actor=actor, total=size, upload_id=upload_id)
    return there


@contextmanager
def _alone_with(upload_id: int) -> Iterator[None]:
    """Two pages, or a page and its own lost request, never write to one file at once. Ends with the process."""
    held = os.open(_folder() / f"{upload_id:016x}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        yield
    finally:
        os.close(held)


def discard(upload_id: int) -> None:
    """Forget an upload and what has arrived of it."""
    upload = db.session.get(Upload, upload_id)
    if upload is not None:
        db.session.delete(upload)
    after_commit(lambda: _remove(upload_id))


def _remove(upload_id: int) -> None:
    _path(upload_id).unlink(missing_ok=True)
    (_folder() / f"{upload_id:016x}.lock").unlink(missing_ok=True)


# --- When all is there ------------------------------------------------------------------------------------------------


def _could_not_keep(message: str, upload_id: int) -> None:
    upload = db.session.get(Upload, upload_id)
    if upload is not None:
        upload.state, upload.message, upload.touched_at = "failed", message[:200], clock.machine_now()
    after_commit(lambda: _remove(upload_id))


@jobs.handler("evidence_video", give_up=_could_not_keep)
def check(run: jobs.Run, upload_id: int) -> dict[str, Any] | None:
    """Look whether what arrived is a whole video, and make it evidence. Done again after a crash, it does no more."""
    upload = db.session.get(Upload, upload_id)
    if upload is None or upload.state != "checking":
        return None
    path, size = _path(upload_id), upload.size
    release()

    @lru_cache(maxsize=4)
    def piece(index: int) -> bytes:
        start = index * segments.SEGMENT
        return b"".join(segments.read(path, upload_id, size, start, start + segments.SEGMENT))

    def part(place: int, length: int) -> bytes:
        index, inside = divmod(place, segments.SEGMENT)
        found = piece(index)[inside : inside + length] if place < size else b""
        rest = length - len(found)
        return found + piece(index + 1)[:rest] if rest and place + len(found) < size else found

    video = look_into(part, size)
    if video is None:
        raise files.BadFile(files.BROKEN_VIDEO)
    digest = hashlib.sha256()
    for count, data in enumerate(segments.read(path, upload_id, size)):
        digest.update(data)
        if count % _PROGRESS_EVERY == 0:
            run.progress(count * segments.SEGMENT, size, "正在检查视频")
    with transaction():
        upload = db.session.get(Upload, upload_id)
        if upload is None or upload.state != "checking":
            return None
        report = db.session.get_one(ResultReport, upload.report_id)
        result_content.lock_editable(report, SYSTEM)
        if any(piece.file.sha256 == digest.hexdigest() for piece in evidence.of_report(report)):
            raise RuleError("与已有的视频完全相同，没有重复保存", code="same_file")
        stored = files.store_uploaded(
            upload_id,
            path,
            sha256=digest.hexdigest(),
            size=size,
            name=upload.name,
            media_type=video.media_type,
            uploaded_by_id=upload.account_id,
        )
        evidence.keep(
            report,
            stored,
            kind=evidence.VIDEO,
            taken_at=video.taken_at,
            session_id=upload.session_id or evidence.session_at(report, video.taken_at),
        )
        audit.record("result_report.evidence", actor=SYSTEM, object_kind="case", object_id=report.case_id, added=1)
        discard(upload_id)
    return None


@cases.effect(CaseKind.RESULT_REPORT, "enter")
def _check_arrived(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """What is on its way when the results are sealed would never be seen."""
    waiting = db.session.scalar(
        select(Upload)
        .join(ResultReport, ResultReport.id == Upload.report_id)
        .where(ResultReport.case_id == case.id, Upload.state != "failed")
        .limit(1)
    )
    if waiting is not None:
        raise RuleError(f"视频“{waiting.name}”还没有传完，请等待上传和检查完成，或取消上传", code="upload_under_way")


@jobs.every_minute
def sweep() -> None:
    """Remove what nobody goes on sending, and files on disk of which the database knows nothing (any more)."""
    now = clock.machine_now()
    gone = db.session.scalars(
        select(Upload.id).where(
            ((Upload.state == "receiving") & (Upload.touched_at < now - IDLE))
            | ((Upload.state == "failed") & (Upload.touched_at < now - _SHOWN))
        )
    ).all()
    if gone:
        with transaction():
            for upload_id in gone:
                discard(upload_id)
    if not _folder().is_dir():
        return
    known = {f"{upload_id:016x}" for upload_id in db.session.scalars(select(Upload.id))}
    for path in _folder().iterdir():
        if path.stem not in known and now.timestamp() - path.stat().st_mtime > IDLE.total_seconds():
            path.unlink(missing_ok=True)

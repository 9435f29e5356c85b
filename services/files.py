"""Files people upload or the program makes: sealed on disk under names of ours, checked by content when they arrive."""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import filetype
from flask import current_app
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from config import Settings
from domain import video_files
from domain.errors import RuleError
from domain.roles import Actor
from models import StoredFile, db
from services import clock, crypto, segments
from services.transaction import after_commit, on_rollback

_MEGABYTE = 1024 * 1024
_MOST_PIXELS = 50_000_000
_DISPLAY_SIDE = 1600
_TOO_LARGE = "图片尺寸过大，请缩小到 5000 万像素以内再上传"
BROKEN_VIDEO = "视频不完整或已损坏，请重新导出或拍摄后上传"
LOST = "文件已丢失，请联系平台服务电话"
DESTROYED = "档案保管期满，文件已按批准的清单销毁"
_DAMAGED = "图片已损坏，无法打开，请重新拍摄或另存后上传"
SMALL_SIDE = 320


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What may be uploaded in one place: said on the page before the upload, checked by content after it."""

    label: str
    media_types: frozenset[str]
    most_bytes: int

    @property
    def limits(self) -> str:
        return f"{self.label}，单个不超过 {self.most_bytes // _MEGABYTE} MB"


PHOTO = Kind(
    label="JPG、PNG 或 WebP 图片",
    media_types=frozenset({"image/jpeg", "image/png", "image/webp"}),
    most_bytes=20 * _MEGABYTE,
)
VIDEO = Kind(
    label="MP4、MOV 或 WebM 视频",
    media_types=frozenset({"video/mp4", "video/quicktime", "video/webm"}),
    most_bytes=50 * _MEGABYTE,
)
DOCUMENT = Kind(
    label="PDF、Word（docx）或图片",
    media_types=frozenset(
        {
            "application/pdf",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "image/jpeg",
            "image/png",
        }
    ),
    most_bytes=20 * _MEGABYTE,
)


class BadFile(RuleError):
    """The file is not of a kind that is taken here."""

    code = "bad_file"


def _path(file_id: int) -> Path:
    settings: Settings = current_app.extensions["settings"]
    name = f"{file_id:016x}"
    return settings.instance / "files" / name[-2:] / name


def check(data: bytes, kind: Kind) -> str:
    """The media type the content shows; raises BadFile with what to do when it is not one of the kind's."""
    if not data:
        raise BadFile("文件是空的，请重新选择文件")
    if len(data) > kind.most_bytes:
        raise BadFile(f"文件过大，请压缩后再上传（{kind.limits}）")
    if kind is VIDEO:
        return _check_video(data)
    guessed = filetype.guess_mime(data)
    if guessed not in kind.media_types:
        raise BadFile(f"文件类型不符，请上传{kind.limits}的文件")
    if guessed.startswith("image/"):
        _check_image(data)
    return guessed


def _check_video(data: bytes) -> str:
    if video_files.media_type_of(data[:64]) is None:
        raise BadFile(f"文件类型不符，请上传{VIDEO.limits}的文件")
    video = video_files.look_into(lambda place, length: data[place : place + length], len(data))
    if video is None:
        raise BadFile(BROKEN_VIDEO)
    return video.media_type


def _open_image(data: bytes) -> Image.Image:
    # WeasyPrint tells Pillow, for the whole process, to draw what is left of a broken picture; evidence must be whole.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return Image.open(io.BytesIO(data), formats=("JPEG", "PNG", "WEBP"))


def _check_image(data: bytes) -> None:
    try:
        image = _open_image(data)
        if image.width * image.height > _MOST_PIXELS:
            raise BadFile(_TOO_LARGE)
        image.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadFile(_TOO_LARGE) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadFile(_DAMAGED) from error


def display_copy(data: bytes, side: int = _DISPLAY_SIDE) -> bytes:
    """A JPEG of the picture that fits a screen and carries no camera data or place (the original keeps them).

    Raises BadFile for a picture that is not whole: only drawing it shows that.
    """
    try:
        picture = _open_image(data)
        picture.draft("RGB", (side, side))
        image = ImageOps.exif_transpose(picture).convert("RGB")
        image.thumbnail((side, side))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise BadFile(_DAMAGED) from error
    out = io.BytesIO()
    image.save(out, "JPEG", quality=82)
    return out.getvalue()


def plain_name(name: str) -> str:
    """What the uploader called the file, without folders and without signs that draw nothing or turn a line round."""
    shown = "".join(character for character in Path(name.replace("\\", "/")).name if character.isprintable())
    return shown[-200:] or "file"


def store(data: bytes, *, name: str, media_type: str, actor: Actor) -> StoredFile:
    """Keep the bytes, sealed; the row and the file come together or not at all.

    The file is written first: a file without a row is litter, a row without a file would be a loss.
    """
    stored = StoredFile(
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        media_type=media_type,
        original_name=plain_name(name),
        uploaded_by_id=actor.account_id,
        uploaded_at=clock.now(),
    )
    db.session.add(stored)
    db.session.flush()
    path = _path(stored.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    try:
        with partial.open("wb") as out:
            out.write(crypto.seal_bytes(data, f"file.{stored.id}"))
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        # On a full disk every byte counts.
        partial.unlink(missing_ok=True)
        raise
    partial.rename(path)
    on_rollback(lambda: path.unlink(missing_ok=True))
    _keep_names(path.parent)
    return stored


def store_uploaded(
    upload_id: int, partial: Path, *, sha256: str, size: int, name: str, media_type: str, uploaded_by_id: int | None
) -> StoredFile:
    """Take over a file that arrived sealed in pieces (services/segments.py), under the id it was sealed for.

    It is linked, not moved: whatever happens before the commit, the next attempt finds it where it was.
    """
    stored = StoredFile(
        id=upload_id,
        sha256=sha256,
        size=size,
        media_type=media_type,
        segment_bytes=segments.SEGMENT,
        original_name=plain_name(name),
        uploaded_by_id=uploaded_by_id,
        uploaded_at=clock.now(),
    )
    db.session.add(stored)
    db.session.flush()
    path = _path(upload_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.link(partial, path)
    _keep_names(path.parent)
    after_commit(lambda: partial.unlink(missing_ok=True))
    return stored


def _keep_names(folder: Path) -> None:
    """Let the name of a new file outlast a power cut, as its bytes and its row do."""
    for each in (folder, folder.parent):
        held = os.open(each, os.O_RDONLY)
        try:
            os.fsync(held)
        finally:
            os.close(held)


def read(stored: StoredFile) -> bytes:
    """The bytes as they were stored; raises crypto.SealBroken or BadFile when the disk does not hold them any more."""
    path = _path(stored.id)
    try:
        if stored.segment_bytes:
            data = b"".join(segments.read(path, stored.id, stored.size))
        else:
            data = crypto.open_bytes(path.read_bytes(), f"file.{stored.id}")
    except FileNotFoundError as error:
        raise gone(stored) from error
    if hashlib.sha256(data).hexdigest() != stored.sha256:
        raise crypto.SealBroken(f"file {stored.id} differs from its record")
    return data


def stream(stored: StoredFile, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` up to and without `end`, as they are asked for; large files never stand in memory."""
    if not stored.segment_bytes:
        return iter([read(stored)[start:end]])
    return segments.read(_path(stored.id), stored.id, stored.size, start, end)


def is_there(stored: StoredFile) -> bool:
    """Whether the disk holds the file: asked before the first byte of an answer is sent."""
    return _path(stored.id).is_file()


def gone(stored: StoredFile) -> BadFile:
    """Why the disk does not hold the file."""
    return BadFile(DESTROYED if stored.destroyed_at is not None else LOST)


def destroy(stored: StoredFile) -> None:
    """Destroy the bytes of a file for good and keep the row, which says what they were."""
    path = _path(stored.id)
    stored.destroyed_at = clock.now()
    after_commit(lambda: path.unlink(missing_ok=True))


def discard(stored: StoredFile) -> None:
    """Forget a file nothing refers to any more; its bytes go once the row is gone for good."""
    path = _path(stored.id)
    db.session.delete(stored)
    after_commit(lambda: path.unlink(missing_ok=True))

"""What kind of video a file is, by its structure: MP4, QuickTime or WebM, whole; never a playlist or a picture."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

Read = Callable[[int, int], bytes]
"""Gives so many bytes from a place of the file, fewer at its end."""

_BRANDS = frozenset(
    brand.encode()
    for brand in (
        *("isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7", "iso8", "iso9", "mp41", "mp42", "mp71", "avc1"),
        *("M4V ", "M4VH", "M4VP", "MSNV", "dash", "f4v ", "3gp4", "3gp5", "3gp6"),
    )
)
_QUICKTIME = b"qt  "
_EBML = b"\x1a\x45\xdf\xa3"
_SEGMENT = b"\x18\x53\x80\x67"
_MOST_BOXES = 20_000
# Seconds in an MP4 are counted from here.
_EPOCH = datetime(1904, 1, 1, tzinfo=UTC)
_FIRST_DIGITAL = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Video:
    """What the file is, and when the camera says it was taken, which many do not say."""

    media_type: str
    taken_at: datetime | None = None


def media_type_of(head: bytes) -> str | None:
    """What the first bytes promise; None for everything but the three kinds."""
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand == _QUICKTIME:
            return "video/quicktime"
        return "video/mp4" if brand in _BRANDS else None
    if head[:4] == _EBML and b"webm" in head[:64]:
        return "video/webm"
    return None


def look_into(read: Read, size: int) -> Video | None:
    """What the file is, if its parts fill it as they say they do; None if it is something else, or not whole."""
    media_type = media_type_of(read(0, 64))
    if media_type is None:
        return None
    if media_type == "video/webm":
        return Video(media_type=media_type) if _whole_webm(read, size) else None
    return _mp4(read, size, media_type)


def _mp4(read: Read, size: int, media_type: str) -> Video | None:
    seen: dict[bytes, int] = {}
    place = 0
    for _ in range(_MOST_BOXES):
        if place >= size:
            break
        head = read(place, 16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if not any(head):
            break  # some cameras fill the end up with zeros
        inside = 8
        if length == 1:
            length, inside = int.from_bytes(head[8:16], "big"), 16
        elif length == 0:
            length = size - place
        if length < inside or place + length > size or not kind.isascii() or len(kind) < 4:
            return None
        seen.setdefault(kind, place + inside)
        place += length
    if b"moov" not in seen or not seen.keys() & {b"mdat", b"moof"}:
        return None
    return Video(media_type=media_type, taken_at=_taken_at(read(seen[b"moov"], 32)))


def _taken_at(start: bytes) -> datetime | None:
    """The time in the movie header, if it comes first; a camera that does not know the time says zero."""
    if start[4:8] != b"mvhd":
        return None
    seconds = int.from_bytes(start[12:20] if start[8] == 1 else start[12:16], "big")
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return moment if moment > _FIRST_DIGITAL else None


def _whole_webm(read: Read, size: int) -> bool:
    length, place = _number(read(4, 8))
    place += 4 + length
    if read(place, 4) != _SEGMENT:
        return False
    body, width = _number(read(place + 4, 8))
    # A recording that was sent while it was made does not know its length.
    unknown = body == (1 << 7 * width) - 1
    return width > 0 and (unknown or place + 4 + width + body <= size)


def _number(data: bytes) -> tuple[int, int]:
    """A length as EBML writes it, and how many bytes it takes; nought bytes if it is none."""
    if not data or not data[0]:
        return 0, 0
    width = 9 - data[0].bit_length()
    value = int.from_bytes(data[:width], "big")
    return value & ((1 << 7 * width) - 1), width

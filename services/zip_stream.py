"""ZIP files as they are sent: member after member, stored uncompressed, never whole in memory or on disk."""

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.periods import CHINA

_PLAIN_FILE = 0o100644 << 16


@dataclass(frozen=True, kw_only=True)
class Member:
    """One file of the ZIP; `chunks` gives its bytes when its turn comes. The path is ours, never an uploader's."""

    path: str
    chunks: Callable[[], Iterable[bytes]]


class _Outlet(io.RawIOBase):
    """What is written to it waits here until it is taken out."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def stream(members: Iterable[Member], *, at: datetime) -> Iterator[bytes]:
    """The bytes of the ZIP in order. The same members and moment give the same bytes."""
    outlet = _Outlet()
    moment = at.astimezone(CHINA)
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for member in members:
            info = zipfile.ZipInfo(member.path, moment.timetuple()[:6])
            info.external_attr = _PLAIN_FILE
            with archive.open(info, "w", force_zip64=True) as target:
                for chunk in member.chunks():
                    target.write(chunk)
                    yield outlet.take()
            yield outlet.take()
    yield outlet.take()

"""Large files on disk, sealed piece by piece: written as they arrive, read in part, never whole in memory."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from services import crypto

SEGMENT = 1024 * 1024
"""Bytes of the file in one sealed piece; only the last may hold fewer."""

# What sealing adds: the nonce before the piece, the tag behind it.
_SEAL = 28


def _purpose(file_id: int, index: int, size: int) -> str:
    # No piece can be moved within the file or to another, nor can the file be cut short.
    return f"file.{file_id}.{index}.{size}"


def write(path: Path, file_id: int, size: int, offset: int, read: Callable[[int], bytes]) -> int:
    """Add what `read` gives from `offset` on, a whole piece at a time; returns how much of the file is there then.

    `offset` is where a piece begins. A piece that does not arrive whole is not kept. What lies beyond `offset` from an
    attempt that was cut off is written over. On disk, not only in its cache, when this returns.
    """
    if offset % SEGMENT:
        raise ValueError(f"no piece begins at {offset}")
    # A new file is asked for by its first piece only: a later one needs what came before it.
    flags = os.O_WRONLY | (os.O_CREAT if offset == 0 else 0)
    held = os.open(path, flags, 0o600)
    try:
        while offset < size:
            wanted = min(SEGMENT, size - offset)
            piece = _read_whole(read, wanted)
            if len(piece) < wanted:
                break
            index = offset // SEGMENT
            _write_at(held, crypto.seal_bytes(piece, _purpose(file_id, index, size)), index * (SEGMENT + _SEAL))
            offset += wanted
        os.fsync(held)
    finally:
        os.close(held)
    return offset


def _read_whole(read: Callable[[int], bytes], wanted: int) -> bytes:
    parts, found = [], 0
    while found < wanted and (part := read(wanted - found)):
        parts.append(part)
        found += len(part)
    return b"".join(parts)


def _write_at(held: int, data: bytes, place: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(held, view, place)
        view, place = view[written:], place + written


def read(path: Path, file_id: int, size: int, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` up to and without `end`, piece by piece.

    Raises crypto.SealBroken for a piece that is not as it was written, FileNotFoundError when the file is gone.
    """
    end = size if end is None else min(end, size)
    with path.open("rb") as held:
        for index in range(start // SEGMENT, -(-end // SEGMENT)):
            held.seek(index * (SEGMENT + _SEAL))
            sealed = held.read(SEGMENT + _SEAL)
            if len(sealed) <= _SEAL:
                raise crypto.SealBroken(f"file {file_id} is shorter than its record")
            piece = crypto.open_bytes(sealed, _purpose(file_id, index, size))
            first = index * SEGMENT
            yield piece[max(0, start - first) : end - first]

"""Large files in sealed pieces: written as they arrive, read in part, and nothing of them can be moved or cut off."""

import errno
import io
import random
from pathlib import Path

import pytest

from services import crypto, segments
from services.segments import SEGMENT

FILE = 0x1234
SIZE = 2 * SEGMENT + 12345
DATA = random.Random(1).randbytes(SIZE)

pytestmark = pytest.mark.usefixtures("app_context")


def write(path: Path, data: bytes, offset: int = 0, size: int = SIZE) -> int:
    return segments.write(path, FILE, size, offset, io.BytesIO(data).read)


def whole(path: Path, size: int = SIZE) -> bytes:
    return b"".join(segments.read(path, FILE, size))


def test_what_arrives_in_parts_is_read_back_whole(tmp_path):
    path = tmp_path / "file"
    assert write(path, DATA[:SEGMENT]) == SEGMENT
    assert write(path, DATA[SEGMENT:], SEGMENT) == SIZE
    assert whole(path) == DATA
    assert DATA[:64] not in path.read_bytes()


@pytest.mark.parametrize(
    ("start", "end"), [(0, 1), (0, SIZE), (5, SEGMENT), (SEGMENT - 1, SEGMENT + 1), (SEGMENT, SIZE), (SIZE - 1, SIZE)]
)
def test_a_part_is_read_without_the_rest(tmp_path, start, end):
    path = tmp_path / "file"
    write(path, DATA)
    assert b"".join(segments.read(path, FILE, SIZE, start, end)) == DATA[start:end]


def test_a_piece_that_did_not_arrive_whole_is_not_kept(tmp_path):
    path = tmp_path / "file"
    assert write(path, DATA[: SEGMENT + 999]) == SEGMENT
    assert write(path, DATA[SEGMENT:], SEGMENT) == SIZE
    assert whole(path) == DATA


def test_a_stream_that_gives_little_at_a_time_is_read_to_its_end(tmp_path):
    source = io.BytesIO(DATA)
    assert segments.write(tmp_path / "file", FILE, SIZE, 0, lambda most: source.read(min(most, 40_000))) == SIZE
    assert whole(tmp_path / "file") == DATA


def test_what_was_left_beyond_the_offset_is_written_over(tmp_path):
    path = tmp_path / "file"
    write(path, b"x" * SIZE)
    assert write(path, DATA) == SIZE
    assert whole(path) == DATA


def test_a_later_piece_does_not_begin_a_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        write(tmp_path / "file", DATA[SEGMENT:], SEGMENT)
    with pytest.raises(ValueError, match="no piece begins"):
        write(tmp_path / "file", DATA, 5)


def test_no_piece_can_be_changed_moved_or_cut_off(tmp_path):
    path = tmp_path / "file"
    write(path, DATA)
    sealed = path.read_bytes()
    one = SEGMENT + 28
    for forged in (
        bytes([sealed[0] ^ 1]) + sealed[1:],
        sealed[one : 2 * one] + sealed[:one] + sealed[2 * one :],
        sealed[:-1],
        sealed[: 2 * one],
    ):
        path.write_bytes(forged)
        with pytest.raises(crypto.SealBroken):
            whole(path)
    path.write_bytes(sealed)
    with pytest.raises(crypto.SealBroken):
        whole(path, 2 * SEGMENT)
    with pytest.raises(crypto.SealBroken):
        b"".join(segments.read(path, FILE + 1, SIZE))


def test_a_full_disk_is_said_and_the_file_can_be_continued(tmp_path, monkeypatch):
    path, write_at = tmp_path / "file", segments._write_at

    def full(held: int, data: bytes, place: int) -> None:
        if place:
            raise OSError(errno.ENOSPC, "No space left on device")
        write_at(held, data, place)

    monkeypatch.setattr(segments, "_write_at", full)
    with pytest.raises(OSError, match="No space"):
        write(path, DATA)
    monkeypatch.undo()
    assert write(path, DATA) == SIZE
    assert whole(path) == DATA

"""Which files are whole videos, by their structure alone."""

from datetime import UTC, datetime

import pytest

from domain.video_files import look_into, media_type_of

TAKEN = datetime(2026, 6, 8, 1, 30, tzinfo=UTC)


def box(kind: bytes, body: bytes = b"") -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def moov(seconds: int = 0, version: int = 0) -> bytes:
    width = 8 if version else 4
    return box(b"moov", box(b"mvhd", bytes([version, 0, 0, 0]) + seconds.to_bytes(width, "big") * 2 + bytes(80)))


def mp4(brand: bytes = b"isom", *rest: bytes) -> bytes:
    return box(b"ftyp", brand + bytes(4)) + b"".join(rest or (moov(), box(b"mdat", bytes(50))))


def webm(kind: bytes = b"webm", body: bytes = bytes(40), size: int | None = None) -> bytes:
    """The parts as EBML writes them, all lengths in one byte."""
    head = b"\x42\x82" + bytes([0x80 | len(kind)]) + kind
    length = len(body) if size is None else size
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(head)]) + head + b"\x18\x53\x80\x67" + bytes([0x80 | length]) + body


def look(data: bytes):
    return look_into(lambda place, length: data[place : place + length], len(data))


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (mp4(), "video/mp4"),
        (mp4(b"qt  "), "video/quicktime"),
        (mp4(b"mp42", box(b"free"), box(b"mdat", bytes(9)), moov()), "video/mp4"),
        (mp4(b"iso5", moov(), box(b"moof"), box(b"mdat")), "video/mp4"),
        (mp4() + bytes(64), "video/mp4"),  # filled up with zeros
        (mp4(b"isom", moov(), bytes(4) + b"mdat" + bytes(30)), "video/mp4"),  # to the end of the file
        (mp4(b"isom", moov(), b"\0\0\0\1mdat" + (36).to_bytes(8, "big") + bytes(20)), "video/mp4"),
        (webm(), "video/webm"),
        (webm(size=0x7F), "video/webm"),  # a length that was not known when it was sent
    ],
)
def test_a_whole_video_is_known(data, media_type):
    assert look(data).media_type == media_type


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        b"<html><script>alert(1)</script></html>",
        b"RIFF\0\0\0\0AVI LIST",
        mp4(b"heic"),  # a picture
        mp4(b"avif"),
        mp4(b"M4A "),  # sound alone
        mp4()[:-1],  # cut off
        mp4() + b"PK\3\4 another file behind it",
        mp4(b"isom", moov()),  # no pictures
        mp4(b"isom", box(b"mdat", bytes(50))),  # no head
        mp4(b"isom", moov(), (4).to_bytes(4, "big") + b"mdat"),
        mp4(b"isom", moov(), b"\0\0\0\1mdat" + (2**62).to_bytes(8, "big")),
        webm(b"matroska"),
        webm()[:-1],
        webm().replace(b"\x18\x53\x80\x67", b"\x18\x53\x80\x68"),
        b"\x1a\x45\xdf\xa3webm",
    ],
)
def test_everything_else_is_refused(data):
    assert look(data) is None


def test_the_first_bytes_are_enough_to_refuse_what_is_no_video():
    assert media_type_of(mp4()[:64]) == "video/mp4"
    assert media_type_of(b"\x89PNG\r\n\x1a\n" + bytes(56)) is None
    assert media_type_of(b"") is None


@pytest.mark.parametrize("version", [0, 1])
def test_the_camera_says_when_it_was_taken(version):
    seconds = int((TAKEN - datetime(1904, 1, 1, tzinfo=UTC)).total_seconds())
    assert look(mp4(b"isom", moov(seconds, version), box(b"mdat"))).taken_at == TAKEN


@pytest.mark.parametrize("seconds", [0, 1000, 2**32 - 1])
def test_a_camera_without_a_clock_says_nothing(seconds):
    taken_at = look(mp4(b"isom", moov(seconds), box(b"mdat"))).taken_at
    assert taken_at is None or taken_at.year >= 2000
    assert look(mp4(b"isom", moov(2**63, 1), box(b"mdat"))).taken_at is None

"""Files people upload: what is not whole, not small enough or not what it says is refused with a sentence."""

import io
import os
import stat
import struct
import zlib

import pytest
from PIL import Image

from domain.roles import SYSTEM
from services import files
from services.transaction import transaction


def picture(kind="JPEG", size=(400, 300), **options):
    out = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def huge_png(width, height):
    """A PNG of a few bytes that says it is this large."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [7_072, 12_000, 60_000])
def test_a_picture_is_refused_for_its_size_before_it_is_drawn(side):
    with pytest.raises(files.BadFile, match="5000 万像素"):
        files.check(huge_png(side, side), files.PHOTO)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_no_picture(kind):
    half = picture(kind)[:-4_000]
    with pytest.raises(files.BadFile, match="已损坏"):
        files.check(half, files.PHOTO)
        files.display_copy(half)


@pytest.mark.parametrize(
    "data",
    [
        b"GIF89a" + bytes(20),
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>",
        b"<html><script>1</script></html>",
        b"%PDF-1.4\n",
        b"MZ" + bytes(100),
        b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n",
    ],
)
def test_the_content_says_what_a_photo_is(data):
    with pytest.raises(files.BadFile, match="类型不符"):
        files.check(data, files.PHOTO)


def test_the_copy_to_show_carries_neither_place_nor_camera():
    exif = Image.Exif()
    exif[271] = "Canon of the west"
    exif.get_ifd(0x8825)[1] = "N"
    copy = files.display_copy(picture(exif=exif))
    assert dict(Image.open(io.BytesIO(copy)).getexif()) == {}
    assert b"Canon" not in copy


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\现场.jpg", "现场.jpg"),
        ("a\r\nSet-Cookie: b.pdf", "aSet-Cookie: b.pdf"),
        ("执照\u202egpj.exe", "执照gpj.exe"),
        ("\u200b\x00", "file"),
        ("", "file"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
    ],
)
def test_a_name_is_shown_and_is_no_path(app_context, name, kept):
    with transaction():
        assert files.store(b"x", name=name, media_type="application/pdf", actor=SYSTEM).original_name == kept


def test_what_lies_on_the_disk_is_sealed_and_bound_to_its_row(app, app_context, settings):
    with transaction():
        one = files.store(b"the secret of one", name="a", media_type="application/pdf", actor=SYSTEM)
        two = files.store(b"the secret of two", name="b", media_type="application/pdf", actor=SYSTEM)
        paths = [files._path(each.id) for each in (one, two)]
        assert all(b"secret" not in path.read_bytes() for path in paths)
        assert files.read(one) == b"the secret of one"
        paths[0].write_bytes(paths[1].read_bytes())
        with pytest.raises(files.crypto.SealBroken):
            files.read(one)


def test_the_name_of_a_kept_file_outlasts_a_power_cut(app_context, monkeypatch):
    are_folders, fsync = [], os.fsync

    def note(handle):
        are_folders.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        fsync(handle)

    monkeypatch.setattr(files.os, "fsync", note)
    with transaction():
        files.store(picture(), name="1.jpg", media_type="image/jpeg", actor=SYSTEM)
    assert are_folders == [False, True, True]

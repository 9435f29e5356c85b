"""Checks an audit bundle of a teaching archive without any network, and names the files that are wrong.

核对教学档案核查包：文件是否齐全、有没有改动。只用 Python 3 自带的功能，不需要网络。

用法：  python3 verify.py            （在解压后的文件夹里）
       python3 verify.py 核查包.zip
"""

import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

INDEX, MANIFEST = "index.pdf", "manifest.json"
CHUNK = 1024 * 1024
# What file managers leave behind wherever they have been.
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}


class Folder:
    """The unpacked bundle."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> set[str]:
        return {path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()}

    def open(self, name: str) -> IO[bytes]:
        return (self.root / PurePosixPath(name)).open("rb")


class Packed:
    """The ZIP as it was downloaded."""

    def __init__(self, path: Path) -> None:
        self.zip = zipfile.ZipFile(path)

    def names(self) -> set[str]:
        return {info.filename for info in self.zip.infolist() if not info.is_dir()}

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(name)


def fingersay(bundle: Folder | Packed, name: str) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    size, digest = 0, hashlib.sha256()
    with bundle.open(name) as held:
        while chunk := held.read(CHUNK):
            size += len(chunk)
            digest.update(chunk)
    return size, digest.hexdigest()


def inside(document: bytes) -> Iterator[bytes]:
    """What the streams of a PDF hold, unpacked."""
    for match in re.finditer(rb"stream\r?\n", document):
        end = document.find(b"endstream", match.end())
        packed = document[match.end() : end]
        yield packed.rstrip(b"\r\n")
        try:
            yield zlib.decompressobj().decompress(packed)
        except zlib.error:
            continue


def signed(document: bytes) -> bool:
    """Whether the signature of the index is about these very bytes. Whose it is, any PDF reader shows."""
    match = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", document)
    if match is None:
        return False
    first, length, second, rest = (int(number) for number in match.groups())
    if first != 0 or second + rest != len(document):
        return False
    digest = hashlib.sha256(document[:length] + document[second:]).digest()
    contents = bytes.fromhex(document[length:second].strip().strip(b"<>").decode("ascii"))
    # What stands behind the signature in the place kept for it says nothing, and so may hold nothing.
    more = contents[1] & 0x7F if contents[1] & 0x80 else 0
    end = 2 + more + (int.from_bytes(contents[2 : 2 + more], "big") if more else contents[1])
    return digest in contents[:end] and not any(contents[end:])


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")


def faults(bundle: Folder | Packed) -> Iterator[str]:
    """What is wrong, each time with the name of the file."""
    there = bundle.names()
    for name in (INDEX, MANIFEST):
        if name not in there:
            yield f"缺少文件：{name}"
    if MANIFEST not in there:
        return
    with bundle.open(MANIFEST) as held:
        text = held.read()
    if INDEX in there:
        with bundle.open(INDEX) as held:
            index = held.read()
        try:
            whole = signed(index)
        except ValueError:
            whole = False
        if not whole:
            yield f"文件被改动（签名与内容不符）：{INDEX}"
        if not any(text == part for part in inside(index)):
            yield f"文件被改动（与目录中的清单不一致）：{MANIFEST}"
    try:
        listed = {each["path"]: each for each in json.loads(text)["files"]}
    except (ValueError, KeyError, TypeError):
        yield f"文件被改动（不能读取）：{MANIFEST}"
        return
    for name, each in listed.items():
        if each.get("lost"):
            say(f"提示：打包时原件已经不在，未收入：{name}")
        elif name not in there:
            yield f"缺少文件：{name}"
        else:
            try:
                found = fingersay(bundle, name)
            except (zipfile.BadZipFile, OSError):
                found = (-1, "")
            if found != (each["size"], each["sha256"]):
                yield f"文件被改动：{name}"
    for name in sorted(there - set(listed) - {INDEX, MANIFEST}):
        if PurePosixPath(name).name not in LITTER:
            yield f"多出文件：{name}"


def main(arguments: list[str]) -> int:
    """Check the bundle and say what was found; 0 when nothing is wrong."""
    here = Path(__file__).resolve().parent
    path = Path(arguments[0]) if arguments else here
    try:
        bundle = Folder(path) if path.is_dir() else Packed(path)
        found = list(faults(bundle))
    except (OSError, zipfile.BadZipFile) as error:
        say(f"不能打开 {path}：{error}")
        return 2
    for fault in found:
        say(fault)
    if found:
        say(f"核对没有通过：{len(found)} 处问题。")
        return 1
    say("核对通过：文件齐全，没有改动。目录 index.pdf 的签名人和签名时间请用 PDF 阅读器查看。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What may pass for a spreadsheet: type by content, sizes before unpacking, no entities, nothing that swells."""

import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from xml.parsers import expat

import filetype

from domain.errors import RuleError

FileKind = Literal["xlsx", "xls", "csv"]

_MIB = 1024 * 1024


class SpreadsheetProblem(RuleError):
    """The uploaded file cannot be read as a spreadsheet; the sentence says what to upload instead."""

    code = "spreadsheet"


@dataclass(frozen=True)
class SpreadsheetLimits:
    """How much of a file is read; sizes in bytes, `max_text` in characters over all cells."""

    max_bytes: int = 10 * _MIB
    max_unpacked: int = 120 * _MIB
    max_entries: int = 1000
    max_ratio: int = 200
    max_rows: int = 20_000
    max_columns: int = 200
    max_text: int = 200 * _MIB

    @property
    def text(self) -> str:
        """The limits as a page says them before the upload."""
        return f"Excel（.xlsx、.xls）或 CSV 文件，不超过 {self.max_bytes // _MIB} MB、{self.max_rows} 行"


DEFAULT_LIMITS = SpreadsheetLimits()

UTF_16 = (b"\xff\xfe", b"\xfe\xff")

_RESAVE = "请用Excel或WPS打开后另存为.xlsx格式再上传"
_DAMAGED = f"文件已损坏或不是真正的表格文件，{_RESAVE}"
_PROTECTED = "文件设有打开密码，请在Excel或WPS中取消密码后重新上传"
_SUFFIXES = ("xlsx", "xls", "csv", "xlsm", "et", "txt", "tsv")
# A small file may well be packed tightly; a bomb is both.
_RATIO_MATTERS_FROM = 10 * _MIB


def file_kind(data: bytes, filename: str, limits: SpreadsheetLimits) -> FileKind:
    """What the bytes are, whatever the name says. Raises SpreadsheetProblem."""
    if not data.strip():
        raise SpreadsheetProblem("文件是空的，请重新选择文件")
    if len(data) > limits.max_bytes:
        raise SpreadsheetProblem(
            f"文件大小{len(data) / _MIB:.1f}MB，超过上限{limits.max_bytes // _MIB}MB，请拆分为多个文件上传"
        )
    if filename.rpartition(".")[2].lower() not in _SUFFIXES:
        raise SpreadsheetProblem("请上传.xlsx、.xls或.csv格式的表格文件")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "xlsx"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise SpreadsheetProblem(_PROTECTED)
        return "xls"
    if data.startswith((b"\x09\x08", b"\x09\x04", b"\x09\x02")):
        raise SpreadsheetProblem(f"文件是过旧的Excel格式，{_RESAVE}")
    start = data[:1024].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
    if start.startswith(b"<"):
        raise SpreadsheetProblem(f"文件实际是网页或XML格式，不是真正的表格文件，{_RESAVE}")
    if data.startswith(b"%PDF") or (b"\x00" in data[:4096] and data[:2] not in UTF_16):
        known = filetype.guess(data)
        actual = f"（检测到{known.extension.upper()}文件）" if known is not None else ""
        raise SpreadsheetProblem(f"这不是表格文件{actual}，请上传.xlsx、.xls或.csv格式的表格文件")
    return "csv"


# ---- xlsx: a zip of XML ----------------------------------------------------------------------------------------------

_KEPT = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(core|app)\.xml|xl/(workbook|sharedStrings|styles)\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/theme/[\w.-]+\.xml|xl/worksheets/[\w.-]+\.xml"
    r"|xl/worksheets/_rels/[\w.-]+\.rels|xl/comments[\w.-]*\.xml|xl/comments/[\w.-]+\.xml|xl/tables/[\w.-]+\.xml",
    re.ASCII | re.IGNORECASE,
)
_WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*?(?:/>|>\s*</(?:\w+:)?Relationship>)")
_KEPT_RELATIONSHIP = re.compile(rb"""Type\s*=\s*["'][^"']*/(hyperlink|comments|table)["']""")


@dataclass(frozen=True)
class Package:
    """The parts of an xlsx that hold data, unpacked and checked; pictures, macros, links and the like are left out."""

    parts: dict[str, bytes]

    def part(self, name: str) -> bytes:
        """A part by its name in any case, empty if there is none."""
        return next((content for other, content in self.parts.items() if other.lower() == name.lower()), b"")

    def cell_count(self) -> int:
        """How many cells all worksheets have, counting the empty ones that carry only a format."""
        return sum(
            content.count(b"<c ") + content.count(b":c ") + content.count(b"<row ") + content.count(b":row ")
            for name, content in self.parts.items()
            if _WORKSHEET.fullmatch(name)
        )

    def repacked(self, *, sheets: Collection[str] | None = None) -> bytes:
        """The parts as a plain zip, so that every later reader sees exactly what was checked.

        With `sheets`, only the worksheets of these names are in it.
        """
        wanted = None if sheets is None else {sheet.lower() for sheet in sheets}
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            for name, content in self.parts.items():
                if wanted is None or not _WORKSHEET.fullmatch(name) or name.lower() in wanted:
                    archive.writestr(name, content)
        return out.getvalue()


def open_package(data: bytes, limits: SpreadsheetLimits) -> Package:
    """Unpack an xlsx within the limits. Raises SpreadsheetProblem."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError):
        raise SpreadsheetProblem(_DAMAGED) from None
    names = {entry.filename.lower() for entry in entries}
    if "xl/workbook.xml" not in names:
        if "xl/workbook.bin" in names:
            raise SpreadsheetProblem(f"不支持.xlsb格式，{_RESAVE}")
        raise SpreadsheetProblem(f"这是压缩包或其他文档，不是表格文件，{_RESAVE}")
    unpacked = sum(entry.file_size for entry in entries)
    too_dense = unpacked > _RATIO_MATTERS_FROM and unpacked > limits.max_ratio * len(data)
    if len(entries) > limits.max_entries or unpacked > limits.max_unpacked or too_dense or len(names) < len(entries):
        raise SpreadsheetProblem("文件解压后的内容过大或结构异常，请删除多余内容，另存为新的.xlsx文件再上传")
    parts = {entry.filename: _unpack(data, entry) for entry in entries if _KEPT.fullmatch(entry.filename)}
    for name, content in parts.items():
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\x00" in content[:4] or content[:2] in UTF_16:
            raise SpreadsheetProblem(f"文件中含有不允许的内容（外部实体），{_RESAVE}")
        if name.lower().startswith("xl/worksheets/_rels/"):
            parts[name] = _RELATIONSHIP.sub(
                lambda match: match[0] if _KEPT_RELATIONSHIP.search(match[0]) else b"", content
            )
    return Package(parts)


def _unpack(data: bytes, entry: zipfile.ZipInfo) -> bytes:
    """One entry, never more bytes than its directory entry admits: zipfile would trust a size that lies."""
    if entry.flag_bits & 1:
        raise SpreadsheetProblem(_PROTECTED)
    header = data[entry.header_offset : entry.header_offset + 30]
    if len(header) < 30 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SpreadsheetProblem(_DAMAGED)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = entry.header_offset + 30 + name_length + extra_length
    packed = data[start : start + entry.compress_size]
    try:
        if entry.compress_type == zipfile.ZIP_STORED:
            content = packed
        else:
            content = zlib.decompressobj(-15).decompress(packed, entry.file_size + 1)
    except zlib.error:
        raise SpreadsheetProblem(_DAMAGED) from None
    if len(content) != entry.file_size:
        raise SpreadsheetProblem(_DAMAGED)
    return content


# ---- one sheet of an xlsx --------------------------------------------------------------------------------------------

# Every program writes the reference first; where one does not, or uses prefixes, the sheet is walked cell by cell.
_CELL = re.compile(rb"<c[\s>/]")
_COLUMN = re.compile(rb"""<c r="([A-Z]{1,3})[0-9]{1,7}\"""")
_ROW = re.compile(rb"""<c r="[A-Z]{1,3}([0-9]{1,7})\"""")
_PREFIXED = re.compile(rb":(?:c|f)[\s>/]")
_FORMULA = re.compile(rb"<f[\s>/]")
# Any number in a value may be the index of a shared text: this counts rather too many than too few.
_SHARED = re.compile(rb"v(?:\s[^>]*)?>\s*\+?0*([0-9]{1,9})\s*<")


def check_sheet(xml: bytes, limits: SpreadsheetLimits) -> dict[tuple[int, int], str]:
    """The formulas and errors of a sheet by (spreadsheet row, column from 0), if the sheet is within the limits.

    A reader lays a sheet out as a full grid, so that two cells in far corners fill the memory: the corners are looked
    for before. Cells without content do not count, for some programs format a million empty rows.
    """
    columns = _COLUMN.findall(xml)
    if (
        len(columns) == len(_CELL.findall(xml))
        and not _FORMULA.search(xml)
        and not _PREFIXED.search(xml)
        and b' t="e"' not in xml
        and max(map(int, set(_ROW.findall(xml))), default=0) <= limits.max_rows
        and max(map(_column_number, set(columns)), default=0) <= limits.max_columns
    ):
        return {}
    scan = _SheetScan()
    scan.read(xml)
    refuse_large(scan.rows, scan.columns, limits)
    return scan.flaws


def refuse_large(rows: int, columns: int, limits: SpreadsheetLimits) -> None:
    if rows > limits.max_rows:
        raise SpreadsheetProblem(f"表格有{rows}行，超过上限{limits.max_rows}行，请删除多余的行或拆分为多个文件上传")
    if columns > limits.max_columns:
        raise SpreadsheetProblem(f"表格有{columns}列，超过上限{limits.max_columns}列，请删除右侧多余的列后上传")


def check_text(sheet: bytes, shared_strings: bytes, limits: SpreadsheetLimits) -> None:
    """Refuse a sheet whose cells, each with its own copy of a shared text, would not fit into memory."""
    texts = [len(text) for text in re.split(rb"</(?:[^\s<>/:]+:)?si>", shared_strings)]
    if max(texts) * sheet.count(b"<") <= limits.max_text:
        return
    uses = Counter(map(int, _SHARED.findall(sheet)))
    if sum(texts[index] * count for index, count in uses.items() if index < len(texts)) > limits.max_text:
        raise SpreadsheetProblem("表格中的文字过多，请删除与名单无关的内容后上传")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)


class _SheetScan:
    """Walks a sheet cell by cell: how far its content reaches, where formulas and errors are."""

    def __init__(self) -> None:
        self.rows = self.columns = 0
        self.flaws: dict[tuple[int, int], str] = {}
        self._row = self._column = 0
        self._error = self._filled = False
        self._formula: list[str] | None = None
        self._text: list[str] | None = None

    def read(self, xml: bytes) -> None:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.buffer_text = True
        try:
            parser.Parse(xml, True)
        except (expat.ExpatError, ValueError):
            raise SpreadsheetProblem(_DAMAGED) from None

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "row":
            self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
            self._column = 0
        elif name == "c":
            if "r" in attributes:
                reference = _REFERENCE.fullmatch(attributes["r"].upper())
                if reference is None:
                    raise SpreadsheetProblem(_DAMAGED)
                self._column, self._row = _column_number(reference[1].encode()), int(reference[2])
            else:
                self._column += 1
            self._error = attributes.get("t") == "e"
            self._filled = False
        elif name == "f":
            self._formula = []
            self._text = self._formula
        elif name in ("v", "t"):
            self._text = []

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "f" and self._formula is not None:
            self.flaws[self._row, self._column - 1] = "=" + "".join(self._formula)[:500]
            self._filled, self._formula, self._text = True, None, None
        elif name in ("v", "t") and self._text is not None:
            text = "".join(self._text)
            self._filled = self._filled or bool(text)
            if self._error and name == "v":
                self.flaws.setdefault((self._row, self._column - 1), text[:20] or "#N/A")
            self._text = None
        elif name == "c" and self._filled:
            self.rows, self.columns = max(self.rows, self._row), max(self.columns, self._column)

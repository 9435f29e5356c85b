"""What is inside an old .xls before it is read: password, extent, formulas and how much text the cells repeat."""

import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.spreadsheet_gate import SpreadsheetLimits, SpreadsheetProblem, refuse_large

_DAMAGED = "文件已损坏，请用Excel或WPS打开后另存为.xlsx格式再上传"
_PROTECTED = "文件设有打开密码，请在Excel或WPS中取消密码后重新上传"

_END_OF_CHAIN = 0xFFFFFFFA
_WORKSHEET = 0
_BOUNDSHEET, _CONTINUE, _EOF, _FILEPASS, _SST = 0x85, 0x3C, 0x0A, 0x2F, 0xFC
_WORKSHEET = 0
_LABELSST, _MULRK, _FORMULA, _BOOLERR = 0xFD, 0xBD, 0x06, 0x205
_CELLS = frozenset([_LABELSST, _MULRK, _FORMULA, _BOOLERR, 0x203, 0x27E, 0x204, 0xD6])


@dataclass
class LegacySheet:
    """One sheet: its extent and the cells with a formula or an error, by (spreadsheet row, column from 0)."""

    rows: int = 0
    columns: int = 0
    flaws: dict[tuple[int, int], str] = field(default_factory=dict)
    shared: Counter[int] = field(default_factory=Counter)


def check_legacy(data: bytes, limits: SpreadsheetLimits) -> list[LegacySheet]:
    """The worksheets of an .xls in their order, if they are within the limits. Raises SpreadsheetProblem."""
    try:
        stream = _workbook_stream(data)
        sheets, texts = _scan(stream)
    except (struct.error, IndexError, ValueError):
        raise SpreadsheetProblem(_DAMAGED) from None
    for sheet in sheets:
        refuse_large(sheet.rows, sheet.columns, limits)
        if sum(texts[index] * count for index, count in sheet.shared.items() if index < len(texts)) > limits.max_text:
            raise SpreadsheetProblem("表格中的文字过多，请删除与名单无关的内容后上传")
    return sheets


# ---- the container: a small file system with its own allocation tables -----------------------------------------------


def _workbook_stream(data: bytes) -> bytes:
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    if sector not in (512, 4096):
        raise ValueError("sector size")
    (first_directory,) = struct.unpack_from("<I", data, 48)
    cutoff, first_mini, _, first_difat, _ = struct.unpack_from("<5I", data, 56)

    def at(number: int) -> bytes:
        return data[(number + 1) * sector : (number + 2) * sector]

    tables = [number for number in struct.unpack_from("<109I", data, 76) if number < _END_OF_CHAIN]
    seen = set()
    while first_difat < _END_OF_CHAIN and first_difat not in seen:
        seen.add(first_difat)
        *more, first_difat = struct.unpack(f"<{sector // 4}I", at(first_difat))
        tables += [number for number in more if number < _END_OF_CHAIN]
    fat = [number for table in tables for number in struct.unpack(f"<{sector // 4}I", at(table))]

    def chain(start: int, links: list[int]) -> Iterator[int]:
        followed = 0
        while start < _END_OF_CHAIN:
            followed += 1
            if followed > len(links):
                raise ValueError("a chain without end")
            yield start
            start = links[start]

    directory = b"".join(at(number) for number in chain(first_directory, fat))
    entries = {}
    for offset in range(0, len(directory) - 127, 128):
        (name_length,) = struct.unpack_from("<H", directory, offset + 64)
        name = directory[offset : offset + max(0, min(name_length, 64) - 2)].decode("utf-16-le", "replace")
        entries[name] = struct.unpack_from("<II", directory, offset + 116)
    start, size = entries.get("Workbook") or entries.get("Book") or (0, 0)
    if not size:
        raise SpreadsheetProblem("这不是Excel表格文件，请上传.xlsx、.xls或.csv格式的表格文件")
    if size >= cutoff:
        return b"".join(at(number) for number in chain(start, fat))[:size]
    mini_fat = [number for table in chain(first_mini, fat) for number in struct.unpack(f"<{sector // 4}I", at(table))]
    container = b"".join(at(number) for number in chain(entries["Root Entry"][0], fat))
    return b"".join(container[number * 64 : number * 64 + 64] for number in chain(start, mini_fat))[:size]


# ---- the workbook: records of (kind, length, content) ----------------------------------------------------------------


def _records(stream: bytes, position: int) -> Iterator[tuple[int, bytes]]:
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        yield kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def _scan(stream: bytes) -> tuple[list[LegacySheet], list[int]]:
    positions: list[int] = []
    strings: list[bytes] = []
    last = 0
    for kind, content in _records(stream, 0):
        if kind == _FILEPASS:
            raise SpreadsheetProblem(_PROTECTED)
        if kind == _BOUNDSHEET:
            position, _, sheet_type = struct.unpack_from("<IBB", content)
            if sheet_type == _WORKSHEET:
                positions.append(position)
        elif kind == _SST or (kind == _CONTINUE and last in (_SST, _CONTINUE) and strings):
            strings.append(content)
        elif kind == _EOF:
            break
        last = kind
    return [_scan_sheet(stream, position) for position in positions], _text_lengths(strings)


def _scan_sheet(stream: bytes, position: int) -> LegacySheet:
    sheet = LegacySheet()
    for kind, content in _records(stream, position):
        if kind == _EOF:
            break
        if kind not in _CELLS:
            continue
        row, column = struct.unpack_from("<HH", content)
        last_column = struct.unpack_from("<H", content, len(content) - 2)[0] if kind == _MULRK else column
        sheet.rows, sheet.columns = max(sheet.rows, row + 1), max(sheet.columns, last_column + 1)
        if kind == _LABELSST:
            sheet.shared[struct.unpack_from("<I", content, 6)[0]] += 1
        elif kind == _FORMULA:
            sheet.flaws[row + 1, column] = "=（公式）"
        elif kind == _BOOLERR and content[7]:
            sheet.flaws[row + 1, column] = "#N/A"
    return sheet


def _text_lengths(records: list[bytes]) -> list[int]:
    """How many characters each shared text has. A text may run over records, each of which names its width anew."""
    if not records:
        return []
    (count,) = struct.unpack_from("<I", records[0], 4)
    lengths: list[int] = []
    index, position = 0, 8

    def skip(amount: int) -> None:
        nonlocal index, position
        position += amount
        while index < len(records) and position > len(records[index]):
            position -= len(records[index])
            index += 1

    while len(lengths) < count and index < len(records):
        if position >= len(records[index]):
            index, position = index + 1, 0
            continue
        length, flags = struct.unpack_from("<HB", records[index], position)
        position += 3
        runs = struct.unpack_from("<H", records[index], position)[0] if flags & 8 else 0
        position += 2 if flags & 8 else 0
        extra = struct.unpack_from("<I", records[index], position)[0] if flags & 4 else 0
        position += 4 if flags & 4 else 0
        lengths.append(length)
        width = 2 if flags & 1 else 1
        while length and index < len(records):
            here = min(length, (len(records[index]) - position) // width)
            length -= here
            position += here * width
            if length:
                index, position = index + 1, 1
                width = 2 if index < len(records) and records[index][:1] == b"\x01" else 1
        skip(runs * 4 + extra)
    return lengths

"""Rows pasted from a spreadsheet: cells between tabs, with a header or without, made into a table with one."""

import csv
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise

from domain.cells import UnreadableCell, read_number
from domain.errors import RuleError
from domain.identity import IdentityProblem, check_name, normalise_number
from domain.result_rows import CONTEST_RESULTS, said_outcome
from domain.tables import find_header

MOST_CHARACTERS = 1_500_000
_NUMBER_LIKE = re.compile(r"[0-9]{14,17}[0-9Xx]|[A-Za-z][0-9A-Za-z]{7,17}")
_SPACES = re.compile(r"[ \u3000]{2,}|[,，;；|]")
# Of the cells of a column so many must look alike for the column to be recognised.
_MOST = 0.6


def table_of(text: str, *, planned_hours: Decimal) -> list[list[str]]:
    """The pasted rows, the first of them a header; columns without one are told by what stands in them.

    Raises RuleError when there is nothing, or when names and numbers cannot be told.
    """
    rows = [[cell.strip() for cell in row] for row in _split(text)]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise RuleError("请先在表格软件中选中要粘贴的行，复制后粘贴到这里")
    if find_header(rows, CONTEST_RESULTS) is not None:
        return rows
    width = max(len(row) for row in rows)
    square = [row + [""] * (width - len(row)) for row in rows]
    return [_header(square, planned_hours), *square]


def _split(text: str) -> list[list[str]]:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if "\t" in plain:
        return list(csv.reader((line + "\n" for line in plain.split("\n")), delimiter="\t"))
    return [_SPACES.split(line.strip()) if _SPACES.search(line.strip()) else line.split() for line in plain.split("\n")]


def _header(rows: Sequence[Sequence[str]], planned_hours: Decimal) -> list[str]:
    """A header made from the cells: number, name, outcome, and of the figures which are hours and which scores."""
    columns = list(zip(*rows, strict=True))
    header = [""] * len(columns)
    for label, looks in (("身份证号码", _is_number), ("考核结果", _is_outcome), ("姓名", _is_name)):
        place = next((at for at, cells in enumerate(columns) if not header[at] and _share(cells, looks) > _MOST), None)
        if place is not None:
            header[place] = label
    if "身份证号码" not in header or "姓名" not in header:
        raise RuleError("认不出哪一列是姓名、哪一列是身份证号码，请连同表头一起复制，或在第一行写上各列名称")
    figures = [
        at
        for at, cells in enumerate(columns)
        if not header[at] and _share(cells, _is_figure) > _MOST and not _is_row_number(at, cells)
    ]
    hours = _hours_among(figures, columns, planned_hours)
    for at in figures:
        header[at] = "实到学时" if at == hours else "考核成绩" if "考核成绩" not in header else ""
    return header


def _hours_among(figures: list[int], columns: Sequence[Sequence[str]], planned: Decimal) -> int | None:
    """Hours are never more than were filed, and fewer different ones stand in a column than scores."""
    may_be = [at for at in figures if all(value <= planned for value in _values(columns[at]))]
    return min(may_be, key=lambda at: (len(set(_values(columns[at]))), at), default=None)


def _values(cells: Sequence[str]) -> list[Decimal]:
    return [value for cell in cells if (value := _figure(cell)) is not None]


def _figure(cell: str) -> Decimal | None:
    try:
        return read_number(cell, places=1, units=("学时", "课时", "分"))
    except UnreadableCell:
        return None


def _share(cells: Sequence[str], looks: Callable[[str], bool]) -> float:
    filled = [cell for cell in cells if cell]
    return sum(1 for cell in filled if looks(cell)) / len(filled) if filled else 0.0


def _is_number(cell: str) -> bool:
    return _NUMBER_LIKE.fullmatch(normalise_number(cell)) is not None


def _is_outcome(cell: str) -> bool:
    return said_outcome(cell) is not None


def _is_name(cell: str) -> bool:
    try:
        return any(character >= "\u4e00" for character in check_name(cell)) and not _is_outcome(cell)
    except IdentityProblem:
        return False


def _is_figure(cell: str) -> bool:
    return _figure(cell) is not None or _is_outcome(cell)


def _is_row_number(at: int, cells: Sequence[str]) -> bool:
    """1, 2, 3 … down the column, or from any number on in the first one."""
    values = _values(cells)
    if len(values) < 2 or any(later - earlier != 1 for earlier, later in pairwise(values)):
        return False
    return at == 0 or values[0] == 1

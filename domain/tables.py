"""Tables as people make them: find the header wherever it stands, and read each row with every reason against it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from domain.cells import cell_text, is_nothing
from domain.errors import RuleError
from domain.merged_cells import filled_down
from domain.skills import normalise_term

HEADER_WITHIN_ROWS = 20

Value = TypeVar("Value")


class TableProblem(RuleError):
    """The table as a whole cannot be read: no header, or columns are missing."""

    code = "table"


@dataclass(frozen=True)
class Column:
    """A column the program reads.

    `synonyms` are other headers for it, best first; `pattern` matches further ones, as the whole of the bare header.
    A `required` column must be there; whether each of its cells is filled is for the rules of the row.
    """

    key: str
    label: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    pattern: str = r"(?!)"


@dataclass(frozen=True)
class Table:
    """The columns of one kind of table; a header is known by one of its `anchors`."""

    key: str
    title: str
    columns: tuple[Column, ...]
    anchors: tuple[str, ...] = ("name", "id_number")
    _exact: dict[str, tuple[str, int]] = field(init=False, repr=False, compare=False)
    _patterns: list[tuple[re.Pattern[str], str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        exact = {
            normalise_term(header): (column.key, rank)
            for column in self.columns
            for rank, header in enumerate((column.label, *column.synonyms))
        }
        object.__setattr__(self, "_exact", exact)
        object.__setattr__(self, "_patterns", [(re.compile(column.pattern), column.key) for column in self.columns])

    def label(self, key: str) -> str:
        return next(column.label for column in self.columns if column.key == key)

    def recognise(self, header: str) -> tuple[str, int] | None:
        """The column a header means and how well it says so (0 is best), None if it is none of ours."""
        bare = _BRACKETED.sub("", header)
        for text in (header, bare, _NUMBERED.sub("", bare)):
            found = self._exact.get(normalise_term(text))
            if found:
                return found
        term = normalise_term(bare)
        for pattern, key in self._patterns:
            if term and pattern.fullmatch(term):
                return key, _BY_PATTERN
        return None


_BRACKETED = re.compile(r"[(（【\[〔][^)）】\]〕]*[)）】\]〕]")
_NUMBERED = re.compile(r"^\s*[0-9]{1,2}\s*[.、．)）]\s*")
_BY_PATTERN = 1000


@dataclass(frozen=True)
class Sheet:
    """A grid of cells as read from a file; `rows[0]` is row 1 of the spreadsheet.

    `flaws` names cells that have no trustworthy value, by (spreadsheet row, column from 0): the formula in it,
    beginning with =, or the error, beginning with #. `merged` are merged areas as
    (first row, first column, last row, last column), all from 0. `other_sheets` hold such a table too, unread.
    """

    name: str
    rows: Sequence[Sequence[object]]
    flaws: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: Sequence[tuple[int, int, int, int]] = ()
    other_sheets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Header:
    """Where the header stands (indexes from 0) and which column holds what.

    `repeated` are further columns with the very same header; `unknown` the headers nobody asked for.
    """

    first: int
    last: int
    columns: Mapping[str, int]
    repeated: Mapping[str, tuple[int, ...]]
    unknown: tuple[str, ...]

    @property
    def excel_row(self) -> int:
        return self.last + 1


def find_header(rows: Sequence[Sequence[object]], table: Table) -> Header | None:
    """The best header in the first rows, of one line or of two; None if no row looks like one."""
    best: Header | None = None
    for first in range(min(len(rows), HEADER_WITHIN_ROWS)):
        upper = [_header_text(cell) for cell in rows[first]]
        header = _map_columns(table, first, first, [(text,) for text in upper])
        # A title above the header must not be taken for its upper line, so that line needs a column of its own.
        if first + 1 < len(rows) and any(anchor in header.columns for anchor in table.anchors):
            lower = [_header_text(cell) for cell in rows[first + 1]]
            two_lines = _map_columns(table, first, first + 1, _joined(upper, lower))
            header = max(header, two_lines, key=lambda candidate: len(candidate.columns))
        if len(header.columns) > (len(best.columns) if best else 1) and any(
            anchor in header.columns for anchor in table.anchors
        ):
            best = header
    return best


def _header_text(cell: object) -> str:
    text = cell_text(cell) if isinstance(cell, str) else ""
    return text if len(text) <= 60 else ""


def _joined(upper: list[str], lower: list[str]) -> list[tuple[str, ...]]:
    """What two header lines say of each column: below a group heading the lower line, or both together."""
    texts: list[tuple[str, ...]] = []
    group = ""
    for above, below in zip(upper, lower, strict=False):
        group = above or (group if below else "")
        texts.append((below, group + below) if below else (above,))
    return texts


def _map_columns(table: Table, first: int, last: int, texts: list[tuple[str, ...]]) -> Header:
    found: dict[str, list[tuple[int, int, str]]] = {}
    unknown = []
    for index, choices in enumerate(texts):
        for text in choices:
            known = table.recognise(text) if text else None
            if known:
                found.setdefault(known[0], []).append((known[1], index, normalise_term(text)))
                break
        else:
            if choices[-1]:
                unknown.append(choices[-1])
    columns, repeated = {}, {}
    for key, places in found.items():
        _, column, term = min(places)
        columns[key] = column
        same = tuple(index for _, index, other in places if other == term and index != column)
        if same:
            repeated[key] = same
    return Header(first, last, columns, repeated, tuple(unknown))


@dataclass(frozen=True, slots=True)
class CellProblem:
    """A reason against a cell, or a doubt about it; `column` is the key of its column."""

    column: str
    reason: str


_LONGEST_NAME = 100
_ERRORS = frozenset(["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"])


class Row:
    """One row while it is read: hands out its cells and collects every reason against them."""

    __slots__ = ("_cells", "_columns", "_flaws", "excel_row", "hints", "problems")

    def __init__(
        self, excel_row: int, cells: Sequence[object], columns: Mapping[str, int], flaws: Mapping[tuple[int, int], str]
    ) -> None:
        self.excel_row = excel_row
        self._cells = cells
        self._columns = columns
        self._flaws = flaws
        self.problems: list[CellProblem] = []
        self.hints: list[CellProblem] = []

    def raw(self, key: str) -> object:
        """The cell as the file holds it; None without such a column."""
        column = self._columns.get(key)
        return self._cells[column] if column is not None and column < len(self._cells) else None

    def text(self, key: str) -> str | None:
        """The text of a cell, empty if it says there is nothing; None if the cell was refused for itself."""
        column = self._columns.get(key)
        if column is None:
            return ""
        value = self._cells[column] if column < len(self._cells) else ""
        text = value.strip() if isinstance(value, str) else cell_text(value)
        flaw = self._flaws.get((self.excel_row, column), "") if self._flaws else ""
        if flaw.startswith("=") or text.startswith(("=", "＝")):
            self.refuse(key, "单元格是公式，请改为文字或数值")
            return None
        if flaw or text in _ERRORS:
            self.refuse(key, f"单元格显示错误“{(flaw or text)[:20]}”，请改为正确内容")
            return None
        return "" if len(text) <= 4 and is_nothing(text) else text

    def refuse(self, key: str, *reasons: str) -> None:
        self.problems.extend(CellProblem(key, reason) for reason in reasons)

    def doubt(self, key: str, *reasons: str) -> None:
        self.hints.extend(CellProblem(key, reason) for reason in reasons)


@dataclass(frozen=True, slots=True)
class CheckedRow(Generic[Value]):
    """A row with what was read, or with every reason why not and the name as written, so that the clerk finds it."""

    excel_row: int
    value: Value | None
    problems: tuple[CellProblem, ...]
    hints: tuple[CellProblem, ...]
    name: str = ""

    @property
    def outcome(self) -> str:
        return "reject" if self.value is None else "accept"

    @property
    def reasons(self) -> list[str]:
        return [problem.reason for problem in self.problems]


@dataclass(frozen=True)
class CheckedTable(Generic[Value]):
    """A table after its check. `skipped` tells of rows that are no records (totals, examples), `notes` of the rest."""

    sheet_name: str
    header: Header
    rows: list[CheckedRow[Value]]
    skipped: dict[int, str]
    notes: list[str]

    @property
    def accepted(self) -> list[CheckedRow[Value]]:
        return [row for row in self.rows if row.value is not None]

    @property
    def rejected(self) -> list[CheckedRow[Value]]:
        return [row for row in self.rows if row.value is None]

    @property
    def problems(self) -> dict[int, tuple[CellProblem, ...]]:
        """The reasons against each rejected row, by spreadsheet row: what the annotated file shows."""
        return {row.excel_row: row.problems for row in self.rows if row.problems}


def check_table(sheet: Sheet, table: Table, parse: Callable[[Row], Value | None]) -> CheckedTable[Value]:
    """Read every row below the header with `parse`, which refuses cells on the row and goes on to the next cell.

    Raises TableProblem without a header, without a required column or without any row.
    """
    header = find_header(sheet.rows, table)
    if header is None:
        anchors = "、".join(f"“{table.label(anchor)}”" for anchor in table.anchors)
        raise TableProblem(f"前{HEADER_WITHIN_ROWS}行中没有找到表头，表头应包含{anchors}等列，请核对后重新上传")
    missing = [column.label for column in table.columns if column.required and column.key not in header.columns]
    if missing:
        raise TableProblem(f"第{header.excel_row}行表头缺少“{'”“'.join(missing)}”列，请补充后重新上传")
    checked: list[CheckedRow[Value]] = []
    skipped: dict[int, str] = {}
    for row in _records(sheet, table, header, skipped):
        value = parse(row)
        if row.problems:
            value = None
        name = " ".join(cell_text(row.raw("name")).split())[:_LONGEST_NAME] if value is None else ""
        checked.append(CheckedRow(row.excel_row, value, tuple(row.problems), tuple(row.hints), name))
    if not checked:
        raise TableProblem(f"第{header.excel_row}行表头以下没有人员数据，请填写后重新上传")
    return CheckedTable(sheet.name, header, checked, skipped, _notes(sheet, table, header))


_COUNTERS = frozenset(["序号", "编号", "序", "no", "错误说明"])


def _notes(sheet: Sheet, table: Table, header: Header) -> list[str]:
    notes = [
        f"表头“{table.label(key)}”出现了{len(others) + 1}次，已合并读取" for key, others in header.repeated.items()
    ]
    unread = [text for text in header.unknown if normalise_term(text) not in _COUNTERS]
    if unread:
        notes.append(f"以下列未读取：{'、'.join(unread[:20])}")
    if sheet.other_sheets:
        notes.append(f"只读取了工作表“{sheet.name}”，未读取“{'”“'.join(sheet.other_sheets)}”，请分别上传")
    return notes


# ---- which rows are records ------------------------------------------------------------------------------------------

_SUMMARY = re.compile(
    r"(本页|以上|全部)?(合计|总计|小计|共计|累计|总人数|共[0-9]+[人名])|[(（]?以下(空白|无正文|为空)"
    r"|((填表|制表|填报|审核|复核|经办|负责|联系|报送|统计|单位负责)(人|单位|日期|时间)?|日期|时间|备注|说明|附?注[0-9]?|单位(盖章|公章)?)[:：]"
)
_SAMPLE = re.compile(r"[(（【\[]?(示例|样例|范例|例[:：])")


def _records(sheet: Sheet, table: Table, header: Header, skipped: dict[int, str]) -> Iterator[Row]:
    columns = list(header.columns.values())
    rows = filled_down(sheet.rows, sheet.merged, columns=set(columns), below=header.last)
    flawed_rows = {row for row, column in sheet.flaws if column in columns}
    name_header = "".join(_header_at(sheet, header, "name").split())
    for index in range(header.last + 1, len(rows)):
        cells, excel_row = rows[index], index + 1
        if header.repeated:
            cells = _coalesced(cells, header)
        width = len(cells)
        filled = any(_is_filled(cells[column]) for column in columns if column < width)
        if not filled and excel_row not in flawed_rows:
            if any(isinstance(cell, str) and cell.strip() and not cell.strip().isdecimal() for cell in cells):
                skipped[excel_row] = "说明行"
            continue
        row = Row(excel_row, cells, header.columns, sheet.flaws)
        reason = _no_record(row, cells, name_header)
        if reason:
            skipped[excel_row] = reason
            continue
        if header.repeated:
            _refuse_contradictions(row, rows[index], table, header)
        yield row


def _header_at(sheet: Sheet, header: Header, key: str) -> str:
    column = header.columns.get(key)
    if column is None:
        return ""
    return cell_text(sheet.rows[header.last][column]) or cell_text(sheet.rows[header.first][column])


def _is_filled(cell: object) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None


def _no_record(row: Row, cells: Sequence[object], name_header: str) -> str | None:
    """Why a filled row is no record, or None."""
    first = next((cell for cell in cells if isinstance(cell, str) and cell and not cell.isspace()), "").strip()
    name = row.raw("name")
    name = "".join(name.split()) if isinstance(name, str) else ""
    if _SAMPLE.match(first) or _SAMPLE.match(name):
        return "示例行"
    if name and name == name_header:
        return "重复的表头"
    if not cell_text(row.raw("id_number")) and (_SUMMARY.match("".join(first.split())) or _SUMMARY.match(name)):
        return "合计或说明行"
    return None


def _coalesced(cells: Sequence[object], header: Header) -> list[object]:
    merged = list(cells)
    for key, others in header.repeated.items():
        column = header.columns[key]
        if column < len(merged) and not cell_text(merged[column]):
            merged[column] = next((cells[other] for other in others if cell_text(cells[other])), merged[column])
    return merged


def _refuse_contradictions(row: Row, cells: Sequence[object], table: Table, header: Header) -> None:
    for key, others in header.repeated.items():
        texts = {cell_text(cells[column]) for column in (header.columns[key], *others) if column < len(cells)} - {""}
        if len(texts) > 1:
            row.refuse(key, f"“{table.label(key)}”有多列且内容不一致，请只保留一列")

"""The clerk's own file back: bad cells red with a comment, the reasons in a last column, no formula alive."""

import io
import logging
from collections.abc import Callable, Mapping, Sequence

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from domain.cells import cell_text
from domain.tables import CellProblem, Header, Sheet, Table, find_header
from services.sheet_writing import put, saved, sheet_title
from services.spreadsheet_gate import DEFAULT_LIMITS, SpreadsheetLimits, file_kind, open_package
from services.spreadsheets import read_sheet

REASONS_HEADER = "错误说明"

_log = logging.getLogger(__name__)
_RED = PatternFill("solid", fgColor="FFFFC7CE")
_NO_FILL = PatternFill()
_REASON_FONT = Font(color="FFC00000")
_REASON_ALIGNMENT = Alignment(wrap_text=True, vertical="top")
_AUTHOR = "导入校验"
# openpyxl makes an object of every formatted cell, also of the empty ones.
_MOST_CELLS = 1_000_000

Problems = Mapping[int, Sequence[CellProblem]]


def annotate(
    data: bytes,
    filename: str,
    problems: Problems,
    *,
    table: Table,
    only_bad_rows: bool = False,
    limits: SpreadsheetLimits = DEFAULT_LIMITS,
) -> bytes:
    """The uploaded file as .xlsx with every problem marked; `problems` are by spreadsheet row of that file.

    Marks of an earlier round are taken away first. With `only_bad_rows` the file holds what stands above the data and
    the bad rows alone. Raises SpreadsheetProblem as reading does.
    """
    sheet = read_sheet(data, filename, table=table, limits=limits)
    header = find_header(sheet.rows, table) or Header(0, 0, {}, {}, ())
    if not only_bad_rows and file_kind(data, filename, limits) == "xlsx":
        package = open_package(data, limits)
        if package.cell_count() <= _MOST_CELLS:
            try:
                return _mark_original(package.repacked(), sheet, header, problems)
            except Exception as failure:
                # openpyxl stumbles over styles of some programs in many ways; the data can be written anew anyway.
                # Only the kind of failure is logged, for its text may quote a cell.
                _log.warning(
                    "annotate: the original cannot be kept (%s), its data are written anew", type(failure).__name__
                )
    return _write_anew(sheet, header, problems, only_bad_rows=only_bad_rows)


def _mark_original(package: bytes, sheet: Sheet, header: Header, problems: Problems) -> bytes:
    workbook = load_workbook(io.BytesIO(package), keep_links=False)
    for other in workbook.worksheets:
        for cell in list(other._cells.values()):
            if cell.data_type == "f":
                put(cell, _formula_text(cell.value))
    worksheet = workbook[sheet.name]
    _settle_formulas(worksheet, sheet, header)
    _remove_marks(worksheet, _old_reasons_column(sheet, header), header)
    workbook.active = workbook.worksheets.index(worksheet)
    column = _reasons_column(sheet, header)
    merged_to = max((area.max_col for area in worksheet.merged_cells.ranges), default=0)
    if _old_reasons_column(sheet, header) is None and column <= merged_to - 1:
        column = merged_to
    return _mark(workbook, worksheet, header, problems, column, lambda excel_row: excel_row)


def _write_anew(sheet: Sheet, header: Header, problems: Problems, *, only_bad_rows: bool) -> bytes:
    workbook = Workbook()
    worksheet = workbook.active
    worksheet.title = sheet_title(sheet.name)
    old = _old_reasons_column(sheet, header)
    places: dict[int, int] = {}
    for index, cells in enumerate(sheet.rows):
        excel_row = index + 1
        if only_bad_rows and index > header.last and excel_row not in problems:
            continue
        places[excel_row] = len(places) + 1
        for column, value in enumerate(cells):
            if (excel_row, column) in sheet.flaws:
                value = _settled(sheet, header, excel_row, column)
            if value not in ("", None) and column != old:
                put(worksheet.cell(places[excel_row], column + 1), value)
    for column, value in enumerate(sheet.rows[header.last] if sheet.rows else ()):
        worksheet.column_dimensions[get_column_letter(column + 1)].width = max(12, 2 * len(cell_text(value)) + 4)
    return _mark(workbook, worksheet, header, problems, _reasons_column(sheet, header), lambda row: places.get(row))


def _mark(
    workbook: Workbook,
    worksheet: Worksheet,
    header: Header,
    problems: Problems,
    reasons_column: int,
    place: Callable[[int], int | None],
) -> bytes:
    put(worksheet.cell(place(header.excel_row) or 1, reasons_column + 1), REASONS_HEADER)
    worksheet.column_dimensions[get_column_letter(reasons_column + 1)].width = 60
    for excel_row, found in problems.items():
        row = place(excel_row)
        if row is None or not found:
            continue
        by_column: dict[str, list[str]] = {}
        for problem in found:
            by_column.setdefault(problem.column, []).append(problem.reason)
        for key, reasons in by_column.items():
            if key in header.columns:
                cell = _written_cell(worksheet, row, header.columns[key] + 1)
                cell.fill = _RED
                cell.comment = _comment(reasons)
        cell = worksheet.cell(row, reasons_column + 1)
        put(cell, "；".join(dict.fromkeys(problem.reason for problem in found)))
        cell.font, cell.alignment = _REASON_FONT, _REASON_ALIGNMENT
    return saved(workbook)


def _comment(reasons: Sequence[str]) -> Comment:
    comment = Comment("\n".join(dict.fromkeys(reasons)), _AUTHOR)
    comment.width, comment.height = 320, 40 + 40 * len(reasons)
    return comment


def _written_cell(worksheet: Worksheet, row: int, column: int) -> Cell:
    """The cell itself, or of a merged area the one cell that is written."""
    cell = worksheet.cell(row, column)
    if isinstance(cell, MergedCell):
        for area in worksheet.merged_cells.ranges:
            if cell.coordinate in area:
                return worksheet.cell(area.min_row, area.min_col)
    return cell


def _settle_formulas(worksheet: Worksheet, sheet: Sheet, header: Header) -> None:
    for excel_row, column in sheet.flaws:
        cell = worksheet.cell(excel_row, column + 1)
        if not isinstance(cell, MergedCell):
            put(cell, _settled(sheet, header, excel_row, column))


def _settled(sheet: Sheet, header: Header, excel_row: int, column: int) -> object:
    """The value to write: of a formula its text where it is to be corrected, elsewhere (a counter) its last value."""
    flaw = sheet.flaws.get((excel_row, column))
    if flaw is not None and (column in header.columns.values() or not flaw.startswith("=")):
        return flaw
    cells = sheet.rows[excel_row - 1] if excel_row <= len(sheet.rows) else ()
    return cells[column] if column < len(cells) else ""


def _formula_text(value: object) -> str:
    return value if isinstance(value, str) else str(getattr(value, "text", None) or "（公式）")


def _remove_marks(worksheet: Worksheet, reasons_column: int | None, header: Header) -> None:
    for cell in list(worksheet._cells.values()):
        if isinstance(cell, MergedCell):
            continue
        if cell.comment is not None and cell.comment.author == _AUTHOR:
            cell.comment = None
            cell.fill = _NO_FILL
        if reasons_column is not None and cell.column == reasons_column + 1 and cell.row > header.excel_row:
            cell.value = None


def _old_reasons_column(sheet: Sheet, header: Header) -> int | None:
    cells = sheet.rows[header.last] if sheet.rows else ()
    return next((column for column, cell in enumerate(cells) if cell_text(cell) == REASONS_HEADER), None)


def _reasons_column(sheet: Sheet, header: Header) -> int:
    """Where the reasons go: the column of an earlier round, else the first one right of everything."""
    old = _old_reasons_column(sheet, header)
    return old if old is not None else max(map(len, sheet.rows), default=0)

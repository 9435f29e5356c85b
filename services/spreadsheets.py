"""The door for tables: read an uploaded .xlsx, .xls or .csv into a sheet of cells, within limits and without trust."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import python_calamine
from defusedxml import ElementTree

from domain.tables import Sheet, Table, find_header
from services.spreadsheet_gate import (
    DEFAULT_LIMITS,
    UTF_16,
    Package,
    SpreadsheetLimits,
    SpreadsheetProblem,
    check_sheet,
    check_text,
    file_kind,
    open_package,
    refuse_large,
)
from services.spreadsheet_legacy import check_legacy

_DAMAGED = "文件已损坏，无法读取，请用Excel或WPS打开后另存为.xlsx格式再上传"
_NO_SHEET = "文件中没有可读取的工作表，请检查工作表是否被隐藏"
_MAX_MERGED = 20_000

Flaws = dict[tuple[int, int], str]


def read_sheet(data: bytes, filename: str, *, table: Table, limits: SpreadsheetLimits = DEFAULT_LIMITS) -> Sheet:
    """The sheet of the file that holds this table: the first visible one with its header, hidden ones never.

    Raises SpreadsheetProblem with a sentence that says what to upload instead.
    """
    kind = file_kind(data, filename, limits)
    if kind == "csv":
        return _read_csv(data, filename, limits)
    if kind == "xls":
        legacy = check_legacy(data, limits)
        return _choose(_read_visible(data, [sheet.flaws for sheet in legacy]), table)
    package = open_package(data, limits)
    parts = _sheet_parts(package)
    shared = package.part("xl/sharedStrings.xml")
    flaws: list[Flaws] = []
    for part in parts:
        xml = package.part(part.path) if part.visible else b""
        flaws.append(check_sheet(xml, limits) if xml else {})
        check_text(xml, shared, limits)
    return _choose(_read_visible(package.repacked(sheets=[part.path for part in parts if part.visible]), flaws), table)


def _choose(sheets: list[Sheet], table: Table) -> Sheet:
    required = {column.key for column in table.columns if column.required}
    headers = [(sheet, find_header(sheet.rows, table)) for sheet in sheets]
    known = [(sheet, header) for sheet, header in headers if header is not None]
    complete = [sheet for sheet, header in known if required <= set(header.columns)]
    if not sheets:
        raise SpreadsheetProblem(_NO_SHEET)
    chosen = next(iter(complete or [sheet for sheet, _ in known] or sheets))
    others = tuple(
        sheet.name
        for sheet, header in known
        if sheet is not chosen
        and any(any(cell not in ("", None) for cell in row) for row in sheet.rows[header.last + 1 :])
    )
    return Sheet(chosen.name, chosen.rows, chosen.flaws, chosen.merged, others)


def _read_visible(data: bytes, flaws: Sequence[Flaws]) -> list[Sheet]:
    """Every visible worksheet; `flaws` are those of all worksheets in the same order."""
    sheets: list[Sheet] = []
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            worksheets = [
                metadata
                for metadata in workbook.sheets_metadata
                if metadata.typ is python_calamine.SheetTypeEnum.WorkSheet
            ]
            if len(worksheets) != len(flaws):
                raise SpreadsheetProblem(_DAMAGED)
            for metadata, sheet_flaws in zip(worksheets, flaws, strict=True):
                if metadata.visible is python_calamine.SheetVisibleEnum.Visible:
                    sheet = workbook.get_sheet_by_name(metadata.name)
                    merged = [(*first, *last) for first, last in (sheet.merged_cell_ranges or [])[:_MAX_MERGED]]
                    rows = sheet.to_python(skip_empty_area=False)
                    sheets.append(Sheet(metadata.name, rows, sheet_flaws, merged))
    except python_calamine.PasswordError:
        raise SpreadsheetProblem("文件设有打开密码，请在Excel或WPS中取消密码后重新上传") from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise SpreadsheetProblem(_DAMAGED) from None
    except BaseException as failure:
        # A bug in the reader surfaces as a panic, which is no Exception.
        if type(failure).__name__ != "PanicException":
            raise
        raise SpreadsheetProblem(_DAMAGED) from None
    return sheets


# ---- xlsx ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _SheetPart:
    name: str
    path: str
    visible: bool


def _sheet_parts(package: Package) -> list[_SheetPart]:
    """The worksheets in the order of the workbook (charts and macros of their own are no worksheets)."""
    try:
        workbook = ElementTree.fromstring(package.part("xl/workbook.xml"))
        relations = ElementTree.fromstring(package.part("xl/_rels/workbook.xml.rels"))
    except ElementTree.ParseError:
        raise SpreadsheetProblem(_DAMAGED) from None
    targets = {
        relation.get("Id"): relation.get("Target", "")
        for relation in relations
        if relation.get("Type", "").endswith("/worksheet")
    }
    parts = []
    for element in workbook.iter():
        if element.tag.rpartition("}")[2] != "sheet":
            continue
        reference = next((value for name, value in element.attrib.items() if name.rpartition("}")[2] == "id"), "")
        if reference in targets:
            path = re.sub(r"^/?(xl/)?", "xl/", targets[reference])
            parts.append(_SheetPart(element.get("name", ""), path, element.get("state", "visible") == "visible"))
    return parts


# ---- csv -------------------------------------------------------------------------------------------------------------

_QUOTED_FORMULA = re.compile(r'="([^"]*)"')


def _read_csv(data: bytes, filename: str, limits: SpreadsheetLimits) -> Sheet:
    text = _decode(data)
    start = text[:4096]
    delimiter = max(",\t;", key=start.count)
    rows: list[list[str]] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            # Some programs write ="3307..." to keep a number as text.
            rows.append([_QUOTED_FORMULA.sub(r"\1", cell) if cell.startswith('="') else cell for cell in cells])
            if len(rows) > limits.max_rows + 1 or len(cells) > limits.max_columns:
                break
    except csv.Error:
        raise SpreadsheetProblem(_DAMAGED) from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    width = max(map(len, rows), default=0)
    refuse_large(len(rows), width, limits)
    return Sheet(filename, [cells + [""] * (width - len(cells)) for cells in rows])


def _decode(data: bytes) -> str:
    encodings = ("utf-16",) if data[:2] in UTF_16 else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SpreadsheetProblem("文件的文字编码无法识别，请用Excel或WPS打开后另存为.xlsx格式再上传")

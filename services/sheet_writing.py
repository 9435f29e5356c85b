"""Spreadsheets the program hands out: lists and import templates, every text a text and never a formula."""

import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from domain.contests import Contest
from domain.identity import IdType, Sex
from domain.periods import CHINA
from domain.result_rows import CONTEST_RESULTS, RESULTS, Outcome
from domain.skills import CertificateKind
from domain.staff_rows import STAFF
from domain.tables import Table
from services.reference import levels

# Text format: what is typed into such a cell later stays text too, with all its digits.
TEXT_FORMAT = "@"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DATE_FORMAT = "yyyy-mm-dd"
_HEADER_FONT = Font(name="宋体", bold=True)
_HEADER_FILL = PatternFill("solid", fgColor="FFDDEBF7")
_THIN = Side(style="thin", color="FFBFBFBF")
_FRAME = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)
_TEMPLATE_ROWS = 2000


def put(cell: Cell, value: object) -> None:
    """Put a value into a cell so that it is shown as it is: a string never becomes a formula, a number or an error."""
    if isinstance(value, datetime):
        value = value.astimezone(CHINA).replace(tzinfo=None) if value.tzinfo else value
        cell.value = value
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = DATE_FORMAT
    elif value is None or (isinstance(value, (bool, int, float, Decimal)) and math.isfinite(value)):
        cell.value = value
    else:
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:32_767]
        cell.data_type = "s"
        cell.number_format = TEXT_FORMAT


def write_table(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "数据", widths: Sequence[int] = ()
) -> bytes:
    """A workbook of one sheet named `title` with a header line and these rows; numbers and dates keep their type."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(sheet_title(title))
    sheet.freeze_panes = "A2"
    for index, header in enumerate(headers):
        width = widths[index] if index < len(widths) else max(12, 2 * len(header) + 4)
        sheet.column_dimensions[get_column_letter(index + 1)].width = width
    line = []
    for header in headers:
        cell = WriteOnlyCell(sheet)
        put(cell, header)
        cell.font, cell.fill, cell.alignment, cell.border = _HEADER_FONT, _HEADER_FILL, _CENTRED, _FRAME
        line.append(cell)
    sheet.append(line)
    for row in rows:
        line = []
        for value in row:
            cell = WriteOnlyCell(sheet)
            put(cell, value)
            line.append(cell)
        sheet.append(line)
    return saved(workbook)


def sheet_title(text: str) -> str:
    """A name a spreadsheet program accepts for a sheet."""
    return re.sub(r"[\[\]:*?/\\]", "", ILLEGAL_CHARACTERS_RE.sub("", text)).strip("'")[:31] or "Sheet1"


def saved(workbook: Workbook) -> bytes:
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


# ---- templates -------------------------------------------------------------------------------------------------------

_STAFF_SAMPLE = {
    "name": "张三",
    "sex": "女",
    "id_type": "居民身份证",
    "id_number": "11010519491231002X",
    "phone": "13800000000",
    "insurance_number": "3307000000000",
    "occupation": "车工",
    "level": "三级/高级工",
    "certificate_kind": "职业技能等级证书",
    "certificate_number": "Y000133000001205000001",
    "issued_on": "2020-05-08",
}
_STAFF_NOTES = (
    "一、请从第3行起填写，第2行“示例”不会导入，可以保留。一人有多本证书的，每本证书填一行。",
    "二、必填：姓名、身份证号、职业（工种）、证书类别、证书编号、发证日期；技能等级除专项职业能力证书外必填。",
    "三、身份证号、手机号码、社保编号、证书编号各列已设为“文本”格式，请勿改为数字，否则末几位会丢失。",
    "四、粘贴数据时请选择“粘贴为数值/仅保留文本”，不要使用公式。",
    "五、少数民族姓名中的间隔符请用“·”。生僻字请用输入法录入，不要用图片或自造字。",
    "六、发证日期写成2020-05-08的样子。没有的内容请留空。",
    "七、可以增加其他列，系统不会读取，也不会改动。",
)
_RESULTS_SAMPLE = {
    "name": "张三",
    "id_type": "居民身份证",
    "id_number": "11010519491231002X",
    "occupation": "车工",
    "hours": 16,
    "score": 92.5,
    "outcome": "合格",
    "event": "",
    "rank": "",
    "remark": "",
}
_RESULTS_NOTES = (
    "一、请从第3行起填写，第2行“示例”不会导入，可以保留。每人一行。",
    "二、必填：姓名、身份证号、实到学时、考核结果。缺考的学时和成绩可以留空。",
    "三、实到学时按每学时45分钟计，最多一位小数，不能超过备案的学时；成绩为0到100。",
    "四、身份证号列已设为“文本”格式，请勿改为数字，否则末几位会丢失。不要使用公式。",
)


def staff_template() -> bytes:
    """The staff list to fill in: drop-downs, text columns, one example and a sheet of notes."""
    choices = {
        "sex": [sex.label for sex in Sex],
        "id_type": [id_type.label for id_type in IdType],
        "level": [level.label for level in levels() if level.rank],
        "certificate_kind": [kind.label for kind in CertificateKind],
    }
    return _template(STAFF, _STAFF_SAMPLE, choices, _STAFF_NOTES)


_RANKS_NOTE = "五、没有名次的，比赛项目和名次留空；有名次的按名次学分计，不与学时学分重复。每人只填一个最好的名次。"


def results_template(contest: Contest | None = None) -> bytes:
    """The results of an activity to fill in; of a competition with its events and ranks to choose from."""
    choices = {
        "id_type": [id_type.label for id_type in IdType],
        "outcome": [outcome.label for outcome in Outcome],
    }
    if contest is None:
        return _template(RESULTS, _RESULTS_SAMPLE, choices, _RESULTS_NOTES)
    choices |= {"event": list(contest.events), "rank": list(contest.ranks)}
    sample = _RESULTS_SAMPLE | {"event": contest.events[0], "rank": contest.ranks[0]}
    return _template(CONTEST_RESULTS, sample, choices, (*_RESULTS_NOTES, _RANKS_NOTE))


def _template(table: Table, sample: Mapping[str, object], choices: dict[str, list[str]], notes: Sequence[str]) -> bytes:
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = sheet_title(table.title)
    for index, header in enumerate(("序号", *(column.label for column in table.columns)), start=1):
        cell = sheet.cell(1, index)
        put(cell, header)
        cell.font, cell.fill, cell.alignment, cell.border = _HEADER_FONT, _HEADER_FILL, _CENTRED, _FRAME
        sheet.column_dimensions[get_column_letter(index)].width = max(10, 2 * len(header) + 6)
    put(sheet.cell(2, 1), "示例")
    for index, column in enumerate(table.columns, start=2):
        letter = get_column_letter(index)
        put(sheet.cell(2, index), sample[column.key])
        sheet.cell(2, index).font = Font(italic=True, color="FF7F7F7F")
        if column.key not in ("hours", "score"):
            sheet.column_dimensions[letter].number_format = TEXT_FORMAT
        if column.key in ("id_number", "certificate_number"):
            sheet.column_dimensions[letter].width = 26
        if column.key in choices:
            _offer(workbook, sheet, column.label, choices[column.key], f"{letter}3:{letter}{_TEMPLATE_ROWS}")
    sheet.freeze_panes = "A2"
    explained = workbook.create_sheet("填写说明", 1)
    explained.column_dimensions["A"].width = 110
    for index, note in enumerate((f"{table.title}填写说明", *notes), start=1):
        put(explained.cell(index, 1), note)
        explained.cell(index, 1).alignment = Alignment(wrap_text=True, vertical="top")
    explained.cell(1, 1).font = Font(name="宋体", bold=True, size=14)
    return saved(workbook)


def _offer(workbook: Workbook, sheet: Worksheet, label: str, choices: list[str], cells: str) -> None:
    """A drop-down that advises and does not forbid: the import understands more spellings than the list holds.

    The choices stand on a hidden sheet, for a list inside the rule may not be longer than 255 characters.
    """
    name = "选项"
    options = workbook[name] if name in workbook.sheetnames else workbook.create_sheet(name)
    options.sheet_state = "hidden"
    column = options.max_column + 1 if options.cell(1, 1).value else 1
    for index, choice in enumerate((label, *choices), start=1):
        put(options.cell(index, column), choice)
    letter = get_column_letter(column)
    rule = DataValidation(type="list", formula1=f"{name}!${letter}$2:${letter}${len(choices) + 1}", allow_blank=True)
    rule.errorStyle = "warning"
    rule.error = f"建议从下拉列表中选择{label}"
    sheet.add_data_validation(rule)
    rule.add(cells)

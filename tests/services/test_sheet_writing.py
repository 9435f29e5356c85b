"""What the program hands out: lists without formulas, and templates that can be filled in and sent back."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from domain.result_rows import RESULTS, check_results
from domain.staff_rows import STAFF, check_staff
from domain.tables import TableProblem
from services import reference
from services.sheet_writing import results_template, sheet_title, staff_template, write_table
from services.spreadsheets import read_sheet
from tests.sheet_makers import TODAY, staff_rows

INJECTIONS = [
    "=1+1",
    "+1+1",
    "-1",
    "@SUM(1)",
    "＝1",
    "\t=1",
    "\r=1",
    "=cmd|' /C calc'!A0",
    "#N/A",
    "0012",
    "1e5",
    "TRUE",
]


def read_back(data: bytes):
    return load_workbook(io.BytesIO(data)).active


@pytest.mark.parametrize("text", INJECTIONS)
def test_user_texts_are_text_cells(text):
    data = write_table([text], [[text]])
    sheet = read_back(data)
    for cell in (sheet["A1"], sheet["A2"]):
        assert cell.data_type == "s"
        assert cell.number_format == "@"
        assert cell.value == text.replace("\r", "\n") or cell.value == text
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_numbers_and_dates_keep_their_type():
    moment = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
    row = [1, Decimal("16.5"), date(2026, 1, 2), moment, None, "330702199001010015", float("nan")]
    sheet = read_back(write_table(list("abcdefg"), [row], title="导出[1]"))
    assert [cell.value for cell in sheet[2]] == [
        *(1, 16.5, datetime(2026, 1, 2), datetime(2027, 1, 1, 0, 30)),  # noqa: DTZ001
        *(None, "330702199001010015", "nan"),
    ]
    assert sheet.title == "导出1"
    assert sheet.freeze_panes == "A2"


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_written_and_any_title_given(text):
    sheet = read_back(write_table(["a"], [[text], ["end"]], title=text))
    assert sheet["A3"].value == "end"
    assert 1 <= len(sheet_title(text)) <= 31
    kept = ILLEGAL_CHARACTERS_RE.sub("", text)
    if "\r" not in kept and kept.encode("utf-8", "ignore").decode() == kept:
        assert (sheet["A2"].value or "") == kept


def test_the_staff_template_offers_lists_and_keeps_numbers_as_text():
    workbook = load_workbook(io.BytesIO(staff_template()))
    sheet = workbook.active
    headers = [cell.value for cell in sheet[1]]
    assert headers == ["序号", *(column.label for column in STAFF.columns)]
    for label in ("身份证号", "手机号码", "社保编号", "证书编号"):
        letter = sheet.cell(1, headers.index(label) + 1).column_letter
        assert sheet.column_dimensions[letter].number_format == "@"
    offered = {str(rule.sqref)[0] for rule in sheet.data_validations.dataValidation}
    assert offered == {
        sheet.cell(1, headers.index(label) + 1).column_letter for label in ("性别", "证件类型", "技能等级", "证书类别")
    }
    assert workbook.sheetnames[1] == "填写说明"
    assert workbook["选项"].sheet_state == "hidden"
    assert any(cell.value == "三级/高级工" for row in workbook["选项"] for cell in row)


def test_the_example_of_a_template_is_not_imported():
    for template, table in ((staff_template(), STAFF), (results_template(), RESULTS)):
        sheet = read_sheet(template, "模板.xlsx", table=table)
        with pytest.raises(TableProblem, match="没有人员数据"):
            check_staff(sheet, today=TODAY, levels={}, occupations={}) if table is STAFF else check_results(
                sheet, today=TODAY, planned_hours=Decimal(16), occupations={}
            )


def test_a_filled_staff_template_is_accepted():
    workbook = load_workbook(io.BytesIO(staff_template()))
    sheet = workbook.active
    for index, row in enumerate(staff_rows(5), start=3):
        values = [*row[:3], "居民身份证", *row[3:]]
        for column, value in enumerate(values, start=1):
            sheet.cell(index, column).value = value
    out = io.BytesIO()
    workbook.save(out)
    table = check_staff(
        read_sheet(out.getvalue(), "模板.xlsx", table=STAFF),
        today=TODAY,
        levels=reference.level_ranks(),
        occupations=reference.occupation_names(),
    )
    assert len(table.accepted) == 5
    assert table.skipped == {2: "示例行"}
    assert table.notes == []


def test_a_filled_results_template_is_accepted():
    workbook = load_workbook(io.BytesIO(results_template()))
    sheet = workbook.active
    person = staff_rows(1)[0]
    for column, value in enumerate([1, person[1], None, person[3], "焊工", 16, 88, "合格", None], start=1):
        sheet.cell(3, column).value = value
    out = io.BytesIO()
    workbook.save(out)
    table = check_results(
        read_sheet(out.getvalue(), "模板.xlsx", table=RESULTS),
        today=TODAY,
        planned_hours=Decimal(16),
        occupations=reference.occupation_names(),
    )
    assert table.rows[0].reasons == []

"""The clerk's file back: marked, still theirs, and the same after being fixed and sent again."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill

from domain.staff_rows import STAFF, check_staff
from domain.tables import CellProblem
from services import reference
from services.annotated_sheets import REASONS_HEADER, annotate
from services.spreadsheets import read_sheet
from tests.sheet_makers import STAFF_HEADERS, TODAY, messy_staff, staff_file, staff_rows, xlsx

FIXTURES = Path(__file__).parent / "data"
RED = "FFFFC7CE"


def check(data: bytes, filename: str = "名单.xlsx"):
    sheet = read_sheet(data, filename, table=STAFF)
    return check_staff(sheet, today=TODAY, levels=reference.level_ranks(), occupations=reference.occupation_names())


def marked(data: bytes, filename: str = "名单.xlsx", **options) -> bytes:
    return annotate(data, filename, check(data, filename).problems, table=STAFF, **options)


def sheet_of(data: bytes):
    return load_workbook(io.BytesIO(data)).active


def outcomes(data: bytes, filename: str = "名单.xlsx") -> dict[int, str]:
    return {row.excel_row: row.outcome for row in check(data, filename).rows}


def test_bad_cells_are_red_and_commented_and_the_reasons_stand_in_a_last_column():
    data, expected = messy_staff()
    sheet = sheet_of(marked(data))
    assert sheet.cell(2, 12).value == REASONS_HEADER
    for row, outcome in expected.items():
        red = [cell.column for cell in sheet[row] if cell.fill.fgColor.rgb == RED]
        commented = [cell.column for cell in sheet[row] if cell.comment]
        assert red == commented
        assert bool(sheet.cell(row, 12).value) == bool(red) == (outcome == "reject")
    assert sheet.cell(7, 4).fill.fgColor.rgb == RED
    assert "校验不通过" in sheet.cell(7, 4).comment.text
    assert "校验不通过" in sheet.cell(7, 12).value


def test_the_rest_of_the_file_stays_as_it_was():
    data, _ = messy_staff()
    before, after = sheet_of(data), sheet_of(marked(data))
    for row in before.iter_rows():
        for cell in row:
            same = after.cell(cell.row, cell.column)
            if cell.data_type != "f":
                assert (same.value, same.number_format) == (cell.value, cell.number_format)
    assert after.title == before.title


def test_marking_the_marked_file_again_changes_nothing():
    data, expected = messy_staff()
    once = marked(data)
    twice = marked(once)
    assert outcomes(once) == outcomes(twice) == expected
    first = [[cell.value for cell in row] for row in sheet_of(once).iter_rows()]
    second = [[cell.value for cell in row] for row in sheet_of(twice).iter_rows()]
    assert first == second
    assert [cell for row in second for cell in row].count(REASONS_HEADER) == 1


def test_marks_go_when_the_cell_is_put_right():
    rows = staff_rows(3)
    right, rows[1][4] = rows[1][4], "1385791"
    workbook = load_workbook(io.BytesIO(marked(staff_file(rows))))
    sheet = workbook.active
    assert sheet["E5"].comment
    sheet["E5"].value = right
    out = io.BytesIO()
    workbook.save(out)
    again = annotate(out.getvalue(), "a.xlsx", {6: [CellProblem("name", "测试")]}, table=STAFF)
    sheet = sheet_of(again)
    assert check(out.getvalue()).rejected == []
    assert sheet["E5"].comment is None
    assert sheet["E5"].fill.fgColor.rgb != RED
    assert sheet["L5"].value is None
    assert sheet["L6"].value == "测试"


def test_no_formula_is_alive_in_what_comes_back():
    rows = staff_rows(3)
    rows[0][0] = "=ROW()-3"
    rows[0][1] = '=HYPERLINK("http://example.invalid","张三")'
    rows[1][5] = "=1+1"
    workbook = load_workbook(io.BytesIO(staff_file(rows)))
    workbook.create_sheet("别的")["A1"] = "=WEBSERVICE(1)"
    out = io.BytesIO()
    workbook.save(out)
    for options in ({}, {"only_bad_rows": True}):
        back = marked(out.getvalue(), **options)
        with zipfile.ZipFile(io.BytesIO(back)) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/sheet"):
                    assert b"<f>" not in archive.read(name)
        name = sheet_of(back).cell(4, 2)
        assert (name.data_type, name.value) == ("s", rows[0][1])
        assert check(back).rows[0].reasons == ["单元格是公式，请改为文字或数值"]


def test_a_counter_made_by_a_formula_keeps_its_last_value():
    data = staff_file([[777, *row[1:]] for row in staff_rows(1)])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b"<v>777</v>" in content
                content = content.replace(b"<v>777</v>", b"<f>ROW()</f><v>777</v>")
            new.writestr(name, content)
    assert check(out.getvalue()).rejected == []
    problems = {4: [CellProblem("name", "测试")]}
    for options in ({}, {"only_bad_rows": True}):
        assert sheet_of(annotate(out.getvalue(), "a.xlsx", problems, table=STAFF, **options))["A4"].value == 777


def test_reasons_that_quote_a_cell_stay_text():
    data = staff_file(staff_rows(1))
    for reason in ("=1+1", "+1", "@SUM(1)", "a\x07b\x00"):
        cell = sheet_of(annotate(data, "a.xlsx", {4: [CellProblem("", reason)]}, table=STAFF)).cell(4, 12)
        assert cell.data_type == "s"
        assert cell.value == reason.replace("\x07", "").replace("\x00", "")


def test_only_the_bad_rows_keep_what_stands_above_them():
    rows = staff_rows(10)
    rows[2][4] = "1"
    rows[7][1] = None
    back = marked(staff_file(rows), only_bad_rows=True)
    sheet = sheet_of(back)
    assert sheet.max_row == 5
    assert sheet["A1"].value == "永康市某某五金厂技能人才花名册"
    assert [cell.value for cell in sheet[3]] == [*STAFF_HEADERS, REASONS_HEADER]
    assert [sheet["D4"].value, sheet["D5"].value] == [rows[2][3], rows[7][3]]
    assert sheet["D4"].number_format == "@"
    assert sheet["E4"].comment
    assert outcomes(back) == {4: "reject", 5: "reject"}


@pytest.mark.parametrize("only_bad_rows", [False, True])
def test_old_xls_and_csv_come_back_as_xlsx(only_bad_rows):
    xls = (FIXTURES / "staff.xls").read_bytes()
    text = "姓名,身份证号,工种,证书类别,证书编号,发证日期,等级,部门\n张三,1,车工,职业资格,2,2020-01-01,三级,\n".encode(
        "gbk"
    )
    for data, filename, bad in ((xls, "名单.xls", 2), (text, "名单.csv", 1)):
        back = marked(data, filename, only_bad_rows=only_bad_rows)
        assert back.startswith(b"PK")
        assert [row.reasons for row in check(back).rejected] == [row.reasons for row in check(data, filename).rejected]
        assert list(outcomes(back).values()).count("reject") == bad


def test_colours_pictures_and_other_sheets_of_the_clerk():
    workbook = load_workbook(io.BytesIO(staff_file(staff_rows(2))))
    sheet = workbook.active
    sheet["B4"].fill = PatternFill("solid", fgColor="FF00FF00")
    sheet.merge_cells("A1:M1")
    sheet.column_dimensions["D"].width = 33
    sheet["B5"].hyperlink = "https://example.invalid/"
    workbook.create_sheet("备注页")["A1"] = "留着"
    out = io.BytesIO()
    workbook.save(out)
    back = annotate(out.getvalue(), "a.xlsx", {5: [CellProblem("name", "测试")]}, table=STAFF)
    workbook = load_workbook(io.BytesIO(back))
    sheet = workbook["Sheet1"]
    assert sheet["B4"].fill.fgColor.rgb == "FF00FF00"
    assert sheet["N3"].value == REASONS_HEADER  # right of the merged title
    assert sheet["N5"].value == "测试"
    assert sheet.column_dimensions["D"].width == 33
    assert workbook["备注页"]["A1"].value == "留着"


def test_a_workbook_the_writer_cannot_open_is_written_anew():
    data = staff_file(staff_rows(2))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<styleSheet><broken/></styleSheet>" if name == "xl/styles.xml" else old.read(name))
    # Without styles a date is a bare number, which is read as the date it is.
    table = check(out.getvalue())
    assert len(table.accepted) == 2
    back = annotate(out.getvalue(), "a.xlsx", {4: [CellProblem("name", "测试")]}, table=STAFF)
    assert sheet_of(back)["L4"].value == "测试"
    assert len(check(back).accepted) == 2


def test_a_cell_merged_over_two_rows_is_marked_once():
    rows = staff_rows(2)
    rows[1][9] = "其他编号0001"
    for column in (1, 2, 3):
        rows[1][column] = None
    rows[0][3] = "330784199002301234"
    workbook = load_workbook(io.BytesIO(staff_file(rows)))
    for letter in "BCD":
        workbook.active.merge_cells(f"{letter}4:{letter}5")
    out = io.BytesIO()
    workbook.save(out)
    back = marked(out.getvalue())
    assert sheet_of(back)["D4"].comment
    assert outcomes(back) == {4: "reject", 5: "reject"}


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
cells = st.one_of(st.none(), texts, texts.map("=".__add__), st.integers(-(10**9), 10**9), st.booleans())
changes = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10), cells), max_size=8)


@settings(max_examples=60, deadline=None)
@given(changes)
def test_mark_fix_and_send_again(spoiled):
    right = staff_rows(6)
    rows = [list(row) for row in right]
    for row, column, cell in spoiled:
        rows[row][column] = cell if not isinstance(cell, str) else _writable(cell)
    workbook = Workbook()
    sheet = workbook.active
    for row in (["花名册"], STAFF_HEADERS, *rows):
        sheet.append(list(row))
    out = io.BytesIO()
    workbook.save(out)
    table = check(out.getvalue())
    back = annotate(out.getvalue(), "a.xlsx", table.problems, table=STAFF)
    assert outcomes(back) == {row.excel_row: row.outcome for row in table.rows}
    workbook = load_workbook(io.BytesIO(back))
    for index, row in enumerate(right):
        for column, cell in enumerate(row):
            place = workbook.active.cell(index + 3, column + 1)
            place.value = cell
            if isinstance(cell, str):
                place.data_type = "s"
    out = io.BytesIO()
    workbook.save(out)
    fixed = check(out.getvalue())
    assert [row.reasons for row in fixed.rejected] == []
    assert len(fixed.accepted) == 6
    assert fixed.rows[0].value.issued_on == right[0][10].date()


def _writable(text: str) -> str:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("", text)


def test_a_date_stays_a_date():
    rows = staff_rows(1)
    rows[0][4] = "1"
    for options in ({}, {"only_bad_rows": True}):
        cell = sheet_of(marked(xlsx([STAFF_HEADERS, *rows]), **options))["K2"]
        assert isinstance(cell.value, datetime)
        assert cell.number_format == "yyyy-mm-dd" or cell.number_format.startswith("yyyy-mm-dd")

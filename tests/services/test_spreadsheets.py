"""Spreadsheets in: real ones in every costume, and those that are made to do harm."""

import csv
import io
import struct
import zipfile
import zlib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from domain.result_rows import RESULTS, check_results
from domain.staff_rows import STAFF, check_staff
from domain.tables import TableProblem
from services import reference
from services.spreadsheet_gate import SpreadsheetLimits, SpreadsheetProblem
from services.spreadsheet_legacy import check_legacy
from services.spreadsheets import read_sheet
from tests.sheet_makers import (
    RESULT_HEADERS,
    STAFF_HEADERS,
    TODAY,
    messy_staff,
    result_rows,
    staff_file,
    staff_rows,
    workbook_bytes,
    xlsx,
)

FIXTURES = Path(__file__).parent / "data"
# Files of the client, beside the program on the machine it was made on; the made ones stand in for them elsewhere.
GIVEN = Path(__file__).resolve().parents[3] / "shared" / "data"


def check_staff_file(data: bytes, filename: str = "名单.xlsx"):
    sheet = read_sheet(data, filename, table=STAFF)
    return check_staff(sheet, today=TODAY, levels=reference.level_ranks(), occupations=reference.occupation_names())


def check_results_file(data: bytes, planned: str = "16"):
    return check_results(
        read_sheet(data, "成绩.xlsx", table=RESULTS),
        today=TODAY,
        planned_hours=Decimal(planned),
        occupations=reference.occupation_names(),
    )


def refusal(data: bytes, filename: str = "名单.xlsx", **limits) -> str:
    with pytest.raises(SpreadsheetProblem) as problem:
        read_sheet(data, filename, table=STAFF, limits=SpreadsheetLimits(**limits))
    assert "请" in problem.value.message  # it says what to do
    return problem.value.message


def repacked(data: bytes, changes: dict[str, bytes | None]) -> bytes:
    """An xlsx with some of its parts replaced, added or (None) left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changes:
                new.writestr(name, old.read(name))
        for name, content in changes.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def with_cells(cells: str, shared: str | None = None) -> bytes:
    """An xlsx whose sheet holds exactly this XML."""
    changes: dict[str, bytes | None] = {
        SHEET: f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>'.encode()
    }
    if shared is not None:
        changes["xl/sharedStrings.xml"] = shared.encode()
    return repacked(xlsx([["姓名"]]), changes)


# ---- the files of the client, and their like


def messy_files():
    data, outcomes = messy_staff()
    yield pytest.param(data, outcomes, id="made")
    if (GIVEN / "employer-staff-messy.xlsx").exists():
        with (GIVEN / "employer-staff-messy.expected.csv").open(encoding="utf-8-sig", newline="") as file:
            outcomes = {int(row["excel_row"]): row["outcome"] for row in csv.DictReader(file)}
        yield pytest.param((GIVEN / "employer-staff-messy.xlsx").read_bytes(), outcomes, id="given")


@pytest.mark.parametrize(("data", "outcomes"), list(messy_files()))
def test_a_messy_staff_list_comes_out_row_by_row(data, outcomes):
    table = check_staff_file(data)
    assert {row.excel_row: row.outcome for row in table.rows} == outcomes
    assert all(row.reasons for row in table.rejected)
    assert table.skipped == {}


def staff_files():
    yield pytest.param(staff_file(staff_rows(480)), id="made")
    if (GIVEN / "employer-staff.xlsx").exists():
        yield pytest.param((GIVEN / "employer-staff.xlsx").read_bytes(), id="given")


@pytest.mark.parametrize("data", list(staff_files()))
def test_a_staff_list_of_480_people_is_accepted(data):
    table = check_staff_file(data)
    assert (len(table.accepted), len(table.rejected)) == (480, 0)
    assert len({row.value.id_number for row in table.accepted}) == 480
    assert table.rows[0].excel_row == 4
    assert table.notes == []


def results_files():
    yield pytest.param(xlsx([["学员成绩表"], RESULT_HEADERS, *result_rows(120)]), id="made")
    if (GIVEN / "class-results.xlsx").exists():
        yield pytest.param((GIVEN / "class-results.xlsx").read_bytes(), id="given")


@pytest.mark.parametrize("data", list(results_files()))
def test_the_results_of_120_people_are_accepted(data):
    table = check_results_file(data)
    assert (len(table.accepted), len(table.rejected)) == (120, 0)
    assert all(0 <= row.value.hours <= 16 for row in table.accepted)


# ---- the same list in other costumes


def as_csv(rows, encoding: str, delimiter: str = ",") -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(
        [cell.strftime("%Y/%m/%d") if isinstance(cell, datetime) else cell for cell in row] for row in rows
    )
    return out.getvalue().encode(encoding)


@pytest.mark.parametrize("filename", ["名单.csv", "名单.CSV", "名单.xls", "名单.txt"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_files_are_read_in_the_encodings_of_this_country(filename, encoding, delimiter):
    rows = [["某某公司花名册"], STAFF_HEADERS, *staff_rows(5)]
    table = check_staff_file(as_csv(rows, encoding, delimiter), filename)
    assert len(table.accepted) == 5, [row.reasons for row in table.rejected]
    assert table.rows[0].excel_row == 3


def test_numbers_kept_as_text_the_way_of_csv():
    rows = staff_rows(3)
    rows[0][3] = f'="{rows[0][3]}"'
    rows[1][3] = f"\t{rows[1][3]}"
    rows[2][3] = "3.30702E+17"
    table = check_staff_file(as_csv([STAFF_HEADERS, *rows], "utf-8"), "a.csv")
    assert [row.outcome for row in table.rows] == ["accept", "accept", "reject"]
    assert "科学计数法" in table.rows[2].reasons[0]


def test_a_line_break_inside_a_csv_cell_does_not_shift_the_rows():
    rows = staff_rows(2)
    rows[0][1] = "朱艳\n辉"
    table = check_staff_file(as_csv([STAFF_HEADERS, *rows], "gbk"), "a.csv")
    assert table.rows[0].value.name == "朱艳辉"
    assert [row.excel_row for row in table.rows] == [2, 3]


def test_an_old_xls_is_read_like_any_other():
    table = check_staff_file((FIXTURES / "staff.xls").read_bytes(), "名单.xls")
    assert [row.outcome for row in table.rows] == ["accept", "accept", "accept", "reject", "reject"]
    assert [row.value.name for row in table.accepted] == ["杜文", "楼䶮", "阿卜杜拉·买买提江"]
    assert table.rows[0].value.issued_on == date(2019, 3, 26)
    assert "数字格式" in table.rows[3].reasons[0]
    assert "公式" in table.rows[4].reasons[0]


def test_the_content_decides_and_not_the_name():
    assert len(check_staff_file(staff_file(staff_rows(3)), "名单.xls").accepted) == 3
    assert len(check_staff_file((FIXTURES / "staff.xls").read_bytes(), "名单.xlsx").accepted) == 3


def test_columns_in_any_order_with_other_names_and_strangers_between():
    names = {"身份证号": "公民身份号码", "手机号码": "联系电话", "职业（工种）": "工种", "发证日期": "颁证时间"}
    order = [10, 3, 9, 1, 8, 6, 2, 7, 4, 5, 0]
    header = ["部门", *(names.get(STAFF_HEADERS[index], STAFF_HEADERS[index]) for index in order), "入职日期"]
    rows = [["一车间", *(row[index] for index in order), "2010-01-01"] for row in staff_rows(20)]
    table = check_staff_file(xlsx([[], ["花名册"], [], header, *rows]))
    assert len(table.accepted) == 20
    assert table.notes == ["以下列未读取：部门、入职日期"]


def test_the_first_visible_sheet_with_the_header_is_read_and_others_are_named():
    def fill(rows):
        def write(sheet):
            for row in rows:
                sheet.append(list(row))

        return write

    def hidden(sheet):
        fill([STAFF_HEADERS, *staff_rows(9, seed=3)])(sheet)
        sheet.sheet_state = "veryHidden"

    data = workbook_bytes(
        ("旧名单", hidden),
        ("说明", fill([["请填写"], ["姓名", "部门"], ["张三", "一"]])),
        ("一车间", fill([STAFF_HEADERS, *staff_rows(3, seed=1)])),
        ("二车间", fill([STAFF_HEADERS, *staff_rows(4, seed=2)])),
        ("空表", fill([STAFF_HEADERS])),
    )
    table = check_staff_file(data)
    assert (table.sheet_name, len(table.accepted)) == ("一车间", 3)
    assert [note for note in table.notes if "二车间" in note and "空表" not in note]


def test_a_million_formatted_empty_rows_below_the_list_do_no_harm():
    data = staff_file(staff_rows(3))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read(SHEET)
    tail = b"".join(b'<row r="%d"><c r="A%d" s="1"/></row>' % (row, row) for row in range(1048000, 1048577))
    data = repacked(data, {SHEET: sheet.replace(b"</sheetData>", tail + b"</sheetData>")})
    assert len(check_staff_file(data).accepted) == 3


def test_formulas_are_found_wherever_they_are_written():
    cells = (
        '<row r="1"><c r="A1" t="str"><v>姓名</v></c><c r="B1" t="str"><v>身份证号</v></c></row>'
        '<row r="2"><c r="A2" t="str"><f>B9&amp;"x"</f><v>张三</v></c><c r="B2" t="e"><v>#REF!</v></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/><v>1</v></c><c r="B3"><v>5</v></c></row>'
    )
    expected = {(2, 0): '=B9&"x"', (2, 1): "#REF!", (3, 0): "="}
    assert read_sheet(with_cells(cells), "a.xlsx", table=STAFF).flaws == expected
    # without references, and with a prefix on every element
    bare = cells
    for place in ("A1", "B1", "A2", "B2", "A3", "B3"):
        bare = bare.replace(f' r="{place}"', "")
    assert read_sheet(with_cells(bare), "a.xlsx", table=STAFF).flaws == expected
    single = cells.replace('r="A2"', "r='A2'")
    assert read_sheet(with_cells(single), "a.xlsx", table=STAFF).flaws == expected


def test_an_error_value_is_refused_with_its_name():
    data = with_cells(
        "<row>" + "".join(f'<c t="str"><v>{label}</v></c>' for label in STAFF_HEADERS[1:]) + "</row>"
        '<row><c t="e"><v>#N/A</v></c><c t="str"><v>女</v></c></row>'
    )
    assert "“#N/A”" in check_staff_file(data).rows[0].reasons[0]


# ---- what is refused


@pytest.mark.parametrize(
    ("data", "filename", "said"),
    [
        (b"", "a.xlsx", "空的"),
        (b" \r\n\t", "a.csv", "空的"),
        (b"MZ\x90\x00\x03" + b"\x00" * 200, "名单.xlsx", "不是表格文件"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "名单.xlsx", "检测到PDF文件"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "名单.xls", "检测到PNG文件"),
        (b"<html><table><tr><td>a</td></tr></table></html>", "名单.xls", "网页"),
        (b"\xef\xbb\xbf\r\n<?xml version='1.0'?><Workbook/>", "名单.xls", "网页或XML"),
        ("<html>".encode("utf-16"), "名单.xls", "网页"),
        (b"a,b\n1,2", "名单.exe", "请上传.xlsx"),
        (b"a,b\n1,2", "名单", "请上传.xlsx"),
        (b"PK\x03\x04broken", "a.xlsx", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "a.xls", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 4000, "a.xls", "损坏"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le"),
            "a.xlsx",
            "密码",
        ),
        (b"\x09\x08\x10\x00\x00\x06", "a.xls", "过旧"),
        (b"\xb1\xb2\x81\xff\xff,\xff", "a.csv", "编码"),
        (b'a,"' + b"x" * 200_000, "a.csv", "损坏"),
    ],
)
def test_files_that_are_no_spreadsheets(data, filename, said):
    assert said in refusal(data, filename)


def test_a_zip_that_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    assert "压缩包或其他文档" in refusal(out.getvalue())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.bin", "x")
    assert ".xlsb" in refusal(out.getvalue())


@pytest.mark.parametrize("missing", ["xl/_rels/workbook.xml.rels", SHEET])
def test_a_workbook_with_parts_missing(missing):
    assert "损坏" in refusal(repacked(staff_file(staff_rows(1)), {missing: None}))


def test_a_workbook_cut_off_in_the_middle():
    data = staff_file(staff_rows(50))
    for length in range(0, len(data), 997):
        refusal(data[:length])


@pytest.mark.parametrize("name", ["staff.xls", "long_texts.xls"])
def test_a_damaged_xls_is_refused_and_never_crashes(name):
    data = (FIXTURES / name).read_bytes()
    for position in range(0, len(data), 211):
        broken = bytearray(data)
        broken[position : position + 4] = b"\xff\xfe\xff\x7f"
        try:
            check_staff_file(bytes(broken), "a.xls")
        except (SpreadsheetProblem, TableProblem) as problem:
            assert "请" in problem.message
    for length in range(0, len(data), 997):
        refusal(data[:length], "a.xls")


def test_an_xls_with_a_password_says_so():
    data = (FIXTURES / "staff.xls").read_bytes()
    code_page = struct.pack("<HH", 0x42, 2)
    assert "密码" in refusal(data.replace(code_page, struct.pack("<HH", 0x2F, 2), 1), "a.xls")


def test_sizes_are_checked_before_anything_is_unpacked():
    data = staff_file(staff_rows(100))
    assert "超过上限" in refusal(data, max_bytes=1000)
    assert "过大" in refusal(data, max_unpacked=10_000)
    assert "过大" in refusal(data, max_entries=3)


def test_a_zip_bomb_is_refused():
    bomb = repacked(staff_file(staff_rows(1)), {"xl/worksheets/sheet9.xml": bytes(150_000_000)})
    assert len(bomb) < 300_000
    assert "过大" in refusal(bomb)
    assert "过大" in refusal(bomb, max_unpacked=10**9)  # by its ratio


def test_a_zip_bomb_that_lies_about_its_size_is_refused():
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"<worksheet>" + bytes(50_000_000)) + packer.flush()
    data = bytearray(repacked(staff_file(staff_rows(1)), {SHEET: None}))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
        new.writestr(SHEET, packed)
    data = bytearray(out.getvalue())
    # Turn the stored entry into a deflated one that claims to hold no more than it packs.
    for signature, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        position = data.rindex(SHEET.encode()) if signature == b"PK\x01\x02" else data.index(SHEET.encode())
        start = data.rindex(signature, 0, position)
        data[start + method : start + method + 2] = struct.pack("<H", 8)
    assert "损坏" in refusal(bytes(data))


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", SHEET, "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"]
)
def test_entities_are_refused_in_every_part(part):
    data = staff_file(staff_rows(1))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(part)
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    head, _, rest = content.partition(b"?>") if content.startswith(b"<?xml") else (b"<?xml version='1.0'", b"", content)
    assert "实体" in refusal(repacked(data, {part: head + b"?>" + entity + rest}))
    assert "实体" in refusal(
        repacked(data, {part: (b"<?xml version='1.0' encoding='utf-16'?>" + rest).decode().encode("utf-16")})
    )


def test_too_many_rows_are_refused_before_they_are_laid_out():
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    for written in (cells, cells.replace('r="XFD1048576"', 'r="xfd1048576"'), cells.replace(" r=", " s='0' r=")):
        assert "1048576行" in refusal(with_cells(written))
    hidden = cells.replace('<c r="XFD1048576"', """<c x=' r="A1"' r='XFD1048576'""")
    assert "1048576行" in refusal(with_cells(hidden))
    prefixed = cells.replace("<c ", f'<a-b:c xmlns:a-b="{_MAIN}" ').replace("</c>", "</a-b:c>")
    refusal(with_cells(prefixed))
    assert "20001行" in refusal(xlsx([["姓名"]] * 20_001))
    assert "16384列" in refusal(with_cells('<row r="1"><c r="XFD1"><v>1</v></c></row>'))
    assert "损坏" in refusal(with_cells('<row r="1"><c r="ZZZZ1"><v>1</v></c></row>'))
    unnumbered = "<row>" + "<c><v>1</v></c>" * 300 + "</row>"
    assert "300列" in refusal(with_cells(unnumbered))


def test_too_many_rows_of_csv_are_refused():
    assert "超过上限" in refusal(b"a,b\n" * 20_002, "a.csv")
    assert "列" in refusal(b"a," * 300, "a.csv")


def test_too_many_rows_of_xls_are_refused():
    data = (FIXTURES / "long_texts.xls").read_bytes()
    assert check_legacy(data, SpreadsheetLimits())[0].rows == 60
    assert "60行" in refusal(data, "a.xls", max_rows=59)
    assert "文字过多" in refusal(data, "a.xls", max_text=2000)


def test_one_long_text_repeated_in_every_cell_is_refused():
    shared = f'<sst xmlns="{_MAIN}"><si><t>{"长" * 1_000_000}</t></si></sst>'
    row = '<row r="{0}"><c r="A{0}" t="s"><v>{1}</v></c></row>'
    for written in ("0", " +000"):
        cells = "".join(row.format(number, written) for number in range(1, 1001))
        assert "文字过多" in refusal(with_cells(cells, shared))
    assert read_sheet(with_cells(row.format(1, 0), shared), "a.xlsx", table=STAFF).rows


def test_nothing_outside_the_data_is_looked_at():
    data = repacked(
        staff_file(staff_rows(2)),
        {
            "xl/vbaProject.bin": b"\x00" * 100,
            "xl/media/image1.png": b"not a picture",
            "xl/externalLinks/externalLink1.xml": b"<!DOCTYPE x>",
            "xl/drawings/drawing1.xml": b"<broken",
        },
    )
    assert len(check_staff_file(data, "名单.xlsm").accepted) == 2


def test_a_workbook_without_a_visible_sheet():
    data = staff_file(staff_rows(1))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = archive.read("xl/workbook.xml").replace(b'state="visible"', b'state="hidden"')
    assert "被隐藏" in refusal(repacked(data, {"xl/workbook.xml": book}))


def test_a_file_that_was_read_is_still_what_it_was():
    data = staff_file(staff_rows(2))
    read_sheet(data, "a.xlsx", table=STAFF)
    assert load_workbook(io.BytesIO(data)).active.max_row == 5

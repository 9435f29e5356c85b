"""Headers wherever they stand and whatever they are called, and which rows below them are records."""

import pytest

from domain.result_rows import RESULTS
from domain.staff_rows import STAFF
from domain.tables import Column, Row, Sheet, Table, TableProblem, check_table, find_header
from tests.sheet_makers import RESULT_HEADERS, STAFF_HEADERS

PEOPLE = Table(
    "people",
    "人员表",
    (
        Column("name", "姓名", ("员工姓名",), required=True),
        Column("id_number", "身份证号", ("身份证号码",), required=True),
        Column("phone", "电话", ("手机",), pattern=".*电话"),
    ),
)


def check(rows, **sheet):
    def parse(row: Row) -> tuple:
        return tuple(row.text(key) for key in ("name", "id_number", "phone"))

    return check_table(Sheet("表", rows, **sheet), PEOPLE, parse)


@pytest.mark.parametrize("above", range(15))
def test_the_header_is_found_below_titles_and_notes(above):
    rows = [["某某公司人员表", "", ""], ["填报单位：某某", "", "日期：3月"], ["", "", ""]] * 5
    table = check([*rows[:above], ["姓名", "身份证号", "电话"], ["张三", "1", "2"]])
    assert table.header.excel_row == above + 1
    assert [(row.excel_row, row.value) for row in table.rows] == [(above + 2, ("张三", "1", "2"))]


@pytest.mark.parametrize(
    ("headers", "table", "expected"),
    [
        (STAFF_HEADERS, STAFF, 10),
        (RESULT_HEADERS, RESULTS, 7),
        (("*姓名", "公民身份号码", "工种", "证书类型", "证书号码", "发证时间"), STAFF, 6),
        (("姓 名", "身份证件号码\n（18位）", "联系电话", "工种", "等级", "证书种类", "证书号", "颁证日期"), STAFF, 8),
        (("员工姓名（必填）", "居民身份证号码*", "职业", "证书名称", "职业技能等级证书编号", "取证时间"), STAFF, 6),
        (("1.姓名", "2.身份证号", "3.工种", "4.证书类别", "5.证书编号", "6.发证日期"), STAFF, 6),
        (("学员姓名", "身份证", "完成学时（节）", "总成绩", "是否合格", "备注"), RESULTS, 6),
        (("姓名", "证件号码", "理论成绩", "实操成绩", "综合成绩", "应到学时", "实到学时", "结果"), RESULTS, 5),
    ],
)  # fmt: skip
def test_headers_are_known_by_many_names(headers, table, expected):
    for order in (1, -1):
        row = headers[::order]
        header = find_header([["标题", *[""] * len(row)], row], table)
        assert header is not None
        assert len(header.columns) == expected, header
        assert {column.key for column in table.columns if column.required} <= set(header.columns)


@pytest.mark.parametrize(
    ("header", "table", "key"),
    [
        ("领证日期", STAFF, "issued_on"),
        ("证书核发日期", STAFF, "issued_on"),
        ("发证年月日", STAFF, "issued_on"),
        ("职业/工种", STAFF, "occupation"),
        ("工种/职业", STAFF, "occupation"),
        ("职业（工种）名称", STAFF, "occupation"),
        ("社保", STAFF, "insurance_number"),
        ("个人社会保险号码", STAFF, "insurance_number"),
        ("现有技能等级", STAFF, "level"),
        ("技能证书号码", STAFF, "certificate_number"),
        ("身份证或护照号码", STAFF, "id_number"),
        ("培训学时", RESULTS, "hours"),
        ("结业考核结果", RESULTS, "outcome"),
        ("入职日期", STAFF, None),
        ("出生日期", STAFF, None),
        ("职称等级", STAFF, None),
        ("是否参加社保", STAFF, None),
        ("工号", STAFF, None),
        ("身份证有效期", STAFF, None),
        ("考勤结果", RESULTS, None),
        ("应到学时", RESULTS, None),
        ("理论成绩", RESULTS, None),
    ],
)
def test_one_header_one_column(header, table, key):
    known = table.recognise(header)
    assert (known[0] if known else None) == key


def test_a_better_name_wins_over_a_likely_one():
    header = find_header([["姓名", "身份证号", "理论成绩", "成绩", "总成绩", "计划学时", "学时"]], RESULTS)
    assert header.columns["score"] == 4
    assert header.columns["hours"] == 6
    assert header.unknown == ("理论成绩", "计划学时")


def test_other_peoples_names_and_phones_are_left_alone():
    header = find_header([["姓名", "身份证号", "紧急联系人姓名", "紧急联系人电话", "单位电话", "手机"]], STAFF)
    assert (header.columns["name"], header.columns["phone"]) == (0, 5)
    assert header.unknown == ("紧急联系人姓名", "紧急联系人电话", "单位电话")


def test_a_header_of_two_lines():
    rows = [
        ["花名册", "", "", "", "", "", ""],
        ["序号", "姓名", "身份证号", "技能证书", "", "", ""],
        ["", "", "", "工种", "类别", "编号", "发证日期"],
        [1, "张三", "x", "车工", "专项", "z", "2019-01-01"],
    ]
    header = find_header(rows, STAFF)
    assert (header.first, header.last, header.excel_row) == (1, 2, 3)
    assert header.columns["occupation"] == 3
    assert header.columns["certificate_number"] == 5
    assert header.columns["issued_on"] == 6


def test_a_row_below_the_header_is_not_taken_for_its_second_line():
    header = find_header([["姓名", "身份证号", "证书类别"], ["张三", "1", "职业技能等级证书"]], STAFF)
    assert header.last == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "没有找到表头"),
        ([["a", "b"], ["c", "d"]], "没有找到表头"),
        ([["姓名"], ["张三"]], "没有找到表头"),
        ([[""]] * 30 + [["姓名", "身份证号"]], "没有找到表头"),
        ([["姓名", "电话"], ["张三", "1"]], "第1行表头缺少“身份证号”列"),
        ([["姓名", "身份证号"]], "没有人员数据"),
        ([["姓名", "身份证号"], ["", " "], ["合计", ""]], "没有人员数据"),
    ],
)
def test_a_table_that_cannot_be_read_says_what_to_do(rows, said):
    with pytest.raises(TableProblem, match=said):
        check(rows)


def test_rows_that_are_no_records_are_passed_over_and_told():
    table = check(
        [
            ["姓名", "身份证号", "电话", "序号"],
            ["示例：李四", "9", "9", ""],
            ["张三", "1", "2", "1"],
            ["", "", "", ""],
            ["", "", "", "2"],  # numbered in advance, nobody there
            ["姓名", "身份证号", "电话", "序号"],  # repeated on the next page
            ["王五", "3", "", "3"],
            ["合  计", "", "2", ""],
            ["本页小计：2人", "", "", ""],
            ["填表人：赵六", "", "电话：1", ""],
            ["以下空白", "", "", ""],
            ["共 2 人", "", "", ""],
            ["", "", "", "以上人员均为本单位职工"],
            ["", "", "", ""],
        ]
    )
    assert [row.excel_row for row in table.accepted] == [3, 7]
    assert table.skipped == {
        2: "示例行",
        6: "重复的表头",
        8: "合计或说明行",
        9: "合计或说明行",
        10: "合计或说明行",
        11: "合计或说明行",
        12: "合计或说明行",
        13: "说明行",
    }


def test_a_person_whose_name_looks_like_a_word_for_totals_is_a_person():
    table = check([["姓名", "身份证号"], ["备注", "1"], ["合计", "2"]])
    assert len(table.accepted) == 2


def test_unknown_columns_are_named():
    table = check([["姓名", "身份证号", "部门", "序号", "错误说明"], ["张三", "1", "财务", 1, "x"]])
    assert table.notes == ["以下列未读取：部门"]


def test_a_header_twice_is_read_once_where_both_agree():
    table = check(
        [
            ["姓名", "身份证号", "电话", "电话"],
            ["甲一", "1", "7", "7"],
            ["甲二", "2", "", "8"],
            ["甲三", "3", "9", ""],
            ["甲四", "4", "5", "6"],
        ]
    )
    assert [row.value for row in table.accepted] == [("甲一", "1", "7"), ("甲二", "2", "8"), ("甲三", "3", "9")]
    assert table.rejected[0].reasons == ["“电话”有多列且内容不一致，请只保留一列"]
    assert "电话" in table.notes[0]


def test_cells_merged_downwards_hold_for_every_row():
    rows = [["姓名", "身份证号", "电话"], ["张三", "1", "7"], ["", "", "8"], ["李四", "2", "9"]]
    table = check(rows, merged=[(1, 0, 2, 0), (1, 1, 2, 1), (0, 0, 0, 2)])
    assert [row.value for row in table.accepted] == [("张三", "1", "7"), ("张三", "1", "8"), ("李四", "2", "9")]


def test_merged_areas_that_make_no_sense_do_no_harm():
    rows = [["姓名", "身份证号"], ["张三", "1"], ["", ""]]
    merged = [(1, 0, 10**6, 0), (5, 0, 9, 0), (1, 0, 2, 10**4), (1, 7, 3, 7)]
    assert len(check(rows, merged=merged).rows) == 1


@pytest.mark.parametrize(
    ("cell", "flaws", "said"),
    [
        ("", {(2, 0): "=A9"}, "公式"),
        ("张三", {(2, 0): "=A9"}, "公式"),
        ("=A9", {}, "公式"),
        ("＝A9", {}, "公式"),
        ("", {(2, 0): "#N/A"}, "“#N/A”"),
        ("#REF!", {}, "“#REF!”"),
    ],
)
def test_formulas_and_errors_are_no_values(cell, flaws, said):
    table = check([["姓名", "身份证号"], [cell, "1"]], flaws=flaws)
    assert said in table.rejected[0].reasons[0]


def test_a_formula_in_a_column_nobody_reads_is_no_matter():
    table = check([["序号", "姓名", "身份证号"], [1, "张三", "1"]], flaws={(2, 0): "=ROW()-1"})
    assert len(table.accepted) == 1


def test_rows_may_be_shorter_than_the_header():
    assert check([["姓名", "身份证号", "电话"], ["张三"]]).rows[0].value == ("张三", "", "")

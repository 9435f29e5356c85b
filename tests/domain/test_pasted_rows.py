"""Pasted rows: with a header or without, whatever the order of the columns; one line keyed by the end of a number."""

from decimal import Decimal

import pytest

from domain.errors import RuleError
from domain.keyed_results import read
from domain.pasted_rows import table_of
from domain.result_rows import Outcome

NUMBERS = ("330784198001010017", "33078419800101005X", "330784198001010033")
PLANNED = Decimal(16)


def table(text: str) -> list[list[str]]:
    return table_of(text, planned_hours=PLANNED)


def test_a_header_is_kept_as_it_is():
    text = f"姓名\t身份证号\t学时\t结果\n张三\t{NUMBERS[0]}\t16\t合格\n"
    assert table(text)[0] == ["姓名", "身份证号", "学时", "结果"]


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4, 5), (5, 4, 3, 2, 1, 0), (2, 1, 4, 3, 0, 5)])
def test_without_a_header_columns_are_told_by_what_stands_in_them(order):
    rows = [
        ("1", "张三", NUMBERS[0], "16", "88", "合格"),
        ("2", "李四", NUMBERS[1], "16", "59.5", "不合格"),
        ("3", "阿依古丽·买买提", NUMBERS[2], "12", "95", "合格"),
    ]
    header, *_ = table("\n".join("\t".join(row[at] for at in order) for row in rows))
    labels = ("", "姓名", "身份证号码", "实到学时", "考核成绩", "考核结果")
    assert header == [labels[at] for at in order]


def test_scores_below_the_planned_hours_are_still_no_hours():
    rows = [("张三", NUMBERS[0], "5", "16", "合格"), ("李四", NUMBERS[1], "9", "16", "合格"),
            ("王五", NUMBERS[2], "7", "16", "合格")]  # fmt: skip
    header, *_ = table("\n".join("\t".join(row) for row in rows))
    assert header == ["姓名", "身份证号码", "考核成绩", "实到学时", "考核结果"]


def test_cells_in_quotes_spaces_and_short_rows_are_read():
    text = f'张三\t{NUMBERS[0]}\t16\t合格\t"请假\n半天"\r\n李四\t{NUMBERS[1]}\t16\t合格\r\n\r\n'
    assert [row[-1] for row in table(text)] == ["", "请假\n半天", ""]
    assert table(f"张三  {NUMBERS[0]}  16  合格")[0] == ["姓名", "身份证号码", "实到学时", "考核结果"]
    assert table(f"张三 {NUMBERS[0]} 16 合格")[1][1] == NUMBERS[0]


@pytest.mark.parametrize("text", ["", " \n\t\n", "张三\t16\t合格", "你好"])
def test_what_cannot_be_told_is_refused_with_a_sentence(text):
    with pytest.raises(RuleError) as caught:
        table(text)
    assert "粘贴" in caught.value.message or "认不出" in caught.value.message


@pytest.mark.parametrize(
    ("line", "digits", "hours", "score", "outcome"),
    [
        ("0123", "0123", None, None, None),
        ("０１２３　１６　９０", "0123", 16, 90, None),
        ("123x 12.5", "123X", Decimal("12.5"), None, None),
        ("010123 缺考", "010123", None, None, Outcome.ABSENT),
        ("0123 16 合格", "0123", 16, None, Outcome.PASSED),
        ("0123，16，59.5，不合格", "0123", 16, Decimal("59.5"), Outcome.FAILED),
    ],
)
def test_a_line_is_read_as_it_is_keyed(line, digits, hours, score, outcome):
    keyed = read(line)
    assert (keyed.digits, keyed.hours, keyed.score, keyed.outcome) == (digits, hours, score, outcome)


@pytest.mark.parametrize(
    "line", ["", "12", "1234567", "张三 16", "0123 16 90 88", "0123 16 101", "0123 合格 缺考", "0123 x"]
)
def test_other_lines_are_refused(line):
    with pytest.raises(RuleError):
        read(line)

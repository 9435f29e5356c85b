"""People pasted as lines."""

import pytest

from domain.people_lines import UnreadableLines, numbers_in, people_in, these

NUMBER = "330722198811033703"


def test_two_columns_of_a_spreadsheet_are_read() -> None:
    assert [
        (each.line, each.name, each.number) for each in people_in(f"张三\t{NUMBER}\n\n李 四，{NUMBER.lower()}")
    ] == [
        (1, "张三", NUMBER),
        (3, "李四", NUMBER),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [(f"张三 12\n李四 {NUMBER}\n\n王五", "第 1、4 行应为"), ("张三", "第 1 行应为"), (NUMBER, "第 1 行应为")],
)
def test_every_wrong_line_is_named_at_once(text: str, said: str) -> None:
    with pytest.raises(UnreadableLines, match=said):
        people_in(text)


def test_numbers_alone_are_enough_where_nothing_else_is_asked() -> None:
    assert [each.number for each in numbers_in(f"{NUMBER}\n张三 {NUMBER}")] == [NUMBER, NUMBER]
    with pytest.raises(UnreadableLines, match="第 1、2 行没有证件号码"):
        numbers_in("张三\n李四")


def test_of_many_lines_the_first_are_named_and_all_are_counted() -> None:
    assert these(range(1, 13)) == "第 1、2、3、4、5、6、7、8、9、10 行等 12 行"

"""A keyed sign-in sheet is read as people type it, or refused with what to do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attendance_rules import Standing
from domain.sheet_keying import UnreadableSheet, read

ROWS = frozenset(range(1, 41)) - {20}


@pytest.mark.parametrize(
    ("text", "absent", "excused"),
    [
        ("3 7 12", [3, 7, 12], []),
        ("缺席: 3 7 12", [3, 7, 12], []),
        ("缺席：３、７，１２", [3, 7, 12], []),
        ("3,7;12。", [3, 7, 12], []),
        ("3-5", [3, 4, 5], []),
        ("3～5 8—9", [3, 4, 5, 8, 9], []),
        ("19-21", [19, 21], []),  # number 20 was given up
        ("3至5", [3, 4, 5], []),
        ("缺席 3 7 请假 5", [3, 7], [5]),
        ("请假5-6 缺12", [12], [5, 6]),
        ("3 3 3", [3], []),
        ("0", [], []),
        ("全到", [], []),
        (" 无 ", [], []),
    ],
)
def test_what_people_type_is_read(text: str, absent: list[int], excused: list[int]) -> None:
    keyed = read(text, ROWS)
    assert keyed.of(Standing.ABSENT) == absent
    assert keyed.of(Standing.EXCUSED) == excused


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "输入 0"),
        ("   ", "输入 0"),
        ("缺席", "没有行号"),
        ("41", "没有行号 41"),
        ("20", "没有行号 20"),
        ("5-3", "大于后面"),
        ("张三", "看不懂“张”"),
        ("3 7 x", "看不懂“x”"),
        ("-3", "看不懂“-”"),
        ("缺席 3 请假 3", "既是缺席又是请假"),
        ("999999999999999999999", "没有行号"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, says: str) -> None:
    with pytest.raises(UnreadableSheet, match=says):
        read(text, ROWS)


@given(st.sets(st.sampled_from(sorted(ROWS)), min_size=1), st.sampled_from([" ", ",", "，", "、", "\t", "; "]))
def test_every_list_comes_back_as_it_was_typed(numbers: set[int], between: str) -> None:
    typed = between.join(str(number) for number in numbers)
    assert read(typed, ROWS).of(Standing.ABSENT) == sorted(numbers)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        marks = read(text, ROWS).marks
    except UnreadableSheet as refusal:
        assert refusal.message
    else:
        assert set(marks) <= ROWS

"""Dates and numbers out of cells: the shapes people type, and those that must not pass."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cells import UnreadableCell, cell_text, is_nothing, read_date, read_number

JUNE_8 = date(2019, 6, 8)


@pytest.mark.parametrize(
    "value",
    [
        date(2019, 6, 8),
        datetime(2019, 6, 8, 13, 5),  # noqa: DTZ001
        43624,
        43624.0,
        43624.75,
        20190608,
        20190608.0,
        "43624",
        "20190608",
        "2019-06-08",
        "2019-6-8",
        "2019/6/8",
        "2019.6.8",
        "2019. 6. 8",
        "2019年6月8日",
        "2019年06月08号",
        "2019 年 6 月 8 日",
        "2019年6月8",
        "２０１９．６．８",
        "2019—06—08",
        "2019-06-08 00:00:00",
        "2019-06-08T00:00:00",
        "2019/6/8 0:00",
        "2019年6月8日 星期六",
        " 2019-06-08\n",
        "'2019-06-08",
        "二〇一九年六月八日",
        "二零一九年六月八日",
    ],
)
def test_dates_are_read_in_the_shapes_people_type(value):
    assert read_date(value) == JUNE_8


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("二〇一九年十二月三十一日", date(2019, 12, 31)),
        ("二〇一九年十月二十日", date(2019, 10, 20)),
        ("二〇一九年十一月十九日", date(2019, 11, 19)),
        ("2020-02-29", date(2020, 2, 29)),
        (18264, date(1950, 1, 1)),
        ("19491001", date(1949, 10, 1)),
    ],
)
def test_more_dates(value, expected):
    assert read_date(value) == expected


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("2021-02-30", "不存在"),
        ("2021年13月1日", "不存在"),
        ("20211301", "不存在"),
        ("0000-01-01", "不存在"),
        ("2019年6月", "不完整"),
        ("2019.6", "不完整"),
        ("201906", "不完整"),
        (201906, "不完整"),
        ("2019", "不完整"),
        (2019, "不完整"),
        ("19.6.8", "无法识别"),
        ("6/8/2019", "无法识别"),
        ("8 Jun 2019", "无法识别"),
        ("昨天", "无法识别"),
        ("٢٠١٩-٠٦-٠٨", "无法识别"),
        (1, "无法识别"),
        (-43624, "无法识别"),
        (1e300, "无法识别"),
        (float("nan"), "无法识别"),
        (True, "无法识别"),
        (time(3, 4), "无法识别"),
        ("", "无法识别"),
    ],
)
def test_what_is_no_date_says_so(value, said):
    with pytest.raises(UnreadableCell, match=said):
        read_date(value)


@given(st.dates(date(1950, 1, 1), date(2099, 12, 31)))
def test_every_shape_of_every_day_is_that_day(day):
    serial = (day - date(1899, 12, 30)).days
    shapes = [serial, str(serial), f"{day:%Y%m%d}", int(f"{day:%Y%m%d}"), f"{day.year}.{day.month}.{day.day}"]
    shapes += [day.isoformat(), f"{day.year}年{day.month}月{day.day}日", datetime(day.year, day.month, day.day)]  # noqa: DTZ001
    assert {read_date(shape) for shape in shapes} == {day}


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.none()))
def test_any_cell_is_read_or_refused(value):
    for read in (read_date, lambda cell: read_number(cell, places=1)):
        try:
            read(value)
        except UnreadableCell as refused:
            assert refused.message


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (16, "16.0"),
        (16.0, "16.0"),
        (15.999999999999998, "16.0"),
        (12.5, "12.5"),
        ("16", "16.0"),
        (" 16.5 ", "16.5"),
        ("１６．５", "16.5"),
        ("16学时", "16.0"),
        ("16 学时", "16.0"),
        ("0", "0.0"),
        ("007", "7.0"),
        ("16.50", "16.5"),
    ],
)
def test_numbers(value, expected):
    number = read_number(value, places=1, units=("学时",))
    assert str(number) == expected


@pytest.mark.parametrize(
    "value",
    [
        *("1e3", "1E3", "NaN", "nan", "inf", "Infinity", "0x10", "1_000", "1,000", "+5", "٣", "5²", "½", "十六", "--5"),
        *("16小时", "1.", ".5", "1.2.3", "9999999", "1" * 400, "", "16 5", "\u200b16"),
        *(float("nan"), float("inf"), 1e300, 10**300, True, False, None, date(2019, 1, 1), time(1), timedelta(1)),
        *(-5, "-5", -0.5, "－5", "16.55", 16.55),
    ],
)
def test_weird_numbers_are_refused(value):
    with pytest.raises(UnreadableCell):
        read_number(value, places=1, units=("学时",))


@given(st.decimals(0, 999999, places=1))
def test_a_number_comes_out_as_it_went_in(number):
    assert read_number(str(number), places=1) == number
    assert read_number(float(number), places=1) == number
    assert isinstance(read_number(float(number), places=1), Decimal)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  张三\u3000\n", "张三"),
        (None, ""),
        (13812345678.0, "13812345678"),
        (3, "3"),
        (1.5, "1.5"),
        (date(2019, 6, 8), "2019-06-08"),
        (datetime(2019, 6, 8), "2019-06-08"),  # noqa: DTZ001
        (datetime(2019, 6, 8, 1, 2), "2019-06-08 01:02:00"),  # noqa: DTZ001
        (True, "True"),
    ],
)
def test_the_text_of_a_cell(value, text):
    assert cell_text(value) == text


def test_what_says_nothing():
    assert all(is_nothing(text) for text in ("", "/", "-", "——", "无", "暂无", "N/A", "null"))
    assert not any(is_nothing(text) for text in ("0", "无锡", "张三"))

"""Working days, deadlines that pause and credit years, on the official table of 2025 and 2026."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.periods import (
    CHINA,
    WorkingCalendar,
    china_date,
    credit_year,
    credit_year_span,
    start_of_china_day,
)

# 2026 as announced: the days that differ from Monday to Friday.
_HOLIDAYS_2026 = [
    *("01-01", "01-02", "01-03"),
    *(f"02-{day}" for day in range(15, 24)),
    *("04-04", "04-05", "04-06"),
    *("05-01", "05-02", "05-03", "05-04", "05-05"),
    *("06-19", "06-20", "06-21"),
    *("09-25", "09-26", "09-27"),
    *(f"10-0{day}" for day in range(1, 8)),
]
_WORKED_2026 = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]


def _year_2026() -> dict[date, bool]:
    days = {date(2026, 1, 1) + timedelta(n): (date(2026, 1, 1) + timedelta(n)).weekday() < 5 for n in range(365)}
    days |= {date.fromisoformat(f"2026-{day}"): False for day in _HOLIDAYS_2026}
    return days | {date.fromisoformat(f"2026-{day}"): True for day in _WORKED_2026}


CALENDAR = WorkingCalendar(_year_2026(), known_through=date(2026, 12, 31))


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2026-01-02", False),  # Friday of the New Year holiday
        ("2026-01-04", True),   # the Sunday that makes up for it
        ("2026-02-14", True),   # Saturday before Spring Festival
        ("2026-02-16", False),  # Monday, Spring Festival
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),   # Saturday after Spring Festival
        ("2026-04-06", False),  # Monday after Qingming
        ("2026-06-19", False),  # Dragon Boat, a Friday
        ("2026-09-20", True),   # Sunday before National Day
        ("2026-10-01", False),
        ("2026-10-07", False),
        ("2026-10-08", True),
        ("2026-10-10", True),   # Saturday after National Day
        ("2026-10-11", False),  # an ordinary Sunday
        ("2027-01-01", True),   # a Friday nobody has announced: weekdays count until it is
        ("2027-01-02", False),
    ],
)  # fmt: skip
def test_days_people_work_on(day, working):
    assert CALENDAR.is_working(date.fromisoformat(day)) is working


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-09-29", 5, "2026-10-12"),   # 30 Sep, 8, 9, 10 (Saturday), 12 Oct
        ("2026-09-30", 1, "2026-10-08"),   # the week of National Day does not count
        ("2026-10-03", 1, "2026-10-08"),   # started on a holiday
        ("2026-10-09", 1, "2026-10-10"),   # a working Saturday counts
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-13", 2, "2026-02-24"),
        ("2026-03-06", 0, "2026-03-06"),
        ("2026-10-08", -1, "2026-09-30"),  # backwards for reminders
        ("2026-12-30", 3, "2027-01-04"),   # into a year without a table: 31 Dec, Fri 1 Jan, Mon 4 Jan
    ],
)  # fmt: skip
def test_adding_working_days(start, count, expected):
    assert CALENDAR.add_working_days(date.fromisoformat(start), count) == date.fromisoformat(expected)


def test_days_past_the_announced_year_are_provisional():
    assert not CALENDAR.is_provisional(date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2027, 1, 1))
    assert CALENDAR.is_provisional(date(2025, 12, 31))


def test_a_provisional_table_is_used_and_marked():
    calendar = WorkingCalendar({**_year_2026(), date(2027, 1, 1): False}, known_through=date(2026, 12, 31))
    assert not calendar.is_working(date(2027, 1, 1))
    assert calendar.is_provisional(date(2027, 1, 1))
    assert calendar.is_provisional(calendar.add_working_days(date(2026, 12, 30), 3))
    assert not calendar.is_provisional(calendar.add_working_days(date(2026, 12, 20), 3))


def test_an_empty_table_falls_back_to_weekdays():
    calendar = WorkingCalendar({}, known_through=date(2020, 1, 1))
    assert calendar.add_working_days(date(2031, 5, 2), 1) == date(2031, 5, 5)
    assert calendar.is_provisional(date(2031, 5, 2))


days = st.dates(date(2025, 6, 1), date(2027, 6, 1))


@given(days, st.integers(1, 60))
def test_counting_undoes_adding(start, count):
    due_on = CALENDAR.add_working_days(start, count)
    assert CALENDAR.is_working(due_on)
    assert CALENDAR.working_days_between(start, due_on) == count
    assert CALENDAR.working_days_between(due_on, start) == -count


@given(days, days, days)
def test_the_parts_of_a_span_add_up(first, second, third):
    between = CALENDAR.working_days_between
    assert between(first, second) + between(second, third) == between(first, third)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), date(2027, 1, 1)),
        (datetime(2026, 12, 31, 23, 59, tzinfo=CHINA), date(2026, 12, 31)),
    ],
)
def test_the_day_changes_at_midnight_in_china(instant, expected):
    assert china_date(instant) == expected


def test_a_naive_instant_has_no_date():
    with pytest.raises(ValueError, match="time zone"):
        china_date(datetime(2026, 1, 1))  # noqa: DTZ001


@given(days)
def test_a_china_day_starts_on_that_day(day):
    start = start_of_china_day(day)
    assert start.utcoffset() == timedelta(0)
    assert china_date(start) == day
    assert china_date(start - timedelta(microseconds=1)) == day - timedelta(1)


@pytest.mark.parametrize(
    ("day", "starts", "year"),
    [
        ("2026-12-31", (1, 1), 2026),
        ("2027-01-01", (1, 1), 2027),
        ("2026-06-30", (7, 1), 2025),
        ("2026-07-01", (7, 1), 2026),
    ],
)
def test_credit_years(day, starts, year):
    day = date.fromisoformat(day)
    assert credit_year(day, starts) == year
    first, last = credit_year_span(year, starts)
    assert first <= day <= last
    assert credit_year(last + timedelta(1), starts) == year + 1

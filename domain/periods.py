"""China dates, credit years and working days: all over a given table of days, without a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")

_DAY = timedelta(days=1)


def china_date(instant: datetime) -> date:
    """The date in China at this aware instant; a naive one is a mistake of the program."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return instant.astimezone(CHINA).date()


def start_of_china_day(day: date) -> datetime:
    """The instant, in UTC, at which this day begins in China."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA).astimezone(UTC)


def say_date(day: date) -> str:
    """A day for a sentence: 2026年6月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def credit_year(day: date, starts: tuple[int, int] = (1, 1)) -> int:
    """The credit year a day belongs to, named by the calendar year in which it starts (art. 20).

    `starts` is the (month, day) on which the policy lets its year begin.
    """
    return day.year if (day.month, day.day) >= starts else day.year - 1


def credit_year_span(year: int, starts: tuple[int, int] = (1, 1)) -> tuple[date, date]:
    """First and last day of a credit year, both inside it."""
    return date(year, *starts), date(year + 1, *starts) - _DAY


def closing_day(year: int, close: tuple[int, int], starts: tuple[int, int] = (1, 1)) -> date:
    """The last day on which credits of a year are posted without more ado (`year.close`): the first such day after
    the year's end."""
    _, end = credit_year_span(year, starts)
    day = date(end.year, *close)
    return day if day > end else date(end.year + 1, *close)


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days are working days.

    `days` says so for each day it holds; a day it lacks is working on weekdays. Days after `known_through`, the last
    day the State Council has announced, are provisional: they are counted as well as can be, and never refused, for
    the arrangement of a year is announced only in the November before it.
    """

    days: Mapping[date, bool]
    known_through: date
    _known_from: date = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known_from", min(self.days, default=self.known_through))

    def is_working(self, day: date) -> bool:
        working = self.days.get(day)
        return day.weekday() < 5 if working is None else working

    def is_provisional(self, day: date) -> bool:
        """Nothing official says whether people work on this day (shown as 推算)."""
        return day > self.known_through or day < self._known_from

    def next_working_day(self, day: date) -> date:
        """The day itself if people work on it, else the first working day after it."""
        while not self.is_working(day):
            day += _DAY
        return day

    def add_working_days(self, start: date, count: int) -> date:
        """The `count`-th working day after `start`, which itself is not counted; before it if `count` is negative."""
        step = _DAY if count >= 0 else -_DAY
        day, left = start, abs(count)
        while left:
            day += step
            left -= self.is_working(day)
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative if `end` comes first.

        So `working_days_between(day, add_working_days(day, n)) == n`, and two halves add up to the whole.
        """
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(start + timedelta(days=offset)) for offset in range(1, (end - start).days + 1))

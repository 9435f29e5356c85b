"""When a deadline is brought to mind, over National Day of 2026: 1-7 October off, Saturday the 10th at work."""

from datetime import date, timedelta

import pytest

from domain.periods import WorkingCalendar
from domain.reminders import reminder_on

_OFF = [date(2026, 10, 1) + timedelta(days=number) for number in range(7)]
CALENDAR = WorkingCalendar(
    days={**dict.fromkeys(_OFF, False), date(2026, 10, 10): True}, known_through=date(2026, 12, 31)
)
DUE = date(2026, 10, 9)


def stage_on(today: date) -> int | None:
    found = reminder_on(today, DUE, (-3, 0, 5), CALENDAR)
    return found.stage if found else None


@pytest.mark.parametrize(
    ("today", "stage"),
    [
        (date(2026, 9, 28), None),
        (date(2026, 9, 29), -3),  # the 30th, the 8th and the 9th are left
        (date(2026, 10, 3), -3),  # holidays bring nothing new
        (date(2026, 10, 8), -3),
        (DUE, 0),
        (date(2026, 10, 11), 0),
        (date(2026, 10, 14), 0),
        (date(2026, 10, 15), 5),  # the 10th, a Saturday, counts too
        (date(2027, 3, 1), 5),
    ],
)
def test_stages_are_working_days_from_the_due_day(today: date, stage: int | None) -> None:
    assert stage_on(today) == stage


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 9, 29), "还有 3 个工作日，2026年10月9日 到期"),
        (DUE, "今天（2026年10月9日）到期"),
        (date(2026, 10, 10), "已超过期限 1 个工作日（应在 2026年10月9日 前）"),
        (date(2026, 10, 16), "已超过期限 6 个工作日（应在 2026年10月9日 前）"),
    ],
)
def test_the_words_are_those_of_the_day(today: date, words: str) -> None:
    found = reminder_on(today, DUE, (-3, 0, 5), CALENDAR)
    assert found is not None and found.words == words


def test_a_day_off_after_the_due_day_is_neither_today_nor_late() -> None:
    due = date(2026, 10, 16)
    found = reminder_on(date(2026, 10, 17), due, (0,), CALENDAR)
    assert found is not None and (found.late, found.words) == (0, "期限 2026年10月16日 已到")


def test_without_stages_nothing_is_due() -> None:
    assert reminder_on(DUE, DUE, (), CALENDAR) is None

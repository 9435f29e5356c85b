"""Keeping the working-day calendar (工作日历): days changed by the Centre, years announced, open deadlines moved along.

The State Council announces a year in the November before it. Until then its days are computed from the law, and
counted; what is announced later moves the deadlines that are still running, so that nobody loses a promised day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby, pairwise

from flask import g
from sqlalchemy import Select, insert, select, update

from domain.errors import RuleError
from domain.periods import WorkingCalendar, say_date
from domain.roles import Actor
from models import Case, WorkingDay, db
from services import audit, clock
from services.calendar import working_calendar

# No holiday is longer; more is a slip of the keyboard.
_MOST_DAYS = 31
_YEARS_AHEAD = 2
_COMPUTED = "推算"
# Holidays on both sides of a weekend are one: Friday and Monday lie three days apart.
_APART = 3


@dataclass(frozen=True, kw_only=True)
class OddDays:
    """Days in a row that are not as their weekdays would have them, with the reason."""

    first: date
    last: date
    is_working: bool
    source: str
    is_official: bool


@dataclass(frozen=True, kw_only=True)
class Year:
    """A year of the calendar: its days, what is out of the ordinary, and whether it was announced."""

    number: int
    working: dict[date, bool]
    odd_days: tuple[OddDays, ...]
    is_official: bool
    sources: tuple[str, ...]


def years() -> list[int]:
    """The years that can be looked at: those known, and as far ahead as deadlines may reach."""
    first = db.session.scalar(select(WorkingDay.on).order_by(WorkingDay.on).limit(1)) or clock.today()
    return list(range(first.year, clock.today().year + _YEARS_AHEAD + 1))


def year(number: int) -> Year:
    """One year; days nobody has stored are computed."""
    stored = {row.on: row for row in db.session.scalars(_days(date(number, 1, 1), date(number, 12, 31)))}
    calendar, everyday = working_calendar(), _of_year(number)
    odd = [row for row in stored.values() if row.is_working != (row.on.weekday() < 5)]
    return Year(
        number=number,
        working={day: calendar.is_working(day) for day in everyday},
        odd_days=tuple(_grouped(odd)),
        is_official=len(stored) == len(everyday) and all(row.is_official for row in stored.values()),
        sources=tuple(dict.fromkeys(row.source for row in stored.values() if row.is_official)),
    )


def _days(first: date, last: date) -> Select[WorkingDay]:
    return select(WorkingDay).where(WorkingDay.on.between(first, last)).order_by(WorkingDay.on)


def _of_year(number: int) -> list[date]:
    first = date(number, 1, 1)
    return [first + timedelta(days=offset) for offset in range((date(number + 1, 1, 1) - first).days)]


def _grouped(rows: Sequence[WorkingDay]) -> list[OddDays]:
    """Neighbours of one kind and reason together; a weekend between two holidays does not part them."""
    marked = sorted(rows, key=lambda row: row.on)
    groups = []
    for _, some in groupby(
        enumerate(marked), key=lambda pair: (pair[1].is_working, pair[1].source, _run(marked, pair[0]))
    ):
        group = [row for _, row in some]
        groups.append(
            OddDays(
                first=group[0].on,
                last=group[-1].on,
                is_working=group[0].is_working,
                source=group[0].source,
                is_official=all(row.is_official for row in group),
            )
        )
    return groups


def _run(rows: Sequence[WorkingDay], index: int) -> int:
    """The number of the run of neighbouring days this row belongs to."""
    return sum((later.on - earlier.on).days > _APART for earlier, later in pairwise(rows[: index + 1]))


# --- Acts -------------------------------------------------------------------------------------------------------------


def change(first: date, last: date, *, is_working: bool, source: str, actor: Actor) -> int:
    """Let people work, or not, on these days; returns how many running deadlines moved.

    Raises RuleError for days that are over, too many days, or years too far ahead.
    """
    today = clock.today()
    if first <= today:
        raise RuleError(f"今天和以前的日期已经计入办理期限，不能再改，请选 {say_date(today)} 之后的日期", code="past")
    if last < first:
        raise RuleError("结束日期不能早于开始日期", code="order")
    if (last - first).days >= _MOST_DAYS:
        raise RuleError(f"一次最多改 {_MOST_DAYS} 天，请核对日期", code="too_many_days")
    if last.year > today.year + _YEARS_AHEAD:
        raise RuleError(f"最远只能安排到 {today.year + _YEARS_AHEAD} 年", code="too_far")
    before = working_calendar()
    for number in range(first.year, last.year + 1):
        _complete(number)
    db.session.execute(
        update(WorkingDay).where(WorkingDay.on.between(first, last)).values(is_working=is_working, source=source)
    )
    moved = _move_deadlines(before)
    audit.record(
        "calendar.change",
        actor=actor,
        object_kind="working_day",
        first=first.isoformat(),
        last=last.isoformat(),
        working=is_working,
        source=source,
        moved=moved,
    )
    return moved


def announce(number: int, *, source: str, actor: Actor) -> int:
    """The year was announced by this document and the calendar says what it says; returns how many days."""
    if year(number).is_official:
        raise RuleError(f"{number} 年的安排已经标为正式公布", code="official")
    if number > clock.today().year + 1:
        raise RuleError("国务院办公厅在每年十一月前后公布下一年的安排，更远的年份还不能标为正式公布", code="too_far")
    _complete(number)
    days = _of_year(number)
    db.session.execute(update(WorkingDay).where(WorkingDay.on.in_(days)).values(is_official=True, source=source))
    g.pop("working_calendar", None)
    audit.record("calendar.announce", actor=actor, object_kind="working_day", year=number, source=source)
    return len(days)


def _complete(number: int) -> None:
    """Store the days of a year that are not stored yet, as their weekdays have them."""
    known = set(db.session.scalars(select(WorkingDay.on).where(WorkingDay.on.in_(_of_year(number)))))
    missing = [
        {"on": day, "is_working": day.weekday() < 5, "is_official": False, "source": _COMPUTED}
        for day in _of_year(number)
        if day not in known
    ]
    if missing:
        db.session.execute(insert(WorkingDay), missing)


def _move_deadlines(before: WorkingCalendar) -> int:
    """Give every running deadline the working days it had left, counted by the new calendar."""
    g.pop("working_calendar", None)
    after, today, moved = working_calendar(), clock.today(), 0
    for case in db.session.execute(select(Case.id, Case.due_on).where(Case.due_on > today)):
        due_on = after.add_working_days(today, before.working_days_between(today, case.due_on))
        if due_on != case.due_on:
            db.session.execute(update(Case).where(Case.id == case.id).values(due_on=due_on))
            moved += 1
    return moved

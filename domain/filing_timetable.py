"""Help with the timetable of a filing: rows with the usual times, one or many at once, and moving it as a whole."""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

from domain.filing_content import Half, show_hours
from domain.filing_draft import MOST_ROWS, Raw, blank_row, is_blank_row
from domain.filing_rules import FilingFigures
from domain.periods import WorkingCalendar

_USUAL = {Half.AM: ("08:30", "11:30"), Half.PM: ("13:30", "16:30"), Half.EVENING: ("18:30", "21:30")}


def usual_row(half: Half, figures: FilingFigures, *, on: date | None = None, **given: str) -> dict[str, str]:
    """A row of the timetable with the usual times of this half day and the hours they hold."""
    starts, ends = _USUAL[half]
    span = time.fromisoformat(ends).hour - time.fromisoformat(starts).hour
    hours = (Decimal(span * 60) / figures.hour_minutes).quantize(Decimal("0.1"), ROUND_DOWN)
    if figures.most_per_half_day is not None:
        hours = min(hours, figures.most_per_half_day)
    return {
        "on": on.isoformat() if on else "",
        "half": half.value,
        "starts": starts,
        "ends": ends,
        "hours": show_hours(hours),
        "place": "",
        "teacher": "",
        "topic": "",
        **given,
    }


def next_row(rows: Sequence[Raw], figures: FilingFigures) -> dict[str, str]:
    """The half day after the last one, with its teacher and place, and the times such a half day had before."""
    filled = [row for row in rows if not is_blank_row(row)]
    if not filled:
        return blank_row("sessions", rows)
    last = filled[-1]
    half = Half.PM if last.get("half") == Half.AM else Half.AM
    day = _day(last)
    if day is None or day == date.max:
        return blank_row("sessions", rows)
    on = day + timedelta(days=half is Half.AM)
    row = usual_row(half, figures, on=on, place=str(last.get("place", "")), teacher=str(last.get("teacher", "")))
    before = next((each for each in reversed(filled) if each.get("half") == half), {})
    return row | {name: str(before[name]) for name in ("starts", "ends", "hours") if before.get(name)}


def moved_rows(rows: Sequence[Raw], first: date) -> list[dict[str, Any]]:
    """The whole timetable moved so that its first day is this one; the days between stay. What is no date stays too."""
    days = [_day(row) for row in rows]
    earliest = min((day for day in days if day is not None), default=first)
    return [
        {**row} if day is None else {**row, "on": _later(day, first - earliest)}
        for row, day in zip(rows, days, strict=True)
    ]


def _day(row: Raw) -> date | None:
    try:
        return date.fromisoformat(str(row.get("on", "")))
    except ValueError:
        return None


def _later(day: date, by: timedelta) -> str:
    try:
        return (day + by).isoformat()
    except OverflowError:
        return ""


def generated_rows(
    first: date,
    last: date,
    halves: Sequence[Half],
    figures: FilingFigures,
    *,
    calendar: WorkingCalendar | None,
    taken: Iterable[tuple[str, str]] = (),
    **given: str,
) -> list[dict[str, str]]:
    """A row for each of these half days of each day, both ends included; only working days if a calendar is given.

    `taken` are the (date, half) that the timetable holds already; `given` is the same in every row. At most as many
    rows as a timetable may have.
    """
    held = set(taken)
    rows: list[dict[str, str]] = []
    for offset in range((last - first).days + 1):
        on = first + timedelta(days=offset)
        if calendar is not None and not calendar.is_working(on):
            continue
        for half in sorted(set(halves), key=list(Half).index):
            if (on.isoformat(), half.value) not in held and len(rows) < MOST_ROWS["sessions"]:
                rows.append(usual_row(half, figures, on=on, **given))
    return rows

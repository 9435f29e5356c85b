"""The working-day calendar of the database, as the domain wants it."""

from datetime import date

from flask import g
from sqlalchemy import select

from domain.periods import WorkingCalendar
from models import WorkingDay, db


def working_calendar() -> WorkingCalendar:
    """The calendar with every known day; read once in a request."""
    if "working_calendar" not in g:
        rows = db.session.execute(select(WorkingDay.on, WorkingDay.is_working, WorkingDay.is_official)).all()
        official = [row.on for row in rows if row.is_official]
        g.working_calendar = WorkingCalendar(
            days={row.on: row.is_working for row in rows}, known_through=max(official, default=date(2026, 12, 31))
        )
    return g.working_calendar

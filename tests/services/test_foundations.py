"""What `flask seed` lays: run again, it adds what is new and takes a year over once it is announced."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from models import Region, WorkingDay, db
from services import foundations, reference
from services.calendar import working_calendar
from services.reference import CalendarDay
from services.transaction import transaction

# A Friday that was thought to be free, and the Saturday people were to work for it.
FRIDAY, SATURDAY = date(2027, 2, 12), date(2027, 2, 13)
NOTICE = "国务院办公厅通知"

Ship = Callable[..., None]


@pytest.fixture
def ship(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Ship:
    """Runs `flask seed` of a release that ships these days in place of its own."""

    def run(*days: CalendarDay) -> None:
        monkeypatch.setattr(reference, "calendar_days", lambda: days)
        with transaction():
            foundations.lay()

    return run


def announced(on: date, *, is_working: bool) -> CalendarDay:
    return CalendarDay(on=on, is_working=is_working, is_official=True, source=NOTICE)


def test_a_year_that_was_computed_is_replaced_once_it_is_announced(app: Flask, ship: Ship) -> None:
    with app.app_context():
        assert db.session.get_one(WorkingDay, FRIDAY).source == "推算"
        ship(announced(FRIDAY, is_working=False), announced(SATURDAY, is_working=True))
        friday, saturday = (db.session.get_one(WorkingDay, day) for day in (FRIDAY, SATURDAY))
        assert (friday.is_working, friday.is_official, friday.source) == (False, True, NOTICE)
        assert saturday.is_working
        assert working_calendar().known_through == SATURDAY


def test_an_official_day_stays_as_it_is(app: Flask, ship: Ship) -> None:
    with app.app_context():
        ship(announced(FRIDAY, is_working=False))
        ship(announced(FRIDAY, is_working=True))
        assert not db.session.get_one(WorkingDay, FRIDAY).is_working


def test_a_computed_day_never_replaces_an_official_one(app: Flask, ship: Ship) -> None:
    with app.app_context():
        ship(announced(FRIDAY, is_working=False))
        ship(CalendarDay(on=FRIDAY, is_working=True, is_official=False, source="推算"))
        assert db.session.get_one(WorkingDay, FRIDAY).is_official


def test_running_it_again_changes_nothing(app: Flask) -> None:
    def counted() -> tuple[int, ...]:
        return tuple(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (Region, WorkingDay))

    with app.app_context():
        before = counted()
        with transaction():
            foundations.lay()
        assert counted() == before

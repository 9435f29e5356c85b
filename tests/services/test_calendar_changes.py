"""The working-day calendar as the Centre keeps it: changes, announced years, and the deadlines that move along."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

from domain.errors import RuleError
from domain.roles import CITY, Actor, Role
from models import AuditEvent, WorkingDay, db
from services import calendar_changes, case_history, foundations
from services.calendar import working_calendar
from services.transaction import transaction
from tests.filing_makers import at, make_account, make_officer, make_organizer, make_submitted

TODAY = date(2026, 6, 15)  # a Monday


@pytest.fixture
def centre(app: Flask) -> Iterator[Actor]:
    with app.app_context():
        actor = make_account(Role.CENTER_STAFF, region_code=CITY)
        with at(TODAY):
            yield actor


def change(first: date, last: date, centre: Actor, *, is_working: bool = False, source: str = "防台风停工") -> int:
    with transaction():
        return calendar_changes.change(first, last, is_working=is_working, source=source, actor=centre)


def test_a_day_off_moves_the_running_deadlines_by_a_working_day(centre: Actor) -> None:
    make_officer()
    filing = make_submitted(make_organizer())
    assert filing.case.due_on == date(2026, 6, 23)  # five working days; the 19th is the Dragon Boat festival
    assert change(date(2026, 6, 18), date(2026, 6, 18), centre) == 1
    db.session.rollback()
    assert filing.case.due_on == date(2026, 6, 24)
    assert change(date(2026, 6, 20), date(2026, 6, 21), centre, is_working=True, source="补班") == 1
    db.session.rollback()
    assert filing.case.due_on == date(2026, 6, 22)
    assert change(date(2026, 9, 1), date(2026, 9, 1), centre) == 0
    details = db.session.scalars(select(AuditEvent.details).where(AuditEvent.action == "calendar.change")).all()
    assert [each["moved"] for each in details] == [1, 1, 0]


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 6, 15), date(2026, 6, 16), "不能再改"),
        (date(2026, 7, 2), date(2026, 7, 1), "不能早于"),
        (date(2026, 7, 1), date(2026, 8, 1), "最多改 31 天"),
        (date(2029, 1, 1), date(2029, 1, 1), "最远只能"),
    ],
)
def test_what_cannot_be_changed_is_refused_and_changes_nothing(
    centre: Actor, first: date, last: date, words: str
) -> None:
    before = db.session.scalar(select(func.count()).select_from(WorkingDay))
    with pytest.raises(RuleError, match=words):
        change(first, last, centre)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(WorkingDay)) == before
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "calendar.change")) == 0


def test_a_year_nobody_knows_is_counted_by_its_weekdays_and_can_be_filled(centre: Actor) -> None:
    assert working_calendar().add_working_days(date(2028, 5, 5), 1) == date(2028, 5, 8)
    assert calendar_changes.year(2028).odd_days == ()
    change(date(2028, 5, 8), date(2028, 5, 9), centre, source="推算：劳动节")
    year = calendar_changes.year(2028)
    assert [(odd.first, odd.last, odd.is_working, odd.source) for odd in year.odd_days] == [
        (date(2028, 5, 8), date(2028, 5, 9), False, "推算：劳动节")
    ]
    assert len(year.working) == 366 and not year.is_official
    assert working_calendar().add_working_days(date(2028, 5, 5), 1) == date(2028, 5, 10)


def test_an_announced_year_is_no_longer_provisional_and_keeps_what_was_changed(centre: Actor) -> None:
    assert case_history.deadline_of("activity_filing", "submitted", date(2027, 5, 6)).provisional
    change(date(2027, 2, 4), date(2027, 2, 4), centre, source="春节")
    with transaction():
        assert calendar_changes.announce(2027, source="国务院办公厅通知（2027）", actor=centre) == 365
    assert not case_history.deadline_of("activity_filing", "submitted", date(2027, 5, 6)).provisional
    assert not working_calendar().is_provisional(date(2027, 12, 31))
    assert calendar_changes.year(2027).is_official
    with transaction():
        foundations.lay()
    assert not working_calendar().is_working(date(2027, 2, 4))
    with pytest.raises(RuleError, match="已经标为"), transaction():
        calendar_changes.announce(2027, source="再一次", actor=centre)
    with pytest.raises(RuleError, match="更远的年份"), transaction():
        calendar_changes.announce(2028, source="太早", actor=centre)


def test_the_months_of_2026_are_those_of_the_state_council(centre: Actor) -> None:
    odd = calendar_changes.year(2026).odd_days
    spring = next(each for each in odd if each.first.month == 2 and not each.is_working)
    assert (spring.first, spring.last) == (date(2026, 2, 16), date(2026, 2, 23))
    assert [each.first for each in odd if each.is_working] == [
        date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)
    ]  # fmt: skip

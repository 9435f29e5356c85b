"""What ends without a decision on its merits: classes never held, results refused, supplements nobody answered."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from domain.attendance_rules import Method, Standing
from domain.errors import NotAllowed, RuleError, WrongState
from models import ActivityFiling, CreditEntry, ResultReport, db
from services import cases, closures, policies, presence, registrations, result_content, results
from services.calendar import working_calendar
from services.transaction import transaction
from tests import account_makers
from tests.filing_makers import at, make_officer, make_submitted, send_back
from tests.services import result_makers
from tests.services.result_makers import (
    City,
    Employer,
    make_city,
    make_employer,
    make_filing,
    make_people,
    make_report,
    release,
)


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    with app.app_context():
        yield make_city()


@pytest.fixture
def employer(city: City) -> Employer:
    return make_employer()


def opened(city: City, employer: Employer) -> ResultReport:
    """A report with nobody in it."""
    filing = make_filing(city, employer)
    with transaction():
        return results.open_report(filing, actor=employer.clerk)


def states(report: ResultReport) -> tuple[str, str]:
    """Of the report and of its filing."""
    db.session.rollback()
    return report.case.state, report.filing.case.state


def test_a_class_that_was_not_held_is_declared_and_its_filing_ends(city: City, employer: Employer) -> None:
    report = opened(city, employer)
    with pytest.raises(RuleError, match="必须写明理由"), transaction():
        closures.declare_not_held(report, remark=" ", actor=employer.clerk)
    stranger = make_employer().clerk
    with pytest.raises(NotAllowed), transaction():
        closures.declare_not_held(report, remark="停电", actor=stranger)
    with transaction():
        closures.declare_not_held(report, remark="停电", actor=employer.clerk)
    assert states(report) == ("not_held", "lapsed")
    assert report.filing.case.steps[-1].remark == "停电"
    with pytest.raises(WrongState), transaction():
        result_content.put_rows(report, [], actor=employer.clerk)


def test_a_class_with_people_in_its_results_was_held(city: City, employer: Employer) -> None:
    report = make_report(city, employer, make_people(city, employer, 2))
    with pytest.raises(RuleError, match="已有参训人员"), transaction():
        closures.declare_not_held(report, remark="停电", actor=employer.clerk)
    assert states(report) == ("draft", "approved")


def test_a_class_somebody_was_seen_in_was_held(city: City, employer: Employer) -> None:
    report = opened(city, employer)
    [person] = make_people(city, employer, 1)
    session = report.filing.sessions[0]
    with transaction():
        seen = presence.Presence(
            technician_id=person,
            span=presence.span_of(session),
            method=Method.SHEET,
            standing=Standing.COUNTED,
            hours_tenths=session.hours_tenths,
        )
        presence.store(report.filing_id, [seen], actor_id=employer.clerk.account_id)
    with pytest.raises(RuleError, match="已有参训人员"), transaction():
        closures.declare_not_held(report, remark="停电", actor=employer.clerk)
    with at(date(2026, 12, 31)):
        closures.close_overdue()
    assert states(report) == ("draft", "approved")


def test_refused_results_give_nothing_and_void_the_filing(city: City, employer: Employer) -> None:
    report = make_report(city, employer, make_people(city, employer, 3))
    release(report, employer)
    with pytest.raises(RuleError, match="必须写明理由"), transaction():
        cases.act(report.case, "refuse", actor=city.officer, remark="")
    with pytest.raises(NotAllowed), transaction():
        cases.act(report.case, "refuse", actor=city.city_officer, remark="课没有上")
    with transaction():
        cases.act(report.case, "refuse", actor=city.officer, remark="课没有上")
    assert states(report) == ("refused", "void")
    with pytest.raises(WrongState), transaction():
        cases.act(report.case, "credit", actor=city.officer)
    assert db.session.scalar(select(func.count()).select_from(CreditEntry)) == 0


def test_an_empty_report_lapses_so_long_after_the_class_and_not_a_day_before(city: City, employer: Employer) -> None:
    report = opened(city, employer)
    days = int(policies.active_policy().figure("filing.lapse_days"))
    last = report.filing.ends_on or date.min
    with at(last + timedelta(days=days)):
        closures.close_overdue()
    assert states(report) == ("draft", "approved")
    with at(last + timedelta(days=days + 1)):
        closures.close_overdue()
        closures.close_overdue()
    assert states(report) == ("not_held", "lapsed")


def test_a_report_with_people_never_lapses(city: City, employer: Employer) -> None:
    """They were there: that the organiser is late is not their fault."""
    report = make_report(city, employer, make_people(city, employer, 2))
    with at(date(2026, 12, 31)):
        closures.close_overdue()
    assert states(report) == ("draft", "approved")


def test_a_filing_nobody_corrects_ends_after_the_last_day_of_the_notice(city: City, employer: Employer) -> None:
    filing = make_submitted(employer.clerk)
    send_back(filing, city.officer)
    due = filing.case.due_on or date.min
    with at(due):
        closures.close_overdue()
    assert _state(filing) == "supplement"
    with at(due + timedelta(days=1)):
        closures.close_overdue()
    assert _state(filing) == "withdrawn"


def _state(filing: ActivityFiling) -> str:
    db.session.rollback()
    return filing.case.state


def test_results_nobody_corrects_go_back_to_the_officer_with_the_days_that_were_left(
    city: City, employer: Employer
) -> None:
    report = make_report(city, employer, make_people(city, employer, 2))
    release(report, employer)
    with transaction():
        cases.act(report.case, "return", actor=city.officer, remark="补照片", items=[])
    left, due = report.case.paused_workdays_left or 0, report.case.due_on or date.min
    later = due + timedelta(days=1)
    with at(later):
        closures.close_overdue()
        assert states(report) == ("released", "approved")
        assert report.case.due_on == working_calendar().add_working_days(later, left)
        with transaction():
            cases.act(report.case, "refuse", actor=city.officer, remark="逾期未补正")
    assert states(report) == ("refused", "void")


def test_an_abandoned_registration_frees_the_code_of_the_organisation(city: City) -> None:
    made = account_makers.make_registration()
    officer = make_officer(account_makers.COUNTY)
    with transaction():
        case = registrations.find(made.token).case
        cases.act(case, "return", actor=officer, remark="补正", items=[])
    due = case.due_on
    with at(due + timedelta(days=1)):
        closures.close_overdue()
        assert registrations.find(made.token).case.state == "withdrawn"
        assert "逾期未补正" in account_makers.letters_to(made.stated["contact_email"])[-1]
        assert account_makers.make_registration(uscc=made.stated["uscc"]).case_id != made.case_id


def test_only_the_program_closes_what_is_overdue(city: City, employer: Employer) -> None:
    report = opened(city, employer)
    for actor in (employer.clerk, employer.manager, city.officer, city.city_officer):
        with pytest.raises(NotAllowed), transaction():
            cases.act(report.case, "lapse", actor=actor)

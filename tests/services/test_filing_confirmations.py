"""What people outside confirm: the hours of a service, the days of a log; and what each form gives in credits."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from domain.errors import NotAllowed, RuleError
from domain.roles import Actor
from models import ActivityFiling, CreditEntry, FilingConfirmation, Notice, OutboxMessage, ResultReport, db
from services import clock, day_logs, filing_confirmations, notices
from services.filing_confirmations import DeadLink, Kind
from services.transaction import transaction
from tests.filing_makers import at, make_form
from tests.services import result_makers as make

pytestmark = pytest.mark.usefixtures("app_context")
DAYS = [date(2026, 6, 8), date(2026, 6, 9)]


@pytest.fixture
def city(app_context: None) -> make.City:
    return make.make_city()


@pytest.fixture
def association(app_context: None) -> make.Employer:
    return make.make_employer("industry_body")


@pytest.fixture
def service(city: make.City, association: make.Employer) -> ActivityFiling:
    return make_form("F4_VOLUNTEER", association.clerk, city.officer, DAYS)


def token_of(address: str) -> str:
    """The token in the newest mail to this address."""
    query = select(OutboxMessage).where(OutboxMessage.recipient == address).order_by(OutboxMessage.id.desc())
    body = notices.mail_body(db.session.scalars(query.limit(1)).one())
    return body.split("/confirm/")[1].split()[0]


def asked(filing: ActivityFiling, clerk: Actor) -> str:
    with transaction():
        filing_confirmations.ask_beneficiary(filing, actor=clerk)
    return token_of("shequ@example.com")


def agree(token: str, tenths: int | None = 120) -> None:
    found = filing_confirmations.find(token)
    assert found is not None
    with transaction():
        filing_confirmations.answer(found, agreed=True, name="胡爱华", hours_tenths=tenths)


def report_of(city: make.City, employer: make.Employer, filing: ActivityFiling, tenths: int = 160) -> ResultReport:
    return make.report_on(city, employer, make.make_people(city, employer, 2), filing, hours_tenths=tenths)


# --- The hours of a service -------------------------------------------------------------------------------------------


def test_the_beneficiary_is_asked_after_the_end_and_by_mail_only(
    service: ActivityFiling, association: make.Employer
) -> None:
    with at(DAYS[0]), pytest.raises(RuleError, match="结束后"), transaction():
        filing_confirmations.ask_beneficiary(service, actor=association.clerk)
    token = asked(service, association.clerk)
    kept = db.session.scalars(select(FilingConfirmation)).one()
    assert token not in (kept.token_hash, kept.asked_email) and len(token) >= 20
    assert filing_confirmations.find(token) is kept


def test_a_link_is_used_once_and_replaced_by_the_next(service: ActivityFiling, association: make.Employer) -> None:
    first = asked(service, association.clerk)
    second = asked(service, association.clerk)
    assert filing_confirmations.find(first) is None
    agree(second)
    assert filing_confirmations.find(second) is None
    kept = next(each for each in filing_confirmations.of_filing(service, Kind.SERVICE) if each.agreed)
    with pytest.raises(DeadLink), transaction():
        filing_confirmations.answer(kept, agreed=False, name="别人", remark="不对")
    assert filing_confirmations.service_hours(service) == 120
    with pytest.raises(RuleError, match="已经确认"), transaction():
        filing_confirmations.ask_beneficiary(service, actor=association.clerk)


def test_a_link_runs_out(service: ActivityFiling, association: make.Employer) -> None:
    token = asked(service, association.clerk)
    with transaction():
        db.session.scalars(select(FilingConfirmation)).one().expires_at = clock.machine_now() - timedelta(seconds=1)
    assert filing_confirmations.find(token) is None


@pytest.mark.parametrize("tenths", [None, 0, -10, 161])
def test_no_more_is_confirmed_than_was_filed(
    service: ActivityFiling, association: make.Employer, tenths: int | None
) -> None:
    token = asked(service, association.clerk)
    with pytest.raises(RuleError, match="16"):
        agree(token, tenths)
    assert filing_confirmations.find(token) is not None


def test_a_no_needs_a_reason_and_is_told(service: ActivityFiling, association: make.Employer) -> None:
    found = filing_confirmations.find(asked(service, association.clerk))
    assert found is not None
    with pytest.raises(RuleError), transaction():
        filing_confirmations.answer(found, agreed=False, name="胡爱华")
    with transaction():
        filing_confirmations.answer(found, agreed=False, name="胡爱华", remark="只来了半天")
    assert filing_confirmations.service_hours(service) is None
    told = db.session.scalars(select(Notice.body).where(Notice.membership_id == association.clerk.membership_id))
    assert any("只来了半天" in body for body in told)


def test_nobody_else_asks(service: ActivityFiling, association: make.Employer) -> None:
    for actor in (association.manager, make.make_employer().clerk):
        with pytest.raises(NotAllowed), transaction():
            filing_confirmations.ask_beneficiary(service, actor=actor)


def test_results_wait_for_the_beneficiary_and_stay_within_its_hours(
    city: make.City, service: ActivityFiling, association: make.Employer
) -> None:
    report = report_of(city, association, service)
    with pytest.raises(RuleError, match="受益方还没有确认"):
        make.enter(report, association)
    agree(asked(service, association.clerk), 120)
    with pytest.raises(RuleError, match="超过受益方确认的 12"):
        make.enter(report, association)
    assert report.case.state == "draft"


# --- The log of days --------------------------------------------------------------------------------------------------


@pytest.fixture
def factory(app_context: None) -> make.Employer:
    return make.make_employer()


@pytest.fixture
def training(city: make.City, factory: make.Employer) -> ActivityFiling:
    return make_form("F4", factory.clerk, city.officer, DAYS)


def log(
    training: ActivityFiling,
    clerk: Actor,
    people: list[int],
    on: date = DAYS[0],
    hours: str = "8",
    mentor: str = "王建国",
) -> None:
    with transaction():
        day_logs.record(training, people, on=on, hours=Decimal(hours), done="装夹对刀", mentor=mentor, actor=clerk)


def mentor_answers(training: ActivityFiling, clerk: Actor, *, agreed: bool, mentor: str = "王建国") -> None:
    with transaction():
        question = day_logs.ask_mentor(training, mentor, "shifu@example.com", actor=clerk)
        filing_confirmations.answer(question, agreed=agreed, name=mentor, remark="" if agreed else "少记了一天")


def test_a_day_is_written_changed_and_confirmed(
    city: make.City, factory: make.Employer, training: ActivityFiling
) -> None:
    people = make.make_people(city, factory, 2)
    log(training, factory.clerk, people)
    log(training, factory.clerk, people[:1], hours="6.5")
    assert sorted(entry.hours_tenths for entry in day_logs.entries(training)) == [65, 80]
    assert day_logs.waiting(training) == {"王建国": 2, "李梅": 0}
    assert set(day_logs.confirmed_tenths(training).values()) == {0}
    mentor_answers(training, factory.clerk, agreed=True)
    assert day_logs.confirmed_tenths(training) == {people[0]: 65, people[1]: 80}
    with pytest.raises(RuleError, match="已经师傅确认"):
        log(training, factory.clerk, people[:1], hours="4")
    with pytest.raises(RuleError), transaction():
        day_logs.remove(training, people[0], DAYS[0], actor=factory.clerk)


def test_what_a_mentor_denies_can_be_changed_and_asked_again(
    city: make.City, factory: make.Employer, training: ActivityFiling
) -> None:
    people = make.make_people(city, factory, 1)
    log(training, factory.clerk, people)
    mentor_answers(training, factory.clerk, agreed=False)
    assert day_logs.waiting(training)["王建国"] == 1
    log(training, factory.clerk, people, hours="4")
    mentor_answers(training, factory.clerk, agreed=True)
    assert day_logs.confirmed_tenths(training) == {people[0]: 40}


def test_a_mentor_with_nothing_to_confirm_is_not_asked(factory: make.Employer, training: ActivityFiling) -> None:
    with pytest.raises(RuleError, match="没有待确认"), transaction():
        day_logs.ask_mentor(training, "李梅", "shifu@example.com", actor=factory.clerk)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"on": date(2026, 6, 10)}, "没有带教安排"),
        ({"hours": "8.5"}, "最多 8"),
        ({"hours": "0"}, "大于 0"),
        ({"hours": "1.25"}, "一位小数"),
        ({"mentor": "赵六"}, "带教师傅"),
    ],
)
def test_a_day_that_cannot_be_is_refused(
    city: make.City, factory: make.Employer, training: ActivityFiling, changes: dict[str, str], words: str
) -> None:
    people = make.make_people(city, factory, 1)
    with pytest.raises(RuleError, match=words):
        log(training, factory.clerk, people, **changes)  # type: ignore[arg-type]
    assert day_logs.entries(training) == []


def test_no_day_is_written_ahead_or_by_others(
    city: make.City, factory: make.Employer, training: ActivityFiling
) -> None:
    people = make.make_people(city, factory, 1)
    with at(DAYS[0]), pytest.raises(RuleError, match="提前"):
        log(training, factory.clerk, people, on=DAYS[1])
    for actor in (factory.manager, make.make_employer().clerk):
        with pytest.raises(NotAllowed):
            log(training, actor, people)


def test_where_a_log_is_kept_it_bounds_the_results(
    city: make.City, factory: make.Employer, training: ActivityFiling
) -> None:
    report = report_of(city, factory, training)
    people = sorted(row.technician_id for row in report.rows)
    log(training, factory.clerk, people)
    mentor_answers(training, factory.clerk, agreed=True)
    with pytest.raises(RuleError, match="2 人的学时超过"):
        make.enter(report, factory)
    log(training, factory.clerk, people, on=DAYS[1])
    mentor_answers(training, factory.clerk, agreed=True)
    make.release(report, factory)
    assert report.case.state == "released"


# --- Credits of every form --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "capacity"),
    [
        ("F1", "training_base"),
        ("F1", "government"),
        ("F2", "industry_body"),
        ("F3", "employer"),
        ("F4", "employer"),
        ("F4_VOLUNTEER", "employer"),
        ("F5", "training_base"),
    ],
)
def test_every_form_leads_to_credits_of_its_form(app: Flask, city: make.City, form: str, capacity: str) -> None:
    organizer = make.make_employer(capacity)
    money = {"fees__person": "", "fees__state": "36000"} if capacity == "government" else {}
    filing = make_form(form, organizer.clerk, city.officer, DAYS, **money)
    if form == "F4_VOLUNTEER":
        agree(asked(filing, organizer.clerk), 160)
    report = report_of(city, organizer, filing)
    make.release(report, organizer)
    make.credit(report, city.other_officer)
    entries = db.session.scalars(select(CreditEntry)).all()
    assert {entry.form for entry in entries} == {form}
    assert sum(entry.credits_tenths for entry in entries) == 2 * 160
    assert filing.case.state == "completed"

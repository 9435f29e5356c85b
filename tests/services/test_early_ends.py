"""An activity that ends before its time: what was held counts, for who was there, and nothing more."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select

from domain.attendance_rules import Standing
from domain.early_end import shortened
from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_content import content_sha256
from models import ActivityFiling, Case, CreditEntry, Notice, db
from services import (
    activity_changes,
    attendance,
    cases,
    clock,
    early_ends,
    filing_tables,
    public_activities,
    result_confirmations,
    result_review,
    results,
)
from services.filing_review import review
from services.transaction import transaction
from tests import class_makers, filing_makers
from tests.class_makers import MONDAY, as_person, make_class, put_down
from tests.services import result_makers as make

pytestmark = pytest.mark.usefixtures("app_context")

TUESDAY = MONDAY.replace(day=9)
AFTERNOON = class_makers.moment(MONDAY, 15)
HALF = [Decimal(2), Decimal(6)]


@pytest.fixture
def city(app_context: None) -> make.City:
    return make.make_city()


@pytest.fixture
def host(app_context: None) -> make.Employer:
    return make.make_employer()


def two_days(city: make.City, host: make.Employer, people: list[int], **changes: object) -> ActivityFiling:
    """Four half days of four hours; the people are put down."""
    filing = make_class(city, host, days=(MONDAY, TUESDAY), **changes)
    put_down(filing, host, people)
    return filing


def there(filing: ActivityFiling, host: make.Employer, people: list[int], place: int) -> None:
    with transaction():
        session = class_makers.session_of(filing, place)
        attendance.note(session, filing, dict.fromkeys(people, Standing.COUNTED), actor=host.clerk)


def end(filing: ActivityFiling, host: make.Employer, held: int = 2, hours: list[Decimal] = HALF) -> None:
    with transaction():
        early_ends.end(filing, held, hours, reason="主讲教师住院", actor=host.clerk)


def credited(filing: ActivityFiling) -> dict[int, int]:
    query = select(CreditEntry.technician_id, func.sum(CreditEntry.credits_tenths))
    rows = db.session.execute(query.where(CreditEntry.source_id == filing.id).group_by(CreditEntry.technician_id))
    return {person: int(tenths) for person, tenths in rows}


def test_half_a_class_gives_the_credits_of_that_half_to_who_was_there(city: make.City, host: make.Employer) -> None:
    """Of sixteen hours eight were held: eight for who was there all the time, none for less than three quarters."""
    people = make.make_people(city, host, 2)
    filing = two_days(city, host, people)
    with class_makers.at(AFTERNOON):
        there(filing, host, people, 0)
        there(filing, host, people[:1], 1)
        end(filing, host)
    assert filing.case.state == "approved"
    assert [session.on for session in filing.sessions] == [MONDAY, MONDAY]
    assert [line.hours_tenths for line in filing.subject_lines] == [20, 60]
    with class_makers.at(class_makers.moment(TUESDAY, 9)):
        results.open_due_reports()
        report = results.of_filing(filing)
        assert report is not None
        with transaction():
            rows = make.rows_for(city, people[:1], hours_tenths=80) + make.rows_for(city, people[1:], hours_tenths=40)
            make.result_content.put_rows(report, rows, actor=host.clerk)
        seen = result_review.of_report(report)
        assert seen.early_end is not None and seen.early_end.reason == "主讲教师住院"
        assert (seen.early_end.hours_held, seen.early_end.hours_filed) == (8, 16)
        assert [row.credits_tenths for row in seen.rows] == [80, 0]
        make.report_on(city, host, people[:1], filing, hours_tenths=80)
        make.enter(report, host)
        own = result_confirmations.own_result(report.id, people[0])
        assert own is not None and own.early_end == seen.early_end and own.credits_tenths == 80
        with transaction():
            results.release(report, actor=host.manager)
        make.credit(report, city.officer)
    assert credited(filing) == {people[0]: 80}


def test_nobody_is_reported_with_more_than_was_held(city: make.City, host: make.Employer) -> None:
    people = make.make_people(city, host, 1)
    filing = two_days(city, host, people)
    with class_makers.at(AFTERNOON):
        there(filing, host, people, 0)
        there(filing, host, people, 1)
        end(filing, host)
    with class_makers.at(class_makers.moment(TUESDAY, 9)), pytest.raises(RuleError, match="不能超过备案的"):
        make.report_on(city, host, people, filing, hours_tenths=90)


def test_everybody_is_told_and_the_pages_say_what_was_held(city: make.City, host: make.Employer) -> None:
    people = make.make_people(city, host, 1)
    filing = two_days(city, host, people)
    person = as_person(people[0])
    with class_makers.at(AFTERNOON):
        end(filing, host)
    told = db.session.scalars(select(Notice).where(Notice.membership_id == person.membership_id)).all()
    assert any("提前结束" in each.title and "主讲教师住院" in each.body and "8 学时" in each.body for each in told)
    change = public_activities.last_change(filing)
    assert change is not None and change.ended and len(change.differences) == 4
    shown = review(db.session.get_one(Case, filing.case_id))
    assert shown.heading and shown.content.hours == 8
    in_force = filing_tables.snapshot_in_force(filing.case)
    assert in_force is not None and in_force.sha256 == filing.case.steps[-1].content_sha256
    assert in_force.sha256 == content_sha256(filing_tables.stored_content(filing))


def test_what_was_taught_may_be_said_and_must_add_up(city: make.City, host: make.Employer) -> None:
    filing = two_days(city, host, [])
    with class_makers.at(AFTERNOON):
        for wrong in ([Decimal(2), Decimal(7)], [Decimal(5), Decimal(3)]):
            with pytest.raises(RuleError):
                end(filing, host, hours=wrong)
        assert len(filing.sessions) == 4
        end(filing, host, hours=[Decimal(0), Decimal(8)])
    assert [(line.subject, line.hours_tenths) for line in filing.subject_lines] == [("PROFESSIONAL", 80)]


def test_only_the_organiser_may_and_only_between_the_first_and_the_last_session(
    city: make.City, host: make.Employer
) -> None:
    people = make.make_people(city, host, 1)
    filing = two_days(city, host, people)
    other = make.make_employer()
    with class_makers.at(class_makers.moment(MONDAY, 7)):
        assert not early_ends.choices(filing, host.clerk)
        with pytest.raises(RuleError):
            end(filing, host, held=1)
    with class_makers.at(AFTERNOON):
        there(filing, host, people, 1)
        assert list(early_ends.choices(filing, host.clerk)) == [2]  # somebody was at the second
        assert not early_ends.choices(filing, other.clerk)
        with pytest.raises(NotAllowed), transaction():
            early_ends.end(filing, 2, HALF, reason="停电", actor=other.clerk)
        with pytest.raises(RuleError, match="理由"), transaction():
            early_ends.end(filing, 2, HALF, reason=" ", actor=host.clerk)
        end(filing, host)
        with pytest.raises(RuleError):
            end(filing, host)
    with class_makers.at(class_makers.moment(TUESDAY, 9)):
        results.open_due_reports()
        assert not early_ends.choices(filing, host.clerk)


def test_a_change_that_was_asked_for_goes_with_the_end(city: make.City, host: make.Employer) -> None:
    filing = two_days(city, host, [])
    with filing_makers.at(MONDAY.replace(day=2)), transaction():
        filing_makers.make_proposal(filing, host.clerk, place="新楼三层")
    with class_makers.at(AFTERNOON):
        end(filing, host)
        assert filing.case.state == "approved" and filing.change_draft is None
        assert activity_changes.in_force(filing).basics.place != "新楼三层"
        with pytest.raises(WrongState), transaction():
            cases.act(filing.case, "approve_change", actor=city.officer)


def test_who_was_there_keeps_it_when_the_organiser_wants_to_cancel(city: make.City, host: make.Employer) -> None:
    people = make.make_people(city, host, 1)
    filing = two_days(city, host, people)
    with class_makers.at(AFTERNOON):
        there(filing, host, people, 0)
        with pytest.raises(RuleError, match="提前结束"), transaction():
            cases.act(filing.case, "cancel", actor=host.clerk, remark="设备检修")
        assert filing.case.state == "approved"


def test_a_competition_that_was_broken_off_has_no_ranks(city: make.City) -> None:
    clerk, officer = filing_makers.make_organizer("industry_body"), filing_makers.make_officer()
    days = [clock.today().replace(year=clock.today().year + 1, month=6, day=day) for day in (1, 2)]
    filing = filing_makers.make_form("F2", clerk, officer, days)
    content = activity_changes.in_force(filing)
    assert content.competition is not None and content.competition.awards
    left = early_ends.proposed_hours(filing, 1)
    made = shortened(content, 1, left)
    assert made.competition is not None and not made.competition.awards
    assert made.hours == content.sessions[0].hours

"""Each person sees the own row before release: confirms it, disputes it, or is silent; disputed rows wait alone."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from domain.enrolment_rules import EnrolmentSource, EnrolmentState
from domain.errors import RuleError
from domain.periods import CHINA
from domain.result_standing import DisputeKind, DisputeState, RowStanding
from domain.roles import Actor, Role
from models import CreditEntry, Enrolment, ResultDispute, ResultReport, db
from services import (
    clock,
    ledger_checks,
    result_confirmations,
    result_content,
    result_disputes,
    result_holds,
    results,
)
from services.transaction import transaction
from tests.filing_makers import at
from tests.services import result_makers as make


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def city(app):
    with app.app_context():
        yield make.make_city()


@pytest.fixture
def employer(city):
    return make.make_employer()


@pytest.fixture
def people(city, employer):
    return make.make_people(city, employer, 3)


@pytest.fixture
def entered(city, employer, people):
    """A list the clerk has entered on 15 June; its people have until the 18th."""
    report = make.make_report(city, employer, people)
    with transaction():
        results.enter(report, note="没有录像", actor=employer.clerk)
    return report


def person(technician_id: int) -> Actor:
    return Actor(role=Role.TECHNICIAN, name="学员", technician_id=technician_id)


def refusal(code: str, function, *arguments, **named) -> str:
    with pytest.raises(RuleError) as caught, transaction():
        function(*arguments, **named)
    assert caught.value.code == code
    return caught.value.message


def dispute(report: ResultReport, who: int, kind: DisputeKind = DisputeKind.HOURS) -> ResultDispute:
    with transaction():
        return result_confirmations.dispute(report, kind=kind, text="我两天都在", actor=person(who))


def standing_of(report: ResultReport, who: int) -> str:
    db.session.expire_all()
    return result_content.row_of(report, who).standing


def entries(who: int) -> int:
    query = select(func.count()).select_from(CreditEntry).where(CreditEntry.technician_id == who)
    return db.session.scalar(query) or 0


def later(days: int):
    return clock.at(datetime(2026, 6, 15, 9, tzinfo=CHINA) + timedelta(days=days))


def test_there_are_three_working_days_and_no_release_before(employer, entered):
    assert entered.confirm_until == date(2026, 6, 18)
    assert "还有 3 人没有答复" in refusal("confirm_period", results.release, entered, actor=employer.manager)
    with later(3):
        refusal("confirm_period", results.release, entered, actor=employer.manager)
    with later(4), transaction():
        results.release(entered, actor=employer.manager)
    assert result_confirmations.answers(entered) == {result_confirmations.Answer.SILENT: 3}


def test_when_all_have_answered_nobody_waits(employer, people, entered):
    for who in people:
        assert [own.report.id for own in result_confirmations.to_answer(who)] == [entered.id]
        with transaction():
            result_confirmations.confirm(entered, actor=person(who))
        assert result_confirmations.to_answer(who) == []
    with transaction():
        results.release(entered, actor=employer.manager)
    assert entered.case.state == "released"


def test_nobody_answers_twice_or_for_another(people, entered):
    with transaction():
        result_confirmations.confirm(entered, actor=person(people[0]))
    refusal("not_open", result_confirmations.confirm, entered, actor=person(people[0]))
    stranger = person(1)
    assert result_confirmations.own_result(entered.id, 1) is None
    refusal("not_open", result_confirmations.confirm, entered, actor=stranger)


def test_the_others_are_released_and_credited_while_a_disputed_row_waits(city, employer, people, entered):
    raised = dispute(entered, people[0])
    make.all_confirm(entered)
    with transaction():
        result_disputes.insist(raised, reason="签到表上 9 日没有本人签名", actor=employer.clerk)
    with transaction():
        results.release(entered, actor=employer.manager)
    make.credit(entered, city.officer)
    assert [entries(who) > 0 for who in people] == [False, True, True]
    values = make.rows_for(city, [people[0]], hours_tenths=120)[0]
    with transaction():
        result_disputes.decide(entered, people[0], values, remark="补看监控，确有到场", actor=city.officer)
    assert standing_of(entered, people[0]) == RowStanding.READY.value
    assert entries(people[0]) > 0 and raised.state == DisputeState.SETTLED.value
    assert result_disputes.waiting(entered) == []
    assert list(ledger_checks.verify()) == []


def test_a_row_that_is_not_recognised_earns_nothing_for_good(city, employer, people, entered):
    raised = dispute(entered, people[0], DisputeKind.OTHER)
    make.all_confirm(entered)
    with transaction():
        result_disputes.insist(raised, reason="由他人代签", actor=employer.clerk)
    with transaction():
        results.release(entered, actor=employer.manager)
    with transaction():
        result_disputes.decide(entered, people[0], None, remark="系他人代签", actor=city.officer)
    make.credit(entered, city.officer)
    assert entries(people[0]) == 0 and entries(people[1]) > 0
    assert result_disputes.waiting(entered) == []


def test_a_corrected_row_goes_back_to_its_person_and_on_with_the_others(city, employer, people, entered):
    raised = dispute(entered, people[0])
    make.all_confirm(entered)
    values = make.rows_for(city, [people[0]], hours_tenths=140)[0]
    with transaction():
        result_disputes.correct(raised, values, remark="补记 9 日下午", actor=employer.clerk)
    (own,) = result_confirmations.to_answer(people[0])
    assert own.row.hours_tenths == 140 and own.dispute.answer == "补记 9 日下午"
    with transaction():
        result_confirmations.confirm(entered, actor=person(people[0]))
    assert standing_of(entered, people[0]) == RowStanding.READY.value
    with transaction():
        results.release(entered, actor=employer.manager)
    make.credit(entered, city.officer)
    assert entries(people[0]) > 0
    assert list(ledger_checks.verify()) == []


def test_who_corrected_a_row_does_not_release_the_list(city, people, employer, entered):
    raised = dispute(entered, people[0])
    make.all_confirm(entered)
    clerk = make.make_account(Role.EMPLOYER_CLERK, organization_id=employer.id)
    values = make.rows_for(city, [people[0]], hours_tenths=140)[0]
    with transaction():
        result_disputes.correct(raised, values, remark="补记", actor=clerk)
    second = make.make_account(Role.EMPLOYER_MANAGER, person=clerk.person_key, organization_id=employer.id)
    refusal("not_allowed", results.release, entered, actor=second)


def test_silence_after_a_correction_accepts_it(city, employer, people, entered):
    raised = dispute(entered, people[0])
    make.all_confirm(entered)
    with transaction():
        values = make.rows_for(city, [people[0]], hours_tenths=140)[0]
        result_disputes.correct(raised, values, remark="补记", actor=employer.clerk)
    with later(3):
        result_confirmations.accept_silence()
        assert standing_of(entered, people[0]) == RowStanding.DISPUTED.value
    with later(4):
        result_confirmations.accept_silence()
    assert standing_of(entered, people[0]) == RowStanding.READY.value


def test_after_the_release_a_correction_is_for_the_officer_to_make(city, employer, people, entered):
    raised = dispute(entered, people[0])
    make.all_confirm(entered)
    with transaction():
        results.release(entered, actor=employer.manager)
    with transaction():
        values = make.rows_for(city, [people[0]], hours_tenths=120)[0]
        result_disputes.correct(raised, values, remark="确为 12 学时", actor=employer.clerk)
    assert result_content.row_of(entered, people[0]).hours_tenths == 160
    (waiting,) = result_disputes.waiting(entered)
    assert waiting.ripe and waiting.proposed.hours_tenths == 120
    with transaction():
        result_disputes.decide(entered, people[0], waiting.proposed, remark="同意更正", actor=city.officer)
    make.credit(entered, city.officer)
    assert entries(people[0]) > 0
    assert list(ledger_checks.verify()) == []


def test_only_an_officer_of_the_region_who_is_not_in_the_list_decides(city, employer, people, entered):
    raised = dispute(entered, people[0])
    make.all_confirm(entered)
    with transaction():
        result_disputes.insist(raised, reason="没有错", actor=employer.clerk)
    refusal("wrong_state", result_disputes.decide, entered, people[0], None, remark="否", actor=city.officer)
    with transaction():
        results.release(entered, actor=employer.manager)
    refusal("not_allowed", result_disputes.decide, entered, people[0], None, remark="否", actor=city.city_officer)
    refusal("not_allowed", result_disputes.decide, entered, people[0], None, remark="否", actor=employer.manager)


def test_whoever_is_enrolled_and_left_out_may_say_so(city, employer, people):
    (left_out,) = make.make_people(city, employer, 1)
    report = make.make_report(city, employer, people)
    with transaction():
        db.session.execute(
            insert(Enrolment),
            [{"technician_id": left_out, "filing_id": report.filing_id, "state": EnrolmentState.ENROLLED.value,
              "source": EnrolmentSource.PERSON.value, "asked_at": clock.now(), "changed_at": clock.now()}],
        )  # fmt: skip
        results.enter(report, note="没有录像", actor=employer.clerk)
    (own,) = result_confirmations.to_answer(left_out)
    assert own.row is None
    raised = dispute(report, left_out, DisputeKind.MISSING)
    make.all_confirm(report)
    with transaction():
        result_disputes.correct(raised, make.rows_for(city, [left_out])[0], remark="漏录", actor=employer.clerk)
    assert standing_of(report, left_out) == RowStanding.DISPUTED.value
    with transaction():
        result_confirmations.confirm(report, actor=person(left_out))
    with transaction():
        results.release(report, actor=employer.manager)
    make.credit(report, city.officer)
    assert entries(left_out) > 0


def test_after_a_return_only_changed_rows_are_asked_again(city, employer, people, entered):
    make.all_confirm(entered)
    with transaction():
        results.send_back(entered, remark="请核对甲", actor=employer.manager)
    with transaction():
        result_content.put_rows(entered, make.rows_for(city, people[:1], hours_tenths=150), actor=employer.clerk)
        results.enter(entered, note="没有录像", actor=employer.clerk)
    assert [bool(result_confirmations.to_answer(who)) for who in people] == [True, False, False]


def test_a_held_row_waits_and_goes_on_when_it_is_freed(city, employer, people, entered):
    make.all_confirm(entered)
    with transaction():
        assert result_holds.hold(entered, people[:1], reason="名单显示已退休", actor=city.officer) == 1
        assert result_holds.hold(entered, people[:1], reason="名单显示已退休", actor=city.officer) == 0
    with transaction():
        results.release(entered, actor=employer.manager)
    make.credit(entered, city.officer)
    assert [row.technician_id for row in result_holds.waiting(entered)] == people[:1] and entries(people[0]) == 0
    refusal("not_allowed", result_holds.free, entered, people[0], remark="核实", actor=employer.manager)
    with transaction():
        result_holds.free(entered, people[0], remark="核实在岗", actor=city.officer)
    assert entries(people[0]) > 0


def test_nothing_is_settled_by_moving_the_clock_alone(employer, people, entered):
    """A dispute nobody answered does not end by time."""
    raised = dispute(entered, people[0])
    with at(date(2026, 7, 30)):
        result_confirmations.accept_silence()
    assert raised.state == DisputeState.OPEN.value

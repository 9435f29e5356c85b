"""Ranks of a competition on their way to credits: as filed, checked, shown with the reason, corrected (art. 16(2))."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from domain.corrections import Origin, Values
from domain.errors import RuleError
from domain.keyed_results import read
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from models import CreditEntry, ResultReport, ResultRow, db
from services import (
    archive_contents,
    archives,
    cases,
    corrections,
    ledger_checks,
    result_checking,
    result_checks,
    result_confirmations,
    result_content,
    result_disputes,
    result_holds,
    result_keying,
    result_review,
    results,
)
from services.transaction import transaction
from tests.filing_makers import make_form
from tests.services import result_makers as make

pytestmark = pytest.mark.usefixtures("app_context")
assert result_checks
DAY = [date(2026, 6, 9)]


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def city(app_context):
    return make.make_city()


@pytest.fixture
def host(city):
    return make.make_employer("industry_body")


@pytest.fixture
def people(city, host):
    return make.make_people(city, host, 4)


@pytest.fixture
def report(city, host, people) -> ResultReport:
    """Eight hours for everybody; one first prize of ten credits is filed, and two second ones of eight."""
    filing = make_form("F2", host.clerk, city.officer, DAY)
    return make.report_on(city, host, people, filing, hours_tenths=80)


def won(city, host, report, ranks):
    """The clerk enters these ranks, by person."""
    with transaction():
        for person, rank in ranks.items():
            rows = make.rows_for(city, [person], hours_tenths=80, event="焊接", rank=rank)
            result_content.put_rows(report, rows, actor=host.clerk)


def earned(person: int) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(CreditEntry.credits_tenths), 0))
    return db.session.scalar(query.where(CreditEntry.technician_id == person)) or 0


def entry_hours(person: int) -> int:
    query = sa.select(sa.func.sum(CreditEntry.hours_tenths)).where(CreditEntry.technician_id == person)
    return db.session.scalar(query) or 0


def test_a_rank_becomes_credits_with_its_reason(city, host, people, report):
    won(city, host, report, {people[0]: "一等奖", people[1]: "二等奖"})
    make.enter(report, host)
    own = result_confirmations.own_result(report.id, people[0])
    assert own is not None and own.credits_tenths == 100
    assert own.reason.startswith("焊接一等奖，备案的名次学分为 10 学分，多于按学时所得的 8 学分")
    with transaction():
        results.release(report, actor=host.manager)
    shown = {row.technician_id: row for row in result_review.of_report(report).rows}
    assert (shown[people[0]].rank, shown[people[0]].credits_tenths) == ("一等奖", 100)
    make.credit(report, city.other_officer)
    assert [earned(person) for person in people] == [100, 80, 80, 80]
    parts = {part.path: part.data for part in archive_contents.parts(archives.of_filing(report.filing))}
    listed = list(csv.DictReader(io.StringIO(parts["lists/results.csv"].decode("utf-8-sig"))))
    assert sorted((each["比赛项目"], each["名次"], each["学分"]) for each in listed) == [
        ("", "", "8"), ("", "", "8"), ("焊接", "一等奖", "10"), ("焊接", "二等奖", "8"),
    ]  # fmt: skip
    assert entry_hours(people[0]) == 80  # hours are those attended, whatever the rank gives
    assert ledger_checks.verify() == []


def test_more_credits_than_hours_and_rank_give_are_found(city, host, people, report):
    """INV-20: whoever takes the rank out of the rows behind the ledger's back is found."""
    won(city, host, report, {people[0]: "一等奖"})
    make.release(report, host)
    make.credit(report, city.other_officer)
    with transaction():
        db.session.execute(sa.update(ResultRow).values(event="", rank=""))
    assert {problem.check for problem in ledger_checks.verify()} == {"credits_within", "results_unchanged"}


def test_more_winners_than_places_are_not_entered(city, host, people, report):
    won(city, host, report, {people[0]: "一等奖", people[1]: "一等奖"})
    found = next(each for each in result_checking.checked(report) if each.check.key == "ranks")
    assert found.sentence == "焊接一等奖有 2 人，备案只有 1 人"
    with pytest.raises(RuleError, match="备案只有 1 人"):
        make.enter(report, host)


def test_only_filed_ranks_are_stored(city, host, people, report):
    with pytest.raises(RuleError, match="没有名次“特等奖”"):
        won(city, host, report, {people[0]: "特等奖"})
    employer = make.make_employer()
    lesson = make.make_report(city, employer, people[:1])
    with pytest.raises(RuleError, match="没有备案名次学分"), transaction():
        rows = make.rows_for(city, people[:1], event="焊接", rank="一等奖")
        result_content.put_rows(lesson, rows, actor=employer.clerk)


def test_a_rank_is_keyed_with_the_result(city, host, people, report):
    contest = result_content.plan_of(report.filing).contest
    with transaction():
        (seat,) = [each for each in result_keying.seats(report) if each.technician_id == people[0]]
        result_keying.key(report, seat, read("0123 8 95 1等奖", contest), actor=host.clerk)
    row = result_content.row_of(report, people[0])
    assert (row.event, row.rank, row.score_tenths) == ("焊接", "一等奖", 950)
    with transaction():
        (seat,) = [each for each in result_keying.seats(report) if each.technician_id == people[0]]
        assert result_keying.said(report, seat).endswith("合格，焊接一等奖")
        result_keying.key(report, seat, read("0123 不合格", contest), actor=host.clerk)
    row = result_content.row_of(report, people[0])
    assert (row.event, row.rank) == ("", "")


def corrected(report, host, city, person, new):
    with transaction():
        correction = corrections.begin(report, actor=host.clerk)
        corrections.put(correction, person, new, remark="", actor=host.clerk)
        corrections.submit(
            correction, origin=Origin.PERSON, reason=ReversalReason.WRONG_ENTRY, explanation="名次登记错误",
            actor=host.clerk,
        )  # fmt: skip
    with transaction():
        corrections.release(correction, actor=host.manager)
    with transaction():
        cases.act(correction.case, "approve", actor=city.officer, content_sha256=corrections.seal(correction))


def test_a_wrong_rank_is_corrected_with_its_credits(city, host, people, report):
    won(city, host, report, {people[0]: "一等奖"})
    make.release(report, host)
    make.credit(report, city.other_officer)
    passed = Values(hours_tenths=80, score_tenths=900, outcome=Outcome.PASSED)
    first = Values(hours_tenths=80, score_tenths=900, outcome=Outcome.PASSED, event="焊接", rank="一等奖")
    with pytest.raises(RuleError, match="备案只有 1 人"):
        corrected(report, host, city, people[1], first)
    corrected(report, host, city, people[0], passed)
    assert (earned(people[0]), result_content.row_of(report, people[0]).rank) == (80, "")
    corrected(report, host, city, people[1], first)
    assert earned(people[1]) == 100
    assert ledger_checks.verify() == []


def test_an_officer_gives_no_rank_twice(city, host, people, report):
    won(city, host, report, {people[0]: "一等奖"})
    make.release(report, host)
    with transaction():
        result_holds.hold(report, [people[1]], reason="待核实", actor=city.officer)
    row = result_content.row_of(report, people[1])
    values = replace(result_disputes.values_of(row), event="焊接", rank="一等奖")
    with pytest.raises(RuleError, match="备案只有 1 人"), transaction():
        result_disputes.decide(report, people[1], values, remark="核实", actor=city.officer)
    with transaction():
        second = replace(values, rank="二等奖")
        result_disputes.decide(report, people[1], second, remark="核实", actor=city.officer)
    assert result_content.row_of(report, people[1]).rank == "二等奖"


def test_the_level_bounds_the_rank_where_the_results_count(city, host, people, report):
    """INV-20: what a county's rank may give is the policy's figure, also where more had been filed."""
    won(city, host, report, {people[0]: "一等奖"})
    with transaction():
        parts = dict(report.filing.parts)
        parts["competition"] = {**parts["competition"], "level": "COUNTY"}
        parts["competition"]["awards"] = [{"rank": "一等奖", "places": 1, "credits": "40"}]
        report.filing.parts = parts
    row = next(row for row in result_review.of_report(report).rows if row.technician_id == people[0])
    assert row.credits_tenths == 100

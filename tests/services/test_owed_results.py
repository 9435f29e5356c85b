"""Lateness never harms the person (F6): what is still to come is shown with whose turn it is, and judged."""

from datetime import date, timedelta
from fractions import Fraction

import pytest

from domain.corrections import Origin, Values
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.roles import SYSTEM
from models import Case, Technician, db
from services import cases, clock, compliance, corrections, owed_results, proofs, result_content, result_holds, results
from services.transaction import transaction
from tests import no_lottery
from tests.filing_makers import make_officer
from tests.services import result_makers as make

FULL = Values(hours_tenths=160, score_tenths=900, outcome=Outcome.PASSED)


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
def report(city, employer, people):
    return make.make_report(city, employer, people[:2])


def owed(technician_id, year=2026):
    return [(each.credits_of(year), each.at_most, each.turn) for each in owed_results.of_year(technician_id, year)]


def test_nothing_is_owed_to_whoever_took_part_in_nothing(city, people, report):
    assert owed(people[2]) == []


def test_the_turn_is_told_from_the_class_to_the_ledger(city, employer, people, report):
    reviewer = make_officer("330783")
    assert owed(people[0]) == [(160, True, "等待举办单位报送成绩（应在 2026年6月24日 前报送）")]
    make.enter(report, employer)
    assert owed(people[0]) == [(160, False, "举办单位已录入成绩，等待单位审核发布")]
    with transaction():
        results.release(report, actor=employer.manager)
    [(credits, at_most, turn)] = owed(people[0])
    assert (credits, at_most) == (160, False)
    assert turn.startswith("永康市人力社保部门正在审核，承诺在")
    with transaction():
        cases.act(report.case, "return", actor=city.officer, remark="重拍", items=[("evidence", "重拍")])
    assert owed(people[0])[0][2] == "人力社保部门要求举办单位补正材料"
    make.release(report, employer)
    with no_lottery.share(Fraction(1)):
        make.credit(report, city.officer)
    assert owed(people[0])[0][2].startswith("随机抽中复核，东阳市人力社保部门正在复核")
    with transaction():
        cases.act(report.case, "confirm", actor=reviewer)
    assert owed(people[0]) == []


def test_late_results_are_said_to_be_late(city, people, report):
    with clock.at(clock.now() + timedelta(days=30)):
        assert "已超期，人力社保部门会督促" in owed(people[0])[0][2]


def test_who_failed_or_was_absent_is_owed_nothing(city, employer, people, report):
    with transaction():
        result_content.put_rows(report, make.rows_for(city, people[:1], outcome=Outcome.FAILED), actor=employer.clerk)
    make.release(report, employer)
    assert owed(people[0]) == []
    assert len(owed(people[1])) == 1


def test_a_held_row_is_owed_although_the_others_have_theirs(city, employer, people, report):
    make.release(report, employer)
    with transaction():
        result_holds.hold(report, [people[0]], reason="同时段在其他活动", actor=SYSTEM)
    make.credit(report, city.officer)
    assert owed(people[0]) == [(160, True, "成绩暂缓，等待人力社保部门核实")]
    assert owed(people[1]) == []
    with transaction():
        result_holds.free(report, people[0], remark="已核实", actor=city.other_officer)
    assert owed(people[0]) == []


def test_who_is_to_be_added_is_owed_until_it_is_decided(city, employer, people, report):
    make.release(report, employer)
    make.credit(report, city.officer)
    with transaction():
        correction = corrections.begin(report, actor=employer.clerk)
        corrections.put(correction, people[2], FULL, remark="", actor=employer.clerk)
    assert owed(people[2]) == []  # the clerk's own draft
    with transaction():
        corrections.submit(
            correction,
            origin=Origin.PERSON,
            reason=ReversalReason.WRONG_ENTRY,
            explanation="漏报",
            actor=employer.clerk,
        )
    assert owed(people[2]) == [(160, True, "成绩更正正在办理")]
    with transaction():
        corrections.release(correction, actor=employer.manager)
    with transaction():
        cases.act(db.session.get_one(Case, correction.case_id), "refuse", actor=city.other_officer, remark="不符",
                  content_sha256=corrections.seal(correction))  # fmt: skip
    assert owed(people[2]) == []


def test_a_refused_report_owes_nothing(city, employer, people, report):
    make.release(report, employer)
    with transaction():
        cases.act(report.case, "refuse", actor=city.officer, remark="没有举办")
    assert owed(people[0]) == []


def test_a_year_is_said_to_close_where_what_is_owed_closes_it(city, people, report, monkeypatch):
    """Sixteen credits with floors of sixteen; the real floors ask sixty."""
    judged, floors = compliance.standing, []

    def standing(technician_id, year, **changes):
        found = judged(technician_id, year, **changes)
        object.__setattr__(found.evaluation, "obliged", True)
        object.__setattr__(found.evaluation, "compliant", found.evaluation.total >= floors[-1])
        return found

    monkeypatch.setattr(compliance, "standing", standing)
    for floor, closes in ((16, True), (17, False)):
        floors.append(floor)
        seen = owed_results.outlook(people[0], compliance.standing(people[0], 2026))
        assert (seen.credits_tenths, seen.closes, len(seen.owed)) == (160, closes, 1)
    assert owed_results.years(people[0]) == [2026]


def test_what_is_owed_changes_neither_the_ledger_nor_the_year(city, people, report):
    before = compliance.standing(people[0], 2026).evaluation
    owed_results.outlook(people[0], compliance.standing(people[0], 2026))
    after = compliance.standing(people[0], 2026).evaluation
    assert before == after and after.total == 0


def test_a_proof_says_which_credits_came_after_the_year_was_closed(city, employer, people):
    """P-09; the class was in 2025, the credits come in June 2026."""
    report = make.make_report(city, employer, people[:1], days=(date(2025, 12, 8), date(2025, 12, 9)))
    make.release(report, employer)
    make.credit(report, city.officer, remark="单位漏报，签到表齐全")
    with transaction():
        proof, _ = proofs.request(db.session.get_one(Technician, people[0]), 2025, actor=SYSTEM)
    assert proof.facts.count("关账后补录") == 2

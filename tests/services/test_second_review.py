"""The second review by lottery (P-15): the draw follows the decision, its seed is public, and nothing counts before."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import func, select, update

from domain import lottery, result_check_rules
from domain.errors import NotAllowed, RuleError, WrongState
from domain.lottery import Ticket
from domain.roles import CITY, SYSTEM, Role
from domain.workflows import WORKFLOWS, CaseKind
from models import Account, Case, CaseStep, CreditEntry, LotteryDay, LotteryDraw, Notice, ResultReport, Technician, db
from services import cases, clock, ledger_checks, policies, proofs, reminders, result_review, result_risk, second_review
from services.transaction import transaction
from tests import no_lottery
from tests.filing_makers import make_account, make_officer
from tests.services import result_makers as make

OTHER = "330783"
_RESULTS = WORKFLOWS[CaseKind.RESULT_REPORT]


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
def reviewer(city):
    """An officer of another county."""
    return make_officer(OTHER)


@pytest.fixture
def report(city, employer):
    made = make.make_report(city, employer, make.make_people(city, employer, 2))
    make.release(made, employer)
    return made


def drawn(report, officer):
    with no_lottery.share(Fraction(1)):
        make.credit(report, officer)
    return db.session.get_one(Case, report.case_id)


def act(case, action, actor, **inputs):
    with transaction():
        cases.act(db.session.get_one(Case, case.id), action, actor=actor, **inputs)


def entries():
    return db.session.scalar(select(func.count()).select_from(CreditEntry))


# --- The way through --------------------------------------------------------------------------------------------------


def test_who_is_not_drawn_is_posted_at_once(city, report):
    make.credit(report, city.officer)
    steps = [step.action for step in report.case.steps]
    assert steps == ["enter", "release", "credit", "post"]
    assert (report.case.state, entries()) == ("credited", 4)
    draw = db.session.scalars(select(LotteryDraw)).one()
    assert (draw.drawn, draw.region_code, draw.round) == (False, None, 1)
    # The officer who decided posted the credits, and not the program.
    assert set(db.session.scalars(select(CreditEntry.posted_by_id))) == {city.officer.account_id}
    assert ledger_checks.verify() == []


def test_who_is_drawn_waits_for_another_county(city, employer, report, reviewer):
    case = drawn(report, city.officer)
    assert (case.state, case.second_region_code, entries()) == ("second_review", OTHER, 0)
    assert case.due_on is not None
    assert ledger_checks.verify() == []
    act(case, "confirm", reviewer)
    assert (case.state, case.due_on, entries()) == ("credited", None, 4)
    assert set(db.session.scalars(select(CreditEntry.posted_by_id))) == {reviewer.account_id}
    assert report.filing.case.state == "completed"
    assert ledger_checks.verify() == []


def test_nothing_of_a_drawn_batch_is_in_a_proof_before(city, employer, reviewer, report):
    person = report.rows[0].technician_id
    case = drawn(report, city.officer)
    with pytest.raises(RuleError, match="还没有学分记录"), transaction():
        proofs.request(db.session.get_one(Technician, person), 2026, actor=SYSTEM)
    act(case, "confirm", reviewer)
    with transaction():
        proof, _ = proofs.request(db.session.get_one(Technician, person), 2026, actor=SYSTEM)
    assert "数控加工新工艺企业内训" in proof.facts


def test_an_overturned_decision_goes_back_with_the_reason_and_is_drawn_again(city, employer, report, reviewer):
    case = drawn(report, city.officer)
    with pytest.raises(RuleError, match="理由"):
        act(case, "overturn", reviewer)
    act(case, "overturn", reviewer, remark="照片与课次不符")
    assert (case.state, entries()) == ("released", 0)
    # No share of the policy: whoever was overturned is looked at again (P-15).
    with no_lottery.drawing():
        make.credit(report, city.officer)
    assert case.state == "second_review"
    assert [draw.round for draw in db.session.scalars(select(LotteryDraw).order_by(LotteryDraw.round))] == [1, 2]
    # The only officer of the other county has had a part in it by now, so the city looks at it.
    act(case, "confirm", city.city_officer)
    assert (case.state, entries()) == ("credited", 4)
    assert ledger_checks.verify() == []


def test_a_county_without_others_is_looked_at_by_the_city_else_by_another_officer(city, report):
    assert drawn(report, city.officer).second_region_code == CITY
    act(report.case, "confirm", city.city_officer)
    assert report.case.state == "credited"


def test_with_nobody_else_a_second_officer_of_the_county_decides(app):
    with app.app_context():
        one, two = make_officer(), make_officer()
        city = make.City(officer=one, other_officer=two, city_officer=two)
        employer = make.make_employer()
        report = make.make_report(city, employer, make.make_people(city, employer, 1))
        make.release(report, employer)
        case = drawn(report, one)
        assert case.second_region_code == case.region_code
        with pytest.raises(NotAllowed, match="另一人"):
            act(case, "confirm", one)
        act(case, "confirm", two)
        assert case.state == "credited"


def test_a_county_whose_only_officer_took_part_is_no_candidate(city, employer, report, reviewer):
    """The same natural person under an account of another county is not another pair of eyes (P-14)."""
    twin = replace(make_account(Role.COUNTY_OFFICER, region_code="330782"), person_key=city.officer.person_key)
    with transaction():
        db.session.get_one(Account, twin.account_id).person_key = city.officer.person_key
    case = drawn(report, city.officer)
    assert db.session.scalars(select(LotteryDraw.candidates)).one() == [OTHER]
    with transaction():
        db.session.execute(update(Case).where(Case.id == case.id).values(second_region_code="330782"))
    with pytest.raises(NotAllowed, match="另一人"):
        act(case, "confirm", twin)


def test_a_year_that_is_closed_needs_a_reason_and_a_second_officer(city, employer, reviewer):
    """P-09: the organiser was late; the officer says why, and another county looks at it in any case."""
    people = make.make_people(city, employer, 1)
    report = make.make_report(city, employer, people, days=(date(2025, 12, 8), date(2025, 12, 9)))
    make.release(report, employer)
    with no_lottery.drawing():
        with pytest.raises(RuleError) as refused:
            make.credit(report, city.officer)
        assert refused.value.code == "closed_year"
        make.credit(report, city.officer, remark="单位漏报，签到表齐全")
    assert report.case.state == "second_review"
    act(report.case, "confirm", reviewer)
    assert entries() == 2


# --- Who may do what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state.name for state in _RESULTS.states])
def test_every_action_of_every_state_is_either_in_the_table_or_refused(city, employer, report, reviewer, state):
    """As everybody in turn: what is done is what the table says, and only by whom it says."""
    actors = {
        "clerk": employer.clerk, "manager": employer.manager, "officer": city.officer, "other": city.other_officer,
        "reviewer": reviewer, "city": city.city_officer, "stranger": make_officer("330782"),
    }  # fmt: skip
    case_id = report.case_id
    for action in sorted({move.action for move in _RESULTS.transitions}):
        for name, actor in actors.items():
            with transaction():
                db.session.execute(
                    update(Case).where(Case.id == case_id).values(state=state, second_region_code=OTHER, version=7)
                )
            case = db.session.get_one(Case, case_id)
            move = _RESULTS.find(action, state)
            try:
                with transaction():
                    cases.act(db.session.get_one(Case, case_id), action, actor=actor, remark="理由")
                    done = db.session.get_one(Case, case_id).state
                    raise ZeroDivisionError
            except ZeroDivisionError:
                assert move is not None and actor.can(move.permission), (state, action, name)
                assert done in (move.to_state, "credited"), (state, action, name)
                desk = {"second_review": {"reviewer"}}.get(state, {"officer", "other"})
                assert name in (desk if actor.region_code else {"clerk", "manager"}), (state, action, name)
            except RuleError as refusal:
                if isinstance(refusal, WrongState):
                    assert move is None, (state, action, name)
            db.session.rollback()
            assert case.version == 7


def test_a_drawn_case_is_known_to_both_counties_and_to_no_third(city, report, reviewer):
    case, third = drawn(report, city.officer), make_officer("330782")
    assert cases.find(case.id, seen_by=reviewer) is not None
    assert cases.find(case.id, seen_by=city.officer) is not None
    assert cases.find(case.id, seen_by=third) is None
    waits = {name: list(db.session.scalars(cases.waiting_for(actor))) for name, actor in
             {"reviewer": reviewer, "own": city.other_officer, "third": third}.items()}  # fmt: skip
    assert [each.id for each in waits["reviewer"]] == [case.id]
    assert waits["own"] == waits["third"] == []
    assert "抽中复核" in (cases.obstacle(case, city.other_officer) or "")
    assert {move.action for move in cases.actions(case, reviewer)} == {"confirm", "overturn"}
    for other in (city.officer, city.other_officer, city.city_officer, third):
        assert cases.actions(case, other) == []
        for action in ("confirm", "overturn"):
            with pytest.raises(NotAllowed):
                act(case, action, other, remark="理由")
    # The activity itself stays the county's own.
    assert cases.find(report.filing.case_id, seen_by=reviewer) is None


def test_the_second_county_is_told_and_reminded(city, report, reviewer):
    case = drawn(report, city.officer)
    told = db.session.scalars(select(Notice.title).where(Notice.membership_id == reviewer.membership_id)).all()
    assert any("抽中复核" in title for title in told)
    with clock.at(clock.now() + timedelta(days=12)):
        reminders.send_due()
    told = db.session.scalars(select(Notice.title).where(Notice.membership_id == reviewer.membership_id)).all()
    assert any("抓紧办理" in title for title in told), told
    assert case.state == "second_review"


# --- Seeds ------------------------------------------------------------------------------------------------------------


def test_hashes_are_public_before_the_day_and_seeds_after_it(city):
    second_review.keep_seeds()
    today = clock.today()
    ahead = second_review.days()
    assert [day.on for day in ahead] == [today + timedelta(days=n) for n in range(7, 0, -1)]
    assert all(day.in_time and day.seed is None for day in ahead)
    with clock.at(clock.now() + timedelta(days=2)):
        second_review.keep_seeds()
        later = {day.on: day for day in second_review.days()}
    revealed = later[today + timedelta(days=1)]
    assert revealed.seed is not None
    assert lottery.commitment_of(bytes.fromhex(revealed.seed)) == revealed.commitment
    assert later[today + timedelta(days=2)].seed is None
    # What was published stays what it was.
    assert {day.on: day.commitment for day in ahead}.items() <= {
        on: day.commitment for on, day in later.items()
    }.items()


def test_looking_again_changes_nothing(city):
    second_review.keep_seeds()
    before = db.session.scalars(select(LotteryDay.commitment).order_by(LotteryDay.on)).all()
    second_review.keep_seeds()
    db.session.rollback()
    assert db.session.scalars(select(LotteryDay.commitment).order_by(LotteryDay.on)).all() == before


def test_the_public_sees_what_was_drawn_once_the_day_is_over(city, employer, report, reviewer):
    case = drawn(report, city.officer)
    today = clock.today()
    assert {day.on: day.draws for day in second_review.days()}[today] == []
    with clock.at(clock.now() + timedelta(days=1)):
        second_review.keep_seeds()
        day = next(day for day in second_review.days() if day.on == today)
    draw = day.draws[0]
    ticket = Ticket(case_id=case.id, round=1)
    assert lottery.is_drawn(bytes.fromhex(day.seed or ""), ticket, Fraction(draw.share))
    assert lottery.region_for(bytes.fromhex(day.seed or ""), ticket, draw.candidates) == OTHER
    # Made on the day itself, as nobody had looked after the seeds: that stays to be seen.
    assert not day.in_time


def test_a_day_is_drawn_again_and_what_was_changed_is_found(city, report):
    today = clock.today()
    with clock.at(clock.now() - timedelta(days=3)), transaction():
        second_review.commit_days([today])
    make.credit(report, city.officer)
    assert second_review.recount(today) == second_review.Recount(draws=1, drawn=0, wrong=[])
    with transaction():
        second_review.commit_days([today], lambda day: b"x" * 32)
    assert second_review.recount(today).wrong == []
    with transaction():
        db.session.execute(update(LotteryDay).values(commitment="0" * 64))
    assert "not the one" in second_review.recount(today).wrong[0]


def test_a_share_is_by_risk(city, report):
    shares = {}
    for level in ("low", "medium", "high"):
        with transaction():
            report.risk_level = level
        with no_lottery.drawing():
            shares[level] = second_review.share_of(report)
    assert shares == {"low": Fraction(1, 20), "medium": Fraction(1, 5), "high": Fraction(1, 2)}


def test_what_is_credited_without_a_draw_is_found(city, report):
    make.credit(report, city.officer)
    case = report.case
    with transaction():
        db.session.add(
            LotteryDraw(case_id=case.id, round=2, on=clock.today(), share="1", drawn=True, candidates=[OTHER],
                        region_code=OTHER, drawn_at=clock.now())
        )  # fmt: skip
    found = [problem for problem in ledger_checks.verify() if problem.check == "drawn_are_reviewed"]
    assert len(found) == 1 and "without it" in found[0].found


# --- Risk -------------------------------------------------------------------------------------------------------------


def test_each_point_of_the_risk_names_its_reason(city, employer, report):
    risk = result_risk.of_report(report)
    assert (report.risk_level, report.risk_points) == (risk.level.value, risk.points)
    assert report.risk_points == sum(points for _, points in report.risk_reasons)
    assert any("首次报送" in reason for reason, _ in report.risk_reasons)


def test_the_past_of_an_organiser_counts(city, employer, report):
    with transaction():
        cases.act(report.case, "return", actor=city.officer, remark="照片不清", items=[("evidence", "重拍")])
    make.release(report, employer)
    make.credit(report, city.officer)
    another = make.make_report(
        city,
        employer,
        make.make_people(city, employer, 1),
        days=(date(2026, 6, 10), date(2026, 6, 11)),
        title="另一个班",
    )
    make.release(another, employer)
    assert any("1 次退回补正" in reason for reason, _ in another.risk_reasons)
    assert not any("首次报送" in reason for reason, _ in another.risk_reasons)


def test_the_policy_says_how_heavy_a_doubt_is(city):
    policy = policies.active_policy()
    assert policy.value("risk.points.serious") > policy.value("risk.points.finding") > policy.value("risk.points.minor")
    assert db.session.scalar(select(func.count()).select_from(ResultReport)) == 0
    assert db.session.scalar(select(func.count()).select_from(CaseStep)) == 0


def test_every_weight_is_given_to_a_check_that_exists():
    """Risk goes by the keys of the checks: words on the screen may change."""
    keys = {*result_check_rules.BY_KEY, result_review.EVIDENCE, result_review.OWN_RESULT}
    assert set(result_risk.SERIOUS) | set(result_risk.MINOR) <= keys
    assert not set(result_risk.SERIOUS) & set(result_risk.MINOR)

"""Corrections of credited results (F7): by request only, reversal and new entry in pairs, persons told old and new."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from domain.corrections import Change, Origin, Values
from domain.errors import NotAllowed, RuleError, WrongState
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.roles import SYSTEM, Role
from domain.workflows import WORKFLOWS, CaseKind
from models import (
    Account,
    Attendance,
    Case,
    CaseSnapshot,
    CorrectionRow,
    CreditEntry,
    IdentityKey,
    Notice,
    Proof,
    ResultRow,
    Technician,
    db,
)
from services import (
    cases,
    compliance,
    correction_posting,
    corrections,
    ledger,
    ledger_checks,
    proofs,
    result_checks,
    result_content,
    result_holds,
    result_versions,
)
from services.transaction import transaction
from tests.filing_makers import make_account, make_officer
from tests.services import result_makers as make
from tests.services.result_makers import picture

assert result_checks
LESS = Values(hours_tenths=120, score_tenths=900, outcome=Outcome.PASSED)
FULL = Values(hours_tenths=160, score_tenths=900, outcome=Outcome.PASSED)
FAILED = Values(hours_tenths=160, score_tenths=400, outcome=Outcome.FAILED)
_WORKFLOW = WORKFLOWS[CaseKind.RESULT_CORRECTION]


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
    return make.make_people(city, employer, 4)


@pytest.fixture
def report(city, employer, people):
    """Credited: three persons with sixteen credits each; the fourth was forgotten."""
    made = make.make_report(city, employer, people[:3])
    make.release(made, employer)
    make.credit(made, city.officer)
    return made


def ask(report, employer, rows, *, submit=True):
    """A request of the organiser's clerk for these persons."""
    with transaction():
        correction = corrections.begin(report, actor=employer.clerk)
        for technician_id, new in rows:
            corrections.put(correction, technician_id, new, remark="", actor=employer.clerk)
    if submit:
        with transaction():
            corrections.submit(
                correction, origin=Origin.PERSON, reason=ReversalReason.WRONG_ENTRY, explanation="签到表漏看一页",
                actor=employer.clerk,
            )  # fmt: skip
    return correction


def released(report, employer, rows):
    correction = ask(report, employer, rows)
    with transaction():
        corrections.release(correction, actor=employer.manager)
    return correction


def decide(correction, action, officer, **inputs):
    with transaction():
        cases.act(
            db.session.get_one(Case, correction.case_id), action, actor=officer,
            content_sha256=corrections.seal(correction), **inputs,
        )  # fmt: skip


def correct(report, employer, city, rows):
    correction = released(report, employer, rows)
    decide(correction, "approve", city.other_officer)
    return correction


def earned(technician_id):
    query = select(func.coalesce(func.sum(CreditEntry.credits_tenths), 0))
    return db.session.scalar(query.where(CreditEntry.technician_id == technician_id))


def kinds(technician_id):
    return [entry.kind for entry in ledger.entries_of(technician_id)]


# --- What it does -----------------------------------------------------------------------------------------------------


def test_fewer_hours_are_a_reversal_and_a_new_entry(city, employer, people, report):
    before = {each: earned(each) for each in people}
    correct(report, employer, city, [(people[0], LESS)])
    assert (earned(people[0]), earned(people[1]), earned(people[2])) == (120, before[people[1]], before[people[2]])
    assert sorted(kinds(people[0])) == ["award"] * 4 + ["reversal"] * 2
    assert kinds(people[1]) == ["award"] * 2
    assert result_content.row_of(report, people[0]).hours_tenths == 120
    assert report.case.state == "credited"
    assert ledger_checks.verify() == []


def test_a_missed_person_gets_the_credits(city, employer, people, report):
    assert earned(people[3]) == 0
    correct(report, employer, city, [(people[3], FULL)])
    assert (earned(people[3]), kinds(people[3])) == (160, ["award"] * 2)
    assert result_content.row_of(report, people[3]).position == 4
    assert ledger_checks.verify() == []


def test_whoever_was_not_there_is_taken_out(city, employer, people, report):
    correct(report, employer, city, [(people[0], None)])
    assert earned(people[0]) == 0
    assert result_content.row_of(report, people[0]) is None
    assert ledger_checks.verify() == []


def test_whoever_failed_earns_nothing_and_may_be_corrected_back(city, employer, people, report):
    correct(report, employer, city, [(people[0], FAILED)])
    assert earned(people[0]) == 0
    # By the officer who posted neither the first nor the last of it.
    again = released(report, employer, [(people[0], FULL)])
    third = make_officer()
    decide(again, "approve", third)
    assert earned(people[0]) == 160
    assert ledger_checks.verify() == []


def test_a_score_alone_leaves_the_ledger_as_it_is(city, employer, people, report):
    correct(report, employer, city, [(people[0], Values(hours_tenths=160, score_tenths=700, outcome=Outcome.PASSED))])
    assert kinds(people[0]) == ["award"] * 2
    assert result_content.row_of(report, people[0]).score_tenths == 700
    assert ledger_checks.verify() == []


def test_the_person_is_told_the_old_and_the_new(city, employer, people, report):
    own = make_account(Role.TECHNICIAN, technician_id=people[0])
    correct(report, employer, city, [(people[0], LESS)])
    told = db.session.scalars(select(Notice).where(Notice.membership_id == own.membership_id)).all()
    assert [notice.title for notice in told] == ["成绩更正通知"]
    assert "16 学时，成绩 90 分，计 16 学分" in told[0].body and "12 学时，成绩 90 分，计 12 学分" in told[0].body
    assert "60 日内" in told[0].body


def test_proofs_that_used_the_credits_are_replaced_and_others_not(city, employer, people, report):
    for each in people[:2]:
        with transaction():
            proofs.request(db.session.get_one(Technician, each), 2026, actor=SYSTEM)
    with transaction():
        for proof in db.session.scalars(select(Proof)):
            proof.state = "valid"
    correct(report, employer, city, [(people[0], LESS)])
    states = {person: state for person, state in db.session.execute(select(Proof.technician_id, Proof.state))}
    assert states == {people[0]: "superseded", people[1]: "valid"}


def test_what_was_before_stays_readable(city, employer, people, report):
    correct(report, employer, city, [(people[0], LESS)])
    newest, first = result_versions.of_report(report)
    assert (newest.said, first.said) == ("更正", "报送")
    assert [change.label for change in newest.changes] == [result_content.row_of(report, people[0]).name]
    assert "16 学时" in newest.changes[0].before and "12 学时" in newest.changes[0].after
    assert newest.sha256 == result_content.seal(report)
    assert db.session.scalar(select(func.count()).select_from(CaseSnapshot)) >= 3


def test_rows_changed_behind_a_correction_are_found(city, employer, people, report):
    correct(report, employer, city, [(people[0], LESS)])
    with transaction():
        result_content.row_of(report, people[1]).score_tenths = 1
    assert [problem.check for problem in ledger_checks.verify()] == ["results_unchanged"]


# --- Before the decision ----------------------------------------------------------------------------------------------


def test_the_officer_sees_what_would_change(city, employer, people, report):
    with transaction():
        proof, _ = proofs.request(db.session.get_one(Technician, people[0]), 2026, actor=SYSTEM)
    correction = released(report, employer, [(people[0], None), (people[3], FULL)])
    seen = correction_posting.impact(correction)
    assert [(each.change, each.old_credits, each.new_credits) for each in seen.persons] == [
        (Change.REMOVE, 160, 0),
        (Change.ADD, 0, 160),
    ]
    assert (seen.credits_taken, seen.credits_given) == (160, 160)
    assert seen.proofs == [proof.number]
    assert not seen.stale and seen.content_sha256 == corrections.seal(correction)
    # Looking changes nothing.
    assert (earned(people[0]), earned(people[3])) == (160, 0)


def test_a_year_that_falls_short_is_named(city, employer, people, report, monkeypatch):
    """With a policy whose floors these sixteen credits meet."""
    judged = correction_posting.compliance.standing

    def standing(technician_id, year, **changes):
        found = judged(technician_id, year, **changes)
        object.__setattr__(found.evaluation, "obliged", True)
        object.__setattr__(found.evaluation, "compliant", found.evaluation.total >= 16)
        return found

    monkeypatch.setattr(correction_posting.compliance, "standing", standing)
    seen = correction_posting.impact(released(report, employer, [(people[0], LESS)]))
    assert seen.falling_short == 1
    assert seen.persons[0].years[0].falls_short


# --- What is refused --------------------------------------------------------------------------------------------------


def test_nothing_is_corrected_before_it_is_credited(city, employer, people):
    report = make.make_report(city, employer, people[:1])
    with pytest.raises(WrongState), transaction():
        corrections.begin(report, actor=employer.clerk)


def test_a_stranger_asks_for_nothing(city, employer, people, report):
    stranger = make.make_employer()
    with pytest.raises(NotAllowed), transaction():
        corrections.begin(report, actor=stranger.clerk)
    with pytest.raises(NotAllowed), transaction():
        corrections.begin(report, actor=employer.manager)
    correction = ask(report, employer, [(people[0], LESS)])
    assert corrections.find(correction.id, seen_by=stranger.clerk) is None


def test_there_is_one_correction_at_a_time(city, employer, people, report):
    first = ask(report, employer, [(people[0], LESS)], submit=False)
    with transaction():
        assert corrections.begin(report, actor=employer.clerk).id == first.id
    with pytest.raises(RuleError, match="正在办理"), transaction():
        corrections.propose(
            report, [(people[1], LESS)], reason=ReversalReason.FRAUD, explanation="代签", actor=city.officer
        )


def test_the_same_row_is_no_correction(city, employer, people, report):
    with pytest.raises(RuleError, match="完全相同"):
        ask(report, employer, [(people[0], FULL)])
    with pytest.raises(RuleError, match="完全相同"):
        ask(report, employer, [(people[3], None)])


def test_an_empty_request_and_one_without_reason_are_refused(city, employer, people, report):
    correction = ask(report, employer, [], submit=False)
    with pytest.raises(RuleError, match="还没有要更正的人员"), transaction():
        corrections.submit(
            correction,
            origin=Origin.PERSON,
            reason=ReversalReason.WRONG_ENTRY,
            explanation="有误",
            actor=employer.clerk,
        )
    with pytest.raises(RuleError, match="更正原因"), transaction():
        corrections.submit(
            correction, origin=Origin.PERSON, reason=ReversalReason.FRAUD, explanation="有误", actor=employer.clerk
        )


def test_the_clerk_does_not_release_and_who_credited_does_not_decide(city, employer, people, report):
    correction = ask(report, employer, [(people[0], LESS)])
    with pytest.raises(NotAllowed), transaction():
        corrections.release(correction, actor=employer.clerk)
    with transaction():
        corrections.release(correction, actor=employer.manager)
    assert "另一人" in correction_posting.conflict(correction, city.officer)
    assert correction_posting.conflict(correction, city.other_officer) is None
    with pytest.raises(NotAllowed, match="另一人"):
        decide(correction, "approve", city.officer)
    with pytest.raises(NotAllowed):
        decide(correction, "approve", make_officer("330783"))
    assert earned(people[0]) == 160


def test_who_proposes_does_not_decide(city, employer, people, report):
    with transaction():
        correction = corrections.propose(
            report, [(people[0], None)], reason=ReversalReason.FRAUD, explanation="由他人代签", actor=city.other_officer
        )
    with pytest.raises(NotAllowed, match="另一人"):
        decide(correction, "approve", city.other_officer)
    # The organiser sees it and cannot take it back.
    assert corrections.find(correction.id, seen_by=employer.clerk) is not None
    with pytest.raises(NotAllowed, match="不能撤回"), transaction():
        cases.act(correction.case, "withdraw", actor=employer.clerk)
    decide(correction, "approve", make_officer())
    assert earned(people[0]) == 0
    assert ledger_checks.verify() == []


def test_nobody_decides_on_the_own_row(city, employer, people, report):
    own = make_officer()
    with transaction():
        key = db.session.scalars(select(IdentityKey.blind_index).where(IdentityKey.technician_id == people[3])).one()
        db.session.get_one(Account, own.account_id).person_key = key
    own = replace(own, person_key=key)
    correction = released(report, employer, [(people[3], FULL)])
    assert "本人" in correction_posting.conflict(correction, own)
    with pytest.raises(NotAllowed, match="回避"):
        decide(correction, "approve", own)


def test_a_refusal_needs_a_reason_and_changes_nothing(city, employer, people, report):
    correction = released(report, employer, [(people[0], LESS)])
    with pytest.raises(RuleError, match="理由"):
        decide(correction, "refuse", city.other_officer)
    decide(correction, "refuse", city.other_officer, remark="签到表与申请不符")
    assert (correction.case.state, earned(people[0]), kinds(people[0])) == ("refused", 160, ["award"] * 2)
    assert ledger_checks.verify() == []


def test_a_request_that_was_changed_after_its_release_is_refused(city, employer, people, report):
    correction = released(report, employer, [(people[0], LESS)])
    with transaction():
        db.session.get_one(CorrectionRow, (correction.id, people[0])).new_hours_tenths = 10
    with pytest.raises(RuleError) as refused:
        decide(correction, "approve", city.other_officer)
    assert refused.value.code == "content_changed"


def test_a_request_for_results_that_have_changed_since_is_refused(city, employer, people, report):
    correction = released(report, employer, [(people[0], LESS)])
    with transaction():
        result_content.row_of(report, people[1]).remark = "改过"
    assert correction_posting.impact(correction).stale
    with pytest.raises(RuleError) as refused:
        decide(correction, "approve", city.other_officer)
    assert refused.value.code == "content_changed"
    assert earned(people[0]) == 160


def test_more_hours_than_were_filed_are_refused(city, employer, people, report):
    with pytest.raises(RuleError, match="不能超过备案"):
        ask(report, employer, [(people[0], Values(hours_tenths=170, score_tenths=900, outcome=Outcome.PASSED))])


def test_a_held_row_gives_nothing_until_it_is_free(city, employer, people):
    report = make.make_report(city, employer, people[:2])
    make.release(report, employer)
    with transaction():
        result_holds.hold(report, [people[0]], reason="待核实", actor=SYSTEM)
    make.credit(report, city.officer)
    assert (earned(people[0]), earned(people[1])) == (0, 160)
    correct(report, employer, city, [(people[0], LESS)])
    assert earned(people[0]) == 0
    with transaction():
        result_holds.free(report, people[0], remark="已核实", actor=city.other_officer)
    assert earned(people[0]) == 120
    assert ledger_checks.verify() == []


def test_who_is_added_and_was_elsewhere_at_the_time_waits(city, employer, people, report):
    """P-05 holds for what a correction adds, and who is taken out stands in nobody's way any more."""
    base = make.make_employer(capacity="training_base")
    elsewhere = make.make_report(city, base, [people[3]], title="同一时段的培训班")
    make.release(elsewhere, base)
    make.credit(elsewhere, city.officer)
    assert earned(people[3]) == 160
    correct(report, employer, city, [(people[3], FULL)])
    assert result_content.row_of(report, people[3]).standing == "held"
    assert earned(people[3]) == 160
    correct(elsewhere, base, city, [(people[3], None)])
    assert earned(people[3]) == 0
    counted = select(func.count()).where(Attendance.technician_id == people[3], Attendance.standing == "counted")
    assert db.session.scalar(counted) == 0
    assert ledger_checks.verify() == []


def test_a_closed_year_needs_a_reason(city, employer, people):
    report = make.make_report(city, employer, people[:1], days=(date(2025, 12, 8), date(2025, 12, 9)))
    make.release(report, employer)
    make.credit(report, city.officer, remark="单位漏报")
    correction = released(report, employer, [(people[0], LESS)])
    with pytest.raises(RuleError) as refused:
        decide(correction, "approve", city.other_officer)
    assert refused.value.code == "closed_year"
    decide(correction, "approve", city.other_officer, remark="签到表为证")
    assert earned(people[0]) == 120


# --- A whole activity -------------------------------------------------------------------------------------------------


def test_two_officers_take_back_a_whole_activity(city, employer, people, report):
    rows = [(each, None) for each in result_content.stored_rows(report)]
    with transaction():
        correction = corrections.propose(
            report, rows, reason=ReversalReason.VOID_ACTIVITY, explanation="查实没有举办", actor=city.other_officer
        )
    seen = correction_posting.impact(correction)
    assert (len(seen.persons), seen.credits_taken, seen.credits_given) == (3, 480, 0)
    decide(correction, "approve", make_officer())
    assert [earned(each) for each in people] == [0, 0, 0, 0]
    assert db.session.scalar(select(func.count()).select_from(ResultRow)) == 0
    assert ledger_checks.verify() == []


def test_the_standing_follows(city, employer, people, report):
    correct(report, employer, city, [(people[0], LESS)])
    assert compliance.standing(people[0], 2026).evaluation.total == 12


# --- Every pair of state and action -----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [state.name for state in _WORKFLOW.states])
def test_every_action_of_every_state_is_in_the_table_or_refused(city, employer, people, report, state):
    correction = released(report, employer, [(people[0], LESS)])
    actors = {
        "clerk": employer.clerk, "manager": employer.manager, "officer": city.other_officer,
        "stranger": make_officer("330783"),
    }  # fmt: skip
    for action in sorted({move.action for move in _WORKFLOW.transitions}):
        for name, actor in actors.items():
            with transaction():
                db.session.get_one(Case, correction.case_id).state = state
            move = _WORKFLOW.find(action, state)
            done = None
            try:
                with transaction():
                    cases.act(db.session.get_one(Case, correction.case_id), action, actor=actor, remark="理由",
                              content_sha256=corrections.seal(correction))  # fmt: skip
                    done = db.session.get_one(Case, correction.case_id).state
                    raise ZeroDivisionError
            except ZeroDivisionError:
                assert move is not None and done == move.to_state and actor.can(move.permission), (state, action, name)
                assert name != "stranger"
            except RuleError as refusal:
                assert not isinstance(refusal, WrongState) or move is None, (state, action, name)
            db.session.rollback()


def test_papers_go_with_the_request(city, employer, people, report):
    correction = ask(report, employer, [(people[0], LESS)], submit=False)
    with transaction():
        corrections.attach(correction, picture(77), "签到表.jpg", actor=employer.clerk)
    assert [paper.label for paper in corrections.papers(correction)] == ["签到表.jpg"]
    with pytest.raises(RuleError, match="已经上传过"), transaction():
        corrections.attach(correction, picture(77), "又一次.jpg", actor=employer.clerk)

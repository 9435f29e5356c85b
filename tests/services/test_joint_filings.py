"""Joint filings: the partner sees the whole and nothing else, and agrees to exactly what it saw."""

from datetime import timedelta

import pytest

from domain.errors import NotAllowed, RuleError
from domain.filing_content import content_sha256
from domain.roles import Actor, Role
from models import ActivityFiling, Notice, db
from services import (
    activity_changes,
    case_history,
    cases,
    clock,
    filing_review,
    filing_tables,
    filings,
    joint_filings,
)
from services.calendar import working_calendar
from services.transaction import transaction
from tests.filing_makers import (
    at,
    fill,
    joint_words,
    make_account,
    make_asked,
    make_draft,
    make_officer,
    make_organizer,
    make_proposal,
    send_back,
    shown_sha256,
    words,
)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def clerk(app_context: None) -> Actor:
    return make_organizer()


@pytest.fixture
def base(app_context: None) -> Actor:
    return make_organizer("training_base")


def confirm(filing: ActivityFiling, base: Actor) -> None:
    with transaction():
        joint_filings.confirm(filing, seen_sha256=shown_sha256(filing), actor=base)


def told(actor: Actor) -> list[str]:
    return [notice.title for notice in db.session.query(Notice).filter_by(membership_id=actor.membership_id)]


def test_the_bureau_has_it_only_after_the_partner(clerk: Actor, base: Actor) -> None:
    officer = make_officer()
    filing = make_asked(clerk, base)
    assert (filing.case.state, filing.case.number, filing.case.submitted_at) == ("co_confirm", None, None)
    assert cases.find(filing.case_id, seen_by=officer) is None
    assert filing.case.due_on == working_calendar().add_working_days(clock.today(), 3)
    assert [case.id for case in db.session.scalars(cases.waiting_for(base))] == [filing.case_id]
    assert list(db.session.scalars(cases.waiting_for(clerk))) == []
    assert any("提交协办单位确认" in title for title in told(base))
    confirm(filing, base)
    assert filing.case.state == "submitted" and filing.case.number
    assert filing.case.due_on == working_calendar().add_working_days(clock.today(), 5)
    assert cases.find(filing.case_id, seen_by=officer) is not None
    assert list(db.session.scalars(cases.waiting_for(base))) == []
    assert any("协办单位确认联合举办" in title for title in told(clerk))


def test_the_partner_sees_this_and_nothing_else(clerk: Actor, base: Actor) -> None:
    filing, draft = make_asked(clerk, base), make_draft(clerk)
    assert joint_filings.find(filing.id, seen_by=base) is filing
    assert joint_filings.find(draft.id, seen_by=base) is None
    assert filings.find(filing.id, seen_by=base) is None, "not on the pages of the applicant"
    assert cases.find(filing.case_id, seen_by=base) is None
    stranger = make_organizer("training_base")
    assert joint_filings.find(filing.id, seen_by=stranger) is None
    assert joint_filings.find(filing.id, seen_by=clerk) is None


def test_nobody_else_answers_for_the_partner(clerk: Actor, base: Actor) -> None:
    filing = make_asked(clerk, base)
    same_person = make_account(Role.BASE_CLERK, organization_id=base.organization_id, person=clerk.person_key)
    manager = make_account(Role.BASE_MANAGER, organization_id=base.organization_id)
    for actor in (clerk, same_person, manager, make_organizer("training_base"), make_officer()):
        with pytest.raises(NotAllowed), transaction():
            joint_filings.confirm(filing, seen_sha256=shown_sha256(filing), actor=actor)
    with pytest.raises(NotAllowed), transaction():
        filings.withdraw(filing, actor=base)
    assert cases.actions(filing.case, manager) == []
    assert {move.action for move in cases.actions(filing.case, base)} == {"confirm_joint", "decline_joint"}
    assert {move.action for move in cases.actions(filing.case, clerk)} == {"withdraw"}


def test_the_partner_agrees_to_what_it_saw(clerk: Actor, base: Actor) -> None:
    filing = make_asked(clerk, base)
    seen = shown_sha256(filing)
    with transaction():
        joint_filings.decline(filing, remark="地点太远", actor=base)
    assert filing.case.state == "declined" and filing.case.due_on is None
    with transaction():
        filings.save_section(filing, "basics", {**filing.draft["basics"], "place": "九号楼"}, actor=clerk)
    assert joint_filings.content_of(filing).basics.place != "九号楼", "not what is being written"
    with transaction():
        filings.submit(filing, actor=clerk)
    with pytest.raises(cases.StaleCase), transaction():
        joint_filings.confirm(filing, seen_sha256=seen, actor=base)
    confirm(filing, base)
    step = filing.case.steps[-1]
    assert (step.action, step.content_sha256) == ("confirm_joint", shown_sha256(filing))


def test_a_change_made_past_the_pages_is_not_confirmed(clerk: Actor, base: Actor) -> None:
    filing = make_asked(clerk, base)
    with transaction():
        filing.quota = 4000
    with pytest.raises(cases.StaleCase), transaction():
        joint_filings.confirm(filing, seen_sha256=shown_sha256(filing), actor=base)


def test_silence_gives_it_back(clerk: Actor, base: Actor) -> None:
    filing = make_asked(clerk, base)
    due = filing.case.due_on
    assert due is not None
    with at(due):
        joint_filings.give_back()
    assert filing.case.state == "co_confirm", "the last day is a day"
    with at(due + timedelta(days=1)):
        joint_filings.give_back()
    db.session.refresh(filing.case)
    assert filing.case.state == "declined"
    assert any("逾期未确认" in title for title in told(clerk))


def test_after_a_supplement_the_partner_is_asked_again_and_the_clock_stands(clerk: Actor, base: Actor) -> None:
    officer = make_officer()
    filing = make_asked(clerk, base)
    confirm(filing, base)
    with at(clock.today() + timedelta(days=1)):
        send_back(filing, officer)
        left = filing.case.paused_workdays_left
        fill(filing, words(clock.today() + timedelta(days=20), partner=joint_words(base)), clerk)
        with transaction():
            filings.submit(filing, actor=clerk)
        assert filing.case.state == "co_confirm" and filing.case.paused_workdays_left == left
    with at(clock.today() + timedelta(days=2)):
        confirm(filing, base)
        assert filing.case.state == "submitted"
        assert filing.case.due_on == working_calendar().add_working_days(clock.today(), left or 0)
        assert not case_history.deadline(filing.case).paused


def test_who_then_files_alone_needs_no_partner(clerk: Actor, base: Actor) -> None:
    filing = make_asked(clerk, base)
    with transaction():
        joint_filings.decline(filing, remark="没有教师", actor=base)
        filings.save_section(filing, "partner", {"mode": "own"}, actor=clerk)
        filings.submit(filing, actor=clerk)
    assert filing.case.state == "submitted" and filing.case.partner_id is None
    assert joint_filings.find(filing.id, seen_by=base) is None


def test_lead_time_counts_from_the_day_the_applicant_sent_it(clerk: Actor, base: Actor) -> None:
    first = clock.today() + timedelta(days=8)
    filing = make_asked(clerk, base, first=first)
    asked_on = clock.today()
    with at(asked_on + timedelta(days=2)):
        confirm(filing, base)
    assert filings.filed_on(filing.case) == asked_on
    assert content_sha256(joint_filings.content_of(filing)) == shown_sha256(filing)


def test_nothing_is_confirmed_on_the_day_it_begins(clerk: Actor, base: Actor) -> None:
    filing = make_asked(clerk, base)
    with at(joint_filings.content_of(filing).starts_on), pytest.raises(RuleError, match="开班日"), transaction():
        joint_filings.confirm(filing, seen_sha256=shown_sha256(filing), actor=base)


def test_an_official_who_works_for_the_partner_decides_nothing(clerk: Actor, base: Actor) -> None:
    officer = make_officer()
    filing = make_asked(clerk, base)
    confirm(filing, base)
    make_account(Role.BASE_MANAGER, organization_id=base.organization_id, person=officer.person_key)
    with pytest.raises(NotAllowed), transaction():
        cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))


# --- A change of what was approved ------------------------------------------------------------------------------------


@pytest.fixture
def changed(clerk: Actor, base: Actor) -> ActivityFiling:
    """A joint activity that is approved, of which another place is asked for."""
    filing, officer = make_asked(clerk, base), make_officer()
    confirm(filing, base)
    with transaction():
        cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    with transaction():
        make_proposal(filing, clerk, place="新楼三层")
    return filing


def pending_sha256(filing: ActivityFiling) -> str:
    change = joint_filings.change_of(filing)
    assert change is not None
    return content_sha256(change)


def test_the_bureau_agrees_to_a_change_only_after_the_partner(
    clerk: Actor, base: Actor, changed: ActivityFiling
) -> None:
    officer = make_officer()
    assert any("申请变更" in title for title in told(base))
    assert [case.id for case in db.session.scalars(cases.waiting_for(base))] == [changed.case_id]
    assert list(db.session.scalars(cases.waiting_for(make_organizer("training_base")))) == []
    with pytest.raises(RuleError, match="协办单位还没有确认"), transaction():
        cases.act(changed.case, "approve_change", actor=officer, content_sha256=_newest(changed))
    assert [each.ok for each in filing_review.review(changed.case).findings if each.label == "协办单位"] == [False]
    # No clock runs while the partner thinks about it; the bureau's begins with its word.
    assert changed.case.due_on is None and case_history.deadline(changed.case).paused
    with transaction():
        joint_filings.confirm_change(changed, seen_sha256=pending_sha256(changed), actor=base)
    assert changed.case.due_on is not None and not case_history.deadline(changed.case).paused
    assert joint_filings.change_of(changed) is None and changed.case.state == "change_pending"
    assert list(db.session.scalars(cases.waiting_for(base))) == []
    with pytest.raises(RuleError, match="已经确认过"), transaction():
        joint_filings.confirm_change(changed, seen_sha256=_newest(changed), actor=base)
    with transaction():
        cases.act(changed.case, "approve_change", actor=officer, content_sha256=_newest(changed))
    assert (changed.case.state, changed.place) == ("approved", "新楼三层")


def _newest(filing: ActivityFiling) -> str:
    return filing_tables.last_snapshots(filing.case, 1)[0].sha256


def test_a_change_is_agreed_to_as_it_was_shown(clerk: Actor, base: Actor, changed: ActivityFiling) -> None:
    """P-12: what the partner saw first is not what it agrees to after another change was asked for."""
    seen = pending_sha256(changed)
    with transaction():
        activity_changes.withdraw(changed, actor=clerk)
    with transaction():
        make_proposal(changed, clerk, place="旧楼一层")
    with pytest.raises(cases.StaleCase), transaction():
        joint_filings.confirm_change(changed, seen_sha256=seen, actor=base)
    with transaction():
        joint_filings.confirm_change(changed, seen_sha256=pending_sha256(changed), actor=base)
    officer = make_officer()
    # Asked for once more, it needs another word of the partner, be it the same again.
    with transaction():
        activity_changes.withdraw(changed, actor=clerk)
    with transaction():
        make_proposal(changed, clerk, place="旧楼一层")
    with pytest.raises(RuleError, match="协办单位还没有确认"), transaction():
        cases.act(changed.case, "approve_change", actor=officer, content_sha256=_newest(changed))


def test_a_partner_that_does_not_agree_ends_the_change(clerk: Actor, base: Actor, changed: ActivityFiling) -> None:
    place = changed.place
    for stranger in (clerk, make_organizer("training_base")):
        with pytest.raises(NotAllowed), transaction():
            joint_filings.decline_change(changed, remark="不行", actor=stranger)
    with transaction():
        joint_filings.decline_change(changed, remark="三楼当天有考试", actor=base)
    assert (changed.case.state, changed.place) == ("approved", place)
    assert any("协办单位不同意变更" in title for title in told(clerk))

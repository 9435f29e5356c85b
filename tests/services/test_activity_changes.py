"""Changing what was approved: it stays in force until the bureau agrees, and then everybody is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import func, select, update

from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_content import content_sha256
from domain.roles import SYSTEM, Actor, Role
from models import (
    ActivityFiling,
    Attendance,
    Case,
    CaseSnapshot,
    Enrolment,
    Notice,
    SubjectLine,
    db,
)
from services import (
    activity_changes,
    case_history,
    cases,
    clock,
    enrolments,
    filing_tables,
    filings,
    joint_filings,
    public_activities,
)
from services.calendar import working_calendar
from services.filing_review import review
from services.transaction import transaction
from tests.class_makers import as_person, make_class, put_down
from tests.filing_makers import (
    COUNTY,
    OTHER_COUNTY,
    at,
    make_account,
    make_approved,
    make_asked,
    make_draft,
    make_form,
    make_officer,
    make_organizer,
    make_proposal,
    make_submitted,
    shown_sha256,
)
from tests.services import result_makers
from tests.services.test_filings import _at_once

pytestmark = pytest.mark.usefixtures("app_context")

FIRST = date(2027, 3, 20)
DECIDED = date(2027, 3, 8)


@pytest.fixture
def clerk(app_context: None) -> Actor:
    return make_organizer()


@pytest.fixture
def officer(app_context: None) -> Actor:
    return make_officer()


def approved(clerk: Actor, officer: Actor, **changes: Any) -> ActivityFiling:
    """An activity of two days from the 20th of March on, in which nothing is taken."""
    with at(FIRST - timedelta(days=20)):
        return make_approved(clerk, officer, first=FIRST, **changes)


def propose(filing: ActivityFiling, clerk: Actor, **changes: Any) -> None:
    with transaction():
        make_proposal(filing, clerk, **changes)


def decide(filing: ActivityFiling, officer: Actor, action: str = "approve_change", **more: Any) -> None:
    with transaction():
        cases.act(filing.case, action, actor=officer, **more)


def rows(filing: ActivityFiling, index: int, **values: str) -> list[dict[str, str]]:
    """The sessions of the page, one of them otherwise."""
    found = activity_changes.words_of(filing)["sessions"]
    found[index] = {**found[index], **values}
    return found


# --- Until the bureau agrees ------------------------------------------------------------------------------------------


def test_what_is_in_force_stays_until_the_bureau_agrees(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    before, number = filing_tables.stored_content(filing), filing.case.number
    with at(DECIDED):
        propose(filing, clerk, place="新楼三层", quota="140")
        assert (filing.case.state, filing.case.number) == ("change_pending", number)
        assert filing_tables.stored_content(filing) == filing_tables.submitted_content(filing.case) == before
        assert public_activities.content_of(filing).basics.place == before.basics.place
        assert public_activities.find(filing.id) is not None
        shown = review(filing.case)
        assert shown.pending and shown.content.basics.place == "新楼三层"
        labels = {(change.label, change.after) for change in shown.changes}
        assert {("培训地点", "新楼三层"), ("计划人数", "140 人")} <= labels
        decide(filing, officer)
    assert (filing.case.state, filing.place, filing.quota) == ("approved", "新楼三层", 140)
    assert filing_tables.submitted_content(filing.case) == filing_tables.stored_content(filing) == shown.content
    assert filing.change_draft is None
    # A copy of it takes the words of today.
    assert filing.draft["basics"]["place"] == "新楼三层"
    assert content_sha256(filings.examine(filing)[0].content or before) == shown.content_sha256
    assert [step.action for step in filing.case.steps] == ["submit", "approve", "propose_change", "approve_change"]
    assert [snapshot.round for snapshot in filing_tables.last_snapshots(filing.case, 9)] == [2, 1]


@pytest.mark.parametrize("end", ["refuse_change", "withdraw_change", "lapse_change"])
def test_a_change_that_is_not_agreed_to_leaves_everything(clerk: Actor, officer: Actor, end: str) -> None:
    filing = approved(clerk, officer)
    before = filing_tables.stored_content(filing)
    actor = {"refuse_change": officer, "withdraw_change": clerk, "lapse_change": SYSTEM}[end]
    with at(DECIDED):
        propose(filing, clerk, place="新楼三层")
        decide(filing, actor, end, remark="理由不足")
        assert filing.case.state == "approved"
        assert filing_tables.stored_content(filing) == filing_tables.submitted_content(filing.case) == before
        shown = review(filing.case)
        assert (shown.heading, shown.pending, shown.content) == ("", False, before)
        assert public_activities.last_change(filing) is None
        # The words are still there to be worked on, and may be sent again.
        assert activity_changes.words_of(filing)["place"] == "新楼三层"
        propose(filing, clerk)
        decide(filing, officer)
    assert filing.place == "新楼三层"


def test_a_reason_is_part_of_asking_and_of_refusing(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(DECIDED):
        with pytest.raises(activity_changes.CannotChange), transaction():
            make_proposal(filing, clerk, place="新楼", reason="  ")
        propose(filing, clerk, place="新楼", reason="漏水")
        assert case_history.timeline(filing.case, {})[-1].remark == "漏水"
        with pytest.raises(RuleError, match="必须写明理由"), transaction():
            cases.act(filing.case, "refuse_change", actor=officer, remark=" ")


def test_nothing_wrong_is_sent(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(FIRST - timedelta(days=1)):
        for words in (
            {"place": ""},
            {"quota": "145"},
            {"sessions": rows(filing, 0, on=clock.today().isoformat())},
            {"subjects": ["4", "11"]},
            {},
        ):
            with pytest.raises(activity_changes.CannotChange) as refused, transaction():
                make_proposal(filing, clerk, **words)
            assert refused.value.problems, words
        assert filing.case.state == "approved"
    assert db.session.scalar(select(func.count()).select_from(CaseSnapshot)) == 1


def test_sessions_that_were_held_or_are_near_are_not_on_the_page(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(FIRST, hour=10):
        assert activity_changes.fixed_count(filing) == 2
        assert len(activity_changes.words_of(filing)["sessions"]) == 2
        held = [(session.id, session.starts_at, session.place) for session in filing.sessions[:2]]
        propose(filing, clerk, place="新楼三层", sessions=rows(filing, 0, place=""))
        decide(filing, officer)
        assert [(session.id, session.starts_at, session.place) for session in filing.sessions[:2]] == held
        assert filing.sessions[2].place == "新楼三层"
    with at(FIRST + timedelta(days=1), hour=7):
        assert not activity_changes.can_change(filing, clerk)


def test_people_may_be_added_once_and_not_again_and_again(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(DECIDED):
        propose(filing, clerk, quota="144")
        decide(filing, officer)
        with pytest.raises(activity_changes.CannotChange, match="1 处"), transaction():
            make_proposal(filing, clerk, quota="150")


# --- Who, and by when -------------------------------------------------------------------------------------------------


def test_small_changes_are_answered_sooner(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    calendar = working_calendar()
    with at(DECIDED):
        for words, action, days in (
            ({"place": "新楼"}, "propose_small_change", 1),
            ({"sessions": rows(filing, 3, on=(FIRST + timedelta(days=4)).isoformat())}, "propose_change", 3),
        ):
            examined = activity_changes.examine(filing, {**activity_changes.words_of(filing), "reason": "x", **words})
            propose(filing, clerk, **words)
            assert filing.case.steps[-1].action == action
            assert filing.case.due_on == calendar.add_working_days(DECIDED, days)
            assert activity_changes.promised_on(examined) == filing.case.due_on
            decide(filing, clerk, "withdraw_change")
            with transaction():
                activity_changes.drop(filing, actor=clerk)
        assert filing.case.due_on is None


def test_only_the_organisers_clerk_asks_and_only_another_person_of_the_region_decides(
    clerk: Actor, officer: Actor
) -> None:
    filing = approved(clerk, officer)
    manager = make_account(Role.EMPLOYER_MANAGER, organization_id=clerk.organization_id)
    with at(DECIDED):
        for actor in (make_organizer(), manager, officer):
            assert not activity_changes.can_change(filing, actor)
            with pytest.raises(NotAllowed), transaction():
                make_proposal(filing, actor, place="新楼")
        propose(filing, clerk, place="新楼")
        twin = make_account(Role.COUNTY_OFFICER, person=clerk.person_key, region_code=COUNTY)
        for actor in (twin, make_officer(OTHER_COUNTY), make_officer("330700"), clerk):
            with pytest.raises(NotAllowed), transaction():
                cases.act(filing.case, "approve_change", actor=actor)
        for waiting, actor in ((True, officer), (False, clerk), (False, make_officer(OTHER_COUNTY))):
            found = list(db.session.scalars(cases.waiting_for(actor).with_only_columns(Case.id)))
            assert (filing.case_id in found) is waiting
        decide(filing, officer)


@pytest.mark.parametrize("state", ["draft", "submitted", "withdrawn", "change_pending", "cancelled"])
def test_only_what_is_approved_is_changed(clerk: Actor, officer: Actor, state: str) -> None:
    if state == "draft":
        filing = make_draft(clerk)
        assert not activity_changes.can_change(filing, clerk)
        return
    filing = make_submitted(clerk) if state in ("submitted", "withdrawn") else make_approved(clerk, officer)
    acts: dict[str, Callable[[], Any]] = {
        "withdrawn": lambda: filings.withdraw(filing, actor=clerk),
        "cancelled": lambda: filings.cancel(filing, remark="停电", actor=clerk),
        "change_pending": lambda: make_proposal(filing, clerk, place="新楼"),
    }
    if state in acts:
        with transaction():
            acts[state]()
    assert filing.case.state == state
    assert not activity_changes.can_change(filing, clerk)
    for act in (
        lambda: activity_changes.keep(filing, {"place": "旧楼"}, actor=clerk),
        lambda: activity_changes.drop(filing, actor=clerk),
        lambda: activity_changes.propose(filing, actor=clerk),
    ):
        with pytest.raises(WrongState), transaction():
            act()


# --- What a decision binds --------------------------------------------------------------------------------------------


def test_an_agreement_names_the_change_that_was_shown(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(DECIDED):
        propose(filing, clerk, place="甲楼")
        seen = shown_sha256(filing)
        decide(filing, clerk, "withdraw_change")
        propose(filing, clerk, place="乙楼")
        with pytest.raises(cases.StaleCase), transaction():
            cases.act(filing.case, "approve_change", actor=officer, content_sha256=seen)
        decide(filing, officer, content_sha256=shown_sha256(filing))
    assert filing.place == "乙楼"
    hashes = {step.action: step.content_sha256 for step in filing.case.steps}
    assert hashes["approve_change"] == shown_sha256(filing) == content_sha256(filing_tables.stored_content(filing))


def test_tables_changed_behind_the_program_are_not_overwritten(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(DECIDED):
        propose(filing, clerk, place="新楼")
        with transaction():
            db.session.execute(update(SubjectLine).where(SubjectLine.filing_id == filing.id).values(hours_tenths=990))
        with pytest.raises(RuleError) as refused, transaction():
            cases.act(filing.case, "approve_change", actor=officer)
    assert refused.value.code == "content_changed"


def test_a_change_cannot_be_slipped_in_past_its_page(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(DECIDED), pytest.raises(RuleError) as refused, transaction():
        cases.act(filing.case, "propose_change", actor=clerk, remark="x")
    assert refused.value.code == "no_content"


def test_a_session_that_has_begun_is_not_changed_by_a_late_decision(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(FIRST - timedelta(days=2)):
        propose(filing, clerk, place="新楼")
    with at(FIRST, hour=9):
        with pytest.raises(RuleError) as refused, transaction():
            cases.act(filing.case, "approve_change", actor=officer)
        assert refused.value.code == "begun"
        activity_changes.lapse_overtaken_changes()
        db.session.expire_all()
        assert (filing.case.state, filing.case.steps[-1].action) == ("approved", "lapse_change")


def test_a_change_that_has_time_does_not_lapse(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(FIRST - timedelta(days=2)):
        propose(filing, clerk, sessions=rows(filing, 3, place="新楼"))
    with at(FIRST, hour=9):
        activity_changes.lapse_overtaken_changes()
        db.session.expire_all()
        assert filing.case.state == "change_pending"
        decide(filing, officer)


def test_a_change_of_numbers_waits_until_the_activity_is_over(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    with at(FIRST - timedelta(days=2)):
        propose(filing, clerk, quota="100")
    for day, hour, state in ((0, 12, "change_pending"), (1, 17, "approved")):
        with at(FIRST + timedelta(days=day), hour=hour):
            activity_changes.lapse_overtaken_changes()
            db.session.expire_all()
            assert filing.case.state == state


@pytest.mark.parametrize(
    ("form", "capacity"),
    [
        ("F1", "training_base"), ("F2", "training_base"), ("F3", "employer"), ("F4", "employer"),
        ("F4_VOLUNTEER", "employer"), ("F5", "employer"),
    ],
)  # fmt: skip
def test_an_activity_of_every_form_is_changed(form: str, capacity: str) -> None:
    """What a form has besides stays as it is; a form without teachers has none to change."""
    city, host = result_makers.make_city(), result_makers.make_employer(capacity)
    days = [FIRST, FIRST + timedelta(days=1)]
    filing = make_form(form, host.clerk, city.officer, days)
    before = filing_tables.stored_content(filing)
    with at(DECIDED):
        assert activity_changes.can_change(filing, host.clerk)
        last = len(filing.sessions) - 1
        propose(filing, host.clerk, sessions=rows(filing, last, on=(FIRST + timedelta(days=5)).isoformat()))
        decide(filing, city.officer)
    after = filing_tables.stored_content(filing)
    assert after.ends_on == FIRST + timedelta(days=5)
    assert replace(after, sessions=before.sessions) == before
    assert filings.examine(filing)[0].content == after


def test_the_partner_of_a_joint_activity_is_told(clerk: Actor, officer: Actor) -> None:
    base = make_organizer("training_base")
    with at(FIRST - timedelta(days=20)):
        filing = make_asked(clerk, base, first=FIRST)
        with transaction():
            joint_filings.confirm(filing, seen_sha256=shown_sha256(filing), actor=base)
            cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    with at(DECIDED):
        propose(filing, clerk, place="新楼三层")
        with transaction():
            joint_filings.confirm_change(filing, seen_sha256=shown_sha256(filing), actor=base)
        decide(filing, officer)
    assert filing.case.partner_id == base.organization_id
    title, body = told(base)[-1]
    assert "同意变更" in title + body


def test_a_teacher_who_was_taken_meanwhile_stops_the_change(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    teacher = {"name": "方志明", "unit": "金华市双龙技师学院"}
    with at(DECIDED):
        teachers = activity_changes.words_of(filing)["teachers"]
        teachers[0] |= teacher
        propose(filing, clerk, teachers=teachers)
    stranger = make_organizer("training_base", OTHER_COUNTY)
    changes = {f"teachers__0__{name}": value for name, value in teacher.items()}
    with at(FIRST - timedelta(days=20)):
        make_approved(stranger, make_officer(OTHER_COUNTY), first=FIRST, **changes)
    with at(DECIDED), pytest.raises(RuleError) as refused, transaction():
        cases.act(filing.case, "approve_change", actor=officer)
    assert refused.value.code == "double_booked"
    assert filing.case.state == "change_pending"


# --- Rows that others hang on -----------------------------------------------------------------------------------------


def test_sessions_keep_their_rows_when_they_are_moved_added_or_taken_away(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    ids = [session.id for session in filing.sessions]
    with at(DECIDED):
        propose(filing, clerk, sessions=rows(filing, 0, on=(FIRST + timedelta(days=3)).isoformat()))
        decide(filing, officer)
        moved = {session.on: session.id for session in filing.sessions if session.half == "am"}
        assert moved[FIRST + timedelta(days=3)] == ids[0]
        assert {session.id for session in filing.sessions} == set(ids)
        words = activity_changes.words_of(filing)
        propose(filing, clerk, sessions=words["sessions"][1:], subjects=["4", "8"])
        decide(filing, officer)
        assert [session.id for session in filing.sessions] == [ids[2], ids[3], ids[0]]
        words = activity_changes.words_of(filing)
        more = {**words["sessions"][0], "on": (FIRST + timedelta(days=9)).isoformat(), "topic": "复习"}
        propose(filing, clerk, sessions=[*words["sessions"], more], subjects=["4", "12"])
        decide(filing, officer)
        assert [session.id for session in filing.sessions][:3] == [ids[2], ids[3], ids[0]]
    assert len(filing.sessions) == 4 and filing.ends_on == FIRST + timedelta(days=9)


def test_the_days_may_change_places(clerk: Actor, officer: Actor) -> None:
    """All sessions a day later: each but the last takes the day of another one."""
    filing = approved(clerk, officer)
    ids = {session.id for session in filing.sessions}
    with at(DECIDED):
        with transaction():
            activity_changes.postpone(filing, FIRST + timedelta(days=1), reason="停电", working_days=False, actor=clerk)
            activity_changes.propose(filing, actor=clerk)
        assert filing.case.steps[-1].action == "postpone"
        decide(filing, officer)
    assert filing.starts_on == FIRST + timedelta(days=1)
    assert {session.id for session in filing.sessions} == ids
    assert [session.topic for session in filing.sessions] == [
        "职业道德与法律法规", "五轴机床结构", "五轴编程", "上机操作",
    ]  # fmt: skip


def test_a_session_with_attendance_is_not_moved(clerk: Actor, officer: Actor) -> None:
    city = result_makers.make_city()
    host = result_makers.make_employer()
    people = result_makers.make_people(city, host, 1)
    filing = make_class(city, host, days=(FIRST, FIRST + timedelta(days=1)))
    session = filing.sessions[3]
    with at(DECIDED):
        with transaction():
            db.session.add(
                Attendance(
                    technician_id=people[0], session_id=session.id, filing_id=filing.id, starts_at=session.starts_at,
                    ends_at=session.ends_at, hours_tenths=40, method="sheet", standing="excused",
                    recorded_at=clock.now(),
                )
            )  # fmt: skip
        propose(filing, host.clerk, sessions=rows(filing, 3, on=(FIRST + timedelta(days=5)).isoformat()))
        with pytest.raises(RuleError) as refused, transaction():
            cases.act(filing.case, "approve_change", actor=city.officer)
    assert refused.value.code == "session_held"


# --- Told -------------------------------------------------------------------------------------------------------------


def told(actor: Actor) -> list[tuple[str, str]]:
    query = sa.select(Notice.title, Notice.body).where(Notice.membership_id == actor.membership_id)
    return [(title, body) for title, body in db.session.execute(query.order_by(Notice.id))]


def test_who_takes_part_is_told_of_old_and_new(app_context: None) -> None:
    city, host = result_makers.make_city(), result_makers.make_employer()
    people = result_makers.make_people(city, host, 2)
    filing = make_class(city, host, days=(FIRST, FIRST + timedelta(days=1)))
    put_down(filing, host, people)
    persons = [as_person(technician_id) for technician_id in people]
    before = [told(person) for person in persons]
    with at(DECIDED):
        propose(filing, host.clerk, place="新楼三层")
        decide(filing, city.officer, "refuse_change", remark="不必")
        assert [told(person) for person in persons] == before, "what is not agreed to concerns nobody"
        propose(filing, host.clerk)
        decide(filing, city.officer)
    for person in persons:
        title, body = told(person)[-1]
        assert "活动安排有变更" in title
        assert "原为" in body and "现改为新楼三层" in body
    with at(DECIDED), transaction():
        filings.cancel(filing, remark="讲师生病", actor=host.clerk)
    title, body = told(persons[0])[-1]
    assert "活动已取消" in title and "新楼三层" in body and "请不要前往" in body


def test_more_places_go_to_those_who_wait_and_fewer_not_below_those_who_come(app_context: None) -> None:
    city, host = result_makers.make_city(), result_makers.make_employer()
    people = result_makers.make_people(city, host, 12)
    filing = make_class(city, host, days=(FIRST,), quota=10)
    put_down(filing, host, people)
    assert enrolments.places(filing).waiting == 2
    with at(DECIDED):
        propose(filing, host.clerk, quota="12")
        decide(filing, city.officer)
        assert enrolments.places(filing).taken == 12
        with pytest.raises(activity_changes.CannotChange), transaction():
            make_proposal(filing, host.clerk, quota="11")


def test_persons_who_are_elsewhere_at_the_new_time_are_counted(app_context: None) -> None:
    city, host, other = (
        result_makers.make_city(),
        result_makers.make_employer(),
        result_makers.make_employer("training_base"),
    )
    people = result_makers.make_people(city, host, 3)
    later = FIRST + timedelta(days=7)
    filing = make_class(city, host, days=(FIRST,))
    put_down(filing, host, people)
    elsewhere = make_class(city, other, days=(later,), title="另一个班")
    put_down(elsewhere, other, people[:2])
    with at(DECIDED):
        words = activity_changes.words_of(filing)
        words["sessions"] = [{**row, "on": later.isoformat()} for row in words["sessions"]]
        found = activity_changes.examine(filing, {**words, "reason": "停电"})
        hints = [problem.message for problem in found.problems if problem.hint]
        assert any("2 人同一时间报名了“另一个班”" in hint for hint in hints), hints
        propose(filing, host.clerk, sessions=words["sessions"])
        assert any("2 人" in one.detail for one in review(filing.case).findings if one.label == "同时报名")


def test_the_public_calendar_counts_the_changes(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)

    def events() -> Any:
        return public_activities.events([filing.id], host="x", address=str)

    before = events()
    with at(DECIDED):
        propose(filing, clerk, sessions=rows(filing, 0, on=(FIRST + timedelta(days=3)).isoformat()))
        assert {event.sequence for event in events()} == {0}
        decide(filing, officer)
        after = events()
        assert {event.sequence for event in after} == {1}
        assert {event.uid for event in after} == {event.uid for event in before}
        assert all(event.changed_at > before[0].changed_at for event in after)
        change = public_activities.last_change(filing)
        assert change is not None and [one.section for one in change.differences] == ["sessions"]
        with transaction():
            filings.cancel(filing, remark="停电", actor=clerk)
    assert {(event.sequence, event.cancelled) for event in events()} == {(2, True)}


def test_a_pending_change_goes_with_the_activity_that_is_called_off(clerk: Actor, officer: Actor) -> None:
    filing = approved(clerk, officer)
    in_force = filing_tables.stored_content(filing)
    with at(DECIDED):
        propose(filing, clerk, place="新楼")
        with transaction():
            filings.cancel(filing, remark="停电", actor=clerk)
    assert filing.case.state == "cancelled"
    assert filing.case.steps[-1].content_sha256 == content_sha256(in_force)
    assert review(filing.case).content == in_force


# --- More time to review ----------------------------------------------------------------------------------------------


def test_a_review_is_extended_once_with_its_reason_and_the_applicant_told(clerk: Actor, officer: Actor) -> None:
    filing = make_submitted(clerk)
    due = filing.case.due_on
    assert due is not None
    with pytest.raises(RuleError, match="必须写明理由"), transaction():
        cases.act(filing.case, "extend", actor=officer)
    decide(filing, officer, "extend", remark="须现场核实")
    assert filing.case.state == "submitted"
    assert filing.case.due_on == working_calendar().add_working_days(due, 5)
    title, body = told(clerk)[-1]
    assert "延长审核期限" in title
    assert f"{filing.case.due_on.month}月{filing.case.due_on.day}日" in body and "须现场核实" in body
    assert "extend" not in {move.action for move in cases.actions(filing.case, officer)}
    with pytest.raises(RuleError) as refused, transaction():
        cases.act(filing.case, "extend", actor=officer, remark="再延")
    assert refused.value.code == "used_up"


# --- At the same moment -----------------------------------------------------------------------------------------------


def test_a_change_sent_twice_at_once_is_one(app: Flask, clerk: Actor, officer: Actor) -> None:
    filing = make_approved(clerk, officer)
    filing_id = filing.id
    with transaction():
        words = {**activity_changes.words_of(filing), "reason": "漏水", "place": "新楼"}
        activity_changes.keep(filing, words, actor=clerk)
    db.session.rollback()

    def send() -> None:
        activity_changes.propose(db.session.get_one(ActivityFiling, filing_id), actor=clerk)

    assert sorted(_at_once(app, [send] * 3)) == ["done", "wrong_state", "wrong_state"]
    assert db.session.scalar(select(func.count()).select_from(CaseSnapshot)) == 2


@pytest.mark.parametrize("attempt", range(3))
def test_a_change_is_withdrawn_or_agreed_to(app: Flask, clerk: Actor, officer: Actor, attempt: int) -> None:
    filing = make_approved(clerk, officer)
    filing_id, case_id = filing.id, filing.case_id
    propose(filing, clerk, place="新楼")
    db.session.rollback()

    def withdraw() -> None:
        activity_changes.withdraw(db.session.get_one(ActivityFiling, filing_id), actor=clerk)

    def agree() -> None:
        cases.act(db.session.get_one(Case, case_id), "approve_change", actor=officer)

    outcomes = _at_once(app, [withdraw, agree])
    assert sorted(outcomes) == ["done", "wrong_state"]
    filing = db.session.get_one(ActivityFiling, filing_id)
    assert (filing.place == "新楼") is (outcomes[1] == "done")
    assert filing_tables.stored_content(filing) == filing_tables.submitted_content(filing.case)
    assert db.session.scalar(select(func.count()).select_from(Enrolment)) == 0

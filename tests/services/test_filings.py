"""Filings through their services: drafts that lose nothing, submissions that keep everything, decisions that bind."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_content import content_sha256
from domain.filing_parts import Partner
from domain.filing_workflow import IN_FORCE, PROPOSALS
from domain.roles import SYSTEM, Actor, Permission, Role
from domain.workflows import WORKFLOWS, CaseKind
from models import ActivityFiling, ActivitySession, Case, CaseSnapshot, CaseStep, FilingOccupation, SubjectLine, db
from services import cases, clock, filing_tables, filings, joint_filings
from services.files import BadFile
from services.filing_review import review
from services.transaction import transaction
from tests.filing_makers import (
    COUNTY,
    OTHER_COUNTY,
    PDF,
    at,
    fill,
    make_account,
    make_approved,
    make_asked,
    make_draft,
    make_officer,
    make_organizer,
    make_proposal,
    make_submitted,
    send_back,
    shown_sha256,
    words,
)

pytestmark = pytest.mark.usefixtures("app_context")


@pytest.fixture
def clerk(app_context: None) -> Actor:
    return make_organizer()


@pytest.fixture
def officer(app_context: None) -> Actor:
    return make_officer()


# --- Drafts -----------------------------------------------------------------------------------------------------------


def test_a_double_click_begins_one_draft(clerk: Actor) -> None:
    with transaction():
        first = filings.start(actor=clerk)
    with transaction():
        assert filings.start(actor=clerk).id == first.id
        filings.save_section(first, "basics", {"title": "一"}, actor=clerk)
    with transaction():
        assert filings.start(actor=clerk).id != first.id


def test_the_form_follows_the_capacity(clerk: Actor) -> None:
    base = make_organizer("training_base")
    with transaction():
        assert filings.start(actor=clerk).form == "F3"
        assert filings.start(actor=base).form == "F1"
        assert filings.start("F4_VOLUNTEER", actor=clerk).form == "F4_VOLUNTEER"
    for form, actor in (("F1", clerk), ("F3", base), ("F9", clerk)):
        with pytest.raises(NotAllowed), transaction():
            filings.start(form, actor=actor)


def test_a_manager_begins_no_draft(clerk: Actor) -> None:
    manager = make_account(Role.EMPLOYER_MANAGER, organization_id=clerk.organization_id)
    with pytest.raises(NotAllowed), transaction():
        filings.start(actor=manager)


def test_a_section_is_saved_also_when_it_is_wrong(clerk: Actor) -> None:
    with transaction():
        filing = filings.start(actor=clerk)
        filings.save_section(filing, "people", {"quota": "很多", "nonsense": "x"}, actor=clerk)
    empty = {"occupations": "", "lowest": "", "highest": "", "assessment": ""}
    assert filing.draft["people"] == {**empty, "quota": "很多"}
    assert filing.draft_saved_at is not None


def test_the_title_of_the_case_follows_the_draft(clerk: Actor) -> None:
    with transaction():
        filing = filings.start(actor=clerk)
        assert filing.case.title == filings.UNTITLED
        filings.save_section(filing, "basics", {"title": " 新 工艺\n培训 "}, actor=clerk)
    assert filing.case.title == "新 工艺 培训"


@pytest.mark.parametrize(
    ("section", "values", "code"),
    [
        ("basics", {"purpose": "长" * 6001}, "too_long"),
        ("sessions", {"rows": [{"on": "2026-06-01"}] * 121}, "too_many_rows"),
    ],
)
def test_more_than_a_page_can_hold_is_refused_and_nothing_changes(
    clerk: Actor, section: str, values: dict[str, Any], code: str
) -> None:
    filing = make_draft(clerk)
    before = filing.draft
    with pytest.raises(RuleError) as refused, transaction():
        filings.save_section(filing, section, values, actor=clerk)
    assert refused.value.code == code
    assert filing.draft == before


def test_a_second_window_does_not_overwrite_the_first_in_silence(clerk: Actor) -> None:
    with transaction():
        filing = filings.start(actor=clerk)
    seen = filings.saved_mark(filing, "basics")
    with transaction():
        filings.save_section(filing, "basics", {"title": "甲"}, actor=clerk, window="one", seen=seen)
    with transaction():  # the same window saves again, as autosave does
        filings.save_section(filing, "basics", {"title": "甲甲"}, actor=clerk, window="one", seen=seen)
    with pytest.raises(filings.StaleSection), transaction():
        filings.save_section(filing, "basics", {"title": "乙"}, actor=clerk, window="two", seen=seen)
    assert filing.draft["basics"]["title"] == "甲甲"
    with transaction():  # another section of the second window is nobody's concern
        filings.save_section(filing, "people", {"quota": "5"}, actor=clerk, window="two", seen=0)
    with transaction():  # and having looked, it may
        seen = filings.saved_mark(filing, "basics")
        filings.save_section(filing, "basics", {"title": "乙"}, actor=clerk, window="two", seen=seen)
    assert filing.draft["basics"]["title"] == "乙"


def test_a_copy_takes_the_words_but_not_the_consent_and_the_papers(clerk: Actor) -> None:
    source = make_submitted(clerk)
    with transaction():
        made = filings.copy(source, actor=clerk)
    assert made.draft["basics"] == source.draft["basics"]
    assert made.draft["sessions"] == source.draft["sessions"]
    assert made.draft["rights"]["consent"] == ""
    assert filing_tables.papers_of(made.case) == []
    assert made.case.title == source.case.title
    with transaction():
        assert filings.copy(source, actor=clerk).id == made.id, "a double click makes one copy"


def test_the_filing_of_another_organisation_is_not_copied(clerk: Actor) -> None:
    source = make_submitted(make_organizer())
    with pytest.raises(NotAllowed), transaction():
        filings.copy(source, actor=clerk)


# --- Papers -----------------------------------------------------------------------------------------------------------


def test_papers_are_checked_counted_and_removed(clerk: Actor) -> None:
    with transaction():
        filing = filings.start(actor=clerk)
        paper = filings.attach_plan(filing, PDF, "../计划.pdf", actor=clerk)
    assert [each.label for each in filing_tables.papers_of(filing.case)] == ["计划.pdf"]
    with pytest.raises(RuleError, match="已经上传过"), transaction():
        filings.attach_plan(filing, PDF, "另名.pdf", actor=clerk)
    with pytest.raises(BadFile), transaction():
        filings.attach_plan(filing, b"MZ\x90\x00 not a paper", "计划.pdf", actor=clerk)
    with transaction():
        filings.remove_plan(filing, paper.id, actor=clerk)
    assert filing_tables.papers_of(filing.case) == []
    with pytest.raises(RuleError, match="已经移除"), transaction():
        filings.remove_plan(filing, paper.id, actor=clerk)


def test_there_is_an_end_to_papers(clerk: Actor) -> None:
    with transaction():
        filing = filings.start(actor=clerk)
        for number in range(filings.MOST_PAPERS):
            filings.attach_plan(filing, PDF + bytes([number]), f"{number}.pdf", actor=clerk)
    with pytest.raises(RuleError, match="最多上传"), transaction():
        filings.attach_plan(filing, PDF + b"x", "x.pdf", actor=clerk)


# --- Submission -------------------------------------------------------------------------------------------------------


def test_an_incomplete_draft_is_refused_with_every_problem(clerk: Actor) -> None:
    filing = make_draft(clerk, basics__place="", people__quota="0", subjects__1__hours="13")
    with pytest.raises(filings.Incomplete) as refused, transaction():
        filings.submit(filing, actor=clerk)
    assert [(one.section, one.field) for one in refused.value.problems] == [
        ("basics", "place"), ("sessions", ""), ("people", "quota"),
    ]  # fmt: skip
    assert filing.case.state == "draft"
    assert filing.case.number is None
    assert db.session.scalar(select(func.count()).select_from(CaseSnapshot)) == 0


def test_a_submission_fills_the_tables_and_is_kept(clerk: Actor) -> None:
    filing = make_submitted(clerk)
    first = clock.today() + timedelta(days=14)
    case = filing.case
    assert case.state == "submitted"
    assert case.number is not None and case.number.startswith(f"HD{COUNTY}-")
    assert case.due_on is not None
    assert (filing.title, filing.quota, filing.starts_on) == ("数控加工新工艺企业内训", 120, first)
    assert filing.ends_on == first + timedelta(days=1)
    assert [(line.subject, line.hours_tenths) for line in filing.subject_lines] == [
        ("PUBLIC", 40), ("PROFESSIONAL", 120),
    ]  # fmt: skip
    assert [session.teacher_position for session in filing.sessions] == [1, 2, 2, 2]
    assert [occupation.name for occupation in filing.occupations] == ["焊工", "电工"]
    assert filing.occupations[0].code == "6-18-02-04"
    (snapshot,) = filing_tables.last_snapshots(case)
    assert snapshot.round == 1
    step = db.session.scalars(select(CaseStep).where(CaseStep.case_id == case.id)).one()
    assert step.content_sha256 == snapshot.sha256 == content_sha256(filing_tables.stored_content(filing))


def test_the_lead_time_is_held_at_submission(clerk: Actor) -> None:
    filing = make_draft(clerk, first=clock.today() + timedelta(days=6))
    with pytest.raises(filings.Incomplete) as refused, transaction():
        filings.submit(filing, actor=clerk)
    assert "最早可安排在" in refused.value.problems[0].message


def test_a_submitted_filing_cannot_be_changed(clerk: Actor) -> None:
    filing = make_submitted(clerk)
    paper = filing_tables.papers_of(filing.case)[0]
    for change in (
        lambda: filings.save_section(filing, "basics", {"title": "另"}, actor=clerk),
        lambda: filings.attach_plan(filing, PDF + b"new", "新.pdf", actor=clerk),
        lambda: filings.remove_plan(filing, paper.id, actor=clerk),
        lambda: filings.submit(filing, actor=clerk),
    ):
        with pytest.raises(WrongState), transaction():
            change()


def test_nobody_but_the_organisers_clerk_writes(clerk: Actor, officer: Actor) -> None:
    filing = make_draft(clerk)
    manager = make_account(Role.EMPLOYER_MANAGER, organization_id=clerk.organization_id)
    for actor in (make_organizer(), manager, officer):
        for change in (
            lambda actor=actor: filings.save_section(filing, "basics", {"title": "另"}, actor=actor),
            lambda actor=actor: filings.submit(filing, actor=actor),
            lambda actor=actor: filings.withdraw(filing, actor=actor),
        ):
            with pytest.raises(NotAllowed), transaction():
                change()
    assert filing.case.state == "draft"


def test_who_may_see_a_filing(clerk: Actor, officer: Actor) -> None:
    draft, sent = make_draft(clerk), make_submitted(clerk)
    seen = {
        "own": (clerk, True, True),
        "officer": (officer, False, True),
        "city": (make_officer("330700"), False, True),
        "other county": (make_officer(OTHER_COUNTY), False, False),
        "other organisation": (make_organizer(), False, False),
    }
    for name, (actor, sees_draft, sees_sent) in seen.items():
        assert (filings.find(draft.id, seen_by=actor) is not None) is sees_draft, name
        assert (filings.find(sent.id, seen_by=actor) is not None) is sees_sent, name


def test_a_case_cannot_be_submitted_past_its_content(clerk: Actor) -> None:
    filing = make_draft(clerk)
    with pytest.raises(RuleError) as refused, transaction():
        cases.act(filing.case, "submit", actor=clerk)
    assert refused.value.code == "no_content"
    assert filing.case.state == "draft"


# --- Rounds -----------------------------------------------------------------------------------------------------------


def test_a_resubmission_shows_what_changed(clerk: Actor, officer: Actor) -> None:
    filing = make_submitted(clerk)
    assert review(filing.case).changes == []
    send_back(filing, officer)
    with transaction():
        basics = {**filing.draft["basics"], "purpose": "掌握五轴加工工艺并能独立编程"}
        filings.save_section(filing, "basics", basics, actor=clerk)
    assert review(filing.case).content.basics.purpose == "掌握五轴加工新工艺", "corrections are not shown before"
    with transaction():
        filings.submit(filing, actor=clerk)
    (change,) = review(filing.case).changes
    assert (change.section, change.before) == ("basics", "掌握五轴加工新工艺")
    assert change.after == "掌握五轴加工工艺并能独立编程"
    assert review(filing.case).heading == "第 2 次提交修改了什么"
    assert [step.action for step in filing.case.steps] == ["submit", "return", "resubmit"]


def test_the_lead_time_of_a_returned_filing_counts_from_its_first_day(clerk: Actor, officer: Actor) -> None:
    first = date(2027, 3, 20)
    with at(date(2027, 3, 10)):
        filing = make_submitted(clerk, first=first)
        send_back(filing, officer)
    with at(date(2027, 3, 18)), transaction():
        filings.submit(filing, actor=clerk)
    assert filing.case.state == "submitted"


def test_a_replaced_paper_is_told_and_the_old_one_still_there(clerk: Actor, officer: Actor) -> None:
    filing = make_submitted(clerk)
    (old,) = review(filing.case).papers
    send_back(filing, officer)
    with transaction():
        filings.remove_plan(filing, old.id, actor=clerk)
        new = filings.attach_plan(filing, PDF + b"better", "培训计划.pdf", actor=clerk)
    assert [paper.id for paper in review(filing.case).papers] == [old.id]
    with transaction():
        filings.submit(filing, actor=clerk)
    assert [paper.id for paper in review(filing.case).papers] == [new.id]
    assert [change.section for change in review(filing.case).changes] == ["plan"]


# --- Decisions --------------------------------------------------------------------------------------------------------


def test_an_approval_names_what_was_seen(clerk: Actor, officer: Actor) -> None:
    filing = make_submitted(clerk)
    seen = shown_sha256(filing)
    send_back(filing, officer)
    with transaction():
        filings.save_section(filing, "people", {**filing.draft["people"], "quota": "500"}, actor=clerk)
        filings.submit(filing, actor=clerk)
    with pytest.raises(cases.StaleCase), transaction():
        cases.act(filing.case, "approve", actor=officer, content_sha256=seen)
    assert filing.case.state == "submitted"
    with transaction():
        cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    assert filing.case.state == "approved"


def test_content_changed_behind_the_program_is_not_approved(clerk: Actor, officer: Actor) -> None:
    filing = make_submitted(clerk)
    with transaction():
        db.session.execute(update(SubjectLine).where(SubjectLine.filing_id == filing.id).values(hours_tenths=990))
    with pytest.raises(RuleError) as refused, transaction():
        cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    assert refused.value.code == "content_changed"


def test_an_activity_that_has_begun_is_not_approved(clerk: Actor, officer: Actor) -> None:
    first = date(2027, 3, 20)
    with at(date(2027, 3, 10)):
        filing = make_submitted(clerk, first=first)
    with at(first, hour=9):
        with pytest.raises(RuleError) as refused, transaction():
            cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
        assert refused.value.code == "retroactive"
    with at(first, hour=8), transaction():  # half an hour before the first class
        cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))


def test_the_submitter_does_not_approve_under_another_account(clerk: Actor) -> None:
    filing = make_submitted(clerk)
    twin = make_account(Role.COUNTY_OFFICER, person=clerk.person_key, region_code=COUNTY)
    with pytest.raises(NotAllowed), transaction():
        cases.act(filing.case, "approve", actor=twin, content_sha256=shown_sha256(filing))


def test_an_activity_is_cancelled_before_its_end_with_a_reason(clerk: Actor, officer: Actor) -> None:
    first = date(2027, 3, 20)
    with at(date(2027, 3, 1)):
        filing = make_approved(clerk, officer, first=first)
        with pytest.raises(RuleError, match="必须写明理由"), transaction():
            filings.cancel(filing, remark=" ", actor=clerk)
    with at(first + timedelta(days=1), hour=17), pytest.raises(RuleError, match="不能再取消"), transaction():
        filings.cancel(filing, remark="没有人来", actor=clerk)
    with at(first + timedelta(days=1), hour=16), transaction():
        filings.cancel(filing, remark="设备故障", actor=clerk)
    assert filing.case.state == "cancelled"


# --- Every pair of state and action -----------------------------------------------------------------------------------

_FILING = WORKFLOWS[CaseKind.ACTIVITY_FILING]


def _reach(state: str, clerk: Actor, officer: Actor) -> ActivityFiling:
    if state == "draft":
        return make_draft(clerk)
    if state in ("co_confirm", "declined"):
        base = make_organizer("training_base")
        filing = make_asked(clerk, base)
        if state == "declined":
            with transaction():
                joint_filings.decline(filing, remark="没有教师", actor=base)
        return filing
    if state in (*IN_FORCE, "completed", "cancelled", "lapsed", "void"):
        filing = make_approved(clerk, officer)
        last: dict[str, Callable[[], Any]] = {
            "completed": lambda: cases.act(filing.case, "complete", actor=SYSTEM),
            "lapsed": lambda: cases.act(filing.case, "lapse", actor=SYSTEM),
            "void": lambda: cases.act(filing.case, "void", actor=SYSTEM),
            "cancelled": lambda: filings.cancel(filing, remark="停电", actor=clerk),
            "change_pending": lambda: make_proposal(filing, clerk, place="九号楼"),
        }
    else:
        filing = make_submitted(clerk)
        last = {
            "supplement": lambda: cases.act(filing.case, "return", actor=officer, remark="补正", items=[]),
            "rejected": lambda: cases.act(filing.case, "reject", actor=officer, remark="不符合规定"),
            "withdrawn": lambda: filings.withdraw(filing, actor=clerk),
        }
    if state in last:
        with transaction():
            last[state]()
    assert filing.case.state == state
    return filing


@pytest.mark.parametrize("state", [state.name for state in _FILING.states])
def test_what_is_not_in_the_table_is_refused(state: str, clerk: Actor, officer: Actor) -> None:
    """Each action from this state either makes its one move or changes nothing; a rolled-back try leaves no trace."""
    filing = _reach(state, clerk, officer)
    steps = len(filing.case.steps)
    partner = filing.case.partner_id or make_organizer("training_base").organization_id or 0
    for action in sorted({move.action for move in _FILING.transitions}):
        move = _FILING.find(action, state)
        permission = next(move for move in _FILING.transitions if move.action == action).permission
        content = filings.examine(filing)[0].content
        assert content is not None
        if action == "ask_partner":
            content = replace(content, partner=Partner(organization_id=partner, name="技师学院", duties="派教师"))
        elif action in ("submit", "resubmit"):
            content = replace(content, partner=None)
        if action in ("end_early", "cut_short"):
            content = replace(content, sessions=content.sessions[:-1] or content.sessions)
        if action in PROPOSALS:
            content = replace(content, basics=replace(content.basics, place="八号楼"))
        brings = action in ("submit", "resubmit", "ask_partner", "end_early", "cut_short", *PROPOSALS)
        sha256 = content_sha256(content) if brings else None
        inputs: dict[str, Any] = {"content": content} if brings else {}
        actor = {Permission.SYSTEM_ACT: SYSTEM, Permission.FILING_WRITE: clerk}.get(permission, officer)
        if move is not None and move.by_partner:
            actor = make_account(Role.BASE_CLERK, organization_id=partner)

        class Undone(Exception):
            pass

        expected: type[Exception] = Undone if move is not None else WrongState
        if move is not None and move.by_partner and filing.case.partner_id is None:
            expected = NotAllowed  # nobody was asked to confirm
        with pytest.raises(expected), transaction():
            cases.act(filing.case, action, actor=actor, remark="理由", content_sha256=sha256, **inputs)
            assert move is not None and filing.case.state == move.to_state
            raise Undone
        db.session.expire_all()
        assert (filing.case.state, len(filing.case.steps)) == (state, steps)


def test_the_log_of_steps_leads_to_the_present_state(clerk: Actor, officer: Actor) -> None:
    filing = make_submitted(clerk)
    send_back(filing, officer)
    fill(filing, words(clock.today() + timedelta(days=14), basics__place="三楼"), clerk)
    with transaction():
        filings.submit(filing, actor=clerk)
        cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    state = _FILING.start
    for step in filing.case.steps:
        assert step.from_state == state
        assert step.content_sha256 is not None
        state = step.to_state
    assert state == filing.case.state == "approved"


# --- The reviewer -----------------------------------------------------------------------------------------------------


def test_the_review_says_what_was_checked(clerk: Actor) -> None:
    found = review(make_submitted(clerk).case)
    assert [one.label for one in found.findings] == [
        "提前备案", "学时合计", "每日学时", "授课教师", "经费来源", "收费", "时间冲突",
    ]  # fmt: skip
    assert all(one.ok for one in found.findings)


def test_tables_hold_one_round_only(clerk: Actor, officer: Actor) -> None:
    filing = make_submitted(clerk)
    send_back(filing, officer)
    with transaction():
        filings.save_section(filing, "people", {**filing.draft["people"], "occupations": "钳工"}, actor=clerk)
        filings.submit(filing, actor=clerk)
    for table, number in ((ActivitySession, 4), (SubjectLine, 2), (FilingOccupation, 1)):
        assert db.session.scalar(select(func.count()).select_from(table).where(table.filing_id == filing.id)) == number
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1


# --- At the same moment -----------------------------------------------------------------------------------------------


def _at_once(app: Flask, acts: list[Callable[[], Any]]) -> list[str]:
    """Run these acts at the same moment, each in a context of its own; the code of its refusal, or "done"."""
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        with app.app_context():
            gate.wait()
            try:
                with transaction():
                    act()
            except RuleError as refusal:
                return refusal.code
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_of_several_officers_who_approve_at_once_one_does(app: Flask, clerk: Actor) -> None:
    filing = make_submitted(clerk)
    case_id, sha256 = filing.case_id, shown_sha256(filing)
    officers = [make_officer() for _ in range(4)]
    db.session.rollback()

    def approve(officer: Actor) -> None:
        cases.act(db.session.get_one(Case, case_id), "approve", actor=officer, content_sha256=sha256)

    outcomes = _at_once(app, [lambda officer=officer: approve(officer) for officer in officers])
    assert sorted(outcomes) == ["done", "wrong_state", "wrong_state", "wrong_state"]
    approvals = select(func.count()).select_from(CaseStep).where(CaseStep.action == "approve")
    assert db.session.scalar(approvals) == 1


@pytest.mark.parametrize("attempt", range(4))
def test_what_is_saved_while_it_is_submitted_is_submitted_or_refused(app: Flask, clerk: Actor, attempt: int) -> None:
    filing = make_draft(clerk)
    filing_id, people = filing.id, filing.draft["people"]
    db.session.rollback()

    def save() -> None:
        found = db.session.get_one(ActivityFiling, filing_id)
        filings.save_section(found, "people", {**people, "quota": "77"}, actor=clerk)

    def submit() -> None:
        filings.submit(db.session.get_one(ActivityFiling, filing_id), actor=clerk)

    saved, submitted = _at_once(app, [save, submit])
    assert submitted == "done"
    filing = db.session.get_one(ActivityFiling, filing_id)
    snapshot = filing_tables.submitted_content(filing.case)
    assert snapshot is not None
    assert snapshot == filing_tables.stored_content(filing)
    assert snapshot.people.quota == (77 if saved == "done" else 120)
    assert filing.draft["people"]["quota"] == str(snapshot.people.quota)


def test_sections_saved_at_once_are_all_kept(app: Flask, clerk: Actor) -> None:
    filing = make_draft(clerk)
    filing_id = filing.id
    db.session.rollback()

    def save(section: str, values: dict[str, str]) -> None:
        filings.save_section(db.session.get_one(ActivityFiling, filing_id), section, values, actor=clerk)

    sections = {"basics": {"title": "新名"}, "people": {"quota": "9"}, "rights": {"leave_mode": "full"}}
    outcomes = _at_once(app, [lambda pair=pair: save(*pair) for pair in sections.items()])
    assert outcomes == ["done"] * 3
    draft = db.session.get_one(ActivityFiling, filing_id).draft
    assert (draft["basics"]["title"], draft["people"]["quota"], draft["rights"]["leave_mode"]) == ("新名", "9", "full")

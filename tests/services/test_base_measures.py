"""Measures on a base: what the preview said equals what happened, whoever is in its classes and whatever is chosen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from domain.attendance_rules import Standing
from domain.base_measures import Choice, Measure, Phase, choices_for
from domain.errors import NotAllowed, RuleError, WrongState
from domain.evaluation import Gap
from domain.roles import Role
from models import ActivityFiling, BaseMeasure, Case, CreditEntry, Notice, Technician, TrainingBase, db
from services import (
    attendance,
    base_applications,
    base_measures,
    base_shortfalls,
    bases,
    cases,
    compliance,
    enrolling,
    proofs,
    result_review,
    results,
)
from services.transaction import transaction
from tests import base_makers, class_makers, filing_makers
from tests.services import result_makers as make

DAY = class_makers.MONDAY
# Each class with the day it begins and ends; measures are taken on DAY at noon.
FIRST_DAYS = {
    "credited": DAY - timedelta(days=14),
    "sham": DAY - timedelta(days=12),
    "reporting": DAY - timedelta(days=6),
    "running": DAY,
    "open": DAY + timedelta(days=10),
}
NOON = class_makers.moment(DAY, 12)


class Undo(Exception):
    """The transaction is to leave nothing behind."""


@dataclass
class Scene:
    """A published base with a class in every phase, and the people who may be in them."""

    city: make.City
    host: make.Employer
    bureau: base_makers.Bureau
    base_id: int
    people: list[int]
    classes: dict[str, int]

    @property
    def base(self) -> TrainingBase:
        return db.session.get_one(TrainingBase, self.base_id)


@pytest.fixture
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def build(seed: int) -> Scene:
    """The classes are the same in every scene; who takes part, attends and has a proof is drawn."""
    draw = Random(seed)
    city, host = make.make_city(), make.make_employer("training_base")
    bureau = base_makers.make_bureau()
    with filing_makers.at(date(2026, 4, 1)):
        base = base_makers.make_base(host.clerk, bureau)
    people = make.make_people(city, make.make_employer(), 5)
    classes = {}
    for name, first in FIRST_DAYS.items():
        days = (first, first + timedelta(days=1))
        filing = class_makers.make_class(
            city, host, days=days, title=f"{name}培训班", basics__place=f"{name}教室", quota=5
        )
        taking_part = draw.sample(people, draw.randint(1, len(people)))
        class_makers.put_down(filing, host, taking_part)
        classes[name] = filing.id
        if name in ("credited", "sham"):
            with class_makers.at(class_makers.moment(first, 18) + timedelta(days=1)):
                report = make.report_on(city, host, taking_part, filing)
                make.release(report, host)
                make.credit(report, city.officer)
        if name == "running":
            with class_makers.at(NOON), transaction():
                there = {each: Standing.COUNTED for each in taking_part if draw.random() < 0.7}
                attendance.note(class_makers.session_of(filing), filing, there, actor=host.clerk)
    with filing_makers.at(DAY - timedelta(days=1)):
        classes["pending"] = filing_makers.make_submitted(
            host.clerk, first=DAY + timedelta(days=20), basics__title="pending培训班"
        ).id
    with class_makers.at(NOON):
        for person in draw.sample(people, 3):
            actor = class_makers.as_person(person)
            with transaction():
                technician = db.session.get_one(Technician, person)
                if db.session.scalar(select(CreditEntry.id).where(CreditEntry.technician_id == person).limit(1)):
                    proofs.request(technician, DAY.year, actor=actor)
    return Scene(city=city, host=host, bureau=bureau, base_id=base.id, people=people, classes=classes)


# --- The equality -----------------------------------------------------------------------------------------------------

_COUNTED = {
    "states": "SELECT f.id, c.state FROM activity_filing f JOIN cases c ON c.id = f.case_id",
    "sessions": "SELECT filing_id, COUNT(*) FROM activity_session GROUP BY filing_id",
    "attended": "SELECT technician_id, session_id, hours_tenths, standing FROM attendance",
    "entries": "SELECT id, technician_id, source_id, credits_tenths, kind FROM credit_entry",
    "proofs": "SELECT id, state FROM proof",
    "sums": "SELECT technician_id, SUM(credits_tenths) FROM yearly_credit GROUP BY technician_id",
    "base": "SELECT c.state FROM training_base b JOIN cases c ON c.id = b.case_id",
    "told": "SELECT DISTINCT m.technician_id FROM notice n JOIN membership m ON m.id = n.membership_id"
    " WHERE n.title LIKE '活动停办：%' AND m.technician_id IS NOT NULL",
}


def snapshot() -> dict[str, set[tuple[object, ...]]]:
    """What the tables say, in plain SQL."""
    db.session.flush()
    return {name: {tuple(row) for row in db.session.execute(text(query))} for name, query in _COUNTED.items()}


def carry_out(scene: Scene, measure: Measure, choices: dict[int, Choice]) -> BaseMeasure:
    """Propose and decide within the transaction that is open."""
    found = base_measures.propose(
        scene.base, measure, reason="经查属实", grounds=[4], choices=choices, actor=scene.bureau.reviewer
    )
    if measure is Measure.REVOKE:
        base_measures.answer(found, statement="没有异议。", actor=scene.host.clerk)
    cases.act(found.case, "carry_out", actor=scene.bureau.leader)
    return found


def check_equality(scene: Scene, measure: Measure, choices: dict[int, Choice]) -> None:
    """Carry the measure out, compare the preview with the tables, and leave nothing behind."""
    with pytest.raises(Undo), transaction():
        said = base_measures.preview(scene.base, measure, choices).effects
        before = snapshot()
        found = carry_out(scene, measure, choices)
        after = snapshot()
        assert found.proposed == found.outcome == said.plain()
        assert {row[0] for row in after["base"]} == {said.base_state}
        moved = {row[0]: row[1] for row in after["states"] - before["states"]}
        assert moved == dict.fromkeys((*said.pending_ended, *said.stopped), "cancelled")
        fewer = {row[0] for row in after["sessions"] - before["sessions"]}
        assert fewer == set(said.cut_short)
        assert before["attended"] == after["attended"]
        new = after["entries"] - before["entries"]
        assert {row[4] for row in new} <= {"reversal"}
        assert len(new) == said.entries_reversed
        assert {row[2] for row in new} == set(said.reversed)
        assert len({row[1] for row in new}) == said.people_reversed
        assert -sum(int(str(row[3])) for row in new) == said.credits_reversed_tenths
        assert before["entries"] <= after["entries"]
        lost = {state: sum(int(str(row[1])) for row in rows["sums"]) for state, rows in
                (("before", before), ("after", after))}  # fmt: skip
        assert lost["before"] - lost["after"] == said.credits_reversed_tenths
        replaced = after["proofs"] - before["proofs"]
        assert {row[1] for row in replaced} <= {"superseded"}
        assert len(replaced) == said.proofs_replaced
        scope = bases.scope_of(scene.host.id)
        assert scope is not None and scope.may_file == (said.base_state == "published")
        raise Undo


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_the_preview_said_is_what_happened(context: None, seed: int) -> None:
    """Every combination of choices for every class, in scenes with other people in them."""
    scene = build(seed)
    with class_makers.at(NOON):
        for measure in (Measure.SUSPEND, Measure.REVOKE):
            classes = base_measures.preview(scene.base, measure).classes
            offered = {each.filing_id: choices_for(measure, each) for each in classes}
            open_to_choice = {filing_id: some for filing_id, some in offered.items() if some}
            for picked in product(*open_to_choice.values()):
                check_equality(scene, measure, dict(zip(open_to_choice, picked, strict=True)))
            db.session.rollback()


def test_every_class_is_seen_in_its_phase(context: None) -> None:
    scene = build(7)
    with class_makers.at(NOON):
        found = {each.filing_id: each for each in base_measures.preview(scene.base, Measure.REVOKE).classes}
    phases = {name: found[filing_id].phase for name, filing_id in scene.classes.items()}
    assert phases == {
        "credited": Phase.CREDITED, "sham": Phase.CREDITED, "reporting": Phase.REPORTING,
        "running": Phase.RUNNING, "open": Phase.OPEN, "pending": Phase.PENDING,
    }  # fmt: skip
    assert found[scene.classes["credited"]].credits_tenths > 0
    assert found[scene.classes["running"]].attended_tenths > 0


def test_a_base_is_restored_while_its_classes_run(context: None) -> None:
    """What goes on as it did is no effect that could come apart from the preview."""
    scene = build(6)
    with class_makers.at(NOON):
        with transaction():
            carry_out(scene, Measure.SUSPEND, {})
        with transaction():
            found = carry_out(scene, Measure.LIFT, {})
        assert scene.base.case.state == "published"
        assert set(found.outcome["going_on"]) >= {scene.classes["running"], scene.classes["open"]}


def test_who_was_there_before_a_class_was_stopped_gets_the_credits_of_it(context: None) -> None:
    """Stopped on its first day after the morning: the morning counts in full, and no more than that."""
    scene = build(2)
    running = scene.classes["running"]
    with class_makers.at(NOON):
        with transaction():
            found = carry_out(scene, Measure.REVOKE, {running: Choice.STOP})
        filing = db.session.get_one(ActivityFiling, running)
        assert found.outcome["cut_short"] == [running] and not found.outcome["stopped"]
        there = set(attendance.attended(filing))
        told = set(db.session.scalars(select(Notice.membership_id).where(Notice.title.startswith("活动提前结束"))))
        assert told
    planned = sum(line.hours_tenths for line in filing.subject_lines)
    assert planned == sum(session.hours_tenths for session in filing.sessions) == 40
    with class_makers.at(NOON + timedelta(days=1)):
        results.open_due_reports()
        report = results.of_filing(filing)
        assert report is not None
        ended = result_review.of_report(report).early_end
        assert ended is not None and ended.by_bureau and found.case.number in ended.reason
        assert (ended.sessions_held, ended.sessions_filed, ended.hours_held) == (1, 4, 4)
        report = make.report_on(scene.city, scene.host, sorted(there), filing, hours_tenths=40)
        make.release(report, scene.host)
        make.credit(report, scene.city.officer)
    given = db.session.execute(
        select(CreditEntry.technician_id, func.sum(CreditEntry.credits_tenths))
        .where(CreditEntry.source_id == running).group_by(CreditEntry.technician_id)
    ).all()  # fmt: skip
    assert {row[0] for row in given} == there and {int(row[1]) for row in given} == {40}


def test_whose_year_falls_below_a_floor_is_named_beforehand(context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever met the year only with the credits of the sham class, and nobody else; then it is so."""
    scene = build(3)
    original = compliance.Book.standing

    def with_a_low_floor(book: compliance.Book, year: int, **more: object) -> compliance.Standing:
        found = original(book, year, **more)
        object.__setattr__(found.evaluation, "obliged", True)
        lacking = 16 - found.evaluation.total
        gap = Gap(
            key="any", rule="total", label="总学分", credits=lacking, repairable=True, year=year,
            sentence=f"还差 {lacking} 学分",
        )  # fmt: skip
        object.__setattr__(found.evaluation, "compliant", lacking <= 0)
        object.__setattr__(found.evaluation, "gaps", (gap,) if lacking > 0 else ())
        return found

    monkeypatch.setattr(compliance.Book, "standing", with_a_low_floor)
    sham = scene.classes["sham"]
    with class_makers.at(NOON):
        met = {person for person in scene.people if compliance.standing(person, DAY.year).evaluation.compliant}
        said = base_shortfalls.of_classes([sham])
        assert base_shortfalls.of_classes([]) == []
        with transaction():
            carry_out(scene, Measure.REVOKE, {sham: Choice.REVERSE})
        left = {person for person in scene.people if compliance.standing(person, DAY.year).evaluation.compliant}
    assert {each.technician_id for each in said} == met - left != set()
    for each in said:
        assert each.missing == ("还差 16.0 学分",) and each.way in (base_shortfalls.Way.OPEN, base_shortfalls.Way.OWED)
        assert "*" in each.id_masked and each.until == date(DAY.year, 12, 31)


def test_a_decision_falls_when_somebody_enrols_meanwhile(context: None) -> None:
    """The leader decides on the impact that was shown, not on another one."""
    scene = build(4)
    filing = db.session.get_one(ActivityFiling, scene.classes["open"])
    with class_makers.at(NOON):
        with transaction():
            found = base_measures.propose(
                scene.base, Measure.SUSPEND, reason="查处期间暂停", grounds=[2],
                choices={filing.id: Choice.STOP}, actor=scene.bureau.reviewer,
            )  # fmt: skip
            case_id = found.case_id
        shown = base_measures.review(db.session.get_one(Case, case_id))
        new = make.make_people(scene.city, make.make_employer(), 1)
        with transaction():
            enrolling.register(filing, new, consented=True, actor=scene.host.clerk)
        now = base_measures.review(db.session.get_one(Case, case_id))
        assert now.content_sha256 != shown.content_sha256
        with pytest.raises(base_measures.ImpactChanged), transaction():
            cases.act(
                db.session.get_one(Case, case_id), "carry_out", actor=scene.bureau.leader,
                content_sha256=shown.content_sha256,
            )  # fmt: skip
        assert scene.base.case.state == "published"
        assert filing.case.state == "approved"


# --- Who, when, why ---------------------------------------------------------------------------------------------------


@pytest.fixture
def scene(context: None) -> Scene:
    """A base without any class."""
    host, bureau = make.make_employer("training_base"), base_makers.make_bureau()
    base = base_makers.make_base(host.clerk, bureau)
    return Scene(city=make.make_city(), host=host, bureau=bureau, base_id=base.id, people=[], classes={})


def propose(scene: Scene, measure: Measure, **changes: object) -> int:
    asked = {"reason": "经查属实", "grounds": [4], "choices": {}, "actor": scene.bureau.reviewer} | changes
    with transaction():
        return base_measures.propose(scene.base, measure, **asked).case_id


def decide(scene: Scene, case_id: int, action: str = "carry_out", **more: object) -> None:
    with transaction():
        cases.act(db.session.get_one(Case, case_id), action, actor=scene.bureau.leader, **more)


def test_a_revocation_is_announced_heard_and_decided_by_another_person(scene: Scene) -> None:
    case_id = propose(scene, Measure.REVOKE)
    case = db.session.get_one(Case, case_id)
    assert case.state == "hearing" and case.organization_id == scene.host.id
    told = select(Notice.id).where(Notice.membership_id == scene.host.clerk.membership_id, Notice.case_id == case_id)
    assert db.session.scalar(told) is not None
    with pytest.raises(WrongState):
        decide(scene, case_id)
    with transaction():
        base_measures.answer(base_measures.of_case(case), statement="教师名册有误，已更正。", actor=scene.host.clerk)
    twin = filing_makers.make_account(
        Role.COUNTY_LEADER, person=scene.bureau.reviewer.person_key, region_code=make.COUNTY
    )
    with pytest.raises(NotAllowed, match="由您本人办理"), transaction():
        cases.act(case, "carry_out", actor=twin)
    decide(scene, case_id)
    assert scene.base.case.state == "revoked"
    assert base_measures.of_case(case).statement.startswith("教师名册")


def test_who_says_nothing_in_time_is_decided_upon_without(scene: Scene) -> None:
    case_id = propose(scene, Measure.REVOKE)
    base_measures.close_hearings()
    assert db.session.get_one(Case, case_id).state == "hearing"
    with base_makers.after_notice():
        base_measures.close_hearings()
    assert db.session.get_one(Case, case_id).state == "decision"


def test_a_revoked_base_applies_again_only_after_the_time_the_policy_sets(scene: Scene) -> None:
    case_id = propose(scene, Measure.REVOKE)
    with transaction():
        base_measures.answer(
            base_measures.of_case(db.session.get_one(Case, case_id)), statement="无", actor=scene.host.clerk
        )
    decide(scene, case_id)
    with pytest.raises(RuleError, match="12 个月"), transaction():
        base_applications.start(actor=scene.host.clerk)
    revoked_on = scene.base.case.steps[-1].at.date()
    with filing_makers.at(revoked_on + timedelta(days=370)):
        again = base_makers.make_base(scene.host.clerk, scene.bureau)
        assert (again.id, again.case.state, again.version) == (scene.base_id, "published", 2)
        assert again.valid_until > revoked_on + timedelta(days=370 + 1000)


def test_a_suspended_base_is_restored_by_a_measure_too(scene: Scene) -> None:
    decide(scene, propose(scene, Measure.SUSPEND))
    assert scene.base.case.state == "suspended"
    with pytest.raises(WrongState):
        propose(scene, Measure.SUSPEND)
    decide(scene, propose(scene, Measure.LIFT, grounds=[]))
    assert scene.base.case.state == "published"


def test_a_measure_needs_an_item_of_article_twelve_a_reason_and_the_right_bureau(scene: Scene) -> None:
    with pytest.raises(RuleError, match="第十二条"):
        propose(scene, Measure.SUSPEND, grounds=[])
    with pytest.raises(RuleError, match="理由"):
        propose(scene, Measure.SUSPEND, reason="  ")
    with pytest.raises(NotAllowed):
        propose(scene, Measure.SUSPEND, actor=base_makers.make_bureau(filing_makers.OTHER_COUNTY).reviewer)
    with pytest.raises(NotAllowed):
        propose(scene, Measure.SUSPEND, actor=scene.bureau.leader)
    propose(scene, Measure.SUSPEND)
    with pytest.raises(RuleError, match="正在办理"):
        propose(scene, Measure.REVOKE)


def test_a_base_closes_itself_when_nothing_is_open(scene: Scene) -> None:
    with transaction():
        found = base_measures.ask_close(scene.base, reason="不再举办，档案移交市中心", actor=scene.host.clerk)
    with transaction():
        base_measures.take_back(found, actor=scene.host.clerk)
    assert found.case.state == "withdrawn"
    with transaction():
        found = base_measures.ask_close(scene.base, reason="不再举办，档案移交市中心", actor=scene.host.clerk)
    decide(scene, found.case_id)
    assert scene.base.case.state == "closed"


def test_a_base_with_open_classes_cannot_be_closed(context: None) -> None:
    scene = build(5)
    with class_makers.at(NOON), pytest.raises(RuleError, match="没有办结"), transaction():
        base_measures.ask_close(scene.base, reason="不再举办", actor=scene.host.clerk)


def test_the_base_cannot_take_back_what_the_bureau_proposed(scene: Scene) -> None:
    case_id = propose(scene, Measure.SUSPEND)
    with pytest.raises(NotAllowed), transaction():
        base_measures.take_back(base_measures.of_case(db.session.get_one(Case, case_id)), actor=scene.host.clerk)


def test_a_refused_measure_changes_nothing(scene: Scene) -> None:
    case_id = propose(scene, Measure.SUSPEND)
    decide(scene, case_id, "refuse", remark="证据不足")
    assert scene.base.case.state == "published"
    assert base_measures.of_case(db.session.get_one(Case, case_id)).outcome is None

"""What a proof says follows from what was known when it was issued (P-29), and whatever does not is found."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

import ids
from domain.errors import RuleError
from domain.ledger_rules import Award, ReversalReason, SourceKind
from domain.periods import CHINA
from domain.proof_facts import AnnualFacts, ProofFacts
from domain.proof_kinds import PURPOSES, ProofKind
from domain.register_rows import NameRow, RegisterPart
from domain.roles import SYSTEM, Actor, Role
from models import (
    CreditEntry,
    ExamRecord,
    Notice,
    Proof,
    ProofDifference,
    ProofRecheck,
    SkillCertificate,
    Technician,
    db,
)
from services import (
    as_of,
    clock,
    compliance,
    employments,
    jobs,
    ledger,
    name_changes,
    policies,
    proof_purposes,
    proof_rechecks,
    proofs,
    register_history,
    staff_import,
)
from services.proof_content import Asked
from services.transaction import transaction
from tests.filing_makers import make_account
from tests.services import result_makers
from tests.services.result_makers import City, Employer
from tests.services.test_learning_proofs import asked, correct

START = datetime(2026, 6, 1, 9, tzinfo=CHINA)
NAMES = ("王小明", "李婷", "陈龙", "赵敏")


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are asked for and wait: nothing here needs the paper."""
    monkeypatch.setattr(jobs, "_enqueue", lambda kind, job_id: None)


@pytest.fixture
def city(app: Flask, by_hand: None) -> Iterator[City]:
    with app.app_context():
        yield result_makers.make_city()


@pytest.fixture
def employer(city: City) -> Employer:
    return result_makers.make_employer()


@pytest.fixture
def person(city: City, employer: Employer) -> "Person":
    return Person(city, employer)


class Person:
    """Somebody whose life at the platform goes on by acts; each takes its place at `at`, which the caller moves."""

    def __init__(self, city: City, employer: Employer) -> None:
        self.city, self.employer, self.at = city, employer, START
        self.id = result_makers.make_people(city, employer, 1)[0]
        self.awards: list[Award] = []
        self.issued: list[int] = []

    @property
    def technician(self) -> Technician:
        return db.session.get_one(Technician, self.id, populate_existing=True)

    def wait(self, **span: int) -> None:
        self.at += timedelta(**span)

    def post(self, year: int = 2026, subject: str = "PROFESSIONAL", tenths: int = 100) -> None:
        with clock.at(self.at), transaction():
            exam = ExamRecord(
                technician_id=self.id, title=f"第 {len(self.awards) + 1} 次专项知识考试", subject=subject,
                taken_on=date(year, 3, 1), score_tenths=800, credits_tenths=tenths, recorded_by_id=None,
            )  # fmt: skip
            db.session.add(exam)
            db.session.flush()
            self.awards.append(
                Award(
                    technician_id=self.id, year=year, occurred_on=exam.taken_on, days=1, subject=subject, form="EXAM",
                    hours_tenths=0, credits_tenths=tenths, source_kind=SourceKind.EXAM, source_id=exam.id,
                    line_id=exam.id, source_title=exam.title, region_code=result_makers.COUNTY, is_exam=True,
                )
            )  # fmt: skip
            ledger.post(self.awards[-1:], actor=SYSTEM, policy_version=policies.active_version())

    def reverse(self, which: int, *, again: bool = False) -> None:
        """Take an award back, if it stands; `again` gives it anew at once, as a correction does."""
        with clock.at(self.at), transaction():
            award = self.awards[which % len(self.awards)]
            entries = [entry for entry in ledger.entries_of(self.id) if entry.source_id == award.source_id]
            live = {e.id for e in entries if e.kind == "award"} - {e.reverses_id for e in entries}
            for entry in entries:
                if entry.id in live:
                    ledger.reverse(entry, reason=ReversalReason.WRONG_ENTRY, remark="录入错误", actor=SYSTEM)
            if again:
                ledger.post([award], actor=SYSTEM, policy_version=policies.active_version())

    def issue(self, asked: Asked) -> Proof | None:
        """Ask for a proof; None where there is nothing to prove."""
        actor = Actor(role=Role.TECHNICIAN, name="本人", technician_id=self.id)
        try:
            with clock.at(self.at), transaction():
                proof, _ = proofs.issue(self.technician, asked, actor)
                self.issued.append(proof.id)
        except RuleError:
            return None
        return proofs.find(self.issued[-1], technician_id=self.id)

    def annual(self, year: int = 2026) -> Proof:
        proof = self.issue(Asked(kind=ProofKind.ANNUAL, year=year, topic=str(year)))
        assert proof is not None
        return proof

    def rename(self, name: str) -> None:
        with clock.at(self.at), transaction():
            name_changes.request(
                self.technician, name, "户口簿", data=result_makers.picture(1), file_name="户口簿.jpg",
                actor=self.city.officer,
            )  # fmt: skip
        with clock.at(self.at), transaction():
            name_changes.confirm(self.technician, actor=self.city.other_officer)

    def certify(self, level: int) -> None:
        """A staff list brings a certificate of this level, new or another than before."""
        with clock.at(self.at), transaction():
            number = f"JH{self.id}"
            held = db.session.scalars(
                select(SkillCertificate.id).where(
                    SkillCertificate.technician_id == self.id, SkillCertificate.number == number
                )
            ).first()
            plan = staff_import.Plan()
            if held is None:
                plan.certificates.append(
                    {"technician_id": self.id, "id": ids.new_id(), "kind": "skill_level", "occupation": "焊工",
                     "occupation_code": None, "level": level, "number": number, "issued_on": date(2020, 1, level)}
                )  # fmt: skip
            else:
                plan.certificate_updates.append(
                    {"person": self.id, "certificate": held, "new_kind": "skill_level", "new_occupation": "钳工",
                     "new_code": None, "new_level": level, "new_issued_on": date(2020, 1, level)}
                )  # fmt: skip
            staff_import.write(plan)

    def leave(self) -> None:
        with clock.at(self.at), transaction():
            employments.end_employment(self.id, on=clock.today(), actor=self.employer.clerk)

    def wrong(self) -> dict[int, list[str]]:
        """The fields that differ in each of this person's proofs."""
        db.session.expire_all()
        checked = {proof.id: proof_rechecks.check(proof) for proof in proofs.of_technician(self.id)}
        return {proof_id: [each.path for each in found] for proof_id, found in checked.items() if found}


# --- Whatever happens -------------------------------------------------------------------------------------------------

years = st.integers(2024, 2026)
acts = st.one_of(
    st.tuples(st.just("post"), years, st.sampled_from(["PUBLIC", "PROFESSIONAL"]), st.sampled_from([5, 100, 200, 400])),
    st.tuples(st.just("reverse"), st.integers(0, 9)),
    st.tuples(st.just("correct"), st.integers(0, 9)),
    st.tuples(st.just("annual"), years),
    st.tuples(st.just("transcript")),
    st.tuples(st.just("use"), st.sampled_from(PURPOSES)),
    st.tuples(st.just("rename"), st.sampled_from(NAMES)),
    st.tuples(st.just("certify"), st.integers(1, 5)),
    st.tuples(st.just("leave")),
    st.tuples(st.just("wait"), st.sampled_from([0.3, 1, 600, 86400, 200 * 86400])),
)


def do(person: Person, act: str, *values: Any) -> None:
    if act == "wait":
        person.at += timedelta(seconds=values[0])
    elif act == "post":
        person.post(*values)
    elif act in ("reverse", "correct"):
        if person.awards:
            person.reverse(values[0], again=act == "correct")
    elif act == "annual":
        person.issue(Asked(kind=ProofKind.ANNUAL, year=values[0], topic=str(values[0])))
    elif act == "transcript":
        person.issue(proof_purposes.asked_for_years(2024, 2026))
    elif act == "use":
        person.issue(proof_purposes.asked_for_use(values[0]))
    elif act == "rename":
        if person.technician.name != values[0]:
            person.rename(values[0])
    elif act == "certify":
        person.certify(values[0])
    elif person.technician and not register_history.since(person.id, as_of.moment(START - timedelta(days=1))):
        person.leave()


@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, min_size=4, max_size=16))
def test_every_proof_is_derived_again_to_the_byte_and_every_day_is_seen_as_it_was(
    city: City, employer: Employer, story: list[tuple[Any, ...]]
) -> None:
    person = Person(city, employer)
    days: list[tuple[datetime, str, int, register_history.Sheet]] = []
    person.post()
    for act in (*story, ("annual", 2026), ("use", ProofKind.EXAMINER)):
        do(person, *act)
        with clock.at(person.at):
            known = as_of.now()
            book = compliance.book(person.id, known)
            sheet = register_history.sheet(person.id, known, on=clock.today())
            days.append((person.at, book.standing(2026).evaluation.summary, len(book.entries), sheet))
    assert person.wrong() == {}
    assert person.issued
    for number, (at, summary, entries, sheet) in enumerate(days):
        if number + 1 < len(days) and days[number + 1][0] == at:
            continue  # of several acts at one moment the last is what was known by then
        known = as_of.moment(at)
        book = compliance.book(person.id, known)
        assert (book.standing(2026).evaluation.summary, len(book.entries)) == (summary, entries)
        assert register_history.sheet(person.id, known, on=at.date()) == sheet


def test_a_learning_proof_is_derived_from_the_results_as_they_were(city: City, employer: Employer) -> None:
    people = result_makers.make_people(city, employer, 2)
    report = result_makers.make_report(city, employer, people)
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    first = asked(report, people[0], employer)
    assert proof_rechecks.check(first) == []
    correct(report, people[0], city, employer, hours=120, score=900)
    second = asked(report, people[0], employer)
    assert second.id != first.id
    assert [proof_rechecks.check(proof) for proof in proofs.of_technician(people[0])] == [[], []]


# --- What it catches --------------------------------------------------------------------------------------------------


def altered(proof: Proof, **changes: Any) -> None:
    """Rewrite the frozen facts behind the program, and their hash with them."""
    facts = ProofFacts.from_json(json.dumps(json.loads(proof.facts) | changes))
    with transaction():
        db.session.execute(
            update(Proof).where(Proof.id == proof.id).values(facts=facts.to_json(), facts_sha256=facts.sha256())
        )


def test_facts_that_were_altered_with_their_hash_are_named_field_by_field(person: Person) -> None:
    person.post(tenths=100)
    proof = person.annual()
    facts = json.loads(proof.facts)
    altered(proof, entries=[facts["entries"][0] | {"credits": "60.0"}], person=facts["person"] | {"name": "别人"})
    found = proof_rechecks.check(db.session.get_one(Proof, (person.id, proof.id)))
    assert [(each.path, each.frozen, each.derived, each.source.value) for each in found] == [
        ("entries[0].credits", "60.0", "10.0", "ledger"),
        ("person.name", "别人", "学员甲", "register"),
    ]


def test_a_proof_without_a_ledger_is_found(person: Person) -> None:
    person.post()
    proof_id = person.annual().id
    forged = result_makers.make_people(person.city, person.employer, 1)[0]
    with transaction():
        db.session.execute(update(Proof).where(Proof.id == proof_id).values(technician_id=forged))
    (found,) = proof_rechecks.check(db.session.get_one(Proof, (forged, proof_id)))
    assert (found.path, found.derived) == ("facts", "2026年度还没有学分记录，暂不能开具证明")


def test_a_position_moved_back_before_a_reversal_does_not_hide_it(person: Person) -> None:
    person.post(tenths=100)
    person.wait(hours=1)
    old = person.annual()
    person.reverse(0)
    person.wait(days=1)
    new = person.annual()
    facts = json.loads(old.facts)
    told = {name: facts[name] for name in ("entries", "floors", "conclusion", "compliant", "ledger_position")}
    altered(new, **told)
    assert "ledger_position" in person.wrong()[new.id]
    assert "entries[1]" in person.wrong()[new.id]


def test_an_entry_that_came_later_was_not_known(person: Person) -> None:
    person.post(tenths=100)
    proof = person.annual()
    person.wait(hours=1)
    person.post(tenths=50)
    later = db.session.scalar(select(func.max(CreditEntry.id)).where(CreditEntry.technician_id == person.id))
    altered(proof, ledger_position=later)
    assert person.wrong() == {proof.id: ["ledger_position"]}


def test_what_was_changed_in_the_register_behind_the_program_is_found(person: Person) -> None:
    person.post()
    proof = person.annual()
    with transaction():
        db.session.execute(update(Technician).where(Technician.id == person.id).values(name="冒名者"))
    assert person.wrong() == {proof.id: ["person.name"]}


def test_a_policy_that_was_not_in_force_is_found(person: Person) -> None:
    person.post()
    proof = person.annual()
    trial = (policies._FOLDER / "JH-2020-TRIAL.json").read_text("utf-8")
    officer = make_account(Role.CITY_OFFICER, region_code="330700")
    person.wait(days=1)
    with clock.at(person.at), transaction():
        policies.adopt(trial, actor=officer)
    assert person.wrong() == {}
    with transaction():
        db.session.execute(
            update(Proof).where(Proof.id == proof.id).values(policy_version_id=policies.active_version().id)
        )
    assert "policy.version" in person.wrong()[proof.id]
    again = person.annual()
    assert again.id not in person.wrong()


def test_facts_that_cannot_be_read_are_found(person: Person) -> None:
    person.post()
    proof = person.annual()
    with transaction():
        db.session.execute(update(Proof).where(Proof.id == proof.id).values(facts="{}"))
    assert person.wrong() == {proof.id: ["facts"]}


# --- The ledger's order -----------------------------------------------------------------------------------------------


def test_entries_follow_each_other_whatever_the_clock_of_a_process_says(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.post()
    monkeypatch.setattr(ids, "_last_ms", 0)
    monkeypatch.setattr("time.time_ns", lambda real=time.time_ns: real() - 3600 * 10**9)
    person.post()
    proof = person.annual()
    monkeypatch.undo()
    posted = [entry.id for entry in ledger.entries_of(person.id)]
    titles = {entry.id: entry.source_title for entry in ledger.entries_of(person.id)}
    assert [titles[entry] for entry in sorted(posted)] == ["第 1 次专项知识考试", "第 2 次专项知识考试"]
    assert json.loads(proof.facts)["ledger_position"] == max(posted)
    assert person.wrong() == {}


def test_of_two_postings_at_once_the_later_commit_has_the_later_id(
    app: Flask, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first posts on a machine whose clock is an hour ahead and is slow to commit."""
    posted, commits = threading.Event(), []
    ahead = ids.new_id() + (3_600_000 << 22)

    def slow() -> None:
        with app.app_context(), transaction():
            made = post_exam(person.id, "先入账")
            posted.set()
            time.sleep(0.5)
            commits.append(made)

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "new_id", lambda last: max(ahead, last) + 1)
        first = threading.Thread(target=slow)
        first.start()
        assert posted.wait(20)
    with transaction():
        second = post_exam(person.id, "后入账")
        commits.append(second)
    first.join()
    assert commits == ["先入账", "后入账"]
    db.session.expire_all()
    by_id = sorted(ledger.entries_of(person.id), key=lambda entry: entry.id)
    assert [entry.source_title for entry in by_id] == ["先入账", "后入账"]


def post_exam(technician_id: int, title: str) -> str:
    """Post an exam in the present transaction; returns its title."""
    exam = ExamRecord(
        technician_id=technician_id, title=title, subject="PROFESSIONAL", taken_on=date(2026, 3, 1), score_tenths=800,
        credits_tenths=100, recorded_by_id=None,
    )  # fmt: skip
    db.session.add(exam)
    db.session.flush()
    award = Award(
        technician_id=technician_id, year=2026, occurred_on=exam.taken_on, days=1, subject=exam.subject, form="EXAM",
        hours_tenths=0, credits_tenths=100, source_kind=SourceKind.EXAM, source_id=exam.id, line_id=exam.id,
        source_title=title, region_code=result_makers.COUNTY, is_exam=True,
    )  # fmt: skip
    ledger.post([award], actor=SYSTEM, policy_version=policies.active_version())
    return title


# --- The register's past ----------------------------------------------------------------------------------------------


def test_the_past_of_the_register_cannot_be_rewritten(person: Person) -> None:
    person.rename("新名字")
    for statement in ("UPDATE register_change SET part = 'name'", "DELETE FROM register_change"):
        with pytest.raises(Exception, match="append-only"), transaction():
            db.session.execute(text(statement))


def test_what_was_changed_since_is_told_in_order(person: Person) -> None:
    first = as_of.moment(person.at)
    for name in ("第一名", "第二名"):
        person.wait(days=1)
        person.rename(name)
    found = register_history.since(person.id, first)
    assert [(each.before, each.after) for each in found] == [
        (NameRow(name="学员甲"), NameRow(name="第一名")),
        (NameRow(name="第一名"), NameRow(name="第二名")),
    ]
    assert {each.change.part for each in found} == {RegisterPart.NAME.value}


def test_a_proof_is_not_frozen_from_half_a_change(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The register moves between two of the reads: what was read is thrown away and read again."""
    person.post()
    read, moved = register_history.sheet, []

    def meanwhile(*args: Any, **kwargs: Any) -> register_history.Sheet:
        found = read(*args, **kwargs)
        if not moved:
            moved.append(True)
            register_history.keep(RegisterPart.NAME, [(person.id, person.id)])
            db.session.execute(update(Technician).where(Technician.id == person.id).values(name="半路改名"))
        return found

    monkeypatch.setattr(register_history, "sheet", meanwhile)
    proof = person.annual()
    monkeypatch.undo()
    facts = ProofFacts.from_json(proof.facts)
    assert isinstance(facts, AnnualFacts)
    assert facts.person.name == "半路改名"
    assert person.wrong() == {}


# --- Every night ------------------------------------------------------------------------------------------------------


def night() -> None:
    proof_rechecks.begin_once_a_day()
    day = clock.today().isoformat()
    while proof_rechecks.work(jobs.Run(0), day) is jobs.AGAIN:
        pass


def test_every_night_all_proofs_are_looked_at_in_parts_and_what_differs_is_kept(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_rechecks.part, "__defaults__", (2,))
    auditor = make_account(Role.AUDITOR, region_code="330700")
    person.post()
    proof_list = [person.annual()]
    for kind in PURPOSES[:4]:
        for_use = person.issue(proof_purposes.asked_for_use(kind))
        assert for_use is not None
        proof_list.append(for_use)
    right = proof_list[0].facts, proof_list[0].facts_sha256
    altered(proof_list[0], conclusion="全部达到")
    night()
    round_ = db.session.get_one(ProofRecheck, clock.today())
    assert (round_.checked, round_.differing, round_.finished_at is not None) == (5, 1, True)
    kept = db.session.scalars(select(ProofDifference)).one()
    assert [each["path"] for each in json.loads(kept.content)] == ["conclusion"]
    told = select(func.count()).select_from(Notice).where(Notice.membership_id == auditor.membership_id)
    assert db.session.scalar(told) == 1
    night()  # the same night again: nothing is looked at twice
    assert db.session.get_one(ProofRecheck, clock.today()).checked == 5
    with transaction():
        db.session.execute(
            update(Proof).where(Proof.id == proof_list[0].id).values(facts=right[0], facts_sha256=right[1])
        )
    with clock.at(clock.now() + timedelta(days=1)):
        night()
    db.session.expire_all()
    assert db.session.scalars(select(ProofDifference)).one().resolved_at is not None
    assert proof_rechecks.open_count() == 0


def test_the_command_names_the_first_proof_that_differs(
    app: Flask, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.post()
    proof = person.annual()
    number = proof.number
    said = FlaskCliRunner(app).invoke(args=["proofs", "check"])
    assert (said.exit_code, said.output) == (0, "1 proofs derived again\nevery proof says what its sources give\n")
    altered(proof, conclusion="全部达到")
    for arguments in ([], [number]):
        said = FlaskCliRunner(app).invoke(args=["proofs", "check", *arguments])
        assert said.exit_code == 1
        assert said.output.startswith(f"{number}: conclusion (ledger): the paper says '全部达到'")
    assert FlaskCliRunner(app).invoke(args=["proofs", "check", "JHJX-2026-99999999"]).exit_code == 1

"""Proofs: frozen facts, one paper, a state a stranger can ask for at any time."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from domain.ledger_rules import Award, ReversalReason, SourceKind
from domain.periods import CHINA
from domain.proof_facts import ProofFacts, grouped
from domain.roles import Actor, Role
from models import CreditEntry, ExamRecord, Job, Proof, ProofCode, Technician, db
from services import clock, compliance, jobs, ledger, proofs
from services.pdf import MissingGlyph
from services.transaction import transaction
from tests.services import result_makers
from tests.services.result_makers import City

YEAR = 2026


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def city(app_context: None) -> City:
    return result_makers.make_city()


@pytest.fixture
def person(city: City) -> Technician:
    """Somebody with the credits of one class of sixteen hours."""
    employer = result_makers.make_employer()
    technician_id = result_makers.make_people(city, employer, 1)[0]
    report = result_makers.make_report(city, employer, [technician_id])
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    return db.session.get_one(Technician, technician_id)


def owner(person: Technician) -> Actor:
    return Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)


def issue(person: Technician, year: int = YEAR) -> Proof:
    """Ask for a proof; tests run jobs at once."""
    with transaction():
        proof, _ = proofs.request(person, year, actor=owner(person))
    db.session.expire_all()
    return proof


def exam_award(exam: ExamRecord) -> Award:
    """The credits of a passed exam."""
    return Award(
        technician_id=exam.technician_id, year=exam.taken_on.year, occurred_on=exam.taken_on, days=1,
        subject=exam.subject, form="EXAM", hours_tenths=0, credits_tenths=exam.credits_tenths,
        source_kind=SourceKind.EXAM, source_id=exam.id, line_id=exam.id, source_title=exam.title,
        region_code=result_makers.COUNTY, is_exam=True,
    )  # fmt: skip


def test_a_proof_is_valid_once_its_paper_is_made(person: Technician) -> None:
    proof = issue(person)
    assert proof.state == "valid"
    assert proofs.paper(proof).startswith(b"%PDF-")
    facts = ProofFacts.from_json(proof.facts)
    assert (facts.sha256(), facts.number, facts.code) == (proof.facts_sha256, proof.number, proof.code)
    assert facts.person.name == person.name
    assert "*" in facts.person.id_masked


def test_the_paper_says_what_the_persons_page_says(person: Technician) -> None:
    facts = ProofFacts.from_json(issue(person).facts)
    evaluation = compliance.standing(person.id, YEAR).evaluation
    assert [(floor.key, floor.earned, floor.missing) for floor in facts.floors] == [
        (floor.key, floor.counted, floor.missing) for floor in evaluation.floors
    ]
    posted = sum(ledger.summary_of(person.id, YEAR).values())
    assert sum(entry.credits for entry in facts.entries) * 10 == posted


def test_asking_again_without_a_change_gives_the_same_proof(person: Technician) -> None:
    first = issue(person)
    assert issue(person).id == first.id
    assert db.session.scalar(select(func.count()).select_from(Proof)) == 1


def test_a_changed_fact_gives_a_new_proof_that_replaces_the_old_one(person: Technician) -> None:
    old = issue(person)
    with transaction():
        db.session.execute(update(Technician).where(Technician.id == person.id).values(name="新名字"))
    new = issue(db.session.get_one(Technician, person.id))
    found = proofs.verify(old.code)
    assert found is not None
    assert (found.proof.state, found.superseded_by) == ("superseded", new.number)
    assert found.facts.person.name != "新名字"
    assert new.state == "valid"


def test_a_stranger_is_told_the_newest_of_several_that_followed(person: Technician) -> None:
    made = []
    for name in ("甲", "乙", "丙"):
        with transaction():
            db.session.execute(update(Technician).where(Technician.id == person.id).values(name=name))
        made.append(issue(db.session.get_one(Technician, person.id)))
    told = [found.superseded_by for found in map(proofs.verify, [each.code for each in made]) if found]
    assert told == [made[2].number, made[2].number, None]


def test_a_reversal_is_seen_by_the_next_stranger(person: Technician, city: City) -> None:
    proof = issue(person)
    entry = db.session.scalars(select(CreditEntry).where(CreditEntry.technician_id == person.id)).first()
    assert entry is not None
    with transaction():
        ledger.reverse(entry, reason=ReversalReason.WRONG_ENTRY, remark="录入错误", actor=city.other_officer)
    found = proofs.verify(proof.code)
    assert found is not None
    assert found.proof.state == "superseded"
    assert "冲销" in found.proof.state_reason
    assert found.superseded_by is None
    again = issue(person)
    assert again.id != proof.id
    later = proofs.verify(proof.code)
    assert later is not None
    # Not replaced, but changed; its holder has had another made since.
    assert (later.proof.superseded_by_id, later.superseded_by) == (None, again.number)
    reasons = [each["reason"] for each in json.loads(again.facts)["entries"]]
    assert reasons.count("已冲销，不计入") == 2


def test_later_credits_leave_a_proof_valid_and_are_told(person: Technician, city: City) -> None:
    proof = issue(person)
    exam = result_makers.make_exam(person.id, city)
    with transaction():
        ledger.post([exam_award(exam)], actor=city.city_officer, policy_version=result_makers.active_version())
    found = proofs.verify(proof.code)
    assert found is not None
    assert (found.proof.state, found.later_entries) == ("valid", 1)


@pytest.mark.usefixtures("no_worker")
def test_credits_committed_late_under_an_early_id_are_told(person: Technician) -> None:
    proof = issue(person)
    entry = db.session.scalars(select(CreditEntry).where(CreditEntry.technician_id == person.id)).first()
    assert entry is not None
    row = {column.name: getattr(entry, column.name) for column in CreditEntry.__table__.columns}
    with transaction():
        db.session.execute(insert(CreditEntry), [{**row, "id": row["id"] - 1, "sequence": 2}])
    found = proofs.verify(proof.code)
    assert found is not None
    assert found.later_entries == 1


def test_a_code_is_understood_as_it_is_printed(person: Technician) -> None:
    proof = issue(person)
    found = proofs.verify(grouped(proof.code).lower())
    assert found is not None
    assert found.proof.id == proof.id


def test_a_code_never_issued_and_nonsense_get_the_same_answer(person: Technician) -> None:
    proof = issue(person)
    other = proof.code[:-1] + ("0" if proof.code[-1] != "0" else "1")
    assert proofs.verify(other) is None
    assert proofs.verify("nonsense") is None


def test_a_name_that_cannot_be_printed_is_refused_before_a_number_is_given(person: Technician) -> None:
    with transaction():
        db.session.execute(update(Technician).where(Technician.id == person.id).values(name="王\U000e0041"))
    with pytest.raises(MissingGlyph), transaction():
        proofs.request(db.session.get_one(Technician, person.id), YEAR, actor=owner(person))
    assert db.session.scalar(select(func.count()).select_from(ProofCode)) == 0


def test_a_year_without_credits_has_no_proof(person: Technician) -> None:
    with pytest.raises(proofs.RuleError, match="2025"), transaction():
        proofs.request(person, 2025, actor=owner(person))


def test_printing_twice_leaves_one_paper(person: Technician) -> None:
    proof = issue(person)
    file_id = proof.file_id
    assert proofs.make(None, technician_id=person.id, proof_id=proof.id) == {}  # type: ignore[arg-type]
    db.session.expire_all()
    assert db.session.get_one(Proof, (person.id, proof.id)).file_id == file_id


# --- What may go wrong on the way -------------------------------------------------------------------------------------


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are asked for and wait."""
    monkeypatch.setattr(jobs, "_enqueue", lambda kind, job_id: None)


def state_of(person: Technician, proof: Proof) -> str:
    db.session.expire_all()
    return db.session.get_one(Proof, (person.id, proof.id)).state


def test_a_paper_that_could_not_be_made_can_be_asked_for_again(
    person: Technician, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> bytes:
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(proofs.pdf, "render_proof", full)
        failed = issue(person)
        assert (failed.state, db.session.scalars(select(Job.state)).all()) == ("failed", ["failed"])
        assert proofs.verify(failed.code) is None
    again = issue(person)
    assert (again.state, again.id != failed.id) == ("valid", True)


@pytest.mark.usefixtures("no_worker")
def test_a_paper_whose_worker_dies_each_time_does_not_wait_for_ever(person: Technician) -> None:
    proof = issue(person)
    with transaction():
        db.session.execute(update(Job).values(state="running", tries=3))
        job = db.session.scalars(select(Job)).one()
        job.heartbeat_at -= timedelta(minutes=6)
    jobs.sweep()
    assert state_of(person, proof) == "failed"
    assert "中断" in db.session.scalars(select(Job.message)).one()


def test_credits_taken_back_while_the_paper_is_printed_leave_no_valid_proof(
    person: Technician, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = proofs.pdf.render_proof
    entry_id = db.session.scalars(select(CreditEntry.id).where(CreditEntry.technician_id == person.id)).first()
    person_id = person.id

    def reversed_meanwhile(facts: ProofFacts, **arguments: Any) -> bytes:
        with transaction():
            entry = db.session.get_one(CreditEntry, (person_id, entry_id))
            ledger.reverse(entry, reason=ReversalReason.FRAUD, remark="代签到", actor=city.other_officer)
        return printed(facts, **arguments)

    monkeypatch.setattr(proofs.pdf, "render_proof", reversed_meanwhile)
    proof = issue(person)
    assert (proof.state, proof.file_id) == ("superseded", None)
    assert "冲销" in proof.state_reason


@pytest.mark.usefixtures("no_worker")
def test_of_two_proofs_of_a_year_the_later_is_valid_whichever_is_printed_first(person: Technician) -> None:
    first = issue(person)
    with transaction():
        db.session.execute(update(Technician).where(Technician.id == person.id).values(name="新名字"))
    second = issue(db.session.get_one(Technician, person.id))
    for proof in (second, first):
        proofs.make(None, technician_id=person.id, proof_id=proof.id)  # type: ignore[arg-type]
    assert [state_of(person, proof) for proof in (first, second)] == ["superseded", "valid"]


@pytest.mark.usefixtures("no_worker")
def test_a_number_bears_the_year_of_the_day_in_china(person: Technician) -> None:
    with clock.at(datetime(2027, 1, 1, 1, tzinfo=CHINA)):
        assert issue(person).number.startswith("JHJX-2027-")


@pytest.mark.usefixtures("no_worker")
def test_who_owes_nothing_is_not_said_to_reach_what_was_not_reached(person: Technician) -> None:
    floors = ProofFacts.from_json(issue(person).facts).floors
    assert floors and all((floor.earned >= floor.required) == floor.met for floor in floors)

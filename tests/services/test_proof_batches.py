"""Proofs for many: only with consent, each once, whatever happens on the way; given out as a ZIP with an index."""

import io
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select, update

from domain.errors import RuleError
from domain.people_lines import UnreadableLines
from domain.proof_facts import ProofFacts
from domain.proof_kinds import ProofKind
from domain.roles import Actor, Role
from models import Employment, Job, Proof, ProofBatch, ProofBatchItem, ProofNumber, Technician, db
from services import jobs, proof_batches, proof_consents, proof_packages, proof_papers, proofs, record_looks, registry
from services.transaction import transaction
from tests.filing_makers import make_officer
from tests.services import result_makers
from tests.services.result_makers import Employer

YEAR = 2026


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def staff(app_context: None) -> tuple[Employer, list[int]]:
    """An employer and five of its people with the credits of one class."""
    city, employer = result_makers.make_city(), result_makers.make_employer()
    people = result_makers.make_people(city, employer, 5)
    report = result_makers.make_report(city, employer, people)
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    return employer, people


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are asked for and wait; two persons are a part."""
    monkeypatch.setattr(jobs, "_enqueue", lambda kind, job_id: None)
    monkeypatch.setattr(proof_batches, "AT_ONCE", 2)


def owner(technician_id: int) -> Actor:
    return Actor(role=Role.TECHNICIAN, name="本人", technician_id=technician_id)


def agree(people: list[int], employer: Employer, *, yes: bool = True) -> None:
    with transaction():
        for person in people:
            proof_consents.say(person, employer.id, agree=yes, actor=owner(person))


def begin(employer: Employer, year: int = YEAR) -> int:
    with transaction():
        batch_id = proof_batches.start(ProofKind.ANNUAL, year, actor=employer.clerk).id
    db.session.expire_all()
    return batch_id


def batch_of(batch_id: int) -> ProofBatch:
    db.session.expire_all()
    return db.session.get_one(ProofBatch, batch_id)


def work(batch_id: int) -> bool:
    """One part, as the worker does it; whether there is more to do."""
    job = db.session.scalars(select(Job).where(Job.kind == "proof_batch").order_by(Job.id.desc())).first()
    assert job is not None
    db.session.expire_all()
    return proof_batches.work(jobs.Run(job.id), batch_id=batch_id) is jobs.AGAIN


def states(batch_id: int) -> list[str]:
    db.session.expire_all()
    query = select(ProofBatchItem.state).where(ProofBatchItem.batch_id == batch_id).order_by(ProofBatchItem.position)
    return list(db.session.scalars(query))


def unpacked(batch_id: int, employer: Employer) -> tuple[dict[str, bytes], list[tuple[Any, ...]]]:
    """The papers of the ZIP by name, and the lines of its index."""
    with transaction():
        package = proof_packages.pack(batch_of(batch_id), actor=employer.clerk)
    with zipfile.ZipFile(io.BytesIO(b"".join(package.chunks))) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    sheet = load_workbook(io.BytesIO(files.pop("索引.xlsx"))).active
    assert sheet is not None
    return files, list(sheet.iter_rows(min_row=2, values_only=True))


# --- Consent ----------------------------------------------------------------------------------------------------------


def test_only_who_agreed_gets_a_proof_made(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    with pytest.raises(RuleError, match="还没有职工同意"), transaction():
        proof_batches.start(ProofKind.ANNUAL, YEAR, actor=employer.clerk)
    agree(people[:3], employer)
    batch_id = begin(employer)
    assert (batch_of(batch_id).state, states(batch_id)) == ("done", ["issued"] * 3)
    assert set(db.session.scalars(select(Proof.technician_id))) == set(people[:3])
    assert set(db.session.scalars(select(Proof.state))) == {"valid"}


def test_asking_for_consent_asks_each_once(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    agree(people[:1], employer)
    for expected in (4, 0):
        with transaction():
            assert proof_consents.ask(actor=employer.clerk) == expected
    assert proof_consents.counts(employer.id) == {"": 0, "asked": 4, "given": 1, "withdrawn": 0}
    assert [consent.state for consent in proof_consents.of_technician(people[1])] == ["asked"]


def test_a_stranger_among_employers_gets_no_consent(staff: tuple[Employer, list[int]]) -> None:
    other = result_makers.make_employer()
    with pytest.raises(RuleError, match="不是您现在的用人单位"):
        agree(staff[1][:1], other)


def test_consent_ends_with_the_employment(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    agree(people, employer)
    with transaction():
        db.session.execute(
            update(Employment).where(Employment.technician_id == people[0]).values(ended_on=date(2026, 6, 1))
        )
    batch_id = begin(employer)
    assert proof_batches.progress(batch_id).total == 4


def test_who_takes_consent_back_while_it_runs_is_left_out(staff: tuple[Employer, list[int]], by_hand: None) -> None:
    employer, people = staff
    agree(people, employer)
    batch_id = begin(employer)
    last = db.session.scalars(select(ProofBatchItem.technician_id).where(ProofBatchItem.position == 5)).one()
    agree([last], employer, yes=False)
    while work(batch_id):
        pass
    assert states(batch_id) == ["issued"] * 4 + ["left_out"]
    assert [row.message for row in proof_batches.left_out(batch_id)] == ["本人已撤回同意，或已不在本单位"]


# --- Each once, whatever happens --------------------------------------------------------------------------------------


def test_a_batch_goes_in_parts_and_says_how_far_it_is(staff: tuple[Employer, list[int]], by_hand: None) -> None:
    employer, people = staff
    agree(people, employer)
    batch_id = begin(employer)
    assert [work(batch_id), work(batch_id)] == [True, True]
    assert proof_batches.progress(batch_id) == proof_batches.Progress(total=5, issued=4, left_out=0)
    job = db.session.scalars(select(Job).where(Job.kind == "proof_batch")).one()
    assert (job.done, job.total) == (4, 5)
    assert not work(batch_id)
    assert batch_of(batch_id).state == "done"


def test_a_cancelled_batch_stops_and_goes_on_when_it_is_told_to(
    staff: tuple[Employer, list[int]], by_hand: None
) -> None:
    employer, people = staff
    agree(people, employer)
    batch_id = begin(employer)
    work(batch_id)
    with transaction():
        proof_batches.cancel(batch_of(batch_id), actor=employer.clerk)
    assert not work(batch_id)
    assert states(batch_id) == ["issued"] * 2 + ["waiting"] * 3
    with pytest.raises(RuleError), transaction():
        proof_batches.cancel(batch_of(batch_id), actor=employer.clerk)
    with transaction():
        proof_batches.resume(batch_of(batch_id), actor=employer.clerk)
    while work(batch_id):
        pass
    assert states(batch_id) == ["issued"] * 5
    assert db.session.scalar(select(func.count()).select_from(ProofNumber)) == 5


def test_what_was_frozen_before_a_crash_is_printed_after_it(
    staff: tuple[Employer, list[int]], by_hand: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    employer, people = staff
    agree(people, employer)
    batch_id = begin(employer)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> bytes:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(proof_papers, "signed", killed)
        work(batch_id)
    assert states(batch_id) == ["printing"] * 2 + ["waiting"] * 3
    numbers = set(db.session.scalars(select(ProofNumber.number)))
    while work(batch_id):
        pass
    assert states(batch_id) == ["issued"] * 5
    assert set(db.session.scalars(select(Proof.state))) == {"valid"}
    assert numbers < set(db.session.scalars(select(ProofNumber.number)))
    assert db.session.scalar(select(func.count()).select_from(ProofNumber)) == 5


def test_one_paper_that_cannot_be_made_holds_up_nobody(
    staff: tuple[Employer, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    employer, people = staff
    agree(people, employer)
    made, unlucky = proof_papers.signed, db.session.get_one(Technician, people[0]).name

    def sometimes(facts: ProofFacts) -> bytes:
        if facts.person.name == unlucky:
            raise OSError("no space left on device")
        return made(facts)

    monkeypatch.setattr(proof_papers, "signed", sometimes)
    batch_id = begin(employer)
    assert sorted(states(batch_id)) == ["issued"] * 4 + ["left_out"]
    assert sorted(db.session.scalars(select(Proof.state))) == ["failed"] + ["valid"] * 4


def test_a_year_without_credits_is_left_out_with_the_reason(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    agree(people[:1], employer)
    batch_id = begin(employer, 2025)
    assert (batch_of(batch_id).state, states(batch_id)) == ("done", ["left_out"])
    assert "2025年度还没有学分记录" in proof_batches.left_out(batch_id)[0].message


def test_who_has_the_proof_already_gets_no_second_one(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    agree(people, employer)
    with transaction():
        proofs.request(db.session.get_one(Technician, people[0]), YEAR, actor=owner(people[0]))
    begin(employer)
    begin(employer)
    assert db.session.scalar(select(func.count()).select_from(Proof)) == 5


def test_a_worker_that_dies_each_time_stops_the_batch_and_it_can_be_taken_up(
    staff: tuple[Employer, list[int]], by_hand: None
) -> None:
    employer, people = staff
    agree(people, employer)
    batch_id = begin(employer)
    with transaction():
        job = db.session.scalars(select(Job).where(Job.kind == "proof_batch")).one()
        job.state, job.tries = "running", 3
        job.heartbeat_at -= timedelta(minutes=6)
    jobs.sweep()
    assert batch_of(batch_id).state == "stopped"
    with transaction():
        proof_batches.resume(batch_of(batch_id), actor=employer.clerk)
    assert db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == "proof_batch")) == 2
    while work(batch_id):
        pass
    assert batch_of(batch_id).state == "done"


def test_a_job_that_gives_way_is_queued_behind_what_waits(
    staff: tuple[Employer, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    employer, people = staff
    agree(people, employer)
    queued: list[tuple[str, int]] = []
    monkeypatch.setattr(jobs, "_enqueue", lambda kind, job_id: queued.append((kind, job_id)))
    monkeypatch.setattr(proof_batches, "AT_ONCE", 2)
    begin(employer)
    (kind, job_id) = queued.pop()
    jobs.execute(job_id)
    db.session.expire_all()
    assert queued == [(kind, job_id)]
    assert (db.session.get_one(Job, job_id).state, db.session.get_one(Job, job_id).tries) == ("queued", 0)
    assert jobs._priorities["proof"] > jobs._priorities["proof_batch"]


# --- The ZIP ----------------------------------------------------------------------------------------------------------


def test_the_zip_holds_the_papers_as_they_were_issued(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    agree(people, employer)
    batch_id = begin(employer)
    files, lines = unpacked(batch_id, employer)
    issued = {proof.number: proofs.paper(proof) for proof in db.session.scalars(select(Proof))}
    assert {line[3] for line in lines} == set(issued)
    assert [files[line[7]] for line in lines] == [issued[line[3]] for line in lines]
    assert set(files) == {line[7] for line in lines}
    assert all("*" in line[2] and "总学分" in line[4] and line[6] == "有效" for line in lines)


def test_each_person_sees_who_took_the_proof_away(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    agree(people[:2], employer)
    batch_id = begin(employer)
    for _ in range(2):
        unpacked(batch_id, employer)
    looks = [record_looks.of(person) for person in people]
    assert [len(each) for each in looks] == [1, 1, *[0] * (len(people) - 2)]
    assert (looks[0][0].what, looks[0][0].times) == ("学分证明", 2)


def test_the_zip_leaves_out_what_is_no_longer_the_employers(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    agree(people, employer)
    batch_id = begin(employer)
    agree(people[:1], employer, yes=False)
    revoked = proofs.of_technician(people[1])[0]
    with transaction():
        proofs.revoke(revoked, "弄虚作假")
    files, lines = unpacked(batch_id, employer)
    assert len(files) == 3
    assert sorted((line[6] or "", line[8] or "") for line in lines if not line[7]) == [
        ("", "本人已撤回同意，或已不在本单位，未附证明"),
        ("已撤销", "证明已失效，未附"),
    ]


def test_a_batch_is_its_employers_alone(staff: tuple[Employer, list[int]]) -> None:
    employer, people = staff
    agree(people[:1], employer)
    batch_id = begin(employer)
    assert proof_batches.find(batch_id, seen_by=employer.manager) is not None
    assert proof_batches.find(batch_id, seen_by=result_makers.make_employer().clerk) is None


# --- At the window ----------------------------------------------------------------------------------------------------


def lines_of(people: list[int]) -> str:
    found = [db.session.get_one(Technician, person) for person in people]
    return "\n".join(f"{person.name}\t{registry.id_number(person)}" for person in found)


def test_an_officer_makes_a_batch_for_those_whose_authorisation_is_there(staff: tuple[Employer, list[int]]) -> None:
    _, people = staff
    officer = make_officer()
    with transaction():
        batch_id = proof_batches.start_at_window(
            ProofKind.ANNUAL, YEAR, lines_of(people[:3] + people[:1]), "委托书 3 份", actor=officer
        ).id
    assert (batch_of(batch_id).state, states(batch_id)) == ("done", ["issued"] * 3)
    with transaction():
        package = proof_packages.pack(batch_of(batch_id), actor=officer)
    assert package.name == f"{YEAR}年度学分证明-3份.zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(package.chunks))) as archive:
        assert len(archive.namelist()) == 4
    assert proof_batches.find(batch_id, seen_by=officer) is not None
    assert proof_batches.find(batch_id, seen_by=make_officer()) is None
    assert proof_batches.find(batch_id, seen_by=staff[0].clerk) is None


def test_a_line_whose_person_is_not_in_the_officers_register_is_named(staff: tuple[Employer, list[int]]) -> None:
    _, people = staff
    lines = lines_of(people[:2]).splitlines()
    wrong_name = "别人\t" + lines[1].split("\t")[1]
    for text, actor, words in (
        (f"{lines[0]}\n{wrong_name}", make_officer(), "第 2 行"),
        ("\n".join(lines), make_officer("330783"), "第 1、2 行"),
        ("  ", make_officer(), "请粘贴"),
    ):
        with pytest.raises(UnreadableLines, match=words), transaction():
            proof_batches.start_at_window(ProofKind.ANNUAL, YEAR, text, "委托书 2 份", actor=actor)
    assert db.session.scalar(select(func.count()).select_from(ProofBatch)) == 0

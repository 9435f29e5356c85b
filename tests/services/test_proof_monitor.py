"""The monitor of proofs without a paper (P-30, F-04): each is finished or given up, none waits for ever."""

from typing import Any

import pytest
from sqlalchemy import select, update

from domain.roles import CITY, Actor, Role
from models import Job, Notice, Proof, Technician, db
from services import clock, proof_monitor, proof_papers, proofs
from services.proof_content import Asked, ProofKind
from services.transaction import transaction
from tests.account_makers import make_account
from tests.services import result_makers

YEAR = 2026


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def lost(app_context: None) -> Proof:
    """A proof whose worker died between its record and its paper."""
    city, employer = result_makers.make_city(), result_makers.make_employer()
    technician_id = result_makers.make_people(city, employer, 1)[0]
    report = result_makers.make_report(city, employer, [technician_id])
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    person = db.session.get_one(Technician, technician_id)
    actor = Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
    with transaction():
        proof, _ = proofs.issue(person, Asked(kind=ProofKind.ANNUAL, year=YEAR, topic=str(YEAR)), actor)
    return proof


def an_hour_later() -> None:
    with transaction():
        clock.advance(1)


def test_a_proof_that_is_being_made_is_left_alone(lost: Proof) -> None:
    assert proof_monitor.unprinted() == []
    proof_monitor.look()
    assert lost.state == "issuing"
    assert db.session.scalars(select(Job).where(Job.kind == proofs.JOB)).all() == []


def test_a_proof_that_waits_too_long_is_reported_and_finished_in_one_look(lost: Proof) -> None:
    make_account(Role.CENTER_STAFF, region_code=CITY)
    number = lost.number
    an_hour_later()
    assert [(each.number, each.state) for each in proof_monitor.unprinted()] == [(number, "issuing")]
    found = proofs.verify(lost.code)
    assert found is not None
    assert found.proof.state == "issuing"
    proof_monitor.look()
    db.session.expire_all()
    assert lost.state == "valid"
    assert proofs.paper(lost).startswith(b"%PDF-")
    assert proof_monitor.unprinted() == []
    assert [notice.link for notice in db.session.scalars(select(Notice).where(Notice.title.contains("没有按时")))] == [
        "/center"
    ]


def test_a_proof_that_cannot_be_made_is_given_up(lost: Proof, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> bytes:
        raise RuntimeError("no paper")

    monkeypatch.setattr(proof_papers, "signed", fails)
    an_hour_later()
    proof_monitor.look()
    db.session.expire_all()
    assert lost.state == "failed"
    assert proof_monitor.unprinted() == []
    assert proofs.verify(lost.code) is None


def test_what_is_asked_for_already_is_not_asked_for_again(lost: Proof) -> None:
    an_hour_later()
    with transaction():
        db.session.add(
            Job(
                kind=proofs.JOB, state="running", arguments={"technician_id": lost.technician_id, "proof_id": lost.id},
                created_at=clock.machine_now(), heartbeat_at=clock.machine_now(),
            )
        )  # fmt: skip
    proof_monitor.look()
    db.session.expire_all()
    assert lost.state == "issuing"
    assert len(db.session.scalars(select(Job).where(Job.kind == proofs.JOB)).all()) == 1


def test_a_proof_in_force_without_a_file_is_reported_every_time(lost: Proof) -> None:
    """Nobody can mend that but by hand: the file was taken away behind the program."""
    make_account(Role.CENTER_STAFF, region_code=CITY)
    with transaction():
        db.session.execute(update(Proof).where(Proof.id == lost.id).values(state="valid"))
    for _ in range(3):
        proof_monitor.look()
    assert [each.state for each in proof_monitor.unprinted()] == ["valid"]
    # Once a day, not once a minute.
    assert len(db.session.scalars(select(Notice).where(Notice.title.contains("没有按时"))).all()) == 1

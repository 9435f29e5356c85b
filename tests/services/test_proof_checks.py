"""Verifications are counted beside the database: none is lost or counted twice, whoever is killed when."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app import create_app
from domain.public_log import Way
from domain.roles import Actor, Role
from models import Proof, ProofCheck, Technician, db
from services import proof_checks, proofs
from services.transaction import transaction
from tests import database
from tests.services import result_makers


@pytest.fixture
def settings(durable_database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        **database.KEYS,
        "WUXUE_ENV": "test",
        "WUXUE_DATABASE_URL": durable_database_url,
        "WUXUE_INSTANCE": str(tmp_path),
        "WUXUE_CLOCK_START": result_makers.NOW,
    }


@pytest.fixture
def proof(app: Flask) -> Iterator[Proof]:
    with app.app_context():
        city, employer = result_makers.make_city(), result_makers.make_employer()
        person_id = result_makers.make_people(city, employer, 1)[0]
        report = result_makers.make_report(city, employer, [person_id])
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
        person = db.session.get_one(Technician, person_id)
        with transaction():
            actor = Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
            made, _ = proofs.request(person, 2026, actor=actor)
        yield made


def kept() -> int:
    db.session.rollback()
    return sum(db.session.scalars(select(ProofCheck.times)))


def test_a_look_writes_nothing_to_the_database_and_is_seen_at_once(app: Flask, proof: Proof) -> None:
    statements: list[str] = []
    address = f"/v/{proof.code}"

    def hear(*arguments: Any) -> None:
        statements.append(arguments[2].lstrip()[:6])

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        assert app.test_client().get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    assert set(statements) - {"BEGIN"} == {"SELECT"}
    assert (proof_checks.count(proof), kept()) == (1, 0)
    proof_checks.fold()
    assert (proof_checks.count(proof), kept()) == (1, 1)
    assert app.test_client().get(f"/v/{proof.code}").status_code == 200
    [row] = proof_checks.of_proof(proof)
    assert (row.way, row.times) == (Way.CODE, 2)


def test_many_that_write_while_one_adds_up_lose_nothing(app: Flask, proof: Proof) -> None:
    key, each = (proof.technician_id, proof.id), 300
    db.session.rollback()

    def look() -> None:
        with app.app_context():
            for _ in range(each):
                proof_checks.note(*key, Way.CODE)

    lookers = [Thread(target=look) for _ in range(4)]
    for looker in lookers:
        looker.start()
    while any(looker.is_alive() for looker in lookers):
        proof_checks.fold()
    proof_checks.fold()
    assert kept() == 4 * each


@pytest.mark.parametrize("where", ["before it is committed", "before the file is gone"])
def test_who_adds_up_and_is_killed_counts_nothing_twice(
    app: Flask, settings: dict[str, str], proof: Proof, where: str
) -> None:
    for _ in range(5):
        proof_checks.note(proof.technician_id, proof.id, Way.FILE)
    db.session.remove()
    db.engine.dispose()

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if child == 0:
        try:
            with create_app(settings).app_context():
                if where == "before it is committed":
                    event.listen(db.engine, "commit", die)
                else:
                    Path.unlink = die  # type: ignore[method-assign, assignment]
                proof_checks.fold()
        finally:
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    for _ in range(2):
        proof_checks.fold()
        assert kept() == 5
    proof_checks.note(proof.technician_id, proof.id, Way.FILE)
    assert proof_checks.count(proof) == 6


def test_half_a_line_and_strange_ones_are_passed_over(app: Flask, proof: Proof) -> None:
    proof_checks.note(proof.technician_id, proof.id, Way.CODE)
    with (Path(app.extensions["settings"].instance) / "verified" / "new").open("ab") as file:
        file.write(b"1 2 x code\n\xff\xfe\n12 34")
    proof_checks.fold()
    assert kept() == 1


def test_a_file_nobody_adds_up_does_not_grow_for_ever(
    app: Flask, proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof_checks, "_MOST_BYTES", 100)
    for _ in range(6):
        proof_checks.note(proof.technician_id, proof.id, Way.CODE)
    assert kept() == 4
    assert proof_checks.count(proof) == 6


def test_a_full_disk_keeps_nobody_from_the_answer(app: Flask, proof: Proof, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    assert app.test_client().get(f"/v/{proof.code}").status_code == 200

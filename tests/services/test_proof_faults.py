"""A worker killed while it makes a proof (F-03, F-04): none is valid without its file, and in the end there is one."""

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from app import create_app
from domain.proof_facts import ProofFacts
from domain.roles import Actor, Role
from models import Job, LogLeaf, Proof, StoredFile, Technician, db
from services import clock, files, jobs, pdf, proof_monitor, proofs, signing
from services.transaction import transaction
from tests import database
from tests.services import result_makers

YEAR = 2026


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
def waiting(app: Flask, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """A proof that was asked for; what it will look like is drawn once, for all the processes that follow."""
    monkeypatch.setattr(jobs, "_enqueue", lambda kind, job_id: None)
    with app.app_context():
        city, employer = result_makers.make_city(), result_makers.make_employer()
        person_id = result_makers.make_people(city, employer, 1)[0]
        report = result_makers.make_report(city, employer, [person_id])
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
        person = db.session.get_one(Technician, person_id)
        with transaction():
            proof, _ = proofs.request(
                person, YEAR,
                actor=Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id),
            )  # fmt: skip
        proof_id, drawn = proof.id, pdf.render_proof(ProofFacts.from_json(proof.facts))
        # Each process finds the keys made, as a worker does that was started before.
        signing.sealer()
    monkeypatch.setattr(pdf, "render_proof", lambda *_, **__: drawn)
    return person_id, proof_id


def in_child(app: Flask, settings: dict[str, str], work: Callable[[], None]) -> int:
    """How a process ended that did this work in an application of its own."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    child = os.fork()
    if child == 0:
        code = 4
        try:
            with create_app({**settings, "WUXUE_CLOCK_START": "2026-06-16T09:00:00+08:00"}).app_context():
                work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die(*_arguments: object, **_named: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed_before(name: str, waiting: tuple[int, int]) -> Callable[[], None]:
    """Makes the proof in a process that is killed before the first statement that begins so."""

    seen: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement.lstrip())
        if seen[-1].startswith(name):
            die()

    def commit(_connection: object) -> None:
        # The one that lets the proof take effect: others came before.
        if name == "COMMIT" and any(statement.startswith("INSERT INTO log_leaf") for statement in seen):
            die()

    def work() -> None:
        event.listen(db.engine, "before_cursor_execute", look)
        event.listen(db.engine, "commit", commit)
        proofs.make(None, technician_id=waiting[0], proof_id=waiting[1])  # type: ignore[arg-type]

    return work


def killed_in(module: object, name: str, waiting: tuple[int, int]) -> Callable[[], None]:
    def work() -> None:
        setattr(module, name, die)
        proofs.make(None, technician_id=waiting[0], proof_id=waiting[1])  # type: ignore[arg-type]

    return work


def test_a_worker_killed_anywhere_leaves_no_valid_proof_without_its_paper(
    app: Flask, settings: dict[str, str], waiting: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways = {
        "before it is signed": killed_in(signing, "sealer", waiting),
        "before the file is kept": killed_in(files, "store", waiting),
        "with the file written": killed_in(files, "_keep_names", waiting),
        **{
            f"before {statement}": killed_before(statement, waiting)
            for statement in ("UPDATE proof ", "INSERT INTO stored_file", "INSERT INTO log_leaf", "COMMIT")
        },
    }
    for way, work in ways.items():
        assert in_child(app, settings, work) == -signal.SIGKILL, way
        with app.app_context():
            proof = proofs.find(waiting[1], technician_id=waiting[0])
            assert proof is not None
            assert (proof.state, proof.file_id) == ("issuing", None), way
            found = proofs.verify(proof.code)
            assert found is not None and found.proof.state == "issuing", way
            with pytest.raises(proofs.RuleError):
                proofs.paper(proof)
            db.session.remove()

    # F-04: a stranger is told that it is being made, and after ten minutes the monitor's next look asks for it again.
    with app.app_context():
        proof = db.session.get_one(Proof, waiting)
        assert "正在生成" in app.test_client().get(f"/v/{proof.code}").text
        assert proof_monitor.unprinted() == []
        with monkeypatch.context() as later:
            now = clock.now()
            later.setattr(clock, "now", lambda: now + timedelta(minutes=11))
            assert [each.proof_id for each in proof_monitor.unprinted()] == [waiting[1]]
            proof_monitor.look()
            asked = db.session.scalars(select(Job).where(Job.kind == proofs.JOB, Job.state == "queued")).all()
        assert [each.arguments["proof_id"] for each in asked] == [waiting[1]]
        db.session.remove()

    def finish() -> None:
        proofs.make(None, technician_id=waiting[0], proof_id=waiting[1])  # type: ignore[arg-type]

    for _ in range(2):
        assert in_child(app, settings, finish) == 0
    with app.app_context():
        proof = db.session.get_one(Proof, waiting)
        assert proof.state == "valid"
        (tmp_path / "paper.pdf").write_bytes(proofs.paper(proof))
        papers = select(func.count()).where(StoredFile.original_name == f"{proof.number}.pdf")
        assert db.session.scalar(papers) == 1
        assert db.session.scalar(select(func.count()).select_from(LogLeaf).where(LogLeaf.kind == "issued")) == 1
        assert db.session.scalar(select(func.count()).select_from(Proof)) == 1
        number, facts = proof.number, proof.facts
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "paper.pdf"], check=True)
    assert (tmp_path / f"{number}.json").read_text("utf-8") == facts

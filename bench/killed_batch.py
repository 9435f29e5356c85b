"""A worker killed with SIGKILL again and again during a batch of proofs (F-03), and what must hold each time and after.

A real worker with its queue, its renderers and its files makes the papers; at random moments it is killed with its
children. While it is dead no proof is valid without its file. In the end everybody has one valid proof, its file is
what was recorded and holds the frozen facts, no number is missing, and `flask log verify` and `flask ledger verify`
find nothing. Ends with 1 and the first thing that is wrong otherwise.

    python bench/killed_batch.py [--people 200] [--kills 20] [--database sqlite|postgresql] [--seed N]

`--prepared ADDRESS` takes a database that has its tables already, for the tests, which run the same with fewer people.
"""

import argparse
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench_site import KEYS, ROOT, environment, postgresql

WORKER = ["-m", "huey.bin.huey_consumer", "worker.huey", "-w", "1", "-k", "process", "-d", "0.1", "-m", "0.5", "-q"]
_PATIENCE = 600.0
_DEAD = "2020-01-01T00:00:00+00:00"


class Wrong(Exception):
    """Something that must hold does not."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=200)
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    options.add_argument("--prepared")
    options.add_argument("--seed", type=int, default=random.randrange(10**6))
    asked = options.parse_args()
    with site(asked) as settings:
        settings |= {"WUXUE_ENV": "demo", "WUXUE_CLOCK_START": "2026-06-15T09:00:00+08:00"}
        try:
            run(settings, asked)
        except Wrong as found:
            sys.exit(f"seed {asked.seed}: {found}")


@contextmanager
def site(asked: argparse.Namespace) -> Iterator[dict[str, str]]:
    if asked.prepared:
        with tempfile.TemporaryDirectory(prefix="wuxue-bench-") as folder:
            yield {**KEYS, "WUXUE_DATABASE_URL": asked.prepared, "WUXUE_INSTANCE": folder}
        return
    with (
        nullcontext("sqlite") if asked.database == "sqlite" else postgresql() as address,
        environment(address) as settings,
    ):
        yield settings


@contextmanager
def worker(settings: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """The worker as it is run, in a group of its own; killed with all its children in the end."""
    process = subprocess.Popen(
        [sys.executable, *WORKER], cwd=ROOT, env={**os.environ, **settings}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        # One that ended by itself has no group any more.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(settings: dict[str, str], asked: argparse.Namespace) -> None:
    from app import create_app

    app = create_app(settings)
    chance = random.Random(asked.seed)
    began = time.monotonic()
    with app.app_context():
        batch_id = begin(asked.people)
        killed, at_work = 0, Counter()
        while killed < asked.kills and not over(batch_id):
            with worker(settings) as process:
                wait_until(lambda: running() or over(batch_id), process)
                time.sleep(chance.uniform(0, 2.5))
            killed += 1
            at_work.update(hold_while_dead())
            revive(batch_id)
        # One that lives: it finishes what was begun.
        with worker(settings) as process:
            wait_until(lambda: over(batch_id), process)
        finish(asked.people)
        seconds = time.monotonic() - began
        print(
            f"{asked.people} people, {killed} kills, {app.extensions['settings'].database_url.partition(':')[0]}, "
            f"seed {asked.seed}, {seconds:.0f} s, load {os.getloadavg()[0]:.1f}: "
            f"while dead {at_work['issuing']} proofs were found frozen and not printed, all is right in the end; "
            f"{litter()} files that nothing refers to"
        )
        from models import db

        db.session.remove()
        db.engine.dispose()


def begin(people: int) -> int:
    """An employer whose people agreed, and its batch in the queue."""
    from domain.proof_kinds import ProofKind
    from domain.roles import Actor, Role
    from services import proof_batches, proof_consents
    from services.transaction import transaction
    from tests import no_lottery
    from tests.services import result_makers

    with no_lottery.share(Fraction(0)):
        city, employer = result_makers.make_city(), result_makers.make_employer()
        ids = result_makers.make_people(city, employer, people)
        report = result_makers.make_report(city, employer, ids)
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
    with transaction():
        for person in ids:
            own = Actor(role=Role.TECHNICIAN, name="", technician_id=person)
            proof_consents.say(person, employer.id, agree=True, actor=own)
    with transaction():
        return proof_batches.start(ProofKind.ANNUAL, 2026, actor=employer.clerk).id


def wait_until(met: Any, process: "subprocess.Popen[bytes]") -> None:
    from models import db

    until = time.monotonic() + _PATIENCE
    while not met():
        if process.poll() is not None:
            raise Wrong(f"the worker ended by itself with {process.returncode}")
        if time.monotonic() > until:
            raise Wrong("the worker does not get on")
        db.session.rollback()
        time.sleep(0.05)
    db.session.rollback()


def running() -> bool:
    from models import Job, db

    return db.session.query(Job).filter(Job.kind == "proof_batch", Job.state == "running").count() > 0


def over(batch_id: int) -> bool:
    from models import ProofBatch, db

    return db.session.get_one(ProofBatch, batch_id, populate_existing=True).state == "done"


def hold_while_dead() -> Counter[str]:
    """No proof is valid without its file, none has a file and is not; what a stranger is told is no more."""
    from models import Proof, db
    from services import proofs

    db.session.rollback()
    states: Counter[str] = Counter()
    for proof in db.session.query(Proof):
        states[proof.state] += 1
        if (proof.state == "valid") != (proof.file_id is not None):
            raise Wrong(f"{proof.number} is {proof.state}, its file is {proof.file_id}")
        if proof.state == "valid":
            proofs.paper(proof)
        found = proofs.verify(proof.code)
        if found is None or found.proof.state != proof.state:
            raise Wrong(f"{proof.number} is {proof.state}, and verification says otherwise")
    db.session.rollback()
    return states


def revive(batch_id: int) -> None:
    """Five minutes pass without a sign of life of the job, and the batch that died three times is taken up again."""
    from domain.roles import Actor, Role
    from models import Job, ProofBatch, db
    from services import jobs, proof_batches
    from services.transaction import transaction

    with transaction():
        for job in db.session.query(Job).filter(Job.state.in_(("running", "queued"))):
            job.heartbeat_at = time_of(_DEAD)
    jobs.sweep()
    with transaction():
        batch = db.session.get_one(ProofBatch, batch_id)
        if batch.state == "stopped":
            clerk = Actor(
                role=Role.EMPLOYER_CLERK, name="", account_id=batch.requested_by_id,
                organization_id=batch.organization_id,
            )  # fmt: skip
            proof_batches.resume(batch, actor=clerk)


def time_of(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)


def finish(people: int) -> None:
    """What must hold once a worker lived long enough."""
    from pikepdf import Pdf

    from models import LogLeaf, Proof, ProofNumber, StoredFile, db
    from services import ledger_checks, log_checks, proofs

    db.session.rollback()
    made = list(db.session.query(Proof))
    valid = [proof for proof in made if proof.state == "valid"]
    if len(valid) != people or len({proof.technician_id for proof in valid}) != people:
        raise Wrong(f"{len(valid)} valid proofs of {people} people: {Counter(proof.state for proof in made)}")
    numbers = sorted(int(number.rpartition("-")[2]) for (number,) in db.session.query(ProofNumber.number))
    if numbers != list(range(1, len(made) + 1)):
        raise Wrong(f"{len(numbers)} numbers for {len(made)} proofs, the last is {numbers[-1]}")
    for proof in valid:
        with Pdf.open(io.BytesIO(proofs.paper(proof))) as read:
            inside = read.attachments[f"{proof.number}.json"].get_file().read_bytes().decode()
        if inside != proof.facts or json.loads(inside)["number"] != proof.number:
            raise Wrong(f"{proof.number} holds other facts than were frozen")
    files = db.session.query(StoredFile).filter(StoredFile.original_name.like("JHJX-%.pdf")).count()
    told = db.session.query(LogLeaf).filter(LogLeaf.kind == "issued").count()
    if (files, told) != (people, people):
        raise Wrong(f"{files} files and {told} leaves of the log for {people} proofs")
    problems = [*log_checks.verify(), *ledger_checks.verify()]
    if problems:
        raise Wrong(f"the checks say: {problems[0]}")
    db.session.rollback()


def litter() -> int:
    """Files on the disk that no row knows: never served, for a file is found by its row."""
    from flask import current_app

    from models import StoredFile, db

    known = {f"{file_id:016x}" for (file_id,) in db.session.query(StoredFile.id)}
    folder = Path(current_app.extensions["settings"].instance) / "files"
    return sum(1 for file in folder.rglob("*") if file.is_file() and file.stem not in known)


if __name__ == "__main__":
    main()

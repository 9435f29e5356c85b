"""The verification page under concurrency: requests a second and the slowest hundredth, quiet and beside a writer.

Five ways take turns, each under its own gunicorn of one worker with four threads on one database: the page as it is
(what a look leaves behind is a line in a file); the same with the count written to the database in the request, as it
once was; the same with no count at all; the page that asks for a code, which reads nothing of anybody; and a bare Flask
page. In the second half of each round something else writes all the time, in transactions of 40 ms, as a posting does.

    python bench/verify.py [--seconds 3] [--rounds 3] [--clients 8] [--database sqlite --database postgresql]
"""

import argparse
import math
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from threading import Event, Thread

from bench_site import ROOT, environment, postgresql
from pages import _BARE, Visitor, free_port, served

_AT_ONCE = """
from app import create_app
from services import proof_checks
from services.transaction import transaction


def note(*key):
    with transaction():
        proof_checks.note_at_once(*key)


proof_checks.note = note
app = create_app()
"""
_UNCOUNTED = """
from app import create_app
from services import proof_checks

proof_checks.note = lambda *key: None
app = create_app()
"""
_PROOFS = 8
_HELD_SECONDS = 0.04


def codes(settings: dict[str, str]) -> list[str]:
    """The codes of a few proofs of a site that has nothing else."""
    from fractions import Fraction

    from app import create_app
    from domain.roles import Actor, Role
    from models import Technician, db
    from services import proofs
    from services.transaction import transaction
    from tests import no_lottery
    from tests.services import result_makers

    with create_app(settings).app_context(), no_lottery.share(Fraction(0)):
        city, employer = result_makers.make_city(), result_makers.make_employer()
        ids = result_makers.make_people(city, employer, _PROOFS)
        report = result_makers.make_report(city, employer, ids)
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
        made = []
        for person in [db.session.get_one(Technician, each) for each in ids]:
            with transaction():
                actor = Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
                proof, _ = proofs.request(person, 2026, actor=actor)
                made.append(proof.code)
        db.session.remove()
        db.engine.dispose()
        return made


@contextmanager
def writing(settings: dict[str, str]) -> Iterator[None]:
    """Something writes all the time."""
    from app import create_app
    from domain.roles import SYSTEM
    from models import db
    from services import audit
    from services.transaction import transaction

    over = Event()

    def write() -> None:
        with create_app(settings).app_context():
            while not over.is_set():
                with transaction():
                    audit.record("bench", actor=SYSTEM, object_kind="bench")
                    db.session.flush()
                    time.sleep(_HELD_SECONDS)
                time.sleep(_HELD_SECONDS / 8)
            db.session.remove()
            db.engine.dispose()

    writer = Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def asked_for(port: int, paths: list[str], seconds: float, clients: int) -> tuple[float, list[float], int]:
    """Requests a second, every time taken, and how many were not answered with 200."""
    taken: list[list[float]] = [[] for _ in range(clients)]
    failed = [0] * clients

    def client(number: int) -> None:
        visitor, until, turn = Visitor(port), time.perf_counter() + seconds, number
        while (began := time.perf_counter()) < until:
            status, _ = visitor.ask(paths[turn % len(paths)])
            taken[number].append(time.perf_counter() - began)
            failed[number] += status != 200
            turn += 1

    threads = [Thread(target=client, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [each for one in taken for each in one]
    return len(every) / (time.perf_counter() - began), every, sum(failed)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    asked = options.parse_args()
    for engine in asked.database or ["sqlite", "postgresql"]:
        with nullcontext("sqlite") if engine == "sqlite" else postgresql() as address:
            measure(engine, address, asked)


def measure(engine: str, address: str, asked: argparse.Namespace) -> None:
    with environment(address) as settings, tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        settings["WUXUE_CLOCK_START"] = "2026-06-15T09:00:00+08:00"
        pages = [f"/v/{code}" for code in codes(settings)]
        for name, program in (("at_once", _AT_ONCE), ("uncounted", _UNCOUNTED), ("bare", _BARE)):
            (Path(folder) / f"{name}.py").write_text(program)
        ways = {}
        python_path = {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
        for name, target, paths in (
            ("verification, counted in a file (as it is)", "app:create_app()", pages),
            ("verification, counted in the database", "at_once:app", pages),
            ("verification, not counted", "uncounted:app", pages),
            ("the page that asks for a code", "app:create_app()", ["/verify"]),
            ("a bare Flask page", "bare:app", ["/"]),
        ):
            port = free_port()
            servers.enter_context(served(target, ROOT, settings | python_path, port))
            ways[name] = (port, paths)
            asked_for(port, paths, 0.5, 2)
        rates, times, failures = defaultdict(list), defaultdict(list), defaultdict(int)
        for _ in range(asked.rounds):
            for beside in (False, True):
                with writing(settings) if beside else nullcontext():
                    for name, (port, paths) in ways.items():
                        rate, taken, failed = asked_for(port, paths, asked.seconds, asked.clients)
                        rates[name, beside].append(rate)
                        times[name, beside] += taken
                        failures[name, beside] += failed
        load = os.getloadavg()[0]
        print(f"\n{engine}, {asked.clients} clients, {asked.rounds} rounds of {asked.seconds:g} s, load {load:.1f}")
        print(f"{'':46}{'quiet':>22}{'beside a writer':>30}")
        for name in ways:
            line = f"{name:46}"
            for beside in (False, True):
                every = sorted(times[name, beside])
                slow = every[math.ceil(len(every) * 0.99) - 1] * 1000
                rate = sum(rates[name, beside]) / asked.rounds
                failed = f" {failures[name, beside]} failed" if failures[name, beside] else ""
                line += f"{rate:>9.0f}/s  p99 {slow:>6.0f} ms{failed:>5}"
            print(line)


if __name__ == "__main__":
    main()

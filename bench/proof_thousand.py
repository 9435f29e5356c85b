"""A batch of 1,000 proofs from the click to the ZIP, with the real worker, queue, files and web server.

Printed: seconds and proofs a second; what the worker and its renderers hold in memory, early and late in the batch; how
long a single proof asked for in the middle takes; the ZIP, streamed, with the memory of the web process before and
while it is sent. Nothing to compare with in one run: `bench/proof_batch.py` has the ratios, this one shows that the
whole stays flat. The load of the machine is printed, for it decides the seconds.

    python bench/proof_thousand.py [--people 1000] [--database sqlite|postgresql]
"""

import argparse
import hashlib
import http.client
import os
import random
import statistics
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import killed_batch
from bench_site import ROOT
from pages import free_port, served

_EVERY = 1.0


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1000)
    options.add_argument("--database", default="sqlite", choices=["sqlite", "postgresql"])
    asked = options.parse_args()
    asked.prepared, asked.seed = None, random.randrange(10**6)
    with killed_batch.site(asked) as settings:
        port = free_port()
        settings |= {
            "WUXUE_ENV": "demo",
            "WUXUE_CLOCK_START": "2026-06-15T09:00:00+08:00",
            "WUXUE_BASE_URL": f"http://127.0.0.1:{port}",
        }
        measure(settings, port, asked.people)


def held(process: int) -> dict[str, float]:
    """MB that a process and its children hold: of the worker the consumer with its forks, and of each renderer."""
    found = {"worker": 0.0, "renderers": 0.0}
    children = [process]
    while children:
        each = children.pop()
        try:
            pages = int(Path(f"/proc/{each}/statm").read_text().split()[1])
            words = Path(f"/proc/{each}/cmdline").read_bytes()
            for task in Path(f"/proc/{each}/task").iterdir():
                children += [int(child) for child in (task / "children").read_text().split()]
        except (FileNotFoundError, ProcessLookupError):
            continue
        name = "renderers" if b"services.renderer" in words else "worker"
        found[name] += pages * os.sysconf("SC_PAGE_SIZE") / 1024**2
    return found


def measure(settings: dict[str, str], port: int, people: int) -> None:
    from app import create_app
    from models import ProofBatch, db
    from services import proof_batches

    app = create_app(settings)
    with app.app_context(), served("app:create_app()", ROOT, settings, port), killed_batch.worker(settings) as worker:
        batch_id = killed_batch.begin(people)
        # Asked for in good time, for making the people takes a while on its own.
        batch = db.session.get_one(ProofBatch, batch_id)
        clerk, employer_id = batch.requested_by_id, batch.organization_id
        began, single = time.perf_counter(), None
        samples: list[tuple[int, float, float]] = []
        while not killed_batch.over(batch_id):
            done = proof_batches.progress(batch_id).issued
            db.session.rollback()
            if single is None and done > people // 2:
                single = one_between()
            weight = held(worker.pid)
            samples.append((done, weight["worker"], weight["renderers"]))
            time.sleep(_EVERY)
        seconds = time.perf_counter() - began
        # From the first papers on: before, the renderers are still loading their fonts.
        working = [each for each in samples if each[0] >= people // 10] or samples
        part = max(1, len(working) // 5)
        early, late = working[:part], working[-part:]
        print(f"\n{people} proofs, {app.extensions['settings'].database_url.partition(':')[0]}, "
              f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")  # fmt: skip
        print(f"from the click to the last paper     {seconds:8.0f} s    {people / seconds:.1f} a second")
        for name, place in (("worker", 1), ("renderers", 2)):
            before, after = (statistics.median(each[place] for each in some) for some in (early, late))
            print(f"{name + ' hold, early and late':36}{before:8.0f} MB   {after:.0f} MB")
        print(f"a single proof asked for meanwhile   {single or 0:8.1f} s")
        download(app, port, batch_id, clerk, employer_id, people)
        db.session.remove()
        db.engine.dispose()


def one_between() -> float:
    """Seconds until a proof is there that somebody asks for while the batch runs."""
    from domain.roles import Actor, Role
    from models import ProofBatchItem, Technician, db
    from services import proofs
    from services.transaction import transaction

    last = db.session.query(ProofBatchItem).order_by(ProofBatchItem.position.desc()).first()
    assert last is not None
    person = db.session.get_one(Technician, last.technician_id)
    began = time.perf_counter()
    with transaction():
        actor = Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
        proof, _ = proofs.request(person, 2026, actor=actor)
        key = proof.technician_id, proof.id
    while db.session.get_one(type(proof), key, populate_existing=True).state != "valid":
        db.session.rollback()
        time.sleep(0.05)
    return time.perf_counter() - began


def download(app: Any, port: int, batch_id: int, clerk: int | None, employer_id: int | None, people: int) -> None:
    """The ZIP as the clerk's browser takes it, with what the web processes hold meanwhile."""
    from models import Account, db
    from services import accounts
    from services.transaction import transaction

    app.config["WTF_CSRF_ENABLED"] = False
    with transaction():
        account = db.session.get_one(Account, clerk)
        token = accounts.begin_session(account, ip="127.0.0.1", user_agent="bench", membership_id=None)
    secret = hashlib.sha1(os.urandom(64)).hexdigest()  # noqa: S324 - as Flask-WTF makes it
    cookie = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token, "csrf_token": secret})
    from flask_wtf.csrf import generate_csrf

    with app.test_request_context():
        from flask import session

        session["csrf_token"] = secret
        crumb = generate_csrf()
    web = next(each for each in map(int, _numbers()) if _serves(each, port))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {"Cookie": f"{app.config['SESSION_COOKIE_NAME']}={cookie}"}
    connection.request("GET", f"/staff/proofs/{batch_id}", headers=headers)
    connection.getresponse().read()
    before, most, size = held(web)["worker"], 0.0, 0
    began = time.perf_counter()
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    connection.request("POST", f"/staff/proofs/{batch_id}/zip", f"csrf_token={crumb}", form)
    answer = connection.getresponse()
    if answer.status != 200:
        sys.exit(f"the package answered {answer.status}")
    with tempfile.TemporaryFile() as kept:
        while chunk := answer.read(1024 * 1024):
            size += len(chunk)
            kept.write(chunk)
            most = max(most, held(web)["worker"])
        seconds = time.perf_counter() - began
        with zipfile.ZipFile(kept) as packed:
            papers = sum(name.endswith(".pdf") for name in packed.namelist())
            if packed.testzip() is not None or papers != people:
                sys.exit(f"the package holds {papers} papers of {people}")
    print(f"the ZIP, {size / 1024**2:.0f} MB, streamed in        {seconds:8.1f} s")
    print(f"the web server holds before, most    {before:8.0f} MB   {most:.0f} MB")


def _numbers() -> list[str]:
    return [each.name for each in Path("/proc").iterdir() if each.name.isdigit()]


def _serves(process: int, port: int) -> bool:
    """Whether this is the gunicorn of the port: the one whose parent is this program."""
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        parent = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return False
    return parent == os.getpid() and f"127.0.0.1:{port}".encode() in words


if __name__ == "__main__":
    main()

"""Results of 10,000 people: imported end to end against reading the file alone, posted against a plain bulk insert.

Both databases in one run. The control of the import is python-calamine turning the same file into rows; that of the
posting is one INSERT of the same rows into a table without keys, checks or sums. Each takes turns with its control.

    python bench/results.py [--rows 10000] [--rounds 3] [--database sqlite --database postgresql]
"""

import argparse
import io
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from bench_site import postgresql, site, table

import python_calamine  # isort: skip


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--database", action="append", choices=["sqlite", "postgresql"])
    asked = options.parse_args()
    for engine in asked.database or ["sqlite", "postgresql"]:
        with nullcontext("sqlite") if engine == "sqlite" else postgresql() as address:
            measure(engine, address, asked.rows, asked.rounds)


def measure(engine: str, address: str, rows: int, rounds: int) -> None:
    with site(address) as app, app.app_context():
        times: dict[str, list[float]] = defaultdict(list)
        for round_number in range(rounds):
            one_round(times, rows, round_number)
        medians = {name: statistics.median(taken) for name, taken in times.items()}
        read, plain, whole = medians["read"], medians["plain"], medians["check"] + medians["apply"]
        print(f"\n{rows} people, {rounds} rounds, {engine}")
        print(
            table(
                [
                    ("calamine reads the file (control)", read, "1.0"),
                    ("upload, check every row, store the dry run", medians["check"], f"{medians['check'] / read:.1f}"),
                    ("check again and write the results", medians["apply"], f"{medians['apply'] / read:.1f}"),
                    ("the import end to end", whole, f"{whole / read:.1f}"),
                    ("the same file again: nothing to write", medians["again"], f"{medians['again'] / read:.1f}"),
                    ("the same entries as a plain INSERT (control)", plain, "1.0"),
                    ("the ledger posts them", medians["ledger"], f"{medians['ledger'] / plain:.1f}"),
                    ("the whole decision, people told", medians["post"], f"{medians['post'] / plain:.1f}"),
                ]
            )
        )


def prepare(rows: int, round_number: int) -> tuple[int, bytes, Any, Any]:
    """A class that is over, its people on the staff list, and the file with their results."""
    from services import results
    from services.transaction import transaction
    from tests.services import result_makers
    from tests.sheet_makers import RESULT_HEADERS, xlsx

    city = result_makers.make_city()
    employer = result_makers.make_employer()
    people = result_makers.make_people(city, employer, rows)
    filing = result_makers.make_filing(city, employer, title=f"技能提升培训（第{round_number + 1}期）")
    with transaction():
        report_id = results.open_report(filing, actor=employer.clerk).id
    listed = [
        [place, name, number, "焊工", 16, 90, "合格", None]
        for place, (name, number) in enumerate((city.persons[person] for person in people), 1)
    ]
    return report_id, xlsx([RESULT_HEADERS, *listed]), employer.clerk, city.officer


def one_round(times: dict[str, list[float]], rows: int, round_number: int) -> None:
    """Other people and another class each round, so that nothing is there already."""
    from models import ImportBatch, ResultReport, db
    from services import result_jobs, result_posting
    from services.jobs import Run
    from services.transaction import transaction

    report_id, data, clerk, officer = prepare(rows, round_number)

    def take(name: str, work: Callable[[], Any]) -> Any:
        took, result = timed(work)
        times[name].append(took)
        return result

    def read() -> int:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
            return len(workbook.get_sheet_by_index(0).to_python())

    def check() -> ImportBatch:
        with transaction():
            report = db.session.get_one(ResultReport, report_id)
            batch_id = result_jobs.upload(report, data, "成绩.xlsx", actor=clerk).id
        batch = db.session.get_one(ImportBatch, batch_id)
        result_jobs.check(Run(batch.job_id or 0), batch_id=batch_id)
        return db.session.get_one(ImportBatch, batch_id)

    def apply(batch: ImportBatch) -> None:
        with transaction():
            job_id = result_jobs.confirm(db.session.get_one(ImportBatch, batch.id), only_these=False, actor=clerk).id
        result_jobs.apply(Run(job_id), batch_id=batch.id, only_these=False)

    take("read", read)
    batch = take("check", check)
    if batch.counts.get("new") != rows:
        raise SystemExit(f"the made-up file is not clean: {batch.counts}")
    take("apply", lambda: apply(batch))
    take("read", read)
    again = take("again", check)
    if again.counts.get("new"):
        raise SystemExit("the same file again must change nothing")

    report = db.session.get_one(ResultReport, report_id)
    version = result_posting.plan_and_policy(report)[1]
    with transaction():
        report = db.session.get_one(ResultReport, report_id)
        report.case.policy_version_id = version.id
        report.case.state = "credited"  # the decision itself is a single row
    awards = result_posting.awards_of(db.session.get_one(ResultReport, report_id), version)
    entries = take_ledger(take, awards, version.id, officer)
    take("plain", lambda: plain_insert(round_number, entries))

    def decision() -> None:
        with transaction():
            result_posting.post(db.session.get_one(ResultReport, report_id), actor=officer)

    take("post", decision)
    posted = db.session.get_one(ResultReport, report_id).posted_entries
    if posted != len(entries) or posted < rows:
        raise SystemExit(f"{posted} entries posted, {len(entries)} expected")


class _Undone(Exception):
    """What was posted alone is posted once more with the decision."""


def take_ledger(take: Callable[..., Any], awards: Any, version_id: int, officer: Any) -> list[dict[str, Any]]:
    """Post the awards to the ledger and undo it; returns the entries as rows."""
    from models import CreditEntry, PolicyVersion, db
    from services import ledger
    from services.transaction import transaction

    entries: list[dict[str, Any]] = []
    try:
        with transaction():
            version = db.session.get_one(PolicyVersion, version_id)
            take("ledger", lambda: ledger.post(awards, actor=officer, policy_version=version))
            found = db.session.execute(
                db.select(CreditEntry.__table__).where(CreditEntry.source_id == awards[0].source_id)
            )
            entries = [dict(row) for row in found.mappings()]
            raise _Undone
    except _Undone:
        return entries


def plain_insert(round_number: int, entries: list[dict[str, Any]]) -> None:
    """The same rows into a table with the same columns and nothing else."""
    from sqlalchemy import Column, MetaData, Table, insert

    from models import CreditEntry, db

    bare = Table(
        f"plain_{round_number}",
        MetaData(),
        *(Column(each.name, each.type) for each in CreditEntry.metadata.tables["credit_entry"].columns),
    )
    with db.engine.begin() as connection:
        bare.create(connection)
        connection.execute(insert(bare), entries)


if __name__ == "__main__":
    main()

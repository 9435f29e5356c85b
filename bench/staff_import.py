"""A staff list of 10,000 rows: read, checked, compared with the register and written, against reading the file alone.

The control is what nobody can do without: python-calamine turning the same file into rows. Both take turns in one run.

    python bench/staff_import.py [--rows 10000] [--rounds 5] [--database sqlite|postgresql+psycopg://…]
"""

import argparse
import io
import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

from bench_site import site, table

import python_calamine  # isort: skip


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--database", default="sqlite")
    asked = options.parse_args()
    with site(asked.database) as app, app.app_context():
        from domain.staff_rows import STAFF
        from models import Organization, db
        from services import clock, spreadsheets, staff_import
        from services.transaction import transaction
        from tests.sheet_makers import STAFF_HEADERS, staff_rows, xlsx

        with transaction():
            employer = Organization(
                uscc="91330784K49LUPRD6E", name="某单位", region_code="330784", created_at=clock.now()
            )
            db.session.add(employer)
        employer_id = employer.id

        def read(data: bytes) -> int:
            with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
                return len(workbook.get_sheet_by_index(0).to_python())

        def check(data: bytes) -> Any:
            sheet = spreadsheets.read_sheet(data, "花名册.xlsx", table=STAFF)
            return staff_import.check(sheet, today=clock.today())

        def write(data: bytes) -> staff_import.Plan:
            checked = check(data)
            with transaction():
                plan = staff_import.plan(checked, db.session.get_one(Organization, employer_id))
                staff_import.write(plan)
            return plan

        times: dict[str, list[float]] = {"read": [], "check": [], "first": [], "again": []}
        for round_number in range(asked.rounds):
            # Other people each round, so that each first import finds none of them.
            data = xlsx([STAFF_HEADERS, *staff_rows(asked.rows, seed=round_number + 1)])
            for name, work in (("read", read), ("check", check), ("first", write), ("again", write)):
                took, result = timed(lambda work=work, data=data: work(data))
                times[name].append(took)
                if name == "first" and result.counts()["reject"] > asked.rows // 100:
                    raise SystemExit(f"the made-up file is not clean: {result.counts()}")
                if name == "again" and result.counts()["new"]:
                    raise SystemExit("importing the same file again must change nothing")
        medians = {name: statistics.median(taken) for name, taken in times.items()}
        control = medians["read"]
        print(f"{asked.rows} rows, {asked.rounds} rounds, {app.config['SQLALCHEMY_DATABASE_URI'].split(':')[0]}")
        print(
            table(
                [
                    ("calamine reads the file (control)", control, "1.0"),
                    ("read within limits and check every row", medians["check"], f"{medians['check'] / control:.1f}"),
                    ("the same, plan and write all people", medians["first"], f"{medians['first'] / control:.1f}"),
                    ("the same file again: nothing to write", medians["again"], f"{medians['again'] / control:.1f}"),
                ]
            )
        )
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


if __name__ == "__main__":
    main()

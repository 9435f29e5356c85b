"""Lists of retired, studying, deceased persons: dry run, only differences, nothing but masks and keyed hashes kept."""

from datetime import date

import pytest
from sqlalchemy import func, select

from domain.result_standing import StatusKind
from models import ImportBatch, ImportRow, Job, StatusListEntry, db
from services import jobs, status_lists
from services.transaction import transaction
from tests.services import result_makers as make

HEADER = "姓名,身份证号码,退休日期,数据来源\n"


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def officer(app):
    with app.app_context():
        yield make.make_city().city_officer


def csv(*numbers: str, since: str = "2025-03-01") -> bytes:
    lines = [f"张小明,{number},{since},市社保中心" for number in numbers]
    return (HEADER + "\n".join(lines)).encode()


def work() -> None:
    """Let the worker do what was asked for."""
    for job in db.session.scalars(select(Job).where(Job.state == "queued").order_by(Job.id)).all():
        jobs.execute(job.id)
    db.session.expire_all()


def bring_in(data: bytes, officer, *, only_these: bool = False) -> ImportBatch:
    with transaction():
        batch = status_lists.upload(StatusKind.RETIRED, data, "名单.csv", actor=officer)
    work()
    if batch.state == "checked" and batch.counts["new"] + batch.counts["changed"] + batch.counts["missing"]:
        with transaction():
            status_lists.confirm(batch, only_these=only_these, actor=officer)
        work()
    return batch


def size() -> int:
    return db.session.scalar(select(func.count()).select_from(StatusListEntry)) or 0


def test_a_list_is_checked_first_and_only_differences_are_written(officer):
    one, two = make.number_of(700_001), make.number_of(700_002)
    with transaction():
        batch = status_lists.upload(StatusKind.RETIRED, csv(one, two), "名单.csv", actor=officer)
    work()
    assert (batch.state, batch.counts["new"], size()) == ("checked", 2, 0)
    with transaction():
        status_lists.confirm(batch, only_these=False, actor=officer)
    work()
    assert (batch.state, size()) == ("applied", 2)
    again = bring_in(csv(one, two), officer)
    assert (again.counts["same"], again.counts["new"], again.counts["changed"]) == (2, 0, 0)
    moved = bring_in(csv(one, since="2025-04-01"), officer)
    assert (moved.counts["changed"], moved.counts["missing"], size()) == (1, 1, 2)
    bring_in(csv(one, since="2025-04-01"), officer, only_these=True)
    (left,) = db.session.scalars(select(StatusListEntry))
    assert (left.since_on, left.kind, left.source) == (date(2025, 4, 1), "retired", "市社保中心")


def test_neither_names_nor_numbers_are_kept(officer):
    number = make.number_of(700_003)
    bring_in(csv(number), officer)
    (entry,) = db.session.scalars(select(StatusListEntry))
    assert (entry.name_masked, entry.id_masked) == ("张*明", f"{number[:3]}{'*' * 13}{number[-2:]}")
    (row,) = db.session.scalars(select(ImportRow))
    assert number not in str(vars(row)) and "张小明" not in str(vars(row))


def test_every_wrong_row_is_named_and_stops_nothing_else(officer):
    one = make.number_of(700_004)
    data = (
        csv(one, one, "330784199001010000") + "\n李四,".encode() + make.number_of(700_005).encode() + ",某日,".encode()
    )
    batch = bring_in(data, officer)
    assert (batch.counts["new"], batch.counts["reject"], size()) == (1, 3, 1)

"""Makers of classes with people in them, for the tests of enrolment and attendance."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from domain.periods import CHINA
from domain.roles import Actor, Role
from models import ActivityFiling, ActivitySession, db
from services import cases, clock, enrolling, filings
from services.transaction import transaction
from tests import filing_makers
from tests.domain.filing_samples import draft
from tests.services.result_makers import City, Employer

MONDAY = date(2026, 6, 8)


def make_class(
    city: City,
    host: Employer,
    *,
    days: tuple[date, ...] = (MONDAY,),
    quota: int = 40,
    title: str = "焊接新工艺培训班",
    leave_mode: str = "full",
    **changes: Any,
) -> ActivityFiling:
    """An approved class of two half days a day, filed weeks before; all of it takes working time unless told."""
    changes |= {"basics__title": title, "people__quota": str(quota), "rights__leave_mode": leave_mode}
    raw = draft(**changes)
    halves = raw["sessions"]["rows"][:2]
    raw["sessions"]["rows"] = [{**half, "on": on.isoformat(), "place": ""} for on in days for half in halves]
    raw["subjects"]["rows"][0]["hours"] = str(2 * len(days))
    raw["subjects"]["rows"][1]["hours"] = str(6 * len(days))
    with filing_makers.at(min(days) - timedelta(days=20)):
        with transaction():
            filing = filings.start(actor=host.clerk)
        filing_makers.fill(filing, raw, host.clerk)
        with transaction():
            filings.submit(filing, actor=host.clerk)
        with transaction():
            shown = filing_makers.shown_sha256(filing)
            cases.act(filing.case, "approve", actor=city.officer, content_sha256=shown)
    return filing


def session_of(filing: ActivityFiling, place: int = 0) -> ActivitySession:
    """The first session of a class, or another one in order."""
    return sorted(filing.sessions, key=lambda session: session.starts_at)[place]


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the scheme's clock stand at this moment."""
    with clock.at(moment):
        yield


def moment(on: date, hour: int, minute: int = 0) -> datetime:
    """A time of a day in China."""
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=CHINA)


def put_down(filing: ActivityFiling, host: Employer, people: list[int]) -> None:
    """The organiser registers these people the day before; their employers have agreed."""
    with at(moment(filing.starts_on or MONDAY, 9) - timedelta(days=1)), transaction():
        enrolling.register(filing, people, consented=True, actor=host.clerk)


def as_person(technician_id: int) -> Actor:
    """The person acting in the own record; the account is new."""
    actor = filing_makers.make_account(Role.TECHNICIAN, technician_id=technician_id)
    db.session.rollback()
    return actor

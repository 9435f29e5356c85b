"""Makers of activity filings: they reach each state through the real acts, at a day the test chooses."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

from flask import current_app, g

from domain.periods import CHINA
from domain.roles import CITY, Actor, Role
from models import Account, ActivityFiling, Membership, Organization, OrganizationCapacity, Setting, db
from services import activity_changes, cases, clock, filing_tables, filings
from services.transaction import transaction
from tests.domain.filing_samples import draft
from tests.domain.form_samples import draft_of

COUNTY, OTHER_COUNTY = "330784", "330783"
PDF = b"%PDF-1.4\n%%EOF\n"
_numbers = count(1)


@contextmanager
def at(on: date, hour: int = 9) -> Iterator[None]:
    """Let the scheme's clock stand at this day in China, and put it back."""
    wanted = datetime.combine(on, time(hour), CHINA).astimezone(UTC)
    before = _set_clock(wanted - datetime.now(UTC) - current_app.extensions["clock_base"])
    try:
        yield
    finally:
        _set_clock(before)


def _set_clock(offset: timedelta) -> timedelta:
    with transaction():
        row = db.session.get(Setting, "demo_clock_seconds")
        before = timedelta(seconds=int(row.value) if row else 0)
        if row is None:
            row = Setting(key="demo_clock_seconds", value="0")
            db.session.add(row)
        row.value = str(round(offset.total_seconds()))
    g.pop("clock_offset", None)
    return before


def make_account(role: Role, *, person: str | None = None, **scope: Any) -> Actor:
    """A new account acting in one role."""
    serial = next(_numbers)
    with transaction():
        account = Account(
            login_name=f"filing{serial}",
            display_name=f"经办{serial}",
            person_key=person or f"filing-person{serial}",
            created_at=clock.machine_now(),
        )
        db.session.add(account)
        db.session.flush()
        membership = Membership(account_id=account.id, role=role.value, started_at=clock.machine_now(), **scope)
        db.session.add(membership)
        db.session.flush()
        return Actor(
            role=role,
            name=account.display_name,
            account_id=account.id,
            membership_id=membership.id,
            person_key=account.person_key,
            **scope,
        )


_CLERK_OF = {
    "employer": Role.EMPLOYER_CLERK,
    "training_base": Role.BASE_CLERK,
    "industry_body": Role.ORGANIZER_CLERK,
    "government": Role.ORGANIZER_CLERK,
}


def make_organizer(capacity: str = "employer", region: str = COUNTY) -> Actor:
    """The clerk of a new organisation."""
    serial = next(_numbers)
    with transaction():
        organization = Organization(
            uscc=f"FILING{serial:012d}", name=f"第{serial}五金厂", region_code=region, created_at=clock.now()
        )
        db.session.add(organization)
        db.session.flush()
        db.session.add(OrganizationCapacity(organization_id=organization.id, capacity=capacity, since=date(2020, 1, 1)))
        organization_id = organization.id
    return make_account(_CLERK_OF[capacity], organization_id=organization_id)


def make_officer(region: str = COUNTY) -> Actor:
    role = Role.CITY_OFFICER if region == CITY else Role.COUNTY_OFFICER
    return make_account(role, region_code=region)


def words(first: date, **changes: Any) -> dict[str, Any]:
    """A right draft of two days beginning on this one."""
    raw = draft(**changes)
    days = [first, first, first + timedelta(days=1), first + timedelta(days=1)]
    for row, on in zip(raw["sessions"]["rows"], days, strict=False):
        row["on"] = on.isoformat()
    return raw


def apart(raw: dict[str, Any], mark: object) -> dict[str, Any]:
    """The words with teachers of other units and other rooms where they are those of the sample.

    Otherwise every activity of a test would collide with every other one.
    """
    own, sample = deepcopy(raw), draft()
    for row, usual in zip(own.get("teachers", {}).get("rows", []), sample["teachers"]["rows"], strict=False):
        if row["unit"] == usual["unit"]:
            row["unit"] = f"{row['unit']}{mark}"
    for place in (own["basics"], *own["sessions"]["rows"]):
        if place.get("place") in ("一号培训室", "二号车间"):
            place["place"] = f"{place['place']}{mark}"
    return own


def fill(filing: ActivityFiling, raw: dict[str, Any], clerk: Actor, *, collide: bool = False) -> None:
    """Type the words into every page and attach a plan; `collide` leaves teachers and rooms as in every other one."""
    with transaction():
        for section, values in (deepcopy(raw) if collide else apart(raw, filing.id % 1_000_000)).items():
            filings.save_section(filing, section, values, actor=clerk)
        if not filing_tables.papers_of(filing.case):
            filings.attach_plan(filing, PDF + str(next(_numbers)).encode(), "培训计划.pdf", actor=clerk)


def make_draft(clerk: Actor, *, first: date | None = None, collide: bool = False, **changes: Any) -> ActivityFiling:
    """A complete draft whose first class is two weeks ahead, or on the day given."""
    with transaction():
        filing = filings.start(actor=clerk)
    fill(filing, words(first or clock.today() + timedelta(days=14), **changes), clerk, collide=collide)
    return filing


def form_words(form: str, days: list[date], **changes: Any) -> dict[str, Any]:
    """A right draft of this form with two half days of four hours on each of these days."""
    raw = draft_of(form, **changes)
    halves = raw["sessions"]["rows"][:2]
    raw["sessions"]["rows"] = [{**half, "on": on.isoformat(), "place": ""} for on in days for half in halves]
    raw["subjects"]["rows"][0]["hours"] = str(2 * len(days))
    raw["subjects"]["rows"][1]["hours"] = str(6 * len(days))
    if form == "F4":
        months = sorted({f"{on:%Y-%m}" for on in days})
        raw["work_training"] |= {"starts": months[0], "ends": months[-1]}
        raw["periods"] = {"rows": [{"month": month, "content": "操作", "goal": "独立加工"} for month in months]}
    return raw


def make_form(form: str, clerk: Actor, officer: Actor, days: list[date], **changes: Any) -> ActivityFiling:
    """An approved filing of this form, filed weeks before."""
    with at(min(days) - timedelta(days=25)):
        with transaction():
            filing = filings.start(form, actor=clerk)
        fill(filing, form_words(form, days, **changes), clerk)
        with transaction():
            filings.submit(filing, actor=clerk)
        with transaction():
            cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    return filing


def joint_words(base: Actor) -> dict[str, str]:
    """How a clerk asks for this base as the partner."""
    return {"mode": "joint", "organization": str(base.organization_id), "duties": "单位组织学员，基地派教师"}


def make_asked(clerk: Actor, base: Actor, **changes: Any) -> ActivityFiling:
    """A joint filing that waits for its partner."""
    return make_submitted(clerk, partner=joint_words(base), **changes)


def make_submitted(clerk: Actor, *, first: date | None = None, **changes: Any) -> ActivityFiling:
    """A filing the bureau has; filed twenty days before a first day that is given."""
    if first is not None and first - clock.today() < timedelta(days=8):
        with at(first - timedelta(days=20)):
            return make_submitted(clerk, first=first, **changes)
    filing = make_draft(clerk, first=first, **changes)
    with transaction():
        filings.submit(filing, actor=clerk)
    return filing


def make_approved(clerk: Actor, officer: Actor, *, first: date | None = None, **changes: Any) -> ActivityFiling:
    """An approved filing; decided the day before a first day that lies behind."""
    filing = make_submitted(clerk, first=first, **changes)
    if first is not None and first <= clock.today():
        with at(first - timedelta(days=15)), transaction():
            cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    else:
        with transaction():
            cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    return filing


def make_proposal(filing: ActivityFiling, clerk: Actor, **changes: Any) -> None:
    """Ask for a change of an approved filing; for use inside a transaction."""
    words = {**activity_changes.words_of(filing), "reason": "场地临时占用", **changes}
    activity_changes.keep(filing, words, actor=clerk)
    activity_changes.propose(filing, actor=clerk)


def shown_sha256(filing: ActivityFiling) -> str:
    """What the officer's page would carry."""
    return filing_tables.last_snapshots(filing.case, 1)[0].sha256


def send_back(filing: ActivityFiling, officer: Actor, *items: tuple[str, str]) -> None:
    with transaction():
        cases.act(
            filing.case, "return", actor=officer, remark="请补正", items=list(items) or [("basics", "培训目的不具体")]
        )

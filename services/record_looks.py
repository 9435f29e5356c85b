"""Who looked at a person's record (art. 21): noted with the look, shown to the person.

A look is a row of a day, an account and a page, however often the page was opened: the person learns who it was, and
the list stays one a person can read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from domain.roles import Actor, Role
from models import Membership, Organization, RecordLook, Region, db
from services import clock, registry
from services.insert_or import insert_or

_MOST = 200
_TABLE = RecordLook.metadata.tables[RecordLook.__tablename__]


class Page(StrEnum):
    """What was looked at. Values are stored."""

    REGISTER = "register"
    STAFF = "staff"
    PROOF = "proof"
    PAST = "past"

    @property
    def label(self) -> str:
        return {
            Page.REGISTER: "档案和学分",
            Page.STAFF: "职工名册中的资料",
            Page.PROOF: "学分证明",
            Page.PAST: "过去某一天的学分",
        }[self]


@dataclass(frozen=True, kw_only=True)
class Look:
    """One line of the list: when, who (an office or an organisation, and the role), at what, how often, why."""

    at: datetime
    who: str
    role: str
    what: str
    times: int
    reason: str


def note(technician_id: int, page: Page, *, actor: Actor) -> None:
    """Note that the actor looks at this person's page now. Nothing for one's own."""
    if actor.technician_id != technician_id:
        note_all([technician_id], page, actor=actor)


def note_all(technician_ids: Iterable[int], page: Page, *, actor: Actor) -> None:
    """Note that the actor looks at the pages of these persons now, of whom each is named once."""
    now = clock.now()
    common = {
        "membership_id": actor.membership_id,
        "day": clock.today(),
        "page": page.value,
        "times": 1,
        "last_at": now,
    }
    for some in registry.chunks(technician_ids) if actor.membership_id is not None else ():
        db.session.execute(
            insert_or(_TABLE)
            .values([{"technician_id": each, **common} for each in some])
            .on_conflict_do_update(
                index_elements=["technician_id", "membership_id", "day", "page"],
                set_={"times": _TABLE.c.times + 1, "last_at": now},
            )
        )


def of(technician_id: int) -> list[Look]:
    """The looks at a person's record, newest first, those at the whole number among them."""
    rows = db.session.execute(
        select(RecordLook.last_at, RecordLook.page, RecordLook.times, Membership.role, Organization.name, Region.name)
        .join(Membership, Membership.id == RecordLook.membership_id)
        .outerjoin(Organization, Organization.id == Membership.organization_id)
        .outerjoin(Region, Region.code == Membership.region_code)
        .where(RecordLook.technician_id == technician_id)
        .order_by(RecordLook.last_at.desc())
        .limit(_MOST)
    )
    looks = [
        Look(
            at=at,
            who=organization or _office(Role(role), region or ""),
            role=Role(role).label,
            what=Page(page).label,
            times=times,
            reason="",
        )
        for at, page, times, role, organization, region in rows
    ]
    looks += [
        Look(
            at=event.at,
            who="",
            role=Role(event.role).label,
            what="完整证件号码",
            times=1,
            reason=str(event.details.get("reason", "")),
        )
        for event in registry.looks_at(technician_id)
    ]
    return sorted(looks, key=lambda look: look.at, reverse=True)[:_MOST]


def _office(role: Role, region: str) -> str:
    if role is Role.CENTER_STAFF:
        return "市职业技能管理服务中心"
    return f"{region}人力资源和社会保障局" if region else ""

"""Enrolment (报名, arts. 5, 17), read: who has a place in an activity, who waits for one or for the employer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from domain.enrolment_rules import HOLDS_PLACE, OPEN, EnrolmentState, closes_at
from domain.filing_workflow import IN_FORCE
from domain.roles import Actor
from models import ActivityFiling, Employment, Enrolment, db
from services import clock, policies, registry

OWN_STAFF = "F3"


def of_filing(filing: ActivityFiling) -> list[Enrolment]:
    """Every enrolment of the activity in the order of asking, those that ended too."""
    query = select(Enrolment).where(Enrolment.filing_id == filing.id).order_by(Enrolment.turn)
    return list(db.session.scalars(query))


def participants(filing: ActivityFiling) -> list[int]:
    """Who takes part, in the order of the sign-in sheet."""
    query = select(Enrolment.technician_id).where(
        Enrolment.filing_id == filing.id, Enrolment.state == EnrolmentState.ENROLLED.value
    )
    return list(db.session.scalars(query.order_by(Enrolment.number)))


def find(filing_id: int, technician_id: int) -> Enrolment | None:
    """The enrolment of a person in an activity."""
    return db.session.get(Enrolment, (technician_id, filing_id), populate_existing=True)


def of_person(technician_id: int) -> list[Enrolment]:
    """The person's enrolments, the next class first and those that are over last."""
    query = (
        select(Enrolment)
        .join(ActivityFiling, ActivityFiling.id == Enrolment.filing_id)
        .where(Enrolment.technician_id == technician_id)
        .order_by(ActivityFiling.starts_on.desc(), ActivityFiling.id)
    )
    return list(db.session.scalars(query.limit(200)))


def of_staff(actor: Actor) -> Select[Enrolment]:
    """The open enrolments of the present staff of the actor's organisation that name it as employer (INV-21).

    What waits for its consent stands first, then the others activity by activity, the next one first.
    """
    return (
        _of_staff(actor)
        .options(
            joinedload(Enrolment.technician),
            contains_eager(Enrolment.filing).joinedload(ActivityFiling.organization),
        )
        .order_by(
            Enrolment.state != EnrolmentState.REQUESTED.value,
            ActivityFiling.starts_on,
            ActivityFiling.id,
            Enrolment.turn,
        )
    )


def _of_staff(actor: Actor) -> Select[Enrolment]:
    return (
        select(Enrolment)
        .join(Enrolment.filing)
        .where(
            Enrolment.employer_id == actor.organization_id,
            Enrolment.state.in_([state.value for state in OPEN]),
            Enrolment.technician_id.in_(_present_staff([actor.organization_id or 0])),
            ActivityFiling.ends_on >= clock.today(),
        )
    )


def find_of_staff(filing_id: int, technician_id: int, *, seen_by: Actor) -> Enrolment | None:
    """One of these."""
    return db.session.scalar(
        of_staff(seen_by).where(Enrolment.filing_id == filing_id, Enrolment.technician_id == technician_id)
    )


def requests_of_staff(actor: Actor) -> int:
    """How many of these wait for the employer's consent."""
    asked = _of_staff(actor).where(Enrolment.state == EnrolmentState.REQUESTED.value)
    return db.session.scalar(asked.with_only_columns(func.count())) or 0


def staff_in(actor: Actor, filing_ids: Collection[int]) -> dict[int, int]:
    """How many of the staff have a place in each of these activities, or wait for one."""
    query = (
        _of_staff(actor)
        .where(Enrolment.filing_id.in_(filing_ids), Enrolment.state != EnrolmentState.REQUESTED.value)
        .with_only_columns(Enrolment.filing_id, func.count())
        .group_by(Enrolment.filing_id)
    )
    return {filing_id: number for filing_id, number in db.session.execute(query)}


@dataclass(frozen=True, kw_only=True)
class Places:
    """How full an activity is; `quota` None: without limit."""

    quota: int | None
    taken: int
    waiting: int

    @property
    def left(self) -> int | None:
        return None if self.quota is None else max(0, self.quota - self.taken)


def places(filing: ActivityFiling) -> Places:
    """The places of the activity as they are now."""
    numbers: dict[str, int] = dict(
        db.session.execute(
            select(Enrolment.state, func.count()).where(Enrolment.filing_id == filing.id).group_by(Enrolment.state)
        ).all()
    )
    return Places(
        quota=filing.quota,
        taken=sum(numbers.get(state.value, 0) for state in HOLDS_PLACE),
        waiting=numbers.get(EnrolmentState.WAITING.value, 0),
    )


def _present_staff(organization_ids: Sequence[int]) -> Select[int]:
    return select(Employment.technician_id).where(
        Employment.organization_id.in_(organization_ids),
        Employment.state == "active",
        or_(Employment.ended_on.is_(None), Employment.ended_on > clock.today()),
    )


def staff_among(organization_id: int, technician_ids: Iterable[int]) -> set[int]:
    """Who of these is of the organisation's present staff and has agreed to be."""
    found: set[int] = set()
    for part in registry.chunks(technician_ids):
        query = _present_staff([organization_id]).where(Employment.technician_id.in_(part))
        found.update(db.session.scalars(query))
    return found


def begins_at(filing: ActivityFiling) -> datetime | None:
    """When the first session begins."""
    return min((session.starts_at for session in filing.sessions), default=None)


def closing(filing: ActivityFiling) -> datetime | None:
    """Until when persons and employers can put names down."""
    begins = begins_at(filing)
    if begins is None:
        return None
    return closes_at(begins, int(policies.active_policy().figure("enrolment.close_hours")))


def why_not_open(filing: ActivityFiling) -> str | None:
    """Why persons and employers cannot put names down now; None if they can."""
    until = closing(filing)
    if filing.case.state not in IN_FORCE or until is None:
        return "这项活动目前不接受报名。"
    return "报名已经截止。" if clock.now() >= until else None


def may_take_part(filing: ActivityFiling, technician_ids: Collection[int]) -> set[int]:
    """For whom of these the activity is: an employer's own class is for its staff and its partner's."""
    if filing.form != OWN_STAFF:
        return set(technician_ids)
    hosts = {filing.organization_id, filing.case.partner_id} - {None}
    return {person for host in hosts for person in staff_among(host or 0, technician_ids)}


def employers_of(technician_ids: Collection[int]) -> dict[int, int | None]:
    """The present employer of each of these, the newest where there are several; None without one."""
    found: dict[int, int | None] = dict.fromkeys(technician_ids)
    for part in registry.chunks(technician_ids):
        query = (
            select(Employment.technician_id, Employment.organization_id)
            .where(Employment.technician_id.in_(part), Employment.state == "active")
            .where(or_(Employment.ended_on.is_(None), Employment.ended_on > clock.today()))
            .order_by(Employment.started_on, Employment.id)
        )
        found.update(db.session.execute(query).all())
    return found

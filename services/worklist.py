"""What an organiser has to do now (待办): cases in its court with their deadlines, and the first steps of a new one."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from domain.roles import MANAGERS, Actor, Permission
from domain.workflows import CaseKind
from models import ActivityFiling, Case, Employment, Membership, Organization, db
from services import case_history, cases
from services.case_history import Deadline

_MOST = 20


@dataclass(frozen=True, kw_only=True)
class Todo:
    """One case in which this actor has something to do."""

    case: Case
    kind: CaseKind
    state: str
    tone: str
    deadline: Deadline


def todos(actor: Actor) -> tuple[list[Todo], int]:
    """The most urgent cases in this actor's court, and how many there are in all."""
    query = cases.waiting_for(actor)
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    found = []
    for case in db.session.scalars(query.options(joinedload(Case.organization)).limit(_MOST)):
        state = cases.state_of(case)
        clock = case_history.deadline(case)
        found.append(Todo(case=case, kind=CaseKind(case.kind), state=state.label, tone=state.tone, deadline=clock))
    return found, total


@dataclass(frozen=True, kw_only=True)
class FirstStep:
    """One of the steps by which a new organisation gets to work."""

    key: str
    done: bool


def first_steps(actor: Actor) -> list[FirstStep]:
    """The steps for this role; none once all are done."""
    organization_id = actor.organization_id
    operators = db.session.scalar(
        select(func.count(func.distinct(Membership.account_id))).where(
            Membership.organization_id == organization_id, Membership.ended_at.is_(None)
        )
    )
    steps = [FirstStep(key="operators", done=(operators or 0) > 1)]
    if actor.can(Permission.STAFF_READ):
        staff = select(Employment.id).where(Employment.organization_id == organization_id).limit(1)
        steps.append(FirstStep(key="staff", done=db.session.scalar(staff) is not None))
    filed = select(ActivityFiling.id).where(ActivityFiling.organization_id == organization_id).limit(1)
    steps.append(FirstStep(key="filing", done=db.session.scalar(filed) is not None))
    return [] if all(step.done for step in steps) else steps


def second_person_missing(actor: Actor) -> bool:
    """Nobody of the organisation may release results yet: they need a second person (art. 21)."""
    releasers = [role.value for role in MANAGERS]
    found = select(Membership.id).where(
        Membership.organization_id == actor.organization_id,
        Membership.role.in_(releasers),
        Membership.ended_at.is_(None),
    )
    return db.session.scalar(found.limit(1)) is None


def organization_of(actor: Actor) -> Organization | None:
    """The organisation the actor acts for."""
    return db.session.get(Organization, actor.organization_id) if actor.organization_id else None

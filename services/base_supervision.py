"""The bases a bureau supervises (arts. 6, 34): who may see which, and what stands of each on one page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, false, or_, select

from domain.base_workflow import EXPIRED, PUBLISHED, SHOWN, SUSPENDED
from domain.roles import REGION_ROLES, Actor, Permission
from models import Case, Organization, Region, TrainingBase, db

_ORDER = {PUBLISHED: 0, SUSPENDED: 1, EXPIRED: 2}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; words that mean nothing narrow nothing."""

    search: str = ""
    state: str = ""


def visible_to(actor: Actor) -> Select[TrainingBase]:
    """The bases this official may know as such: a county those it supervises, the city all (art. 6)."""
    if actor.role not in REGION_ROLES or not actor.can(Permission.CASE_READ):
        return select(TrainingBase).where(false())
    query = select(TrainingBase)
    return query if actor.sees_city else query.where(TrainingBase.region_code == actor.region_code)


def find(base_id: int, *, seen_by: Actor) -> TrainingBase | None:
    """The base if this official may know it."""
    return db.session.scalar(visible_to(seen_by).where(TrainingBase.id == base_id))


def listing(actor: Actor, filters: Filters) -> Select[*tuple[Any, ...]]:
    """The bases as rows: those in force first, by name."""
    ids = visible_to(actor).with_only_columns(TrainingBase.id)
    query: Select[*tuple[Any, ...]] = (
        select(
            TrainingBase.id,
            TrainingBase.number,
            TrainingBase.level,
            TrainingBase.valid_until,
            Organization.name,
            Region.name.label("region"),
            Case.state,
        )
        .join(Case, Case.id == TrainingBase.case_id)
        .join(Organization, Organization.id == TrainingBase.organization_id)
        .join(Region, Region.code == TrainingBase.region_code)
        .where(TrainingBase.id.in_(ids))
    )
    if filters.state in SHOWN:
        query = query.where(Case.state == filters.state)
    if filters.search:
        columns = (Organization.name, TrainingBase.number)
        query = query.where(or_(*(column.icontains(filters.search, autoescape=True) for column in columns)))
    return query.order_by(case(_ORDER, value=Case.state, else_=9), Organization.name, TrainingBase.id)


def supervises(base: TrainingBase, actor: Actor) -> bool:
    """Whether this official is of the bureau in charge and may propose measures."""
    return actor.can(Permission.BASE_REVIEW) and actor.region_code == base.region_code

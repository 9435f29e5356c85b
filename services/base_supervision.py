"""The bases a bureau supervises (arts. 6, 34): who may see which, and what stands of each on one page."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, false, select

from domain.base_workflow import SHOWN
from domain.roles import REGION_ROLES, Actor, Permission
from models import Case, Region, TrainingBase, db
from services import base_directory


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
    query = base_directory.rows().join(Region, Region.code == TrainingBase.region_code).where(TrainingBase.id.in_(ids))
    if filters.state in SHOWN:
        query = query.where(Case.state == filters.state)
    return base_directory.found(query, filters.search)


def supervises(base: TrainingBase, actor: Actor) -> bool:
    """Whether this official is of the bureau in charge and may propose measures."""
    return actor.can(Permission.BASE_REVIEW) and actor.region_code == base.region_code

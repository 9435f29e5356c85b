"""The public directory of training bases: found by place, occupation and level; nobody needs an account (art. 10)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, or_, select

from domain.base_workflow import EXPIRED, PUBLISHED, SHOWN, SUSPENDED
from domain.public_activities import STATES
from models import ActivityFiling, BaseScopeEntry, Case, Organization, Region, TrainingBase, db
from services import clock, reference

_MOST_CLASSES = 20
# What is over is still found, by whoever looks for it, but comes last.
_ORDER = {PUBLISHED: 0, SUSPENDED: 1, EXPIRED: 2}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; words that mean nothing narrow nothing. `level` is a rank."""

    region: str = ""
    occupation: str = ""
    level: str = ""
    search: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The parts of the query string that say the same."""
        parts = {"q": self.search, "region": self.region, "occupation": self.occupation, "level": self.level}
        return {name: value for name, value in parts.items() if value}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the filters offer, as (value, label)."""

    regions: list[tuple[str, str]]
    occupations: list[str]
    levels: list[tuple[str, str]]


def options() -> Options:
    """Places of the city, and the occupations some base is recognised for."""
    names = select(BaseScopeEntry.occupation).distinct().order_by(BaseScopeEntry.occupation)
    return Options(
        regions=[
            (region.code, f"{region.name}本级" if region.kind == "city" else region.name)
            for region in reference.regions()
            if region.kind != "province"
        ],
        occupations=list(db.session.scalars(names)),
        levels=[(str(rank), name) for rank, name in reference.level_names().items() if rank],
    )


def rows() -> Select[*tuple[Any, ...]]:
    """All bases as rows for a list; the caller joins the region that is to be named."""
    return (
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
    )


def found(query: Select[*tuple[Any, ...]], search: str) -> Select[*tuple[Any, ...]]:
    """Of these rows what was searched for, those in force first, by name."""
    if search:
        columns = (Organization.name, TrainingBase.number)
        query = query.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))
    return query.order_by(case(_ORDER, value=Case.state, else_=9), Organization.name, TrainingBase.id)


def listing(filters: Filters) -> Select[*tuple[Any, ...]]:
    """The bases as rows: those in force first, by name."""
    query = rows().join(Region, Region.code == Organization.region_code).where(Case.state.in_(SHOWN))
    if filters.region in {region.code for region in reference.regions()}:
        query = query.where(Organization.region_code == filters.region)
    rank = int(filters.level) if filters.level.isascii() and filters.level.isdigit() else None
    if filters.occupation or rank in reference.level_names():
        entry = select(BaseScopeEntry.base_id).where(BaseScopeEntry.base_id == TrainingBase.id)
        if filters.occupation:
            entry = entry.where(BaseScopeEntry.occupation == filters.occupation)
        if rank in reference.level_names():
            entry = entry.where(BaseScopeEntry.level_rank == rank)
        query = query.where(entry.exists())
    return found(query, filters.search)


def occupations_of(base_ids: list[int]) -> dict[int, list[str]]:
    """The occupations of each of these bases."""
    found: dict[int, list[str]] = {}
    query = (
        select(BaseScopeEntry.base_id, BaseScopeEntry.occupation)
        .where(BaseScopeEntry.base_id.in_(base_ids))
        .distinct()
        .order_by(BaseScopeEntry.base_id, BaseScopeEntry.occupation)
    )
    for base_id, occupation in db.session.execute(query) if base_ids else ():
        found.setdefault(base_id, []).append(occupation)
    return found


def find(base_id: int) -> TrainingBase | None:
    """The base if it is public."""
    return db.session.scalar(
        select(TrainingBase)
        .join(Case, Case.id == TrainingBase.case_id)
        .where(TrainingBase.id == base_id, Case.state.in_(SHOWN))
    )


def current_classes(base: TrainingBase) -> list[ActivityFiling]:
    """The public activities of the base that are not over, the next first."""
    query = (
        select(ActivityFiling)
        .join(Case, Case.id == ActivityFiling.case_id)
        .where(ActivityFiling.organization_id == base.organization_id, ActivityFiling.form == "F1")
        .where(Case.state.in_(STATES), Case.state != "cancelled", ActivityFiling.ends_on >= clock.today())
        .order_by(ActivityFiling.starts_on, ActivityFiling.id)
    )
    return list(db.session.scalars(query.limit(_MOST_CLASSES)))

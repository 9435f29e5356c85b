"""The lists of cases bureau staff work from: what waits for them, and everything they may know of, filtered."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

from domain.result_risk import Level
from domain.roles import Actor
from domain.workflows import WORKFLOWS, CaseKind, Side
from models import Case, Organization, Region, ResultReport, db
from services import cases, clock
from services.calendar import working_calendar

_SOON_WORKDAYS = 2
_SEARCH_MOST = 100

SORTS: dict[str, Any] = {
    "risk": ResultReport.risk_points,
    "due": Case.due_on,
    "submitted": Case.submitted_at,
    "number": Case.number,
    "title": Case.title,
}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What a list is narrowed to and how it is ordered; words that mean nothing narrow nothing."""

    kind: str = ""
    region: str = ""
    due: str = ""
    side: str = ""
    risk: str = ""
    search: str = ""
    sort: str = ""
    down: bool = False


def waiting(actor: Actor, filters: Filters) -> Select[*tuple[Any, ...]]:
    """The rows of what this official has to decide (待办), soonest due first unless asked otherwise."""
    return _listed(cases.waiting_for(actor), filters, default="due", down=False)


def all_cases(actor: Actor, filters: Filters) -> Select[*tuple[Any, ...]]:
    """The rows of every case this official may know of, newest first unless asked otherwise."""
    return _listed(cases.visible_to(actor), filters, default="submitted", down=True)


def _listed(query: Select[*tuple[Any, ...]], filters: Filters, *, default: str, down: bool) -> Select[*tuple[Any, ...]]:
    rows = query.with_only_columns(
        Case.id,
        Case.number,
        Case.title,
        Case.kind,
        Case.state,
        Case.due_on,
        Case.submitted_at,
        Region.name.label("region"),
        Organization.name.label("organization"),
        ResultReport.risk_level,
    ).join(Region, Region.code == Case.region_code)
    rows = rows.outerjoin(Organization, Organization.id == Case.organization_id)
    rows = rows.outerjoin(ResultReport, ResultReport.case_id == Case.id)
    if filters.kind in {kind.value for kind in CaseKind}:
        rows = rows.where(Case.kind == filters.kind)
    if filters.region:
        rows = rows.where(Case.region_code == filters.region)
    if filters.side in {side.value for side in Side}:
        rows = rows.where(_on_side(Side(filters.side)))
    if filters.risk in list(Level):
        rows = rows.where(ResultReport.risk_level == filters.risk)
    if filters.search:
        words = filters.search.strip()[:_SEARCH_MOST]
        columns = (Case.number, Case.title, Organization.name)
        rows = rows.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    today = clock.today()
    if filters.due == "overdue":
        rows = rows.where(Case.due_on < today, _on_side(Side.BUREAU))
    elif filters.due == "soon":
        last = working_calendar().add_working_days(today, _SOON_WORKDAYS)
        rows = rows.where(Case.due_on.between(today, last), _on_side(Side.BUREAU))
    if filters.sort in SORTS:
        default, down = filters.sort, filters.down
    column = SORTS[default]
    # What has no date comes last, in either direction.
    return rows.order_by(None).order_by(column.is_(None), column.desc() if down else column, Case.id)


def _on_side(side: Side) -> Any:
    states = [
        (workflow.kind.value, state.name)
        for workflow in WORKFLOWS.values()
        for state in workflow.states
        if state.side is side
    ]
    return or_(*((Case.kind == kind) & (Case.state == state) for kind, state in states))


def waiting_counts(actor: Actor) -> dict[str, int]:
    """How much of each kind waits for this official, and how much of it is overdue, under `overdue`."""
    waiting_now = cases.waiting_for(actor).order_by(None)
    kinds = waiting_now.with_only_columns(Case.kind, func.count()).group_by(Case.kind)
    counts = {kind: count for kind, count in db.session.execute(kinds)}
    overdue = waiting_now.where(Case.due_on < clock.today()).with_only_columns(func.count())
    return {**counts, "overdue": db.session.scalar(overdue) or 0}


def neighbours(actor: Actor, case_id: int) -> tuple[int | None, int | None]:
    """The cases before and after this one in the inbox; of a case that does not wait, the first that does is next."""
    ids = list(db.session.scalars(cases.waiting_for(actor).with_only_columns(Case.id).limit(500)))
    if case_id not in ids:
        return None, ids[0] if ids else None
    place = ids.index(case_id)
    return (ids[place - 1] if place else None, ids[place + 1] if place + 1 < len(ids) else None)


def regions(actor: Actor) -> list[tuple[str, str]]:
    """The regions this official may filter by, as (code, name); none for a county, which has only itself."""
    if not actor.sees_city:
        return []
    query = select(Region.code, Region.name).where(Region.kind != "province").order_by(Region.code)
    return [(code, name) for code, name in db.session.execute(query)]

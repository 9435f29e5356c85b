"""Lists of activity filings for their organiser: search, counts by state, what comes next."""

from datetime import date
from typing import Any

from sqlalchemy import Row, and_, extract, func, or_, select
from sqlalchemy.orm import aliased

from domain.filing_review import Phase, phase_on
from domain.filing_workflow import IN_FORCE
from domain.roles import Actor
from domain.workflows import WORKFLOWS, CaseKind, Side
from models import ActivityFiling, Case, ResultReport, db
from services import cases, clock

SORTS = {
    "": (ActivityFiling.id.desc(),),
    "title": (Case.title, ActivityFiling.id),
    "starts": (ActivityFiling.starts_on.is_(None), ActivityFiling.starts_on, ActivityFiling.id),
    "submitted": (Case.submitted_at.is_(None), Case.submitted_at, ActivityFiling.id),
}
_SORTS_DOWN = {
    "title": (Case.title.desc(), ActivityFiling.id.desc()),
    "starts": (ActivityFiling.starts_on.is_(None), ActivityFiling.starts_on.desc(), ActivityFiling.id.desc()),
    "submitted": (Case.submitted_at.is_(None), Case.submitted_at.desc(), ActivityFiling.id.desc()),
}
_Report = aliased(Case, name="report_case")


def listing(
    actor: Actor, *, search: str = "", state: str = "", year: int | None = None, sort: str = "", down: bool = False
) -> Any:
    """The organisation's filings as rows; a draft that was thrown away is not among them."""
    query = (
        select(
            ActivityFiling.id,
            ActivityFiling.case_id,
            ActivityFiling.form,
            ActivityFiling.starts_on,
            ActivityFiling.ends_on,
            ActivityFiling.quota,
            ActivityFiling.draft_saved_at,
            Case.number,
            Case.title,
            Case.state,
            Case.submitted_at,
            Case.due_on,
            _Report.state.label("report_state"),
        )
        .join(Case, Case.id == ActivityFiling.case_id)
        .outerjoin(ResultReport, ResultReport.filing_id == ActivityFiling.id)
        .outerjoin(_Report, _Report.id == ResultReport.case_id)
        .where(_own(actor), *_matching(search, year))
    )
    if state:
        query = query.where(Case.state == state)
    return query.order_by(*(_SORTS_DOWN.get(sort, SORTS[""]) if down else SORTS.get(sort, SORTS[""])))


def counts(actor: Actor, *, search: str = "", year: int | None = None) -> dict[str, int]:
    """How many filings stand in each state, the states without any left out."""
    rows = db.session.execute(
        select(Case.state, func.count())
        .join(ActivityFiling, ActivityFiling.case_id == Case.id)
        .where(_own(actor), *_matching(search, year))
        .group_by(Case.state)
    )
    return {state: number for state, number in rows}


def years(actor: Actor) -> list[int]:
    """The years in which activities begin, newest first."""
    year = extract("year", ActivityFiling.starts_on)
    found = db.session.scalars(
        select(year)
        .join(Case, Case.id == ActivityFiling.case_id)
        .where(_own(actor), ActivityFiling.starts_on.is_not(None))
        .distinct()
    )
    return sorted((int(each) for each in found), reverse=True)


def upcoming(actor: Actor, limit: int = 5) -> list[Row[Any]]:
    """The approved activities that are under way or to come, the next first."""
    query = listing(actor, sort="starts").where(Case.state.in_(IN_FORCE), ActivityFiling.ends_on >= clock.today())
    return list(db.session.execute(query.limit(limit)))


def phase_of(row: Any, today: date) -> Phase | None:
    """Where the activity of a row of `listing` stands by the calendar; None unless it is in force."""
    if row.state not in IN_FORCE or row.starts_on is None:
        return None
    return phase_on(today, starts_on=row.starts_on, ends_on=row.ends_on, results_sent=results_sent(row.report_state))


def results_sent(report_state: str | None) -> bool:
    """Whether the organisation has done its part of the results."""
    if report_state is None:
        return False
    return WORKFLOWS[CaseKind.RESULT_REPORT].state(report_state).side is not Side.APPLICANT


def _own(actor: Actor) -> Any:
    visible = cases.visible_to(actor).with_only_columns(Case.id)
    return and_(Case.id.in_(visible), or_(Case.submitted_at.is_not(None), Case.state == "draft"))


def _matching(search: str, year: int | None) -> list[Any]:
    conditions: list[Any] = []
    if search:
        conditions.append(
            or_(Case.title.contains(search, autoescape=True), Case.number.contains(search.upper(), autoescape=True))
        )
    if year is not None:
        conditions.append(
            and_(ActivityFiling.starts_on >= date(year, 1, 1), ActivityFiling.starts_on <= date(year, 12, 31))
        )
    return conditions

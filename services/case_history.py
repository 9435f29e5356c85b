"""What every page of a case shows of its course: the timeline with the points of a supplement, and the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from domain import articles
from domain.filing_workflow import CHANGE_PENDING
from domain.roles import Role
from domain.workflows import Side
from models import Case, SupplementItem, db
from services import cases, clock
from services.calendar import working_calendar


@dataclass(frozen=True, kw_only=True)
class Step:
    """One line of the timeline, in words; the row of the trail it was made from has the same order and time."""

    action: str
    at: datetime
    actor: str
    role: str
    remark: str
    article: str
    tone: str


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """The clock of a case: `left` working days, negative when overdue; `paused` while somebody else has the word.

    `provisional` when the due day is of a year whose working days the State Council has not announced yet.
    """

    due: date | None
    left: int | None
    paused: bool
    closed: bool
    provisional: bool


def deadline(case: Case) -> Deadline:
    """The clock as it stands today."""
    return deadline_of(case.kind, case.state, case.due_on)


def deadline_of(kind: str, state: str, due_on: date | None) -> Deadline:
    """The same from the columns of a list."""
    side = cases.side_of(kind, state)
    # Only a change whose partner has not answered stands at the bureau without a day.
    waits = state == CHANGE_PENDING and due_on is None
    calendar = working_calendar()
    return Deadline(
        due=due_on,
        left=calendar.working_days_between(clock.today(), due_on) if due_on else None,
        paused=side is Side.APPLICANT or waits,
        closed=side is Side.NOBODY,
        provisional=due_on is not None and calendar.is_provisional(due_on),
    )


def timeline(case: Case, sections: Mapping[str, str]) -> list[Step]:
    """Every step of the case, oldest first; `sections` names what a point of a supplement may concern."""
    workflow = cases.workflow_of(case)
    points = _points(case)
    found = []
    for step in case.steps:
        role = Role(step.actor_role)
        lines = [step.remark] if step.remark else []
        lines += [
            f"{place}. {sections.get(point.section, point.section)}：{point.message}"
            for place, point in enumerate(points.get(step.id, []), 1)
        ]
        found.append(
            Step(
                action=workflow.done_label(step.action),
                at=step.at,
                actor=step.actor_name,
                role=role.label if role is not Role.SYSTEM else "",
                remark="\n".join(lines),
                article=articles.cited(step.article) if step.article else "",
                tone=workflow.state(step.to_state).tone,
            )
        )
    return found


def _points(case: Case) -> dict[int, list[SupplementItem]]:
    found: dict[int, list[SupplementItem]] = {}
    ids = [step.id for step in case.steps if step.action == "return"]
    query = select(SupplementItem).where(SupplementItem.step_id.in_(ids)).order_by(SupplementItem.id)
    for point in db.session.scalars(query) if ids else ():
        found.setdefault(point.step_id, []).append(point)
    return found

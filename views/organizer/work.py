"""The start page of an organiser: what needs this person now, what comes next, the first steps of a new one."""

from flask import Blueprint, render_template

from domain.roles import Permission
from domain.workflows import WORKFLOWS, CaseKind
from services import clock, filing_lists, results, worklist
from views.access import current_actor, requires

bp = Blueprint("work", __name__, url_prefix="/work")


@bp.get("")
@requires(Permission.FILING_READ)
def home():
    actor, today = current_actor(), clock.today()
    todos, total = worklist.todos(actor)
    counts = filing_lists.counts(actor)
    return render_template(
        "organizer/work/home.html",
        organization=worklist.organization_of(actor),
        todos=todos,
        total=total,
        to_open=results.to_open(actor) if actor.can(Permission.RESULT_WRITE) else [],
        upcoming=[(row, filing_lists.phase_of(row, today)) for row in filing_lists.upcoming(actor)],
        today=today,
        stats=[
            (state.label, counts.get(state.name, 0), state.name)
            for state in WORKFLOWS[CaseKind.ACTIVITY_FILING].states
            if state.name in ("draft", "submitted", "supplement", "approved", "change_pending")
        ],
        steps=worklist.first_steps(actor),
        lonely=worklist.second_person_missing(actor),
        may_write=actor.can(Permission.FILING_WRITE),
        may_manage=actor.can(Permission.OPERATOR_MANAGE),
        has_staff=actor.can(Permission.STAFF_READ),
    )

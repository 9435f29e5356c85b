"""The audit trail for those who supervise: who did what, when, from where, and what was refused (art. 21)."""

from datetime import date

from flask import Blueprint, request

from domain.roles import Permission, Role
from domain.workflows import WORKFLOWS, CaseKind
from services import audit_trail, registers
from views.access import requires
from views.htmx import render_page_or_part
from views.lists import page_of_rows

bp = Blueprint("audit", __name__, url_prefix="/audit")

# The first year of the regulation, and one nobody here will see.
_YEARS = (2020, 2120)


@bp.get("")
@requires(Permission.AUDIT_READ)
def index():
    filters = audit_trail.Filters(
        action=request.args.get("action", "")[:64],
        outcome=request.args.get("outcome", ""),
        who=request.args.get("who", "").strip()[:64],
        since=_day("since"),
        until=_day("until"),
    )
    page = page_of_rows(audit_trail.events(filters))
    return render_page_or_part(
        "bureau/audit/index.html",
        "bureau/audit/_list.html",
        page=page,
        events=[_in_words(row) for row in page.items],
        filters=filters,
        actions=[(action, _action(action)) for action in audit_trail.actions()],
        outcomes=audit_trail.OUTCOMES,
    )


def _day(name: str) -> date | None:
    """A day of the query; what is none narrows nothing."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if _YEARS[0] <= day.year <= _YEARS[1] else None


def _action(action: str) -> str:
    if action in audit_trail.ACTIONS:
        return audit_trail.ACTIONS[action]
    kind, _, move = action.partition(".")
    if kind in {each.value for each in CaseKind}:
        workflow = WORKFLOWS[CaseKind(kind)]
        return f"{workflow.label}：{workflow.action_label(move)}"
    return action


def _in_words(row) -> dict:
    return {
        "at": row.at,
        "who": row.display_name or "",
        "login_name": row.login_name or "",
        # An act on one's own account, signing in among them, is done in no capacity.
        "role": Role(row.role).label if row.role != Role.SYSTEM else "",
        "action": _action(row.action),
        "outcome": audit_trail.OUTCOMES.get(row.outcome, row.outcome),
        "refused": row.outcome != "done",
        "case_id": row.object_id if row.case_number else None,
        "case_number": row.case_number,
        "ip": row.ip,
        "details": "，".join(
            f"{key}={value}"
            for key, value in sorted(row.details.items())
            if value is not None and key != registers.DETAIL
        ),
    }

"""Every row of a results case for the officer: page by page, by outcome."""

from flask import Blueprint, abort, url_for

from domain.roles import Permission
from domain.workflows import CaseKind
from services import cases, result_review
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.organizer.results import rows_context

bp = Blueprint("bureau_results", __name__, url_prefix="/bureau/cases/<int:case_id>/results")


@bp.get("")
@requires(Permission.CASE_READ)
def table(case_id: int):
    case = cases.find(case_id, seen_by=current_actor())
    if case is None or case.kind != CaseKind.RESULT_REPORT:
        abort(404)
    return render_page_or_part(
        "bureau/cases/result_rows.html",
        "shared/_result_rows.html",
        case=case,
        edit=None,
        **rows_context(result_review.review(case), url_for(".table", case_id=case.id)),
    )

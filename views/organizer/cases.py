"""The address of a case for its organisation: notices lead here, and it leads to the page of its kind."""

from flask import Blueprint, abort, redirect, url_for

from domain.roles import Permission
from domain.workflows import CaseKind
from services import base_reports, cases, corrections, filings, joint_filings, results
from views.access import current_actor, requires

bp = Blueprint("cases", __name__, url_prefix="/cases")


@bp.get("/<int:case_id>")
@requires(Permission.FILING_READ)
def show(case_id: int):
    actor = current_actor()
    shared = joint_filings.of_case(case_id, seen_by=actor)
    if shared is not None:
        return redirect(url_for("joint_filings.show", filing_id=shared.id), 303)
    case = cases.find(case_id, seen_by=actor) or abort(404)
    if case.kind == CaseKind.ACTIVITY_FILING:
        return redirect(url_for("filings.show", filing_id=filings.of_case(case).id), 303)
    if case.kind == CaseKind.RESULT_REPORT:
        return redirect(url_for("results.show", report_id=results.of_case(case).id), 303)
    if case.kind == CaseKind.RESULT_CORRECTION:
        return redirect(url_for("corrections.show", correction_id=corrections.of_case(case).id), 303)
    if case.kind == CaseKind.BASE_APPLICATION:
        return redirect(url_for("base_applications.show", case_id=case.id), 303)
    if case.kind == CaseKind.BASE_REPORT:
        return redirect(url_for("base_reports.show", year=base_reports.of_case(case).year), 303)
    if case.kind == CaseKind.BASE_MEASURE:
        return redirect(url_for("base_measures.show", case_id=case.id), 303)
    abort(404)

"""The results of an activity for the officer: every row, its versions, and a correction the bureau itself asks for."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.corrections import Values
from domain.credit_entries import tenths
from domain.errors import RuleError
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.roles import Permission
from domain.workflows import CaseKind
from forms.corrections import ProposalForm
from models import Case, ResultReport
from services import cases, corrections, result_content, result_review, result_versions, results
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.organizer.results import rows_context

bp = Blueprint("bureau_results", __name__, url_prefix="/bureau/cases/<int:case_id>/results")


def _report_or_404(case_id: int) -> ResultReport:
    case = cases.find(case_id, seen_by=current_actor())
    if case is None or case.kind != CaseKind.RESULT_REPORT:
        abort(404)
    return results.of_case(case)


@bp.get("")
@requires(Permission.CASE_READ)
def table(case_id: int):
    report = _report_or_404(case_id)
    return render_page_or_part(
        "bureau/cases/result_rows.html",
        "shared/_result_rows.html",
        case=report.case,
        edit=None,
        **rows_context(result_review.of_report(report), url_for(".table", case_id=case_id)),
    )


@bp.get("/versions")
@requires(Permission.CASE_READ)
def versions(case_id: int):
    report = _report_or_404(case_id)
    return render_template(
        "bureau/cases/result_versions.html",
        case=report.case,
        versions=result_versions.of_report(report),
    )


# --- A correction the bureau asks for ---------------------------------------------------------------------------------


def _correctable_or_away(case_id: int) -> ResultReport:
    """A credited report of the own region; any other leads to its page."""
    report, actor = _report_or_404(case_id), current_actor()
    if report.case.state != "credited" or report.case.region_code != actor.region_code:
        abort(redirect(url_for("bureau.case", case_id=case_id), 303))
    return report


def _form(report: ResultReport, **data: object) -> ProposalForm:
    persons = [
        (str(technician_id), str(row["name"])) for technician_id, row in result_content.stored_rows(report).items()
    ]
    return ProposalForm(persons=persons, plan=result_content.plan_of(report.filing), **data)


@bp.get("/correction")
@requires(Permission.RESULT_REVIEW)
def correction(case_id: int):
    report = _correctable_or_away(case_id)
    return _page(report.case, _form(report, formdata=None))


def _page(case: Case, form: ProposalForm, status: int = 200):
    return render_template("bureau/cases/propose_correction.html", case=case, form=form), status


@bp.post("/correction")
@requires(Permission.RESULT_REVIEW)
def propose(case_id: int):
    report = _correctable_or_away(case_id)
    form = _form(report)
    if not form.validate():
        return _page(report.case, form, 422)
    try:
        with transaction():
            made = corrections.propose(
                report,
                _rows(report, form),
                reason=ReversalReason(form.reason.data),
                explanation=form.explanation.data,
                actor=current_actor(),
            )
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(report.case, form, 422)
    flash("已提出更正，由另一位工作人员决定。", "success")
    return redirect(url_for("bureau.case", case_id=made.case_id), 303)


def _rows(report: ResultReport, form: ProposalForm) -> list[tuple[int, Values | None]]:
    if form.what.data == "void":
        return [(technician_id, None) for technician_id in result_content.stored_rows(report)]
    if form.what.data == "remove":
        return [(int(form.person.data), None)]
    values = Values(
        hours_tenths=tenths(form.hours_read),
        score_tenths=None if form.score_read is None else tenths(form.score_read),
        outcome=Outcome(form.outcome.data),
        **form.won,
    )
    return [(int(form.person.data), values)]

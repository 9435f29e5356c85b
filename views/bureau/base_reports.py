"""The score sheet of a base's annual report."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.base_content import CONDITIONS
from domain.errors import NotAllowed, RuleError
from domain.roles import Permission
from domain.workflows import CaseKind
from forms.base_reports import ScoreForm
from models import BaseReport
from services import base_reports, cases
from services.cases import StaleCase
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("bureau_base_reports", __name__, url_prefix="/bureau/base-reports")


def _report_or_404(case_id: int) -> BaseReport:
    case = cases.find(case_id, seen_by=current_actor())
    return base_reports.of_case(case) if case is not None and case.kind == CaseKind.BASE_REPORT else abort(404)


@bp.get("/<int:case_id>/score")
@requires(Permission.BASE_REVIEW)
def sheet(case_id: int):
    report = _report_or_404(case_id)
    if report.case.state != "submitted":
        return redirect(url_for("bureau.case", case_id=case_id), 303)
    shown = base_reports.seal(report)
    return _page(report, ScoreForm(formdata=None, version=report.case.version, content_sha256=shown))


def _page(report: BaseReport, form: ScoreForm, status: int = 200):
    return render_template(
        "bureau/supervision/score.html",
        review=base_reports.review(report.case),
        case=report.case,
        conditions=CONDITIONS,
        form=form,
    ), status


@bp.post("/<int:case_id>/score")
@requires(Permission.BASE_REVIEW)
def score(case_id: int):
    report = _report_or_404(case_id)
    if report.case.state != "submitted":
        return redirect(url_for("bureau.case", case_id=case_id), 303)
    form = ScoreForm()
    if not form.validate():
        return _page(report, form, 422)
    try:
        with transaction():
            if form.content_sha256.data != base_reports.seal(report):
                raise StaleCase()
            base_reports.score(report, form.given(), actor=current_actor())
    except NotAllowed:
        raise
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        form.show_as_of(report.case.version, base_reports.seal(report))
        return _page(report, form, 422 if refusal.code == "scores" else 409)
    flash("评分已提交，由负责人确定等次。", "success")
    return redirect(url_for("bureau.case", case_id=case_id), 303)

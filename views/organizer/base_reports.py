"""The annual reports of the organisation's own base."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.base_report_workflow import EDITABLE
from domain.base_reports import Grade, years_due
from domain.errors import NotAllowed, RuleError
from domain.roles import Permission
from forms.base_reports import ReportForm
from models import TrainingBase
from services import base_reports, bases, case_history, cases, clock
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("base_reports", __name__, url_prefix="/base/reports")


def _own_base_or_404(year: int | None = None) -> TrainingBase:
    base = bases.of_organization(current_actor().organization_id) or abort(404)
    if year is not None and year not in years_due(base.published_on, clock.today()):
        abort(404)
    return base


@bp.get("")
@requires(Permission.FILING_READ)
def index():
    base = _own_base_or_404()
    return render_template(
        "organizer/base_reports/index.html",
        base=base,
        years=[
            (year, report, cases.state_of(report.case) if report else None, due)
            for year, report, due in base_reports.years_of(base)
        ],
        grades={year: (grade, total) for year, grade, total in base_reports.grades_of(base)},
    )


@bp.get("/<int:year>")
@requires(Permission.FILING_READ)
def show(year: int):
    base = _own_base_or_404(year)
    report = base_reports.of_base(base).get(year)
    return _page(base, year, ReportForm(formdata=None, data=report.words if report else {}))


def _page(base: TrainingBase, year: int, form: ReportForm, status: int = 200):
    report = base_reports.of_base(base).get(year)
    editable = current_actor().can(Permission.BASE_APPLY) and (report is None or report.case.state in EDITABLE)
    handed_in = report is not None and report.case.submitted_at is not None
    graded = report is not None and bool(report.grade) and report.case.state == "graded"
    return render_template(
        "organizer/base_reports/show.html",
        base=base,
        year=year,
        report=report,
        review=base_reports.review(report.case) if report and handed_in else None,
        grade=Grade(report.grade) if report and graded else None,
        state=cases.state_of(report.case) if report else None,
        due=base_reports.deadline(year),
        figures=base_reports.figures_of(base, year),
        steps=case_history.timeline(report.case, {}) if report and report.case.steps else [],
        form=form,
        editable=editable,
    ), status


@bp.post("/<int:year>")
@requires(Permission.BASE_APPLY)
def save(year: int):
    base = _own_base_or_404(year)
    form = ReportForm()
    if not form.validate():
        return _page(base, year, form, 422)
    try:
        with transaction():
            act = base_reports.submit if "submit" in request.form else base_reports.save
            act(base, year, form.words(), actor=current_actor())
    except NotAllowed:
        raise
    except base_reports.Incomplete as refusal:
        for name, sentence in refusal.problems.items():
            form[name].errors = [sentence]
        return _page(base, year, form, 422)
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(base, year, form, 409)
    flash("年度报告已提交。" if "submit" in request.form else "已保存，尚未提交。", "success")
    return redirect(url_for(".show", year=year), 303)

"""Saying that an activity did not take place, in the place of its results."""

from flask import Blueprint, flash, redirect, render_template, url_for

from domain.errors import RuleError
from domain.roles import Permission
from forms.closures import NotHeldForm
from models import ResultReport
from services import closures
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.results import editable_or_away

bp = Blueprint("results_not_held", __name__, url_prefix="/results/<int:report_id>/not-held")


@bp.get("")
@requires(Permission.RESULT_WRITE)
def index(report_id: int):
    report = editable_or_away(report_id)
    return _page(report, NotHeldForm(formdata=None, version=report.case.version))


def _page(report: ResultReport, form: NotHeldForm, status: int = 200):
    return render_template(
        "organizer/results/not_held.html",
        report=report,
        case=report.case,
        attended=closures.was_attended(report),
        form=form,
    ), status


@bp.post("")
@requires(Permission.RESULT_WRITE)
def declare(report_id: int):
    report = editable_or_away(report_id)
    form = NotHeldForm()
    if not form.validate():
        return _page(report, form, 422)
    try:
        with transaction():
            closures.declare_not_held(
                report, remark=form.remark.data or "", actor=current_actor(), version=form.version.data
            )
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(report, form, 409)
    flash("已说明活动没有举办，本次备案随之失效。", "success")
    return redirect(url_for("results.show", report_id=report.id), 303)

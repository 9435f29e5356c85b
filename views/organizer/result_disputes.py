"""What participants find wrong in the results, and the organiser's answers."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.credit_entries import from_tenths, say, tenths
from domain.result_rows import Outcome
from domain.result_standing import DisputeKind, DisputeState
from domain.roles import Permission
from forms.disputes import CorrectForm, InsistForm
from models import ResultDispute, ResultReport
from services import result_confirmations, result_content, result_disputes
from services.result_content import RowValues
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.results import report_or_404

bp = Blueprint("results_disputes", __name__, url_prefix="/results/<int:report_id>/disputes")


@bp.get("")
@requires(Permission.FILING_READ)
def index(report_id: int):
    report = report_or_404(report_id)
    return render_template(
        "organizer/results/disputes.html",
        report=report,
        case=report.case,
        answers=result_confirmations.answers(report),
        kinds=DisputeKind,
        states=DisputeState,
        disputes=[
            (raised, result_disputes.name_of(raised.technician_id)) for raised in result_disputes.of_report(report)
        ],
        may_answer=current_actor().can(Permission.RESULT_WRITE),
        obstacle=result_confirmations.obstacle(report) if report.case.state == "entered" else None,
    )


def _dispute_or_404(report: ResultReport, dispute_id: int) -> ResultDispute:
    return result_disputes.find(report, dispute_id) or abort(404)


@bp.get("/<int:dispute_id>")
@requires(Permission.RESULT_WRITE)
def show(report_id: int, dispute_id: int):
    report = report_or_404(report_id)
    raised = _dispute_or_404(report, dispute_id)
    return _answer_page(report, raised)


def _answer_page(
    report: ResultReport,
    raised: ResultDispute,
    correction: CorrectForm | None = None,
    refusal: InsistForm | None = None,
    status: int = 200,
):
    row = result_content.row_of(report, raised.technician_id)
    plan = result_content.plan_of(report.filing)
    if correction is None:
        correction = CorrectForm(
            formdata=None,
            plan=plan,
            hours=say(plan.hours if row is None else from_tenths(row.hours_tenths)),
            score="" if row is None or row.score_tenths is None else say(from_tenths(row.score_tenths)),
            outcome=Outcome.PASSED.value if row is None else row.outcome,
            event="" if row is None else row.event,
            rank="" if row is None else row.rank,
            remark="" if row is None else row.remark,
        )
    return render_template(
        "organizer/results/dispute.html",
        report=report,
        case=report.case,
        raised=raised,
        row=row,
        kinds=DisputeKind,
        states=DisputeState,
        outcomes=Outcome,
        name=result_disputes.name_of(raised.technician_id),
        may_answer=result_disputes.may_answer(raised, current_actor()),
        editable=report.case.state in result_content.EDITABLE,
        correction=correction,
        refusal=refusal or InsistForm(formdata=None),
    ), status


@bp.post("/<int:dispute_id>/correct")
@requires(Permission.RESULT_WRITE)
def correct(report_id: int, dispute_id: int):
    report = report_or_404(report_id)
    raised = _dispute_or_404(report, dispute_id)
    form = CorrectForm(plan=result_content.plan_of(report.filing))
    if not form.validate():
        return _answer_page(report, raised, correction=form, status=422)
    row = result_content.row_of(report, raised.technician_id)
    values = RowValues(
        technician_id=raised.technician_id,
        name=result_disputes.name_of(raised.technician_id),
        occupation="" if row is None else row.occupation,
        hours_tenths=tenths(form.hours_read),
        score_tenths=None if form.score_read is None else tenths(form.score_read),
        outcome=Outcome(form.outcome.data),
        **form.won,
        remark=form.remark.data or "",
    )
    with transaction():
        result_disputes.correct(raised, values, remark=form.answer.data or "", actor=current_actor())
    flash("已更正并通知本人核对。", "success")
    return redirect(url_for(".index", report_id=report_id), 303)


@bp.post("/<int:dispute_id>/insist")
@requires(Permission.RESULT_WRITE)
def insist(report_id: int, dispute_id: int):
    report = report_or_404(report_id)
    raised = _dispute_or_404(report, dispute_id)
    form = InsistForm()
    if not form.validate():
        return _answer_page(report, raised, refusal=form, status=422)
    with transaction():
        result_disputes.insist(raised, reason=form.reason.data or "", actor=current_actor())
    flash("已答复。这一行由人力社保部门单独裁定，其他人不受影响。", "success")
    return redirect(url_for(".index", report_id=report_id), 303)

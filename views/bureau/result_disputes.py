"""Single rows of results that wait for an officer: disputed by the person, or held for a doubt (art. 22)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.credit_entries import from_tenths, say, tenths
from domain.result_rows import Outcome
from domain.result_standing import DisputeKind, DisputeState, RowStanding
from domain.roles import Permission
from forms.disputes import RowDecisionForm
from models import ResultReport
from services import presence_decisions, result_content, result_disputes, results
from services.result_content import RowValues
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_rows

bp = Blueprint("bureau_disputes", __name__, url_prefix="/bureau/disputes")


@bp.get("")
@requires(Permission.CASE_READ)
def index():
    page = page_of_rows(result_disputes.reported_to(current_actor()), per_page=20)
    return render_template("bureau/disputes/index.html", page=page)


def _report_or_404(report_id: int) -> ResultReport:
    return results.find(report_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:report_id>")
@requires(Permission.CASE_READ)
def report(report_id: int):
    seen = _report_or_404(report_id)
    return render_template(
        "bureau/disputes/report.html",
        report=seen,
        case=seen.case,
        waiting=result_disputes.waiting(seen),
        kinds=DisputeKind,
        states=DisputeState,
        standings=RowStanding,
        may_decide=result_disputes.may_decide(seen, current_actor()),
    )


@bp.get("/<int:report_id>/<int:technician_id>")
@requires(Permission.RESULT_REVIEW)
def row(report_id: int, technician_id: int):
    seen = _report_or_404(report_id)
    waiting = _waiting_or_404(seen, technician_id)
    proposed = waiting.proposed
    form = RowDecisionForm(
        formdata=None,
        plan=result_content.plan_of(seen.filing),
        hours=say(from_tenths(proposed.hours_tenths)),
        score="" if proposed.score_tenths is None else say(from_tenths(proposed.score_tenths)),
        outcome=proposed.outcome.value,
        event=proposed.event,
        rank=proposed.rank,
        remark=proposed.remark,
        against=" ".join(str(each.session_id) for each in presence_decisions.against(seen.filing, technician_id)),
    )
    return _row_page(seen, waiting, form)


def _waiting_or_404(seen: ResultReport, technician_id: int) -> result_disputes.Waiting:
    found = [each for each in result_disputes.waiting(seen) if each.technician_id == technician_id]
    return found[0] if found else abort(404)


def _row_page(seen: ResultReport, waiting: result_disputes.Waiting, form: RowDecisionForm, status: int = 200):
    proposed = waiting.proposed
    return render_template(
        "bureau/disputes/row.html",
        against=presence_decisions.contrary(seen.filing, waiting.technician_id, proposed.hours_tenths)
        or (presence_decisions.against(seen.filing, waiting.technician_id) if form.was_here.errors else []),
        report=seen,
        case=seen.case,
        waiting=waiting,
        kinds=DisputeKind,
        outcomes=Outcome,
        form=form,
        may_decide=waiting.ripe and result_disputes.may_decide(seen, current_actor()),
    ), status


@bp.post("/<int:report_id>/<int:technician_id>")
@requires(Permission.RESULT_REVIEW)
def decide(report_id: int, technician_id: int):
    seen = _report_or_404(report_id)
    waiting = _waiting_or_404(seen, technician_id)
    form = RowDecisionForm(plan=result_content.plan_of(seen.filing))
    if not form.validate():
        return _row_page(seen, waiting, form, 422)
    values = RowValues(
        technician_id=technician_id,
        name=waiting.name,
        occupation=waiting.proposed.occupation,
        hours_tenths=tenths(form.hours_read),
        score_tenths=None if form.score_read is None else tenths(form.score_read),
        outcome=Outcome(form.outcome.data),
        **form.won,
        remark=form.remark.data or "",
    )
    recognised = form.verdict.data == "recognise"
    undecided = recognised and not form.was_here.data
    if undecided and presence_decisions.contrary(seen.filing, technician_id, values.hours_tenths):
        form.was_here.errors = ["同一时间在其他活动已计到课，请先核定本人当时在哪里"]
        return _row_page(seen, waiting, form, 422)
    with transaction():
        result_disputes.decide(
            seen,
            technician_id,
            values if recognised else None,
            remark=form.reason.data or "",
            actor=current_actor(),
            sets_aside=form.sets_aside,
        )
    flash("已裁定，并通知本人和举办单位。", "success")
    return redirect(url_for(".report", report_id=report_id), 303)

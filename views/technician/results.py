"""A technician's own results before their release: right, or not."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.result_rows import Outcome
from domain.result_standing import DisputeKind, DisputeState
from domain.roles import Permission
from forms.disputes import DisputeForm
from services import result_confirmations
from services.result_confirmations import OwnResult
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("own_results", __name__, url_prefix="/me/results")


@bp.get("")
@requires(Permission.OWN_RECORD)
def index():
    technician_id = current_actor().technician_id or 0
    return render_template(
        "technician/results/index.html",
        outcomes=Outcome,
        kinds=DisputeKind,
        states=DisputeState,
        waiting=result_confirmations.to_answer(technician_id),
        answered=result_confirmations.answered(technician_id),
    )


def _own_or_404(report_id: int) -> OwnResult:
    return result_confirmations.own_result(report_id, current_actor().technician_id or 0) or abort(404)


@bp.post("/<int:report_id>/confirm")
@requires(Permission.OWN_RECORD)
def confirm(report_id: int):
    own = _own_or_404(report_id)
    with transaction():
        result_confirmations.confirm(own.report, actor=current_actor())
    flash("已确认。成绩发布并经人力社保部门审核后，学分计入您的账户。", "success")
    return redirect(url_for(".index"), 303)


@bp.get("/<int:report_id>/dispute")
@requires(Permission.OWN_RECORD)
def dispute(report_id: int):
    own = _own_or_404(report_id)
    if not own.open:
        return redirect(url_for(".index"), 303)
    return _dispute_page(own, DisputeForm(formdata=None, missing=own.row is None))


def _dispute_page(own: OwnResult, form: DisputeForm, status: int = 200):
    return render_template("technician/results/dispute.html", own=own, form=form, outcomes=Outcome), status


@bp.post("/<int:report_id>/dispute")
@requires(Permission.OWN_RECORD)
def raise_dispute(report_id: int):
    own = _own_or_404(report_id)
    form = DisputeForm(missing=own.row is None)
    if not form.validate():
        return _dispute_page(own, form, 422)
    with transaction():
        result_confirmations.dispute(
            own.report, kind=DisputeKind(form.kind.data), text=form.text.data, actor=current_actor()
        )
    flash("已告知举办单位，答复后会通知您。其他人的成绩不受影响。", "success")
    return redirect(url_for(".index"), 303)

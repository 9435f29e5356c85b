"""Archives an organisation hands over, and those it is offered (移交教学档案)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.errors import NotAllowed, RuleError
from domain.roles import Permission
from forms.archives import HandoverForm, RemarkForm
from models import ArchiveHandover
from services import archive_handovers
from services.transaction import transaction
from views.access import current_actor, requires
from views.archive_pages import handover_context

bp = Blueprint("archives_handover", __name__, url_prefix="/archives/handovers")


def _handover_or_404(handover_id: int) -> ArchiveHandover:
    return archive_handovers.find(handover_id, seen_by=current_actor()) or abort(404)


@bp.get("")
@requires(Permission.FILING_READ)
def index():
    return _page()


def _page(form: HandoverForm | None = None, remark: RemarkForm | None = None, refused: int = 0, status: int = 200):
    actor = current_actor()
    return render_template(
        "organizer/archives/handovers.html",
        **handover_context("archives_handover", remark, refused),
        form=form or HandoverForm(formdata=None),
        outstanding=archive_handovers.outstanding(actor.organization_id or 0),
        may_write=actor.can(Permission.FILING_WRITE),
    ), status


@bp.post("")
@requires(Permission.FILING_WRITE)
def create():
    form = HandoverForm()
    if not form.validate():
        return _page(form, status=422)
    try:
        with transaction():
            handover = archive_handovers.ask(
                form.uscc.data or "",
                reason=form.reason.data,
                paper_place=form.paper_place.data or "",
                actor=current_actor(),
            )
    except NotAllowed:
        raise
    except RuleError as refusal:
        if refusal.code == "no_receiver":
            form.uscc.errors = [refusal.message]
        else:
            form.form_errors.append(refusal.message)
        return _page(form, status=422)
    flash(f"已申请移交 {handover.archives} 份档案，等待接收方接收。", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:handover_id>/accept")
@requires(Permission.FILING_WRITE)
def accept(handover_id: int):
    handover = _handover_or_404(handover_id)
    with transaction():
        archive_handovers.accept(handover, actor=current_actor())
    flash("已接收，档案由本单位保管。", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:handover_id>/decline")
@requires(Permission.FILING_WRITE)
def decline(handover_id: int):
    handover = _handover_or_404(handover_id)
    form = RemarkForm()
    if not form.validate():
        return _page(remark=form, refused=handover.id, status=422)
    with transaction():
        archive_handovers.decline(handover, form.remark.data, actor=current_actor())
    flash("已告知移交单位。", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:handover_id>/withdraw")
@requires(Permission.FILING_WRITE)
def withdraw(handover_id: int):
    handover = _handover_or_404(handover_id)
    with transaction():
        archive_handovers.withdraw(handover, actor=current_actor())
    flash("已撤回。", "success")
    return redirect(url_for(".index"), 303)

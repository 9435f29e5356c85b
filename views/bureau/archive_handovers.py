"""Archives handed over in a region: the bureau takes over what has no other keeper."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.roles import Permission
from forms.archives import RemarkForm
from models import ArchiveHandover
from services import archive_handovers
from services.transaction import transaction
from views.access import current_actor, requires
from views.archive_pages import handover_context

bp = Blueprint("bureau_archives_handover", __name__, url_prefix="/bureau/archives/handovers")


def _handover_or_404(handover_id: int) -> ArchiveHandover:
    return archive_handovers.find(handover_id, seen_by=current_actor()) or abort(404)


@bp.get("")
@requires(Permission.CASE_READ)
def index():
    return _page()


def _page(remark: RemarkForm | None = None, refused: int = 0, status: int = 200):
    context = handover_context("bureau_archives_handover", remark, refused)
    return render_template("bureau/archives/handovers.html", **context), status


@bp.post("/<int:handover_id>/accept")
@requires(Permission.ARCHIVE_DISPOSE)
def accept(handover_id: int):
    handover = _handover_or_404(handover_id)
    with transaction():
        archive_handovers.accept(handover, actor=current_actor())
    flash("已接收，档案由本部门保管。", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:handover_id>/decline")
@requires(Permission.ARCHIVE_DISPOSE)
def decline(handover_id: int):
    handover = _handover_or_404(handover_id)
    form = RemarkForm()
    if not form.validate():
        return _page(form, handover.id, 422)
    with transaction():
        archive_handovers.decline(handover, form.remark.data, actor=current_actor())
    flash("已告知移交单位。", "success")
    return redirect(url_for(".index"), 303)

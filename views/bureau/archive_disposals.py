"""Disposal lists of archives whose time is over: proposed by an officer, decided by a leader."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.roles import Permission
from forms.archives import RemarkForm
from models import DisposalList
from services import archive_disposals
from services.archive_disposals import STATES
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_objects

bp = Blueprint("bureau_archives_disposal", __name__, url_prefix="/bureau/archives/disposals")


@bp.get("")
@requires(Permission.CASE_READ)
def index():
    actor = current_actor()
    return render_template(
        "bureau/archives/disposals.html",
        page=page_of_objects(archive_disposals.visible_to(actor), per_page=20),
        states=STATES,
        waiting=archive_disposals.candidate_count(actor),
        may_propose=actor.can(Permission.ARCHIVE_DISPOSE),
    )


@bp.post("")
@requires(Permission.ARCHIVE_DISPOSE)
def create():
    with transaction():
        listed = archive_disposals.propose(actor=current_actor())
    flash(f"清单 {listed.number} 已提交负责人决定。", "success")
    return redirect(url_for(".show", list_id=listed.id), 303)


def _list_or_404(list_id: int) -> DisposalList:
    return archive_disposals.find(list_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:list_id>")
@requires(Permission.CASE_READ)
def show(list_id: int):
    return _page(_list_or_404(list_id))


def _page(listed: DisposalList, form: RemarkForm | None = None, status: int = 200):
    return render_template(
        "bureau/archives/disposal.html",
        listed=listed,
        state=STATES[listed.state],
        items=archive_disposals.items(listed),
        refusal=archive_disposals.refusal(listed, current_actor()),
        form=form or RemarkForm(formdata=None),
    ), status


@bp.post("/<int:list_id>/approve")
@requires(Permission.ARCHIVE_DECIDE)
def approve(list_id: int):
    listed = _list_or_404(list_id)
    with transaction():
        archive_disposals.approve(listed, actor=current_actor())
    flash("已批准，系统正在销毁文件。", "success")
    return redirect(url_for(".show", list_id=list_id), 303)


@bp.post("/<int:list_id>/decline")
@requires(Permission.ARCHIVE_DECIDE)
def decline(list_id: int):
    listed = _list_or_404(list_id)
    form = RemarkForm()
    if not form.validate():
        return _page(listed, form, 422)
    with transaction():
        archive_disposals.decline(listed, form.remark.data, actor=current_actor())
    flash("已告知，档案继续保管。", "success")
    return redirect(url_for(".show", list_id=list_id), 303)

"""The teaching archives of a region as its officers and the auditor see them: index, holds, audit bundles."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.roles import Permission
from forms.archives import HoldForm, LiftForm
from models import ActivityFiling
from services import archive_bundles, archive_holds, archives
from services.transaction import transaction
from views.access import current_actor, requires
from views.archive_pages import archive_context, list_context

bp = Blueprint("bureau_archives", __name__, url_prefix="/bureau/archives")


def _filing_or_404(filing_id: int) -> ActivityFiling:
    return archives.find(filing_id, seen_by=current_actor()) or abort(404)


@bp.get("")
@requires(Permission.CASE_READ)
def index():
    return render_template("bureau/archives/index.html", **list_context("bureau_archives"))


@bp.get("/<int:filing_id>")
@requires(Permission.CASE_READ)
def show(filing_id: int):
    return _page(_filing_or_404(filing_id))


def _page(
    filing: ActivityFiling,
    form: HoldForm | None = None,
    lifting: int | None = None,
    lift_form: LiftForm | None = None,
    status: int = 200,
):
    """The page; `lifting` is the hold whose form was refused."""
    context = archive_context(filing)
    lift_forms = {hold.id: _lift_form(hold.id) for hold in context["archive"].holds}
    if lifting is not None and lift_form is not None:
        lift_forms[lifting] = lift_form
    return render_template(
        "bureau/archives/show.html",
        **context,
        form=form or HoldForm(formdata=None),
        lifting=lifting,
        lift_forms=lift_forms,
        may_hold=archive_holds.may_hold(filing, current_actor()),
    ), status


def _lift_form(hold_id: int) -> LiftForm:
    """One form of several on a page: its field has a name of its own for the label."""
    form = LiftForm(formdata=None)
    form.reason.id = f"lift-reason-{hold_id}"
    return form


@bp.post("/<int:filing_id>/holds")
@requires(Permission.ARCHIVE_HOLD)
def hold(filing_id: int):
    filing = _filing_or_404(filing_id)
    form = HoldForm()
    if not form.validate():
        return _page(filing, form, status=422)
    with transaction():
        archive_holds.hold(filing, form.reason.data, actor=current_actor())
    flash("已暂停销毁。解除以前，这份档案不会列入销毁清单。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/<int:filing_id>/holds/<int:hold_id>/lift")
@requires(Permission.ARCHIVE_HOLD)
def lift(filing_id: int, hold_id: int):
    filing = _filing_or_404(filing_id)
    form = LiftForm()
    if not form.validate():
        return _page(filing, lifting=hold_id, lift_form=form, status=422)
    with transaction():
        archive_holds.lift(filing, hold_id, form.reason.data, actor=current_actor())
    flash("已解除。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/<int:filing_id>/bundle")
@requires(Permission.CASE_READ)
def bundle(filing_id: int):
    filing = _filing_or_404(filing_id)
    with transaction():
        archive_bundles.ask(filing, actor=current_actor())
    return redirect(url_for(".show", filing_id=filing.id, _anchor="bundles"), 303)

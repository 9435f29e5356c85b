"""Lists of retired, studying, deceased ... persons for the checks of results: import with dry run, masked lists."""

from flask import Blueprint, abort, redirect, render_template, request, url_for

from domain.errors import RuleError
from domain.result_standing import StatusKind
from domain.roles import Permission
from forms.results import ConfirmForm
from forms.status_lists import StatusListForm
from models import ImportBatch
from services import import_batches, status_lists
from services.spreadsheet_gate import DEFAULT_LIMITS
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.import_pages import batch_context, marked_file, may_remove
from views.lists import page_of_rows

bp = Blueprint("status_lists", __name__, url_prefix="/bureau/status-lists")


@bp.get("")
@requires(Permission.STATUS_LIST_WRITE)
def index():
    return _index_page(StatusListForm(formdata=None))


def _index_page(form: StatusListForm, status: int = 200):
    asked = request.args.get("kind", "")
    shown = StatusKind(asked) if asked in {kind.value for kind in StatusKind} else next(iter(StatusKind))
    return render_template(
        "bureau/status_lists/index.html",
        form=form,
        limits=DEFAULT_LIMITS.text,
        shown=shown,
        counts=status_lists.counts(),
        page=page_of_rows(status_lists.entries(shown), per_page=50),
        batches=import_batches.latest(status_lists.BATCH, seen_by=current_actor()),
    ), status


@bp.post("")
@requires(Permission.STATUS_LIST_WRITE)
def create():
    form = StatusListForm()
    if not form.validate():
        return _index_page(form, 422)
    try:
        with transaction():
            batch = status_lists.upload(
                StatusKind(form.kind.data),
                form.file.data.read(),
                form.file.data.filename,
                actor=current_actor(),
            )
    except RuleError as error:
        form.file.errors = [error.message]
        return _index_page(form, 422)
    return redirect(url_for(".show", batch_id=batch.id), 303)


def _batch_or_404(batch_id: int) -> ImportBatch:
    return import_batches.find(batch_id, status_lists.BATCH, seen_by=current_actor()) or abort(404)


@bp.get("/<int:batch_id>")
@requires(Permission.STATUS_LIST_WRITE)
def show(batch_id: int):
    return _batch_page(_batch_or_404(batch_id), ConfirmForm(formdata=None))


def _batch_page(batch: ImportBatch, form: ConfirmForm, status: int = 200):
    return render_page_or_part(
        "bureau/status_lists/show.html",
        "bureau/status_lists/_batch.html",
        status,
        **batch_context(batch),
        kind=StatusKind(batch.counts["status_kind"]).label if batch.counts else "",
        may_remove=may_remove(batch),
        form=form,
    )


@bp.post("/<int:batch_id>/confirm")
@requires(Permission.STATUS_LIST_WRITE)
def confirm(batch_id: int):
    batch = _batch_or_404(batch_id)
    form = ConfirmForm()
    if not form.validate():
        return _batch_page(batch, form, 422)
    with transaction():
        status_lists.confirm(batch, only_these=form.missing.data == "remove", actor=current_actor())
    return redirect(url_for(".show", batch_id=batch_id), 303)


@bp.get("/<int:batch_id>/marked.xlsx")
@requires(Permission.STATUS_LIST_WRITE)
def marked(batch_id: int):
    return marked_file(_batch_or_404(batch_id))

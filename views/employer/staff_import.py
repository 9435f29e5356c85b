"""Importing the staff list: upload, look at what would happen, confirm, see what happened."""

from flask import Blueprint, abort, redirect, render_template, url_for

from domain.errors import RuleError
from domain.roles import Permission
from forms.staff import StaffFileForm
from models import ImportBatch
from services import import_batches, sheet_writing, staff_jobs
from services.sheet_writing import XLSX
from services.spreadsheet_gate import DEFAULT_LIMITS
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download
from views.htmx import render_page_or_part
from views.import_pages import batch_context, marked_file

bp = Blueprint("staff_import", __name__, url_prefix="/staff/import")


@bp.get("")
@requires(Permission.STAFF_WRITE)
def new():
    return _upload_page(StaffFileForm())


def _upload_page(form: StaffFileForm, status: int = 200):
    return render_template(
        "employer/staff_import/new.html",
        form=form,
        limits=DEFAULT_LIMITS.text,
        batches=import_batches.latest("staff", seen_by=current_actor()),
    ), status


@bp.post("")
@requires(Permission.STAFF_WRITE)
def create():
    form = StaffFileForm()
    if not form.validate():
        return _upload_page(form, 422)
    try:
        with transaction():
            batch = staff_jobs.upload(form.file.data.read(), form.file.data.filename, actor=current_actor())
    except RuleError as error:
        form.file.errors = [error.message]
        return _upload_page(form, 422)
    return redirect(url_for(".show", batch_id=batch.id), 303)


@bp.get("/template.xlsx")
@requires(Permission.STAFF_WRITE)
def template():
    return download(sheet_writing.staff_template(), "技能人才花名册模板.xlsx", XLSX)


def _batch_or_404(batch_id: int) -> ImportBatch:
    return import_batches.find(batch_id, "staff", seen_by=current_actor()) or abort(404)


@bp.get("/<int:batch_id>")
@requires(Permission.STAFF_WRITE)
def show(batch_id: int):
    batch = _batch_or_404(batch_id)
    return render_page_or_part(
        "employer/staff_import/show.html", "employer/staff_import/_batch.html", **batch_context(batch)
    )


@bp.post("/<int:batch_id>/confirm")
@requires(Permission.STAFF_WRITE)
def confirm(batch_id: int):
    batch = _batch_or_404(batch_id)
    with transaction():
        staff_jobs.confirm(batch, actor=current_actor())
    return redirect(url_for(".show", batch_id=batch_id), 303)


@bp.get("/<int:batch_id>/marked.xlsx")
@requires(Permission.STAFF_WRITE)
def marked(batch_id: int):
    return marked_file(_batch_or_404(batch_id))

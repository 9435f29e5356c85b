"""Importing the staff list: upload, look at what would happen, confirm, see what happened."""

from flask import Blueprint, abort, redirect, render_template, request, url_for

from domain.errors import RuleError
from domain.roles import Permission
from forms.staff import StaffFileForm
from models import ImportBatch, StoredFile, db
from services import files, import_batches, sheet_writing, staff_jobs
from services.sheet_writing import XLSX
from services.spreadsheet_gate import DEFAULT_LIMITS
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download
from views.htmx import render_page_or_part
from views.lists import page_of_rows

bp = Blueprint("staff_import", __name__, url_prefix="/staff/import")

OUTCOMES = (
    ("reject", "有误", "danger"),
    ("new", "新增", "success"),
    ("changed", "更新", "info"),
    ("same", "无变化", "neutral"),
)


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
    outcome = request.args.get("outcome", "reject" if batch.counts.get("reject") else "")
    outcome = outcome if outcome in {key for key, _, _ in OUTCOMES} else ""
    return render_page_or_part(
        "employer/staff_import/show.html",
        "employer/staff_import/_batch.html",
        batch=batch,
        job=batch.job,
        page=page_of_rows(import_batches.rows(batch, outcome), per_page=100) if batch.counts else None,
        outcome=outcome,
        outcomes=OUTCOMES,
        to_write=batch.counts.get("new", 0) + batch.counts.get("changed", 0),
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
    batch = _batch_or_404(batch_id)
    stored = db.session.get(StoredFile, batch.annotated_file_id) if batch.annotated_file_id else None
    if stored is None:
        abort(404)
    return download(files.read(stored), stored.original_name, XLSX)

"""Importing a results list: upload, look at what would happen, confirm, see what happened."""

from flask import Blueprint, abort, redirect, render_template, url_for

from domain.errors import RuleError
from domain.roles import Permission
from forms.results import ConfirmForm, ResultFileForm
from models import ImportBatch, ResultReport
from services import import_batches, result_content, result_jobs, sheet_writing
from services.sheet_writing import XLSX
from services.spreadsheet_gate import DEFAULT_LIMITS
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download
from views.htmx import render_page_or_part
from views.import_pages import batch_context, marked_file, may_remove
from views.organizer.results import editable_or_away, report_or_404

bp = Blueprint("results_import", __name__, url_prefix="/results/<int:report_id>/import")


@bp.get("")
@requires(Permission.RESULT_WRITE)
def new(report_id: int):
    return _upload_page(editable_or_away(report_id), ResultFileForm(formdata=None))


def _upload_page(report: ResultReport, form: ResultFileForm, status: int = 200):
    return render_template(
        "organizer/results/import.html",
        report=report,
        case=report.case,
        form=form,
        limits=DEFAULT_LIMITS.text,
        batches=import_batches.latest("results", seen_by=current_actor(), report_id=report.id),
        known=sum(result_content.counts(report).values()),
    ), status


@bp.post("")
@requires(Permission.RESULT_WRITE)
def create(report_id: int):
    report = editable_or_away(report_id)
    form = ResultFileForm()
    if not form.validate():
        return _upload_page(report, form, 422)
    try:
        with transaction():
            batch = result_jobs.upload(report, form.file.data.read(), form.file.data.filename, actor=current_actor())
    except RuleError as error:
        form.file.errors = [error.message]
        return _upload_page(report, form, 422)
    return redirect(url_for(".show", report_id=report.id, batch_id=batch.id), 303)


@bp.get("/template.xlsx")
@requires(Permission.RESULT_WRITE)
def template(report_id: int):
    contest = result_content.plan_of(report_or_404(report_id).filing).contest
    return download(sheet_writing.results_template(contest), "学员成绩表模板.xlsx", XLSX)


def _batch_or_404(report: ResultReport, batch_id: int) -> ImportBatch:
    batch = import_batches.find(batch_id, "results", seen_by=current_actor())
    return batch if batch is not None and batch.report_id == report.id else abort(404)


@bp.get("/<int:batch_id>")
@requires(Permission.RESULT_WRITE)
def show(report_id: int, batch_id: int):
    report = report_or_404(report_id)
    return _batch_page(report, _batch_or_404(report, batch_id), ConfirmForm(formdata=None))


def _batch_page(report: ResultReport, batch: ImportBatch, form: ConfirmForm, status: int = 200):
    return render_page_or_part(
        "organizer/results/batch.html",
        "organizer/results/_batch.html",
        status,
        report=report,
        case=report.case,
        **batch_context(batch),
        may_remove=may_remove(batch),
        form=form,
    )


@bp.post("/<int:batch_id>/confirm")
@requires(Permission.RESULT_WRITE)
def confirm(report_id: int, batch_id: int):
    report = editable_or_away(report_id)
    batch = _batch_or_404(report, batch_id)
    form = ConfirmForm()
    if not form.validate():
        return _batch_page(report, batch, form, 422)
    with transaction():
        result_jobs.confirm(batch, only_these=form.missing.data == "remove", actor=current_actor())
    return redirect(url_for(".show", report_id=report_id, batch_id=batch_id), 303)


@bp.get("/<int:batch_id>/marked.xlsx")
@requires(Permission.RESULT_WRITE)
def marked(report_id: int, batch_id: int):
    return marked_file(_batch_or_404(report_or_404(report_id), batch_id))

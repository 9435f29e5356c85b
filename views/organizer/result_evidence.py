"""The photos and videos of an activity: several at once, looked at, taken out while the report is open."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for

from domain.errors import RuleError
from domain.roles import Permission
from forms.results import EvidenceForm
from models import ResultReport
from services import evidence, files
from services.evidence import Upload
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.results import editable_or_away

bp = Blueprint("results_evidence", __name__, url_prefix="/results/<int:report_id>/evidence")


@bp.get("")
@requires(Permission.RESULT_WRITE)
def index(report_id: int):
    return _page(editable_or_away(report_id), EvidenceForm(formdata=None))


def _page(report: ResultReport, form: EvidenceForm, status: int = 200):
    most = current_app.config["MAX_CONTENT_LENGTH"] // 1024 // 1024
    return render_template(
        "organizer/results/evidence.html",
        report=report,
        case=report.case,
        pieces=evidence.pieces(report),
        needs=evidence.needs(report),
        limits=f"照片：{files.PHOTO.limits}；视频：{files.VIDEO.limits}。一次上传合计不超过 {most} MB。",
        accept=",".join(sorted(files.PHOTO.media_types | files.VIDEO.media_types)),
        remove_address=lambda attachment_id: url_for(".remove", report_id=report.id, attachment_id=attachment_id),
        form=form,
    ), status


@bp.post("")
@requires(Permission.RESULT_WRITE)
def create(report_id: int):
    report = editable_or_away(report_id)
    form = EvidenceForm()
    if not form.validate():
        return _page(report, form, 422)
    uploads = [Upload(name=each.filename or "", data=each.read()) for each in form.files.data]
    try:
        evidence.look_at(uploads)
        with transaction():
            added = evidence.add(report, uploads, actor=current_actor())
    except RuleError as error:
        form.files.errors = [f"{error.message}。本次选择的文件都没有保存"]
        return _page(report, form, 422)
    known = len(uploads) - added
    flash(
        f"已保存 {added} 个文件" + (f"，{known} 个与已有文件相同，没有重复保存。" if known else "。"),
        "success" if added else "info",
    )
    return redirect(url_for(".index", report_id=report.id), 303)


@bp.post("/<int:attachment_id>/remove")
@requires(Permission.RESULT_WRITE)
def remove(report_id: int, attachment_id: int):
    report = editable_or_away(report_id)
    with transaction():
        evidence.remove(report, attachment_id, actor=current_actor())
    flash("已移除。", "success")
    return redirect(url_for(".index", report_id=report.id), 303)

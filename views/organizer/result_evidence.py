"""The evidence of an activity: photos, videos and signed sheets by session, looked at, taken out while it is open."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for

from domain.errors import RuleError
from domain.roles import Permission
from forms.results import EvidenceForm, PlaceForm
from models import ResultReport
from services import evidence, evidence_pieces, files, uploads
from services.evidence import Upload
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.results import editable_or_away

bp = Blueprint("results_evidence", __name__, url_prefix="/results/<int:report_id>/evidence")

_MEGABYTE = 1024 * 1024


@bp.get("")
@requires(Permission.RESULT_WRITE)
def index(report_id: int):
    report = editable_or_away(report_id)
    return _page(report, EvidenceForm(formdata=None, sessions=_sessions(report)))


def _sessions(report: ResultReport) -> list[tuple[int, str]]:
    return [(session.id, evidence.say_session(session)) for session in report.filing.sessions]


def _page(report: ResultReport, form: EvidenceForm, status: int = 200):
    most = current_app.config["MAX_CONTENT_LENGTH"] // _MEGABYTE
    sessions = _sessions(report)
    return render_template(
        "organizer/results/evidence.html",
        report=report,
        case=report.case,
        pieces=evidence_pieces.pieces(report),
        meter=evidence.measure(report),
        limits=f"照片：{files.PHOTO.limits}；视频：{files.VIDEO.limits}。一次上传合计不超过 {most} MB。",
        accept=",".join(sorted(files.PHOTO.media_types | files.VIDEO.media_types)),
        remove_address=lambda attachment_id: url_for(".remove", report_id=report.id, attachment_id=attachment_id),
        place_address=lambda attachment_id: url_for(".place", report_id=report.id, attachment_id=attachment_id),
        sessions=sessions,
        under_way=uploads.of_report(report),
        video_limits=f"{files.VIDEO.label}，单个不超过 {uploads.most_bytes() // _MEGABYTE} MB",
        most_bytes=uploads.most_bytes(),
        video_types=",".join(sorted(files.VIDEO.media_types)),
        idle_minutes=int(uploads.IDLE.total_seconds()) // 60,
        form=form,
    ), status


@bp.post("")
@requires(Permission.RESULT_WRITE)
def create(report_id: int):
    report = editable_or_away(report_id)
    form = EvidenceForm(sessions=_sessions(report))
    if not form.validate():
        return _page(report, form, 422)
    received = [Upload(name=each.filename or "", data=each.read()) for each in form.files.data]
    try:
        evidence.look_at(received)
        with transaction():
            added = evidence.add(
                report, received, actor=current_actor(), session_id=form.session_id, sheets=form.sheets.data
            )
    except RuleError as error:
        form.files.errors = [f"{error.message}。本次选择的文件都没有保存"]
        return _page(report, form, 422)
    known = len(received) - added
    flash(
        f"已保存 {added} 个文件" + (f"，{known} 个与已有文件相同，没有重复保存。" if known else "。"),
        "success" if added else "info",
    )
    doubtful = sum(bool(upload.twins) for upload in received)
    if doubtful:
        flash(f"其中 {doubtful} 张照片与已有照片几乎相同，请在下面核对；审核人员也会看到。", "warning")
    return redirect(url_for(".index", report_id=report.id), 303)


@bp.post("/<int:attachment_id>/place")
@requires(Permission.RESULT_WRITE)
def place(report_id: int, attachment_id: int):
    report = editable_or_away(report_id)
    form = PlaceForm(sessions=_sessions(report))
    if not form.validate():
        raise RuleError("请从列表中选择本次活动的课次")
    with transaction():
        evidence.place(report, attachment_id, form.session_id, actor=current_actor())
    flash("已更改所属课次。", "success")
    return redirect(url_for(".index", report_id=report.id), 303)


@bp.post("/<int:attachment_id>/remove")
@requires(Permission.RESULT_WRITE)
def remove(report_id: int, attachment_id: int):
    report = editable_or_away(report_id)
    with transaction():
        evidence.remove(report, attachment_id, actor=current_actor())
    flash("已移除。", "success")
    return redirect(url_for(".index", report_id=report.id), 303)

"""Learning proofs as the organiser of an activity gives them (art. 10): to whom, ready or not, all papers at once."""

from flask import Blueprint, abort, flash, redirect, render_template, stream_with_context, url_for

from domain.roles import Permission
from models import ResultReport, Technician, db
from services import learning_proofs, proofs, results
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download, download_unmeasured
from views.lists import page_of_list

bp = Blueprint("learning_class", __name__, url_prefix="/results")


def _report_or_404(report_id: int) -> ResultReport:
    report = results.find(report_id, seen_by=current_actor()) or abort(404)
    if report.case.state != "credited":
        abort(404)
    return report


@bp.get("/<int:report_id>/learning")
@requires(Permission.FILING_READ)
def index(report_id: int):
    report = _report_or_404(report_id)
    people = learning_proofs.of_report(report)
    return render_template(
        "organizer/learning/index.html",
        report=report,
        case=report.case,
        page=page_of_list(people),
        missing=sum(each.proof is None for each in people),
        making=sum(each.proof is not None and each.proof.file_id is None for each in people),
        ready=sum(each.proof is not None and each.proof.file_id is not None for each in people),
    )


@bp.post("/<int:report_id>/learning")
@requires(Permission.FILING_READ)
def create(report_id: int):
    """For everybody who passed and has none yet."""
    report = _report_or_404(report_id)
    with transaction():
        made = learning_proofs.issue_all(report, actor=current_actor())
    flash(f"正在生成 {made} 份学习证明，本人也会收到通知。" if made else "没有需要新开的学习证明。", "success")
    return redirect(url_for(".index", report_id=report.id), 303)


@bp.get("/<int:report_id>/learning/<int:technician_id>.pdf")
@requires(Permission.FILING_READ)
def paper(report_id: int, technician_id: int):
    report = _report_or_404(report_id)
    proof = learning_proofs.issued_to(report, technician_id) or abort(404)
    person = db.session.get_one(Technician, technician_id)
    return download(proofs.paper(proof), f"学习证明-{person.name}-{proof.number}.pdf", "application/pdf")


@bp.post("/<int:report_id>/learning/papers")
@requires(Permission.FILING_READ)
def papers(report_id: int):
    """All that are ready, in one ZIP; a POST, for it is written down who took them."""
    report = _report_or_404(report_id)
    with transaction():
        chunks = learning_proofs.papers(report, actor=current_actor())
    name = f"学习证明-{report.filing.case.number}.zip"
    return download_unmeasured(stream_with_context(chunks), name, "application/zip")

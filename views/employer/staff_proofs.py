"""Proofs for the staff: whose consent there is, batches with their progress, and the ZIP of one."""

from flask import Blueprint, abort, flash, redirect, render_template, stream_with_context, url_for
from wtforms import SelectChoice

from domain.proof_kinds import ProofKind
from domain.roles import Permission
from forms.proofs import BatchForm
from models import ProofBatch, db
from services import clock, proof_batches, proof_consents, proof_packages, proofs
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download_unmeasured
from views.htmx import render_page_or_part

bp = Blueprint("staff_proofs", __name__, url_prefix="/staff/proofs")

STATES = {
    "running": ("正在开具", "progress"),
    "cancelled": ("已停止", "paused"),
    "stopped": ("中断", "danger"),
    "done": ("已完成", "success"),
}
_MOST_BATCHES = 20
_YEARS_BACK = 5


def _form() -> BatchForm:
    form = BatchForm()
    this_year = clock.today().year
    form.year.choices = [
        SelectChoice(str(year), f"{year}年度") for year in range(this_year, this_year - _YEARS_BACK, -1)
    ]
    return form


def _index_page(form: BatchForm, status: int = 200):
    actor = current_actor()
    batches = db.session.scalars(proof_batches.of_organization(actor.organization_id or 0).limit(_MOST_BATCHES)).all()
    return render_template(
        "employer/staff_proofs/index.html",
        form=form,
        consents=proof_consents.counts(actor.organization_id or 0),
        batches=[
            {"batch": batch, "title": _title(batch), "progress": proof_batches.progress(batch.id)} for batch in batches
        ],
        states=STATES,
        may_write=actor.can(Permission.STAFF_WRITE),
    ), status


def _title(batch: ProofBatch) -> str:
    return proofs.title_of(batch.kind, batch.year, batch.year)


@bp.get("")
@requires(Permission.STAFF_READ)
def index():
    return _index_page(_form())


@bp.post("")
@requires(Permission.STAFF_WRITE)
def create():
    form = _form()
    if not form.validate():
        return _index_page(form, 422)
    with transaction():
        batch = proof_batches.start(ProofKind.ANNUAL, int(form.year.data), actor=current_actor())
        batch_id = batch.id
    return redirect(url_for(".show", proof_batch_id=batch_id), 303)


@bp.post("/consents")
@requires(Permission.STAFF_WRITE)
def ask_consent():
    with transaction():
        count = proof_consents.ask(actor=current_actor())
    flash(f"已向 {count} 名职工发出征求同意的通知" if count else "所有职工都已征求过", "success" if count else "info")
    return redirect(url_for(".index"), 303)


def _batch_or_404(proof_batch_id: int) -> ProofBatch:
    return proof_batches.find(proof_batch_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:proof_batch_id>")
@requires(Permission.STAFF_READ)
def show(proof_batch_id: int):
    batch = _batch_or_404(proof_batch_id)
    return render_page_or_part(
        "employer/staff_proofs/show.html",
        "shared/_proof_batch.html",
        area="staff_proofs",
        batch=batch,
        title=_title(batch),
        progress=proof_batches.progress(batch.id),
        left_out=proof_batches.left_out(batch.id),
        states=STATES,
        may_write=current_actor().can(Permission.STAFF_WRITE),
    )


@bp.post("/<int:proof_batch_id>/cancel")
@requires(Permission.STAFF_WRITE)
def cancel(proof_batch_id: int):
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        proof_batches.cancel(batch, actor=current_actor())
    flash("已停止。已经开好的证明仍然有效，可以下载，也可以稍后继续", "success")
    return redirect(url_for(".show", proof_batch_id=proof_batch_id), 303)


@bp.post("/<int:proof_batch_id>/resume")
@requires(Permission.STAFF_WRITE)
def resume(proof_batch_id: int):
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        proof_batches.resume(batch, actor=current_actor())
    return redirect(url_for(".show", proof_batch_id=proof_batch_id), 303)


@bp.post("/<int:proof_batch_id>/zip")
@requires(Permission.STAFF_READ)
def package(proof_batch_id: int):
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        found = proof_packages.pack(batch, actor=current_actor())
    return download_unmeasured(stream_with_context(found.chunks), found.name, "application/zip")

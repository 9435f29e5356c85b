"""Proofs for many at the window: with the authorisations an officer holds, in a batch like an employer's."""

from flask import Blueprint, abort, flash, redirect, render_template, stream_with_context, url_for
from wtforms import SelectChoice

from domain.people_lines import UnreadableLines
from domain.proof_kinds import ProofKind
from domain.roles import Permission
from forms.proofs import WindowBatchForm
from models import ProofBatch, db
from services import clock, proof_batches, proof_packages, proofs
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download_unmeasured
from views.employer.staff_proofs import STATES
from views.htmx import render_page_or_part

bp = Blueprint("register_batches", __name__, url_prefix="/bureau/register/batches")

_MOST_BATCHES = 20
_YEARS_BACK = 5


def _form() -> WindowBatchForm:
    form = WindowBatchForm()
    this_year = clock.today().year
    form.year.choices = [
        SelectChoice(str(year), f"{year}年度") for year in range(this_year, this_year - _YEARS_BACK, -1)
    ]
    return form


def _title(batch: ProofBatch) -> str:
    return proofs.title_of(batch.kind, batch.year, batch.year)


def _index_page(form: WindowBatchForm, status: int = 200):
    batches = db.session.scalars(proof_batches.of_window(current_actor()).limit(_MOST_BATCHES)).all()
    return render_template(
        "bureau/register/batches.html",
        form=form,
        batches=[
            {"batch": batch, "title": _title(batch), "progress": proof_batches.progress(batch.id)} for batch in batches
        ],
        states=STATES,
    ), status


@bp.get("")
@requires(Permission.PROOF_ISSUE)
def index():
    return _index_page(_form())


@bp.post("")
@requires(Permission.PROOF_ISSUE)
def create():
    form = _form()
    if not form.validate():
        return _index_page(form, 422)
    try:
        with transaction():
            batch_id = proof_batches.start_at_window(
                ProofKind.ANNUAL, int(form.year.data), form.people.data, form.basis.data, actor=current_actor()
            ).id
    except UnreadableLines as refusal:
        form.people.errors = [refusal.message]
        return _index_page(form, 422)
    return redirect(url_for(".show", proof_batch_id=batch_id), 303)


def _batch_or_404(proof_batch_id: int) -> ProofBatch:
    return proof_batches.find(proof_batch_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:proof_batch_id>")
@requires(Permission.PROOF_ISSUE)
def show(proof_batch_id: int):
    batch = _batch_or_404(proof_batch_id)
    return render_page_or_part(
        "bureau/register/batch.html",
        "shared/_proof_batch.html",
        area="register_batches",
        batch=batch,
        title=_title(batch),
        progress=proof_batches.progress(batch.id),
        left_out=proof_batches.left_out(batch.id),
        states=STATES,
        may_write=True,
    )


@bp.post("/<int:proof_batch_id>/cancel")
@requires(Permission.PROOF_ISSUE)
def cancel(proof_batch_id: int):
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        proof_batches.cancel(batch, actor=current_actor())
    flash("已停止。已经开好的证明仍然有效，可以下载，也可以稍后继续", "success")
    return redirect(url_for(".show", proof_batch_id=proof_batch_id), 303)


@bp.post("/<int:proof_batch_id>/resume")
@requires(Permission.PROOF_ISSUE)
def resume(proof_batch_id: int):
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        proof_batches.resume(batch, actor=current_actor())
    return redirect(url_for(".show", proof_batch_id=proof_batch_id), 303)


@bp.post("/<int:proof_batch_id>/zip")
@requires(Permission.PROOF_ISSUE)
def package(proof_batch_id: int):
    batch = _batch_or_404(proof_batch_id)
    with transaction():
        found = proof_packages.pack(batch, actor=current_actor())
    return download_unmeasured(stream_with_context(found.chunks), found.name, "application/zip")

"""Proofs for the staff: whose consent there is, batches with their progress, and the ZIP of one."""

from flask import Blueprint, flash, redirect, render_template, url_for

from domain.proof_kinds import ProofKind
from domain.roles import Permission
from forms.proofs import BatchForm
from services import proof_batches, proof_consents
from services.transaction import transaction
from views.access import current_actor, requires
from views.proof_batch_pages import (
    STATES,
    cancel_batch,
    latest,
    offer_years,
    package_of_batch,
    resume_batch,
    show_batch,
)

bp = Blueprint("staff_proofs", __name__, url_prefix="/staff/proofs")


def _form() -> BatchForm:
    return offer_years(BatchForm())


def _index_page(form: BatchForm, status: int = 200):
    actor = current_actor()
    return render_template(
        "employer/staff_proofs/index.html",
        form=form,
        consents=proof_consents.counts(actor.organization_id or 0),
        batches=latest(proof_batches.of_organization(actor.organization_id or 0)),
        states=STATES,
        may_write=actor.can(Permission.STAFF_WRITE),
    ), status


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


@bp.get("/<int:proof_batch_id>")
@requires(Permission.STAFF_READ)
def show(proof_batch_id: int):
    may_write = current_actor().can(Permission.STAFF_WRITE)
    return show_batch("employer/staff_proofs/show.html", proof_batch_id, area="staff_proofs", may_write=may_write)


@bp.post("/<int:proof_batch_id>/cancel")
@requires(Permission.STAFF_WRITE)
def cancel(proof_batch_id: int):
    return cancel_batch(proof_batch_id)


@bp.post("/<int:proof_batch_id>/resume")
@requires(Permission.STAFF_WRITE)
def resume(proof_batch_id: int):
    return resume_batch(proof_batch_id)


@bp.post("/<int:proof_batch_id>/zip")
@requires(Permission.STAFF_READ)
def package(proof_batch_id: int):
    return package_of_batch(proof_batch_id)

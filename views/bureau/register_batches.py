"""Proofs for many at the window: with the authorisations an officer holds, in a batch like an employer's."""

from flask import Blueprint, redirect, render_template, url_for

from domain.people_lines import UnreadableLines
from domain.proof_kinds import ProofKind
from domain.roles import Permission
from forms.proofs import WindowBatchForm
from services import proof_batches
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

bp = Blueprint("register_batches", __name__, url_prefix="/bureau/register/batches")


def _form() -> WindowBatchForm:
    return offer_years(WindowBatchForm())


def _index_page(form: WindowBatchForm, status: int = 200):
    return render_template(
        "bureau/register/batches.html",
        form=form,
        batches=latest(proof_batches.of_window(current_actor())),
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


@bp.get("/<int:proof_batch_id>")
@requires(Permission.PROOF_ISSUE)
def show(proof_batch_id: int):
    return show_batch("bureau/register/batch.html", proof_batch_id, area="register_batches", may_write=True)


@bp.post("/<int:proof_batch_id>/cancel")
@requires(Permission.PROOF_ISSUE)
def cancel(proof_batch_id: int):
    return cancel_batch(proof_batch_id)


@bp.post("/<int:proof_batch_id>/resume")
@requires(Permission.PROOF_ISSUE)
def resume(proof_batch_id: int):
    return resume_batch(proof_batch_id)


@bp.post("/<int:proof_batch_id>/zip")
@requires(Permission.PROOF_ISSUE)
def package(proof_batch_id: int):
    return package_of_batch(proof_batch_id)

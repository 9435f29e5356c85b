"""Issued proofs as the city bureau sees them: found by number, revoked with a reason."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.proof_facts import ProofFacts
from domain.roles import Permission
from forms.proofs import RevokeForm
from models import Proof
from services import proofs
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_rows
from views.technician.proofs import STATES

bp = Blueprint("bureau_proofs", __name__, url_prefix="/bureau/proofs")


@bp.get("")
@requires(Permission.PROOF_REVOKE)
def index():
    number = request.args.get("number", "").strip()[:32]
    return render_template(
        "bureau/proofs/index.html", page=page_of_rows(proofs.issued(number)), number=number, states=STATES
    )


def _proof_or_404(number: str) -> Proof:
    return proofs.find_by_number(number) or abort(404)


@bp.get("/<number>")
@requires(Permission.PROOF_REVOKE)
def show(number: str):
    return _proof_page(_proof_or_404(number), RevokeForm())


def _proof_page(proof: Proof, form: RevokeForm, status: int = 200):
    return render_template(
        "bureau/proofs/show.html",
        proof=proof,
        facts=ProofFacts.from_json(proof.facts),
        form=form,
        states=STATES,
        revocable=proof.state in proofs.REVOCABLE,
    ), status


@bp.post("/<number>/revoke")
@requires(Permission.PROOF_REVOKE)
def revoke(number: str):
    proof = _proof_or_404(number)
    form = RevokeForm()
    if not form.validate():
        return _proof_page(proof, form, 422)
    with transaction():
        proofs.revoke(proof, form.reason.data, actor=current_actor())
    flash("证明已撤销，核验页面即时显示撤销日期和原因", "success")
    return redirect(url_for(".show", number=number), 303)

"""The proofs that do not say what their sources give, for the Centre and the auditor (P-29)."""

import json

from flask import Blueprint, abort, render_template

from domain.proof_differences import Difference
from domain.roles import Permission
from services import proof_rechecks, proofs, record_looks
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_rows
from views.technician.proofs import state_of

bp = Blueprint("proof_checks", __name__, url_prefix="/proof-checks")


@bp.get("")
@requires(Permission.PROOF_CHECK)
def index():
    return render_template(
        "center/proof_checks/index.html",
        rounds=proof_rechecks.rounds(),
        page=page_of_rows(proof_rechecks.found()),
        title_of=proofs.title_of,
        state_of=state_of,
    )


@bp.get("/<number>")
@requires(Permission.PROOF_CHECK)
def show(number: str):
    """What the last round found, and what is derived at this moment."""
    proof = proofs.find_by_number(number) or abort(404)
    with transaction():
        record_looks.note(proof.technician_id, record_looks.Page.PROOF, actor=current_actor())
    kept = proof_rechecks.kept(proof)
    return render_template(
        "center/proof_checks/show.html",
        proof=proof,
        title=proofs.title(proof),
        state=state_of(proof),
        kept=kept,
        found=[Difference(**each) for each in json.loads(kept.content)] if kept else [],
        now=proof_rechecks.check(proof),
        may_see_past=current_actor().can(Permission.REGISTER_READ),
    )

"""Which employer may have proofs made for the person who is signed in."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.roles import Permission
from services import proof_consents
from services.transaction import transaction
from views.access import current_actor, requires

# Named after the section of the menu it belongs to.
bp = Blueprint("proofs_consents", __name__, url_prefix="/me/proofs/consents")


@bp.get("")
@requires(Permission.OWN_RECORD)
def index():
    return render_template(
        "technician/proofs/consents.html", consents=proof_consents.of_technician(current_actor().technician_id or 0)
    )


@bp.post("/<int:organization_id>")
@requires(Permission.OWN_RECORD)
def say(organization_id: int):
    answer = request.form.get("answer", "")
    if answer not in ("agree", "withdraw"):
        abort(400)
    actor = current_actor()
    with transaction():
        proof_consents.say(actor.technician_id or 0, organization_id, agree=answer == "agree", actor=actor)
    flash(
        "已同意，单位可以为您开具学分证明" if answer == "agree" else "已撤回，单位不能再为您开具或下载学分证明",
        "success",
    )
    return redirect(url_for(".index"), 303)

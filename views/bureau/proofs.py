"""Issued proofs as the city bureau sees them: found by number, taken back by two people."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.proof_facts import ProofFacts
from domain.roles import Permission
from forms.proofs import DeclineForm, RevokeForm
from models import Proof, db
from services import proof_revocations, proofs, record_looks
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_rows
from views.technician.proofs import state_of

bp = Blueprint("bureau_proofs", __name__, url_prefix="/bureau/proofs")

_MOST_WAITING = 20


@bp.get("")
@requires(Permission.PROOF_REVOKE)
def index():
    number = request.args.get("number", "").strip()[:32]
    return render_template(
        "bureau/proofs/index.html",
        page=page_of_rows(proofs.issued(number)),
        waiting=db.session.execute(proof_revocations.waiting().limit(_MOST_WAITING)).all(),
        number=number,
        title_of=proofs.title_of,
        state_of=state_of,
    )


def _proof_or_404(number: str) -> Proof:
    return proofs.find_by_number(number) or abort(404)


@bp.get("/<number>")
@requires(Permission.PROOF_REVOKE)
def show(number: str):
    proof = _proof_or_404(number)
    with transaction():
        record_looks.note(proof.technician_id, record_looks.Page.PROOF, actor=current_actor())
    return _proof_page(proof)


def _proof_page(
    proof: Proof, *, form: RevokeForm | None = None, decline_form: DeclineForm | None = None, status: int = 200
):
    revocation = proof_revocations.of_proof(proof, seen_by=current_actor())
    asked = revocation is not None and revocation.state == "requested"
    return render_template(
        "bureau/proofs/show.html",
        proof=proof,
        facts=ProofFacts.from_json(proof.facts),
        form=form or RevokeForm(None),
        decline_form=decline_form or DeclineForm(None),
        state_of=state_of,
        may_see_past=current_actor().can(Permission.REGISTER_READ),
        revocation=revocation,
        asked=asked,
        revocable=proof.state in proofs.REVOCABLE and not asked,
    ), status


@bp.post("/<number>/revoke")
@requires(Permission.PROOF_REVOKE)
def revoke(number: str):
    proof = _proof_or_404(number)
    form = RevokeForm()
    if not form.validate():
        return _proof_page(proof, form=form, status=422)
    with transaction():
        proof_revocations.request(proof, form.reason.data, actor=current_actor())
    flash("撤销申请已提交，由另一人确认后生效；确认之前证明仍然有效", "success")
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number>/revocation/confirm")
@requires(Permission.PROOF_REVOKE)
def confirm(number: str):
    proof = _proof_or_404(number)
    with transaction():
        proof_revocations.confirm(proof, actor=current_actor())
    flash("证明已撤销，核验页面即时显示撤销日期和原因，本人已收到通知", "success")
    return redirect(url_for(".show", number=number), 303)


@bp.post("/<number>/revocation/decline")
@requires(Permission.PROOF_REVOKE)
def decline(number: str):
    proof = _proof_or_404(number)
    form = DeclineForm()
    if not form.validate():
        return _proof_page(proof, decline_form=form, status=422)
    with transaction():
        proof_revocations.decline(proof, form.remark.data, actor=current_actor())
    flash("没有撤销，证明保持原来的状态", "success")
    return redirect(url_for(".show", number=number), 303)

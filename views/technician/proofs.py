"""A technician's official proofs: ask for one, follow it, download it."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain import proof_sharing
from domain.proof_sharing import Shown
from domain.roles import Permission
from forms.proofs import ProofForm, ShareForm
from models import Proof
from services import clock, compliance, proofs
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download
from views.htmx import render_page_or_part
from views.technician.record import own_record

bp = Blueprint("proofs", __name__, url_prefix="/me/proofs")

STATES = {
    "issuing": ("正在生成", "progress"),
    "valid": ("有效", "success"),
    "superseded": ("已被替代", "paused"),
    "revoked": ("已撤销", "danger"),
    "failed": ("没有开成", "danger"),
}


def _form() -> ProofForm:
    form = ProofForm()
    form.year.choices = [(str(year), f"{year}年度") for year in compliance.years_with_entries(own_record().id)]
    return form


def _index_page(form: ProofForm, status: int = 200):
    found = proofs.of_technician(own_record().id)
    return render_page_or_part(
        "technician/proofs/index.html",
        "technician/proofs/_list.html",
        status,
        form=form,
        proofs=found,
        states=STATES,
        waiting=any(proof.state == "issuing" for proof in found),
    )


@bp.get("")
@requires(Permission.OWN_RECORD)
def index():
    return _index_page(_form())


@bp.post("")
@requires(Permission.OWN_RECORD)
def create():
    form = _form()
    if not form.validate():
        return _index_page(form, 422)
    with transaction():
        proof, job = proofs.request(own_record(), int(form.year.data), actor=current_actor())
    if job is None:
        flash(f"内容没有变化，已有的证明 {proof.number} 仍然有效，请直接下载", "info")
    return redirect(url_for(".index"), 303)


def _proof_or_404(proof_id: int) -> Proof:
    return proofs.find(proof_id, technician_id=current_actor().technician_id or 0) or abort(404)


def _share_page(proof: Proof, form: ShareForm, status: int = 200):
    shown = proof_sharing.shown(proof.share_until, proof.share_detail, clock.now())
    return render_template("technician/proofs/share.html", proof=proof, form=form, shown=shown), status


@bp.get("/<int:proof_id>/share")
@requires(Permission.OWN_RECORD)
def share(proof_id: int):
    proof = _proof_or_404(proof_id)
    return _share_page(proof, ShareForm(None, detail=proof.share_detail, days=str(max(proof_sharing.PERIODS))))


@bp.post("/<int:proof_id>/share")
@requires(Permission.OWN_RECORD)
def set_share(proof_id: int):
    proof = _proof_or_404(proof_id)
    form = ShareForm()
    if not form.validate():
        return _share_page(proof, form, 422)
    with transaction():
        proofs.share(proof, int(form.days.data) or None, Shown(form.detail.data), actor=current_actor())
    flash("公开范围已保存，核验页面立即按新的范围显示", "success")
    return redirect(url_for(".share", proof_id=proof_id), 303)


@bp.get("/<int:proof_id>.pdf")
@requires(Permission.OWN_RECORD)
def pdf(proof_id: int):
    proof = _proof_or_404(proof_id)
    return download(proofs.paper(proof), f"学分证明-{proof.year}年度-{proof.number}.pdf", "application/pdf")

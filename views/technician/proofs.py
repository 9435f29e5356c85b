"""A technician's official proofs: ask for one, follow it, download it."""

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import Row
from wtforms import SelectChoice

from domain import proof_sharing, proof_states
from domain.proof_kinds import PURPOSES, ProofKind
from domain.proof_sharing import Shown
from domain.purposes import STRENGTHS
from domain.roles import Permission
from forms.form import Form
from forms.proofs import ProofForm, ShareForm, TranscriptForm, UseForm
from models import Proof
from services import clock, compliance, proof_checks, proof_purposes, proofs
from services.proof_content import Asked
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download
from views.filters import china_time
from views.htmx import render_page_or_part
from views.technician.record import own_record

# So many are in view; the rest are one click away, and the forms below not a long way off.
_NEWEST = 3

bp = Blueprint("proofs", __name__, url_prefix="/me/proofs")

_OUTCOMES = {"MET": "已达到要求", "NOT_MET": "未达到要求", "NOT_OBLIGED": "不作要求"}
_TONES = {
    "issuing": "progress",
    "valid": "success",
    "superseded": "paused",
    "changed": "danger",
    "revoked": "danger",
    "failed": "danger",
}


def state_of(proof: Proof | Row) -> tuple[str, str]:
    """The word for a proof's state and its tone; of a proof, or of a row that has its state and what replaced it."""
    state = proof_states.said(proof.state, proof.superseded_by_id)
    return proof_states.LABELS[state], _TONES[state]


def _years() -> list[SelectChoice]:
    return [SelectChoice(str(year), f"{year}年度") for year in compliance.years_with_entries(own_record().id)]


def _form() -> ProofForm:
    form, book = ProofForm(), compliance.book(own_record().id)
    # What is missing is said before somebody asks for a paper that says so.
    form.year.choices = [
        SelectChoice(year.value, f"{year.label}（{_OUTCOMES[book.standing(int(year.value)).evaluation.status]}）")
        for year in _years()
    ]
    return form


def _transcript_form() -> TranscriptForm:
    form = TranscriptForm()
    form.first.choices = form.last.choices = years = _years()
    if request.method == "GET":
        form.first.data, form.last.data = years[-1].value, years[0].value
    return form


def _is_over(proof: Proof, found: list[Proof]) -> bool:
    """Nobody needs it any more: a newer proof of the same has come since."""
    newer = (each for each in found if each.id > proof.id and (each.kind, each.topic) == (proof.kind, proof.topic))
    return proof.superseded_by_id is not None or (proof.state == "failed" and any(newer))


def _index_page(*, form: ProofForm | None = None, transcript: TranscriptForm | None = None, status: int = 200):
    found = proofs.of_technician(own_record().id)
    over = [proof for proof in found if _is_over(proof, found)]
    return render_page_or_part(
        "technician/proofs/index.html",
        "technician/proofs/_list.html",
        status,
        form=form or _form(),
        transcript_form=transcript or _transcript_form(),
        use_form=UseForm(None),
        proofs=[proof for proof in found if proof not in over],
        newest=_NEWEST,
        over=over,
        titles={proof.id: proofs.title(proof) for proof in found},
        state_of=state_of,
        waiting=any(proof.state == "issuing" for proof in found),
    )


@bp.get("")
@requires(Permission.OWN_RECORD)
def index():
    return _index_page()


def _ask(asked: Asked):
    with transaction():
        proof, job = proofs.request(own_record(), asked.year, kind=asked.kind, topic=asked.topic, actor=current_actor())
        number = proof.number
    if job is None:
        flash(f"内容没有变化，已有的证明 {number} 仍然有效，请直接下载", "info")
    else:
        flash(f"证明 {number} 正在生成，一般几秒钟就好，生成后在“我的证明”中下载", "success")
    return redirect(url_for(".index"), 303)


@bp.post("")
@requires(Permission.OWN_RECORD)
def create():
    form = _form()
    if not form.validate():
        return _index_page(form=form, status=422)
    return _ask(Asked(kind=ProofKind.ANNUAL, year=int(form.year.data), topic=form.year.data))


@bp.post("/transcript")
@requires(Permission.OWN_RECORD)
def create_transcript():
    form = _transcript_form()
    if not form.validate():
        return _index_page(transcript=form, status=422)
    return _ask(proof_purposes.asked_for_years(int(form.first.data), int(form.last.data)))


@bp.get("/use")
@requires(Permission.OWN_RECORD)
def choose_use():
    form = UseForm(request.args)
    return redirect(url_for(".use", use=form.use.data), 303) if form.validate() else redirect(url_for(".index"), 303)


def _use_or_404(use: str) -> ProofKind:
    return next((kind for kind in PURPOSES if kind.value == use), None) or abort(404)


@bp.get("/use/<use>")
@requires(Permission.OWN_RECORD)
def use(use: str):
    kind = _use_or_404(use)
    found = proof_purposes.assessment(own_record().id, kind)
    return render_template(
        "technician/proofs/use.html", kind=kind, found=found, strength=STRENGTHS[found.rule.strength], form=Form()
    )


@bp.post("/use/<use>")
@requires(Permission.OWN_RECORD)
def create_use(use: str):
    return _ask(proof_purposes.asked_for_use(_use_or_404(use)))


def _proof_or_404(proof_id: int) -> Proof:
    return proofs.find(proof_id, technician_id=current_actor().technician_id or 0) or abort(404)


def _shown(proof: Proof) -> Shown:
    return proof_sharing.shown(proof.share_until, proof.share_detail, clock.now())


def _share_form(proof: Proof) -> ShareForm:
    """Whoever saves without a choice leaves everything as it is: what is closed stays closed."""
    is_open = _shown(proof) is not Shown.NOTHING
    form = ShareForm(detail=proof.share_detail, days=ShareForm.KEEP if is_open else "0")
    if is_open:
        keep = SelectChoice(ShareForm.KEEP, f"不变，到 {china_time(proof.share_until)} 为止")
        form.days.choices = [keep, *form.days.choices]
    return form


def _share_page(proof: Proof, form: ShareForm, status: int = 200):
    shown = _shown(proof)
    return render_template(
        "technician/proofs/share.html",
        proof=proof,
        form=form,
        shown=shown,
        checks=proof_checks.of_proof(proof),
        check_count=proof_checks.count(proof),
    ), status


@bp.get("/<int:proof_id>/share")
@requires(Permission.OWN_RECORD)
def share(proof_id: int):
    proof = _proof_or_404(proof_id)
    return _share_page(proof, _share_form(proof))


def _ends(days: str, proof: Proof) -> datetime | None:
    if days == ShareForm.KEEP:
        return proof.share_until
    return proof_sharing.until(int(days), clock.now()) if int(days) else None


@bp.post("/<int:proof_id>/share")
@requires(Permission.OWN_RECORD)
def set_share(proof_id: int):
    proof = _proof_or_404(proof_id)
    form = _share_form(proof)
    if not form.validate():
        return _share_page(proof, form, 422)
    with transaction():
        proofs.share(proof, _ends(form.days.data, proof), Shown(form.detail.data), actor=current_actor())
    flash("公开范围已保存，核验页面立即按新的范围显示", "success")
    return redirect(url_for(".share", proof_id=proof_id), 303)


@bp.get("/<int:proof_id>.pdf")
@requires(Permission.OWN_RECORD)
def pdf(proof_id: int):
    proof = _proof_or_404(proof_id)
    return download(proofs.paper(proof), f"{ProofKind(proof.kind).paper}-{proof.number}.pdf", "application/pdf")

"""Proofs at the window: an officer issues them for somebody who is there, and enters a change of name."""

from pathlib import PurePath

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from wtforms import SelectChoice

from domain.proof_kinds import PURPOSES, ProofKind
from domain.roles import Permission
from forms.proofs import CounterForm, KeepNameForm, RenameForm
from models import Technician
from services import audit, compliance, files, name_changes, proof_purposes, proofs, record_looks, registry
from services.proof_content import Asked
from services.transaction import transaction
from views.access import current_actor, requires
from views.downloads import download
from views.technician.proofs import state_of

bp = Blueprint("register_proofs", __name__, url_prefix="/bureau/register/<int:technician_id>/proofs")


def _person_or_404(technician_id: int) -> Technician:
    return registry.find(technician_id, seen_by=current_actor()) or abort(404)


def _form(person: Technician) -> CounterForm:
    form = CounterForm()
    form.year.choices = [SelectChoice(str(year), f"{year}年度") for year in compliance.years_with_entries(person.id)]
    return form


def _page(
    person: Technician,
    *,
    form: CounterForm | None = None,
    rename_form: RenameForm | None = None,
    decline_form: KeepNameForm | None = None,
    status: int = 200,
):
    found = proofs.of_technician(person.id)
    return render_template(
        "bureau/register/proofs.html",
        person=person,
        id_masked=registry.masked_id(person),
        form=form or _form(person),
        rename_form=rename_form or RenameForm(None),
        decline_form=decline_form or KeepNameForm(None),
        name_change=name_changes.last(person, seen_by=current_actor()),
        proofs=found,
        titles={proof.id: proofs.title_of(proof.kind, proof.first_year, proof.year) for proof in found},
        state_of=state_of,
    ), status


@bp.get("")
@requires(Permission.PROOF_ISSUE)
def index(technician_id: int):
    person = _person_or_404(technician_id)
    with transaction():
        record_looks.note(technician_id, record_looks.Page.REGISTER, actor=current_actor())
    return _page(person)


def _asked(form: CounterForm, person: Technician) -> Asked:
    kind = ProofKind(form.kind.data)
    if kind is ProofKind.ANNUAL:
        return Asked(kind=kind, year=int(form.year.data), topic=form.year.data)
    if kind in PURPOSES:
        return proof_purposes.asked_for_use(kind)
    years = compliance.years_with_entries(person.id)
    return proof_purposes.asked_for_years(years[-1], years[0])


@bp.post("")
@requires(Permission.PROOF_ISSUE)
def create(technician_id: int):
    person = _person_or_404(technician_id)
    form = _form(person)
    if not form.validate():
        return _page(person, form=form, status=422)
    asked, actor = _asked(form, person), current_actor()
    with transaction():
        proof, job = proofs.request(person, asked.year, kind=asked.kind, topic=asked.topic, actor=actor)
        audit.record(
            "proof.counter",
            actor=actor,
            object_kind="proof",
            object_id=proof.id,
            number=proof.number,
            basis=form.basis.data,
        )
    flash("正在开具，几秒钟后刷新本页即可打印" if job else f"内容没有变化，已有的证明 {proof.number} 仍然有效", "info")
    return redirect(url_for(".index", technician_id=technician_id), 303)


@bp.get("/<int:proof_id>.pdf")
@requires(Permission.PROOF_ISSUE)
def paper(technician_id: int, proof_id: int):
    person = _person_or_404(technician_id)
    proof = proofs.find(proof_id, technician_id=person.id) or abort(404)
    data, name = proofs.paper(proof), f"{ProofKind(proof.kind).paper}-{proof.number}.pdf"
    with transaction():
        record_looks.note(technician_id, record_looks.Page.PROOF, actor=current_actor())
    return download(data, name, "application/pdf")


@bp.post("/name")
@requires(Permission.PROOF_ISSUE)
def rename(technician_id: int):
    person = _person_or_404(technician_id)
    form = RenameForm()
    if not form.validate():
        return _page(person, rename_form=form, status=422)
    given = form.paper.data
    try:
        with transaction():
            name_changes.request(
                person,
                form.name.data,
                form.reason.data,
                data=given.read(),
                file_name=given.filename or "证明材料",
                actor=current_actor(),
            )
    except files.BadFile as refusal:
        form.paper.errors = [refusal.message]
        return _page(person, rename_form=form, status=422)
    flash("姓名变更申请已提交，由另一人核对证明材料后生效；确认之前仍用原姓名", "success")
    return redirect(url_for(".index", technician_id=technician_id), 303)


@bp.get("/name/paper")
@requires(Permission.PROOF_ISSUE)
def name_paper(technician_id: int):
    person = _person_or_404(technician_id)
    stored = name_changes.paper(person) or abort(404)
    if not files.is_there(stored):
        raise files.gone(stored)
    with transaction():
        record_looks.note(technician_id, record_looks.Page.REGISTER, actor=current_actor())
    name = f"更名证明材料{PurePath(stored.original_name).suffix}"
    return download(files.read(stored), name, stored.media_type)


@bp.post("/name/confirm")
@requires(Permission.PROOF_ISSUE)
def confirm_name(technician_id: int):
    person = _person_or_404(technician_id)
    with transaction():
        count = len(name_changes.confirm(person, actor=current_actor()))
    flash(f"姓名已变更，{count} 份有效证明正按新姓名重新开具" if count else "姓名已变更", "success")
    return redirect(url_for(".index", technician_id=technician_id), 303)


@bp.post("/name/decline")
@requires(Permission.PROOF_ISSUE)
def decline_name(technician_id: int):
    person = _person_or_404(technician_id)
    form = KeepNameForm()
    if not form.validate():
        return _page(person, decline_form=form, status=422)
    with transaction():
        name_changes.decline(person, form.remark.data, actor=current_actor())
    flash("没有变更，登记姓名不变", "success")
    return redirect(url_for(".index", technician_id=technician_id), 303)

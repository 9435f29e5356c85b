"""Corrections of credited results (成绩更正): what is to change, for whom, why; confirmed by a second person."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.corrections import Origin, Values
from domain.credit_entries import from_tenths, say, tenths
from domain.errors import RuleError
from domain.identity import check_id_number
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.result_rules import Plan
from domain.roles import Permission
from forms.corrections import PaperForm, ReleaseCorrectionForm, SubmitCorrectionForm
from forms.results import NewRowForm, RowForm, SendBackForm
from models import CorrectionRow, ResultCorrection, db
from services import (
    case_history,
    cases,
    clock,
    correction_posting,
    corrections,
    participants,
    result_content,
    result_review,
)
from services.files import DOCUMENT, BadFile
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.organizer.results import report_or_404, rows_context

bp = Blueprint("corrections", __name__, url_prefix="/corrections")


def correction_or_404(correction_id: int) -> ResultCorrection:
    """The correction if the organisation of this request may know of it."""
    return corrections.find(correction_id, seen_by=current_actor()) or abort(404)


def _editable_or_away(correction_id: int) -> ResultCorrection:
    correction = correction_or_404(correction_id)
    if not corrections.is_editable(correction, current_actor()):
        abort(redirect(url_for(".show", correction_id=correction.id), 303))
    return correction


@bp.post("/open/<int:report_id>")
@requires(Permission.RESULT_WRITE)
def begin(report_id: int):
    report = report_or_404(report_id)
    with transaction():
        correction = corrections.begin(report, actor=current_actor())
    return redirect(url_for(".show", correction_id=correction.id), 303)


@bp.get("/<int:correction_id>")
@requires(Permission.FILING_READ)
def show(correction_id: int):
    return _page(correction_or_404(correction_id))


def _page(correction: ResultCorrection, status: int = 200, **forms: Any):
    actor, case = current_actor(), correction.case
    moves = {move.action for move in cases.actions(case, actor)}
    return render_template(
        "organizer/corrections/show.html",
        correction=correction,
        case=case,
        report=correction.report,
        state=cases.state_of(case),
        deadline=case_history.deadline(case),
        impact=correction_posting.impact(correction),
        papers=corrections.papers(correction),
        steps=case_history.timeline(case, {}),
        editable=corrections.is_editable(correction, actor),
        moves=moves,
        same_person=actor.can(Permission.RESULT_RELEASE) and case.state == "entered" and "release" not in moves,
        origin=Origin(correction.origin),
        limits=DOCUMENT.limits,
        **{
            "form": SubmitCorrectionForm(
                formdata=None,
                origin=correction.origin,
                reason=correction.reason_code,
                explanation=correction.explanation,
            ),
            "paper": PaperForm(formdata=None),
            "confirm": ReleaseCorrectionForm(formdata=None, version=case.version),
            "back": SendBackForm(formdata=None, version=case.version),
            **forms,
        },
    ), status


# --- Who, and what should stand there ---------------------------------------------------------------------------------


@bp.get("/<int:correction_id>/people")
@requires(Permission.RESULT_WRITE)
def people(correction_id: int):
    correction = _editable_or_away(correction_id)
    report = correction.report
    return render_page_or_part(
        "organizer/corrections/people.html",
        "shared/_result_rows.html",
        correction=correction,
        report=report,
        case=correction.case,
        edit=lambda technician_id: url_for(".person", correction_id=correction.id, technician_id=technician_id),
        **rows_context(result_review.of_report(report), url_for(".people", correction_id=correction.id)),
    )


def _plan(correction: ResultCorrection) -> Plan:
    return result_content.plan_of(correction.report.filing)


def _values(form: RowForm) -> Values:
    return Values(
        hours_tenths=tenths(form.hours_read),
        score_tenths=None if form.score_read is None else tenths(form.score_read),
        outcome=Outcome(form.outcome.data),
        **form.won,
    )


@bp.get("/<int:correction_id>/people/new")
@requires(Permission.RESULT_WRITE)
def new_person(correction_id: int):
    correction = _editable_or_away(correction_id)
    plan = _plan(correction)
    return _new_page(correction, NewRowForm(formdata=None, plan=plan, hours=say(plan.hours), outcome="passed"))


def _new_page(correction: ResultCorrection, form: NewRowForm, status: int = 200):
    return render_template(
        "organizer/corrections/new_person.html", correction=correction, case=correction.case, form=form
    ), status


@bp.post("/<int:correction_id>/people/new")
@requires(Permission.RESULT_WRITE)
def add_person(correction_id: int):
    correction = _editable_or_away(correction_id)
    form = NewRowForm(plan=_plan(correction))
    technician_id = _identified(correction, form) if form.validate() else None
    if technician_id is None:
        return _new_page(correction, form, 422)
    with transaction():
        corrections.put(correction, technician_id, _values(form), remark=form.remark.data or "", actor=current_actor())
    flash(f"已列入更正：补登{form.name.data}。", "success")
    return redirect(url_for(".show", correction_id=correction.id), 303)


def _identified(correction: ResultCorrection, form: NewRowForm) -> int | None:
    """Who is meant; what is wrong stands at the field."""
    try:
        number = check_id_number(form.id_number.data, today=clock.today()).number
    except RuleError as error:
        form.id_number.errors = [error.message]
        return None
    who = participants.identify(correction.report.filing, {number: form.name.data})[number]
    if who.technician_id is None:
        (form.name if who.column == "name" else form.id_number).errors = [who.problem]
        return None
    if result_content.row_of(correction.report, who.technician_id) is not None:
        form.id_number.errors = ["此人已在名单中，请在名单中选择后更正"]
        return None
    return who.technician_id


@bp.get("/<int:correction_id>/people/<int:technician_id>")
@requires(Permission.RESULT_WRITE)
def person(correction_id: int, technician_id: int):
    correction = _editable_or_away(correction_id)
    asked = db.session.get(CorrectionRow, (correction.id, technician_id))
    row = result_content.row_of(correction.report, technician_id)
    values = corrections.values_of(asked)[1] if asked else corrections.old_values(row)
    if values is None:
        values = corrections.old_values(row) or abort(404)
    form = RowForm(
        formdata=None,
        plan=_plan(correction),
        hours=say(from_tenths(values.hours_tenths)),
        score="" if values.score_tenths is None else say(from_tenths(values.score_tenths)),
        outcome=values.outcome.value,
        event=values.event,
        rank=values.rank,
        remark=asked.remark if asked else "",
    )
    return _person_page(correction, technician_id, form)


def _person_page(correction: ResultCorrection, technician_id: int, form: RowForm, status: int = 200):
    row = result_content.row_of(correction.report, technician_id)
    asked = db.session.get(CorrectionRow, (correction.id, technician_id))
    named = row or asked or abort(404)
    return render_template(
        "organizer/corrections/person.html",
        correction=correction,
        case=correction.case,
        row=row,
        asked=asked,
        name=named.name,
        technician_id=technician_id,
        form=form,
    ), status


@bp.post("/<int:correction_id>/people/<int:technician_id>")
@requires(Permission.RESULT_WRITE)
def update_person(correction_id: int, technician_id: int):
    correction = _editable_or_away(correction_id)
    form = RowForm(plan=_plan(correction))
    if not form.validate():
        return _person_page(correction, technician_id, form, 422)
    return _put(correction, technician_id, _values(form), form)


@bp.post("/<int:correction_id>/people/<int:technician_id>/remove")
@requires(Permission.RESULT_WRITE)
def remove_person(correction_id: int, technician_id: int):
    return _put(_editable_or_away(correction_id), technician_id, None, None)


def _put(correction: ResultCorrection, technician_id: int, values: Values | None, form: RowForm | None):
    """Only who stands in the results, or was added here, has a row to change."""
    if not _is_named(correction, technician_id):
        abort(404)
    remark = (form.remark.data or "") if form else ""
    try:
        with transaction():
            corrections.put(correction, technician_id, values, remark=remark, actor=current_actor())
    except RuleError as refusal:
        if form is None or refusal.code != "same_row":
            raise
        form.form_errors.append(refusal.message)
        return _person_page(correction, technician_id, form, 422)
    flash("已列入更正。", "success")
    return redirect(url_for(".show", correction_id=correction.id), 303)


def _is_named(correction: ResultCorrection, technician_id: int) -> bool:
    asked = db.session.get(CorrectionRow, (correction.id, technician_id))
    return asked is not None or result_content.row_of(correction.report, technician_id) is not None


@bp.post("/<int:correction_id>/people/<int:technician_id>/drop")
@requires(Permission.RESULT_WRITE)
def drop_person(correction_id: int, technician_id: int):
    correction = _editable_or_away(correction_id)
    with transaction():
        corrections.drop(correction, technician_id, actor=current_actor())
    flash("已从更正申请中去掉。", "success")
    return redirect(url_for(".show", correction_id=correction.id), 303)


# --- Papers and moves -------------------------------------------------------------------------------------------------


@bp.post("/<int:correction_id>/papers")
@requires(Permission.RESULT_WRITE)
def attach(correction_id: int):
    correction = _editable_or_away(correction_id)
    form = PaperForm()
    if not form.validate():
        return _page(correction, 422, paper=form)
    try:
        with transaction():
            corrections.attach(
                correction, form.file.data.read(), form.file.data.filename or "材料", actor=current_actor()
            )
    except (BadFile, RuleError) as refusal:
        form.file.errors = [refusal.message]
        return _page(correction, 422, paper=form)
    flash("已上传。", "success")
    return redirect(url_for(".show", correction_id=correction.id), 303)


@bp.post("/<int:correction_id>/submit")
@requires(Permission.RESULT_WRITE)
def submit(correction_id: int):
    correction = _editable_or_away(correction_id)
    form = SubmitCorrectionForm()
    if not form.validate():
        return _page(correction, 422, form=form)
    try:
        with transaction():
            corrections.submit(
                correction,
                origin=Origin(form.origin.data),
                reason=ReversalReason(form.reason.data),
                explanation=form.explanation.data,
                actor=current_actor(),
            )
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(correction, 422, form=form)
    flash("已提交本单位审核人确认。", "success")
    return redirect(url_for(".show", correction_id=correction.id), 303)


@bp.post("/<int:correction_id>/release")
@requires(Permission.RESULT_RELEASE)
def release(correction_id: int):
    correction = correction_or_404(correction_id)
    form = ReleaseCorrectionForm()
    if not form.validate():
        return _page(correction, 422, confirm=form)
    with transaction():
        corrections.release(correction, actor=current_actor(), version=form.version.data)
    flash("已报送人力社保部门审核。", "success")
    return redirect(url_for(".show", correction_id=correction.id), 303)


@bp.post("/<int:correction_id>/send-back")
@requires(Permission.RESULT_RELEASE)
def send_back(correction_id: int):
    correction = correction_or_404(correction_id)
    form = SendBackForm()
    if not form.validate():
        return _page(correction, 422, back=form)
    with transaction():
        cases.act(
            correction.case, "send_back", actor=current_actor(), remark=form.remark.data, version=form.version.data
        )
    flash("已退回经办人。", "success")
    return redirect(url_for(".show", correction_id=correction.id), 303)


@bp.post("/<int:correction_id>/withdraw")
@requires(Permission.RESULT_WRITE)
def withdraw(correction_id: int):
    correction = correction_or_404(correction_id)
    with transaction():
        cases.act(correction.case, "withdraw", actor=current_actor())
    flash("已撤回，成绩不变。", "success")
    return redirect(url_for("results.show", report_id=correction.report_id), 303)

"""The review sheet of a base application, and the answers to what was objected on public notice (arts. 6, 9)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.base_content import CONDITIONS
from domain.roles import Permission
from domain.workflows import CaseKind
from forms.bases import AnswerForm, SheetForm
from models import BaseObjection, Case
from services import base_objections, base_review, cases
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("bureau_bases", __name__, url_prefix="/bureau")


def _case_or_404(case_id: int) -> Case:
    case = cases.find(case_id, seen_by=current_actor())
    return case if case is not None and case.kind == CaseKind.BASE_APPLICATION else abort(404)


@bp.get("/bases/<int:case_id>/sheet")
@requires(Permission.CASE_READ)
def sheet(case_id: int):
    case = _case_or_404(case_id)
    stage = base_review.stage_now(case)
    if stage is None:
        return redirect(url_for("bureau.case", case_id=case_id), 303)
    kept = base_review.sheet_of(case, stage)
    found = kept.findings
    rows = [
        {"met": "yes" if found[each].met else "no", "remark": found[each].remark} if each in found else {}
        for each in kept.needed
    ]
    return _sheet_page(case, stage, SheetForm(formdata=None, conditions=kept.needed, data={"findings": rows}))


def _sheet_page(case: Case, stage: int, form: SheetForm, status: int = 200):
    review = base_review.review(case)
    return render_template(
        "bureau/bases/sheet.html",
        case=case,
        content=review.content,
        against_published=review.against_published,
        evidence=review.evidence,
        sheet=base_review.sheet_of(case, stage, current_actor()),
        earlier=[each for each in review.sheets if each.stage < stage],
        conditions=CONDITIONS,
        form=form,
        obstacle=cases.obstacle(case, current_actor()),
    ), status


@bp.post("/bases/<int:case_id>/sheet")
@requires(Permission.BASE_REVIEW)
def find_out(case_id: int):
    case = _case_or_404(case_id)
    stage = base_review.stage_now(case)
    if stage is None:
        return redirect(url_for("bureau.case", case_id=case_id), 303)
    form = SheetForm(conditions=base_review.sheet_of(case, stage).needed)
    if not form.validate():
        return _sheet_page(case, stage, form, 422)
    with transaction():
        base_review.find_out(case, form.stated(), actor=current_actor())
    flash(f"{base_review.STAGE_LABELS[stage]}表已保存，请在下面提交意见。", "success")
    return redirect(url_for("bureau.case", case_id=case_id, _anchor="decision"), 303)


# --- Objections -------------------------------------------------------------------------------------------------------


def _objection_or_404(objection_id: int) -> BaseObjection:
    return base_objections.find(objection_id, seen_by=current_actor()) or abort(404)


@bp.get("/objections/<int:objection_id>")
@requires(Permission.CASE_READ)
def objection(objection_id: int):
    return _objection_page(_objection_or_404(objection_id), AnswerForm(formdata=None))


def _objection_page(found: BaseObjection, form: AnswerForm, status: int = 200):
    return render_template(
        "bureau/bases/objection.html",
        case=found.case,
        objection=base_objections.shown(found),
        may_answer=base_objections.may_answer(found, current_actor()),
        form=form,
    ), status


@bp.post("/objections/<int:objection_id>")
@requires(Permission.BASE_REVIEW)
def answer(objection_id: int):
    found = _objection_or_404(objection_id)
    form = AnswerForm()
    if not form.validate():
        return _objection_page(found, form, 422)
    with transaction():
        base_objections.answer(
            found, upheld=form.upheld.data == "yes", text=form.answer.data or "", actor=current_actor()
        )
    flash("答复已保存。", "success")
    return redirect(url_for(".objection", objection_id=objection_id), 303)

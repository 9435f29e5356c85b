"""What the bureau does with the organisation's base, its answer to that, and the wish to be closed (arts. 12, 34)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.base_measure_workflow import DECISION, HEARING
from domain.base_measures import Measure
from domain.errors import NotAllowed, RuleError
from domain.roles import Permission
from forms.base_measures import CloseForm, StatementForm
from models import BaseMeasure, TrainingBase
from services import base_measures, bases, case_history, cases, official_letters
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("base_measures", __name__, url_prefix="/base/measures")


def _own_base_or_404() -> TrainingBase:
    return bases.of_organization(current_actor().organization_id) or abort(404)


@bp.get("/close")
@requires(Permission.BASE_APPLY)
def close():
    return _close_page(_own_base_or_404(), CloseForm(formdata=None))


def _close_page(base: TrainingBase, form: CloseForm, status: int = 200):
    return render_template(
        "organizer/base_measures/close.html",
        base=base,
        state=cases.state_of(base.case),
        possible=base.case.state in Measure.CLOSE.from_states and base_measures.under_way(base) is None,
        preview=base_measures.preview(base, Measure.CLOSE),
        form=form,
    ), status


@bp.post("/close")
@requires(Permission.BASE_APPLY)
def ask_close():
    base = _own_base_or_404()
    form = CloseForm()
    if not form.validate():
        return _close_page(base, form, 422)
    reason = f"{form.reason.data}\n教学档案的去向：{form.archive.data}"
    try:
        with transaction():
            case_id = base_measures.ask_close(base, reason=reason, actor=current_actor()).case_id
    except NotAllowed:
        raise
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _close_page(base, form, 409)
    flash("注销申请已提交，由人力社保部门决定。决定之前可以撤回。", "success")
    return redirect(url_for(".show", case_id=case_id), 303)


def _measure_or_404(case_id: int) -> BaseMeasure:
    return base_measures.find(case_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:case_id>")
@requires(Permission.FILING_READ)
def show(case_id: int):
    return _page(_measure_or_404(case_id), StatementForm(formdata=None))


def _page(found: BaseMeasure, form: StatementForm, status: int = 200):
    actor, case = current_actor(), found.case
    applies = actor.can(Permission.BASE_APPLY)
    return render_template(
        "organizer/base_measures/show.html",
        review=base_measures.review(case),
        case=case,
        state=cases.state_of(case),
        deadline=case_history.deadline(case),
        letters=official_letters.of_case(case),
        steps=case_history.timeline(case, {}),
        form=form,
        may_answer=applies and case.state == HEARING,
        may_take_back=applies and case.state == DECISION and found.measure == Measure.CLOSE,
    ), status


@bp.post("/<int:case_id>/answer")
@requires(Permission.BASE_APPLY)
def answer(case_id: int):
    found = _measure_or_404(case_id)
    form = StatementForm()
    if not form.validate():
        return _page(found, form, 422)
    with transaction():
        base_measures.answer(found, statement=form.statement.data or "", actor=current_actor())
    flash("陈述申辩意见已提交，负责人决定时会看到全文。", "success")
    return redirect(url_for(".show", case_id=case_id), 303)


@bp.post("/<int:case_id>/take-back")
@requires(Permission.BASE_APPLY)
def take_back(case_id: int):
    found = _measure_or_404(case_id)
    with transaction():
        base_measures.take_back(found, actor=current_actor())
    flash("已撤回注销申请。", "success")
    return redirect(url_for(".show", case_id=case_id), 303)

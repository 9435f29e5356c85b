"""Asking the industry authorities for their advice on a base application (arts. 4, 30)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.errors import NotAllowed, RuleError
from domain.roles import Permission
from domain.workflows import CaseKind
from forms.base_opinions import AskForm
from models import Case
from services import base_opinions, cases
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("base_opinions", __name__, url_prefix="/bureau/bases")


def _case_or_404(case_id: int) -> Case:
    case = cases.find(case_id, seen_by=current_actor())
    return case if case is not None and case.kind == CaseKind.BASE_APPLICATION else abort(404)


def _choices(case: Case) -> list[tuple[str, str]]:
    return [(str(each.id), each.name) for each in base_opinions.authorities_for(case)]


@bp.get("/<int:case_id>/opinions/new")
@requires(Permission.BASE_REVIEW)
def new(case_id: int):
    case = _case_or_404(case_id)
    question = f"请就{case.organization.name}承担所列职业（工种）继续教育的能力提出意见。" if case.organization else ""
    return _page(case, AskForm(formdata=None, data={"question": question}))


def _page(case: Case, form: AskForm, status: int = 200):
    choices = _choices(case)
    return render_template(
        "bureau/bases/opinion_ask.html",
        case=case,
        form=form.offer(choices),
        any_left=bool(choices),
        may_ask=base_opinions.may_ask(case, current_actor()),
    ), status


@bp.post("/<int:case_id>/opinions/new")
@requires(Permission.BASE_REVIEW)
def ask(case_id: int):
    case = _case_or_404(case_id)
    form = AskForm().offer(_choices(case))
    if not form.validate():
        return _page(case, form, 422)
    try:
        with transaction():
            base_opinions.ask(case, int(form.organization.data), form.question.data or "", actor=current_actor())
    except NotAllowed:
        raise
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(case, form, 409)
    flash("已征求意见，逾期未答复视为没有意见。", "success")
    return redirect(url_for("bureau.case", case_id=case_id), 303)

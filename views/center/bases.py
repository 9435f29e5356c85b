"""The Centre publishes the bases that the bureaus have recognised (arts. 7, 9)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.base_workflow import RECOGNISED
from domain.errors import NotAllowed, RuleError
from domain.roles import Permission
from forms.decisions import DecisionForm
from models import Case
from services import base_applications, base_review, bases, case_history, cases, official_letters, policies, reference
from services.cases import StaleCase
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_rows

bp = Blueprint("center_bases", __name__, url_prefix="/center/bases")


@bp.get("")
@requires(Permission.BASE_PUBLISH)
def index():
    page = page_of_rows(bases.published(), per_page=20)
    return render_template(
        "center/bases/index.html",
        waiting=[(case, case_history.deadline(case)) for case in bases.waiting_for_center()],
        page=page,
        published=[(case, base, cases.state_of(case)) for case, base in page.items],
    )


def _case_or_404(case_id: int) -> Case:
    return cases.find(case_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:case_id>")
@requires(Permission.BASE_PUBLISH)
def show(case_id: int):
    return _case_page(_case_or_404(case_id))


def _case_page(case: Case, refused: str = "", status: int = 200):
    review = base_review.review(case)
    return render_template(
        "center/bases/show.html",
        case=case,
        state=cases.state_of(case),
        deadline=case_history.deadline(case),
        content=review.content,
        against_published=review.against_published,
        sheets=review.sheets,
        objections=review.objections,
        base=bases.of_organization(case.organization_id),
        steps=case_history.timeline(case, {}),
        levels=reference.level_names(),
        subjects={each.key: each.label for each in policies.active_policy().subjects},
        form=DecisionForm(formdata=None, version=case.version, content_sha256=review.content_sha256),
        waiting=case.state == RECOGNISED,
        letters=official_letters.of_case(case),
        refused=refused,
    ), status


@bp.post("/<int:case_id>/publish")
@requires(Permission.BASE_PUBLISH)
def publish(case_id: int):
    case = _case_or_404(case_id)
    form = DecisionForm()
    if not form.validate():
        return _case_page(case, "页面已过期，请核对后重新提交", 422)
    try:
        with transaction():
            if form.content_sha256.data != base_applications.seal_of(case):
                raise StaleCase()
            cases.act(
                case, "publish", actor=current_actor(), remark=form.remark.data or None, version=form.version.data
            )
    except NotAllowed:
        raise
    except RuleError as refusal:
        return _case_page(case, refusal.message, 409)
    flash("已向社会公布，并通知申请单位。", "success")
    return redirect(url_for(".show", case_id=case_id), 303)

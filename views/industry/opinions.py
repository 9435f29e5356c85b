"""What an industry authority was asked about bases of its occupations, and its answers (arts. 4, 30)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from sqlalchemy.orm import joinedload

from domain.base_content import CONDITIONS
from domain.errors import NotAllowed, RuleError
from domain.roles import Permission
from forms.base_opinions import OpinionForm
from models import BaseOpinion
from services import base_applications, base_opinions, base_review, policies, reference
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_objects

bp = Blueprint("industry_opinions", __name__, url_prefix="/industry")


@bp.get("")
@requires(Permission.BASE_ADVISE)
def index():
    actor = current_actor()
    page = page_of_objects(base_opinions.asked_of(actor).options(joinedload(BaseOpinion.case)), per_page=20)
    return render_template(
        "industry/index.html",
        page=page,
        opinions=[(each, base_opinions.is_late(each)) for each in page.items],
        occupations=base_opinions.occupations_of(actor.organization_id or 0),
    )


def _opinion_or_404(opinion_id: int) -> BaseOpinion:
    return base_opinions.find(opinion_id, seen_by=current_actor()) or abort(404)


@bp.get("/opinions/<int:opinion_id>")
@requires(Permission.BASE_ADVISE)
def show(opinion_id: int):
    return _page(_opinion_or_404(opinion_id), OpinionForm(formdata=None))


def _page(opinion: BaseOpinion, form: OpinionForm, status: int = 200):
    content = base_applications.submitted_content(opinion.case) or abort(404)
    return render_template(
        "industry/opinion.html",
        opinion=opinion,
        case=opinion.case,
        content=content,
        evidence=base_review.evidence_of(opinion.case, content),
        conditions=CONDITIONS,
        levels=reference.level_names(),
        subjects={each.key: each.label for each in policies.active_policy().subjects},
        may_answer=base_opinions.may_answer(opinion),
        late=base_opinions.is_late(opinion),
        form=form,
    ), status


@bp.post("/opinions/<int:opinion_id>")
@requires(Permission.BASE_ADVISE)
def answer(opinion_id: int):
    opinion, form = _opinion_or_404(opinion_id), OpinionForm()
    if not form.validate():
        return _page(opinion, form, 422)
    try:
        with transaction():
            base_opinions.answer(
                opinion, supports=form.supports.data == "yes", text=form.answer.data or "", actor=current_actor()
            )
    except NotAllowed:
        raise
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(opinion, form, 409)
    flash("意见已提交，审核部门会看到。", "success")
    return redirect(url_for(".show", opinion_id=opinion_id), 303)

"""Site visits and expert panels on a base application: writing them down, scoring, photos (art. 9)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.base_visits import VisitKind, items_of
from domain.errors import NotAllowed, RuleError
from domain.roles import Permission
from domain.workflows import CaseKind
from forms.base_visits import PhotoForm, ScoresForm, VisitForm
from models import BaseVisit, Case
from services import base_visits, cases, clock
from services.files import PHOTO
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("base_visits", __name__, url_prefix="/bureau")


def _case_or_404(case_id: int) -> Case:
    case = cases.find(case_id, seen_by=current_actor())
    return case if case is not None and case.kind == CaseKind.BASE_APPLICATION else abort(404)


def _visit_or_404(visit_id: int) -> BaseVisit:
    return base_visits.find(visit_id, seen_by=current_actor()) or abort(404)


@bp.get("/bases/<int:case_id>/visits/new")
@requires(Permission.BASE_REVIEW)
def new(case_id: int):
    case = _case_or_404(case_id)
    return _new_page(case, VisitForm(formdata=None, data={"held_on": clock.today()}))


def _new_page(case: Case, form: VisitForm, status: int = 200):
    may = base_visits.may_record(case, current_actor())
    return render_template("bureau/bases/visit_new.html", case=case, form=form, may_record=may), status


@bp.post("/bases/<int:case_id>/visits/new")
@requires(Permission.BASE_REVIEW)
def record(case_id: int):
    case, form = _case_or_404(case_id), VisitForm()
    if not form.validate():
        return _new_page(case, form, 422)
    try:
        with transaction():
            visit = base_visits.record(
                case,
                kind=VisitKind(form.kind.data),
                held_on=form.held_on.data,
                place=form.place.data or "",
                members=form.people(),
                summary=form.summary.data or "",
                actor=current_actor(),
            )
            visit_id = visit.id
    except NotAllowed:
        raise
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _new_page(case, form, 422)
    flash("已登记，请按每位参加人员的表打分，并上传照片。", "success")
    return redirect(url_for(".show", visit_id=visit_id), 303)


@bp.get("/visits/<int:visit_id>")
@requires(Permission.CASE_READ)
def show(visit_id: int):
    return _visit_page(_visit_or_404(visit_id), PhotoForm(formdata=None))


def _visit_page(visit: BaseVisit, form: PhotoForm, status: int = 200):
    return render_template(
        "bureau/bases/visit.html",
        shown=base_visits.shown(visit),
        case=visit.case,
        form=form,
        limits=PHOTO.limits,
        may_record=base_visits.may_record(visit.case, current_actor()),
    ), status


@bp.post("/visits/<int:visit_id>/photos")
@requires(Permission.BASE_REVIEW)
def add_photo(visit_id: int):
    visit, form = _visit_or_404(visit_id), PhotoForm()
    if not form.validate():
        return _visit_page(visit, form, 422)
    try:
        with transaction():
            sent = form.photo.data
            base_visits.add_photo(visit, sent.read(), sent.filename or "", actor=current_actor())
    except NotAllowed:
        raise
    except RuleError as refusal:
        form.photo.errors = [refusal.message]
        return _visit_page(visit, form, 422)
    flash("照片已上传。", "success")
    return redirect(url_for(".show", visit_id=visit_id, _anchor="photos"), 303)


@bp.post("/visits/<int:visit_id>/remove")
@requires(Permission.BASE_REVIEW)
def remove(visit_id: int):
    visit = _visit_or_404(visit_id)
    case_id = visit.case_id
    with transaction():
        base_visits.remove(visit, actor=current_actor())
    flash("已撤销登记。", "success")
    return redirect(url_for("bureau.case", case_id=case_id), 303)


def _member_or_404(visit: BaseVisit, member: int) -> int:
    return member if member < len(visit.members) else abort(404)


@bp.get("/visits/<int:visit_id>/scores/<int:member>")
@requires(Permission.BASE_REVIEW)
def scores(visit_id: int, member: int):
    visit = _visit_or_404(visit_id)
    kept = base_visits.shown(visit).sheets[_member_or_404(visit, member)]
    items = items_of(visit.items)
    rows = [
        {"points": kept[place].points, "remark": kept[place].remark} if place in kept else {}
        for place in range(len(items))
    ]
    form = ScoresForm(formdata=None, most=[item.most for item in items], data={"rows": rows})
    return _scores_page(visit, member, form)


def _scores_page(visit: BaseVisit, member: int, form: ScoresForm, status: int = 200):
    return render_template(
        "bureau/bases/visit_scores.html",
        visit=visit,
        case=visit.case,
        member=member,
        items=items_of(visit.items),
        form=form,
        may_record=base_visits.may_record(visit.case, current_actor()),
    ), status


@bp.post("/visits/<int:visit_id>/scores/<int:member>")
@requires(Permission.BASE_REVIEW)
def score(visit_id: int, member: int):
    visit = _visit_or_404(visit_id)
    _member_or_404(visit, member)
    form = ScoresForm(most=[item.most for item in items_of(visit.items)])
    if not form.validate():
        return _scores_page(visit, member, form, 422)
    with transaction():
        base_visits.score(visit, member, form.stated(), actor=current_actor())
    flash("打分已保存。", "success")
    return redirect(url_for(".show", visit_id=visit_id), 303)

"""The register of the base's own teachers (art. 11)."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.errors import NotAllowed, RuleError
from domain.filing_content import Employment
from domain.roles import Permission
from forms.base_teachers import EndTeacherForm, TeacherForm
from models import TrainingBase
from services import base_teachers, bases
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("base_teachers", __name__, url_prefix="/base/teachers")


def _own_base_or_404() -> TrainingBase:
    return bases.of_organization(current_actor().organization_id) or abort(404)


@bp.get("")
@requires(Permission.FILING_READ)
def index():
    return _page(_own_base_or_404(), TeacherForm(formdata=None))


def _page(base: TrainingBase, form: TeacherForm, status: int = 200):
    return render_template(
        "organizer/base_teachers/index.html",
        base=base,
        teachers=[(each, Employment(each.employment)) for each in base_teachers.of_base(base, ended=True)],
        staffing=base_teachers.staffing_of(base),
        form=form,
        may_write=current_actor().can(Permission.BASE_APPLY),
    ), status


@bp.post("")
@requires(Permission.BASE_APPLY)
def put_down():
    base = _own_base_or_404()
    form = TeacherForm()
    if not form.validate():
        return _page(base, form, 422)
    try:
        with transaction():
            base_teachers.put_down(base, form.teacher(), actor=current_actor())
    except NotAllowed:
        raise
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(base, form, 409)
    flash(f"{form.name.data}已列入教师库。", "success")
    return redirect(url_for(".index"), 303)


@bp.get("/<int:teacher_id>/end")
@requires(Permission.BASE_APPLY)
def leaving(teacher_id: int):
    return _end_page(teacher_id, EndTeacherForm(formdata=None))


def _end_page(teacher_id: int, form: EndTeacherForm, status: int = 200):
    teacher = base_teachers.find(teacher_id, seen_by=current_actor()) or abort(404)
    return render_template(
        "organizer/base_teachers/end.html", teacher=teacher, kind=Employment(teacher.employment), form=form
    ), status


@bp.post("/<int:teacher_id>/end")
@requires(Permission.BASE_APPLY)
def end(teacher_id: int):
    teacher = base_teachers.find(teacher_id, seen_by=current_actor()) or abort(404)
    form = EndTeacherForm()
    if not form.validate():
        return _end_page(teacher_id, form, 422)
    with transaction():
        base_teachers.end(teacher, reason=form.reason.data or "", actor=current_actor())
    flash(f"{teacher.name}已离任，以前的授课记录保留。", "success")
    return redirect(url_for(".index"), 303)

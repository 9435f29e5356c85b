"""The people who act for an organisation: the list, an invitation, a new link, the end."""

from flask import Blueprint, flash, redirect, render_template, url_for

from domain.errors import RuleError
from domain.roles import CLERKS, Permission, Role
from forms.operators import InviteForm
from services import operators
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("operators", __name__, url_prefix="/operators")


@bp.get("")
@requires(Permission.OPERATOR_MANAGE)
def index():
    people = operators.of_organization(current_actor())
    return render_template(
        "account/operators/index.html",
        people=people,
        has_reviewer=any(person.role not in CLERKS for person in people),
    )


@bp.get("/new")
@requires(Permission.OPERATOR_MANAGE)
def new():
    return _invite_page(_form(formdata=None))


def _form(**data) -> InviteForm:
    form = InviteForm(**data)
    form.role.choices = [
        (role.value, f"{role.label}（{operators.DUTIES[role]}）") for role in operators.roles_for(current_actor())
    ]
    return form


def _invite_page(form: InviteForm, status: int = 200):
    return render_template("account/operators/new.html", form=form), status


@bp.post("")
@requires(Permission.OPERATOR_MANAGE)
def invite():
    form = _form()
    if not form.validate():
        return _invite_page(form, 422)
    try:
        with transaction():
            operators.invite(
                email=form.email.data, name=form.name.data, role=Role(form.role.data), actor=current_actor()
            )
    except RuleError as refusal:
        form.email.errors = [refusal.message]
        return _invite_page(form, 422)
    flash(f"邀请已发到 {form.email.data}，请对方在 72 小时内打开邮件中的链接启用账号。", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:membership_id>/resend")
@requires(Permission.OPERATOR_MANAGE)
def resend(membership_id: int):
    with transaction():
        operators.resend(membership_id, actor=current_actor())
    flash("新的启用链接已发出，原来的链接已失效。", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/<int:membership_id>/end")
@requires(Permission.OPERATOR_MANAGE)
def end(membership_id: int):
    with transaction():
        operators.end(membership_id, actor=current_actor())
    flash("已结束该人员在本单位的身份，立即生效。", "success")
    return redirect(url_for(".index"), 303)

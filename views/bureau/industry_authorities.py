"""Industry authorities: who advises on which occupations, and registering one with the person who answers for it."""

from flask import Blueprint, flash, redirect, render_template, url_for

from domain.errors import RuleError
from domain.roles import Permission
from forms.industry_authorities import AuthorityForm
from services import industry_authorities, reference
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("industry_authorities", __name__, url_prefix="/bureau/industry-authorities")


@bp.get("")
@requires(Permission.AUTHORITY_APPOINT)
def index():
    return render_template("bureau/industry_authorities/index.html", authorities=industry_authorities.all_of_them())


@bp.get("/new")
@requires(Permission.AUTHORITY_APPOINT)
def new():
    return _page(_form(formdata=None))


def _form(**data) -> AuthorityForm:
    form = AuthorityForm(**data)
    form.region_code.choices = [
        (region.code, f"{region.name}本级" if region.kind == "city" else region.name)
        for region in reference.regions()
        if region.kind != "province"
    ]
    return form


def _page(form: AuthorityForm, status: int = 200):
    return render_template("bureau/industry_authorities/new.html", form=form), status


@bp.post("")
@requires(Permission.AUTHORITY_APPOINT)
def register():
    form = _form()
    if not form.validate():
        return _page(form, 422)
    actor = current_actor()
    try:
        with transaction():
            authority = industry_authorities.register(
                form.organization.data, form.uscc.data, form.region_code.data, form.listed(), actor=actor
            )
            industry_authorities.invite(authority, name=form.name.data, email=form.email.data, actor=actor)
    except RuleError as refusal:
        at = {"occupation": form.occupations, "uscc": form.uscc, "region": form.region_code}
        at.get(refusal.code, form.email).errors = [refusal.message]
        return _page(form, 422)
    flash(f"已登记，启用链接已发到 {form.email.data}，72 小时内有效。", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/people/<int:membership_id>/resend")
@requires(Permission.AUTHORITY_APPOINT)
def resend(membership_id: int):
    with transaction():
        industry_authorities.resend(membership_id, actor=current_actor())
    flash("新的启用链接已发出，原来的链接已失效。", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/people/<int:membership_id>/end")
@requires(Permission.AUTHORITY_APPOINT)
def end(membership_id: int):
    with transaction():
        industry_authorities.end(membership_id, actor=current_actor())
    flash("已结束该人员的身份，立即生效。", "success")
    return redirect(url_for(".index"), 303)

"""Taking over an account by a link: operators and officials, technicians, and whoever forgot the password."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from domain.errors import RuleError
from domain.identity import IdentityNumber
from domain.passwords import rules
from forms.accounts import NewPasswordForm, ResetForm, TakeOverForm, TechnicianTakeOverForm
from models import Account, ActivationLink, Technician, db
from services import accounts, activation, clock, links, password_reset, passwords, throttle
from services.links import DeadLink, Purpose
from services.transaction import transaction
from views.access import anyone, viewer
from views.account.session import start

bp = Blueprint("activation", __name__, url_prefix="/activate")

_PAGES = {
    Purpose.ACCOUNT: "account/activation/operator.html",
    Purpose.TECHNICIAN: "account/activation/technician.html",
    Purpose.RESET: "account/activation/reset.html",
}


@bp.after_request
def _keep_nowhere(response: Response) -> Response:
    # The address is the secret: no cache, no search engine and no other site learns it.
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/<token>")
@anyone
def show(token: str):
    link = links.find(token)
    return _dead_page() if link is None else _page(link, token, _form(link, empty=True))


def _dead_page(status: int = 404):
    return render_template("account/activation/dead.html", sentence=DeadLink.message), status


def _form(link: ActivationLink, *, empty: bool = False) -> NewPasswordForm:
    """The form of the link's purpose, with the password rules of whoever it is for."""
    account = links.account_of(link)
    data = {"formdata": None} if empty else {}
    if link.purpose == Purpose.TECHNICIAN:
        return TechnicianTakeOverForm(weaknesses=lambda password: _technician_weaknesses(link, password), **data)

    def weaknesses(password: str) -> list[str]:
        return accounts.password_weaknesses(account, password, name=request.form.get("name", "")) if account else []

    if link.purpose == Purpose.RESET:
        return ResetForm(weaknesses=weaknesses, **data)
    return TakeOverForm(
        weaknesses=weaknesses, today=clock.today(), name=account.display_name if account else "", **data
    )


def _technician_weaknesses(link: ActivationLink, password: str) -> list[str]:
    technician = db.session.get(Technician, link.technician_id)
    words = [technician.name if technician else "", request.form.get("phone", ""), request.form.get("id_number", "")]
    return passwords.weaknesses(password, least=_least(link), words=[word for word in words if word])


def _least(link: ActivationLink) -> int:
    account = links.account_of(link)
    return passwords.least_length(accounts.roles_of(account.id) if account else set())


def _page(link: ActivationLink, token: str, form: NewPasswordForm, status: int = 200):
    account, seen = links.account_of(link), viewer()
    own = db.session.get(Account, seen.account_id) if seen else None
    technician = db.session.get(Technician, link.technician_id) if link.technician_id else None
    return render_template(
        _PAGES[Purpose(link.purpose)],
        form=form,
        token=token,
        account=account,
        capacity=activation.capacities(account.id) if account else "",
        password_rules=rules(_least(link)),
        tries_left=links.tries_left(link),
        may_join=own is not None and technician is not None and activation.may_join(link, own),
    ), status


@bp.post("/<token>")
@anyone
def submit(token: str):
    link = links.find(token)
    if link is None:
        return _dead_page()
    form = _form(link)
    if not form.validate():
        return _page(link, token, form, 422)
    try:
        if isinstance(form, TechnicianTakeOverForm):
            return _take_over_as_technician(link, token, form)
        if isinstance(form, TakeOverForm) and form.identity is not None:
            return _take_over(link, form, form.identity)
        with transaction():
            account = password_reset.set_new(link, form.password.data)
        response = start(account, None)
        flash("新密码已生效，其他设备上的登录都已退出。", "success")
        return response
    except DeadLink:
        return _dead_page(409)


def _take_over(link: ActivationLink, form: TakeOverForm, identity: IdentityNumber):
    person = activation.Person(name=form.name.data, number=identity)
    with transaction():
        account = activation.take_over(link, person, form.password.data)
        twice = activation.same_person_elsewhere(account)
    # After the start: it clears whatever the browser's session held before.
    response = start(account, None)
    flash("账号已启用。", "success")
    if twice:
        flash("您在本单位已有另一个账号。经办和审核须由两人办理，同一人的两个账号按一人计算，不能互相审核。", "warning")
    return response


def _take_over_as_technician(link: ActivationLink, token: str, form: TechnicianTakeOverForm):
    try:
        with transaction():
            throttle.count("activation", address=request.remote_addr or "")
            links.count_try(link)
    except throttle.TooMany as refusal:
        form.form_errors.append(refusal.message)
        return _page(link, token, form, 429)
    if not activation.is_person(link, form.id_number.data):
        left = links.tries_left(link)
        if left <= 0:
            return _dead_page(422)
        form.id_number.errors = [f"与名册登记的证件号码不一致，请对照证件核对；还可以再试 {left} 次"]
        return _page(link, token, form, 422)
    try:
        with transaction():
            account = activation.take_over_as_technician(
                link, form.id_number.data, form.password.data, form.phone.data or None
            )
    except DeadLink:
        raise
    except RuleError as refusal:
        (form.phone.errors if refusal.code == "phone_taken" else form.form_errors).append(refusal.message)
        return _page(link, token, form, 422)
    response = start(account, None)
    flash("账号已启用。以后登录：填证件号码" + ("或手机号" if form.phone.data else "") + "和密码。", "success")
    return response


@bp.post("/<token>/join")
@anyone
def join(token: str):
    link, seen = links.find(token), viewer()
    account = db.session.get(Account, seen.account_id) if seen else None
    if link is None or account is None:
        return _dead_page()
    with transaction():
        activation.join_as_technician(link, account)
    flash("已增加“技能人才”身份，可在页面右上角切换。", "success")
    return redirect(url_for("account.settings"), 303)

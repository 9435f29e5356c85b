"""Signing in and out, switching the capacity one acts in, display choices."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import login_user

from forms.accounts import SignInForm
from models import Account
from services import accounts, audit, sign_in
from services.sign_in import Attempt
from services.throttle import TooMany
from services.transaction import transaction
from views.access import anyone, current_actor, forget_request_session, safe_next, sent_from_here, signed_in, viewer
from views.filters import china_time
from views.navigation import home_of

bp = Blueprint("account", __name__)

# One sentence whatever was wrong: it tells nobody who has an account (ASVS 6.3.8).
_WRONG = "登录名或密码不正确。请核对后重试；忘记密码可以重设。"
_A_YEAR = 365 * 24 * 3600


@bp.record_once
def _display_has_no_token(state):
    # The switches stand on every page, also on those that must not open a session; see display().
    state.app.extensions["csrf"].exempt(display)


@bp.get("/sign-in", endpoint="sign_in")
@anyone
def sign_in_page():
    seen = viewer()
    if seen is not None:
        return redirect(safe_next(request.args.get("next")) or home_of(seen.actor), 303)
    return _sign_in_page(SignInForm(next=request.args.get("next")))


def _sign_in_page(form: SignInForm, status: int = 200):
    response = current_app.make_response((render_template("account/sign_in.html", form=form), status))
    # What was typed must not come back by the Back button of a shared computer.
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/sign-in")
@anyone
def sign_in_submit():
    form = SignInForm()
    if not form.validate():
        return _sign_in_page(form, 422)
    name, address = form.identifier.data, request.remote_addr or ""
    try:
        with transaction():
            attempt = sign_in.begin_attempt(name, address=address)
    except TooMany as refusal:
        form.form_errors.append(refusal.message)
        return _sign_in_page(form, 429)
    account = sign_in.verify(name, form.password.data)
    if account is None:
        with transaction():
            sign_in.fail(attempt)
        form.form_errors.append(_WRONG)
        return _sign_in_page(form, 422)
    return start(account, attempt, safe_next(form.next.data))


def start(account: Account, attempt: Attempt | None, target: str | None = None):
    """Sign the browser in under a new session and go on; nothing of the session before it survives."""
    before = viewer()
    with transaction():
        if before is not None:
            accounts.end_session(before)
        token = sign_in.succeed(
            account,
            attempt,
            address=request.remote_addr or "",
            user_agent=request.user_agent.string,
        )
    forget_request_session()
    seen = accounts.resolve(token)
    if seen is None:
        abort(401)
    login_user(seen)
    last = sign_in.last_time(seen.account_id, before_session=seen.session_id)
    if last is not None:
        flash(f"上次登录：{china_time(last.at)}，来自 {last.ip}。如果不是您本人，请立即修改密码。", "info")
    return redirect(target or home_of(seen.actor), 303)


@bp.post("/sign-out")
@signed_in
def sign_out():
    seen = viewer()
    if seen is not None:
        with transaction():
            accounts.end_session(seen)
            audit.record("sign_out", actor=seen.actor, object_kind="account", object_id=seen.account_id)
    forget_request_session()
    response = redirect(url_for("public.home"), 303)
    # Not the cookies: the large type somebody needs is one of them. The session's own cookie is deleted above.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@bp.get("/session")
@signed_in
def keep():
    """Asked by a page whose reader says he is still there: like every request it keeps the session from ending."""
    return "", 204


@bp.post("/switch")
@signed_in
def switch():
    seen = viewer()
    if seen is None:
        abort(401)
    with transaction():
        accounts.switch_membership(seen, request.form.get("membership_id", 0, type=int))
        audit.record("account.switch", actor=current_actor(), object_kind="account", object_id=seen.account_id)
    now = accounts.resolve(seen.token)
    return redirect(home_of(now.actor) if now else url_for("public.home"), 303)


@bp.post("/display")
@anyone
def display():
    if not sent_from_here():
        abort(400)
    response = redirect(safe_next(request.form.get("next")) or "/", 303)
    for name, values in (("theme", ("light", "dark", "auto")), ("large", ("0", "1"))):
        value = request.form.get(name)
        if value is not None and value in values:
            response.set_cookie(
                name, value, max_age=_A_YEAR, secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True,
                samesite="Lax",
            )  # fmt: skip
    return response

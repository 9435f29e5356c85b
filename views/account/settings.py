"""The account's own page: password, phone to sign in with, open sessions; and the way back in when it was forgotten."""

from flask import abort, flash, redirect, render_template, request, url_for

from domain.errors import RuleError
from domain.passwords import rules
from forms.accounts import ChangePasswordForm, ForgotForm, PhoneForm
from models import Account, db
from services import accounts, audit, password_reset, passwords, sign_in, throttle
from services.accounts import SignedIn
from services.transaction import transaction
from views.access import anyone, signed_in, viewer
from views.account.session import bp


def _own_account() -> tuple[SignedIn, Account]:
    seen = viewer()
    account = db.session.get(Account, seen.account_id) if seen else None
    if seen is None or account is None:
        abort(401)
    return seen, account


@bp.get("/account", endpoint="settings")
@signed_in
def settings_page():
    return _settings_page()


def _settings_page(password_form: ChangePasswordForm | None = None, phone_form: PhoneForm | None = None, status=200):
    seen, account = _own_account()
    least = passwords.least_length(accounts.roles_of(account.id))
    return render_template(
        "account/settings.html",
        account=account,
        sessions=[
            {
                "id": each.id,
                "device": _device(each.user_agent),
                "created_at": each.created_at,
                "last_seen_at": each.last_seen_at,
                "ip": each.ip,
            }
            for each in accounts.open_sessions(account.id)
        ],
        session_id=seen.session_id,
        last=sign_in.last_time(account.id, before_session=seen.session_id),
        password_rules=rules(least),
        password_form=password_form or ChangePasswordForm(formdata=None),
        phone_form=phone_form or PhoneForm(formdata=None, prefix="phone-", phone=sign_in.phone_of(account)),
        # The form that was refused, for the prefix of the title.
        form=password_form or phone_form or ChangePasswordForm(formdata=None),
    ), status


# The first that is named in what a browser says of itself: several claim to be Chrome and Safari too.
_BROWSERS = {"MicroMessenger": "微信", "DingTalk": "钉钉", "Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome",
             "Safari": "Safari"}  # fmt: skip
_SYSTEMS = {"HarmonyOS": "鸿蒙", "Android": "安卓手机", "iPhone": "苹果手机", "iPad": "平板", "Windows": "Windows 电脑",
            "Mac OS": "苹果电脑", "Linux": "Linux 电脑"}  # fmt: skip


def _device(user_agent: str) -> str:
    """What to call a browser: 安卓手机 · 微信."""
    named = [next((name for sign, name in known.items() if sign in user_agent), "") for known in (_SYSTEMS, _BROWSERS)]
    return " · ".join(filter(None, named)) or "其他设备"


def _knows_password(form: ChangePasswordForm | PhoneForm, account: Account) -> bool:
    """Whether the stated present password is right; tries are counted as those of a sign-in."""
    try:
        with transaction():
            attempt = sign_in.begin_attempt(account.login_name, address=request.remote_addr or "")
    except throttle.TooMany as refusal:
        form.current.errors = [refusal.message]
        return False
    if not accounts.password_matches(account.password_hash, form.current.data):
        form.current.errors = ["当前密码不正确，请重新填写"]
        return False
    with transaction():
        sign_in.clear(attempt)
    return True


@bp.post("/account/password")
@signed_in
def change_password():
    seen, account = _own_account()
    form = ChangePasswordForm(weaknesses=lambda password: accounts.password_weaknesses(account, password))
    if not form.validate() or not _knows_password(form, account):
        return _settings_page(password_form=form, status=422)
    with transaction():
        accounts.set_password(account, form.password.data, keep_session=seen.session_id)
        audit.record("account.change_password", actor=seen.actor, object_kind="account", object_id=account.id)
    flash("密码已修改，其他设备上的登录都已退出。", "success")
    return redirect(url_for(".settings"), 303)


@bp.post("/account/phone")
@signed_in
def change_phone():
    seen, account = _own_account()
    form = PhoneForm(prefix="phone-")
    if not form.validate() or not _knows_password(form, account):
        return _settings_page(phone_form=form, status=422)
    try:
        with transaction():
            sign_in.use_phone(account, form.phone.data)
            audit.record("account.change_phone", actor=seen.actor, object_kind="account", object_id=account.id)
    except RuleError as refusal:
        form.phone.errors = [refusal.message]
        return _settings_page(phone_form=form, status=422)
    flash("登录手机号已保存。" if form.phone.data else "已不再用手机号登录。", "success")
    return redirect(url_for(".settings"), 303)


@bp.post("/account/sessions/<int:session_id>/end")
@signed_in
def end_session(session_id: int):
    seen, account = _own_account()
    with transaction():
        accounts.end_other_session(seen, session_id)
        audit.record("account.end_session", actor=seen.actor, object_kind="account", object_id=account.id)
    flash("该设备已退出登录。", "success")
    return redirect(url_for(".settings"), 303)


@bp.post("/account/sessions/end")
@signed_in
def end_other_sessions():
    seen, account = _own_account()
    with transaction():
        accounts.end_all_sessions(account.id, but=seen.session_id)
        audit.record("account.end_session", actor=seen.actor, object_kind="account", object_id=account.id)
    flash("其他设备都已退出登录。", "success")
    return redirect(url_for(".settings"), 303)


@bp.get("/forgot")
@anyone
def forgot():
    return render_template("account/forgot.html", form=ForgotForm())


@bp.post("/forgot")
@anyone
def forgot_submit():
    form = ForgotForm()
    if not form.validate():
        return render_template("account/forgot.html", form=form), 422
    try:
        with transaction():
            throttle.count("reset", address=request.remote_addr or "", subject=form.email.data)
            password_reset.ask(form.email.data)
    except throttle.TooMany as refusal:
        form.form_errors.append(refusal.message)
        return render_template("account/forgot.html", form=form), 429
    return redirect(url_for(".forgot_sent"), 303)


@bp.get("/forgot/sent")
@anyone
def forgot_sent():
    return render_template("account/forgot_sent.html")

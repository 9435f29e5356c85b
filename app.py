"""create_app(): settings, database, sign-in, CSRF, the access check, blueprints, error pages, headers."""

import errno
import logging
import secrets
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, abort, current_app, g, render_template, request
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix

import cli
import config
from domain.errors import NotAllowed, RuleError
from models import db
from services import accounts, clock, demo_accounts, jobs, log_standing, notices, uploads
from services.transaction import WritesRefused, check_engine, guard_sessions, prepare_engine, refusal, transaction
from views import BLUEPRINTS
from views.access import check_access, note_refusal, sign_in_redirect, viewer
from views.assets import asset_url
from views.converters import Identifier
from views.filters import FILTERS
from views.htmx import wants_part
from views.navigation import menu
from views.organizer.uploads import PIECE

_log = logging.getLogger(__name__)

_MOST_BYTES_AT_ONCE = 1_000_000
_ErrorPage = tuple[str, int, dict[str, str]]

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)


def create_app(overrides: dict[str, str] | None = None) -> Flask:
    """The application. `overrides` stand above the environment; raises config.UnsafeConfiguration."""
    settings = config.load(overrides)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        # An error of the database is logged with its statement; the values may be somebody's numbers.
        SQLALCHEMY_ENGINE_OPTIONS={"pool_pre_ping": True, "hide_parameters": True},
        SESSION_COOKIE_NAME="__Host-wuxue" if settings.is_production else "wuxue",
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=24),
        MAX_CONTENT_LENGTH=settings.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        MAX_FORM_PARTS=2_000,
        TRUSTED_HOSTS=settings.hosts,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_I18N_ENABLED=False,
        SITE={
            "site_name": "婺学 · 金华市技能人才继续教育平台",
            "organiser": "金华市人力资源和社会保障局",
            "phone": "12333",
            "icp": "",
        },
    )
    app.extensions["settings"] = settings
    app.extensions["clock_base"] = clock.start_of(settings)
    app.url_map.converters["int"] = Identifier
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.jinja_env.autoescape = True
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    settings.instance.mkdir(parents=True, exist_ok=True)
    _prepare_database(app)
    # Before anything reads the form, the search for the token included.
    app.before_request(_limit_body)
    CSRFProtect(app)
    _prepare_sign_in(app)
    app.before_request(_name_request)
    app.before_request(check_access)
    app.before_request(_refuse_nul)
    app.after_request(_touch_session)
    app.after_request(note_refusal)
    app.after_request(_headers)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    jobs.configure(app)
    _prepare_templates(app)
    _prepare_errors(app)
    cli.register(app)
    if settings.is_production:
        if app.debug:
            raise config.UnsafeConfiguration("FLASK_DEBUG shows the inside of the program to everybody: unset it")
        _refuse_demo_accounts(app)
    return app


def _refuse_demo_accounts(app: Flask) -> None:
    """Everybody knows the password of a demo account (ASVS 6.3.2)."""
    with app.app_context():
        present = demo_accounts.present()
        # Refused or not: no connection of the start lives on, or goes into forked workers.
        db.session.remove()
        db.engine.dispose()
    if present:
        raise config.UnsafeConfiguration(
            f"this database holds demo accounts ({', '.join(present)}): production needs a database of its own"
        )


def _prepare_database(app: Flask) -> None:
    db.init_app(app)
    Migrate(
        app,
        db,
        render_as_batch=True,
        compare_type=True,
        # The queue's own tables are not ours to change.
        include_object=lambda _object, name, kind, reflected, compared: (
            not (kind == "table" and reflected and compared is None and str(name).startswith("huey_"))
        ),
    )
    guard_sessions()
    with app.app_context():
        prepare_engine(db.engine)
        check_engine(db.engine)


def _prepare_sign_in(app: Flask) -> None:
    login = LoginManager(app)
    login.session_protection = None
    login.user_loader(accounts.resolve)
    login.unauthorized_handler(sign_in_redirect)


def _prepare_templates(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals["asset"] = asset_url

    @app.context_processor
    def _context() -> dict[str, Any]:
        seen = viewer()
        if seen is not None and not wants_part() and seen.actor.membership_id is not None:
            seen = replace(seen, unread_notices=notices.unread_count(seen.actor.membership_id))
        settings: config.Settings = app.extensions["settings"]
        return {
            "viewer": seen,
            "nav": menu(seen.actor if seen else None),
            "settings": app.config["SITE"],
            "demo_clock": FILTERS["china_time"](clock.now()) if settings.is_demo else None,
            "behind": log_standing.behind(),
        }


def _prepare_errors(app: Flask) -> None:
    @app.errorhandler(RuleError)
    def _refused(error: RuleError) -> _ErrorPage:
        g.not_allowed = isinstance(error, NotAllowed)
        return _error_page(403 if isinstance(error, NotAllowed) and error.code == "forbidden" else 409, error.message)

    @app.errorhandler(WritesRefused)
    def _read_only(error: WritesRefused) -> _ErrorPage:
        return _error_page(503, f"{error.message}本次操作没有保存。")

    @app.errorhandler(CSRFError)
    def _csrf(_error: CSRFError) -> _ErrorPage:
        return _error_page(
            400, "页面停留过久或已在别处退出登录。请返回上一页、刷新后重新提交，已填写的内容请先复制保存。"
        )

    @app.errorhandler(401)
    def _unauthorized(_error: HTTPException) -> Response:
        return sign_in_redirect()

    @app.errorhandler(sa.exc.OperationalError)
    def _database_down(error: sa.exc.OperationalError) -> _ErrorPage:
        db.session.rollback()
        _log.error("database unavailable, request %s: %s", g.get("request_number"), type(error.orig).__name__)
        return _error_page(503, "系统暂时繁忙，本次操作没有保存。请稍等一分钟后重试。")

    @app.errorhandler(OSError)
    def _disk_full(error: OSError) -> _ErrorPage:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            return _unexpected(error)
        db.session.rollback()
        _log.error("disk full, request %s", g.get("request_number"))
        return _error_page(
            507, "服务器存储空间不足，本次操作没有保存，已上传的部分不会丢失。请稍后重试或联系平台服务电话。"
        )

    @app.errorhandler(SecurityError)
    def _foreign_host(_error: SecurityError) -> tuple[str, int]:
        # No page: its links could not be built for a host that is not ours.
        return "unknown host", 400

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> _ErrorPage | HTTPException:
        if error.code is None or error.code < 400:
            return error
        return _error_page(error.code)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> _ErrorPage:
        if app.testing:
            raise error
        _log.exception("unexpected, request %s", g.get("request_number"))
        # The page of the error is drawn from the database too, which answers nothing in a broken transaction.
        db.session.rollback()
        return _error_page(500)


def _error_page(code: int, message: str | None = None) -> _ErrorPage:
    part = wants_part()
    template = "errors/_message.html" if part else "errors/error.html"
    page = render_template(template, code=code, message=message, request_number=g.get("request_number"))
    # A refusal must not take the place of the piece that the act was to replace.
    return page, code, {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"} if part else {}


def _name_request() -> None:
    g.request_number = secrets.token_hex(4).upper()


def _limit_body() -> None:
    """Files come in parts or pieces and are read bit by bit; every other body is read as a whole, and so is short."""
    if request.mimetype == PIECE:
        # One more than may come: the stream refuses to be read on once it has given the most it may.
        request.max_content_length = uploads.MOST_CHUNK + 1
    elif request.mimetype != "multipart/form-data":
        request.max_content_length = _MOST_BYTES_AT_ONCE


def _refuse_nul() -> None:
    """No text of ours holds the character NUL, and PostgreSQL cannot store it: refused before any view meets it."""
    pairs = (*request.args.items(multi=True), *request.form.items(multi=True))
    names = (upload.filename or "" for _, upload in request.files.items(multi=True))
    if any("\0" in text for text in (request.path, *chain.from_iterable(pairs), *names)):
        abort(400)


def _touch_session(response: Response) -> Response:
    seen = viewer() if "_login_user" in g else None
    if seen is None or response.status_code >= 500 or refusal() is not None:
        return response
    if accounts.is_due_for_touch(seen):
        with transaction():
            accounts.touch(seen)
    return response


def _headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # A page that needs the camera or the place says so itself.
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    headers["X-Frame-Options"] = "DENY"
    settings: config.Settings = current_app.extensions["settings"]
    if settings.is_production:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static":
        if "_login_user" in g and viewer() is not None:
            headers["Cache-Control"] = "no-store"
        response.vary.update(("Cookie", "HX-Request"))
    elif "v" in request.args:
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response

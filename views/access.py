"""Who may call a view: each declares it, and what declares nothing cannot be called."""

from collections.abc import Callable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Response, abort, current_app, g, redirect, request, session, url_for
from flask_login import current_user

from config import Settings
from domain.roles import Actor, Permission
from services import audit
from services.accounts import SignedIn
from services.transaction import refusal, transaction

View = TypeVar("View", bound=Callable[..., Any])

_READS = ("GET", "HEAD", "OPTIONS")

ANYONE = "anyone"
SIGNED_IN = "signed_in"


def requires(permission: Permission) -> Callable[[View], View]:
    """The view may be called by accounts whose present role has the permission."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def anyone(view: View) -> View:
    """The view is public."""
    view.access = ANYONE  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """The view is for every account that is signed in."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def viewer() -> SignedIn | None:
    """The signed-in browser of this request, or None."""
    seen = current_user._get_current_object() if current_user else None
    return cast(SignedIn, seen) if seen is not None and seen.is_authenticated else None


def current_actor() -> Actor:
    """Who acts in this request. Only for views that require a signed-in account."""
    seen = viewer()
    if seen is None:
        abort(401)
    return seen.actor


def sent_from_here() -> bool | None:
    """Whether the browser says that a page of this site sent the request; None when it does not say."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    if origin is None or origin == "null":
        return None
    settings: Settings = current_app.extensions["settings"]
    return urlsplit(origin).netloc in (request.host, urlsplit(settings.base_url).netloc)


def check_access() -> Response | None:
    """The application's before_request: default is no."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    if request.method not in _READS and sent_from_here() is False:
        # Beside the token of the form: a token may leak, where a request comes from is said by the browser itself.
        abort(400)
    access = getattr(current_app.view_functions[request.endpoint], "access", None)
    if access == ANYONE:
        return None
    seen = viewer()
    if seen is None:
        abort(401)
    if access is None:
        abort(403)
    if access != SIGNED_IN and not seen.actor.can(access):
        abort(403)
    return None


def note_refusal(response: Response) -> Response:
    """The application's after_request: what a signed-in account was refused goes into the audit trail (P-35).

    An act on what lies outside the account's scope is answered as if there were no such thing, and noted all the same.
    """
    acted = request.method not in _READS
    denied = response.status_code == 403 or g.get("not_allowed") or (acted and response.status_code == 404)
    if request.endpoint is None or not denied:
        return response
    seen = viewer() if "_login_user" in g else None
    if seen is not None and refusal() is None:
        # Numbers alone: a word in an address may be a secret.
        ids: dict[str, Any] = {
            name: str(value) for name, value in (request.view_args or {}).items() if isinstance(value, int)
        }
        with transaction():
            audit.record(
                "access.denied",
                actor=seen.actor,
                object_kind="view",
                outcome="refused",
                endpoint=request.endpoint,
                **ids,
            )
    return response


def sign_in_redirect() -> Response:
    """Where a request without a session goes: to the sign-in page, and back afterwards if it was a page."""
    target = url_for("account.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None)
    if "HX-Request" in request.headers:
        response = Response(status=401)
        response.headers["HX-Redirect"] = url_for("account.sign_in")
        return response
    return cast(Response, redirect(target, 303))


def safe_next(target: str | None) -> str | None:
    """A path of this site, or None: never another host, however it is spelled."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return None
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme and target.isprintable() else None


def forget_request_session() -> None:
    """Drop what the cookie of this browser holds."""
    session.clear()
    g.pop("_login_user", None)

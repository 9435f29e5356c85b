"""The public log for everybody: the signed heads, every leaf, and proofs that a program can check."""

from datetime import date

from flask import Blueprint, Response, abort, current_app, jsonify, render_template, request

from domain.errors import RuleError
from domain.public_log import say_leaf
from models import LogHead
from services import clock, log_restorations, log_sealing, public_log
from views.access import anyone, viewer
from views.downloads import download
from views.lists import page_of_list, page_of_rows

bp = Blueprint("log", __name__, url_prefix="/log")

_HEADS_PER_PAGE = 30
_LEAVES_PER_PAGE = 100
_MOST_LEAVES = 1000
_PAGE_SECONDS = 60


@bp.after_request
def _for_everybody(response: Response) -> Response:
    """Let caches keep what is nobody's own; the application forbids them every answer to a signed-in account."""
    if viewer() is None and current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        response.cache_control.public = True
        response.cache_control.max_age = _PAGE_SECONDS if response.status_code == 200 else 0
    return response


def _head_or_404(log_day: str) -> LogHead:
    try:
        day = date.fromisoformat(log_day)
    except ValueError:
        abort(404)
    return public_log.head_of(day) or abort(404)


def _text(text: str) -> Response:
    return current_app.response_class(text, content_type="text/plain; charset=utf-8")


def _number(name: str, default: int = -1) -> int:
    """A number of the query, or the default without one; -1, which is nowhere in the log, for what is none."""
    text = request.args.get(name)
    if text is None:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def _newest_size() -> int:
    newest = public_log.latest()
    return newest.size if newest else 0


def _refused(error: RuleError) -> tuple[Response, int]:
    return jsonify(error=error.message), 404


@bp.get("")
@anyone
def index():
    latest = public_log.latest()
    return render_template(
        "public/log/index.html",
        latest=latest,
        page=page_of_rows(public_log.heads(), per_page=_HEADS_PER_PAGE),
        days=public_log.sealed_days(),
        next_at=log_sealing.opened_at(clock.today()),
        restorations=log_restorations.all_of_them(),
        site=current_app.extensions["settings"].base_url,
    )


@bp.get("/heads/<log_day>")
@anyone
def head(log_day: str):
    found = _head_or_404(log_day)
    before = public_log.head_before(found.day)
    start = before.size if before else 0
    page = page_of_list(range(start, found.size), per_page=_LEAVES_PER_PAGE)
    first, last = (page.items[0], page.items[-1] + 1) if page.items else (0, 0)
    return render_template(
        "public/log/head.html",
        head=found,
        before=before,
        page=page,
        leaves=[(place, say_leaf(content), hashed) for place, content, hashed in public_log.leaves(first, last)],
        path=[step.hex() for step in public_log.consistency(before.size, found.size)] if before and before.size else [],
    )


@bp.get("/heads/<log_day>.txt")
@anyone
def note(log_day: str):
    return _text(_head_or_404(log_day).note)


@bp.get("/latest.txt")
@anyone
def latest_note():
    found = public_log.latest() or abort(404)
    return _text(found.note)


@bp.get("/key.txt")
@anyone
def key():
    found = public_log.latest() or abort(404)
    return _text(found.key + "\n")


@bp.get("/leaves/<int:position>")
@anyone
def leaf(position: int):
    newest = public_log.latest() or abort(404)
    size = _number("size")
    size = size if position < size <= newest.size else newest.size
    try:
        found = public_log.inclusion(position, size)
    except RuleError:
        abort(404)
    ((_, content, _),) = public_log.leaves(position, position + 1)
    head = public_log.head_of_size(size)
    return render_template(
        "public/log/leaf.html",
        position=position,
        content=content,
        words=say_leaf(content),
        found=found,
        path=[step.hex() for step in found.path],
        head=head,
        newest=newest,
    )


@bp.get("/heads.json")
@anyone
def heads_json():
    return jsonify(heads=public_log.notes())


@bp.get("/leaves.json")
@anyone
def leaves_json():
    newest = public_log.latest()
    start = max(0, _number("start"))
    end = min(_number("end") if _number("end") >= 0 else start + _MOST_LEAVES, start + _MOST_LEAVES)
    found = public_log.leaves(start, min(end, newest.size if newest else 0))
    return jsonify(
        size=newest.size if newest else 0,
        leaves=[{"position": place, "content": content, "hash": hashed} for place, content, hashed in found],
    )


@bp.get("/inclusion.json")
@anyone
def inclusion_json():
    try:
        found = public_log.inclusion(_number("position", 0), _number("size", _newest_size()))
    except RuleError as error:
        return _refused(error)
    return jsonify(
        position=found.position,
        size=found.size,
        hash=found.leaf_hash.hex(),
        root=found.root.hex(),
        path=[step.hex() for step in found.path],
    )


@bp.get("/consistency.json")
@anyone
def consistency_json():
    old, new = _number("old", 1), _number("new", _newest_size())
    try:
        path = public_log.consistency(old, new)
    except RuleError as error:
        return _refused(error)
    return jsonify(old=old, new=new, path=[step.hex() for step in path])


@bp.get("/check.py")
@anyone
def script():
    """A program of the standard library alone that checks the whole log on somebody else's machine."""
    return download(public_log.script(), "check.py", "text/x-python")

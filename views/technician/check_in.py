"""Checking in and out on the own phone: the code of the screen opened, one tap, and the person's own code."""

from flask import Blueprint, current_app, flash, make_response, redirect, render_template, request, url_for

from domain.attendance_rules import Method
from domain.places import Reading, read_reading
from domain.roles import Permission
from models import ActivityFiling, db
from services import check_in, crypto, venues
from services.transaction import transaction
from views.access import anyone, current_actor, requires
from views.organizer.attendance import session_label, session_times
from views.permitted import PLACE, may_use
from views.qr import qr_code

bp = Blueprint("check_in", __name__, url_prefix="/check-in")

_COOKIE = "device"
_YEAR = 365 * 86400


def _device() -> str:
    return request.cookies.get(_COOKIE, "")[:100]


@bp.get("")
@anyone
def scan():
    """The address in the screen's QR code: it must be opened while it stands, signing in may take longer."""
    code = request.args.get("t", "")
    if not code:
        response = redirect(url_for(".own_code"), 303)
        response.cache_control.no_store = True
        return response
    device = _device() or crypto.new_token()
    response = redirect(url_for(".arrive", a=check_in.scanned(code, device)), 303)
    response.cache_control.no_store = True
    response.set_cookie(
        _COOKIE,
        device,
        max_age=_YEAR,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
        path="/check-in",
    )
    return response


@bp.get("/arrive")
@requires(Permission.OWN_RECORD)
def arrive():
    word, actor = request.args.get("a", ""), current_actor()
    session, _ = check_in.arrived(word, _device())
    turn = check_in.turn_of(session, actor.technician_id or 0)
    asks_place = venues.of_session(session, turn.filing) is not None
    page = render_template(
        "technician/check_in/arrive.html",
        word=word,
        turn=turn,
        label=session_label(session),
        times=session_times(session),
        why_not=check_in.why_not_now(turn),
        asks_place=asks_place,
        days=venues.kept_days(),
    )
    return may_use(make_response(page), *([PLACE] if asks_place else []))


@bp.post("/arrive")
@requires(Permission.OWN_RECORD)
def tap():
    actor = current_actor()
    with transaction():
        session, at = check_in.arrived(request.form.get("a", ""), _device())
        stored = check_in.check(
            session, actor.technician_id or 0, method=Method.QR, actor=actor, at=at, device=_device()
        )
        filing_id = session.filing_id
        filing = db.session.get_one(ActivityFiling, filing_id)
        band = venues.note(session, filing, actor.technician_id or 0, _reading())
    said = "签退成功" if stored.out_at else "签到成功"
    flash(f"{said}。" if band is None else f"{said}，位置记为“{band.label}”。", "success")
    return redirect(url_for("enrolments.show", activity_id=filing_id), 303)


def _reading() -> Reading | None:
    """Where the telephone is, if the person has chosen to say so."""
    if not request.form.get("with_place"):
        return None
    return read_reading(*(request.form.get(name, "")[:40] for name in ("latitude", "longitude", "accuracy")))


@bp.get("/code")
@requires(Permission.OWN_RECORD)
def own_code():
    return render_template("technician/check_in/code.html", **_code())


@bp.get("/code/now")
@requires(Permission.OWN_RECORD)
def code_now():
    return render_template("technician/check_in/_code.html", **_code())


def _code() -> dict[str, object]:
    person = current_actor().technician_id or 0
    return {
        "code": check_in.personal_code(person),
        "qr": qr_code(check_in.personal_text(person), "own-qr"),
        "seconds": check_in.personal_seconds_left(),
    }

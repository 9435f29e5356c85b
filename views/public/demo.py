"""What only a demo site has: the mails it would have sent, and a clock that visitors may move forward."""

import re

from flask import Blueprint, abort, current_app, flash, redirect, render_template, url_for
from sqlalchemy import select

from forms.demo import ClockForm
from models import OutboxMessage
from services import audit, clock, mail, notices
from services.accounts import SignedIn
from services.transaction import transaction
from views.access import anyone, viewer
from views.lists import page_of_rows

bp = Blueprint("demo", __name__, url_prefix="/demo")

_ADDRESS = re.compile(r"(https?://\S+)")


@bp.before_request
def _only_in_the_demo() -> None:
    if not current_app.extensions["settings"].is_demo:
        abort(404)


@bp.get("/outbox")
@anyone
def outbox():
    page = page_of_rows(select(OutboxMessage).order_by(OutboxMessage.id.desc()), per_page=20)
    return render_template(
        "public/demo/outbox.html",
        page=page,
        messages=[
            {
                "id": message.id,
                "recipient": message.recipient,
                "subject": message.subject,
                "created_at": message.created_at,
                "sent_at": message.sent_at,
                "parts": _parts(notices.mail_body(message)),
            }
            for (message,) in page.items
        ],
        has_server=mail.is_configured(),
    )


def _parts(body: str) -> list[tuple[str, str | None]]:
    """The text in pieces, each with the path it links to: the demo may be open under another address than its own."""
    base = current_app.extensions["settings"].base_url
    pieces = [piece for piece in _ADDRESS.split(body) if piece]
    return [(piece, piece.removeprefix(base) if piece.startswith(base + "/") else None) for piece in pieces]


@bp.get("/clock", endpoint="clock")
@anyone
def clock_page():
    return _clock_page(ClockForm(formdata=None, days=1))


def _clock_page(form: ClockForm, status: int = 200):
    return render_template("public/demo/clock.html", form=form, now=clock.now(), ahead=clock.demo_days()), status


@bp.post("/clock")
@anyone
def advance():
    form = ClockForm()
    if not form.validate():
        return _clock_page(form, 422)
    seen: SignedIn | None = viewer()
    with transaction():
        clock.advance(form.days.data)
        if seen is not None:
            audit.record("demo.clock", actor=seen.actor, object_kind="setting", days=form.days.data)
    flash(f"演示时钟已向前调整 {form.days.data} 天。", "success")
    return redirect(url_for(".clock"), 303)

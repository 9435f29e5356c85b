"""The hours of a volunteer service, which the beneficiary confirms: where that stands, and sending the link."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.roles import Permission
from models import ActivityFiling
from services import filing_confirmations, filings
from services.filing_confirmations import Kind
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("filings_service", __name__, url_prefix="/filings/<int:filing_id>/service-hours")


def _service_or_404(filing_id: int) -> ActivityFiling:
    filing = filings.find(filing_id, seen_by=current_actor())
    if filing is None or filing.form != "F4_VOLUNTEER" or not filing.sessions:
        abort(404)
    return filing


@bp.get("")
@requires(Permission.FILING_READ)
def show(filing_id: int):
    return _page(_service_or_404(filing_id))


def _page(filing: ActivityFiling):
    return render_template(
        "organizer/class/service_hours.html",
        filing=filing,
        service=filing_confirmations.content_of(filing).service,
        planned=sum(session.hours_tenths for session in filing.sessions),
        confirmed=filing_confirmations.service_hours(filing),
        asked=filing_confirmations.of_filing(filing, Kind.SERVICE),
        is_open=filing_confirmations.is_open,
        reason=filing_confirmations.why_not_yet(filing),
        may_write=current_actor().can(Permission.RESULT_WRITE),
    )


@bp.post("")
@requires(Permission.RESULT_WRITE)
def ask(filing_id: int):
    """The link is mailed to the beneficiary and shown to nobody else: who asks may not answer."""
    filing = _service_or_404(filing_id)
    with transaction():
        asked = filing_confirmations.ask_beneficiary(filing, actor=current_actor())
    flash(f"确认链接已发到 {asked.asked_email}，请提醒联系人查收。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)

"""The public calendar of activities: the list with its filters, one activity, and both as files of a calendar."""

from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for

from config import Settings
from domain import icalendar
from domain.public_activities import CANCELLED, public_phone
from models import ActivityFiling
from services import clock, filings, public_activities
from services.public_activities import Filters
from views.access import anyone, viewer
from views.downloads import download
from views.htmx import render_page_or_part
from views.lists import page_of_rows

bp = Blueprint("activities", __name__)

_PER_PAGE = 20
_MOST_IN_FEED = 200
_PAGE_SECONDS, _FEED_SECONDS = 60, 900
_CALENDAR_NAME = "金华市技能人才继续教育活动"
_LONGEST = 100


def _filters() -> Filters:
    def given(name: str) -> str:
        return request.args.get(name, "").strip()[:_LONGEST]

    return Filters(
        region=given("region"),
        month=given("month"),
        occupation=given("occupation"),
        subject=given("subject"),
        form=given("form"),
        search=given("q"),
    )


def _for_everybody(response: Response, seconds: int) -> Response:
    """Let caches keep the answer if it is nobody's own: a session may hold an account or a message still to be shown.

    The application forbids caches every page of a signed-in account.
    """
    if viewer() is None and current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        response.cache_control.public = True
        response.cache_control.max_age = seconds
    return response


def _outside(address: str) -> str:
    """An address of this site as other programs need it."""
    settings: Settings = current_app.extensions["settings"]
    return settings.base_url + address


@bp.get("/activities")
@anyone
def index():
    filters = _filters()
    page = page_of_rows(public_activities.listing(filters), per_page=_PER_PAGE)
    file = f"{url_for('.feed')}?{urlencode(filters.query)}".rstrip("?")
    feed = _outside(file)
    response = render_page_or_part(
        "public/activities/index.html",
        "public/activities/_list.html",
        page=page,
        lines=public_activities.lines(page.items),
        filters=filters,
        options=public_activities.options(),
        file=file,
        feed=feed,
        webcal=f"webcal:{feed.partition(':')[2]}",
    )
    return _for_everybody(response, _PAGE_SECONDS)


def _activity_or_404(filing_id: int) -> ActivityFiling:
    return public_activities.find(filing_id) or abort(404)


@bp.get("/activities/<int:filing_id>")
@anyone
def show(filing_id: int):
    filing = _activity_or_404(filing_id)
    content = public_activities.content_of(filing)
    page = render_template(
        "public/activities/show.html",
        filing=filing,
        number=filing.case.number,
        region=filing.case.region.name,
        organization=filing.organization.name,
        phone=public_phone(filing.organization.contact_phone),
        content=content,
        figures=filings.figures_for(filing.case, filing.form),
        in_house=public_activities.is_in_house(filing.form),
        cancelled=filing.case.state == CANCELLED,
        change=public_activities.last_change(filing),
        phase=public_activities.phase_of(filing.case.state, content.starts_on, content.ends_on, clock.today()),
    )
    return _for_everybody(current_app.make_response(page), _PAGE_SECONDS)


@bp.get("/activities/<int:filing_id>.ics")
@anyone
def entry(filing_id: int):
    return _calendar([_activity_or_404(filing_id).id], "活动.ics")


@bp.get("/activities.ics")
@anyone
def feed():
    return _calendar(public_activities.for_feed(_filters(), _MOST_IN_FEED), "活动日历.ics")


def _calendar(filing_ids: list[int], name: str) -> Response:
    events = public_activities.events(
        filing_ids,
        host=urlsplit(_outside("")).hostname or "localhost",
        address=lambda filing_id: _outside(url_for(".show", filing_id=filing_id)),
    )
    response = download(icalendar.write(events, name=_CALENDAR_NAME), name, "text/calendar")
    response.add_etag()
    _for_everybody(response, _FEED_SECONDS).make_conditional(request)
    return response

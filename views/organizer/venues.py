"""Where the places of an activity are, given by its organiser (E5): a flag of check-in, and nothing has to be given."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.errors import RuleError
from domain.places import Datum
from domain.roles import Permission
from forms.venues import VenueForm
from models import ActivityFiling
from services import venues
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.class_people import held_or_404

bp = Blueprint("filings_venues", __name__, url_prefix="/filings/<int:filing_id>/venues")


@bp.get("")
@requires(Permission.FILING_READ)
def index(filing_id: int):
    return _page(held_or_404(filing_id))


def _page(filing: ActivityFiling, number: int = 0, form: VenueForm | None = None, status: int = 200):
    """The page; `form` is the one of place `number` that was refused."""
    may_write = current_actor().can(Permission.RESULT_WRITE)
    places = [
        {
            "name": name,
            "point": venues.degrees(venue) if venue else None,
            "datum": Datum(venue.datum).label if venue else "",
            "at": venue.set_at if venue else None,
            "form": form if form is not None and each == number else VenueForm(formdata=None, prefix=f"p{each}-"),
        }
        for each, (name, venue) in enumerate(venues.places_of(filing).items())
    ]
    return render_template(
        "organizer/class/venues.html",
        filing=filing,
        places=places,
        may_write=may_write,
        radius=venues.radius(),
        days=venues.kept_days(),
        form=form,
    ), status


def _place(filing: ActivityFiling) -> tuple[int, str]:
    """The place the form is about, by its turn on the page."""
    names, text = list(venues.places_of(filing)), request.form.get("place", "")
    if not text.isdecimal() or len(text) > 3 or int(text) >= len(names):
        abort(404)
    return int(text), names[int(text)]


@bp.post("")
@requires(Permission.RESULT_WRITE)
def give(filing_id: int):
    filing = held_or_404(filing_id)
    number, place = _place(filing)
    form = VenueForm(prefix=f"p{number}-")
    if form.validate():
        try:
            with transaction():
                venues.give(filing, place, form.text.data or "", Datum(form.datum.data), actor=current_actor())
        except RuleError as refusal:
            form.text.errors = [refusal.message]
    if form.errors:
        return _page(filing, number, form, 422)
    flash(f"已保存“{place}”的坐标。", "success")
    return redirect(url_for(".index", filing_id=filing.id), 303)


@bp.post("/remove")
@requires(Permission.RESULT_WRITE)
def remove(filing_id: int):
    filing = held_or_404(filing_id)
    _, place = _place(filing)
    with transaction():
        venues.remove(filing, place, actor=current_actor())
    flash(f"已删除“{place}”的坐标，签到时不再提示位置。", "success")
    return redirect(url_for(".index", filing_id=filing.id), 303)

"""The working-day calendar: a year at a glance, days changed, a year announced (arts. 7, 16, 19)."""

from calendar import Calendar
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.errors import RuleError
from domain.roles import Permission
from forms.calendar import AnnounceForm, DaysForm
from services import calendar_changes, clock
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("calendar", __name__, url_prefix="/center/calendar")

# Two forms stand on one page.
_ANNOUNCE = "announce-"


@bp.get("")
@requires(Permission.CALENDAR_WRITE)
def index():
    return redirect(url_for(".show", year=clock.today().year), 303)


@bp.get("/<int:year>")
@requires(Permission.CALENDAR_WRITE)
def show(year: int):
    return _page(_known_or_404(year))


def _known_or_404(year: int) -> int:
    return year if year in calendar_changes.years() else abort(404)


def _page(number: int, days: DaysForm | None = None, announce: AnnounceForm | None = None, status: int = 200):
    year = calendar_changes.year(number)
    weeks = Calendar()
    return render_template(
        "center/calendar.html",
        year=year,
        tabs=[(f"{each} 年", url_for(".show", year=each), each == number, None) for each in calendar_changes.years()],
        months=[
            (month, [[_cell(day, month, year) for day in week] for week in weeks.monthdatescalendar(number, month)])
            for month in range(1, 13)
        ],
        days=days or DaysForm(formdata=None),
        announce=announce or AnnounceForm(formdata=None, prefix=_ANNOUNCE),
        today=clock.today(),
    ), status


def _cell(day: Any, month: int, year: calendar_changes.Year) -> dict[str, Any] | None:
    """A day of the month's grid; None for those of the neighbouring months."""
    if day.month != month:
        return None
    working = year.working[day]
    return {"day": day, "working": working, "odd": working != (day.weekday() < 5)}


@bp.post("/<int:year>")
@requires(Permission.CALENDAR_WRITE)
def change(year: int):
    number, form = _known_or_404(year), DaysForm()
    if not form.validate():
        return _page(number, days=form, status=422)
    try:
        with transaction():
            moved = calendar_changes.change(
                form.first.data,
                form.last.data,
                is_working=form.kind.data == "work",
                source=form.source.data,
                actor=current_actor(),
            )
    except RuleError as refusal:
        form.first.errors = [refusal.message]
        return _page(number, days=form, status=422)
    flash(f"已修改。{f'{moved} 件在办事项的期限随之调整。' if moved else '没有在办事项的期限因此变化。'}", "success")
    return redirect(url_for(".show", year=form.first.data.year), 303)


@bp.post("/<int:year>/announce")
@requires(Permission.CALENDAR_WRITE)
def announced(year: int):
    number, form = _known_or_404(year), AnnounceForm(prefix=_ANNOUNCE)
    if not form.validate():
        return _page(number, announce=form, status=422)
    try:
        with transaction():
            calendar_changes.announce(number, source=form.source.data, actor=current_actor())
    except RuleError as refusal:
        form.source.errors = [refusal.message]
        return _page(number, announce=form, status=422)
    flash(f"{number} 年的安排已标为正式公布，期限不再注明“推算”。", "success")
    return redirect(url_for(".show", year=number), 303)

"""Discipline of study in an activity (学习纪律, art. 22): events recorded and withdrawn by the organiser."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.discipline import Severity
from domain.filing_workflow import IN_FORCE
from domain.roles import Permission
from forms.attendance import EventForm, ReasonForm
from models import ActivityFiling
from services import discipline, sign_in_sheets
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.attendance import session_label
from views.organizer.class_people import held_or_404

bp = Blueprint("filings_discipline", __name__, url_prefix="/filings/<int:filing_id>/discipline")


def _sessions(filing: ActivityFiling) -> list[tuple[int, str]]:
    return [(session.id, session_label(session)) for session in filing.sessions]


@bp.get("")
@requires(Permission.FILING_READ)
def index(filing_id: int):
    filing = held_or_404(filing_id)
    return _page(filing, EventForm(formdata=None, sessions=_sessions(filing)))


def _page(filing: ActivityFiling, form: EventForm, status: int = 200, withdrawal: ReasonForm | None = None):
    return render_template(
        "organizer/class/discipline.html",
        filing=filing,
        events=[(event, session_label(event.session)) for event in discipline.of_filing(filing)],
        severities={each.value: each.label for each in Severity},
        rows=sign_in_sheets.rows(filing),
        event_form=form,
        withdrawal=withdrawal or ReasonForm(formdata=None),
        form=withdrawal or form,
        may_write=current_actor().can(Permission.RESULT_WRITE) and filing.case.state in IN_FORCE,
    ), status


@bp.post("")
@requires(Permission.RESULT_WRITE)
def record(filing_id: int):
    filing = held_or_404(filing_id)
    form = EventForm(sessions=_sessions(filing))
    people = {row.number: row.technician_id for row in sign_in_sheets.rows(filing)}
    if form.validate() and form.number.data not in people:
        form.number.errors = ["签到表上没有这个行号，请核对"]
    if form.errors:
        return _page(filing, form, 422)
    session = next(each for each in filing.sessions if each.id == form.session_id.data)
    with transaction():
        discipline.record(
            session,
            filing,
            people[form.number.data or 0],
            severity=Severity(form.severity.data),
            description=form.description.data or "",
            actor=current_actor(),
        )
    flash("已记录，并通知本人。", "success")
    return redirect(url_for(".index", filing_id=filing.id), 303)


@bp.post("/<int:event_id>/withdraw")
@requires(Permission.RESULT_WRITE)
def withdraw(filing_id: int, event_id: int):
    filing = held_or_404(filing_id)
    event = discipline.find(filing, event_id) or abort(404)
    form = ReasonForm()
    if not form.validate():
        return _page(filing, EventForm(formdata=None, sessions=_sessions(filing)), 422, form)
    with transaction():
        discipline.withdraw(event, filing, reason=form.reason.data or "", actor=current_actor())
    flash("已撤销，并通知本人。", "success")
    return redirect(url_for(".index", filing_id=filing.id), 303)

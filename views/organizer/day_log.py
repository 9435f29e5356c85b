"""The log of days of a training at a post: writing it, and asking the mentors to confirm it."""

from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from domain.errors import RuleError
from domain.filing_content import show_hours
from domain.periods import say_date
from domain.roles import Permission
from forms.confirmations import DayForm, MentorForm
from models import ActivityFiling, Technician, db
from services import clock, day_logs, enrolments, filings
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("filings_log", __name__, url_prefix="/filings/<int:filing_id>/day-log")


def _training_or_404(filing_id: int) -> ActivityFiling:
    filing = filings.find(filing_id, seen_by=current_actor())
    if filing is None or filing.form != day_logs.FORM or not filing.sessions:
        abort(404)
    return filing


@bp.get("")
@requires(Permission.FILING_READ)
def show(filing_id: int):
    return _page(_training_or_404(filing_id))


def _day_form(filing: ActivityFiling, **how: object) -> DayForm:
    form = DayForm(prefix="day-", **how)
    days = sorted({session.on for session in filing.sessions if session.on <= clock.today()}, reverse=True)
    form.on.choices = [(on.isoformat(), say_date(on)) for on in days]
    form.people.choices = list(_learners(filing).items())
    form.mentor.choices = [(teacher.name, teacher.name) for teacher in filing.teachers]
    return form


def _mentor_form(filing: ActivityFiling, **how: object) -> MentorForm:
    form = MentorForm(prefix="ask-", **how)
    waiting = day_logs.waiting(filing)
    form.mentor.choices = [(name, f"{name}（{count} 条待确认）") for name, count in waiting.items() if count]
    return form


def _learners(filing: ActivityFiling) -> dict[int, str]:
    enrolled = enrolments.participants(filing)
    rows = db.session.execute(
        select(Technician.id, Technician.name).where(Technician.id.in_(enrolled)).order_by(Technician.name)
    )
    return {row.id: row.name for row in rows}


def _page(
    filing: ActivityFiling,
    day: DayForm | None = None,
    ask: MentorForm | None = None,
    status: int = 200,
):
    actor = current_actor()
    ask = ask or _mentor_form(filing, formdata=None)
    return render_template(
        "organizer/class/day_log.html",
        filing=filing,
        entries=day_logs.entries(filing),
        is_confirmed=day_logs.is_confirmed,
        is_with_mentor=day_logs.is_with_mentor,
        day=day or _day_form(filing, formdata=None),
        ask=ask if ask.mentor.choices else None,
        may_write=actor.can(Permission.RESULT_WRITE) and filing.case.state in ("approved", "change_pending"),
    ), status


@bp.post("")
@requires(Permission.RESULT_WRITE)
def record(filing_id: int):
    filing = _training_or_404(filing_id)
    form = _day_form(filing)
    if not form.validate():
        return _page(filing, day=form, status=422)
    hours = form.hours.data
    if not isinstance(hours, Decimal) or not hours.is_finite() or not 0 < hours < 25:
        form.hours.errors = ["学时应为大于 0 的数字，例如 4"]
        return _page(filing, day=form, status=422)
    on = next(session.on for session in filing.sessions if session.on.isoformat() == form.on.data)
    try:
        with transaction():
            day_logs.record(
                filing,
                form.people.data or [],
                on=on,
                hours=hours,
                done=form.done.data or "",
                mentor=form.mentor.data,
                actor=current_actor(),
            )
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(filing, day=form, status=422)
    flash(f"已记 {say_date(on)} 的日志：{len(form.people.data or [])} 人，每人 {show_hours(hours)} 学时。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/remove")
@requires(Permission.RESULT_WRITE)
def remove(filing_id: int):
    filing = _training_or_404(filing_id)
    person, on = request.form.get("technician_id", type=int), request.form.get("on", "")
    entry = next(
        (each for each in day_logs.entries(filing) if (each.technician_id, each.on.isoformat()) == (person, on)), None
    )
    if entry is None:
        abort(404)
    with transaction():
        day_logs.remove(filing, entry.technician_id, entry.on, actor=current_actor())
    flash("已删除一条日志。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/ask")
@requires(Permission.RESULT_WRITE)
def ask(filing_id: int):
    """The link is mailed to the mentor and shown to nobody else: who asks may not answer."""
    filing = _training_or_404(filing_id)
    form = _mentor_form(filing)
    if not form.validate():
        return _page(filing, ask=form, status=422)
    try:
        with transaction():
            day_logs.ask_mentor(filing, form.mentor.data, form.email.data, actor=current_actor())
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _page(filing, ask=form, status=422)
    flash(f"确认链接已发到 {form.email.data}，请提醒{form.mentor.data}师傅查收。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)

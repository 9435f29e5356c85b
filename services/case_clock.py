"""What a move does to the clock of a case: the due day, and the bureau's days that wait meanwhile (INV-40)."""

from typing import Any

from domain.workflows import Clock, Transition
from models import Case
from services import clock, policies
from services.calendar import working_calendar


def values_after(case: Case, move: Transition) -> dict[str, Any]:
    """The new due day; the bureau's remaining days wait while the applicant's own limit runs (INV-40)."""
    calendar, today = working_calendar(), clock.today()
    if move.after_partner and case.partner_id is not None:
        return {"due_on": None}
    if move.clock is Clock.STOP:
        return {"due_on": None, "paused_workdays_left": None}
    if move.clock is Clock.PAUSE:
        left = case.paused_workdays_left  # of the bureau's time, when it was not running anyway
        if left is None and case.due_on:
            left = calendar.working_days_between(today, case.due_on)
        return {"paused_workdays_left": left, "due_on": calendar.add_working_days(today, _limit(move))}
    if move.clock is Clock.HOLD:
        return {"due_on": None}
    if move.clock is Clock.EXTEND:
        return {"due_on": calendar.add_working_days(case.due_on or today, _limit(move))}
    if move.clock in (Clock.START, Clock.RESUME):
        left = case.paused_workdays_left
        days = _limit(move) if left is None else max(left, 0)
        return {"paused_workdays_left": None, "due_on": calendar.add_working_days(today, days)}
    return {}


def _limit(move: Transition) -> int:
    if move.limit is None:
        raise LookupError(f"{move.action} starts a clock without a limit")
    return int(policies.active_policy().figure(move.limit))

"""The clock of the scheme: the time that deadlines, filings and the ledger go by.

A demo site may move it, so that a visitor can file a class and come to its end in one sitting; production cannot.
Sessions, links and throttles go by the machine's clock, which nobody moves from a page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from flask import current_app, g
from sqlalchemy import select

from config import Settings
from domain.errors import RuleError
from domain.periods import CHINA
from models import Setting, db

_KEY = "demo_clock_seconds"
# Ten years: beyond that the calendar and the policies say nothing a visitor could learn from.
_FARTHEST_DAYS = 3660


def machine_now() -> datetime:
    """The machine's time, for what guards an account."""
    return datetime.now(UTC)


def start_of(settings: Settings) -> timedelta:
    """How far the clock of a site that starts this moment is ahead of the machine's."""
    return settings.clock_start - machine_now() if settings.clock_start is not None else timedelta(0)


def now() -> datetime:
    """The scheme's time, in UTC."""
    stopped: datetime | None = g.get("clock_stopped")
    return stopped if stopped is not None else datetime.now(UTC) + _offset()


def today() -> date:
    """The scheme's day in Jinhua."""
    return now().astimezone(CHINA).date()


def is_stopped() -> bool:
    """Whether the demo city acts in its own past at the moment."""
    return g.get("clock_stopped") is not None


def _offset() -> timedelta:
    settings: Settings = current_app.extensions["settings"]
    if settings.is_production:
        return timedelta(0)
    if "clock_offset" not in g:
        seconds = db.session.scalar(select(Setting.value).where(Setting.key == _KEY))
        start = current_app.extensions["clock_base"]
        g.clock_offset = start + timedelta(seconds=int(seconds or 0))
    return g.clock_offset


def demo_days() -> int:
    """By how many whole days the demo clock is ahead of the machine's."""
    return _offset().days


def advance(days: int) -> None:
    """Move the demo clock forward; raises RuleError outside the demo, and backwards (posted_at never decreases)."""
    settings: Settings = current_app.extensions["settings"]
    if settings.is_production:
        raise RuleError("正式环境不能调整时钟")
    if not 1 <= days <= 366:
        raise RuleError("演示时钟一次只能向前调整 1 至 366 天")
    if demo_days() + days > _FARTHEST_DAYS:
        raise RuleError("演示时钟已调到最远，不能再向前")
    row = db.session.get(Setting, _KEY)
    if row is None:
        db.session.add(Setting(key=_KEY, value=str(days * 86400)))
    else:
        row.value = str(int(row.value) + days * 86400)
    g.pop("clock_offset", None)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the clock stand at this (aware) moment inside the block: the demo city acts in its own past.

    Refused in production.
    """
    settings: Settings = current_app.extensions["settings"]
    if settings.is_production:
        raise RuleError("正式环境不能调整时钟")
    before = g.get("clock_stopped")
    g.clock_stopped = moment.astimezone(UTC)
    try:
        yield
    finally:
        g.clock_stopped = before

"""Checking in and out by phone (E3, E4, E7): a code on the screen that changes, a code of the person's own, the window.

What this can and cannot do: a photo of the screen sent to somebody elsewhere works until the code has changed and the
grace is over, some half a minute, and only in the browser that opened it. Several persons on one device are flagged.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from domain.attendance_rules import HeldFor, Method, Standing, window
from domain.enrolment_rules import EnrolmentState
from domain.errors import RuleError
from domain.periods import CHINA
from domain.roles import Actor
from models import ActivityFiling, ActivitySession, Attendance, Enrolment, db
from services import attendance, audit, clock, enrolments, keyed_signatures, letters, policies
from services.presence import Presence, span_of, store

_SCREEN = "check-in screen"
_ARRIVAL = "check-in arrival"
_PERSONAL = "check-in person"
_DEVICE = "check-in device"
# From the scan to the tap: time to sign in on the phone.
_ARRIVAL_MINUTES = 10
_PERSONAL_SECONDS = 60
_DIGITS = 8
# Tells a person's code from all other QR codes a camera may see.
_OURS = "wuxue:"


class NotNow(RuleError):
    """It is too early or too late to check in or out."""

    code = "not_now"


class BadCode(RuleError):
    """The code is none of ours, or has changed."""

    code = "bad_code"
    message = "二维码已经更换，请重新扫描屏幕上的二维码"


def _figure(key: str) -> int:
    return int(policies.active_policy().figure(key))


def opening(session: ActivitySession) -> tuple[datetime, datetime]:
    """From when to when people may check in and out of this session."""
    return window(span_of(session), _figure("checkin.window_minutes"))


def is_open(session: ActivitySession) -> bool:
    """Whether people may check in or out now."""
    opens, closes = opening(session)
    return opens <= clock.now() <= closes


def asks_check_out(session: ActivitySession) -> bool:
    """Whether being there must be shown at the end too."""
    return bool(policies.active_policy().value("checkin.checkout", True))


# --- The code on the screen -------------------------------------------------------------------------------------------


def screen_code(session: ActivitySession) -> str:
    """What the screen shows now: signed, and another one every few seconds."""
    return keyed_signatures.sign(_SCREEN, session.id, _period(clock.now(), _figure("checkin.code_seconds")))


def screen_address(session: ActivitySession) -> str:
    """The full address in the QR code of the screen."""
    return letters.address_of(f"/check-in?t={screen_code(session)}")


def seconds_left() -> int:
    """How long the present code still stands."""
    length = _figure("checkin.code_seconds")
    return length - int(clock.now().timestamp()) % length


def _period(at: datetime, length: int) -> int:
    return int(at.timestamp()) // length


def scanned(code: str, device: str) -> str:
    """Somebody opened the code of the screen: a word that lets the same browser check in within some minutes.

    Raises BadCode for a code that is none, or has changed more than the grace ago.
    """
    parts = keyed_signatures.read(_SCREEN, code, 2)
    length, grace, now = _figure("checkin.code_seconds"), _figure("checkin.grace_seconds"), clock.now()
    if parts is None:
        raise BadCode()
    session_id, period = parts
    ended = timedelta(seconds=(period + 1) * length + grace)
    if not timedelta(seconds=period * length) <= timedelta(seconds=now.timestamp()) < ended:
        raise BadCode()
    return keyed_signatures.sign(_ARRIVAL, session_id, int(now.timestamp()), _short(device))


def arrived(word: str, device: str) -> tuple[ActivitySession, datetime]:
    """The session and the moment of the scan behind a word of `scanned`; raises BadCode in another browser or later."""
    parts = keyed_signatures.read(_ARRIVAL, word, 3)
    if parts is None or parts[2] != _short(device):
        raise BadCode("请在本人手机上重新扫描屏幕上的二维码")
    at = datetime.fromtimestamp(parts[1], tz=clock.now().tzinfo)
    if not timedelta(0) <= clock.now() - at <= timedelta(minutes=_ARRIVAL_MINUTES):
        raise BadCode()
    session = db.session.get(ActivitySession, parts[0])
    if session is None:
        raise BadCode()
    return session, at


def _short(device: str) -> int:
    return int(device_key(device)[:10], 16)


def device_key(cookie: str) -> str:
    """What is kept of a browser: nobody can find it from this, but the same browser gives the same."""
    return keyed_signatures.signature(_DEVICE, cookie)


# --- The person's own code --------------------------------------------------------------------------------------------


def personal_code(technician_id: int, *, back: int = 0) -> str:
    """Eight digits that the person shows to the organiser's clerk; another one every minute."""
    period = _period(clock.now(), _PERSONAL_SECONDS) - back
    mark = keyed_signatures.signature(_PERSONAL, f"{technician_id}.{period}")
    return f"{int(mark, 16) % 10**_DIGITS:0{_DIGITS}d}"


def personal_text(technician_id: int) -> str:
    """What the QR code of the person's own page says."""
    return f"{_OURS}{personal_code(technician_id)}"


def code_in(text: str) -> str | None:
    """The eight digits in the text of a QR code, or None when it is no person's code."""
    digits = text.removeprefix(_OURS)
    return digits if digits != text and len(digits) == _DIGITS and digits.isdecimal() and digits.isascii() else None


def personal_seconds_left() -> int:
    """How long the person's present code still stands."""
    return _PERSONAL_SECONDS - int(clock.now().timestamp()) % _PERSONAL_SECONDS


def person_of_code(filing: ActivityFiling, code: str) -> int:
    """Which participant shows this code, the present one or the last; raises BadCode."""
    for back in (0, 1):
        found = [person for person in enrolments.participants(filing) if personal_code(person, back=back) == code]
        if len(found) == 1:
            return found[0]
    raise BadCode("没有报名人员出示此码，请核对 8 位数字；过期的请本人刷新页面")


# --- Checking in and out ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What a person would do now in a session: check in or out, or nothing more."""

    session: ActivitySession
    filing: ActivityFiling
    row: Attendance | None
    checks_out: bool

    @property
    def done(self) -> bool:
        row = self.row
        return row is not None and (row.out_at is not None or (row.in_at is not None and not self.checks_out))


def turn_of(session: ActivitySession, technician_id: int) -> Turn:
    """Where the person stands in this session; raises RuleError for who is not enrolled."""
    filing = db.session.get_one(ActivityFiling, session.filing_id)
    enrolment = enrolments.find(filing.id, technician_id)
    if enrolment is None or enrolment.state != EnrolmentState.ENROLLED.value:
        raise RuleError("您不在本次活动的参训名单中，请向现场工作人员登记", code="not_enrolled")
    row = db.session.get(Attendance, (technician_id, session.id), populate_existing=True)
    leaves = asks_check_out(session) and row is not None and row.in_at is not None
    return Turn(session=session, filing=filing, row=row, checks_out=leaves)


def why_not_now(turn: Turn) -> str | None:
    """Why the person can neither check in nor out at this moment; None if one of them can be done.

    In: from the opening until the session ends. Out: only around its end, or a second tap would end a morning at once.
    """
    opens, closes = opening(turn.session)
    now = clock.now()
    if now < opens:
        return f"签到还没有开始，{_clock_time(opens)} 起可以签到"
    if now > closes or (not turn.checks_out and now > turn.session.ends_at):
        return "签到、签退时间已过，请联系举办单位登记"
    leaving = leaving_from(turn.session)
    if turn.checks_out and now < leaving:
        return f"已签到，{_clock_time(leaving)} 起可以签退"
    return None


def leaving_from(session: ActivitySession) -> datetime:
    """From when people may check out."""
    return session.ends_at - timedelta(minutes=_figure("checkin.window_minutes"))


def is_late(row: Attendance) -> bool:
    """Whether the person came later than the opening lasts after the beginning: a flag, no verdict."""
    margin = timedelta(minutes=_figure("checkin.window_minutes"))
    return row.in_at is not None and row.in_at > row.starts_at + margin


def _clock_time(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%H:%M}"


def check(
    session: ActivitySession,
    technician_id: int,
    *,
    method: Method,
    actor: Actor,
    at: datetime | None = None,
    device: str = "",
) -> Presence:
    """Check the person in, or out if in already; says how the presence stands now.

    In without out stays held until the organiser decides. Raises NotNow, NotAllowed or RuleError.
    """
    turn, span, now = turn_of(session, technician_id), span_of(session), at or clock.now()
    row, must_leave = turn.row, asks_check_out(session)
    if turn.done:
        raise RuleError("已经签退，无需再次操作" if must_leave else "已经签到，无需再次操作", code="done")
    reason = why_not_now(turn)
    if reason is not None:
        raise NotNow(reason)
    attendance.check_open(session, turn.filing, actor)
    if row is not None and row.in_at is None and row.method == Method.SHEET.value:
        raise RuleError("举办单位已按签到表登记，如有错误请联系工作人员", code="done")
    presence = Presence(
        technician_id=technician_id,
        span=span,
        method=method,
        standing=Standing.COUNTED,
        hours_tenths=span.hours_tenths,
        in_at=now,
        device_key=device_key(device) if device else "",
    )
    if row is not None and row.in_at is not None:
        presence = replace(presence, in_at=row.in_at, out_at=now, method=Method(row.method))
        presence = replace(presence, device_key=row.device_key or presence.device_key)
    elif must_leave:
        presence = replace(presence, standing=Standing.HELD, reason=HeldFor.OPEN.value)
    (stored,) = store(turn.filing.id, [presence], actor_id=actor.account_id)
    audit.record("attendance.check_in", actor=actor, object_kind="case", object_id=turn.filing.case_id)
    db.session.expire_all()
    return stored


# --- What the organiser looks at --------------------------------------------------------------------------------------


def shared_devices(rows: Mapping[int, Attendance]) -> set[int]:
    """Who checked in on a device that somebody else of the same session used too: a flag, no verdict."""
    used = Counter(row.device_key for row in rows.values() if row.device_key)
    return {person for person, row in rows.items() if row.device_key and used[row.device_key] > 1}


def open_sessions(technician_id: int) -> list[ActivitySession]:
    """The sessions of the person's classes that are open for checking in now."""
    margin, now = timedelta(minutes=_figure("checkin.window_minutes")), clock.now()
    query = (
        select(ActivitySession)
        .join(Enrolment, Enrolment.filing_id == ActivitySession.filing_id)
        .where(
            Enrolment.technician_id == technician_id,
            Enrolment.state == EnrolmentState.ENROLLED.value,
            ActivitySession.starts_at <= now + margin,
            ActivitySession.ends_at >= now - margin,
        )
        .order_by(ActivitySession.starts_at)
    )
    return list(db.session.scalars(query))

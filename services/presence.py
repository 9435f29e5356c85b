"""Storing presences (P-05): what can be true is counted, what clashes with another presence is held, never lost.

The database has the last word: two who count the same person at the same time in two classes meet its rule, and the
second looks again.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ARRAY, Table, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError

from domain.attendance_rules import HeldFor, Method, Span, Standing, clashes
from domain.errors import RuleError
from models import ActivitySession, Attendance, db
from services import clock, registry

_RULE = "ex_attendance_one_place"
_LOOKS = 3
_TABLE = cast(Table, Attendance.__table__)


@dataclass(frozen=True, kw_only=True)
class Presence:
    """What is to be stored of one person in one session; `hours_tenths` may be less than the session's."""

    technician_id: int
    span: Span
    method: Method
    standing: Standing
    hours_tenths: int
    reason: str = ""
    in_at: datetime | None = None
    out_at: datetime | None = None
    device_key: str = ""


def span_of(session: ActivitySession) -> Span:
    """The session as attendance sees it."""
    return Span(
        session_id=session.id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        hours_tenths=session.hours_tenths,
    )


def counted_hours(filing_id: int, technician_id: int) -> int:
    """How long one person was in an activity by what counts, in tenths (P-06)."""
    return (
        db.session.scalar(
            select(func.coalesce(func.sum(Attendance.hours_tenths), 0)).where(
                Attendance.technician_id == technician_id,
                Attendance.filing_id == filing_id,
                Attendance.standing == Standing.COUNTED.value,
            )
        )
        or 0
    )


def store(filing_id: int, presences: Sequence[Presence], *, actor_id: int | None) -> list[Presence]:
    """Store the presences, new or in place of what was there; says how each was stored."""
    wanted = sorted(presences, key=lambda each: (each.technician_id, each.span.starts_at, each.span.session_id))
    for _ in range(_LOOKS):
        judged = _judged(wanted)
        try:
            with db.session.begin_nested():
                _write(filing_id, judged, actor_id)
        except IntegrityError as error:
            if _RULE not in str(error.orig):
                raise
            continue
        return judged
    raise RuleError("同一人员的考勤正在其他活动中登记，请稍后再试", code="attendance_busy")


def _judged(wanted: Sequence[Presence]) -> list[Presence]:
    """Those that cannot be counted beside what is counted already are held."""
    counting: dict[int, list[Presence]] = defaultdict(list)
    for presence in wanted:
        if presence.standing is Standing.COUNTED:
            counting[presence.technician_id].append(presence)
    kept = _counted_elsewhere(wanted)
    against = {
        (person, session_id)
        for person, theirs in counting.items()
        for session_id in clashes([each.span for each in theirs], kept.get(person, []))
    }
    return [
        replace(presence, standing=Standing.HELD, reason=HeldFor.OVERLAP.value)
        if (presence.technician_id, presence.span.session_id) in against
        else presence
        for presence in wanted
    ]


def _counted_elsewhere(wanted: Sequence[Presence]) -> dict[int, list[Span]]:
    """What is counted for these persons around these times, without the rows that are to be replaced."""
    replaced = {(each.technician_id, each.span.session_id) for each in wanted}
    found: dict[int, list[Span]] = defaultdict(list)
    if not wanted:
        return found
    first, last = min(each.span.starts_at for each in wanted), max(each.span.ends_at for each in wanted)
    for part in registry.chunks(sorted({each.technician_id for each in wanted})):
        query = select(Attendance.technician_id, Attendance.session_id, Attendance.starts_at, Attendance.ends_at).where(
            Attendance.technician_id.in_(part),
            Attendance.standing == Standing.COUNTED.value,
            Attendance.starts_at < last,
            Attendance.ends_at > first,
        )
        for row in db.session.execute(query):
            if (row.technician_id, row.session_id) not in replaced:
                span = Span(session_id=row.session_id, starts_at=row.starts_at, ends_at=row.ends_at, hours_tenths=0)
                found[row.technician_id].append(span)
    return found


def _write(filing_id: int, presences: Sequence[Presence], actor_id: int | None) -> None:
    at = clock.now()
    values = [
        {
            "technician_id": each.technician_id,
            "session_id": each.span.session_id,
            "filing_id": filing_id,
            "starts_at": each.span.starts_at,
            "ends_at": each.span.ends_at,
            "hours_tenths": each.hours_tenths,
            "method": each.method.value,
            "standing": each.standing.value,
            "reason": each.reason,
            "in_at": each.in_at,
            "out_at": each.out_at,
            "device_key": each.device_key,
            "recorded_at": at,
            "recorded_by_id": actor_id,
        }
        for each in presences
    ]
    # Who gives up a presence does so before anybody takes its time.
    values.sort(key=lambda row: row["standing"] == Standing.COUNTED.value)
    if not values:
        return
    if db.engine.dialect.name == "sqlite":
        db.session.execute(_upsert(sqlite_insert(_TABLE)), values)
        return
    # All rows in one statement, as one array for each column: a row at a time, ten thousand people take a quarter of a
    # minute.
    arrays = {name: bindparam(name, type_=ARRAY(_TABLE.c[name].type)) for name in values[0]}
    rows = func.unnest(*arrays.values()).table_valued(*arrays, name="rows").render_derived()
    chosen = select(*(rows.c[name] for name in arrays))
    statement = _upsert(postgresql_insert(_TABLE).from_select(list(arrays), chosen))
    db.session.execute(statement, {name: [row[name] for row in values] for name in arrays})


def _upsert(insert: Any) -> Any:
    changed = {column.name: insert.excluded[column.name] for column in _TABLE.columns if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=["technician_id", "session_id"], set_=changed)

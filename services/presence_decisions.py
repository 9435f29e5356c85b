"""An officer decides where a person was: this presence counts, and what stands against it does not (P-05, P-06)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from domain.attendance_rules import HeldFor, Method, Span, Standing
from domain.errors import RuleError
from domain.roles import SYSTEM, Actor, Permission
from models import ActivityFiling, Attendance, AttendanceChange, Case, Organization, Region, ResultReport, db
from services import audit, case_lock, clock, ledger, notices, presence, registry, result_holds
from services.presence import Presence, span_of

_CREDITED = "此人在“{}”的学分已经入账，请先由当地通过成绩更正冲销，再作裁定"


@dataclass(frozen=True, kw_only=True)
class Against:
    """A counted presence elsewhere that cannot be true together with one here.

    `credited`: the person has credits of it, so that only a correction of those results can set it aside.
    """

    session_id: int
    filing_id: int
    starts_at: datetime
    ends_at: datetime
    method: Method
    title: str
    organization: str
    region: str
    credited: bool


# --- Reads ------------------------------------------------------------------------------------------------------------


def against(filing: ActivityFiling, technician_id: int) -> list[Against]:
    """What stands against this person having been in any session of this activity, in the order of time."""
    here = [span_of(session) for session in filing.sessions]
    if not here:
        return []
    found = db.session.execute(
        select(Attendance, Case.title, Organization.name, Region.name)
        .join(ActivityFiling, ActivityFiling.id == Attendance.filing_id)
        .join(Case, Case.id == ActivityFiling.case_id)
        .join(Organization, Organization.id == ActivityFiling.organization_id)
        .join(Region, Region.code == Case.region_code)
        .where(
            Attendance.technician_id == technician_id,
            Attendance.filing_id != filing.id,
            Attendance.standing == Standing.COUNTED.value,
            Attendance.starts_at < max(span.ends_at for span in here),
            Attendance.ends_at > min(span.starts_at for span in here),
        )
        .order_by(Attendance.starts_at)
        .execution_options(populate_existing=True)
    )
    return [
        Against(
            session_id=row.session_id,
            filing_id=row.filing_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            method=Method(row.method),
            title=title,
            organization=organization,
            region=region,
            credited=bool(ledger.live_of(row.filing_id, [technician_id])),
        )
        for row, title, organization, region in found
        if any(_meet(span, row.starts_at, row.ends_at) for span in here)
    ]


def contrary(filing: ActivityFiling, technician_id: int, hours_tenths: int) -> list[Against]:
    """As much of that as has to be set aside before so many hours can be recognised here."""
    wanted = list(_wanted(filing, technician_id, hours_tenths))
    if not wanted:
        return []
    return [
        each
        for each in against(filing, technician_id)
        if any(_meet(one.span, each.starts_at, each.ends_at) for one in wanted)
    ]


def _meet(span: Span, starts_at: datetime, ends_at: datetime) -> bool:
    return span.starts_at < ends_at and starts_at < span.ends_at


# --- The decision -----------------------------------------------------------------------------------------------------


def hold_still(report: ResultReport, technician_id: int) -> None:
    """Hold this case still, and those of the results that a decision on this person may touch.

    In one order: of two officers who decide against each other at the same moment one waits for the other.
    """
    filings = {each.filing_id for each in against(report.filing, technician_id)}
    others = db.session.scalars(select(ResultReport.case_id).where(ResultReport.filing_id.in_(filings)))
    for case_id in sorted({report.case_id, *others}):
        case_lock.hold(case_id)


def recognise(
    report: ResultReport,
    technician_id: int,
    hours_tenths: int,
    *,
    sets_aside: Collection[int],
    remark: str,
    actor: Actor,
) -> None:
    """Count as much presence of this person here as these hours need; `sets_aside` names the sessions elsewhere that
    the officer was shown and says the person was not in. Whoever is set aside in released results waits there.

    Part of an officer's decision on a row, whose case is held still. Raises RuleError.
    """
    filing = report.filing
    wanted = list(_wanted(filing, technician_id, hours_tenths))
    if not wanted:
        return
    others = contrary(filing, technician_id, hours_tenths)
    if any(each.session_id not in sets_aside for each in others):
        where = "、".join(dict.fromkeys(f"“{each.title}”" for each in others))
        raise RuleError(f"此人同一时间在{where}已计到课，请先核定本人当时在哪里", code="presence_open")
    for each in others:
        if each.credited:
            raise RuleError(_CREDITED.format(each.title), code="credited_elsewhere")
        _set_aside(each, technician_id, remark, actor)
    before = {row.session_id: row.standing for row in _rows(filing, technician_id)}
    stored = presence.store(filing.id, wanted, actor_id=actor.account_id)
    if any(one.standing is not Standing.COUNTED for one in stored):
        raise RuleError("此人的到课刚刚又有变化，请刷新页面后重新裁定", code="presence_open")
    for one in stored:
        was = before.get(one.span.session_id, "")
        if was != Standing.COUNTED.value:
            _note(technician_id, one.span.session_id, was, Standing.COUNTED, remark, actor)
    audit.record(
        "attendance.decide",
        actor=actor,
        object_kind="case",
        object_id=filing.case_id,
        technician_id=technician_id,
        set_aside=len(others),
    )
    db.session.expire_all()


def bear(report: ResultReport, technician_id: int, hours_tenths: int, *, remark: str, actor: Actor) -> None:
    """The same where an officer agrees to corrected hours that were not noted; what is elsewhere lets the row wait."""
    if contrary(report.filing, technician_id, hours_tenths):
        result_holds.hold(report, [technician_id], reason=result_holds.OVERLAP, actor=SYSTEM)
    else:
        recognise(report, technician_id, hours_tenths, sets_aside=(), remark=remark, actor=actor)


def _rows(filing: ActivityFiling, technician_id: int) -> list[Attendance]:
    query = select(Attendance).where(Attendance.filing_id == filing.id, Attendance.technician_id == technician_id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _wanted(filing: ActivityFiling, technician_id: int, hours_tenths: int) -> Iterator[Presence]:
    """The presences that are missing to bear these hours: what is held first, then what nobody noted, then the rest."""
    rows = {row.session_id: row for row in _rows(filing, technician_id)}
    kept = any(row.method != Method.REPORT.value for row in rows.values())
    missing = hours_tenths - presence.counted_hours(filing.id, technician_id)

    def turn(span: Span) -> tuple[int, datetime]:
        row = rows.get(span.session_id)
        standings = [Standing.COUNTED.value, Standing.HELD.value]
        place = 2 if row is None else standings.index(row.standing) if row.standing in standings else 3
        return place, span.starts_at

    for span in sorted((span_of(session) for session in filing.sessions), key=turn):
        row = rows.get(span.session_id)
        has = row.hours_tenths if row is not None and row.standing == Standing.COUNTED.value else 0
        more = min(missing, span.hours_tenths - has)
        if more <= 0:
            continue
        missing -= more
        known = row if row is not None and row.method != Method.REPORT.value else None
        # What was concluded from the list is concluded anew at each release; what was kept is not.
        yield Presence(
            technician_id=technician_id,
            span=span,
            method=Method(known.method) if known is not None else Method.SHEET if kept else Method.REPORT,
            standing=Standing.COUNTED,
            hours_tenths=has + more,
            in_at=known.in_at if known is not None else None,
            out_at=known.out_at if known is not None else None,
            device_key=known.device_key if known is not None else "",
        )


def _set_aside(each: Against, technician_id: int, remark: str, actor: Actor) -> None:
    db.session.execute(
        update(Attendance)
        .where(Attendance.technician_id == technician_id, Attendance.session_id == each.session_id)
        .values(standing=Standing.HELD.value, reason=HeldFor.ELSEWHERE.value)
    )
    _note(technician_id, each.session_id, Standing.COUNTED.value, Standing.HELD, remark, actor)
    other = db.session.scalar(select(ResultReport).where(ResultReport.filing_id == each.filing_id))
    if other is None or other.case.state in result_holds.BEFORE_RELEASE:
        # Whoever enters these results is told by the checks that the hours are more than the attendance.
        return
    if result_holds.hold(other, [technician_id], reason=f"{HeldFor.ELSEWHERE.label}：{remark}", actor=SYSTEM):
        name = registry.names([technician_id])[technician_id]
        notices.tell_region(
            other.case.region_code,
            f"有一人的成绩待裁定：{other.filing.title}",
            f"{name}：经核定，当时在另一活动，这里的到课不再计入。请单独裁定这一行。",
            f"/bureau/disputes/{other.id}",
            permission=Permission.RESULT_REVIEW,
            case_id=other.case_id,
        )


def _note(technician_id: int, session_id: int, was: str, now: Standing, remark: str, actor: Actor) -> None:
    """Officers' decisions stand among the changes of the session, with their author and reason."""
    db.session.execute(
        insert(AttendanceChange),
        [
            {
                "technician_id": technician_id,
                "session_id": session_id,
                "at": clock.now(),
                "actor_id": actor.account_id,
                "actor_name": actor.name,
                "from_mark": was,
                "to_mark": now.value,
                "reason": f"裁定：{remark}"[:200],
            }
        ],
    )

"""Attendance (考勤, arts. 19, 22): who was in which session, kept by the organiser until the results are entered."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from domain.attendance_rules import HeldFor, Method, Standing, spread, window
from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_workflow import IN_FORCE
from domain.roles import SYSTEM, Actor, Permission, Role
from domain.workflows import CaseKind
from models import (
    ActivityFiling,
    ActivitySession,
    Attendance,
    AttendanceChange,
    Case,
    CaseStep,
    ResultReport,
    ResultRow,
    Technician,
    db,
)
from services import audit, cases, clock, discipline, enrolments, filings, policies, registry, result_holds
from services.presence import Presence, span_of, store
from services.result_content import EDITABLE

# --- Reads ------------------------------------------------------------------------------------------------------------


def find_session(filing_id: int, session_id: int, *, seen_by: Actor) -> ActivitySession | None:
    """The session of an activity of this actor's that was approved."""
    filing = filings.find(filing_id, seen_by=seen_by)
    if filing is None or not is_held(filing):
        return None
    return next((session for session in filing.sessions if session.id == session_id), None)


def is_held(filing: ActivityFiling) -> bool:
    """Whether the activity is one that takes place or took place: attendance is a matter of these alone."""
    return filing.case.state in (*IN_FORCE, "completed")


def rows_of(session: ActivitySession) -> dict[int, Attendance]:
    """Who has a row in this session, by person."""
    query = select(Attendance).where(Attendance.session_id == session.id).execution_options(populate_existing=True)
    return {row.technician_id: row for row in db.session.scalars(query)}


def attended(filing: ActivityFiling) -> dict[int, int]:
    """The hours (in tenths) that count for each person whose attendance was kept; empty if none was kept (INV-20).

    Persons who were never there stand with 0. What was only concluded from reported results is not attendance kept.
    """
    query = select(Attendance.technician_id, Attendance.standing, func.sum(Attendance.hours_tenths)).where(
        Attendance.filing_id == filing.id, Attendance.method != Method.REPORT.value
    )
    hours: dict[int, int] = {}
    for person, standing, tenths in db.session.execute(query.group_by(Attendance.technician_id, Attendance.standing)):
        hours[person] = hours.get(person, 0) + (int(tenths) if standing == Standing.COUNTED.value else 0)
    return hours


@dataclass(frozen=True, kw_only=True)
class Summed:
    """What attendance says of one person in one activity, for the results."""

    technician_id: int
    name: str
    hours_tenths: int
    counted: int
    held: int
    breach: bool


def summary(filing: ActivityFiling) -> list[Summed]:
    """Everybody enrolled or met in a session, in the order of the sign-in sheet; breach: a serious discipline event."""
    hours, sessions = attended(filing), _sessions_by_standing(filing)
    people = enrolments.participants(filing)
    people += sorted(set(hours) - set(people))
    names, breached = registry.names(people), discipline.serious(filing)
    return [
        Summed(
            technician_id=person,
            name=names[person],
            hours_tenths=hours.get(person, 0),
            counted=sessions.get((person, Standing.COUNTED.value), 0),
            held=sessions.get((person, Standing.HELD.value), 0),
            breach=person in breached,
        )
        for person in people
    ]


def _sessions_by_standing(filing: ActivityFiling) -> dict[tuple[int, str], int]:
    query = (
        select(Attendance.technician_id, Attendance.standing, func.count())
        .where(Attendance.filing_id == filing.id, Attendance.method != Method.REPORT.value)
        .group_by(Attendance.technician_id, Attendance.standing)
    )
    return {(person, standing): number for person, standing, number in db.session.execute(query)}


def changes_of(session: ActivitySession) -> list[tuple[AttendanceChange, str]]:
    """What the organiser noted and corrected in this session, newest first, with the person's name."""
    query = (
        select(AttendanceChange, Technician.name)
        .join(Technician, Technician.id == AttendanceChange.technician_id)
        .where(AttendanceChange.session_id == session.id)
        .order_by(AttendanceChange.at.desc(), AttendanceChange.id.desc())
        .limit(200)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def why_closed(session: ActivitySession, filing: ActivityFiling) -> str | None:
    """Why attendance of this session cannot be written now; None if it can."""
    if filing.case.state not in IN_FORCE:
        return f"活动当前为“{cases.state_of(filing.case).label}”，考勤不能修改。"
    opens, _ = window(span_of(session), int(policies.active_policy().figure("checkin.window_minutes")))
    if clock.now() < opens:
        return "课次还没有开始，签到开放后才能登记考勤。"
    state = db.session.scalar(
        select(Case.state)
        .join(ResultReport, ResultReport.case_id == Case.id)
        .where(ResultReport.filing_id == filing.id)
    )
    if state is not None and state not in EDITABLE:
        return "成绩已经提交，考勤不能再修改；确有错误的，请退回成绩后修改，已入账的申请更正。"
    return None


# --- Keeping attendance -----------------------------------------------------------------------------------------------


def check_open(session: ActivitySession, filing: ActivityFiling, actor: Actor) -> None:
    """Hold the results still while attendance changes; raises NotAllowed or RuleError when it may not change."""
    own = actor.organization_id == filing.organization_id and actor.can(Permission.RESULT_WRITE)
    if not own and actor.role not in (Role.SYSTEM, Role.TECHNICIAN):
        raise NotAllowed("只有举办单位的经办人可以登记考勤")
    # Whoever enters the results meanwhile waits for this lock.
    db.session.execute(
        select(Case.id)
        .join(ResultReport, ResultReport.case_id == Case.id)
        .where(ResultReport.filing_id == filing.id)
        .with_for_update()
    )
    reason = why_closed(session, filing)
    if reason is not None:
        raise RuleError(reason, code="attendance_closed")


@dataclass(frozen=True, kw_only=True)
class Noted:
    """What a note of attendance did: how many are counted now, and whose presence clashes with another."""

    counted: int
    absent: int
    excused: int
    clashing: tuple[int, ...]


def note(
    session: ActivitySession,
    filing: ActivityFiling,
    marks: Mapping[int, Standing],
    *,
    actor: Actor,
    reason: str = "",
    method: Method = Method.SHEET,
) -> Noted:
    """The organiser says who was there, absent or excused; every change of a person's row is kept with its author.

    Only participants can be marked. Somebody who checked in keeps the times. Raises NotAllowed or RuleError.
    """
    check_open(session, filing, actor)
    strangers = set(marks) - set(enrolments.participants(filing))
    before = rows_of(session)
    if strangers - set(before):
        raise RuleError("名单中有未报名的人员，请先登记参训人员", code="not_enrolled")
    if Standing.HELD in marks.values():
        raise WrongState("登记", Standing.HELD.label)
    span, wanted = span_of(session), []
    for person, standing in marks.items():
        row = before.get(person)
        wanted.append(
            Presence(
                technician_id=person,
                span=span,
                method=Method(row.method) if row is not None and row.in_at is not None else method,
                standing=standing,
                hours_tenths=span.hours_tenths,
                in_at=row.in_at if row is not None else None,
                out_at=row.out_at if row is not None else None,
                device_key=row.device_key if row is not None else "",
            )
        )
    stored = store(filing.id, wanted, actor_id=actor.account_id)
    _keep_changes(session, before, stored, reason, actor)
    audit.record("attendance.note", actor=actor, object_kind="case", object_id=filing.case_id, persons=len(marks))
    db.session.expire_all()
    return Noted(
        counted=sum(each.standing is Standing.COUNTED for each in stored),
        absent=sum(each.standing is Standing.ABSENT for each in stored),
        excused=sum(each.standing is Standing.EXCUSED for each in stored),
        clashing=tuple(each.technician_id for each in stored if each.standing is Standing.HELD),
    )


def _keep_changes(
    session: ActivitySession, before: Mapping[int, Attendance], stored: list[Presence], reason: str, actor: Actor
) -> None:
    rows = [
        {
            "technician_id": each.technician_id,
            "session_id": session.id,
            "at": clock.now(),
            "actor_id": actor.account_id,
            "actor_name": actor.name,
            "from_mark": was,
            "to_mark": each.standing.value,
            "reason": reason,
        }
        for each in stored
        if (was := before[each.technician_id].standing if each.technician_id in before else "") != each.standing.value
    ]
    if rows:
        db.session.execute(insert(AttendanceChange), rows)


# --- What follows from results ----------------------------------------------------------------------------------------


@cases.effect(CaseKind.RESULT_REPORT, "release")
def _conclude(case: Case, _step: CaseStep, _actor: Actor, **_inputs: object) -> None:
    record_from_results(db.session.scalars(select(ResultReport).where(ResultReport.case_id == case.id)).one())


def record_from_results(report: ResultReport) -> None:
    """Where no attendance was kept, results say who was there: full hours all sessions, fewer the first ones (P-05).

    Whose presence clashes with another is held, and the person's result waits. Done anew at each release.
    """
    filing = report.filing
    db.session.execute(
        delete(Attendance).where(Attendance.filing_id == filing.id, Attendance.method == Method.REPORT.value)
    )
    kept = attended(filing)
    spans = {session.id: span_of(session) for session in filing.sessions}
    rows = db.session.execute(
        select(ResultRow.technician_id, ResultRow.hours_tenths).where(
            ResultRow.report_id == report.id, ResultRow.hours_tenths > 0
        )
    ).all()
    presences = [
        Presence(
            technician_id=row.technician_id,
            span=spans[session_id],
            method=Method.REPORT,
            standing=Standing.COUNTED,
            hours_tenths=hours,
        )
        for row in rows
        if row.technician_id not in kept
        for session_id, hours in spread(row.hours_tenths, spans.values()).items()
    ]
    stored = store(filing.id, presences, actor_id=None)
    clashing = {each.technician_id for each in stored if each.standing is Standing.HELD}
    if clashing:
        result_holds.hold(report, sorted(clashing), reason=result_holds.OVERLAP, actor=SYSTEM)
    db.session.expire_all()


def set_aside(filing: ActivityFiling, technician_ids: list[int]) -> None:
    """The presences of persons whose credits of this activity were taken back stand against no others (P-05)."""
    for part in registry.chunks(technician_ids):
        db.session.execute(
            update(Attendance)
            .where(
                Attendance.filing_id == filing.id,
                Attendance.technician_id.in_(part),
                Attendance.standing == Standing.COUNTED.value,
            )
            .values(standing=Standing.HELD.value, reason=HeldFor.REVERSED.value)
        )

"""All that results are checked against, read for the whole list at once: set-based, so that 10,000 rows stay quick."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from domain.attendance_rules import Method, Span, Standing, spread
from domain.filing_conflicts import capacity_of
from domain.periods import china_date, start_of_china_day
from domain.result_check_facts import Facts, Participant, Presence, Status, Teaching
from domain.result_check_rules import ALIKE, SAME, TIME
from domain.result_rows import Outcome
from domain.result_standing import StatusKind
from models import (
    ActivityFiling,
    ActivitySession,
    Attendance,
    Case,
    Employment,
    FilingTeacher,
    IdentityKey,
    Organization,
    ResultReport,
    ResultRow,
    SkillCertificate,
    StatusListEntry,
    db,
)
from services import attendance, clock, discipline, evidence_pieces, policies, result_content, venues
from services.calendar import working_calendar

_OWN_STAFF = "F3"
# Lists whose presences no attendance shows yet: it is concluded from a list when that is released.
_UNRELEASED = ("draft", "entered", "supplement")
_TAKES_PLACE = ("approved", "completed")
_EARLIER = 3
_SAME_FILE, _SAME_LOOK = "同一文件", "几乎相同"


def of(report: ResultReport) -> Facts:
    """The facts of one report as they are stored now."""
    filing, policy = report.filing, policies.active_policy()
    days = [session.on for session in filing.sessions]
    most, per_device = policy.figures.get("hour.max_per_day"), policy.figures.get("checkin.people_per_device")
    within = int(policy.figure("roster.post_within_workdays"))
    due = working_calendar().add_working_days(max(days), within)
    return Facts(
        first=min(days),
        last=max(days),
        people=_people(report),
        quota=filing.quota,
        rooms=sorted({(each.place, holds) for each in filing.sessions if (holds := capacity_of(each.place))}),
        teaching=_teaching(filing),
        teaching_elsewhere=_teaching_elsewhere(filing),
        earlier_classes=_earlier_classes(report),
        picture_doubts=_picture_doubts(report),
        devices=_devices(filing),
        far=venues.far_from(filing),
        most_per_device=int(per_device) if per_device is not None else 1,
        late_workdays=working_calendar().working_days_between(due, _released_on(report)),
        due=due,
        contest=result_content.plan_of(filing).contest,
        most_per_day_tenths=None if most is None or most.value is None else int(most.value * 10),
    )


def _released_on(report: ResultReport) -> date:
    released = [step.at for step in report.case.steps if step.action == "release"]
    return china_date(released[0]) if released else clock.today()


# --- Persons ----------------------------------------------------------------------------------------------------------


def _people(report: ResultReport) -> list[Participant]:
    filing = report.filing
    rows = db.session.execute(
        select(
            ResultRow.technician_id,
            ResultRow.name,
            ResultRow.hours_tenths,
            ResultRow.outcome,
            ResultRow.score_tenths,
            ResultRow.event,
            ResultRow.rank,
        )
        .where(ResultRow.report_id == report.id)
        .order_by(ResultRow.position)
    ).all()
    spans = [_span(session) for session in filing.sessions]
    kept, here = attendance.attended(filing), _counted_here(filing)
    elsewhere, statuses, certified = _elsewhere(report), _statuses(report), _first_certificates(report)
    staff, units, serious = _staff(report), _units(report), discipline.serious(filing)
    return [
        Participant(
            technician_id=row.technician_id,
            name=row.name,
            hours_tenths=row.hours_tenths,
            outcome=Outcome(row.outcome),
            score_tenths=row.score_tenths,
            here=here.get(row.technician_id) or _presences(row.hours_tenths, spans),
            elsewhere=tuple(elsewhere.get(row.technician_id, ())),
            statuses=tuple(statuses.get(row.technician_id, ())),
            on_staff=None if staff is None else row.technician_id in staff,
            units=tuple(units.get(row.technician_id, ())),
            first_certificate=certified.get(row.technician_id),
            attended_tenths=kept.get(row.technician_id, 0) if kept else None,
            serious_breach=row.technician_id in serious,
            event=row.event,
            rank=row.rank,
        )
        for row in rows
    ]


def _span(session: ActivitySession) -> Span:
    return Span(
        session_id=session.id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        hours_tenths=session.hours_tenths,
    )


def _presences(hours_tenths: int, spans: Iterable[Span], where: str = "") -> tuple[Presence, ...]:
    """Hours laid on the sessions, as attendance does where none was kept."""
    by_id = {span.session_id: span for span in spans}
    return tuple(
        Presence(
            on=china_date(by_id[session_id].starts_at),
            starts_at=by_id[session_id].starts_at,
            ends_at=by_id[session_id].ends_at,
            hours_tenths=given,
            where=where,
        )
        for session_id, given in spread(hours_tenths, by_id.values()).items()
    )


def _counted_here(filing: ActivityFiling) -> dict[int, tuple[Presence, ...]]:
    """When the persons whose attendance was kept were there."""
    rows = db.session.execute(
        select(Attendance.technician_id, Attendance.starts_at, Attendance.ends_at, Attendance.hours_tenths).where(
            Attendance.filing_id == filing.id,
            Attendance.standing == Standing.COUNTED.value,
            Attendance.method != Method.REPORT.value,
        )
    )
    found: dict[int, list[Presence]] = defaultdict(list)
    for row in rows:
        found[row.technician_id].append(_presence(row.starts_at, row.ends_at, row.hours_tenths))
    return {person: tuple(presences) for person, presences in found.items()}


def _presence(starts_at: datetime, ends_at: datetime, hours_tenths: int, where: str = "") -> Presence:
    return Presence(
        on=china_date(starts_at), starts_at=starts_at, ends_at=ends_at, hours_tenths=hours_tenths, where=where
    )


def _elsewhere(report: ResultReport) -> dict[int, list[Presence]]:
    """When these persons were in activities of anybody else on the class days, or are reported to have been."""
    filing = report.filing
    days = [session.on for session in filing.sessions]
    since, until = start_of_china_day(min(days)), start_of_china_day(max(days) + timedelta(days=1))
    found: dict[int, list[Presence]] = defaultdict(list)
    for row in db.session.execute(
        select(
            Attendance.technician_id,
            Attendance.starts_at,
            Attendance.ends_at,
            Attendance.hours_tenths,
            ActivityFiling.title,
            Organization.name,
        )
        .join(ResultRow, ResultRow.technician_id == Attendance.technician_id)
        .join(ActivityFiling, ActivityFiling.id == Attendance.filing_id)
        .join(Organization, Organization.id == ActivityFiling.organization_id)
        .where(
            ResultRow.report_id == report.id,
            ResultRow.hours_tenths > 0,
            Attendance.filing_id != filing.id,
            Attendance.standing == Standing.COUNTED.value,
            Attendance.starts_at < until,
            Attendance.ends_at > since,
        )
        .order_by(Attendance.starts_at)
    ):
        where = _named(row.title, row.name)
        found[row.technician_id].append(_presence(row.starts_at, row.ends_at, row.hours_tenths, where))
    _add_unreleased(report, found)
    return found


def _named(title: str, organization: str) -> str:
    return f"“{title}”（{organization}）"


def _add_unreleased(report: ResultReport, found: dict[int, list[Presence]]) -> None:
    """What other lists say that nobody has released yet; who has attendance there was found already."""
    filing, their = report.filing, aliased(ResultRow)
    rows = db.session.execute(
        select(their.technician_id, their.hours_tenths, ActivityFiling.id, ActivityFiling.title, Organization.name)
        .join(ResultRow, ResultRow.technician_id == their.technician_id)
        .join(ResultReport, ResultReport.id == their.report_id)
        .join(Case, Case.id == ResultReport.case_id)
        .join(ActivityFiling, ActivityFiling.id == ResultReport.filing_id)
        .join(Organization, Organization.id == ActivityFiling.organization_id)
        .where(
            ResultRow.report_id == report.id,
            ResultRow.hours_tenths > 0,
            their.report_id != report.id,
            their.hours_tenths > 0,
            Case.state.in_(_UNRELEASED),
            ActivityFiling.starts_on <= filing.ends_on,
            ActivityFiling.ends_on >= filing.starts_on,
        )
    ).all()
    if not rows:
        return
    spans: dict[int, list[Span]] = defaultdict(list)
    for session in db.session.scalars(
        select(ActivitySession).where(ActivitySession.filing_id.in_({row.id for row in rows}))
    ):
        spans[session.filing_id].append(_span(session))
    days = {session.on for session in filing.sessions}
    for row in rows:
        where, known = _named(row.title, row.name), found[row.technician_id]
        seen = {(each.where, each.starts_at) for each in known}
        known += [
            each
            for each in _presences(row.hours_tenths, spans[row.id], where)
            if each.on in days and (where, each.starts_at) not in seen
        ]


def _statuses(report: ResultReport) -> dict[int, list[Status]]:
    found: dict[int, list[Status]] = defaultdict(list)
    for row in db.session.execute(
        select(ResultRow.technician_id, StatusListEntry.kind, StatusListEntry.since_on, StatusListEntry.until_on)
        .join(IdentityKey, IdentityKey.technician_id == ResultRow.technician_id)
        .join(StatusListEntry, StatusListEntry.blind_index == IdentityKey.blind_index)
        .where(ResultRow.report_id == report.id)
    ):
        found[row.technician_id].append(Status(kind=StatusKind(row.kind), since=row.since_on, until=row.until_on))
    return found


def _first_certificates(report: ResultReport) -> dict[int, date]:
    rows = db.session.execute(
        select(ResultRow.technician_id, func.min(SkillCertificate.issued_on))
        .join(SkillCertificate, SkillCertificate.technician_id == ResultRow.technician_id)
        .where(ResultRow.report_id == report.id)
        .group_by(ResultRow.technician_id)
    )
    return {technician_id: issued_on for technician_id, issued_on in rows}


def _staff(report: ResultReport) -> set[int] | None:
    """Of an employer's own activity the participants who worked there on some class day; None of any other.

    Whoever was entered on the staff list after the class, or denies to work there, is none of them.
    """
    filing = report.filing
    if filing.form != _OWN_STAFF:
        return None
    query = (
        select(ResultRow.technician_id)
        .join(Employment, Employment.technician_id == ResultRow.technician_id)
        .where(
            ResultRow.report_id == report.id,
            Employment.organization_id == filing.organization_id,
            Employment.state != "refused",
            Employment.started_on <= filing.ends_on,
            (Employment.ended_on.is_(None)) | (Employment.ended_on >= filing.starts_on),
        )
    )
    return set(db.session.scalars(query))


def _units(report: ResultReport) -> dict[int, list[str]]:
    """Where those participants work who are called like a teacher of the class."""
    names = {teacher.name for teacher in report.filing.teachers}
    found: dict[int, list[str]] = defaultdict(list)
    for technician_id, unit in db.session.execute(
        select(ResultRow.technician_id, Organization.name)
        .join(Employment, Employment.technician_id == ResultRow.technician_id)
        .join(Organization, Organization.id == Employment.organization_id)
        .where(ResultRow.report_id == report.id, ResultRow.name.in_(names), Employment.state != "refused")
    ):
        found[technician_id].append(unit)
    return found


# --- The class --------------------------------------------------------------------------------------------------------


def _teaching(filing: ActivityFiling) -> list[Teaching]:
    teachers = {teacher.position: teacher for teacher in filing.teachers}
    return [
        Teaching(name=teacher.name, unit=teacher.unit, starts_at=session.starts_at, ends_at=session.ends_at)
        for session in filing.sessions
        if (teacher := teachers.get(session.teacher_position or 0)) is not None
    ]


def _teaching_elsewhere(filing: ActivityFiling) -> list[Teaching]:
    """Sessions of other activities on these days, with teachers of the same names."""
    rows = db.session.execute(
        select(
            FilingTeacher.name,
            FilingTeacher.unit,
            ActivitySession.starts_at,
            ActivitySession.ends_at,
            ActivityFiling.title,
            Organization.name.label("organization"),
        )
        .join(ActivitySession, ActivitySession.filing_id == FilingTeacher.filing_id)
        .join(ActivityFiling, ActivityFiling.id == FilingTeacher.filing_id)
        .join(Case, Case.id == ActivityFiling.case_id)
        .join(Organization, Organization.id == ActivityFiling.organization_id)
        .where(
            ActivitySession.teacher_position == FilingTeacher.position,
            ActivitySession.on.in_({session.on for session in filing.sessions}),
            FilingTeacher.name.in_({teacher.name for teacher in filing.teachers}),
            FilingTeacher.filing_id != filing.id,
            Case.state.in_(_TAKES_PLACE),
        )
    )
    return [
        Teaching(
            name=row.name,
            unit=row.unit,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            where=_named(row.title, row.organization),
        )
        for row in rows
    ]


def _earlier_classes(report: ResultReport) -> list[frozenset[int]]:
    """Who was in the last lists of the same organiser, the newest first."""
    filing = report.filing
    before = db.session.scalars(
        select(ResultReport.id)
        .join(ActivityFiling, ActivityFiling.id == ResultReport.filing_id)
        .join(Case, Case.id == ResultReport.case_id)
        .where(
            ActivityFiling.organization_id == filing.organization_id,
            ActivityFiling.ends_on < filing.starts_on,
            Case.submitted_at.is_not(None),
        )
        .order_by(ActivityFiling.ends_on.desc())
        .limit(_EARLIER)
    ).all()
    people: dict[int, set[int]] = {report_id: set() for report_id in before}
    for report_id, technician_id in db.session.execute(
        select(ResultRow.report_id, ResultRow.technician_id).where(
            ResultRow.report_id.in_(before), ResultRow.hours_tenths > 0
        )
    ):
        people[report_id].add(technician_id)
    return [frozenset(people[report_id]) for report_id in before]


def _picture_doubts(report: ResultReport) -> list[tuple[str, str]]:
    return [
        (SAME if _SAME_FILE in doubt else ALIKE if _SAME_LOOK in doubt else TIME, f"{piece.name}：{doubt}")
        for piece in evidence_pieces.pieces(report)
        for doubt in piece.doubts
    ]


def _devices(filing: ActivityFiling) -> list[tuple[str, ...]]:
    """Who checked in on one device, session by session; the widest use of each device."""
    used: dict[tuple[int, str], list[str]] = defaultdict(list)
    for row in db.session.execute(
        select(Attendance.session_id, Attendance.device_key, ResultRow.name)
        .join(ResultReport, ResultReport.filing_id == Attendance.filing_id)
        .join(
            ResultRow,
            (ResultRow.report_id == ResultReport.id) & (ResultRow.technician_id == Attendance.technician_id),
        )
        .where(Attendance.filing_id == filing.id, Attendance.device_key != "")
        .order_by(ResultRow.position)
    ):
        used[row.session_id, row.device_key].append(row.name)
    widest: dict[str, list[str]] = {}
    for (_, device), names in used.items():
        if len(names) > len(widest.get(device, ())):
            widest[device] = names
    return [tuple(names) for names in widest.values()]

"""What a filing collides with in the whole city (INV-10, P-05), told to its organiser and to the officer.

An organiser learns of another organisation's activity only what the public calendar shows; drafts are nobody's.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from domain.enrolment_rules import HOLDS_PLACE
from domain.errors import RuleError
from domain.filing_conflicts import Booking, Conflict, Kind, conflicts, shared_people
from domain.filing_content import FilingContent, Session, Teacher
from domain.filing_parse import Parsed, Problem
from domain.filing_review import Finding
from domain.filing_rules import FilingFigures
from domain.filing_workflow import IN_FORCE
from domain.public_activities import without_numbers
from models import ActivityFiling, ActivitySession, Case, Employment, Enrolment, FilingTeacher, Organization, db
from services import numbers

_IN_HOUSE = "F3"
# Activities that take place or did; and those that will if the bureau agrees.
_FIRM = (*IN_FORCE, "completed")
_LIVE = ("co_confirm", "submitted", "supplement", *_FIRM)
_FIELDS = {Kind.TEACHER: "teacher", Kind.NAMESAKE: "teacher", Kind.PLACE: "place", Kind.DAY: "teacher"}
_FIELDS |= {Kind.ROOM: "place", Kind.PEOPLE: "on", Kind.PERSON: "on"}
_LABELS = {
    Kind.TEACHER: "教师冲突",
    Kind.NAMESAKE: "教师同名",
    Kind.PLACE: "地点冲突",
    Kind.DAY: "教师学时",
    Kind.ROOM: "场地容量",
    Kind.PEOPLE: "参加人数",
    Kind.PERSON: "同时报名",
}


class DoubleBooked(RuleError):
    """A teacher or a room is taken by an activity that the bureau has agreed to."""

    code = "double_booked"


def problems(filing: ActivityFiling, parsed: Parsed, figures: FilingFigures) -> list[Problem]:
    """What the organiser is told of a draft: what must be changed, and what to look at."""
    quota = parsed.people.quota if parsed.people else None
    return [
        Problem(
            section="sessions",
            field=f"rows-{parsed.session_rows[one.session]}-{_FIELDS[one.kind]}",
            message=one.message,
            hint=not one.blocks,
        )
        for one in _found(filing, parsed.sessions or (), parsed.teachers or (), quota, figures, everybody=False)
    ]


def findings(filing: ActivityFiling, content: FilingContent, figures: FilingFigures) -> list[Finding]:
    """What the officer is shown: also what collides with filings nobody has decided on yet."""
    found = _found(filing, content.sessions, content.teachers, content.people.quota, figures, everybody=True)
    told = [Finding(label=_LABELS[one.kind], ok=False, detail=one.message) for one in found]
    return told or [Finding(label="时间冲突", ok=True, detail="与全市其他活动的教师、地点没有冲突")]


def refuse_double_booking(filing: ActivityFiling, content: FilingContent, figures: FilingFigures) -> None:
    """Raise DoubleBooked where a teacher or a room of this content is taken by what the bureau has agreed to.

    Those who agree at the same moment wait for each other here until the first has committed, and then see it: the
    second of two filings is refused.
    """
    numbers.next_in("agreed-activities")
    sessions, teachers = content.sessions, content.teachers
    taken = [
        one
        for one in _found(filing, sessions, teachers, content.people.quota, figures, everybody=True, firm=True)
        if one.blocks and one.with_filing is not None
    ]
    if taken:
        raise DoubleBooked("；".join(one.message for one in taken[:3]) + "。请先由举办单位调整")


def _found(
    filing: ActivityFiling,
    sessions: Sequence[Session],
    teachers: Sequence[Teacher],
    quota: int | None,
    figures: FilingFigures,
    *,
    everybody: bool,
    firm: bool = False,
) -> list[Conflict]:
    if not sessions:
        return []
    bookings = [one for one, _ in _bookings(filing, _sessions(), sessions, everybody=everybody, firm=firm)]
    staff = _staff(filing.organization_id) if filing.form == _IN_HOUSE else None
    found = conflicts(sessions, teachers, bookings, quota=quota, most_per_day=figures.most_per_day, staff=staff)
    if not firm and filing.case.state in IN_FORCE:
        found += shared_people(sessions, _presences(filing, sessions))
    return found


def _sessions() -> Select[*tuple[Any, ...]]:
    """The sessions of activities as rows."""
    return (
        select(
            ActivitySession.filing_id,
            ActivitySession.on,
            ActivitySession.starts_at,
            ActivitySession.ends_at,
            ActivitySession.hours_tenths,
            ActivitySession.place,
            ActivityFiling.title,
            ActivityFiling.form,
            ActivityFiling.quota,
            ActivityFiling.organization_id,
            Organization.name.label("organizer"),
            Case.state,
            FilingTeacher.name.label("teacher"),
            FilingTeacher.unit,
        )
        .select_from(ActivitySession)
        .join(ActivityFiling, ActivityFiling.id == ActivitySession.filing_id)
        .join(Case, Case.id == ActivityFiling.case_id)
        .join(Organization, Organization.id == ActivityFiling.organization_id)
        .outerjoin(
            FilingTeacher,
            (FilingTeacher.filing_id == ActivitySession.filing_id)
            & (FilingTeacher.position == ActivitySession.teacher_position),
        )
    )


def _bookings(
    filing: ActivityFiling, rows: Select[*tuple[Any, ...]], sessions: Sequence[Session], *, everybody: bool, firm: bool
) -> list[tuple[Booking, Any]]:
    """The rows of other activities on the days of these sessions, by the index of days, and the row of each.

    `everybody`: also those of other organisations that are not public yet; `firm`: only what was agreed to.
    """
    own = ActivityFiling.organization_id == filing.organization_id
    states = _FIRM if firm else _LIVE
    known = Case.state.in_(states) if everybody else or_(Case.state.in_(_FIRM), own & Case.state.in_(states))
    days = sorted({session.on for session in sessions})
    query = rows.where(ActivitySession.on.in_(days), ActivitySession.filing_id != filing.id, known)
    found = []
    for row in db.session.execute(query):
        is_own = row.organization_id == filing.organization_id
        booking = Booking(
            filing_id=row.filing_id,
            title=row.title,
            organizer=row.organizer,
            own=is_own,
            firm=row.state in _FIRM,
            in_house=row.form == _IN_HOUSE,
            quota=row.quota or 0,
            on=row.on,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            hours=Decimal(row.hours_tenths) / 10,
            place=row.place,
            teacher=row.teacher or "",
            unit=row.unit or "",
        )
        found.append((booking if everybody or is_own else _public(booking), row))
    return found


def _presences(filing: ActivityFiling, sessions: Sequence[Session]) -> list[tuple[int, Booking]]:
    """Who has a place here and in another activity on these days, with the sessions of the other one."""
    here, there = aliased(Enrolment), aliased(Enrolment)
    held = [state.value for state in HOLDS_PLACE]
    rows = (
        _sessions()
        .add_columns(there.technician_id)
        .join(there, (there.filing_id == ActivitySession.filing_id) & there.state.in_(held))
        .join(here, (here.technician_id == there.technician_id) & (here.filing_id == filing.id) & here.state.in_(held))
    )
    bookings = _bookings(filing, rows, sessions, everybody=False, firm=False)
    return [(row.technician_id, booking) for booking, row in bookings]


def _public(booking: Booking) -> Booking:
    """Another organisation's activity as the public calendar shows it."""
    return replace(booking, title=without_numbers(booking.title), place=without_numbers(booking.place))


def _staff(organization_id: int) -> int:
    query = select(func.count(func.distinct(Employment.technician_id))).where(
        Employment.organization_id == organization_id, Employment.state != "refused", Employment.ended_on.is_(None)
    )
    return db.session.scalar(query) or 0

"""Changing an activity the bureau has approved (D11, D12): what may change, until when, and how it is told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from domain.filing_changes import Difference
from domain.filing_content import FilingContent, Session, Teacher
from domain.filing_draft import to_draft
from domain.filing_parse import Parsed, Problem
from domain.filing_rules import starts_at
from domain.periods import CHINA, WorkingCalendar, say_date

# The sections of a filing in which a change may say something else.
SECTIONS = ("basics", "subjects", "teachers", "sessions", "people")


@dataclass(frozen=True, kw_only=True)
class ChangeFigures:
    """`lead_days` before a session after which it stays as it is; `quota_share` more people than were approved."""

    lead_days: int
    quota_share: Fraction


def first_free_day(now: datetime, figures: ChangeFigures) -> date:
    """The first day whose sessions may still be changed."""
    return now.astimezone(CHINA).date() + timedelta(days=figures.lead_days)


def is_fixed(session: Session, now: datetime, figures: ChangeFigures) -> bool:
    """Whether a session was held, or is too near to be changed."""
    return session.on < first_free_day(now, figures) or starts_at(session) <= now


def first_words(content: FilingContent, now: datetime, figures: ChangeFigures) -> dict[str, Any]:
    """What the page of a change shows at first: the words of what is in force, without the sessions that are fixed."""
    written = to_draft(content)
    rows = [
        row
        for row, session in zip(written["sessions"]["rows"], content.sessions, strict=True)
        if not is_fixed(session, now, figures)
    ]
    return {
        "reason": "",
        "place": content.basics.place,
        "quota": str(content.people.quota),
        "subjects": [row["hours"] for row in written["subjects"]["rows"]],
        "teachers": written["teachers"]["rows"],
        "sessions": rows,
    }


def as_draft(words: Mapping[str, Any], content: FilingContent, now: datetime, figures: ChangeFigures) -> dict[str, Any]:
    """The sections as a clerk would have typed them had the filing said so from the beginning.

    The sessions that are fixed come first, with their own place, which a new place of the activity does not move.
    """
    written = to_draft(content)
    fixed = [
        {**row, "place": session.place}
        for row, session in zip(written["sessions"]["rows"], content.sessions, strict=True)
        if is_fixed(session, now, figures)
    ]
    hours = list(words.get("subjects", []))
    lines = written["subjects"]["rows"]
    return {
        "basics": {**written["basics"], "place": words.get("place", "")},
        "subjects": {"rows": [{**row, "hours": typed} for row, typed in zip(lines, hours, strict=False)]},
        "teachers": {"rows": list(words.get("teachers", []))},
        "sessions": {"rows": [*fixed, *words.get("sessions", [])]},
        "people": {**written["people"], "quota": words.get("quota", "")},
    }


def proposed(content: FilingContent, parsed: Parsed) -> FilingContent | None:
    """What is in force with what the words say otherwise; None while they cannot be read."""
    basics, people = parsed.basics, parsed.people
    if basics is None or people is None or parsed.subjects is None or not parsed.sessions or parsed.teachers is None:
        return None
    return replace(
        content,
        basics=replace(content.basics, place=basics.place),
        people=replace(content.people, quota=people.quota),
        subjects=parsed.subjects,
        teachers=parsed.teachers,
        sessions=parsed.sessions,
    )


# --- What may change --------------------------------------------------------------------------------------------------


def most_people(approved: int, figures: ChangeFigures) -> int:
    """How many people a change may ask for at most."""
    return floor(approved * (1 + figures.quota_share))


def check_change(
    old: FilingContent,
    new: FilingContent,
    figures: ChangeFigures,
    *,
    now: datetime,
    approved_quota: int,
    enrolled: int,
    rows: Sequence[int] = (),
) -> list[Problem]:
    """What stands against this change; `approved_quota` is the one of the filing itself, before any change.

    `rows` are the rows on the page of the new sessions.
    """
    found = []
    free = first_free_day(now, figures)
    before, after = _told(old), _told(new)
    places = {session: row for session, row in zip(after, rows, strict=False)}
    for key, session in before.items():
        if key not in after and is_fixed(session, now, figures):
            held = starts_at(session) <= now
            said = "已经上过" if held else f"临近，须在课次 {figures.lead_days} 天前申请"
            found.append(_wrong("sessions", "", f"{session.label}的课次{said}，不能变更"))
    for key, session in after.items():
        if key not in before and session.on < free:
            row = places.get(key)
            field = f"rows-{row}-on" if row is not None else ""
            found.append(_wrong("sessions", field, f"{session.label}：最早可改到 {say_date(free)}，请换一个日期"))
    quota, most = new.people.quota, most_people(approved_quota, figures)
    if quota > most and quota > old.people.quota:
        message = f"备案时为 {approved_quota} 人，变更后最多 {most} 人；需要更多人参加的，请另行备案"
        found.append(_wrong("people", "quota", message))
    if quota < enrolled and quota < old.people.quota:
        found.append(_wrong("people", "quota", f"已有 {enrolled} 人报名，计划人数不能少于 {enrolled} 人"))
    if old == new:
        found.append(_wrong("basics", "", "没有修改任何内容"))
    return found


def _wrong(section: str, field: str, message: str) -> Problem:
    return Problem(section=section, field=field, message=message)


_Key = tuple[Any, ...]


def _told(content: FilingContent) -> dict[_Key, Session]:
    """The sessions by everything they say, the teacher by name and unit: the number in the list may move."""
    return {(*_without_teacher(session), _person(content.teachers, session)): session for session in content.sessions}


def _without_teacher(session: Session) -> _Key:
    return tuple(vars(replace(session, teacher=0)).items())


def _person(teachers: Sequence[Teacher], session: Session) -> tuple[str, str]:
    if not 0 < session.teacher <= len(teachers):
        return "", ""
    return teachers[session.teacher - 1].name, teachers[session.teacher - 1].unit


def first_touched(old: FilingContent, new: FilingContent) -> datetime | None:
    """When the first session begins that the change moves, adds or takes away; None if it touches no session."""
    before, after = _told(old), _told(new)
    touched = [session for key, session in before.items() if key not in after]
    touched += [session for key, session in after.items() if key not in before]
    return min((starts_at(session) for session in touched), default=None)


def is_small(old: FilingContent, new: FilingContent) -> bool:
    """Whether time, hours and number of people stay, so that only place, teacher and topic differ."""

    def lasting(content: FilingContent) -> tuple[Any, ...]:
        times = tuple((one.on, one.half, one.starts, one.ends, one.hours) for one in content.sessions)
        return times, content.subjects, content.people.quota

    return lasting(old) == lasting(new)


# --- Postponing -------------------------------------------------------------------------------------------------------


def moved(rows: Iterable[Mapping[str, Any]], first: date, calendar: WorkingCalendar | None) -> list[dict[str, Any]]:
    """The rows of sessions moved so that the first day is this one.

    The days between stay; with a calendar only working days are taken, and as many working days lie between.
    """
    listed = list(rows)
    days = sorted({date.fromisoformat(str(row["on"])) for row in listed})
    new: dict[date, date] = {}
    for before, day in zip([None, *days], days, strict=False):
        if before is None:
            new[day] = first if calendar is None else calendar.next_working_day(first)
        elif calendar is None:
            new[day] = new[before] + (day - before)
        else:
            new[day] = calendar.add_working_days(new[before], max(calendar.working_days_between(before, day), 1))
    return [{**row, "on": new[date.fromisoformat(str(row["on"]))].isoformat()} for row in listed]


# --- Told in words ----------------------------------------------------------------------------------------------------

_OF_NO_CONCERN = ("subjects", "people")


def in_words(changes: Iterable[Difference], *, most: int = 8) -> str:
    """What the participants need to know: old and new of time, place and teacher."""
    said = []
    for change in changes:
        if change.section in _OF_NO_CONCERN:
            continue
        if change.before and change.after:
            said.append(f"{change.label}：原为{change.before}，现改为{change.after}")
        elif change.after:
            said.append(f"{change.label}：{change.after}")
        else:
            said.append(f"{change.label}：原为{change.before}，现取消")
    rest = f"；另有 {len(said) - most} 处变更" if len(said) > most else ""
    return "；".join(said[:most]) + rest

"""The rules of an activity filing (arts. 5, 11, 13, 16, 22): what is wrong and what deserves a second look."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Any

from domain.filing_content import (
    SECTIONS,
    Half,
    LeaveMode,
    Rights,
    Section,
    Session,
    show_hours,
    total_hours,
)
from domain.filing_draft import is_untouched
from domain.filing_figures import FilingFigures, figures_of
from domain.filing_forms import section_keys
from domain.filing_parse import Parsed, Problem
from domain.filing_part_rules import part_problems
from domain.periods import CHINA, WorkingCalendar, say_date

__all__ = [
    "FilingFigures",
    "SectionState",
    "check",
    "earliest_start",
    "ends_at",
    "figures_of",
    "section_states",
    "starts_at",
]

# An activity further away or longer than this is a slip of the year, not a plan.
FARTHEST = timedelta(days=366)
_SLACK_MINUTES = 60
_STARTS: dict[Half, tuple[time, time]] = {
    Half.AM: (time(5), time(12)),
    Half.PM: (time(11, 30), time(18)),
    Half.EVENING: (time(16, 30), time(22)),
}


# --- Time -------------------------------------------------------------------------------------------------------------


def earliest_start(figures: FilingFigures, filed_on: date, calendar: WorkingCalendar) -> date:
    """The first day on which an activity filed on this day may begin; at the earliest the next day (INV-14)."""
    if figures.retroactive:
        return date.min
    if figures.lead_in_workdays:
        return calendar.add_working_days(filed_on, max(figures.lead_days, 1))
    return filed_on + timedelta(days=max(figures.lead_days, 1))


def starts_at(session: Session) -> datetime:
    """The moment a session begins, aware."""
    return datetime.combine(session.on, session.starts, CHINA)


def ends_at(session: Session) -> datetime:
    """The moment a session ends, aware."""
    return datetime.combine(session.on, session.ends, CHINA)


# --- Problems ---------------------------------------------------------------------------------------------------------


def check(
    parsed: Parsed,
    figures: FilingFigures,
    *,
    today: date,
    calendar: WorkingCalendar,
    first_filed_on: date | None = None,
) -> tuple[Problem, ...]:
    """All problems and hints of a draft, those of reading it included, in the order of the sections.

    The lead time counts from the day of the first submission (`first_filed_on`), so that a returned filing does not
    lose the days the bureau had it.
    """
    found = list(parsed.problems)
    sessions = parsed.sessions or ()
    for session, row in zip(sessions, parsed.session_rows, strict=False):
        found += _session_problems(session, row, figures)
    rows = list(zip(sessions, parsed.session_rows, strict=False))
    found += _overlaps(rows)
    found += _daily_maximum(rows, figures)
    if sessions:
        found += _when(rows, figures, today, calendar, first_filed_on)
    if parsed.subjects and sessions:
        planned, timetabled = total_hours(parsed.subjects), total_hours(sessions)
        if planned != timetabled:
            found.append(_wrong("sessions", "", _sum_words(planned, timetabled)))
    if parsed.subjects:
        found += _subject_hints(parsed, figures)
    if parsed.teachers and sessions:
        found += _idle_teachers(parsed)
    found += part_problems(parsed, figures)
    if parsed.rights and "rights" in section_keys(parsed.form):
        found += _rights_problems(parsed.rights, figures)
        found += _rest_days(parsed.rights, rows, calendar)
    return in_order(found)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems in the order of the sections, in each the hints last."""
    order = [section.key for section in SECTIONS]
    return tuple(sorted(problems, key=lambda problem: (order.index(problem.section), problem.hint)))


def _wrong(section: str, field: str, message: str) -> Problem:
    return Problem(section=section, field=field, message=message)


def _hint(section: str, field: str, message: str) -> Problem:
    return Problem(section=section, field=field, message=message, hint=True)


def _sum_words(planned: Decimal, timetabled: Decimal) -> str:
    gap = show_hours(abs(planned - timetabled))
    advice = f"还差 {gap} 学时，请增加课次" if timetabled < planned else f"多出 {gap} 学时，请减少课次"
    return (
        f"课次学时合计 {show_hours(timetabled)}，与科目学时合计 {show_hours(planned)} 不一致：{advice}，或修改科目学时"
    )


def _session_problems(session: Session, row: int, figures: FilingFigures) -> list[Problem]:
    field, named = f"rows-{row}-", f"第 {row + 1} 课次"
    found = []
    needed = session.hours * figures.hour_minutes
    if needed > session.minutes:
        longest = show_hours((Decimal(session.minutes) / figures.hour_minutes).quantize(Decimal("0.1"), ROUND_DOWN))
        found.append(
            _wrong(
                "sessions",
                field + "hours",
                f"{named}：{session.starts:%H:%M}–{session.ends:%H:%M} 共 {session.minutes} 分钟，"
                f"按每学时 {figures.hour_minutes} 分钟最多 {longest} 学时，请改学时或时间",
            )
        )
    elif session.minutes - needed > _SLACK_MINUTES:
        found.append(_hint("sessions", field + "hours", f"{named}：时间比学时多出一小时以上，请核对是否少填了学时"))
    if figures.most_per_half_day is not None and session.hours > figures.most_per_half_day:
        limit = show_hours(figures.most_per_half_day)
        found.append(
            _wrong("sessions", field + "hours", f"{named}：每半天最多计 {limit} 学时，请减少学时，或分到其他半天")
        )
    first, last = _STARTS[session.half]
    if not first <= session.starts < last:
        found.append(
            _wrong(
                "sessions",
                field + "half",
                f"{named}：开始时间 {session.starts:%H:%M} 不在{session.half.label}，请改时段或开始时间",
            )
        )
    return found


def _rest_days(rights: Rights, rows: Sequence[tuple[Session, int]], calendar: WorkingCalendar) -> list[Problem]:
    """Work-time activities on days nobody works: one hint, for a slip of the date is the likely reason."""
    if rights.leave_mode is LeaveMode.OFF_HOURS:
        return []
    off = [(session, row) for session, row in rows if not calendar.is_working(session.on)]
    if not off:
        return []
    days = "、".join(dict.fromkeys(f"{session.on.month}月{session.on.day}日" for session, _ in off))
    message = f"{days}是休息日，而学习方式是{rights.leave_mode.label}，请核对日期"
    return [_hint("sessions", f"rows-{off[0][1]}-on", message)]


def _overlaps(rows: Sequence[tuple[Session, int]]) -> list[Problem]:
    """For each session the first earlier one it collides with."""
    found = []
    for index, (session, row) in enumerate(rows):
        for earlier, other in rows[:index]:
            if earlier.on != session.on:
                continue
            pair = f"第 {other + 1} 课次与第 {row + 1} 课次"
            if earlier.half == session.half:
                message = f"{pair}都在{session.label}，每半天只能安排一个课次，请合并或改期"
            elif session.starts < earlier.ends:
                message = f"{pair}的时间重叠，请错开"
            else:
                continue
            found.append(_wrong("sessions", f"rows-{row}-on", message))
            break
    return found


def _daily_maximum(rows: Sequence[tuple[Session, int]], figures: FilingFigures) -> list[Problem]:
    if figures.most_per_day is None:
        return []
    days: dict[date, list[tuple[Session, int]]] = {}
    for session, row in rows:
        days.setdefault(session.on, []).append((session, row))
    return [
        _wrong(
            "sessions",
            f"rows-{held[-1][1]}-hours",
            f"{on.month}月{on.day}日共 {show_hours(total_hours([session for session, _ in held]))} 学时，"
            f"每天最多计 {show_hours(figures.most_per_day)} 学时，请减少学时或改到其他日期",
        )
        for on, held in days.items()
        if total_hours([session for session, _ in held]) > figures.most_per_day
    ]


def _when(
    rows: Sequence[tuple[Session, int]],
    figures: FilingFigures,
    today: date,
    calendar: WorkingCalendar,
    first_filed_on: date | None,
) -> list[Problem]:
    first, last = rows[0][0].on, rows[-1][0].on
    field = f"rows-{rows[0][1]}-on"
    found = []
    earliest = earliest_start(figures, first_filed_on or today, calendar)
    if not figures.retroactive and first <= today:
        found.append(
            _wrong(
                "sessions",
                field,
                f"第一个课次是 {say_date(first)}，须晚于今天。活动须先备案后举办，不能补备案，请改期",
            )
        )
    elif first < earliest:
        found.append(
            _wrong(
                "sessions",
                field,
                f"第一个课次是 {say_date(first)}。须在开班 {figures.lead_words}前提交，"
                f"最早可安排在 {say_date(earliest)}，请改期",
            )
        )
    if first - today > FARTHEST:
        found.append(_wrong("sessions", field, f"第一个课次是 {say_date(first)}，距今超过一年，请核对年份"))
    elif last - first > FARTHEST:
        found.append(_wrong("sessions", field, "首末两个课次相隔超过一年，请核对日期，或分几次备案"))
    elif first.year != last.year:
        found.append(_hint("sessions", field, "活动跨年度：学分按每个课次所在的年度分别计算"))
    return found


def _subject_hints(parsed: Parsed, figures: FilingFigures) -> list[Problem]:
    kinds = {line.subject for line in parsed.subjects or ()}
    if len(kinds) < len(figures.subjects):
        missing = "、".join(label for key, label in figures.subjects.items() if key not in kinds)
        return [_hint("subjects", "rows-0-subject", f"没有安排{missing}学时。如课程兼有几类内容，请分行填写")]
    return []


def _idle_teachers(parsed: Parsed) -> list[Problem]:
    busy = {session.teacher for session in parsed.sessions or ()}
    return [
        _hint("teachers", f"rows-{position - 1}-name", f"“{teacher.name}”没有课次，请核对课次安排")
        for position, teacher in enumerate(parsed.teachers or (), 1)
        if position not in busy
    ]


def _rights_problems(rights: Rights, figures: FilingFigures) -> list[Problem]:
    found = []
    in_work_time = rights.leave_mode is not LeaveMode.OFF_HOURS
    if rights.leave_mode in figures.consent_needed and not rights.consent:
        message = (
            "占用工作时间的活动须经用人单位同意，请确认“同意参加”"
            if figures.by_employer
            else "占用工作时间的活动须经学员所在单位同意，请确认报名时查验单位同意证明"
        )
        found.append(_wrong("rights", "consent", f"{message}（第五条）"))
    if figures.by_employer and in_work_time and not rights.wage_clause:
        found.append(_wrong("rights", "wage_clause", "请写明脱产、半脱产期间工资福利待遇如何支付（第五条）"))
    if figures.by_employer and not in_work_time and not rights.cost_agreement:
        found.append(
            _wrong("rights", "cost_agreement", "安排职工在工作时间之外参加的，请写明费用分担方式和相关待遇（第五条）")
        )
    return found


# --- The task list ----------------------------------------------------------------------------------------------------


class SectionState(StrEnum):
    """How far a section of the draft has come."""

    UNTOUCHED = "untouched"
    STARTED = "started"
    COMPLETE = "complete"

    @property
    def label(self) -> str:
        return {"untouched": "未开始", "started": "未完成", "complete": "已完成"}[self.value]


def section_states(
    draft: Mapping[str, Any], problems: Iterable[Problem], *, papers: int, sections: Sequence[Section] = SECTIONS
) -> dict[str, SectionState]:
    """The state of each section: complete only if nothing in it is wrong."""
    broken = {problem.section for problem in problems if not problem.hint}
    states = {}
    for section in sections:
        untouched = papers == 0 if section.key == "plan" else is_untouched(draft, section.key)
        if untouched:
            states[section.key] = SectionState.UNTOUCHED
        else:
            states[section.key] = SectionState.STARTED if section.key in broken else SectionState.COMPLETE
    return states

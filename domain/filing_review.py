"""What the calendar and the reviewer see of a filing: its phase, and the checks nobody has to do by hand."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.filing_content import FilingContent, show_hours, total_hours
from domain.filing_rules import FilingFigures, earliest_start
from domain.periods import WorkingCalendar, say_date


class Phase(StrEnum):
    """Where an approved activity stands by the calendar."""

    UPCOMING = "upcoming"
    RUNNING = "running"
    RESULTS_DUE = "results_due"
    ENDED = "ended"

    @property
    def label(self) -> str:
        return {
            "upcoming": "待开班",
            "running": "进行中",
            "results_due": "待报送成绩",
            "ended": "已结束",
        }[self.value]


def phase_on(today: date, *, starts_on: date, ends_on: date, results_sent: bool) -> Phase:
    """The phase of an approved activity on this day; after its end the results are due until they are sent."""
    if today < starts_on:
        return Phase.UPCOMING
    if today <= ends_on:
        return Phase.RUNNING
    return Phase.ENDED if results_sent else Phase.RESULTS_DUE


# --- What the bureau looks at -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One automatic check on the review page: what was looked at, whether all is well, and the facts.

    `key` names the check for whoever weighs findings; labels are words for the screen.
    """

    label: str
    ok: bool
    detail: str
    key: str = ""


def findings(
    content: FilingContent,
    figures: FilingFigures,
    *,
    filed_on: date,
    today: date,
    calendar: WorkingCalendar,
    promised_on: date | None,
) -> list[Finding]:
    """The checks a reviewer need not do by hand; all held at submission, but time passes."""
    first = content.starts_on
    earliest = earliest_start(figures, filed_on, calendar)
    days = {session.on for session in content.sessions}
    busiest = max((total_hours([one for one in content.sessions if one.on == on]), on) for on in days)
    by_kind = "、".join(
        f"{label} {show_hours(total_hours([line for line in content.subjects if line.subject == key]))}"
        for key, label in figures.subjects.items()
    )
    planned, timetabled = total_hours(content.subjects), total_hours(content.sessions)
    found = [
        Finding(
            label="提前备案",
            ok=first >= earliest and first > today,
            detail=f"{say_date(filed_on)}首次提交，{say_date(first)}开班，提前 {(first - filed_on).days} 天"
            f"（规定开班 {figures.lead_words}前）" + ("；今天已到开班日，不能事后备案" if first <= today else ""),
        ),
        Finding(
            label="学时合计",
            ok=planned == timetabled,
            detail=f"科目 {show_hours(planned)} 学时（{by_kind}），课次 {show_hours(timetabled)} 学时",
        ),
        Finding(
            label="每日学时",
            ok=figures.most_per_day is None or busiest[0] <= figures.most_per_day,
            detail=f"最多的一天（{busiest[1].month}月{busiest[1].day}日）{show_hours(busiest[0])} 学时"
            + (f"，每天最多计 {show_hours(figures.most_per_day)}" if figures.most_per_day is not None else ""),
        ),
    ]
    if content.teachers:
        detail = f"{len(content.teachers)} 位教师，每个课次均已指定教师"
        found.append(Finding(label="授课教师", ok=True, detail=detail))
    if promised_on is not None and promised_on >= first > today:
        found.append(
            Finding(
                label="办理时间",
                ok=False,
                detail=f"承诺办结日 {say_date(promised_on)} 不早于开班日 {say_date(first)}，请在开班前办结",
            )
        )
    return found

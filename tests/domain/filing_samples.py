"""A filing that is right in every part, and a way to change one thing in it."""

from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

from domain.filing_content import LeaveMode, Paper
from domain.filing_rules import FilingFigures
from domain.periods import WorkingCalendar

TODAY = date(2026, 6, 1)
CALENDAR = WorkingCalendar(days={date(2026, 6, 19): False}, known_through=date(2026, 12, 31))
SUBJECTS = {"PUBLIC": "公共科目", "PROFESSIONAL": "专业科目"}
PLAN = (Paper(name="培训计划.pdf", size=20480, sha256="ab" * 32),)
FIGURES = FilingFigures(
    form_label="用人单位组织的继续教育活动",
    subjects=SUBJECTS,
    lead_days=7,
    lead_in_workdays=False,
    retroactive=False,
    hour_minutes=45,
    most_per_half_day=Decimal(4),
    most_per_day=Decimal(8),
    consent_needed=frozenset({LeaveMode.FULL, LeaveMode.HALF}),
    by_employer=True,
)

_DRAFT: dict[str, Any] = {
    "basics": {"title": "数控加工新工艺企业内训", "purpose": "掌握五轴加工新工艺", "place": "一号培训室"},
    "subjects": {
        "rows": [
            {"subject": "PUBLIC", "title": "职业道德与法律法规", "hours": "4"},
            {"subject": "PROFESSIONAL", "title": "五轴加工", "hours": "12"},
        ]
    },
    "teachers": {
        "rows": [
            {"key": "t1", "name": "王建国", "unit": "金职技师学院", "title": "高级讲师", "employment": "part_time"},
            {"key": "t2", "name": "李梅", "unit": "永力五金", "title": "高级技师", "employment": "full_time"},
        ]
    },
    "sessions": {
        "rows": [
            {"on": "2026-06-15", "half": "am", "starts": "08:30", "ends": "11:30", "hours": "4", "place": "",
             "teacher": "t1", "topic": "职业道德与法律法规"},
            {"on": "2026-06-15", "half": "pm", "starts": "13:30", "ends": "16:30", "hours": "4", "place": "",
             "teacher": "t2", "topic": "五轴机床结构"},
            {"on": "2026-06-16", "half": "am", "starts": "08:30", "ends": "11:30", "hours": "4", "place": "二号车间",
             "teacher": "t2", "topic": "五轴编程"},
            {"on": "2026-06-16", "half": "pm", "starts": "13:30", "ends": "16:30", "hours": "4", "place": "二号车间",
             "teacher": "t2", "topic": "上机操作"},
        ]
    },
    "people": {"occupations": "焊工、电工", "quota": "120", "assessment": "闭卷笔试，60 分合格"},
    "rights": {"leave_mode": "half", "consent": "yes", "wage_clause": "工资照发", "cost_agreement": ""},
    "partner": {"mode": "own", "organization": "", "duties": ""},
    "fees": {"cost": "12000", "per_person": "0", "public_benefit": "", "state": "", "unit": "12000", "person": "",
             "sponsor": "", "sponsor_name": "", "commissioned": "", "commissioned_by": "", "selection": "",
             "contract": ""},
}  # fmt: skip


def draft(**changes: Any) -> dict[str, Any]:
    """The right draft; `sessions__0__hours="5"` changes one value, a value of None takes a row or a section away."""
    return changed(deepcopy(_DRAFT), **changes)


def changed(result: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The draft with these values changed."""
    for path, value in changes.items():
        section, *rest = path.split("__")
        target: Any = result
        steps: list[Any] = [section, *(["rows", int(rest[0]), *rest[1:]] if rest and rest[0].isdecimal() else rest)]
        for step in steps[:-1]:
            target = target[step]
        if value is None:
            del target[steps[-1]]
        else:
            target[steps[-1]] = value
    return result

"""What an activity filing says: its parts, and the canonical form that is hashed and kept."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.filing_parts import PARTS, Competition, Fees, OtherWay, Partner, Service, WorkTraining, from_plain, plain
from domain.skills import say_ranks

WEEKDAYS = "一二三四五六日"


class Half(StrEnum):
    """The part of a day a session takes. Values are stored."""

    AM = "am"
    PM = "pm"
    EVENING = "evening"

    @property
    def label(self) -> str:
        return {"am": "上午", "pm": "下午", "evening": "晚上"}[self.value]


class LeaveMode(StrEnum):
    """How the participants are freed from work (art. 5). Values are stored."""

    FULL = "full"
    HALF = "half"
    OFF_HOURS = "off_hours"

    @property
    def label(self) -> str:
        return {"full": "脱产", "half": "半脱产", "off_hours": "业余（工作时间之外）"}[self.value]


class Employment(StrEnum):
    """How a teacher belongs to the organiser (art. 11). Values are stored."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"

    @property
    def label(self) -> str:
        return {"full_time": "专职", "part_time": "兼职"}[self.value]


@dataclass(frozen=True)
class Section:
    """A part of the filing with a page of its own; supplement points name it by `key`."""

    key: str
    label: str
    purpose: str


SECTIONS = (
    Section("basics", "基本信息", "活动名称、目的和地点"),
    Section("partner", "举办方式", "本单位自行举办，或与继续教育基地联合举办"),
    Section("competition", "认定内容", "活动类别、级别、主办单位和依据"),
    Section("events", "比赛项目", "每个项目的名称、工种和标准"),
    Section("judges", "裁判人员", "姓名、单位、裁判证书或职称"),
    Section("awards", "名次和学分", "各名次奖励几人、每人多少学分"),
    Section("work_training", "带教岗位", "岗位、工作任务和起止月份"),
    Section("periods", "学习内容", "每月学什么、学会什么"),
    Section("service", "服务对象和内容", "受益单位、联系人和服务内容"),
    Section("other", "学习方式说明", "怎样学、为什么属于继续教育、学时怎样算"),
    Section("subjects", "科目与学时", "公共科目、专业科目各多少学时"),
    Section("teachers", "授课教师", "姓名、单位、职称，专职或兼职"),
    Section("sessions", "课次安排", "每半天一个课次：时间、学时、教师"),
    Section("people", "培训对象与考核", "面向工种、计划人数、考核方式"),
    Section("rights", "权益保障", "脱产方式、工资待遇和费用约定"),
    Section("fees", "经费和收费", "预计费用、经费来源、向学员收多少"),
    Section("plan", "培训计划附件", "培训计划或实施方案文件"),
)
SECTION_LABELS = {section.key: section.label for section in SECTIONS}


# --- The parts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Basics:
    title: str
    purpose: str
    place: str


@dataclass(frozen=True, kw_only=True)
class SubjectHours:
    """Hours of one subject kind (key of the policy pack); a mixed course is split into such lines (INV-12)."""

    subject: str
    title: str
    hours: Decimal


@dataclass(frozen=True, kw_only=True)
class Teacher:
    name: str
    unit: str
    title: str
    employment: Employment


@dataclass(frozen=True, kw_only=True)
class Session:
    """One half day; times are China time. `teacher` counts in the list of teachers from 1; 0 where nobody teaches."""

    on: date
    half: Half
    starts: time
    ends: time
    hours: Decimal
    place: str
    teacher: int
    topic: str

    @property
    def minutes(self) -> int:
        """How long the session lasts, breaks included."""
        return (self.ends.hour - self.starts.hour) * 60 + self.ends.minute - self.starts.minute

    @property
    def label(self) -> str:
        return f"{self.on.month}月{self.on.day}日（周{WEEKDAYS[self.on.weekday()]}）{self.half.label}"


@dataclass(frozen=True, kw_only=True)
class People:
    """For whom the activity is. `lowest` and `highest` are ranks of domain/skills.py; both or none."""

    occupations: tuple[str, ...]
    quota: int
    assessment: str
    lowest: int | None = None
    highest: int | None = None

    @property
    def ranks(self) -> range | None:
        """The levels asked for; None if none is."""
        return None if self.lowest is None or self.highest is None else range(self.lowest, self.highest + 1)

    @property
    def levels(self) -> str:
        """The levels in words."""
        return "不限" if self.lowest is None or self.highest is None else say_ranks(self.lowest, self.highest)


@dataclass(frozen=True, kw_only=True)
class Rights:
    """Leave mode, the employer's consent, pay during work time, and who bears the cost outside it (art. 5)."""

    leave_mode: LeaveMode
    consent: bool
    wage_clause: str
    cost_agreement: str


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A file of the filing, known by its content; `kind` is a key of PAPER_KINDS."""

    name: str
    size: int
    sha256: str
    kind: str = "plan"


PAPER_KINDS = {"plan": "培训计划或实施方案", "selection": "遴选记录", "contract": "政府采购合同"}


@dataclass(frozen=True, kw_only=True)
class FilingContent:
    """The whole filing as the bureau decides on it. Sessions stand in the order of time.

    The last parts are None in a form that does not have them (domain/filing_forms.py).
    """

    form: str
    basics: Basics
    subjects: tuple[SubjectHours, ...]
    teachers: tuple[Teacher, ...]
    sessions: tuple[Session, ...]
    people: People
    rights: Rights
    plan: tuple[Paper, ...]
    partner: Partner | None = None
    competition: Competition | None = None
    work_training: WorkTraining | None = None
    service: Service | None = None
    other: OtherWay | None = None
    fees: Fees | None = None

    @property
    def event_kind(self) -> str:
        """The kind of a recognised activity; empty for the other forms."""
        return self.competition.kind if self.competition else ""

    @property
    def hours(self) -> Decimal:
        return total_hours(self.subjects)

    @property
    def starts_on(self) -> date:
        return self.sessions[0].on

    @property
    def ends_on(self) -> date:
        return self.sessions[-1].on


def total_hours(parts: Sequence[SubjectHours] | Sequence[Session]) -> Decimal:
    """The sum of hours of subject lines or of sessions."""
    return sum((part.hours for part in parts), Decimal(0))


def show_hours(hours: Decimal) -> str:
    """Hours without a needless .0."""
    return f"{hours.normalize():f}"


def teacher_label(teachers: Sequence[Teacher], position: int) -> str:
    """A teacher's name, with the unit where two have the same name; empty for no teacher."""
    if not position:
        return ""
    teacher = teachers[position - 1]
    alone = sum(other.name == teacher.name for other in teachers) == 1
    return teacher.name if alone else f"{teacher.name}（{teacher.unit}）"


# --- The canonical form -----------------------------------------------------------------------------------------------


def canonical(content: FilingContent) -> dict[str, Any]:
    """Plain values of JSON, the same for the same content, whichever way it was typed: what is hashed and kept."""
    people, rights = content.people, content.rights
    return {
        "form": content.form,
        "basics": {
            "title": content.basics.title,
            "purpose": content.basics.purpose,
            "place": content.basics.place,
        },
        "subjects": [
            {"subject": line.subject, "title": line.title, "hours_tenths": _tenths(line.hours)}
            for line in content.subjects
        ],
        "teachers": [
            {"name": one.name, "unit": one.unit, "title": one.title, "employment": one.employment.value}
            for one in content.teachers
        ],
        "sessions": [
            {
                "on": session.on.isoformat(),
                "half": session.half.value,
                "starts": f"{session.starts:%H:%M}",
                "ends": f"{session.ends:%H:%M}",
                "hours_tenths": _tenths(session.hours),
                "place": session.place,
                "teacher": session.teacher,
                "topic": session.topic,
            }
            for session in sorted(content.sessions, key=lambda session: (session.on, session.starts))
        ],
        "people": {
            "occupations": list(people.occupations),
            "quota": people.quota,
            "assessment": people.assessment,
            **({} if people.ranks is None else {"lowest": people.lowest, "highest": people.highest}),
        },
        "rights": {
            "leave_mode": rights.leave_mode.value,
            "consent": rights.consent,
            "wage_clause": rights.wage_clause,
            "cost_agreement": rights.cost_agreement,
        },
        "plan": [
            {"name": paper.name, "size": paper.size, "sha256": paper.sha256, "kind": paper.kind}
            for paper in content.plan
        ],
        **plain_parts(content),
    }


def plain_parts(content: FilingContent) -> dict[str, Any]:
    """The parts this form has, as plain values."""
    return {name: plain(getattr(content, name)) for name in PARTS if getattr(content, name) is not None}


def parts_from(values: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that `plain_parts` made these values from, by name."""
    return {name: from_plain(kind, values[name]) for name, kind in PARTS.items() if values.get(name) is not None}


def from_canonical(values: Mapping[str, Any]) -> FilingContent:
    """The content a canonical form was made from."""
    return FilingContent(
        form=values["form"],
        basics=Basics(**values["basics"]),
        subjects=tuple(
            SubjectHours(subject=line["subject"], title=line["title"], hours=_hours(line["hours_tenths"]))
            for line in values["subjects"]
        ),
        teachers=tuple(
            Teacher(name=one["name"], unit=one["unit"], title=one["title"], employment=Employment(one["employment"]))
            for one in values["teachers"]
        ),
        sessions=tuple(
            Session(
                on=date.fromisoformat(session["on"]),
                half=Half(session["half"]),
                starts=time.fromisoformat(session["starts"]),
                ends=time.fromisoformat(session["ends"]),
                hours=_hours(session["hours_tenths"]),
                place=session["place"],
                teacher=session["teacher"],
                topic=session["topic"],
            )
            for session in values["sessions"]
        ),
        people=People(
            occupations=tuple(values["people"]["occupations"]),
            quota=values["people"]["quota"],
            assessment=values["people"]["assessment"],
            lowest=values["people"].get("lowest"),
            highest=values["people"].get("highest"),
        ),
        rights=Rights(
            leave_mode=LeaveMode(values["rights"]["leave_mode"]),
            consent=values["rights"]["consent"],
            wage_clause=values["rights"]["wage_clause"],
            cost_agreement=values["rights"]["cost_agreement"],
        ),
        plan=tuple(Paper(**paper) for paper in values["plan"]),
        **parts_from(values),
    )


def content_sha256(content: FilingContent) -> str:
    """What an approval binds: the same only for the same content (P-12, P-13)."""
    text = json.dumps(canonical(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _tenths(hours: Decimal) -> int:
    return int(hours * 10)


def _hours(tenths: int) -> Decimal:
    return Decimal(tenths) / 10

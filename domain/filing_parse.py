"""What a clerk typed into a filing, read all at once: the content, and each problem with what to do about it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from domain.filing_content import (
    SECTIONS,
    Basics,
    Employment,
    FilingContent,
    Half,
    LeaveMode,
    Paper,
    People,
    Rights,
    Session,
    SubjectHours,
    Teacher,
)
from domain.filing_draft import Raw, is_blank_row, tidy

# What a page can hold and a person can read; no policy speaks of these.
MOST_PEOPLE = 5000
MOST_OCCUPATIONS = 30
LONGEST_TITLE = 100
LONGEST_TEXT = 2000

Choice = TypeVar("Choice", bound=StrEnum)

_DATE = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::00)?")
_COUNT = re.compile(r"[0-9]{1,6}")
_HOURS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_BETWEEN_NAMES = re.compile(r"[、，,;；/\n\t]+")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something to put right, or (`hint`) to look at; `field` as the page names it (`rows-0-hours`), or empty."""

    section: str
    field: str
    message: str
    hint: bool = False


@dataclass(frozen=True, kw_only=True)
class Parsed:
    """What could be read. A part is None while something in it is missing or wrong."""

    form: str
    basics: Basics | None
    subjects: tuple[SubjectHours, ...] | None
    teachers: tuple[Teacher, ...] | None
    sessions: tuple[Session, ...] | None
    people: People | None
    rights: Rights | None
    plan: tuple[Paper, ...]
    problems: tuple[Problem, ...]
    session_rows: tuple[int, ...] = ()
    """The row on the page of each session, for sessions are put in the order of time."""

    @property
    def content(self) -> FilingContent | None:
        """The whole, once every part could be read."""
        if (
            self.basics is None
            or self.subjects is None
            or self.teachers is None
            or self.sessions is None
            or self.people is None
            or self.rights is None
        ):
            return None
        return FilingContent(
            form=self.form,
            basics=self.basics,
            subjects=self.subjects,
            teachers=self.teachers,
            sessions=self.sessions,
            people=self.people,
            rights=self.rights,
            plan=self.plan,
        )


@dataclass
class _Reader:
    """Reads the values of one section, or of one of its rows, and collects what is wrong with them."""

    section: str
    values: Raw
    problems: list[Problem]
    prefix: str = ""
    named: str = ""
    sound: bool = field(default=True, init=False)

    def wrong(self, name: str, message: str) -> None:
        self.sound = False
        sentence = f"{self.named}：{message}" if self.named else message
        self.problems.append(Problem(section=self.section, field=self.prefix + name, message=sentence))

    def raw(self, name: str, *, lines: bool = False) -> str:
        return tidy(str(self.values.get(name) or ""), lines=lines)

    def plain(self, name: str) -> str:
        """Digits, dots and colons as a keyboard without full width has them."""
        return unicodedata.normalize("NFKC", self.raw(name)).replace(" ", "")

    def text(self, name: str, what: str, most: int, *, needed: bool = True, lines: bool = False) -> str:
        value = self.raw(name, lines=lines)
        if needed and not value:
            self.wrong(name, f"请填写{what}")
        elif len(value) > most:
            self.wrong(name, f"{what}最多 {most} 个字，现有 {len(value)} 个字，请缩短")
        return value

    def hours(self, name: str) -> Decimal:
        value = self.plain(name)
        if not value:
            self.wrong(name, "请填写学时")
        elif not _HOURS.fullmatch(value) or Decimal(value) * 10 % 1 or not Decimal(value):
            self.wrong(name, "学时应为大于 0 的数字，最多一位小数，例如 4 或 3.5")
        else:
            return Decimal(value)
        return Decimal(0)

    def day(self, name: str) -> date:
        value = self.plain(name)
        match = _DATE.fullmatch(value)
        if not value:
            self.wrong(name, "请选择日期")
        elif match is None:
            self.wrong(name, "日期请写成 2026-06-18 的样子")
        else:
            try:
                return date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                self.wrong(name, f"没有“{value}”这一天，请核对日期")
        return date.min

    def clock(self, name: str, what: str) -> time:
        value = self.plain(name).replace("：", ":")
        match = _TIME.fullmatch(value)
        if not value:
            self.wrong(name, f"请填写{what}")
        elif match is None or int(match[1]) > 23 or int(match[2]) > 59:
            self.wrong(name, f"{what}请写成 08:30 的样子")
        else:
            return time(int(match[1]), int(match[2]))
        return time.min

    def choice(self, name: str, what: str, allowed: type[Choice]) -> Choice:
        value = self.raw(name)
        try:
            return allowed(value)
        except ValueError:
            self.wrong(name, f"请选择{what}")
            return next(iter(allowed))


def parse(draft: Raw, *, form: str, subjects: Mapping[str, str], plan: Sequence[Paper] = ()) -> Parsed:
    """Read a draft: `draft` is what the pages store (a mapping of fields, or of `rows`, for each section).

    `subjects` are the kinds the policy pack knows, key -> label. Nothing stops at the first problem.
    """
    problems: list[Problem] = []
    teachers, keys = _teachers(draft, problems)
    sessions, rows = _sessions(draft, keys, _reader(draft, "basics", []).raw("place"), problems)
    parsed = Parsed(
        form=form,
        basics=_basics(_reader(draft, "basics", problems)),
        subjects=_subjects(draft, subjects, problems),
        teachers=teachers,
        sessions=sessions if teachers is not None else None,
        people=_people(_reader(draft, "people", problems)),
        rights=_rights(_reader(draft, "rights", problems)),
        plan=tuple(plan),
        problems=(),
        session_rows=rows,
    )
    if not plan:
        problems.append(Problem(section="plan", field="file", message="请上传培训计划或实施方案"))
    order = [section.key for section in SECTIONS]
    problems.sort(key=lambda problem: order.index(problem.section))
    return Parsed(**{**vars(parsed), "problems": tuple(problems)})


def _reader(draft: Raw, section: str, problems: list[Problem]) -> _Reader:
    return _Reader(section, draft.get(section) or {}, problems)


def _row_readers(draft: Raw, section: str, named: str, problems: list[Problem]) -> list[tuple[int, _Reader]]:
    """A reader for each row that somebody filled in, with its place on the page."""
    rows = (draft.get(section) or {}).get("rows", [])
    return [
        (index, _Reader(section, row, problems, f"rows-{index}-", f"第 {index + 1} {named}"))
        for index, row in enumerate(rows)
        if not is_blank_row(row)
    ]


def _basics(reader: _Reader) -> Basics | None:
    basics = Basics(
        title=reader.text("title", "活动名称", LONGEST_TITLE),
        purpose=reader.text("purpose", "培训目的与内容", LONGEST_TEXT, lines=True),
        place=reader.text("place", "培训地点", LONGEST_TITLE),
    )
    return basics if reader.sound else None


def _subjects(draft: Raw, kinds: Mapping[str, str], problems: list[Problem]) -> tuple[SubjectHours, ...] | None:
    readers = _row_readers(draft, "subjects", "行科目", problems)
    if not readers:
        problems.append(Problem(section="subjects", field="rows-0-title", message="请至少填写一行科目和学时"))
    lines = []
    for _, reader in readers:
        subject = reader.raw("subject")
        if subject not in kinds:
            reader.wrong("subject", f"请选择科目类别（{'、'.join(kinds.values())}）")
        title = reader.text("title", "课程或内容名称", LONGEST_TITLE)
        lines.append(SubjectHours(subject=subject, title=title, hours=reader.hours("hours")))
    return tuple(lines) if readers and all(reader.sound for _, reader in readers) else None


def _teachers(draft: Raw, problems: list[Problem]) -> tuple[tuple[Teacher, ...] | None, dict[str, int]]:
    """The teachers, and the number of each by the key its row carries."""
    readers = _row_readers(draft, "teachers", "位教师", problems)
    if not readers:
        problems.append(Problem(section="teachers", field="rows-0-name", message="请至少填写一位授课教师"))
    teachers: list[Teacher] = []
    keys: dict[str, int] = {}
    for position, (_, reader) in enumerate(readers, 1):
        teacher = Teacher(
            name=reader.text("name", "教师姓名", 50),
            unit=reader.text("unit", "工作单位", LONGEST_TITLE),
            title=reader.text("title", "职称或技能等级", LONGEST_TITLE),
            employment=reader.choice("employment", "专职或兼职", Employment),
        )
        if any((other.name, other.unit) == (teacher.name, teacher.unit) for other in teachers) and teacher.name:
            reader.wrong("name", f"“{teacher.name}”填写了两次，请删去一行")
        teachers.append(teacher)
        keys[reader.raw("key")] = position
    return (tuple(teachers) if readers and all(reader.sound for _, reader in readers) else None), keys


def _sessions(
    draft: Raw, teachers: Mapping[str, int], place: str, problems: list[Problem]
) -> tuple[tuple[Session, ...] | None, tuple[int, ...]]:
    """The sessions in the order of time; an empty place is the place of the activity."""
    readers = _row_readers(draft, "sessions", "课次", problems)
    if not readers:
        problems.append(Problem(section="sessions", field="rows-0-on", message="请至少安排一个课次"))
    sessions: list[tuple[Session, int]] = []
    for index, reader in readers:
        teacher = teachers.get(reader.raw("teacher"), 0) if reader.raw("teacher") else 0
        if not teacher:
            reader.wrong("teacher", "请选择授课教师")
        session = Session(
            on=reader.day("on"),
            half=reader.choice("half", "上午、下午或晚上", Half),
            starts=reader.clock("starts", "开始时间"),
            ends=reader.clock("ends", "结束时间"),
            hours=reader.hours("hours"),
            place=reader.text("place", "上课地点", LONGEST_TITLE, needed=False) or place,
            teacher=teacher,
            topic=reader.text("topic", "授课内容", LONGEST_TITLE),
        )
        if reader.sound and session.ends <= session.starts:
            reader.wrong("ends", "结束时间应晚于开始时间")
        sessions.append((session, index))
    sessions.sort(key=lambda pair: (pair[0].on, pair[0].starts))
    sound = bool(readers) and all(reader.sound for _, reader in readers)
    return (tuple(session for session, _ in sessions) if sound else None), tuple(index for _, index in sessions)


def _people(reader: _Reader) -> People | None:
    names = [tidy(name) for name in _BETWEEN_NAMES.split(reader.raw("occupations", lines=True)) if tidy(name)]
    occupations = tuple(dict.fromkeys(names))
    if not occupations:
        reader.wrong("occupations", "请填写面向的职业（工种），例如：焊工、电工")
    elif len(occupations) > MOST_OCCUPATIONS:
        reader.wrong("occupations", f"最多填写 {MOST_OCCUPATIONS} 个职业（工种），现有 {len(occupations)} 个")
    elif long := next((name for name in occupations if len(name) > 30), None):
        reader.wrong("occupations", f"“{long[:10]}…”过长，请用顿号把各个职业（工种）分开")
    quota = reader.plain("quota").removesuffix("人")
    if not quota:
        reader.wrong("quota", "请填写计划人数")
    elif not _COUNT.fullmatch(quota) or not 1 <= int(quota) <= MOST_PEOPLE:
        reader.wrong("quota", f"计划人数应为 1 到 {MOST_PEOPLE} 之间的整数")
    assessment = reader.text("assessment", "考核方式", LONGEST_TEXT, lines=True)
    return People(occupations=occupations, quota=int(quota), assessment=assessment) if reader.sound else None


def _rights(reader: _Reader) -> Rights | None:
    rights = Rights(
        leave_mode=reader.choice("leave_mode", "脱产、半脱产或业余", LeaveMode),
        consent=reader.raw("consent") == "yes",
        wage_clause=reader.text("wage_clause", "工资福利待遇的约定", LONGEST_TEXT, needed=False, lines=True),
        cost_agreement=reader.text(
            "cost_agreement", "费用分担和相关待遇的约定", LONGEST_TEXT, needed=False, lines=True
        ),
    )
    return rights if reader.sound else None

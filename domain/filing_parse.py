"""What a clerk typed into a filing, read all at once: the content, and each problem with what to do about it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
from domain.filing_draft import Raw, tidy
from domain.filing_forms import event_kind, section_keys
from domain.filing_part_parse import Choices, read_parts
from domain.filing_parts import Competition, Fees, OtherWay, Partner, Service, WorkTraining
from domain.filing_reader import (
    LONGEST_TEXT,
    LONGEST_TITLE,
    MOST_OCCUPATIONS,
    MOST_PEOPLE,
    Problem,
    Reader,
    reader_of,
    row_readers,
)
from domain.skills import LEVEL_NAMES

__all__ = ["LONGEST_TITLE", "OWN_TIME", "Parsed", "Problem", "parse", "section_value"]

_BETWEEN_NAMES = re.compile(r"[、，,;；/\n\t]+")
_TEACHER = {"F2": "主讲人", "F4": "带教师傅"}
# A form that does not ask for rights takes nobody from work.
OWN_TIME = Rights(leave_mode=LeaveMode.OFF_HOURS, consent=False, wage_clause="", cost_agreement="")


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
    partner: Partner | None = None
    competition: Competition | None = None
    work_training: WorkTraining | None = None
    service: Service | None = None
    other: OtherWay | None = None
    fees: Fees | None = None
    broken_parts: bool = False
    """Something in one of the last parts is missing or wrong."""

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
            or self.broken_parts
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
            partner=self.partner,
            competition=self.competition,
            work_training=self.work_training,
            service=self.service,
            other=self.other,
            fees=self.fees,
        )


def parse(
    draft: Raw,
    *,
    form: str,
    subjects: Mapping[str, str],
    plan: Sequence[Paper] = (),
    choices: Choices | None = None,
) -> Parsed:
    """Read a draft: `draft` is what the pages store (a mapping of fields, or of `rows`, for each section).

    `subjects` are the kinds the policy pack knows, key -> label. Nothing stops at the first problem.
    """
    asked = section_keys(form, event_kind(draft))
    problems: list[Problem] = []
    teachers: tuple[Teacher, ...] | None = ()
    keys: dict[str, int] | None = None
    if "teachers" in asked:
        teachers, keys = _teachers(draft, _TEACHER.get(form, "授课教师"), problems)
    sessions, rows = _sessions(draft, keys, _TEACHER.get(form, "授课教师"), problems)
    parts, sound = read_parts(draft, form, choices or Choices(), problems)
    parsed = Parsed(
        form=form,
        basics=_basics(reader_of(draft, "basics", problems)),
        subjects=_subjects(draft, subjects, problems),
        teachers=teachers,
        sessions=sessions if teachers is not None else None,
        people=_people(reader_of(draft, "people", problems), examined=form != "F4_VOLUNTEER"),
        rights=_rights(reader_of(draft, "rights", problems)) if "rights" in asked else OWN_TIME,
        plan=tuple(plan),
        problems=(),
        session_rows=rows,
        broken_parts=not sound,
        **parts,
    )
    if not any(paper.kind == "plan" for paper in plan):
        problems.append(Problem(section="plan", field="file", message="请上传培训计划或实施方案"))
    order = [section.key for section in SECTIONS]
    problems.sort(key=lambda problem: order.index(problem.section))
    return Parsed(**{**vars(parsed), "problems": tuple(problems)})


def _basics(reader: Reader) -> Basics | None:
    basics = Basics(
        title=reader.text("title", "活动名称", LONGEST_TITLE),
        purpose=reader.text("purpose", "培训目的与内容", LONGEST_TEXT, lines=True),
        place=reader.text("place", "培训地点", LONGEST_TITLE),
    )
    return basics if reader.sound else None


def _subjects(draft: Raw, kinds: Mapping[str, str], problems: list[Problem]) -> tuple[SubjectHours, ...] | None:
    readers = row_readers(draft, "subjects", "行科目", problems)
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


def _teachers(draft: Raw, noun: str, problems: list[Problem]) -> tuple[tuple[Teacher, ...] | None, dict[str, int]]:
    """The teachers, and the number of each by the key its row carries."""
    readers = row_readers(draft, "teachers", "位教师", problems)
    if not readers:
        problems.append(Problem(section="teachers", field="rows-0-name", message=f"请至少填写一位{noun}"))
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
    draft: Raw, teachers: Mapping[str, int] | None, noun: str, problems: list[Problem]
) -> tuple[tuple[Session, ...] | None, tuple[int, ...]]:
    """The sessions in the order of time; an empty place is the place of the activity. No teachers: nobody teaches."""
    place = reader_of(draft, "basics", []).raw("place")
    readers = row_readers(draft, "sessions", "课次", problems)
    if not readers:
        problems.append(Problem(section="sessions", field="rows-0-on", message="请至少安排一个课次"))
    sessions: list[tuple[Session, int]] = []
    for index, reader in readers:
        teacher = teachers.get(reader.raw("teacher"), 0) if teachers and reader.raw("teacher") else 0
        if teachers is not None and not teacher:
            reader.wrong("teacher", f"请选择{noun}")
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


_RANKS = tuple(str(rank) for rank in LEVEL_NAMES)


def _people(reader: Reader, *, examined: bool) -> People | None:
    names = [tidy(name) for name in _BETWEEN_NAMES.split(reader.raw("occupations", lines=True)) if tidy(name)]
    occupations = tuple(dict.fromkeys(names))
    if not occupations:
        reader.wrong("occupations", "请填写面向的职业（工种），例如：焊工、电工")
    elif len(occupations) > MOST_OCCUPATIONS:
        reader.wrong("occupations", f"最多填写 {MOST_OCCUPATIONS} 个职业（工种），现有 {len(occupations)} 个")
    elif long := next((name for name in occupations if len(name) > 30), None):
        reader.wrong("occupations", f"“{long[:10]}…”过长，请用顿号把各个职业（工种）分开")
    lowest, highest = _level(reader, "lowest"), _level(reader, "highest")
    if (lowest is None) != (highest is None):
        reader.wrong("highest" if highest is None else "lowest", "最低等级和最高等级请都选，或者都不限")
    elif lowest is not None and highest is not None and lowest > highest:
        reader.wrong("highest", "最高等级不能低于最低等级")
    quota = reader.count("quota", "计划人数", MOST_PEOPLE)
    assessment = reader.text("assessment", "考核方式", LONGEST_TEXT, needed=examined, lines=True)
    if not reader.sound:
        return None
    return People(occupations=occupations, quota=quota, assessment=assessment, lowest=lowest, highest=highest)


def _level(reader: Reader, name: str) -> int | None:
    """The rank that was chosen; None for no limit."""
    chosen = reader.raw(name)
    if not chosen:
        return None
    if chosen not in _RANKS:
        reader.wrong(name, "请从列表中选择等级")
        return None
    return int(chosen)


def _rights(reader: Reader) -> Rights | None:
    rights = Rights(
        leave_mode=reader.choice("leave_mode", "脱产、半脱产或业余", LeaveMode),
        consent=reader.raw("consent") == "yes",
        wage_clause=reader.text("wage_clause", "工资福利待遇的约定", LONGEST_TEXT, needed=False, lines=True),
        cost_agreement=reader.text(
            "cost_agreement", "费用分担和相关待遇的约定", LONGEST_TEXT, needed=False, lines=True
        ),
    )
    return rights if reader.sound else None


_INSIDE = {
    "events": "competition",
    "judges": "competition",
    "awards": "competition",
    "periods": "work_training",
}


def section_value(content: FilingContent | Parsed, key: str) -> Any:
    """What a section of this key says: a part of the content, or what stands inside one."""
    if key not in _INSIDE:
        return getattr(content, key)
    return getattr(getattr(content, _INSIDE[key]), key, None)

"""What differs between two rounds of a filing, so that a reviewer reads only what changed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.filing_content import (
    PAPER_KINDS,
    SECTION_LABELS,
    FilingContent,
    Paper,
    Session,
    SubjectHours,
    Teacher,
    show_hours,
    teacher_label,
)
from domain.filing_shown import Shown, shown_parts


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that differs: where, what it is called, and how it read; empty where there was or is nothing."""

    section: str
    label: str
    before: str
    after: str

    @property
    def section_label(self) -> str:
        return SECTION_LABELS.get(self.section, self.section)


_COMMA = "，"
Row = tuple[str, str]
"""How an item of a list is named and what it says."""


def differences(old: FilingContent, new: FilingContent, subjects: Mapping[str, str]) -> list[Difference]:
    """What `new` says otherwise than `old`, in the order of the sections; `subjects` are the labels of the kinds.

    Empty only when the two are the same.
    """
    fields: list[tuple[str, str, Callable[[FilingContent], str]]] = [
        ("basics", "活动名称", lambda content: content.basics.title),
        ("basics", "培训目的与内容", lambda content: content.basics.purpose),
        ("basics", "培训地点", lambda content: content.basics.place),
        ("people", "面向职业（工种）", lambda content: "、".join(content.people.occupations)),
        ("people", "面向等级", lambda content: content.people.levels),
        ("people", "计划人数", lambda content: f"{content.people.quota} 人"),
        ("people", "考核方式", lambda content: content.people.assessment),
        ("rights", "学习方式", lambda content: content.rights.leave_mode.label),
        ("rights", "用人单位同意", lambda content: "已同意" if content.rights.consent else "未确认"),
        ("rights", "工资福利待遇", lambda content: content.rights.wage_clause),
        ("rights", "费用分担和相关待遇", lambda content: content.rights.cost_agreement),
    ]
    rows: list[tuple[str, str, Callable[[FilingContent], list[Row]]]] = [
        ("subjects", "科目", lambda content: [_line_row(line, subjects) for line in content.subjects]),
        ("teachers", "教师", lambda content: [_teacher_row(teacher) for teacher in content.teachers]),
        ("sessions", "课次", lambda content: [_session_row(content, session) for session in content.sessions]),
        ("plan", "附件", lambda content: [_paper_row(paper) for paper in content.plan]),
    ]
    found = [
        Difference(section=section, label=label, before=read(old), after=read(new))
        for section, label, read in fields
        if read(old) != read(new)
    ]
    for section, label, read_rows in rows:
        found += _row_differences(section, label, read_rows(old), read_rows(new))
    found += _part_differences(old, new)
    order = list(SECTION_LABELS)
    return sorted(found, key=lambda difference: order.index(difference.section))


def _part_differences(old: FilingContent, new: FilingContent) -> list[Difference]:
    """What the parts of only some forms say otherwise."""
    before, after = shown_parts(old), shown_parts(new)
    found = []
    for section in dict.fromkeys([*before, *after]):
        was, now = before.get(section, Shown()), after.get(section, Shown())
        read, said = dict(was.facts), dict(now.facts)
        found += [
            Difference(section=section, label=label, before=read.get(label, ""), after=said.get(label, ""))
            for label in dict.fromkeys([*read, *said])
            if read.get(label, "") != said.get(label, "")
        ]
        rows = [[(row[0], "，".join(row[1:])) for row in each.rows] for each in (was, now)]
        found += _row_differences(section, was.noun or now.noun, *rows)
    return found


def _line_row(line: SubjectHours, subjects: Mapping[str, str]) -> Row:
    return f"{subjects.get(line.subject, line.subject)}《{line.title}》", f"{show_hours(line.hours)} 学时"


def _teacher_row(teacher: Teacher) -> Row:
    return teacher.name, f"{teacher.unit}，{teacher.title}，{teacher.employment.label}"


def _session_row(content: FilingContent, session: Session) -> Row:
    return (
        f"{session.on.year}年{session.label}",
        f"{session.starts:%H:%M}–{session.ends:%H:%M}，{show_hours(session.hours)} 学时，"
        + "，".join(
            part for part in (teacher_label(content.teachers, session.teacher), session.place, session.topic) if part
        ),
    )


def _paper_row(paper: Paper) -> Row:
    # The first characters of the hash tell apart two files of one name and size.
    said = f"{max(1, paper.size // 1024)} KB，校验码 {paper.sha256[:12]}"
    return paper.name, said if paper.kind == "plan" else f"{PAPER_KINDS[paper.kind]}，{said}"


def _row_differences(section: str, label: str, old: list[Row], new: list[Row]) -> list[Difference]:
    """Items of the same name are compared; the others are taken as renamed, in order, then as removed or added."""
    before, after = _numbered(old), _numbered(new)
    kept = [key for key in before if key in after]
    gone = [key for key in before if key not in after]
    come = [key for key in after if key not in before]
    found = [
        Difference(section=section, label=f"{label} {key[0]}", before=was, after=now)
        for key in kept
        if before[key] != after[key]
        for was, now in [_parts_that_differ(before[key], after[key])]
    ]
    for index in range(max(len(gone), len(come))):
        was = gone[index] if index < len(gone) else None
        now = come[index] if index < len(come) else None
        found.append(
            Difference(
                section=section,
                label=label if was and now else f"{label}（{'删除' if was else '新增'}）",
                before=f"{was[0]}：{before[was]}" if was else "",
                after=f"{now[0]}：{after[now]}" if now else "",
            )
        )
    if not found and old != new:
        found.append(
            Difference(
                section=section,
                label=f"{label}的顺序",
                before="、".join(name for name, _ in old),
                after="、".join(name for name, _ in new),
            )
        )
    return found


def _parts_that_differ(before: str, after: str) -> tuple[str, str]:
    """Of two lists of the same length what is not the same; all of both where they cannot be laid side by side."""
    was, now = before.split(_COMMA), after.split(_COMMA)
    if len(was) != len(now):
        return before, after
    pairs = [(old, new) for old, new in zip(was, now, strict=True) if old != new]
    return _COMMA.join(old for old, _ in pairs), _COMMA.join(new for _, new in pairs)


def _numbered(rows: list[Row]) -> dict[tuple[str, int], str]:
    """The rows by name; the second of one name is number 2."""
    seen: Counter[str] = Counter()
    result = {}
    for name, text in rows:
        seen[name] += 1
        result[name, seen[name]] = text
    return result

"""Reading the draft of a base application: what was typed becomes the content, or problems with what to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.base_content import (
    CONDITION_OF,
    CONDITIONS,
    SECTIONS,
    BaseContent,
    BaseLevel,
    Basics,
    Condition,
    FeeItem,
    FeeUnit,
    InstitutionKind,
    Paper,
    ScopeLine,
    Teacher,
    condition_key,
)
from domain.errors import RuleError
from domain.filing_content import Employment
from domain.filing_draft import tidy
from domain.filing_reader import Problem, Reader, reader_of, row_readers
from domain.filing_rules import SectionState
from domain.identity import IdentityProblem, check_name, check_phone
from domain.skills import Occupation, find_occupation

Raw = Mapping[str, Any]
FIELDS: dict[str, tuple[str, ...]] = {
    "basics": ("level", "kind", "place", "phone", "contents"),
    **{key: ("text",) for key in CONDITION_OF},
    "declaration": ("agreed", "signer"),
    "scope": (),
    "teachers": (),
    "fees": ("free",),
}
LISTS = {"scope": ("subjects",)}
ROW_FIELDS = {
    "scope": ("occupation", "lowest", "highest"),
    "teachers": ("name", "employment", "title", "credentials", "field"),
    "fees": ("item", "occupation", "unit", "amount"),
}
MOST_ROWS = {"scope": 60, "teachers": 200, "fees": 60}
MOST_PAPERS = 10
_LEAST_TEXT, _MOST_TEXT = 10, 2000
_LOWEST, _HIGHEST = 1, 8
_MOST_CHARACTERS = 6000
_ROW_NAME = re.compile(r"rows-([0-9]{1,4})-([a-z]+)")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the values may be: the subject kinds (key to label), every spelling of an occupation, the levels offered."""

    subjects: Mapping[str, str]
    occupations: Mapping[str, Occupation]
    levels: tuple[BaseLevel, ...]


def typed(section: str, fields: Mapping[str, str], lists: Mapping[str, list[str]]) -> dict[str, Any]:
    """What a page sent for this section, as the draft stores it: text, right or wrong."""
    values: dict[str, Any] = {name: _kept(fields.get(name, "")) for name in FIELDS[section]}
    values |= {name: [_kept(each) for each in lists.get(name, [])][:50] for name in LISTS.get(section, ())}
    if section in ROW_FIELDS:
        rows: dict[int, dict[str, str]] = {}
        for name, value in fields.items():
            match = _ROW_NAME.fullmatch(name)
            if match and match[2] in ROW_FIELDS[section]:
                rows.setdefault(int(match[1]), {})[match[2]] = _kept(value)
        values["rows"] = [{name: rows[i].get(name, "") for name in ROW_FIELDS[section]} for i in sorted(rows)]
        if len(rows) > MOST_ROWS[section]:
            raise RuleError(f"最多填写 {MOST_ROWS[section]} 行，现有 {len(rows)} 行", code="too_many_rows")
    return values


def _kept(value: str) -> str:
    text = tidy(value, lines=True)
    if len(text) > _MOST_CHARACTERS:
        raise RuleError(f"有一栏填写了 {len(text)} 个字，最多 {_MOST_CHARACTERS} 个字，请缩短后再保存", code="too_long")
    return text


def parse(
    draft: Raw, papers: Mapping[str, tuple[Paper, ...]], known: Known
) -> tuple[BaseContent | None, list[Problem]]:
    """The content if all of it is right, and every problem. `papers` are the files by section."""
    problems: list[Problem] = []
    basics = _basics(reader_of(draft, "basics", problems), known)
    conditions = tuple(_condition(draft, number, papers, problems) for number in CONDITIONS)
    subjects, scope = _scope(draft, known, problems)
    teachers = _teachers(draft, problems)
    fees = _fees(draft, known, {line.occupation for line in scope}, problems)
    declaration = reader_of(draft, "declaration", problems)
    if declaration.raw("agreed") != "yes":
        declaration.wrong("agreed", "请阅读承诺内容，同意后勾选")
    signer = _name(declaration, "signer", "法定代表人或负责人姓名")
    if any(not problem.hint for problem in problems):
        return None, problems
    content = BaseContent(
        basics=basics,
        conditions=conditions,
        subjects=subjects,
        scope=scope,
        teachers=teachers,
        fees=fees,
        signer=signer,
    )
    return content, problems


def _basics(reader: Reader, known: Known) -> Basics:
    level = reader.choice("level", "申请级别", BaseLevel)
    if reader.sound and level not in known.levels:
        reader.wrong("level", "本单位属市本级管理，请选择市级")
    phone = reader.text("phone", "咨询电话", 40)
    try:
        phone = check_phone(phone) or phone if phone else phone
    except IdentityProblem as error:
        reader.wrong("phone", error.message)
    return Basics(
        level=level,
        kind=reader.choice("kind", "机构类型", InstitutionKind),
        place=reader.text("place", "培训地址", 100),
        phone=phone,
        contents=reader.text("contents", "教学内容", _MOST_TEXT, lines=True),
    )


def _condition(draft: Raw, number: int, papers: Mapping[str, tuple[Paper, ...]], problems: list[Problem]) -> Condition:
    key = condition_key(number)
    reader = reader_of(draft, key, problems)
    text = reader.text("text", "本单位的情况说明", _MOST_TEXT, lines=True)
    if text and len(text) < _LEAST_TEXT:
        reader.wrong("text", f"说明过于简单，请至少写 {_LEAST_TEXT} 个字")
    if not papers.get(key):
        reader.wrong("file", "请至少上传一份证明材料")
    return Condition(text=text, papers=papers.get(key, ()))


def _name(reader: Reader, field: str, what: str) -> str:
    value = reader.text(field, what, 50)
    try:
        return check_name(value) if value else ""
    except IdentityProblem as error:
        reader.wrong(field, error.message)
        return ""


def _occupation(reader: Reader, field: str, known: Known, *, needed: bool = True) -> tuple[str, str]:
    """The name and code of an occupation; what the national list here does not hold is kept as it is written."""
    value = reader.text(field, "职业（工种）", 30, needed=needed)
    found = find_occupation(value, known.occupations) if value else None
    return (found.name, found.code) if found else (value, "")


def _scope(draft: Raw, known: Known, problems: list[Problem]) -> tuple[tuple[str, ...], tuple[ScopeLine, ...]]:
    whole = reader_of(draft, "scope", problems)
    chosen = whole.values.get("subjects") or []
    subjects = tuple(key for key in known.subjects if key in chosen)
    if not subjects:
        whole.wrong("subjects", "请至少勾选一类科目")
    lines: list[ScopeLine] = []
    for _, reader in row_readers(draft, "scope", "行", problems):
        name, code = _occupation(reader, "occupation", known)
        lowest, highest = _rank(reader, "lowest", "最低等级"), _rank(reader, "highest", "最高等级")
        if reader.sound and lowest > highest:
            reader.wrong("highest", "最高等级不能低于最低等级")
        if name in {line.occupation for line in lines}:
            reader.wrong("occupation", f"“{name}”已在前面填写，请合并成一行")
        lines.append(ScopeLine(occupation=name, code=code, lowest=lowest, highest=highest))
    if not lines:
        whole.wrong("rows", "请至少填写一个职业（工种）")
    return subjects, tuple(lines)


def _rank(reader: Reader, field: str, what: str) -> int:
    value = reader.raw(field)
    if not value.isascii() or not value.isdigit() or not _LOWEST <= int(value) <= _HIGHEST:
        reader.wrong(field, f"请选择{what}")
        return _LOWEST
    return int(value)


def _teachers(draft: Raw, problems: list[Problem]) -> tuple[Teacher, ...]:
    whole = reader_of(draft, "teachers", problems)
    found = []
    for _, reader in row_readers(draft, "teachers", "位教师", problems):
        found.append(
            Teacher(
                name=_name(reader, "name", "姓名"),
                employment=reader.choice("employment", "专职或兼职", Employment),
                title=reader.text("title", "职称或技能等级", 100),
                credentials=reader.text("credentials", "证书名称和编号", 100),
                field=reader.text("field", "任教方向", 100),
            )
        )
    if not found:
        whole.wrong("rows", "请至少填写一位教师")
    return tuple(found)


def _fees(draft: Raw, known: Known, occupations: set[str], problems: list[Problem]) -> tuple[FeeItem, ...]:
    whole = reader_of(draft, "fees", problems)
    rows = row_readers(draft, "fees", "项", problems)
    if whole.raw("free") == "yes":
        if rows:
            whole.wrong("free", "已填写收费项目，请取消勾选“不收费”，或删去收费项目")
        return ()
    found = []
    for _, reader in rows:
        name, _code = _occupation(reader, "occupation", known, needed=False)
        if name and occupations and name not in occupations:
            reader.wrong("occupation", f"“{name}”不在填写的继续教育范围内，请先填入范围，或留空表示各工种通用")
        item = FeeItem(
            item=reader.text("item", "收费项目", 50),
            occupation=name,
            unit=reader.choice("unit", "计费单位", FeeUnit),
            amount=reader.money("amount", "收费标准"),
        )
        found.append(item)
    if not found:
        whole.wrong("rows", "请填写收费项目；不收费的，请勾选“不向学员收费”")
    return tuple(found)


def section_states(draft: Raw, problems: list[Problem], papers: Mapping[str, Any]) -> dict[str, SectionState]:
    """How far each section has come: complete only if nothing in it is wrong."""
    broken = {problem.section for problem in problems if not problem.hint}
    states = {}
    for section in SECTIONS:
        untouched = not draft.get(section.key) and not papers.get(section.key)
        if section.key not in broken:
            states[section.key] = SectionState.COMPLETE
        else:
            states[section.key] = SectionState.UNTOUCHED if untouched else SectionState.STARTED
    return states

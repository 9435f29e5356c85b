"""Reads the test vectors of a policy pack: cases with the result they must give."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from domain.credit_entries import BadEntry, Entry, check_entries
from domain.policy import Policy, UnknownWord, Vector
from domain.policy_reading import Problems, decimal_of, read_credits, read_date, unknown_parts
from domain.policy_years import year_span

_VECTOR = ("name", "note", "year", "level", "first_certificate", "as_of", "entries", "award", "expect")
_ENTRY = (
    *("id", "earned_on", "subject", "form", "hours", "credits", "exam", "source", "course", "activity", "days"),
    *("frozen", "makeup_for", "reverses"),
)
_AWARD = ("attended", "planned", "passed", "days", "lines")
_EXPECT = (
    *("compliant", "obliged", "totals", "exam", "frozen", "cut", "missing", "closed", "required", "counted", "carried"),
    *("credits", "lines"),
)


def read_vectors(policy: Policy, raw: Any, problems: Problems) -> Policy:
    """The policy with the vectors of the pack; what is wrong with them is noted as the rest of the pack is."""
    if not isinstance(raw, list):
        problems.add("$.vectors", "应为列表 [ … ]")
        return policy
    vectors = []
    for index, item in enumerate(raw):
        path = f"$.vectors[{index}]"
        if not isinstance(item, dict) or not isinstance(item.get("expect"), dict):
            problems.add(path, "应为对象，含名称 name、记录 entries（或 award）和应有结果 expect")
            continue
        unknown_parts(item, _VECTOR, path, problems)
        unknown_parts(item["expect"], _EXPECT, f"{path}.expect", problems)
        name = item.get("name")
        if not isinstance(name, str) or not name.strip():
            problems.add(f"{path}.name", "应为非空的文字")
        vectors.append(_award(item, path, problems) if "award" in item else _case(policy, item, path, problems))
    return replace(policy, vectors=tuple(vectors))


def _award(item: dict[str, Any], path: str, problems: Problems) -> Vector:
    award, here = item["award"], f"{path}.award"
    if not isinstance(award, dict):
        problems.add(here, '应写成 {"attended": 15.5, "planned": 16, "passed": true}')
        award = {}
    unknown_parts(award, _AWARD, here, problems)
    read: dict[str, Any] = {
        name: read_credits(award.get(name), f"{here}.{name}", problems) for name in ("attended", "planned")
    }
    read["passed"] = award.get("passed", True) is True
    read["days"] = _whole(award, "days", here, problems)
    lines = award.get("lines", [])
    if not isinstance(lines, list) or not all(isinstance(line, list) and len(line) == 2 for line in lines):
        problems.add(f"{here}.lines", '应写成 [["PUBLIC", 4], ["PROFESSIONAL", 12]]')
        lines = []
    read["lines"] = [(str(line[0]), read_credits(line[1], f"{here}.lines", problems)) for line in lines]
    return Vector(name=str(item.get("name", "")), path=path, award=read, expect=item["expect"])


def _case(policy: Policy, item: dict[str, Any], path: str, problems: Problems) -> Vector:
    year = _whole(item, "year", path, problems)
    if year is None or not 1990 <= year <= 2100:
        problems.add(f"{path}.year", "应为 1990 到 2100 之间的年度")
        year = 2025
    as_of = _day(item, "as_of", path, problems)
    entries = item.get("entries", [])
    if not isinstance(entries, list):
        problems.add(f"{path}.entries", "应为列表 [ … ]")
        entries = []
    usual = year_span(policy.year_kind, year, as_of)[0]
    made = [
        entry
        for index, raw in enumerate(entries)
        if (entry := _entry(policy, raw, index + 1, usual, f"{path}.entries[{index}]", problems))
    ]
    try:
        check_entries(made)
        level = item.get("level")
        level = policy.level(level).key if isinstance(level, str) else None
    except (BadEntry, UnknownWord) as refusal:
        problems.add(path, refusal.message)
        level = None
    return Vector(
        name=str(item.get("name", "")),
        path=path,
        year=year,
        level=level,
        first_certificate=_day(item, "first_certificate", path, problems),
        as_of=as_of,
        entries=tuple(made),
        expect=item["expect"],
    )


def _entry(policy: Policy, raw: Any, number: int, usual: date, path: str, problems: Problems) -> Entry | None:
    if not isinstance(raw, dict):
        problems.add(path, "应为对象 { … }")
        return None
    unknown_parts(raw, _ENTRY, path, problems)
    before = len(problems.found)
    try:
        subject = policy.subject(str(raw.get("subject", ""))).key
        form = policy.form(str(raw["form"])).key if raw.get("form") else ""
    except UnknownWord as refusal:
        problems.add(path, refusal.message)
        return None
    credits = decimal_of(raw.get("credits"))
    if credits is None:
        problems.add(f"{path}.credits", "应为最多一位小数的学分数")
    hours = read_credits(raw.get("hours", 0), f"{path}.hours", problems)
    flags = {name: raw.get(name, False) for name in ("exam", "frozen")}
    for name, value in flags.items():
        if not isinstance(value, bool):
            problems.add(f"{path}.{name}", "应为 true 或 false")
    earned_on = _day(raw, "earned_on", path, problems) or usual
    days, makeup_for = _whole(raw, "days", path, problems), _whole(raw, "makeup_for", path, problems)
    if len(problems.found) > before:
        return None
    return Entry(
        id=raw.get("id", number),
        earned_on=earned_on,
        subject=subject,
        form=form,
        hours=hours or Decimal(0),
        credits=credits or Decimal(0),
        source=str(raw.get("source", "")),
        course=raw.get("course"),
        activity=raw.get("activity"),
        days=days,
        makeup_for=makeup_for,
        reverses=raw.get("reverses"),
        **flags,
    )


def _whole(raw: Mapping[str, Any], name: str, path: str, problems: Problems) -> int | None:
    value = raw.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        problems.add(f"{path}.{name}", "应为整数")
        return None
    return value


def _day(raw: Mapping[str, Any], name: str, path: str, problems: Problems) -> date | None:
    return None if raw.get(name) is None else read_date(raw[name], f"{path}.{name}", problems)

"""Reads a policy pack from JSON: all of it checked, and everything wrong with it said at once."""

import difflib
import hashlib
import json
import re
from decimal import Decimal
from typing import Any

from domain.errors import RuleError
from domain.policy import Figure, Form, Level, Policy, Subject
from domain.policy_figures import CATALOGUE, PER_FORM, REQUIRED, Kind
from domain.policy_floors import check_floors, read_floor, read_maximum
from domain.policy_reading import Problems, origin, pattern, several, text, texts, unknown_parts, word_key
from domain.policy_vectors import read_vectors

_MOST_CHARACTERS = 1_000_000
_PACK_KEY = re.compile(r"[A-Z][A-Z0-9-]{2,39}")
_PARTS = ("key", "name", "document", "subjects", "forms", "levels", "floors", "maxima", "figures", "vectors")
_NEEDED = ("key", "name", "document", "subjects", "floors", "figures")


class InvalidPack(RuleError):
    """The pack cannot be used. `problems` holds every (JSON path, sentence)."""

    code = "invalid_pack"

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        shown = "；".join(f"{path}：{sentence}" for path, sentence in problems[:20])
        super().__init__(f"学分政策文件有 {len(problems)} 处问题：{shown}{'……' if len(problems) > 20 else ''}")


def parse_pack(content: str) -> Policy:
    """The policy this JSON text describes; InvalidPack, with every problem and its place, if it describes none."""
    problems = Problems()
    raw = _load(content, problems)
    policy = None
    if not problems.found:
        policy = _read(raw, hashlib.sha256(content.encode()).hexdigest(), problems)
    if policy is None or problems.found:
        raise InvalidPack(problems.found)
    return policy


def _load(content: str, problems: Problems) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        for name in sorted({name for name in names if names.count(name) > 1}):
            problems.add("$", f"“{name}”在同一个对象中出现了两次，只能保留一个")
        return dict(pairs)

    def no_constant(name: str) -> None:
        problems.add("$", f"不能使用 {name}，请写成普通的数")

    if len(content) > _MOST_CHARACTERS:
        problems.add("$", f"文件过大，最多 {_MOST_CHARACTERS} 个字符")
        return None
    try:
        return json.loads(
            content.removeprefix("\ufeff"), parse_float=Decimal, parse_constant=no_constant, object_pairs_hook=unique
        )
    except json.JSONDecodeError as error:
        problems.add("$", f"不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 列附近有误")
    except (ValueError, ArithmeticError):
        problems.add("$", "有位数过多的数，请写成普通的数")
    except RecursionError:
        problems.add("$", "层次过深，不是学分政策文件")
    return None


def _read(raw: Any, sha256: str, problems: Problems) -> Policy | None:
    if not isinstance(raw, dict):
        problems.add("$", "最外层应为对象 { … }")
        return None
    unknown_parts(raw, _PARTS, "$", problems)
    for name in _NEEDED:
        if name not in raw:
            problems.add(f"$.{name}", "缺少这一项")
    key = pattern(raw.get("key", "X-X"), _PACK_KEY, "$.key", "应为大写字母、数字和短横组成的编号", problems)
    name = text(raw, "name", "$", problems) if "name" in raw else ""
    document = _document(raw.get("document", {}), problems)
    subjects = several(raw.get("subjects", []), "$.subjects", problems, _read_subject)
    forms = several(raw.get("forms", []), "$.forms", problems, _read_form)
    levels = several(raw.get("levels", []), "$.levels", problems, _read_level)
    figures = _figures(raw.get("figures", {}), {form.key for form in forms}, problems)
    floors = several(
        raw.get("floors", []), "$.floors", problems, lambda item, path, found: read_floor(item, path, found, levels)
    )
    maxima = several(raw.get("maxima", []), "$.maxima", problems, read_maximum)
    _check_subjects(subjects, problems)
    check_floors(floors, maxima, subjects, figures, problems)
    if problems.found:
        return None
    for rule in (*floors, *maxima):
        value = rule.amount.number if rule.amount.number is not None else rule.amount
        figures[rule.key] = Figure(
            key=rule.key, value=value, source=rule.source, article=rule.article, unit="CREDITS", label=rule.label
        )
    policy = Policy(
        key=key,
        name=name,
        document=document,
        subjects=tuple(subjects),
        forms=tuple(forms),
        levels=tuple(levels),
        floors=tuple(floors),
        maxima=tuple(maxima),
        figures=figures,
        vectors=(),
        sha256=sha256,
    )
    return read_vectors(policy, raw.get("vectors", []), problems)


# --- Subjects, forms, levels ------------------------------------------------------------------------------------------


def _document(raw: Any, problems: Problems) -> dict[str, str]:
    if not isinstance(raw, dict):
        problems.add("$.document", "应为对象，写明文件名称 name、阶段 stage")
        return {}
    unknown_parts(raw, ("name", "number", "stage", "issuer"), "$.document", problems)
    return {
        name: text(raw, name, "$.document", problems) for name in ("name", "stage", "number", "issuer") if raw.get(name)
    }


def _read_subject(raw: dict[str, Any], path: str, problems: Problems) -> Subject:
    unknown_parts(raw, ("key", "label", "parent", "synonyms", "content", "source", "article"), path, problems)
    parent = raw.get("parent")
    if parent is not None and not isinstance(parent, str):
        problems.add(f"{path}.parent", "应为上一级科目的 key")
        parent = None
    return Subject(
        key=word_key(raw, path, problems),
        label=text(raw, "label", path, problems),
        parent=parent,
        synonyms=texts(raw, "synonyms", path, problems),
        content=texts(raw, "content", path, problems),
        **origin(raw, path, problems),
    )


def _read_form(raw: dict[str, Any], path: str, problems: Problems) -> Form:
    unknown_parts(raw, ("key", "label", "synonyms", "mode", "filing", "source", "article"), path, problems)
    mode = raw.get("mode", "OFFLINE")
    if mode not in ("ONLINE", "OFFLINE"):
        problems.add(f"{path}.mode", "只能是：ONLINE、OFFLINE")
    filing = raw.get("filing", False)
    if not isinstance(filing, bool):
        problems.add(f"{path}.filing", "应为 true 或 false")
    return Form(
        key=word_key(raw, path, problems),
        label=text(raw, "label", path, problems),
        synonyms=texts(raw, "synonyms", path, problems),
        mode=mode,
        filing=filing,
        **origin(raw, path, problems),
    )


def _read_level(raw: dict[str, Any], path: str, problems: Problems) -> Level:
    unknown_parts(raw, ("key", "label", "synonyms", "rank"), path, problems)
    rank = raw.get("rank")
    if rank is not None and (not isinstance(rank, int) or isinstance(rank, bool) or not 1 <= rank <= 8):
        problems.add(f"{path}.rank", "应为 1（学徒工）到 8（首席技师）的整数")
        rank = None
    return Level(
        rank=rank,
        key=word_key(raw, path, problems),
        label=text(raw, "label", path, problems),
        synonyms=texts(raw, "synonyms", path, problems),
    )


# --- Figures ----------------------------------------------------------------------------------------------------------


def _figures(raw: Any, forms: set[str], problems: Problems) -> dict[str, Figure]:
    if not isinstance(raw, dict):
        problems.add("$.figures", "应为对象 { … }")
        return {}
    for key in REQUIRED:
        if key not in raw:
            problems.add(f"$.figures.{key}", "缺少这一项")
    figures = {}
    for key, item in raw.items():
        path = f"$.figures.{key}"
        kind = _kind(key, forms, path, problems)
        if kind is None:
            continue
        if not isinstance(item, dict) or "value" not in item:
            problems.add(path, '应写成 {"value": …, "source": "…", "article": 20}')
            continue
        unknown_parts(item, ("value", "source", "article", "unit", "label"), path, problems)
        unit = item.get("unit", kind.units[0])
        if unit not in kind.units:
            problems.add(f"{path}.unit", f"单位只能是：{'、'.join(kind.units) if kind.units != ('',) else '（无）'}")
        label = item.get("label", "")
        if not isinstance(label, str):
            problems.add(f"{path}.label", "应为文字")
        value = kind.read(item["value"], f"{path}.value", problems)
        figures[key] = Figure(key=key, value=value, unit=unit, label=label, **origin(item, path, problems))
    return figures


def _kind(key: str, forms: set[str], path: str, problems: Problems) -> Kind | None:
    for start, kind in PER_FORM.items():
        if key.startswith(start):
            if key.removeprefix(start) in forms:
                return kind
            problems.add(path, f"学习形式“{key.removeprefix(start)}”没有在 forms 中列出")
            return None
    if key in CATALOGUE:
        return CATALOGUE[key]
    near = difflib.get_close_matches(key, CATALOGUE, 1)
    problems.add(path, f"没有这个项目，是不是“{near[0]}”？" if near else "没有这个项目，请删去")
    return None


# --- What must fit together -------------------------------------------------------------------------------------------


def _check_subjects(subjects: list[Subject], problems: Problems) -> None:
    if not subjects:
        problems.add("$.subjects", "至少要有一个科目")
    parents = {subject.key: subject.parent for subject in subjects}
    for index, subject in enumerate(subjects):
        if subject.parent is not None and subject.parent not in parents:
            problems.add(f"$.subjects[{index}].parent", f"上一级科目“{subject.parent}”没有列出")
        seen, at = set(), subject.parent
        while at is not None and at not in seen:
            seen.add(at)
            at = parents.get(at)
        if subject.key in seen:
            problems.add(f"$.subjects[{index}].parent", "科目的上下级关系成了圈")
    if any(subject.key in ("ANY", "EXAM", "TOTAL") for subject in subjects):
        problems.add("$.subjects", "科目的 key 不能是 ANY、EXAM、TOTAL")

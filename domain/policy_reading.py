"""Small readers for the JSON of a policy pack: each gives a typed value, or notes what is wrong and where."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from domain.credit_entries import is_tenths
from domain.policy import Amount

_FRACTION = re.compile(r"([1-9]\d{0,4})/([1-9]\d{0,4})")
_WORD_KEY = re.compile(r"[A-Z0-9][A-Z0-9_]{0,15}")  # 16: the width of the columns that keep these words
_RULE_KEY = re.compile(r"[a-z][a-z0-9_.]{2,39}")


@dataclass
class Problems:
    """Everything wrong with a pack, each with its JSON path; nothing stops at the first."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, path: str, sentence: str) -> None:
        self.found.append((path, sentence))


# --- Plain values -----------------------------------------------------------------------------------------------------


def decimal_of(raw: Any) -> Decimal | None:
    """A JSON number, or a string that holds one, exactly; None for anything else."""
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return Decimal(raw)
    if isinstance(raw, str) and re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", raw):
        return Decimal(raw)
    # 1e999999999 is a number of JSON too; expanding it would take all the memory there is.
    if isinstance(raw, Decimal) and raw.is_finite() and abs(raw.adjusted()) < 10 and len(raw.as_tuple().digits) < 19:
        return raw
    return None


def share_of(raw: Any) -> Fraction | None:
    """0.75 or "2/3", exactly; None for what lies outside 0 to 1."""
    match = _FRACTION.fullmatch(raw) if isinstance(raw, str) else None
    number = decimal_of(raw)
    if match is None and (number is None or not 0 <= number <= 1):
        return None
    share = Fraction(int(match[1]), int(match[2])) if match else Fraction(number or 0)
    return share if share <= 1 else None


def read_credits(raw: Any, path: str, problems: Problems) -> Decimal | None:
    number = decimal_of(raw)
    if number is None or not is_tenths(number) or number < 0:
        problems.add(path, "应为不小于 0、最多一位小数的学分数或学时数")
        return None
    return number


def read_amount(raw: Any, path: str, problems: Problems) -> Amount | None:
    """A number of credits, or `{"share": "2/3", "of": "floor.total"}`."""
    if not isinstance(raw, dict):
        number = read_credits(raw, path, problems)
        return None if number is None else Amount(number=number)
    share = share_of(raw.get("share"))
    if set(raw) != {"share", "of"} or not isinstance(raw.get("of"), str) or not share:
        problems.add(path, '比例应写成 {"share": "2/3", "of": "floor.total"}，share 大于 0 且不大于 1')
        return None
    return Amount(share=share, of=raw["of"])


def read_date(raw: Any, path: str, problems: Problems) -> date | None:
    try:
        if isinstance(raw, str) and len(raw) == 10:
            return date.fromisoformat(raw)
    except ValueError:
        pass
    problems.add(path, '应为“年-月-日”的日期，例如 "2021-01-01"')
    return None


# --- Parts of an object -----------------------------------------------------------------------------------------------


def unknown_parts(raw: Mapping[str, Any], known: tuple[str, ...], path: str, problems: Problems) -> None:
    for name in raw:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            problems.add(f"{path}.{name}", f"没有这个项目，是不是“{near[0]}”？" if near else "没有这个项目，请删去")


def pattern(raw: Any, pattern: re.Pattern[str], path: str, sentence: str, problems: Problems) -> str:
    if not isinstance(raw, str) or not pattern.fullmatch(raw):
        problems.add(path, sentence)
        return ""
    return raw


def text(raw: Mapping[str, Any], name: str, path: str, problems: Problems) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        problems.add(f"{path}.{name}", "应为 1 到 500 字的文字")
        return ""
    return value.strip()


def texts(raw: Mapping[str, Any], name: str, path: str, problems: Problems) -> tuple[str, ...]:
    value = raw.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        problems.add(f"{path}.{name}", "应为文字的列表")
        return ()
    return tuple(item.strip() for item in value)


def _article(raw: Mapping[str, Any], path: str, problems: Problems) -> int | None:
    article = raw.get("article")
    if article is not None and (not isinstance(article, int) or isinstance(article, bool) or not 0 < article < 1000):
        problems.add(f"{path}.article", "应为条款序号（整数），没有对应条款的写 null")
        return None
    return article


def origin(raw: Mapping[str, Any], path: str, problems: Problems) -> dict[str, Any]:
    return {"source": text(raw, "source", path, problems), "article": _article(raw, path, problems)}


def several(raw: Any, path: str, problems: Problems, read: Callable[[dict[str, Any], str, Problems], Any]) -> list[Any]:
    """The items of a list, each an object with a key of its own."""
    if not isinstance(raw, list):
        problems.add(path, "应为列表 [ … ]")
        return []
    items: list[Any] = []
    for index, item in enumerate(raw):
        if not isinstance(item, dict):
            problems.add(f"{path}[{index}]", "应为对象 { … }")
            continue
        made = read(item, f"{path}[{index}]", problems)
        if made.key and any(made.key == other.key for other in items):
            problems.add(f"{path}[{index}].key", f"“{made.key}”已经用过，不能重复")
        items.append(made)
    return items


def word_key(raw: Mapping[str, Any], path: str, problems: Problems) -> str:
    sentence = "应为不超过 16 位的大写字母、数字、下划线"
    return pattern(raw.get("key"), _WORD_KEY, f"{path}.key", sentence, problems)


def rule_key(raw: Mapping[str, Any], path: str, start: str, problems: Problems) -> str:
    key = pattern(raw.get("key"), _RULE_KEY, f"{path}.key", "应为小写字母、数字、点、下划线组成的名称", problems)
    if key and not key.startswith(start):
        problems.add(f"{path}.key", f"应以“{start}”开头")
    return key


def subject_key(raw: Mapping[str, Any], path: str, problems: Problems) -> str | None:
    subject = raw.get("subject")
    if subject is not None and not isinstance(subject, str):
        problems.add(f"{path}.subject", "应为科目的 key，不分科目的写 null")
        return None
    return subject

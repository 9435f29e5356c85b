"""The annual report of a base: what it says, the figures behind it, and how five scores make a grade (arts. 9, 34)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from domain.base_content import CONDITIONS, condition_label

# What the base writes, with the name of the field.
PARTS = {"summary": "年度工作情况", "problems": "存在的问题和改进", "plan": "下年度计划"}
LEAST_CHARACTERS = 20


class Grade(StrEnum):
    """What the year is worth. Values are stored."""

    EXCELLENT = "excellent"
    PASSED = "passed"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return {"excellent": "优秀", "passed": "合格", "failed": "不合格"}[self.value]

    @property
    def tone(self) -> str:
        return {"excellent": "success", "passed": "info", "failed": "danger"}[self.value]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The most each condition of art. 9 can have, and from how many points on a year is excellent, or passed."""

    each: int
    excellent: int
    passed: int

    @property
    def most(self) -> int:
        return self.each * len(CONDITIONS)

    def grade(self, total: int) -> Grade:
        """The grade of so many points."""
        if total >= self.excellent:
            return Grade.EXCELLENT
        return Grade.PASSED if total >= self.passed else Grade.FAILED


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What the platform knows of the base's year; hours and credits in tenths."""

    classes: int
    people: int
    passed: int
    hours_tenths: int
    credits_tenths: int
    full_time: int
    part_time: int
    stopped: int

    @property
    def passed_percent(self) -> int:
        """Of a hundred who were taught so many passed, rounded down."""
        return self.passed * 100 // self.people if self.people else 0

    def plain(self) -> dict[str, int]:
        return asdict(self)


def years_due(published_on: date, today: date) -> list[int]:
    """The years a base reports on, the last one first: those that are over, from the year it was published."""
    return list(range(today.year - 1, published_on.year - 1, -1))


def missing(words: Mapping[str, str]) -> dict[str, str]:
    """What keeps a report from being handed in: a sentence for each part that says too little."""
    return {
        key: f"请写明{label}，不少于 {LEAST_CHARACTERS} 个字"
        for key, label in PARTS.items()
        if len(words.get(key, "").strip()) < LEAST_CHARACTERS
    }


def due_on(year: int, month_day: tuple[int, int]) -> date:
    """The last day for the report of a year: in the year after it."""
    return date(year + 1, *month_day)


def wrong_scores(scores: Mapping[int, tuple[int | None, str]], scale: Scale) -> dict[int, str]:
    """What is wrong with these (points, reason) by condition: all five are scored, and what is lost is explained."""
    found = {}
    for number in CONDITIONS:
        points, remark = scores.get(number, (None, ""))
        if points is None or not 0 <= points <= scale.each:
            found[number] = f"{condition_label(number)}：请填写 0 到 {scale.each} 的整数"
        elif points < scale.each and not remark.strip():
            found[number] = f"{condition_label(number)}：没有给满分的，请写明扣分理由"
    return found


def seal_of(words: Mapping[str, str], figures: Mapping[str, Any], scores: Mapping[str, Any]) -> str:
    """The SHA-256 of a report with its scores."""
    plain = {"words": dict(words), "figures": dict(figures), "scores": dict(scores)}
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

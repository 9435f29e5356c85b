"""How doubtful a report is: points with their reasons, and the level they add up to. No point without a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How closely a report should be looked at. Values are stored."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def label(self) -> str:
        return {"low": "低风险", "medium": "中风险", "high": "高风险"}[self.value]

    @property
    def tone(self) -> str:
        return {"low": "neutral", "medium": "warning", "high": "danger"}[self.value]


class Weight(StrEnum):
    """What points are given for; the policy says how many (`risk.points.*`)."""

    FINDING = "finding"
    SERIOUS = "serious"
    MINOR = "minor"
    HISTORY = "history"
    NEWCOMER = "newcomer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """One thing that speaks for a closer look, `times` over."""

    weight: Weight
    reason: str
    times: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Risk:
    """The level, the points, and each reason with its points, the heaviest first."""

    level: Level
    points: int
    reasons: tuple[tuple[str, int], ...]


def weigh(doubts: Sequence[Doubt], points: Mapping[Weight, int], *, medium: int, high: int) -> Risk:
    """Add the points up; another doubt never lowers the level."""
    reasons = [(doubt.reason, points.get(doubt.weight, 0) * doubt.times) for doubt in doubts]
    given = sorted((pair for pair in reasons if pair[1]), key=lambda pair: -pair[1])
    total = sum(count for _, count in given)
    level = Level.HIGH if total >= max(high, 1) else Level.MEDIUM if total >= max(medium, 1) else Level.LOW
    return Risk(level=level, points=total, reasons=tuple(given))

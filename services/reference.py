"""The reference data shipped in reference/: regions, levels, occupations and the calendar, read once."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from domain.skills import Level, Occupation, level_spellings, occupation_spellings

REFERENCE = Path(__file__).resolve().parent.parent / "reference"

_WORKING_KINDS = {"工作日": True, "调休上班": True, "周末": False, "放假": False}


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A region of GB/T 2260, or a functional zone (kind `zone`) with a code of the city's own."""

    code: str
    name: str
    parent: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of the shipped calendar; not official means computed from the law before the year was announced."""

    on: date
    is_working: bool
    is_official: bool
    source: str


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split("|")) if text else ()


@lru_cache
def regions() -> tuple[RegionRow, ...]:
    """Province, city, counties and functional zones, parents before children."""
    return tuple(
        RegionRow(row["code"], row["name"], row["parent"] or None, row["kind"])
        for row in _rows(REFERENCE / "regions.csv")
    )


@lru_cache
def levels() -> tuple[Level, ...]:
    """The levels by rank, 0 (certificates without a level) first."""
    return tuple(
        Level(int(row["rank"]), row["name"], row["national"], _listed(row["synonyms"]))
        for row in _rows(REFERENCE / "levels.csv")
    )


@lru_cache
def level_names() -> Mapping[int, str]:
    """What the screen calls each rank: 三级/高级工."""
    return {level.rank: level.label for level in levels()}


@lru_cache
def level_ranks() -> Mapping[str, int]:
    """Every spelling of a level with its rank, for `domain.skills.level_rank`."""
    return level_spellings(levels())


@lru_cache
def occupations() -> tuple[Occupation, ...]:
    """The occupations of the national classification that are met here, by code."""
    return tuple(
        Occupation(row["code"], row["edition"], row["name"], _listed(row["synonyms"]))
        for row in _rows(REFERENCE / "occupations.csv")
    )


@lru_cache
def occupation_names() -> Mapping[str, Occupation]:
    """Every spelling of an occupation, for `domain.skills.find_occupation`."""
    return occupation_spellings(occupations())


@lru_cache
def calendar_days() -> tuple[CalendarDay, ...]:
    """Every day of every shipped year."""
    return tuple(
        CalendarDay(
            on=date.fromisoformat(row["date"]),
            is_working=_WORKING_KINDS[row["kind"]],
            is_official=not row["source"].startswith("推算"),
            source=row["source"],
        )
        for path in sorted((REFERENCE / "calendar").glob("[0-9]*.csv"))
        for row in _rows(path)
    )

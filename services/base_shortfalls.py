"""Whose year a measure on a base would bring below a floor, what is missing then, and whether it can still be closed.

A sham class takes its credits back (arts. 12, 34); whoever met the year only with them learns it before it is decided.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models import Technician, db
from services import base_impact, clock, compliance, owed_results, registry


class Way(StrEnum):
    """How what is missing may still come."""

    OWED = "owed"
    OPEN = "open"
    NONE = "none"

    @property
    def label(self) -> str:
        return {"owed": "待入账的学分可补足", "open": "本年度内还可学习补足", "none": "年度已结束，不能再补足"}[
            self.value
        ]


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """A person whose year is met now and would not be: the year, what is missing in words, how it may still come."""

    technician_id: int
    name: str
    id_masked: str
    year: int
    missing: tuple[str, ...]
    way: Way
    until: date


def of_classes(filing_ids: Collection[int]) -> list[Shortfall]:
    """Who would fall below a floor if the credits of these classes were taken back, by year and name."""
    taken: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    of_person: defaultdict[int, set[int]] = defaultdict(set)
    for entry in base_impact.live_entries(filing_ids):
        taken[entry.technician_id, entry.year].add(entry.id)
        of_person[entry.technician_id].add(entry.id)
    found = [
        short
        for technician_id, year in taken
        if (short := _short(technician_id, year, without=of_person[technician_id])) is not None
    ]
    return sorted(found, key=lambda each: (each.year, each.name, each.technician_id))


def _short(technician_id: int, year: int, *, without: Collection[int]) -> Shortfall | None:
    before = compliance.standing(technician_id, year).evaluation
    if before.status != "MET":
        return None
    standing = compliance.standing(technician_id, year, without=without)
    after = standing.evaluation
    if after.status != "NOT_MET":
        return None
    way = Way.NONE
    if owed_results.outlook(technician_id, standing, without=without).closes:
        way = Way.OWED
    elif after.ends_on >= clock.today():
        way = Way.OPEN
    person = db.session.get_one(Technician, technician_id)
    return Shortfall(
        technician_id=technician_id,
        name=person.name,
        id_masked=registry.masked_id(person),
        year=year,
        missing=tuple(gap.sentence for gap in after.gaps),
        way=way,
        until=after.ends_on,
    )

"""Site visits and expert panels: a check sheet whose items belong to the conditions of art. 9, scored by members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

_TENTH = Decimal("0.1")


class VisitKind(StrEnum):
    """Values are stored."""

    SITE = "site"
    PANEL = "panel"

    @property
    def label(self) -> str:
        return {"site": "实地核查", "panel": "专家评审"}[self.value]


@dataclass(frozen=True, kw_only=True)
class CheckItem:
    """One line of the check sheet: the condition it tells of, what is looked at, and how many points it has at most."""

    condition: int
    text: str
    most: int


def items_of(raw: Sequence[Mapping[str, Any]]) -> tuple[CheckItem, ...]:
    """The lines as a policy pack or a kept sheet holds them."""
    return tuple(CheckItem(condition=each["condition"], text=each["text"], most=each["most"]) for each in raw)


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the sheets say together: the mean of the whole sheets, out of `most`, and by condition.

    None while no member has scored.
    """

    most: int
    total: Decimal | None
    by_condition: Mapping[int, tuple[Decimal, int]]

    def reaches(self, pass_points: int) -> bool:
        """Whether the mean is not below the line the bureau has drawn."""
        return self.total is not None and self.total >= pass_points


def result_of(items: Sequence[CheckItem], sheets: Sequence[Mapping[int, int]]) -> Result:
    """The result of the members' sheets, each the points by the place of the item; only whole sheets count."""
    whole = [sheet for sheet in sheets if set(sheet) == set(range(len(items)))]
    most = sum(item.most for item in items)
    if not whole:
        return Result(most=most, total=None, by_condition={})

    def mean(places: Sequence[int]) -> Decimal:
        points = sum(sheet[place] for sheet in whole for place in places)
        return (Decimal(points) / len(whole)).quantize(_TENTH, ROUND_HALF_UP)

    conditions = sorted({item.condition for item in items})
    places = {each: [place for place, item in enumerate(items) if item.condition == each] for each in conditions}
    return Result(
        most=most,
        total=mean(range(len(items))),
        by_condition={each: (mean(at), sum(items[place].most for place in at)) for each, at in places.items()},
    )

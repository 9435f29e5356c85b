"""What check sheets say together, and which conditions a change concerns."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.base_content import BaseContent, BaseLevel, Basics, Condition, InstitutionKind, ScopeLine
from domain.base_purpose import conditions_of_change, enlarges
from domain.base_visits import CheckItem, result_of

ITEMS = (
    CheckItem(condition=1, text="场地", most=10),
    CheckItem(condition=1, text="设备", most=20),
    CheckItem(condition=2, text="师资", most=20),
)
BASE = BaseContent(
    basics=Basics(level=BaseLevel.COUNTY, kind=InstitutionKind.TRAINER, place="甲楼", phone="1", contents="焊接"),
    conditions=tuple(Condition(text=f"情况{each}", papers=()) for each in range(1, 6)),
    subjects=("PUBLIC",),
    scope=(ScopeLine(occupation="焊工", code="", lowest=2, highest=4),),
    teachers=(),
    fees=(),
    signer="甲",
)


def test_the_result_is_the_mean_of_whole_sheets() -> None:
    result = result_of(ITEMS, [{0: 10, 1: 20, 2: 15}, {0: 5, 1: 10, 2: 10}, {0: 1}])
    assert (result.total, result.most) == (Decimal("35.0"), 50)
    assert result.by_condition == {1: (Decimal("22.5"), 30), 2: (Decimal("12.5"), 20)}
    assert result.reaches(35) and not result.reaches(36)


def test_without_a_whole_sheet_there_is_no_result() -> None:
    assert result_of(ITEMS, [{0: 1}, {}]).total is None
    assert not result_of(ITEMS, []).reaches(0)


@pytest.mark.parametrize(
    ("line", "wider"),
    [
        (ScopeLine(occupation="焊工", code="", lowest=2, highest=5), True),
        (ScopeLine(occupation="电工", code="", lowest=2, highest=2), True),
        (ScopeLine(occupation="焊工", code="", lowest=3, highest=4), False),
    ],
)
def test_a_wider_scope_concerns_places_and_teachers(line: ScopeLine, wider: bool) -> None:
    after = replace(BASE, scope=(line,))
    assert enlarges(BASE, after) is wider
    assert conditions_of_change(BASE, after) == ((1, 2) if wider else (5,))


def test_another_subject_is_wider_too() -> None:
    assert conditions_of_change(BASE, replace(BASE, subjects=("PUBLIC", "PROFESSIONAL"))) == (1, 2)


def test_what_is_said_otherwise_is_looked_at() -> None:
    moved = replace(BASE, basics=replace(BASE.basics, place="乙楼"))
    assert conditions_of_change(BASE, moved) == (1,)
    rewritten = replace(BASE, conditions=(*BASE.conditions[:3], Condition(text="新", papers=()), BASE.conditions[4]))
    assert conditions_of_change(BASE, rewritten) == (4,)

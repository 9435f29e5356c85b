"""What collides: the same teacher, room or person at one time; and what only looks like it."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.filing_conflicts import (
    Booking,
    Conflict,
    Kind,
    capacity_of,
    conflicts,
    is_same_place,
    names_room,
    plain,
    plain_unit,
    shared_people,
)
from domain.filing_content import FilingContent
from domain.filing_parse import parse
from domain.periods import CHINA
from tests.domain.filing_samples import PLAN, SUBJECTS, draft

MONDAY, TUESDAY = date(2026, 6, 15), date(2026, 6, 16)


def content(**changes: Any) -> FilingContent:
    """The sample: 王建国 teaches on Monday morning in 一号培训室, 李梅 three times after it."""
    found = parse(draft(**changes), form="F3", subjects=SUBJECTS, plan=PLAN).content
    assert found is not None
    return found


def booking(**changes: Any) -> Booking:
    """Another organiser's class on Monday morning, which collides with nothing."""
    times = {"starts_at": datetime(2026, 6, 15, 9, tzinfo=CHINA), "ends_at": datetime(2026, 6, 15, 11, tzinfo=CHINA)}
    given: dict[str, Any] = {
        "filing_id": 7, "title": "焊工班", "organizer": "双龙技师学院", "own": False, "firm": True, "in_house": False,
        "quota": 30, "on": MONDAY, "hours": Decimal(2), "place": "别处", "teacher": "方志明", "unit": "双龙技师学院",
        **times, **changes,
    }  # fmt: skip
    return Booking(**given)


def found(*bookings: Booking, of: FilingContent | None = None, staff: int | None = None) -> list[Conflict]:
    mine = of or content()
    return conflicts(
        mine.sessions, mine.teachers, bookings, quota=mine.people.quota, most_per_day=Decimal(8), staff=staff
    )


def test_a_class_at_another_place_with_another_teacher_is_no_conflict() -> None:
    assert found(booking()) == []


def test_the_same_teacher_elsewhere_at_the_time_blocks_and_is_said_with_the_activity() -> None:
    (one,) = found(booking(teacher="王建国", unit="金职技师学院"))
    assert (one.kind, one.blocks, one.session, one.with_filing) == (Kind.TEACHER, True, 0, 7)
    for word in ("第 1 课次", "王建国", "6月15日（周一） 09:00–11:00", "焊工班", "双龙技师学院"):
        assert word in one.message


@pytest.mark.parametrize(
    "unit", ["浙江金职技师学院", "金职技师学院 ", "金职 技师学院", "金华市金职技师学院", "金职技师学院有限公司"]
)
def test_a_unit_is_the_same_however_it_is_written(unit: str) -> None:
    assert [one.kind for one in found(booking(teacher="王 建国", unit=unit))] == [Kind.TEACHER]


def test_somebody_of_the_same_name_of_another_unit_is_a_hint() -> None:
    (one,) = found(booking(teacher="王建国", unit="东阳市木雕厂"))
    assert (one.kind, one.blocks) == (Kind.NAMESAKE, False)
    assert "东阳市木雕厂" in one.message and "是否同一人" in one.message


def test_touching_ends_are_no_overlap() -> None:
    before = booking(
        teacher="王建国",
        unit="金职技师学院",
        starts_at=datetime(2026, 6, 15, 7, tzinfo=CHINA),
        ends_at=datetime(2026, 6, 15, 8, 30, tzinfo=CHINA),
    )
    assert found(before) == []


def test_the_same_teacher_at_another_hour_is_counted_in_the_hours_of_the_day() -> None:
    evening = booking(
        teacher="李梅",
        unit="永力五金",
        hours=Decimal(3),
        on=TUESDAY,
        starts_at=datetime(2026, 6, 16, 18, tzinfo=CHINA),
        ends_at=datetime(2026, 6, 16, 21, tzinfo=CHINA),
    )
    (one,) = found(evening)
    assert (one.kind, one.blocks) == (Kind.DAY, False)
    assert "共 11 学时" in one.message and "每天 8 学时" in one.message


def test_several_sessions_against_one_activity_are_one_entry() -> None:
    whole = [
        booking(teacher="李梅", unit="永力五金", on=day,
                starts_at=datetime(2026, 6, day.day, 8, tzinfo=CHINA),
                ends_at=datetime(2026, 6, day.day, 18, tzinfo=CHINA), hours=Decimal(0))
        for day in (MONDAY, TUESDAY)
    ]  # fmt: skip
    teaching = [one for one in found(*whole) if one.kind is Kind.TEACHER]
    assert len(teaching) == 1 and "第 2、3、4 课次" in teaching[0].message


@pytest.mark.parametrize(
    ("place", "other", "own", "blocks"),
    [
        ("一号培训室", "一号培训室", True, True),
        ("一号培训室", " 一号　培训室 ", True, True),
        ("培训中心", "培训中心", True, False),  # a whole house: two classes may find room in it
        ("一号培训室", "一号培训室", False, None),  # every company has a room of that name
        ("永康市总部大道88号3楼301室", "永康市总部大道88号3楼301室", False, True),
        ("永康市文化广场", "永康市文化广场", False, False),
        ("永康市总部大道88号301室", "永康市总部大道88号302室", False, None),
    ],
)
def test_when_a_place_is_taken(place: str, other: str, own: bool, blocks: bool | None) -> None:
    mine = content(basics__place=place)
    answers = [one for one in found(booking(place=other, own=own), of=mine) if one.kind is Kind.PLACE]
    assert [one.blocks for one in answers] == ([] if blocks is None else [blocks])


def test_a_room_that_says_how_many_it_holds_is_not_filled_with_more() -> None:
    (one,) = found(of=content(basics__place="三楼多功能厅（可容纳60人）"))
    assert (one.kind, one.blocks) == (Kind.ROOM, True)
    assert "120 人" in one.message and "60 人" in one.message
    assert found(of=content(basics__place="三楼多功能厅（可容纳200人）")) == []
    assert capacity_of("报告厅（３００座）") is None and capacity_of("报告厅（限 300 人）") == 300


def test_an_employer_who_wants_more_people_than_work_there_is_asked() -> None:
    beside = booking(own=True, in_house=True, quota=50, place="二号楼")
    (one,) = found(beside, staff=150)
    assert (one.kind, one.blocks) == (Kind.PEOPLE, False)
    assert "170 人" in one.message and "本单位“焊工班”" in one.message and "150 人" in one.message
    assert found(beside, staff=170) == []
    assert found(beside, staff=None) == found(beside, staff=0) == []


def test_persons_enrolled_twice_are_counted_and_not_named() -> None:
    mine, other = content(), booking()
    (one,) = shared_people(mine.sessions, [(1, other), (2, other), (1, other)])
    assert "2 人" in one.message and not one.blocks and one.session == 0
    noon = [datetime(2026, 6, 15, 11, 30, tzinfo=CHINA), datetime(2026, 6, 15, 13, 30, tzinfo=CHINA)]
    assert shared_people(mine.sessions, [(1, replace(other, starts_at=noon[0], ends_at=noon[1]))]) == []


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_text_breaks_the_comparison(one: str, other: str) -> None:
    assert plain(plain(one)) == plain(one) or plain(one) != ""
    assert bool(plain_unit(one)) == bool(plain(one))
    assert is_same_place(one, booking(place=one, own=True))
    names_room(one)
    capacity_of(other)

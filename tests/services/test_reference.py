"""The shipped reference data: complete, consistent, and the calendar as announced."""

import re
from datetime import date

import chinese_calendar
import pytest

from domain.skills import LEVEL_NAMES, find_occupation, level_rank, normalise_term
from services import reference


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_calendar_is_the_announced_one(year):
    days = [day for day in reference.calendar_days() if day.on.year == year]
    assert len(days) == 365
    assert [day.on for day in days if day.is_working != chinese_calendar.is_workday(day.on)] == []
    assert all(day.is_official for day in days)


def test_a_year_not_announced_is_marked_and_still_counted():
    days = {day.on: day for day in reference.calendar_days() if day.on.year == 2027}
    assert len(days) == 365
    assert not any(day.is_official for day in days.values())
    for holiday in ("2027-01-01", "2027-02-05", "2027-02-08", "2027-04-05", "2027-05-03", "2027-06-09", "2027-09-15"):
        assert not days[date.fromisoformat(holiday)].is_working
    assert max(day.on for day in reference.calendar_days() if day.is_official) == date(2026, 12, 31)


def test_regions_form_one_tree():
    regions = {region.code: region for region in reference.regions()}
    assert len(regions) == 12
    counties = [region for region in regions.values() if region.kind == "county"]
    assert len(counties) == 9
    assert {region.parent for region in counties} == {"330700"}
    assert regions["JHKFQ"].parent == "330700"
    seen: set[str] = set()
    for region in reference.regions():
        assert region.parent is None or region.parent in seen
        seen.add(region.code)


def test_every_spelling_of_an_occupation_means_one_occupation():
    spellings = [
        normalise_term(spelling)
        for occupation in reference.occupations()
        for spelling in (occupation.name, *occupation.synonyms)
    ]
    assert len(spellings) == len(set(spellings))
    assert all(re.fullmatch(r"\d-\d\d-\d\d-\d\d", occupation.code) for occupation in reference.occupations())
    assert len(reference.occupations()) >= 60


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("车工", "6-18-01-01"),
        ("数控车工", "6-18-01-01"),
        ("叉车司机", "6-30-05-01"),
        ("钳工", "6-20-01-01"),
        ("电 工", "6-31-01-03"),
        ("车工（数控车工）", "6-18-01-01"),
        ("6-18-02-04", "6-18-02-04"),
        ("车工（电工）", None),  # two occupations
        ("车工（某某工）", None),
        ("占卜师", None),
        ("", None),
    ],
)
def test_occupations_are_found_by_the_names_people_use(written, code):
    found = find_occupation(written, reference.occupation_names())
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("written", "rank"),
    [
        *(
            (text, 4)
            for text in (
                "三级",
                "高级工",
                "三级/高级工",
                "高级工/三级",
                "高级工（三级）",
                "高级",
                "3",
                "3级",
                "Ⅲ",
                "III",
            )
        ),
        *(
            (text, 4)
            for text in (
                "三级 / 高级工",
                "国家职业资格三级",
                "职业技能三级",
                "高级技能",
                "３级",
                "三级（高级工）",
                "高级工（国家职业资格三级）",
            )
        ),
        *((text, 2) for text in ("五级/初级工", "初级", "5", "V", "五级")),
        *((text, 3) for text in ("四级/中级工", "中级工", "Ⅳ级")),
        *((text, 5) for text in ("二级/技师", "技师", "2", "Ⅱ")),
        *((text, 6) for text in ("一级/高级技师", "高级技师", "1", "I")),
        ("特级技师", 7),
        ("首席技师", 8),
        ("学徒工", 1),
        ("无等级", 0),
        *((text, None) for text in ("七级", "6", "0", "三级/中级工", "高级职称", "优秀", "")),
    ],
)
def test_levels_are_read_as_people_write_them(written, rank):
    assert level_rank(written, reference.level_ranks()) == rank


def test_the_names_of_levels_are_those_of_the_reference() -> None:
    assert {rank: name for rank, name in reference.level_names().items() if rank} == LEVEL_NAMES

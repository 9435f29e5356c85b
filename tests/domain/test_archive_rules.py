"""What belongs in a teaching archive, what is missing, and until when it is kept (arts. 10, 19)."""

from dataclasses import replace
from datetime import date

import pytest

from domain.archive_rules import ADDABLE, Facts, Item, Standing, entries, is_settled, keep_until, may_dispose, missing

WHOLE = Facts(
    approved=True, plans=1, people=20, sessions=4, unattended=(), evidence=(), evidence_note="", service=None,
    waiting=(), credited=True,
)  # fmt: skip


def standing(facts: Facts, item: Item) -> Standing:
    return next(entry.standing for entry in entries(facts) if entry.item is item)


def test_an_activity_that_kept_everything_is_complete() -> None:
    found = entries(WHOLE)
    assert {entry.standing for entry in found} == {Standing.THERE}
    assert missing(found) == ()
    assert is_settled(found)
    assert Item.SERVICE not in {entry.item for entry in found}


@pytest.mark.parametrize(
    ("changed", "item", "said"),
    [
        ({"plans": 0}, Item.PLAN, "教学计划（方案）：没有教学计划（方案）文件"),
        (
            {"unattended": ("甲", "乙", "丙", "丁")},
            Item.ATTENDANCE,
            "签到考勤记录：全部 4 个课次没有签到记录",
        ),
        ({"people": 0}, Item.PEOPLE, "参训人员名册：没有参训人员"),
        ({"unattended": ("6月8日 上午",)}, Item.ATTENDANCE, "签到考勤记录：1 个课次没有签到记录：6月8日 上午"),
        ({"evidence": ("照片还差 1 张",)}, Item.EVIDENCE, "照片和视频：照片还差 1 张"),
        ({"service": ("受益方没有确认服务时间",)}, Item.SERVICE, "服务时间或带教日志的确认：受益方没有确认服务时间"),
    ],
)
def test_what_is_not_there_is_named(changed: dict[str, object], item: Item, said: str) -> None:
    facts = replace(WHOLE, **changed)
    assert standing(facts, item) is Standing.MISSING
    assert said in missing(entries(facts))


def test_short_evidence_that_was_explained_is_told_and_not_missing() -> None:
    facts = replace(WHOLE, evidence=("视频还差 1 段",), evidence_note="没有录像设备")
    entry = next(entry for entry in entries(facts) if entry.item is Item.EVIDENCE)
    assert (entry.standing, entry.missing) == (Standing.EXPLAINED, ("视频还差 1 段",))
    assert missing(entries(facts)) == ()


def test_a_paper_added_afterwards_supplies_what_was_missing_and_hides_nothing() -> None:
    facts = replace(WHOLE, unattended=("6月8日 上午",), supplied={Item.ATTENDANCE, Item.OTHER})
    entry = next(entry for entry in entries(facts) if entry.item is Item.ATTENDANCE)
    assert entry.standing is Standing.SUPPLIED
    assert entry.missing
    assert missing(entries(facts)) == ()
    assert standing(facts, Item.OTHER) is Standing.THERE


def test_a_paper_for_what_is_there_changes_nothing() -> None:
    assert entries(replace(WHOLE, supplied={Item.PLAN})) == entries(WHOLE)


def test_what_comes_of_the_acts_themselves_cannot_be_added_on_paper() -> None:
    assert not {Item.FILING, Item.PEOPLE, Item.DECISION, Item.DISPUTES} & set(ADDABLE)


@pytest.mark.parametrize("changed", [{"waiting": ("成绩更正正在办理",)}, {"credited": False}])
def test_what_is_under_way_is_not_settled(changed: dict[str, object]) -> None:
    found = entries(replace(WHOLE, **changed))
    assert not is_settled(found)
    assert missing(found) == ()


@pytest.mark.parametrize(
    ("ended", "years", "until"),
    [
        (date(2026, 1, 1), 10, date(2036, 12, 31)),
        (date(2026, 12, 31), 10, date(2036, 12, 31)),
        (date(2024, 2, 29), 10, date(2034, 12, 31)),
    ],
)
def test_it_is_kept_for_whole_years_after_the_year_of_its_end(ended: date, years: int, until: date) -> None:
    assert keep_until(ended, years) == until
    assert (until - ended).days >= 365 * years


@pytest.mark.parametrize(
    ("today", "held", "may"),
    [
        (date(2036, 12, 31), False, False),
        (date(2037, 1, 1), False, True),
        (date(2037, 1, 1), True, False),
        (date(2099, 1, 1), True, False),
    ],
)
def test_it_may_go_after_its_time_and_never_while_it_is_held(today: date, held: bool, may: bool) -> None:
    assert may_dispose(date(2036, 12, 31), today, held=held) is may

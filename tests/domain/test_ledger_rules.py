"""Awards and reversals: their order, their year and their region."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AlreadyPosted
from domain.ledger_rules import (
    Award,
    BadAward,
    EntryKind,
    NotReversible,
    PastEntry,
    ReversalReason,
    SourceKind,
    check_reversible,
    next_sequence,
    region_of_duty,
    share_by_year,
)

A, R = EntryKind.AWARD, EntryKind.REVERSAL


def award(**changes) -> Award:
    values = {
        "technician_id": 1, "year": 2026, "occurred_on": date(2026, 6, 2), "days": 2, "subject": "PUBLIC", "form": "F3",
        "hours_tenths": 80, "credits_tenths": 80, "source_kind": SourceKind.ACTIVITY, "source_id": 2, "line_id": 3,
        "source_title": "内训", "region_code": "330784",
    }  # fmt: skip
    return Award(**(values | changes))


@pytest.mark.parametrize("wrong", [{"credits_tenths": 0}, {"credits_tenths": -5}, {"hours_tenths": -1}, {"days": 0}])
def test_an_award_gives_something(wrong):
    with pytest.raises(BadAward):
        award(**wrong)


def test_the_exam_part_comes_from_an_exam_and_from_nothing_else():
    assert award(is_exam=True, source_kind=SourceKind.EXAM).is_exam
    with pytest.raises(BadAward):
        award(is_exam=True)
    with pytest.raises(BadAward):
        award(source_kind=SourceKind.EXAM)


@pytest.mark.parametrize(
    ("past", "sequence"),
    [([], 1), ([(A, 1), (R, 1)], 2), ([(R, 1), (A, 2), (A, 1), (R, 2)], 3)],
)
def test_an_award_follows_the_reversal_of_the_one_before(past, sequence):
    assert next_sequence(PastEntry(*entry) for entry in past) == sequence


@pytest.mark.parametrize("past", [[(A, 1)], [(A, 1), (R, 1), (A, 2)], [(A, 1), (A, 2), (R, 1)]])
def test_a_live_award_refuses_another(past):
    with pytest.raises(AlreadyPosted):
        next_sequence(PastEntry(*entry) for entry in past)


def test_an_award_is_taken_back_once_and_a_reversal_never():
    check_reversible(A, already_reversed=False)
    with pytest.raises(NotReversible, match="已经冲销"):
        check_reversible(A, already_reversed=True)
    with pytest.raises(NotReversible, match="重新入账"):
        check_reversible(R, already_reversed=False)


def test_every_reason_has_a_name():
    assert {reason.label for reason in ReversalReason} == {
        "录入错误", "重复", "弄虚作假", "活动作废", "申诉改判", "合并人员",
    }  # fmt: skip


def test_a_class_within_a_year_belongs_to_that_year_whole():
    (share,) = share_by_year(
        [(date(2026, 6, 1), 40), (date(2026, 6, 1), 40), (date(2026, 6, 2), 40)], hours_tenths=95, credits_tenths=90
    )
    assert (share.year, share.occurred_on, share.days) == (2026, date(2026, 6, 2), 2)
    assert (share.hours_tenths, share.credits_tenths) == (95, 90)


def test_a_class_across_new_year_belongs_to_both_by_its_session_hours():
    before, after = share_by_year(
        [(date(2026, 12, 31), 40), (date(2026, 12, 31), 40), (date(2027, 1, 4), 40)],
        hours_tenths=120,
        credits_tenths=115,
    )
    assert (before.year, before.occurred_on, before.days) == (2026, date(2026, 12, 31), 1)
    assert (before.hours_tenths, before.credits_tenths) == (80, 77)
    assert (after.year, after.occurred_on, after.hours_tenths, after.credits_tenths) == (2027, date(2027, 1, 4), 40, 38)


def test_a_year_that_begins_in_july_is_split_there():
    june, july = share_by_year(
        [(date(2026, 6, 30), 40), (date(2026, 7, 1), 40)], hours_tenths=80, credits_tenths=80, starts=(7, 1)
    )
    assert (june.year, july.year) == (2025, 2026)


days = st.dates(date(2026, 12, 20), date(2027, 1, 10))


@given(st.lists(st.tuples(days, st.integers(5, 80)), min_size=1, max_size=12), st.integers(0, 500), st.integers(1, 500))
def test_the_parts_of_the_years_add_up_and_none_is_empty(sessions, hours, credits):
    shares = share_by_year(sessions, hours_tenths=hours, credits_tenths=credits)
    assert sum(share.credits_tenths for share in shares) == credits
    assert sum(share.hours_tenths for share in shares) == hours
    assert all(share.credits_tenths > 0 and share.hours_tenths >= 0 for share in shares)
    assert len({share.year for share in shares}) == len(shares)


@pytest.mark.parametrize(
    ("employments", "expected"),
    [
        ([], "330702"),
        ([(date(2020, 1, 1), None, "330784")], "330784"),
        ([(date(2020, 1, 1), date(2026, 5, 31), "330784")], "330702"),
        ([(date(2020, 1, 1), date(2026, 6, 1), "330784")], "330784"),
        ([(date(2026, 6, 2), None, "330784")], "330702"),
        ([(date(2025, 1, 1), None, "330782"), (date(2020, 1, 1), None, "330784")], "330782"),
    ],
)
def test_the_region_is_that_of_the_employer_on_that_day(employments, expected):
    assert region_of_duty(employments, on=date(2026, 6, 1), home="330702") == expected

"""Hours to credits: tiers, rounding, and the division over subject lines."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credit_award import BadHours, award_over_lines, credits_for, rounded, split_over_lines
from domain.policy import Policy, Rounding, Tier
from tests.domain.policy_samples import DRAFT

_tenths = st.integers(1, 400).map(lambda count: Decimal(count) / 10)
_lines = st.lists(st.tuples(st.sampled_from(["PUBLIC", "PROFESSIONAL"]), _tenths), min_size=1, max_size=5)


def _policy(**values) -> Policy:
    figures = {key: replace(DRAFT.figure(key), value=value) for key, value in values.items()}
    return replace(DRAFT, figures={**DRAFT.figures, **figures})


_HALF_TIER = _policy(**{"attendance.tiers": (Tier(Fraction(3, 4), Fraction(1)), Tier(Fraction(1, 2), Fraction(1, 2)))})


@pytest.mark.parametrize(
    ("attended", "planned", "passed", "credits"),
    [
        ("16", "16", True, "16.0"),
        ("12", "16", True, "12.0"),  # 75 %, the least that counts
        ("11.9", "16", True, "0.0"),
        ("15.4", "16", True, "15.0"),  # down to half a credit
        ("15.5", "16", True, "15.5"),
        ("15.9", "16", True, "15.5"),
        ("20", "16", True, "16.0"),  # no more than was planned
        ("16", "16", False, "0.0"),
        ("0", "16", True, "0.0"),
        ("0.4", "0.5", True, "0.0"),
    ],
)
def test_credits_for_hours(attended, planned, passed, credits):
    award = credits_for(Decimal(attended), Decimal(planned), passed, DRAFT)
    assert str(award.credits) == credits
    assert award.steps
    assert all(step.sentence and step.rule for step in award.steps)


@pytest.mark.parametrize(("attended", "credits"), [("12", "12"), ("11.9", "5.5"), ("8", "4"), ("7.9", "0")])
def test_a_lower_tier_gives_a_part(attended, credits):
    assert credits_for(Decimal(attended), Decimal(16), True, _HALF_TIER).credits == Decimal(credits)


@pytest.mark.parametrize(("days", "credits"), [(None, "24"), (3, "24"), (2, "16"), (1, "8")])
def test_days_have_only_so_many_hours(days, credits):
    assert credits_for(Decimal(24), Decimal(24), True, DRAFT, days=days).credits == Decimal(credits)


@pytest.mark.parametrize(
    ("mode", "step", "amount", "expected"),
    [
        ("DOWN", "0.5", "1/4", "0.0"),
        ("HALF_UP", "0.5", "1/4", "0.5"),
        ("HALF_UP", "0.5", "6/25", "0.0"),
        ("UP", "0.5", "1/1000", "0.5"),
        ("UP", "1", "2", "2.0"),
        ("DOWN", "0.1", "2/3", "0.6"),
    ],
)
def test_rounding(mode, step, amount, expected):
    assert str(rounded(Fraction(amount), Rounding(Decimal(step), mode))) == expected


@pytest.mark.parametrize(
    ("attended", "planned"), [("-1", "16"), ("1", "0"), ("1", "-4"), ("1.25", "16"), ("NaN", "16"), ("1", "Infinity")]
)
def test_hours_that_cannot_be_are_refused(attended, planned):
    with pytest.raises(BadHours):
        credits_for(Decimal(attended), Decimal(planned), True, DRAFT)


def test_the_share_of_attendance_is_not_rounded_up_in_words():
    steps = credits_for(Decimal("11.99").quantize(Decimal("0.1")), Decimal("16.1"), True, DRAFT).steps
    assert "74.5%" in steps[0].sentence


@given(
    _tenths,
    _tenths,
    st.booleans(),
    st.sampled_from(["0.1", "0.3", "0.7", "1", "1.5"]),
    st.sampled_from(["UP", "HALF_UP"]),
)
def test_credits_never_exceed_the_hours_attended(attended, planned, passed, rate, mode):
    """INV-20, also where the pack rounds up."""
    policy = _policy(**{"credit.per_hour": Decimal(rate), "credit.rounding": Rounding(Decimal("0.5"), mode)})
    credits = credits_for(attended, planned, passed, policy).credits
    assert 0 <= credits <= min(attended, planned) * Decimal(rate)
    assert credits % Decimal("0.5") == 0


# --- Lines ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hours", "planned", "expected"),
    [
        ("16", ("4", "12"), ("4", "12")),
        ("15.5", ("4", "12"), ("4", "11.5")),  # 31 halves: 7.75 and 23.25
        ("15", ("4", "12"), ("4", "11")),  # 7.5 and 22.5: the earlier line gets the half
        ("15.3", ("4", "12"), ("4", "11.3")),  # what is less than a step goes where there is room
        ("8", ("4", "4", "4"), ("3", "2.5", "2.5")),
        ("0", ("4", "12"), ("0", "0")),
        ("20", ("4", "12"), ("4", "12")),
        ("3.8", ("1.3", "2.6"), ("1.3", "2.5")),
    ],
)
def test_hours_are_divided_over_the_lines(hours, planned, expected):
    lines = [(f"L{n}", Decimal(each)) for n, each in enumerate(planned)]
    shares = split_over_lines(Decimal(hours), lines, DRAFT)
    assert [subject for subject, _ in shares] == [subject for subject, _ in lines]
    assert [share for _, share in shares] == [Decimal(each) for each in expected]


@given(_tenths, _lines)
def test_the_division_is_exact_and_within_the_plan(hours, lines):
    planned = sum(each for _, each in lines)
    shares = split_over_lines(hours, lines, DRAFT)
    assert sum(share for _, share in shares) == min(hours, planned)
    assert all(0 <= share <= each for (_, share), (_, each) in zip(shares, lines, strict=True))


@given(st.integers(1, 60), st.lists(st.integers(1, 24), min_size=1, max_size=5))
def test_with_whole_steps_no_line_is_a_step_from_its_due_share(units, planned):
    lines = [("PUBLIC", Decimal(each) / 2) for each in planned]
    hours = min(Decimal(units), Decimal(sum(planned))) / 2
    for (_, share), each in zip(split_over_lines(hours, lines, DRAFT), planned, strict=True):
        due = Fraction(hours) * each / sum(planned)
        assert abs(Fraction(share) - due) < Fraction(1, 2)
        assert share % Decimal("0.5") == 0


@given(_tenths, _lines, st.booleans(), st.sampled_from(["0.1", "0.3", "1", "1.5"]), st.booleans())
def test_the_credits_of_the_lines_add_up_to_the_award(hours, lines, passed, rate, half):
    figures = {"credit.per_hour": Decimal(rate)}
    if half:
        figures["attendance.tiers"] = _HALF_TIER.figure("attendance.tiers").value
    policy = _policy(**figures)
    made, award = award_over_lines(hours, lines, passed, policy)
    assert sum(line.credits for line in made) == award.credits
    assert sum(line.hours for line in made) == min(hours, sum(each for _, each in lines))
    # A part of a tenth is rounded up, so that the sum is exact.
    assert all(0 <= line.credits < line.hours * Decimal(rate) + Decimal("0.1") for line in made)
    assert award == credits_for(hours, sum(each for _, each in lines), passed, policy)


def test_an_activity_without_planned_hours_gives_nothing_to_divide():
    with pytest.raises(BadHours):
        split_over_lines(Decimal(1), [], DRAFT)

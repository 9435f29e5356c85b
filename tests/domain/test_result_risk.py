"""The risk of a report: every point has a reason, and another doubt never makes a report less doubtful."""

from hypothesis import given
from hypothesis import strategies as st

from domain.result_risk import Doubt, Level, Weight, weigh

POINTS = {Weight.FINDING: 2, Weight.SERIOUS: 3, Weight.MINOR: 1, Weight.HISTORY: 1, Weight.NEWCOMER: 1}
DOUBTS = st.lists(
    st.builds(Doubt, weight=st.sampled_from(Weight), reason=st.text(min_size=1), times=st.integers(1, 4)), max_size=8
)
ORDER = list(Level)


def risk(*doubts):
    return weigh(doubts, POINTS, medium=3, high=6)


def test_nothing_to_say_is_a_low_risk():
    assert risk() == weigh([], {}, medium=3, high=6)
    assert (risk().level, risk().points, risk().reasons) == (Level.LOW, 0, ())


def test_the_heaviest_reason_comes_first():
    found = risk(
        Doubt(weight=Weight.MINOR, reason="晚了"),
        Doubt(weight=Weight.SERIOUS, reason="同时段"),
        Doubt(weight=Weight.HISTORY, reason="两次退回", times=2),
    )
    assert found.level is Level.HIGH
    assert found.points == 6
    assert found.reasons == (("同时段", 3), ("两次退回", 2), ("晚了", 1))


def test_what_the_policy_gives_no_points_for_is_no_reason():
    found = weigh([Doubt(weight=Weight.NEWCOMER, reason="首次")], {}, medium=1, high=2)
    assert (found.level, found.reasons) == (Level.LOW, ())


@given(DOUBTS)
def test_the_points_are_the_sum_of_the_reasons(doubts):
    found = risk(*doubts)
    assert found.points == sum(points for _, points in found.reasons)
    assert all(reason and points > 0 for reason, points in found.reasons)


@given(DOUBTS, DOUBTS)
def test_more_doubts_never_lower_the_level(doubts, more):
    assert ORDER.index(risk(*doubts, *more).level) >= ORDER.index(risk(*doubts).level)

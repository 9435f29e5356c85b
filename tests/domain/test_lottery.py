"""The lottery of second reviews: anybody who has the seed draws the same, and the share drawn is the share asked."""

import hashlib
import hmac
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.lottery import Ticket, commitment_of, is_drawn, number_of, region_for

SEEDS = st.binary(min_size=32, max_size=32)
TICKETS = st.builds(Ticket, case_id=st.integers(1, 2**63 - 1), round=st.integers(1, 20))
SHARES = st.fractions(0, 1)
REGIONS = st.lists(st.from_regex(r"3307[0-9]{2}", fullmatch=True), min_size=1, max_size=12)


def test_a_draw_made_by_hand_is_the_same():
    """As the public page explains it, with nothing of the module."""
    seed = bytes(range(32))
    digest = hmac.new(seed, b"912436529446606114/1", hashlib.sha256).digest()
    ticket = Ticket(case_id=912436529446606114, round=1)
    assert number_of(seed, ticket) == int.from_bytes(digest[:8], "big")
    assert commitment_of(seed) == hashlib.sha256(seed).hexdigest()


@given(SEEDS, TICKETS)
def test_no_share_draws_nobody_and_the_whole_everybody(seed, ticket):
    assert not is_drawn(seed, ticket, Fraction(0))
    assert is_drawn(seed, ticket, Fraction(1))


@given(SEEDS, TICKETS, SHARES, SHARES)
def test_who_is_drawn_at_a_lower_share_is_drawn_at_a_higher_one(seed, ticket, one, other):
    low, high = sorted((one, other))
    assert is_drawn(seed, ticket, high) or not is_drawn(seed, ticket, low)


@given(SEEDS, TICKETS, REGIONS, st.randoms())
def test_the_region_is_one_of_the_candidates_in_whatever_order(seed, ticket, regions, random):
    shuffled = random.sample(regions, len(regions))
    assert region_for(seed, ticket, regions) == region_for(seed, ticket, shuffled)
    assert region_for(seed, ticket, regions) in regions


@given(SEEDS, st.integers(1, 2**62))
def test_rounds_and_cases_are_drawn_apart(seed, case_id):
    tickets = [Ticket(case_id=case_id + step, round=count) for step in range(5) for count in range(1, 5)]
    assert len({number_of(seed, ticket) for ticket in tickets}) == len(tickets)


@pytest.mark.parametrize("share", [Fraction(1, 20), Fraction(1, 5), Fraction(1, 2)])
def test_of_many_cases_the_share_is_drawn(share):
    seed, many = b"\x07" * 32, 20_000
    drawn = sum(is_drawn(seed, Ticket(case_id=case_id, round=1), share) for case_id in range(many))
    # Five standard deviations.
    spread = 5 * float(many * share * (1 - share)) ** 0.5
    assert abs(drawn - many * share) < spread


def test_every_region_has_its_turn():
    regions, many = [f"3307{n:02}" for n in range(9)], 9_000
    found = [region_for(b"\x01" * 32, Ticket(case_id=case_id, round=1), regions) for case_id in range(many)]
    assert all(abs(found.count(region) - 1000) < 160 for region in regions)


@pytest.mark.parametrize("share", [Fraction(-1, 10), Fraction(11, 10)])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(ValueError, match="no share"):
        is_drawn(b"\x00" * 32, Ticket(case_id=1, round=1), share)


def test_without_candidates_nobody_is_drawn():
    with pytest.raises(ValueError, match="nobody"):
        region_for(b"\x00" * 32, Ticket(case_id=1, round=1), [])

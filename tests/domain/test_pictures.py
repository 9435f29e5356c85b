"""What a picture looks like in 64 bits."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pictures import BITS, bands, distance, hash_of, mirrored, probes, signed, unsigned

any_hash = st.integers(0, 2**BITS - 1)
grids = st.lists(st.integers(0, 255), min_size=72, max_size=72)


def test_each_bit_says_whether_a_point_is_lighter_than_its_right_neighbour():
    falling = [200 - 20 * column for _ in range(8) for column in range(9)]
    assert hash_of(falling) == 2**BITS - 1
    assert hash_of(mirrored(falling)) == 0
    steps = [*([0, 200] * 4 + [0]), *[100] * 63]
    assert hash_of(steps) == 0b01010101 << 56


def test_a_wall_looks_like_nothing():
    assert hash_of([128] * 72) is None
    noise = random.Random(1)
    assert hash_of([128 + noise.randrange(-2, 3) for _ in range(72)]) is None


def test_a_grid_of_another_size_is_a_mistake():
    with pytest.raises(ValueError, match="9 x 8"):
        hash_of([0] * 64)


@given(grids)
def test_brightness_does_not_matter(grid):
    dark = [point // 2 for point in grid]
    assert hash_of(dark) == hash_of([point + 50 for point in dark])


@given(grids)
def test_a_picture_mirrored_twice_is_itself(grid):
    assert mirrored(mirrored(grid)) == grid


@given(any_hash)
def test_the_database_gives_back_what_it_was_given(bits):
    assert -(2**63) <= signed(bits) < 2**63
    assert unsigned(signed(bits)) == bits


@given(any_hash)
def test_every_bit_is_in_one_band(bits):
    assert sum(band.bit_count() for band in bands(bits)) == bits.bit_count()
    assert all(distance(bands(bits)[place % 3], bands(bits ^ 1 << place)[place % 3]) == 1 for place in range(64))


@given(any_hash, st.sets(st.integers(0, 63), max_size=8))
def test_hashes_of_few_different_bits_meet_in_a_band(bits, places):
    other = bits
    for place in places:
        other ^= 1 << place
    assert distance(bits, other) == len(places)
    assert any(theirs in values for values, theirs in zip(probes(bits), bands(other), strict=True))


def test_an_index_is_asked_for_few_values():
    assert [len(set(values)) for values in probes(2**64 - 1)] == [254, 232, 232]
    assert all(0 <= value < 2**22 for values in probes(2**64 - 1) for value in values)

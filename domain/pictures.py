"""What a photo looks like in 64 bits, so that the same picture is known again when it was made smaller or cut a little.

A difference hash: of a grey picture 9 wide and 8 high, whether each point is lighter than its right neighbour.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

COLUMNS, ROWS = 9, 8
BITS = 64
BANDS = 3
# Of neighbours that are about as light noise decides which is lighter: a wall alone says nothing of a picture.
_LEAST_CONTRAST = 6
_LEAST_DIFFERENT = 8

FARTHEST = 11
"""Hashes with more different bits are of different pictures; those with fewer are worth laying over each other: nine in
ten of the same picture, cut by up to a tenth at any side, and not one in a hundred of other rooms."""

ALIKE = 5.0
"""Grey levels by which two pictures laid over each other may differ on the average: the same picture, cut and
compressed again, stays below 4; a camera that did not move, in the same room with other people, gives more than 5."""


def hash_of(grid: Sequence[int]) -> int | None:
    """The hash of a grey grid, row by row; None if it is so even that it would be equal to everything."""
    if len(grid) != COLUMNS * ROWS:
        raise ValueError(f"a grid has {COLUMNS} x {ROWS} points, not {len(grid)}")
    bits, different = 0, 0
    for row in range(ROWS):
        for column in range(COLUMNS - 1):
            left, right = grid[row * COLUMNS + column : row * COLUMNS + column + 2]
            bits = bits << 1 | (left > right)
            different += abs(left - right) >= _LEAST_CONTRAST
    return bits if different >= _LEAST_DIFFERENT else None


def mirrored(grid: Sequence[int]) -> list[int]:
    """The grid as a looking-glass shows it."""
    rows = (grid[start : start + COLUMNS] for start in range(0, len(grid), COLUMNS))
    return [point for row in rows for point in reversed(row)]


def distance(one: int, other: int) -> int:
    """How many of the 64 bits differ."""
    return (one ^ other).bit_count()


def bands(bits: int) -> tuple[int, ...]:
    """The hash dealt out to three smaller numbers: of two hashes with few different bits one is the same, or nearly.

    Dealt out and not cut up, so that each knows something of the whole picture: the upper rows of many are one wall.
    """
    dealt = [0] * BANDS
    for place in range(BITS):
        band = place % BANDS
        dealt[band] = dealt[band] << 1 | (bits >> place & 1)
    return tuple(dealt)


def probes(bits: int) -> Iterator[tuple[int, ...]]:
    """For each band the values it is searched by: itself, and all that differ in one bit or two.

    Hashes of at most eight different bits always meet in one band.
    """
    for place, band in enumerate(bands(bits)):
        masks = [1 << bit for bit in range(len(range(place, BITS, BANDS)))]
        yield (band, *(band ^ mask for mask in masks), *(band ^ (one | two) for one, two in combinations(masks, 2)))


def signed(bits: int) -> int:
    """The hash as the database keeps it, whose whole numbers have a sign."""
    return bits - (1 << BITS) if bits >> (BITS - 1) else bits


def unsigned(stored: int) -> int:
    """The hash as it was."""
    return stored & ((1 << BITS) - 1)

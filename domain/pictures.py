"""What a photo looks like in 64 bits, so that the same picture is known again when it was made smaller or cut a little.

A difference hash: of a grey picture 9 wide and 8 high, whether each point is lighter than its right neighbour.
"""

from collections.abc import Sequence

COLUMNS, ROWS = 9, 8
BITS = 64
BANDS = 4
_BAND_BITS = BITS // BANDS
_BAND_MASK = (1 << _BAND_BITS) - 1
# Of neighbours that are about as light noise decides which is lighter: a wall alone says nothing of a picture.
_LEAST_CONTRAST = 6
_LEAST_DIFFERENT = 8

FARTHEST = 11
"""Hashes with more different bits are of different pictures: of the same picture, cut by a tenth and compressed again,
98 of 100 lie within it, of other rooms less than 1 of 1,000 (tests/services/test_pictures.py measures it)."""

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
    """The four quarters of the hash: of two hashes with few different bits one quarter is the same, or nearly."""
    return tuple(bits >> shift & _BAND_MASK for shift in range(BITS - _BAND_BITS, -1, -_BAND_BITS))


def probes(band: int) -> tuple[int, ...]:
    """The quarter and all that differ from it by one bit: what an index is asked for.

    Hashes of at most seven different bits always meet in one quarter, most of those of eleven do.
    """
    return (band, *(band ^ 1 << place for place in range(_BAND_BITS)))


def signed(bits: int) -> int:
    """The hash as the database keeps it, whose whole numbers have a sign."""
    return bits - (1 << BITS) if bits >> (BITS - 1) else bits


def unsigned(stored: int) -> int:
    """The hash as it was."""
    return stored & ((1 << BITS) - 1)

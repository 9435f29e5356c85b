"""Merged cells of a table: a value that stands once over several rows is the value of each of them."""

from collections.abc import Sequence

from domain.cells import cell_text

# A cell merged over more rows than one person has certificates is decoration.
_MERGED_ROWS = 50


def filled_down(
    rows: Sequence[Sequence[object]],
    merged: Sequence[tuple[int, int, int, int]],
    *,
    columns: set[int],
    below: int,
) -> Sequence[Sequence[object]]:
    """The rows with each value of a cell merged downwards repeated in the empty cells below it.

    `merged` are areas as (first row, first column, last row, last column) from 0; only those in one of the `columns`
    and under the row `below` count. The rows themselves are left as they are.
    """
    filled: list[Sequence[object]] | None = None
    for first_row, first_column, last_row, last_column in merged:
        if first_row <= below or first_column != last_column or first_column not in columns:
            continue
        if last_row - first_row > _MERGED_ROWS:
            continue
        filled = filled if filled is not None else list(rows)
        value = filled[first_row][first_column] if first_row < len(filled) else ""
        for index in range(first_row + 1, min(last_row + 1, len(filled))):
            if first_column < len(filled[index]) and not cell_text(filled[index][first_column]):
                cells = list(filled[index])
                cells[first_column] = value
                filled[index] = cells
    return rows if filled is None else filled

"""The lines of tables, drawn straight into the page where the layout put the cells.

As borders in the style sheet they take their time twice: WeasyPrint settles for each edge whose border wins, and draws
each with a clip of its own. The lines of a paper are all of one kind, so a cell is one rectangle.
"""

from collections.abc import Iterator
from typing import Any

from services.page_streams import POINTS_PER_PIXEL, page_streams

# 0.25 mm.
_LINE_PIXELS = 0.945


def draw(document: Any, pdf: Any) -> None:
    """Draw the cells of tables marked `data-ruled`, but for rows marked `data-open`."""
    for page, stream in page_streams(document, pdf):
        cells = [
            f"{x:.3f} {y:.3f} {cell.border_width():.3f} {cell.border_height():.3f} re"
            for cell in _cells(page)
            for x, y in [(cell.border_box_x(), cell.border_box_y())]
        ]
        if cells:
            scale = f"{POINTS_PER_PIXEL} 0 0 {POINTS_PER_PIXEL} 0 0 cm"
            stream.append("\n".join([f"/Artifact BMC q 0 0 0 RG {scale} {_LINE_PIXELS} w", *cells, "S Q EMC"]).encode())


def _cells(box: Any) -> Iterator[Any]:
    for child in getattr(box, "children", ()):
        if _marked(child, "data-ruled") and child.element.tag == "table" and hasattr(child, "column_widths"):
            for group in child.children:
                for row in group.children:
                    if not _marked(row, "data-open"):
                        yield from row.children
        else:
            yield from _cells(child)


def _marked(box: Any, name: str) -> bool:
    element = getattr(box, "element", None)
    return element is not None and element.get(name) is not None

"""QR codes of papers, drawn straight into the page where the layout left room for them.

As a path in the HTML a code costs the layout more than all the rest of the paper's lower half: WeasyPrint reads each of
its thousand modules as a word of SVG. The style sheet still says where a code stands and how large it is.
"""

from collections.abc import Iterator
from typing import Any

import segno

from services.page_streams import POINTS_PER_PIXEL, page_streams

# Of quiet around a code, in modules (ISO/IEC 18004).
_QUIET = 4


def matrix(address: str) -> tuple[bytearray, ...]:
    """The rows of a code, 1 for a dark module. Level M, and a fixed mask: trying all eight takes four times as long.

    Of an address with a part behind #, that part is decimal digits and packed as such, in ten bits for three of them;
    its code has level L: it carries a signature, and is not what a paper depends on.
    """
    page, mark, line = address.partition("#")
    if not mark:
        code = segno.make(address, error="m", boost_error=False, micro=False, mask=2)
    else:
        # Typed as one text, though it takes several (segno.encoder.prepare_data).
        parts: Any = [(f"{page}{mark}", segno.consts.MODE_BYTE), (line, segno.consts.MODE_NUMERIC)]
        code = segno.make(parts, error="l", boost_error=False, micro=False, mask=2)
    rows: tuple[bytearray, ...] = code.matrix
    return rows


def draw(document: Any, pdf: Any) -> int:
    """Draw the code of every box that names one in `data-qr`; how many there were."""
    drawn = 0
    for page, stream in page_streams(document, pdf):
        for box in _boxes(page):
            stream.append(_operators(box))
            drawn += 1
    return drawn


def _boxes(box: Any) -> Iterator[Any]:
    element = getattr(box, "element", None)
    if element is not None and element.get("data-qr"):
        yield box
        return
    for child in getattr(box, "children", ()):
        yield from _boxes(child)


def _operators(box: Any) -> bytes:
    """The code as rectangles, one for each run of dark modules in a row, filled at once."""
    rows = matrix(box.element.get("data-qr"))
    module = min(box.width, box.height) * POINTS_PER_PIXEL / (len(rows) + 2 * _QUIET)
    left = box.content_box_x() * POINTS_PER_PIXEL + _QUIET * module
    top = box.content_box_y() * POINTS_PER_PIXEL + _QUIET * module
    out = [f"/Artifact BMC q 0 0 0 rg {module:.5f} 0 0 {module:.5f} {left:.3f} {top:.3f} cm"]
    for y, row in enumerate(rows):
        x = row.find(1)
        while x >= 0:
            end = row.find(0, x)
            end = len(row) if end < 0 else end
            out.append(f"{x} {y} {end - x} 1 re")
            x = row.find(1, end)
    out.append("f Q EMC")
    return "\n".join(out).encode()

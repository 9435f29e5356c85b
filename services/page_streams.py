"""Where the pages of a laid-out document are written: for what is drawn straight into them."""

from collections.abc import Iterator
from typing import Any

POINTS_PER_PIXEL = 0.75


def page_streams(document: Any, pdf: Any) -> Iterator[tuple[Any, list[Any]]]:
    """The box of each page (WeasyPrint's, in pixels from its upper left corner), and the operators of its content."""
    for page, number in zip(document.pages, pdf.pages["Kids"][::3], strict=True):
        contents = str(pdf.objects[number]["Contents"], "ascii")
        yield page._page_box, pdf.objects[int(contents.split()[0])].stream

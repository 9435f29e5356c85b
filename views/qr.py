"""QR codes drawn into pages as SVG: no picture to fetch, sharp on a projector and on paper."""

import segno
from markupsafe import Markup


def qr_code(address: str, css_class: str) -> Markup:
    """The address as a QR code; the class of the stylesheet gives its size."""
    drawn = segno.make(address, error="m", boost_error=False, micro=False, mask=2)
    return Markup(drawn.svg_inline(border=2, omitsize=True, svgclass=css_class, lineclass=None))  # noqa: S704 - drawn here

"""The one module of the views that knows htmx: whole pages or their pieces, and where to go after an act."""

from typing import Any

from flask import Response, make_response, render_template, request

_VARY = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")


def wants_part() -> bool:
    """htmx asked for a piece of the page (a boosted link or a restored history entry wants the page)."""
    headers = request.headers
    return "HX-Request" in headers and "HX-Boosted" not in headers and "HX-History-Restore-Request" not in headers


def render_page_or_part(page: str, part: str, /, status: int = 200, **context: Any) -> Response:
    """The page, or only its part, from one context; the page includes the part, so the two cannot drift apart."""
    response = make_response(render_template(part if wants_part() else page, **context), status)
    response.vary.update(_VARY)
    return response

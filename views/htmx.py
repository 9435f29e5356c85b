"""The one module of the views that knows htmx: whole pages or their pieces, and where to go after an act."""

from typing import Any

from flask import Response, make_response, redirect, render_template, request

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


def go(location: str) -> Response:
    """Go to a page after an act: 303, or for htmx an instruction to load the whole page."""
    if wants_part():
        response = Response(status=204)
        response.headers["HX-Redirect"] = location
        return response
    return redirect(location, 303)  # type: ignore[return-value]

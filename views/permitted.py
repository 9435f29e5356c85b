"""What a page may ask of the browser: nothing, unless it says so (Permissions-Policy).

A page that htmx puts into another keeps what that one was allowed, so links to these pages are not boosted.
"""

from flask import Response

CAMERA, PLACE = "camera", "geolocation"


def may_use(response: Response, *features: str) -> Response:
    """Let this page alone ask for the camera or the place; the browser still asks the person."""
    allowed = {name: "self" if name in features else "" for name in (CAMERA, PLACE)}
    policy = [f"{name}=({whom})" for name, whom in allowed.items()]
    response.headers["Permissions-Policy"] = ", ".join([*policy, "microphone=()"])
    return response

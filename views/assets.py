"""Addresses of static files that change with their content, so that browsers may keep them for a year."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import url_for

_STATIC = Path(__file__).parent.parent / "static"


@lru_cache
def _fingerprint(path: str) -> str:
    return hashlib.sha256((_STATIC / path).read_bytes()).hexdigest()[:12]


def asset_url(path: str) -> str:
    """The address of a file below static/, with a part of its hash."""
    return url_for("static", filename=path, v=_fingerprint(path))

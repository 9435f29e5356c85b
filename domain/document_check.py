"""Comparing a document somebody holds with the one that was issued, byte for byte and without reading either."""

import re
from dataclasses import dataclass
from enum import StrEnum

# How the address of the verification stands in our documents, uncompressed, more than once.
_CODE = re.compile(rb"/v/([0-9A-HJKMNP-TV-Z]{26})(?![0-9A-Z])")


class Change(StrEnum):
    """What became of a document after its issue."""

    NONE = "none"
    APPENDED = "appended"
    CUT = "cut"
    CHANGED = "changed"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How a document differs from the issued one; lengths and places are counted in bytes from 1.

    `first` is the first byte that differs, `differing` how many differ in place (of a document of another length: up
    to the end of the shorter one).
    """

    change: Change
    issued_length: int
    length: int
    first: int = 0
    differing: int = 0


def code_in(document: bytes) -> str | None:
    """The verification code the document bears, or None."""
    found = _CODE.search(document)
    return found[1].decode() if found else None


def compare(issued: bytes, document: bytes) -> Comparison:
    """What was done to the issued document to make it this one."""
    lengths = {"issued_length": len(issued), "length": len(document)}
    if document == issued:
        return Comparison(change=Change.NONE, **lengths)
    if document.startswith(issued):
        # An incremental update: readers show the new pages, and some call the signature valid all the same.
        return Comparison(change=Change.APPENDED, first=len(issued) + 1, **lengths)
    if issued.startswith(document):
        return Comparison(change=Change.CUT, first=len(document) + 1, **lengths)
    places = [place for place, (was, now) in enumerate(zip(issued, document, strict=False), 1) if was != now]
    return Comparison(change=Change.CHANGED, first=places[0], differing=len(places), **lengths)

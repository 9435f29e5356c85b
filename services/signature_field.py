"""The place of a signature in a PDF, written together with the document: one revision, and nothing to add later.

A signature added afterwards makes the library read the finished file, write a second revision and estimate its length;
this way only a hash and the signature itself are left to do. The certified level is "no changes" (DocMDP, P 1).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.periods import CHINA

# What CMS with a chain of RSA certificates and a time stamp need at most; each byte stands in the file twice.
RESERVED = 6144
_RANGE_WIDTH = 48


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What readers of the PDF show of the signature: who signs, why, where, when, and where to ask about it."""

    signer: str
    reason: str
    place: str
    contact: str
    at: datetime


@dataclass
class Place:
    """Where the signature of one document goes. `attach` while it is written, `close` once its bytes are there."""

    wording: Wording
    _dictionary: Any = None

    def attach(self, pdf: Any) -> None:
        """Add the signature, its invisible field on the first page and the entries of the catalogue (pydyf)."""
        import pydyf

        self._dictionary = _dictionary(self.wording)
        pdf.add_object(self._dictionary)
        page = pdf.objects[pdf.pages["Kids"][0]]
        field = pydyf.Dictionary(
            {
                "Type": "/Annot",
                "Subtype": "/Widget",
                "FT": "/Sig",
                "T": pydyf.String("Signature"),
                "TU": pydyf.String(self.wording.reason),
                "F": 132,
                "Rect": "[0 0 0 0]",
                "P": page.reference,
                "V": self._dictionary.reference,
            }
        )
        pdf.add_object(field)
        page["Annots"] = pydyf.Array([*page.get("Annots", []), field.reference])
        pdf.catalog["AcroForm"] = pydyf.Dictionary({"SigFlags": 3, "Fields": pydyf.Array([field.reference])})
        pdf.catalog["Perms"] = pydyf.Dictionary({"DocMDP": self._dictionary.reference})

    def close(self, document: bytes) -> bytes:
        """The document with the byte range filled in: all of it but the signature's own bytes."""
        start, end = gap(document, self._dictionary.offset)
        ranges = f"[0 {start} {end} {len(document) - end}]".encode().ljust(_RANGE_WIDTH)
        at = document.index(_EMPTY_RANGE, self._dictionary.offset)
        return document[:at] + ranges + document[at + _RANGE_WIDTH :]


_EMPTY_RANGE = b"[]".ljust(_RANGE_WIDTH)
_EMPTY_CONTENTS = b"<" + b"0" * (2 * RESERVED) + b">"


def gap(document: bytes, search_from: int = 0) -> tuple[int, int]:
    """From where to where the bytes of the signature stand, brackets included; ValueError if there is no place."""
    start = document.index(_EMPTY_CONTENTS, search_from)
    return start, start + len(_EMPTY_CONTENTS)


def _dictionary(wording: Wording) -> Any:
    import pydyf

    class Signature(pydyf.Dictionary):
        # In an object stream its bytes could not be found again, nor left out of what is signed.
        compressible = False

    def text(said: str) -> Any:
        return pydyf.String(said)

    transform = "<</Type /SigRef/TransformMethod /DocMDP/TransformParams <</Type /TransformParams/P 1/V /1.2>>>>"
    return Signature(
        {
            "Type": "/Sig",
            "Filter": "/Adobe.PPKLite",
            "SubFilter": "/ETSI.CAdES.detached",
            "Name": text(wording.signer),
            "Reason": text(wording.reason),
            "Location": text(wording.place),
            "ContactInfo": text(wording.contact),
            "M": text(f"{wording.at.astimezone(CHINA):D:%Y%m%d%H%M%S+08'00'}"),
            "Reference": f"[{transform}]",
            "ByteRange": _EMPTY_RANGE,
            "Contents": _EMPTY_CONTENTS,
        }
    )

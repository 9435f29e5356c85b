"""The place of a signature in a PDF, written together with the document, so that nothing is to be added later.

A signature added afterwards makes the library read the finished file, write a second revision and estimate its length;
this way only a hash and the signature itself are left to do. The certified level is "no changes" (DocMDP, P 1).

A paper that a seal service seals too (GB/T 38540) has two revisions, each with its place: the seal covers the first,
the signature the whole file. A certification would have to be the first of two signatures, so there is none.
"""

import hashlib
import re
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


@dataclass(frozen=True, kw_only=True)
class SealMark:
    """What a seal service needs in a paper: the name readers know its values by, and how many bytes they take."""

    subfilter: str
    reserved: int


@dataclass
class Place:
    """Where the signature of one document goes. `attach` while it is written, `close` once its bytes are there.

    With a `seal`, its place too, in a revision of its own.
    """

    wording: Wording
    seal: SealMark | None = None
    _dictionary: Any = None
    _field: Any = None

    def attach(self, pdf: Any) -> None:
        """Add the signature, its invisible field on the first page and the entries of the catalogue (pydyf)."""
        import pydyf

        page = pdf.objects[pdf.pages["Kids"][0]]
        self._dictionary = _dictionary(self.wording, self.seal)
        pdf.add_object(self._dictionary)
        self._field = _field(self.wording, SIGNATURE, page)
        fields = [self._field]
        if self.seal:
            fields.insert(0, _field(self.wording, SEAL, page))
        else:
            pdf.catalog["Perms"] = pydyf.Dictionary({"DocMDP": self._dictionary.reference})
        fields[0]["V"] = self._dictionary.reference
        for field in fields:
            pdf.add_object(field)
        references = [field.reference for field in fields]
        page["Annots"] = pydyf.Array([*page.get("Annots", []), *references])
        pdf.catalog["AcroForm"] = pydyf.Dictionary({"SigFlags": 3, "Fields": pydyf.Array(references)})

    def close(self, document: bytes) -> bytes:
        """The document with the byte range filled in: all of it but the signature's own bytes."""
        if self.seal is None:
            return _ranged(document, self._dictionary.offset)
        sealed = _ranged(document, self._dictionary.offset, self.seal.reserved)
        return _ranged(self._with_signature(sealed), len(sealed))

    def _with_signature(self, document: bytes) -> bytes:
        """A second revision: the empty field gets its signature (ISO 32000-1, 7.5.6 and 7.5.8)."""
        found = _TRAILER.search(document, document.rindex(b"/Type /XRef"))
        if found is None:
            raise ValueError("the document has another trailer than our writer's")
        size, root, info, identifier, before = (found[name] for name in ("size", "root", "info", "id", "start"))
        dictionary = _dictionary(self.wording, None, certifies=False)
        dictionary.number, table = int(size), int(size) + 1
        self._field["V"] = dictionary.reference
        written, places = document, []
        for each in (self._field, dictionary):
            places.append(len(written))
            written += each.indirect + b"\n"
        entries = b"".join(b"\1" + place.to_bytes(4) + b"\0" for place in (*places, len(written)))
        # Of the two parts of the identifier the second is of the revision.
        now = hashlib.sha256(document).hexdigest()[:32].encode()
        about = (
            f"/Type /XRef/Index [{self._field.number} 1 {dictionary.number} 2]/W [1 4 1]/Size {table + 1}"
            f"/Prev {before.decode()}/Length {len(entries)}"
        ).encode()
        about += b"/Root " + root + b"/Info " + info + b"/ID [" + identifier + b" (" + now + b")]"
        end = b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(written)
        return written + b"%d 0 obj\n<<" % table + about + b">>\nstream\n" + entries + end


SIGNATURE, SEAL = "Signature", "Seal"
_EMPTY_RANGE = b"[]".ljust(_RANGE_WIDTH)
_RANGE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\] *")
_TRAILER = re.compile(
    rb"/Size (?P<size>\d+)/Root (?P<root>\d+ 0 R)/Info (?P<info>\d+ 0 R)/ID \[(?P<id>\(\w+\)) \(\w+\)\]"
    rb".*\nstartxref\n(?P<start>\d+)\n%%EOF\n\Z",
    re.DOTALL,
)


def _empty(reserved: int) -> bytes:
    return b"<" + b"0" * (2 * reserved) + b">"


def gap(document: bytes, search_from: int = 0, reserved: int = RESERVED) -> tuple[int, int]:
    """From where to where the bytes of the signature stand, brackets included; ValueError if there is no place."""
    empty = _empty(reserved)
    start = document.index(empty, search_from)
    return start, start + len(empty)


def covered(document: bytes, start: int) -> tuple[int, int, int]:
    """The byte range of the value that begins at `start`: that much, from there on, that much again."""
    found = _RANGE.match(document, document.rindex(b"/ByteRange [", 0, start))
    if found is None:
        raise ValueError("the value has no byte range")
    first, second, length = map(int, found.groups())
    return first, second, length


def _ranged(document: bytes, search_from: int, reserved: int = RESERVED) -> bytes:
    start, end = gap(document, search_from, reserved)
    ranges = f"[0 {start} {end} {len(document) - end}]".encode().ljust(_RANGE_WIDTH)
    at = document.index(_EMPTY_RANGE, search_from)
    return document[:at] + ranges + document[at + _RANGE_WIDTH :]


def _field(wording: Wording, name: str, page: Any) -> Any:
    import pydyf

    return pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String(name),
            "TU": pydyf.String(wording.reason),
            "F": 132,
            "Rect": "[0 0 0 0]",
            "P": page.reference,
        }
    )


def _dictionary(wording: Wording, seal: SealMark | None, *, certifies: bool = True) -> Any:
    import pydyf

    class Signature(pydyf.Dictionary):
        # In an object stream its bytes could not be found again, nor left out of what is signed.
        compressible = False

    def text(said: str) -> Any:
        return pydyf.String(said)

    transform = "<</Type /SigRef/TransformMethod /DocMDP/TransformParams <</Type /TransformParams/P 1/V /1.2>>>>"
    reference = {"Reference": f"[{transform}]"} if certifies and not seal else {}
    return Signature(
        {
            "Type": "/Sig",
            "Filter": "/Adobe.PPKLite",
            "SubFilter": f"/{seal.subfilter}" if seal else "/ETSI.CAdES.detached",
            "Name": text(wording.signer),
            "Reason": text(wording.reason),
            "Location": text(wording.place),
            "ContactInfo": text(wording.contact),
            "M": text(f"{wording.at.astimezone(CHINA):D:%Y%m%d%H%M%S+08'00'}"),
            **reference,
            "ByteRange": _EMPTY_RANGE,
            "Contents": _empty(seal.reserved if seal else RESERVED),
        }
    )

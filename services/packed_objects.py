"""The objects of a PDF, each written out one time only."""

import zlib
from typing import Any

import pydyf


class _Packed(pydyf.Object):
    compressible = False

    def __init__(self, each: Any) -> None:
        super().__init__()
        self.number, self.generation, self.free = each.number, each.generation, each.free
        self.data = _deflated(each) if isinstance(each, pydyf.Stream) and each.compress else each.data

    data = b""


class _PackedTogether(_Packed):
    compressible = True


def pack_once(pdf: Any) -> None:
    """Put finished bytes in the place of objects: the library asks for these twice, again for the file's identifier.

    Streams at the usual level: the library's, the highest, takes three times as long for a hundredth of the size.
    """
    pdf.objects = [_packed(each) for each in pdf.objects]


def _packed(each: Any) -> Any:
    if isinstance(each, pydyf.Stream):
        return _Packed(each)
    # What stands by itself is looked for by its place in the file, which is written into it.
    return _PackedTogether(each) if each.free != "f" and each.compressible else each


def _deflated(stream: Any) -> bytes:
    extra = pydyf.Dictionary({**stream.extra, "Filter": "/FlateDecode"})
    content = zlib.compress(b"\n".join(pydyf._to_bytes(item) for item in stream.stream))
    extra["Length"] = len(content)
    return b"\n".join((extra.data, b"stream", content, b"endstream"))

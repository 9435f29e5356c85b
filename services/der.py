"""Encoded values (DER) taken apart and put together as bytes.

asn1crypto takes a value whose length happens to end in the byte 80 for one of indefinite length, and writes all that is
in it anew, level by level: a time stamp of such a length takes most of a second. What is written already is therefore
handed on as it is.
"""

from asn1crypto import parser

# Class and number of a tag: universal or of the context (X.690, 8.1.2).
UNIVERSAL, CONTEXT = 0, 2
OCTET_STRING, SEQUENCE, SET = 4, 16, 17


def pieces(value: bytes) -> list[bytes]:
    """The values inside a sequence, set or explicit tag, one after the other; ValueError if it is none."""
    contents: bytes = parser.parse(value)[4]
    found = []
    while contents:
        length = parser.peek(contents)
        found.append(contents[:length])
        contents = contents[length:]
    return found


def whole(number: int, *inside: bytes, of: int = UNIVERSAL) -> bytes:
    """The value with this tag around others."""
    written: bytes = parser.emit(of, 1, number, b"".join(inside))
    return written


def octets(contents: bytes) -> bytes:
    """An OCTET STRING."""
    written: bytes = parser.emit(UNIVERSAL, 0, OCTET_STRING, contents)
    return written

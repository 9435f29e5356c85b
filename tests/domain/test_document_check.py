"""What was done to a document, told from its bytes alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document_check import Change, code_in, compare

CODE = "7K3M9QW2XV5T8HBN4RZ6CJPDGF"


def test_the_same_bytes_are_the_same_document() -> None:
    assert compare(b"abc", b"abc").change is Change.NONE


def test_what_was_appended_is_counted_from_the_end_of_the_original() -> None:
    found = compare(b"abc", b"abcde")
    assert (found.change, found.first, found.issued_length, found.length) == (Change.APPENDED, 4, 3, 5)


def test_a_document_cut_short() -> None:
    assert (compare(b"abc", b"ab").change, compare(b"abc", b"ab").first) == (Change.CUT, 3)


@pytest.mark.parametrize(
    ("document", "first", "differing"), [(b"abX", 3, 1), (b"XbX", 1, 2), (b"Xbc more", 1, 1), (b"aX", 2, 1)]
)
def test_changed_bytes_are_counted(document: bytes, first: int, differing: int) -> None:
    found = compare(b"abc", document)
    assert (found.change, found.first, found.differing) == (Change.CHANGED, first, differing)


@given(st.binary(min_size=1, max_size=60), st.binary(max_size=60))
def test_only_the_same_bytes_pass(issued: bytes, document: bytes) -> None:
    assert (compare(issued, document).change is Change.NONE) == (issued == document)


@given(st.binary(min_size=1, max_size=200), st.data())
def test_one_flipped_bit_is_found_where_it_is(issued: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(issued) - 1))
    changed = bytearray(issued)
    changed[place] ^= 1 << data.draw(st.integers(0, 7))
    found = compare(issued, bytes(changed))
    assert (found.change, found.first, found.differing) == (Change.CHANGED, place + 1, 1)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"(https://jx.example/v/" + CODE.encode() + b")", CODE),
        (b"<pdf:Keywords>https://jx.example/v/" + CODE.encode() + b"</pdf:Keywords>", CODE),
        (b"/v/" + CODE.encode() + b"9", None),
        (b"/v/" + CODE[:-1].encode(), None),
        (b"/v/" + CODE.lower().encode(), None),
        (CODE.encode(), None),
        (b"", None),
    ],
)
def test_the_code_is_found_where_our_documents_bear_it(document: bytes, code: str | None) -> None:
    assert code_in(document) == code

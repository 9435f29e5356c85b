"""Encoded values as bytes: what was put together comes apart again, whatever its length."""

import pytest
from asn1crypto import core
from hypothesis import example, given
from hypothesis import strategies as st

from services import der


@given(st.lists(st.binary(max_size=300), max_size=5))
@example([bytes(0x80 - 2)])
@example([bytes(0x180 - 4)])
def test_what_was_put_together_comes_apart_again(contents: list[bytes]) -> None:
    values = [der.octets(each) for each in contents]
    for written in (der.whole(der.SEQUENCE, *values), der.whole(1, *values, of=der.CONTEXT)):
        assert der.pieces(written) == values
    assert [core.OctetString.load(each).native for each in values] == contents


@pytest.mark.parametrize("value", [b"", b"0", b"\x30\x03\x04\x05x", b"\x30\x02\x04"])
def test_half_a_value_is_none(value: bytes) -> None:
    with pytest.raises(ValueError):
        der.pieces(value)

"""The verification code: 128 bits, read from paper by people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.verification_code import encode, normalise


@given(st.binary(min_size=16, max_size=16))
def test_a_code_is_its_own_normal_form(bits: bytes) -> None:
    code = encode(bits)
    assert len(code) == 26
    assert normalise(code) == code


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_different_bits_give_different_codes(one: bytes, other: bytes) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@given(st.binary(min_size=16, max_size=16))
def test_spaces_dashes_and_small_letters_do_not_matter(bits: bytes) -> None:
    code = encode(bits)
    groups = [code[start : start + 4].lower() for start in range(0, 26, 4)]
    assert normalise(" ".join(groups)) == normalise("-".join(groups)) == code


@given(st.binary(min_size=16, max_size=16))
def test_what_is_pasted_around_a_code_does_not_matter(bits: bytes) -> None:
    code = encode(bits)
    wide = code.translate({ord(character): ord(character) + 0xFEE0 for character in code})
    for typed in (wide, f"核验码：{code}", f" https://wuxue.example/v/{code}?from=wechat", f"HTTP://X/V/{code}#top"):
        assert normalise(typed) == code


def test_what_people_read_wrongly_is_understood() -> None:
    code = encode(bytes(15) + b"\x01")
    assert normalise(code.replace("0", "O").replace("1", "l")) == code


@pytest.mark.parametrize("typed", ["", "A" * 25, "A" * 27, "U" * 26, "证" * 26, "١" * 26, "%" * 26])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert normalise(typed) is None


@pytest.mark.parametrize("size", [0, 15, 17])
def test_fewer_bits_are_no_code(size: int) -> None:
    with pytest.raises(ValueError, match="128"):
        encode(bytes(size))

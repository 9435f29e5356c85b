"""The verification code of a proof: 128 random bits in letters and digits that survive being read from paper.

Crockford's base 32 leaves out I, L, O and U; who types them for 1, 1 and 0 is understood.
"""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 26
_SLIPS = str.maketrans({"I": "1", "L": "1", "O": "0"})


def encode(random_bits: bytes) -> str:
    """26 characters for 16 random bytes (ASVS 11.5.1)."""
    if len(random_bits) != 16:
        raise ValueError("a verification code holds exactly 128 bits")
    number = int.from_bytes(random_bits, "big")
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))


def normalise(typed: str) -> str | None:
    """The code somebody typed, without spaces and dashes; None if it cannot be one."""
    bare = "".join(character for character in typed.upper() if character.isalnum()).translate(_SLIPS)
    return bare if len(bare) == _LENGTH and set(bare) <= set(_ALPHABET) else None


def decode(code: str) -> bytes:
    """The 16 bytes of a code without separators; ValueError if it is none."""
    if normalise(code) != code:
        raise ValueError("not a verification code")
    number = 0
    for character in code:
        number = number << 5 | _ALPHABET.index(character)
    return number.to_bytes(16, "big")

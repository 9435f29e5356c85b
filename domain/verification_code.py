"""The verification code of a proof: 128 random bits in letters and digits that survive being read from paper.

Crockford's base 32 leaves out I, L, O and U; who types them for 1, 1 and 0 is understood.
"""

import re
import unicodedata

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 26
_SLIPS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_ADDRESS = re.compile(r"/v/([^/?#]*)", re.IGNORECASE)


def encode(random_bits: bytes) -> str:
    """26 characters for 16 random bytes (ASVS 11.5.1)."""
    if len(random_bits) != 16:
        raise ValueError("a verification code holds exactly 128 bits")
    number = int.from_bytes(random_bits, "big")
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def letters_of(typed: str) -> str:
    """The letters and digits somebody typed or pasted, in capitals and of ordinary width, without what stands between.

    Words before the code do not count; of an address only what follows /v/ does.
    """
    text = unicodedata.normalize("NFKC", typed)
    address = _ADDRESS.search(text)
    return "".join(c for c in (address[1] if address else text) if c.isascii() and c.isalnum()).upper()


def normalise(typed: str) -> str | None:
    """The code somebody typed or pasted, as it is stored; None if it cannot be one."""
    bare = letters_of(typed).translate(_SLIPS)
    return bare if len(bare) == LENGTH and set(bare) <= set(_ALPHABET) else None


def decode(code: str) -> bytes:
    """The 16 bytes of a code without separators; ValueError if it is none."""
    if normalise(code) != code:
        raise ValueError("not a verification code")
    number = 0
    for character in code:
        number = number << 5 | _ALPHABET.index(character)
    return number.to_bytes(16, "big")

"""The lottery of the second review (P-15): who is drawn follows from a seed nobody knew on the day of the decision.

The SHA-256 of a day's seed is published before the day, the seed after it; whoever has both can draw again.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

SEED_BYTES = 32
_WHOLE = 2**64


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """What one draw is about: the id a case got when it was opened, and how often it was credited, this time included.

    Published as it is: the id says nothing to whoever does not know the case.
    """

    case_id: int
    round: int

    @property
    def message(self) -> str:
        return f"{self.case_id}/{self.round}"


def commitment_of(seed: bytes) -> str:
    """What is published of a seed before its day."""
    return hashlib.sha256(seed).hexdigest()


def number_of(seed: bytes, ticket: Ticket) -> int:
    """The number drawn for a ticket: the first eight bytes of HMAC-SHA256(seed, message), below 2 to the 64."""
    return _number(seed, ticket.message)


def is_drawn(seed: bytes, ticket: Ticket, share: Fraction) -> bool:
    """Whether the ticket is among the drawn share: of many tickets just this share is, whatever is in them."""
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share")
    return number_of(seed, ticket) < share * _WHOLE


def region_for(seed: bytes, ticket: Ticket, candidates: Sequence[str]) -> str:
    """Which of the regions looks a second time; the order in which they are named makes no difference."""
    if not candidates:
        raise ValueError("nobody could look a second time")
    ordered = sorted(set(candidates))
    return ordered[_number(seed, f"{ticket.message}/region") * len(ordered) // _WHOLE]


def _number(seed: bytes, message: str) -> int:
    return int.from_bytes(hmac.new(seed, message.encode(), hashlib.sha256).digest()[:8])

"""The teachers of a base as a register: how many are full-time, and who teaches without being in it (art. 11)."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from domain.filing_content import Employment


@dataclass(frozen=True, kw_only=True)
class Staffing:
    """How many teachers of each kind there are, and the least share of full-time ones; None: no share is asked."""

    full_time: int
    part_time: int
    least: Fraction | None = None

    @property
    def everybody(self) -> int:
        return self.full_time + self.part_time

    @property
    def share(self) -> Fraction:
        """The share of full-time teachers; 0 without any teacher."""
        return Fraction(self.full_time, self.everybody) if self.everybody else Fraction(0)

    @property
    def percent(self) -> int:
        """The share in whole percent, rounded down: a share just below what is asked never looks like enough."""
        return int(self.share * 100)

    @property
    def is_enough(self) -> bool:
        return self.least is None or self.share >= self.least

    @property
    def is_mixed(self) -> bool:
        """Whether there are both kinds, as art. 11 asks."""
        return bool(self.full_time and self.part_time)


def staffing(employments: Iterable[str], least: Fraction | None = None) -> Staffing:
    """Count the teachers by how they are employed."""
    kinds = list(employments)
    full = sum(kind == Employment.FULL_TIME for kind in kinds)
    return Staffing(full_time=full, part_time=len(kinds) - full, least=least)


def plain_name(name: str) -> str:
    """A name as it is compared: without spaces."""
    return "".join(name.split())


def strangers(teaching: Iterable[str], registered: Iterable[str]) -> list[str]:
    """Who teaches and is not in the register, in order and once (INV-10)."""
    known = {plain_name(name) for name in registered}
    return list(dict.fromkeys(name for name in teaching if plain_name(name) not in known))

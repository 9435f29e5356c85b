"""What a check of the books (the ledger, the public log) finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that cannot be: the check that found it, the row or place, and what stands there."""

    check: str
    where: str
    found: str

    def __str__(self) -> str:
        return f"{self.check}: {self.where}: {self.found}"

"""Moments whose knowledge can be asked for again: now, that of an issued proof, that of a day or hour gone by.

Of the ledger and of the changes of the register, the ids of one person are in the order of their commits, so a proof
names the last of each it knew. A day is told from the recorded times.
"""

from dataclasses import dataclass
from datetime import datetime

from models import CreditEntry, PolicyVersion, Proof, RegisterChange, db
from services import clock, policies

_ALL = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """What was known at a moment: entries and changes up to these ids, or recorded by then, and the policy in force.

    `rows` bounds the ids of everything else that is added and never changed.
    """

    at: datetime
    version: PolicyVersion
    entry: int | None = None
    change: int | None = None
    rows: int | None = None

    @property
    def is_present(self) -> bool:
        """Whether this is now: nothing needs to be undone."""
        return self.change == _ALL

    def knew_entry(self, entry: CreditEntry) -> bool:
        return entry.posted_at <= self.at if self.entry is None else entry.id <= self.entry

    def knew_change(self, change: RegisterChange) -> bool:
        return change.recorded_at <= self.at if self.change is None else change.id <= self.change

    def knew_row(self, row_id: int, recorded_at: datetime) -> bool:
        return recorded_at <= self.at if self.rows is None else row_id < self.rows


def now() -> AsOf:
    """All there is, judged by the policy in force."""
    return AsOf(at=clock.now(), version=policies.active_version(), entry=_ALL, change=_ALL, rows=_ALL)


def moment(at: datetime) -> AsOf:
    """What was recorded by then, judged by the policy that was in force."""
    return AsOf(at=at, version=policies.version_at(at))


def of_proof(proof: Proof, last_entry: int | None) -> AsOf:
    """What a proof was issued from, `last_entry` being the last of the ledger it knew."""
    return AsOf(
        at=proof.issued_at,
        version=db.session.get_one(PolicyVersion, proof.policy_version_id),
        # Ids are minted in the order of time: where a proof names none, its own stands for the last it may have known.
        entry=proof.id if last_entry is None else last_entry,
        change=proof.id if proof.register_position is None else proof.register_position,
        rows=proof.id,
    )

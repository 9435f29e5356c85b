"""What a correction of credited results asks for: rows to change, add or take out, with the reason (INV-30, 33)."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.errors import RuleError
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome


class Origin(StrEnum):
    """Who found the mistake. Values are stored."""

    ORGANIZER = "organizer"
    PERSON = "person"
    BUREAU = "bureau"

    @property
    def label(self) -> str:
        return {"organizer": "举办单位自查发现", "person": "学员本人反映", "bureau": "人力社保部门发现"}[self.value]


# Why an organiser may ask; an activity is void, and credits were got by fraud, when the bureau says so.
ASKED_FOR = (ReversalReason.WRONG_ENTRY, ReversalReason.DUPLICATE)
PROPOSED = (*ASKED_FOR, ReversalReason.FRAUD, ReversalReason.VOID_ACTIVITY, ReversalReason.APPEAL)


class Change(StrEnum):
    """What happens to a person's row."""

    CHANGE = "change"
    ADD = "add"
    REMOVE = "remove"

    @property
    def label(self) -> str:
        return {"change": "更正", "add": "补登", "remove": "移出"}[self.value]


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """A person's result; hours and score in tenths, event and rank of a competition as filed or empty."""

    hours_tenths: int
    score_tenths: int | None
    outcome: Outcome
    event: str = ""
    rank: str = ""


def change_of(old: Values | None, new: Values | None) -> Change:
    """What these two rows amount to; raises RuleError when they say the same."""
    if old == new:
        raise RuleError("更正前后完全相同，不需要更正", code="same_row")
    if old is None:
        return Change.ADD
    return Change.REMOVE if new is None else Change.CHANGE


def seal_of(*, base_sha256: str, reason: str, explanation: str, rows: Iterable[tuple[Any, ...]]) -> str:
    """The SHA-256 of what is asked for, and of the results it is asked of."""
    content = {"base": base_sha256, "reason": reason, "explanation": explanation, "rows": sorted(rows)}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

"""What an application of a base is for: recognition, renewal or a change of what is published; what a change needs.

A change goes its own short way: no public notice, and findings only for the conditions it concerns. A wider scope
concerns conditions (1) and (2): places, equipment and teachers for what is new.
"""

from enum import StrEnum

from domain.base_content import BaseContent

_LAWFULNESS = 5


class Purpose(StrEnum):
    """Values are stored."""

    FIRST = "first"
    RENEWAL = "renewal"
    CHANGE = "change"

    @property
    def label(self) -> str:
        return {"first": "申请认定", "renewal": "申请续期", "change": "申请变更"}[self.value]


def enlarges(before: BaseContent, after: BaseContent) -> bool:
    """Whether the second asks for an occupation, a level or a subject kind the first does not have."""
    had = {(line.occupation, rank) for line in before.scope for rank in line.ranks}
    wants = {(line.occupation, rank) for line in after.scope for rank in line.ranks}
    return not wants <= had or not set(after.subjects) <= set(before.subjects)


def conditions_of_change(before: BaseContent, after: BaseContent) -> tuple[int, ...]:
    """The conditions of art. 9 that reviewers must look at; at least that the change is lawful."""
    found = {1, 2} if enlarges(before, after) else set()
    if before.basics.place != after.basics.place:
        found.add(1)
    if before.teachers != after.teachers:
        found.add(2)
    for number, (old, new) in enumerate(zip(before.conditions, after.conditions, strict=False), 1):
        if old != new:
            found.add(number)
    return tuple(sorted(found or {_LAWFULNESS}))

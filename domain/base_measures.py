"""What becomes of a base's classes, people, credits and proofs when it is suspended, revoked or closed (arts. 12, 34).

`effects` says it beforehand from the facts and the choices; `happened` reads it off the facts before and after. That
both say the same is asked each time a measure is carried out.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from domain.base_workflow import CLOSED, EXPIRED, PUBLISHED, REVOKED, SUSPENDED


class Measure(StrEnum):
    """What is done with a base. Values are stored."""

    SUSPEND = "suspend"
    LIFT = "lift"
    REVOKE = "revoke"
    CLOSE = "close"

    @property
    def label(self) -> str:
        return {"suspend": "暂停基地资格", "lift": "恢复基地资格", "revoke": "撤销基地资格", "close": "注销基地资格"}[
            self.value
        ]

    @property
    def from_states(self) -> tuple[str, ...]:
        """In which states a base must be."""
        return {
            "suspend": (PUBLISHED,),
            "lift": (SUSPENDED,),
            "revoke": (PUBLISHED, SUSPENDED, EXPIRED),
            "close": (PUBLISHED, SUSPENDED, EXPIRED),
        }[self.value]

    @property
    def to_state(self) -> str:
        return {"suspend": SUSPENDED, "lift": PUBLISHED, "revoke": REVOKED, "close": CLOSED}[self.value]

    @property
    def needs_grounds(self) -> bool:
        """Whether an item of art. 12 has to be cited (INV-11)."""
        return self in (Measure.SUSPEND, Measure.REVOKE)


GROUNDS: dict[int, str] = {
    1: "申请设立继续教育基地时有弄虚作假行为",
    2: "采取虚假信息宣传、欺诈等不正当手段招揽生源",
    3: "以继续教育名义组织旅游或者进行其他高消费活动",
    4: "借继续教育基地名义，乱办班、乱收费、乱发证",
    5: "用不正当手段骗取政府财政补助经费",
    6: "违反有关法律、法规和规定",
}
ORDINALS = "一二三四五六"


def ground_label(number: int) -> str:
    """An item of art. 12 in words."""
    return f"第十二条第（{ORDINALS[number - 1]}）项：{GROUNDS[number]}"


class Phase(StrEnum):
    """How far a class of the base is."""

    PENDING = "pending"
    OPEN = "open"
    RUNNING = "running"
    REPORTING = "reporting"
    CREDITED = "credited"
    OVER = "over"

    @property
    def label(self) -> str:
        return {
            "pending": "备案审核中",
            "open": "已备案，未开班",
            "running": "正在举办",
            "reporting": "已结束，成绩未入账",
            "credited": "学分已入账",
            "over": "已终止",
        }[self.value]


class Choice(StrEnum):
    """What is to become of one class. Values are stored."""

    FINISH = "finish"
    STOP = "stop"
    KEEP = "keep"
    REVERSE = "reverse"

    @property
    def label(self) -> str:
        return {
            "finish": "照常办完",
            "stop": "停办并通知学员",
            "keep": "学分有效",
            "reverse": "班次虚假，冲销学分",
        }[self.value]

    def said_of(self, phase: Phase) -> str:
        """The choice in words for a class that is so far: who was taught until then keeps what was attended."""
        midway = self is Choice.STOP and phase is Phase.RUNNING
        return "中途停办并通知学员，已举办的课次照常报送成绩" if midway else self.label


@dataclass(frozen=True, kw_only=True)
class ClassFacts:
    """One class of the base as it stands: who takes part, hours attended, what ledger and proofs hold of it.

    `to_come` are its sessions that have not begun. Hours and credits in tenths; `credited` are the persons with live
    credits of it, `proofs` those in force of the years in which the credits lie.
    """

    filing_id: int
    title: str
    phase: Phase
    people: frozenset[int]
    attended_tenths: int
    to_come: int
    entries: frozenset[int]
    credited: frozenset[int]
    credits_tenths: int
    proofs: frozenset[int]


def choices_for(measure: Measure, one: ClassFacts) -> tuple[Choice, ...]:
    """What may be chosen of a class, the default first; nothing where nothing is to be chosen.

    Learners are not punished for their base: what was taught counts, unless the revocation says the class was a sham.
    """
    if measure in (Measure.SUSPEND, Measure.REVOKE) and one.phase in (Phase.OPEN, Phase.RUNNING) and one.to_come:
        return (Choice.FINISH, Choice.STOP)
    if measure is Measure.REVOKE and one.phase is Phase.CREDITED:
        return (Choice.KEEP, Choice.REVERSE)
    return ()


# What decisions of before did not know of: left out of the stored values where there is nothing of it.
_LATER = ("cut_short", "people_cut_short", "hours_kept_tenths")


@dataclass(frozen=True, kw_only=True)
class Effects:
    """What a measure does, in numbers and ids; lists in order, hours and credits in tenths.

    `cut_short` are classes that end midway with results for what was held.
    """

    base_state: str
    pending_ended: tuple[int, ...]
    stopped: tuple[int, ...]
    people_without_class: int
    hours_lost_tenths: int
    reversed: tuple[int, ...]
    people_reversed: int
    entries_reversed: int
    credits_reversed_tenths: int
    proofs_replaced: int
    going_on: tuple[int, ...]
    cut_short: tuple[int, ...] = ()
    people_cut_short: int = 0
    hours_kept_tenths: int = 0

    def plain(self) -> dict[str, Any]:
        """As values of JSON."""
        told = {name: value for name, value in asdict(self).items() if value or name not in _LATER}
        return json.loads(json.dumps(told))  # type: ignore[no-any-return]

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """What `plain` wrote."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()
        }
        return cls(**values)


def effects(measure: Measure, classes: Iterable[ClassFacts], choices: Mapping[int, Choice]) -> Effects:
    """What the measure will do with these choices; a class without one gets the first of `choices_for`."""
    found = sorted(classes, key=lambda each: each.filing_id)
    chosen = {each.filing_id: _chosen(measure, each, choices) for each in found}
    ends = measure in (Measure.REVOKE, Measure.CLOSE)
    stopped = [each for each in found if chosen[each.filing_id] is Choice.STOP]
    return _told(
        measure.to_state,
        pending=[each for each in found if ends and each.phase is Phase.PENDING],
        stopped=[each for each in stopped if each.phase is Phase.OPEN],
        cut_short=[each for each in stopped if each.phase is Phase.RUNNING],
        taken=[each for each in found if chosen[each.filing_id] is Choice.REVERSE],
        going_on=[each for each in found if each.phase in _TAKING_PLACE and chosen[each.filing_id] is not Choice.STOP],
    )


_TAKING_PLACE = (Phase.OPEN, Phase.RUNNING, Phase.REPORTING)


def _chosen(measure: Measure, one: ClassFacts, choices: Mapping[int, Choice]) -> Choice | None:
    offered = choices_for(measure, one)
    if not offered:
        return None
    choice = choices.get(one.filing_id, offered[0])
    return choice if choice in offered else offered[0]


def happened(base_state: str, before: Iterable[ClassFacts], after: Iterable[ClassFacts]) -> Effects:
    """What has become of the classes between the two readings, whatever was meant."""
    now = {each.filing_id: each for each in after}
    found = sorted(before, key=lambda each: each.filing_id)
    ended = [each for each in found if each.phase is not Phase.OVER and now[each.filing_id].phase is Phase.OVER]
    cut = [
        each
        for each in found
        if each.phase is Phase.RUNNING and each not in ended and each.to_come and not now[each.filing_id].to_come
    ]
    taken = [each for each in found if each.entries - now[each.filing_id].entries]
    return _told(
        base_state,
        pending=[each for each in ended if each.phase is Phase.PENDING],
        stopped=[each for each in ended if each.phase is not Phase.PENDING],
        cut_short=cut,
        taken=[_taken_from(each, now[each.filing_id]) for each in taken],
        going_on=[
            each
            for each in found
            if each.phase in _TAKING_PLACE and each not in cut and now[each.filing_id].phase is each.phase
        ],
    )


def _taken_from(before: ClassFacts, after: ClassFacts) -> ClassFacts:
    """The part of a class's credits that is there no more."""
    return ClassFacts(
        filing_id=before.filing_id,
        title=before.title,
        phase=before.phase,
        people=before.people,
        attended_tenths=before.attended_tenths,
        to_come=before.to_come,
        entries=before.entries - after.entries,
        credited=before.credited - after.credited,
        credits_tenths=before.credits_tenths - after.credits_tenths,
        proofs=before.proofs - after.proofs,
    )


def _told(
    base_state: str,
    *,
    pending: list[ClassFacts],
    stopped: list[ClassFacts],
    cut_short: list[ClassFacts],
    taken: list[ClassFacts],
    going_on: list[ClassFacts],
) -> Effects:
    return Effects(
        base_state=base_state,
        pending_ended=tuple(each.filing_id for each in pending),
        stopped=tuple(each.filing_id for each in stopped),
        people_without_class=len(frozenset().union(*(each.people for each in stopped))),
        hours_lost_tenths=sum(each.attended_tenths for each in stopped),
        reversed=tuple(each.filing_id for each in taken),
        people_reversed=len(frozenset().union(*(each.credited for each in taken))),
        entries_reversed=sum(len(each.entries) for each in taken),
        credits_reversed_tenths=sum(each.credits_tenths for each in taken),
        proofs_replaced=len(frozenset().union(*(each.proofs for each in taken))),
        going_on=tuple(each.filing_id for each in going_on),
        cut_short=tuple(each.filing_id for each in cut_short),
        people_cut_short=len(frozenset().union(*(each.people for each in cut_short))),
        hours_kept_tenths=sum(each.attended_tenths for each in cut_short),
    )


def in_the_way(measure: Measure, classes: Iterable[ClassFacts]) -> list[str]:
    """Why the measure is not possible now: a base is closed when nothing of it is open (sentences, empty if it is)."""
    if measure is not Measure.CLOSE:
        return []
    return [
        f"“{each.title}”{each.phase.label}，办结后才能注销"
        for each in classes
        if each.phase in (Phase.OPEN, Phase.RUNNING, Phase.REPORTING)
    ]


def seal_of(
    measure: Measure,
    *,
    reason: str,
    grounds: Iterable[int],
    choices: Mapping[int, Choice],
    effects: Effects,
) -> str:
    """The SHA-256 of a measure with what it will do: a decision names it, and falls when the facts have moved on."""
    plain = {
        "measure": measure.value,
        "reason": reason,
        "grounds": sorted(grounds),
        "choices": {str(filing_id): choice.value for filing_id, choice in sorted(choices.items())},
        "effects": effects.plain(),
    }
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

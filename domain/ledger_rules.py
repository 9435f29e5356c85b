"""The rules of the credit ledger: awards and their reversals, their order, and the year and region they belong to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import AlreadyPosted, RuleError
from domain.periods import credit_year


class EntryKind(StrEnum):
    """Credits are given by an award and taken back by its reversal; nothing is changed or removed (INV-30)."""

    AWARD = "award"
    REVERSAL = "reversal"


class SourceKind(StrEnum):
    """What an entry rests on: credited results of a filed activity, or a passed special-knowledge exam."""

    ACTIVITY = "activity"
    EXAM = "exam"

    @property
    def label(self) -> str:
        return {SourceKind.ACTIVITY: "继续教育活动", SourceKind.EXAM: "专项知识考试"}[self]


class ReversalReason(StrEnum):
    """Why credits are taken back. Values are stored."""

    WRONG_ENTRY = "wrong_entry"
    DUPLICATE = "duplicate"
    FRAUD = "fraud"
    VOID_ACTIVITY = "void_activity"
    APPEAL = "appeal"
    MERGED_PERSON = "merged_person"

    @property
    def label(self) -> str:
        return _REASON_LABELS[self]


_REASON_LABELS = {
    ReversalReason.WRONG_ENTRY: "录入错误",
    ReversalReason.DUPLICATE: "重复",
    ReversalReason.FRAUD: "弄虚作假",
    ReversalReason.VOID_ACTIVITY: "活动作废",
    ReversalReason.APPEAL: "申诉改判",
    ReversalReason.MERGED_PERSON: "合并人员",
}


class BadAward(RuleError):
    """An award no ledger can hold."""

    code = "bad_award"


class NotReversible(RuleError):
    """The entry is a reversal itself, or was taken back already."""

    code = "not_reversible"


LineKey = tuple[int, str, int, int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Award:
    """Credits to be given to one person for one subject line of one source in one year. Raises BadAward.

    Hours and credits in tenths. `occurred_on` is the last day of the learning in that year, `days` over how many days
    it went, `region_code` the region of duty at that time.
    """

    technician_id: int
    year: int
    occurred_on: date
    days: int
    subject: str
    form: str
    hours_tenths: int
    credits_tenths: int
    source_kind: SourceKind
    source_id: int
    line_id: int
    source_title: str
    region_code: str
    is_exam: bool = False

    def __post_init__(self) -> None:
        if self.credits_tenths <= 0 or self.hours_tenths < 0 or self.days < 1:
            raise BadAward("入账的学分必须大于零，学时不能为负，学习天数至少为一天")
        # The exam part is earned by an exam and by nothing else (art. 20).
        if self.is_exam is not (self.source_kind is SourceKind.EXAM):
            raise BadAward("考试学分只能来自专项知识考试记录")

    @property
    def key(self) -> LineKey:
        """What may be live only once: person, source, subject line and year (INV-31)."""
        return (self.technician_id, self.source_kind.value, self.source_id, self.line_id, self.year)


@dataclass(frozen=True, slots=True)
class PastEntry:
    """As much of an entry of the same key as the order of awards needs."""

    kind: EntryKind
    sequence: int


def next_sequence(past: Iterable[PastEntry]) -> int:
    """The sequence of the next award of a key: one more than the awards taken back; AlreadyPosted while one is live."""
    awards: set[int] = set()
    reversed_: set[int] = set()
    for entry in past:
        (awards if entry.kind is EntryKind.AWARD else reversed_).add(entry.sequence)
    if awards != reversed_:
        raise AlreadyPosted()
    return len(awards) + 1


def check_reversible(kind: EntryKind, *, already_reversed: bool) -> None:
    """An award is taken back at most once; a reversal never: the award is given again instead."""
    if kind is EntryKind.REVERSAL:
        raise NotReversible("冲销记录不能再冲销；如需恢复学分，请重新入账")
    if already_reversed:
        raise NotReversible("这条学分记录已经冲销，不能重复冲销")


@dataclass(frozen=True, slots=True)
class YearShare:
    """The part of an activity's hours and credits (tenths) that belongs to one year."""

    year: int
    occurred_on: date
    days: int
    hours_tenths: int
    credits_tenths: int


def share_by_year(
    sessions: Sequence[tuple[date, int]], *, hours_tenths: int, credits_tenths: int, starts: tuple[int, int] = (1, 1)
) -> list[YearShare]:
    """To which years the hours and credits of a line belong, by the session hours of each year (INV-34).

    `sessions` are (day, hours in tenths) of the whole activity; `starts` the first day of the policy's year. The parts
    add up exactly; a year whose part would be nothing gets none.
    """
    by_year: dict[int, int] = {}
    for on, hours in sessions:
        year = credit_year(on, starts)
        by_year[year] = by_year.get(year, 0) + hours
    credits = _in_proportion(credits_tenths, by_year)
    earning = {year: by_year[year] for year, part in credits.items() if part}
    hours_of = _in_proportion(hours_tenths, earning)
    shares = []
    for year in sorted(earning):
        days = {on for on, _ in sessions if credit_year(on, starts) == year}
        shares.append(YearShare(year, max(days), len(days), hours_of[year], credits[year]))
    return shares


def _in_proportion(total: int, weights: dict[int, int]) -> dict[int, int]:
    """`total` in whole parts by weight; what the division leaves goes to the largest remainders, early years first."""
    whole = sum(weights.values())
    if not whole:
        return {}
    parts = {year: total * weight // whole for year, weight in weights.items()}
    by_remainder = sorted(weights, key=lambda year: (-(total * weights[year] % whole), year))
    for year in by_remainder[: total - sum(parts.values())]:
        parts[year] += 1
    return parts


def region_of_duty(employments: Iterable[tuple[date, date | None, str]], *, on: date, home: str) -> str:
    """The region a person belongs to on a day: the employer's, the latest begun if there are several, else `home`.

    `employments` are (first day, last day or None, region of the employer).
    """
    current = [(started, region) for started, ended, region in employments if started <= on <= (ended or on)]
    return max(current)[1] if current else home

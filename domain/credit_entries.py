"""A credit entry as the rules see it: what was earned, when, in which subject kind and form."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from domain.errors import RuleError

TENTH = Decimal("0.1")
ZERO = Decimal("0.0")
FIRST_YEAR, LAST_YEAR = 1990, 2100
_MOST = Decimal(100_000)

EntryId = int | str


class BadEntry(RuleError):
    """An entry that no ledger can hold: amounts that are no tenths, a reversal of nothing, an id used twice."""

    code = "bad_entry"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Credits of one person from one subject line of one source (art. 18).

    `hours` of `hour.minutes` minutes; `credits` in tenths, negative only for a reversal, which names the entry it takes
    back. `exam`: earned by a special-knowledge exam (art. 20). `course` and `activity` tell whether a course was taken
    twice; `days`, if known, over how many days the hours went; `makeup_for` the earlier year they make up for.
    """

    id: EntryId
    earned_on: date
    subject: str
    form: str = ""
    hours: Decimal = ZERO
    credits: Decimal
    exam: bool = False
    source: str = ""
    course: str | None = None
    activity: str | None = None
    days: int | None = None
    frozen: bool = False
    makeup_for: int | None = None
    reverses: EntryId | None = None

    @property
    def order(self) -> tuple[date, int, int, str]:
        """Earlier earned first; on the same day the smaller id."""
        return (self.earned_on, *id_order(self.id))


def id_order(entry_id: EntryId) -> tuple[int, int, str]:
    """Numbers by size and before words, so that "10" comes after "9"."""
    text = str(entry_id)
    return (0, int(text), text) if text.isdecimal() and text.isascii() else (1, 0, text)


def check_entries(entries: Iterable[Entry]) -> list[Entry]:
    """The entries in order, each of them possible; BadEntry names the first that is not."""
    ordered = sorted(entries, key=lambda entry: entry.order)
    by_id: dict[str, Entry] = {}
    for entry in ordered:
        if str(entry.id) in by_id:
            raise BadEntry(f"学分记录 {entry.id} 出现了两次，同一编号只能有一条记录")
        by_id[str(entry.id)] = entry
        if not is_tenths(entry.credits) or not is_tenths(entry.hours) or entry.hours < 0:
            raise BadEntry(f"学分记录 {entry.id} 的学时、学分必须是不超过一位小数的数，且学时不能为负")
        if entry.credits < 0 and entry.reverses is None:
            raise BadEntry(f"学分记录 {entry.id} 的学分为负，但没有注明冲销哪一条记录")
        years = (entry.earned_on.year, entry.makeup_for or entry.earned_on.year)
        if not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
            raise BadEntry(f"学分记录 {entry.id} 的日期或补学年度不在 {FIRST_YEAR} 到 {LAST_YEAR} 年之间")
        if entry.days is not None and entry.days < 1:
            raise BadEntry(f"学分记录 {entry.id} 的上课天数至少为 1")
    reversed_ids: set[str] = set()
    for entry in ordered:
        if entry.reverses is None:
            continue
        target = by_id.get(str(entry.reverses))
        if target is None or target.reverses is not None or target.credits != -entry.credits:
            raise BadEntry(f"冲销记录 {entry.id} 与被冲销的记录 {entry.reverses} 不相符")
        if str(entry.reverses) in reversed_ids:
            raise BadEntry(f"学分记录 {entry.reverses} 被冲销了两次")
        reversed_ids.add(str(entry.reverses))
    return ordered


def is_tenths(value: Decimal) -> bool:
    """A finite amount of sensible size with at most one decimal place."""
    return value.is_finite() and abs(value) <= _MOST and value == value.quantize(TENTH)


def tenths(value: Decimal) -> int:
    """An exact amount as a whole number of tenths, as the database keeps it."""
    return int(value * 10)


def from_tenths(count: int) -> Decimal:
    """A whole number of tenths as credits, always with one decimal place."""
    return Decimal(count).scaleb(-1)


def least_tenths(value: Fraction) -> int:
    """The fewest tenths that reach an exact amount: credits come in tenths, so 33⅓ is reached at 33.4."""
    return -(-value.numerator * 10 // value.denominator)


def say(value: Decimal) -> str:
    """An amount for a sentence: 10, 9.5."""
    return f"{value.quantize(TENTH, ROUND_CEILING).normalize():f}" if value else "0"

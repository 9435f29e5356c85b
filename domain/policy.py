"""What a policy pack says once it is read: subjects, forms, floors, maxima and other figures, with their sources."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, Protocol, TypeVar

from domain.credit_entries import TENTH, Entry
from domain.errors import RuleError


class UnknownFigure(RuleError):
    """The pack in force does not hold the figure that was asked for."""

    code = "unknown_figure"

    def __init__(self, policy_key: str, key: str) -> None:
        super().__init__(f"学分政策 {policy_key} 没有规定“{key}”")


class UnknownWord(RuleError):
    """An entry or a question names a subject kind, a form or a level the pack does not know."""

    code = "unknown_word"

    def __init__(self, kind: str, word: str, known: tuple[str, ...]) -> None:
        super().__init__(f"现行学分政策没有名为“{word[:40]}”的{kind}，可用的有：{'、'.join(known)}")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One value of the pack and where it comes from.

    `value` is int for counts of days and the like, Decimal for amounts of credits or hours, Fraction for shares, date,
    bool, str, tuple, one of the dataclasses below, or None where the pack says "no limit". `unit` is DAYS, WORKDAYS and
    the like; `article` the article of the regulation, None for other sources.
    """

    key: str
    value: Any
    source: str
    article: int | None = None
    unit: str = ""
    label: str = ""

    def __int__(self) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise TypeError(f"{self.key} is not a whole number: {self.value!r}")
        return self.value


class _Word(Protocol):
    """What a pack names and people may write in more than one way."""

    @property
    def key(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def synonyms(self) -> tuple[str, ...]: ...


_Named = TypeVar("_Named", bound=_Word)


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A kind of content (art. 13); a kind inside another one names its parent."""

    key: str
    label: str
    parent: str | None = None
    synonyms: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    source: str
    article: int | None = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """A way of learning (arts. 14-16). `filing` tells the ones an organiser files beforehand."""

    key: str
    label: str
    synonyms: tuple[str, ...] = ()
    mode: Literal["ONLINE", "OFFLINE"] = "OFFLINE"
    filing: bool = False
    source: str
    article: int | None = None


@dataclass(frozen=True, kw_only=True)
class Level:
    """A skill level by which floors may differ; `rank` (1 to 8, as in domain.skills) if it is a national one."""

    key: str
    label: str
    synonyms: tuple[str, ...] = ()
    rank: int | None = None


@dataclass(frozen=True)
class Amount:
    """Credits, either a number or an exact share of a floor that is a number."""

    number: Decimal | None = None
    share: Fraction | None = None
    of: str | None = None


@dataclass(frozen=True)
class Window:
    """The years a floor adds up: the period of `year.kind`, each single year of it, or the last `years` years."""

    kind: Literal["PERIOD", "YEAR", "LAST"] = "PERIOD"
    years: int = 1


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The least a person must reach: in all, in one subject kind, or by special exams (art. 20)."""

    key: str
    label: str
    amount: Amount
    subject: str | None = None
    exam: bool = False
    by_level: tuple[tuple[frozenset[str], Amount], ...] = ()
    window: Window = Window()
    source: str
    article: int | None = None

    def amount_for(self, level: str | None) -> Amount:
        """The amount for a level (key), the general one where the level has none of its own."""
        return next((amount for levels, amount in self.by_level if level in levels), self.amount)


@dataclass(frozen=True, kw_only=True)
class Maximum:
    """The most that counts in a year: in all (`subject` None) or in one subject kind."""

    key: str
    label: str
    amount: Amount
    subject: str | None = None
    source: str
    article: int | None = None


@dataclass(frozen=True)
class YearKind:
    """How the pack cuts time: CALENDAR, FISCAL (from `starts`), ROLLING_12M, or CYCLE of `years` since `first`."""

    kind: Literal["CALENDAR", "FISCAL", "ROLLING_12M", "CYCLE"] = "CALENDAR"
    starts: tuple[int, int] = (1, 1)
    years: int = 1
    first: int = 0


@dataclass(frozen=True)
class FirstYear:
    """When the obligation of a new certificate begins (art. 3)."""

    mode: Literal["NEXT_YEAR", "SAME_YEAR_FULL", "PRORATA_MONTH", "AFTER_MONTHS"] = "NEXT_YEAR"
    months: int = 0
    count_issue_month: bool = False


@dataclass(frozen=True)
class Rounding:
    """Credits come in steps; what lies between two steps goes down, up, or to the nearer one (half: up)."""

    step: Decimal = TENTH
    mode: Literal["DOWN", "HALF_UP", "UP"] = "DOWN"


@dataclass(frozen=True)
class Tier:
    """Who attended at least this share of the planned hours earns `factor` of the hours attended (art. 22)."""

    share: Fraction
    factor: Fraction


@dataclass(frozen=True, kw_only=True)
class UseRule:
    """What one use of the credits asks (arts. 24-29): how strongly it binds, and which years it looks at.

    `window` is YEARS (the last `years` years that have ended), ROLE_CYCLE (`role.cycle_years` of them) or LAST_YEAR (as
    `lastyear.mode` says); `text` is the rule as the regulation words it.
    """

    strength: Literal["HARD", "PRIORITY", "REFERENCE", "BASIS"]
    window: Literal["YEARS", "ROLE_CYCLE", "LAST_YEAR"]
    years: int = 1
    text: str


@dataclass(frozen=True, kw_only=True)
class Vector:
    """A case the pack brings along, with the result it must give."""

    name: str
    path: str
    year: int = 0
    level: str | None = None
    first_certificate: date | None = None
    as_of: date | None = None
    entries: tuple[Entry, ...] = ()
    award: Mapping[str, Any] | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy pack (学分政策): dated data that says what counts and how much is enough; `parse_pack` makes one."""

    key: str
    name: str
    document: Mapping[str, str]
    subjects: tuple[Subject, ...]
    forms: tuple[Form, ...]
    levels: tuple[Level, ...]
    floors: tuple[Floor, ...]
    maxima: tuple[Maximum, ...]
    figures: Mapping[str, Figure]
    vectors: tuple[Vector, ...]
    sha256: str

    def figure(self, key: str) -> Figure:
        """The figure of this key with its source, `filing.lead_days.F3` say; UnknownFigure if the pack has none."""
        found = self.figures.get(key)
        if found is None:
            raise UnknownFigure(self.key, key)
        return found

    def value(self, key: str, otherwise: Any = None) -> Any:
        """The bare value of a figure, or `otherwise` where the pack is silent."""
        found = self.figures.get(key)
        return otherwise if found is None else found.value

    @property
    def effective_from(self) -> date:
        return self.figures["policy.effective_from"].value  # type: ignore[no-any-return]

    @property
    def year_kind(self) -> YearKind:
        return self.figures["year.kind"].value  # type: ignore[no-any-return]

    @property
    def rounding(self) -> Rounding:
        return self.figures["credit.rounding"].value  # type: ignore[no-any-return]

    def subject(self, word: str) -> Subject:
        """The subject kind of this key, label or synonym; UnknownWord if there is none."""
        return _named(self.subjects, word, "科目")

    def form(self, word: str) -> Form:
        """The form of this key, label or synonym; UnknownWord if there is none."""
        return _named(self.forms, word, "学习形式")

    def level(self, word: str) -> Level:
        """The level of this key, label or synonym; UnknownWord if there is none."""
        return _named(self.levels, word, "技能等级")

    def children(self, parent: str | None) -> tuple[Subject, ...]:
        """The subject kinds directly inside this one; the outermost ones for None."""
        return tuple(subject for subject in self.subjects if subject.parent == parent)

    def credits(self, amount: Amount, level: str | None = None) -> Fraction:
        """An amount of the pack as exact credits; a share follows the level of the floor it is a share of."""
        if amount.number is not None:
            return Fraction(amount.number)
        base = next(floor for floor in self.floors if floor.key == amount.of)
        return (amount.share or 0) * self.credits(base.amount_for(level), level)

    def minimum(self, floor: Floor, level: str | None = None) -> Fraction:
        """What this floor asks of a person of this level (key), before any reduction."""
        return self.credits(floor.amount_for(level), level)


def _named(things: tuple[_Named, ...], word: str, kind: str) -> _Named:
    wanted = word.strip().casefold()
    for thing in things:
        if wanted == thing.key.casefold():
            return thing
    for thing in things:
        if wanted in (thing.label.casefold(), *(synonym.casefold() for synonym in thing.synonyms)):
            return thing
    raise UnknownWord(kind, word, tuple(f"{thing.label}（{thing.key}）" for thing in things))

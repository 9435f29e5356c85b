"""What an evaluation says: totals, floors, what is missing, and the trace that explains each figure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from domain.credit_entries import EntryId

StepKind = Literal[
    "OBLIGATION",  # whether the year is owed, and which share of it
    "OUTSIDE",  # entries of other years
    "MAKEUP",  # entries moved to the year they make up for
    "REVERSED",  # an entry and the one that takes it back
    "FROZEN",  # entries under investigation: shown, not counted
    "DUPLICATE",  # cut: a course taken more often than it counts
    "DAILY",  # cut: more hours on a day than a day allows
    "CAP",  # cut: more of a form than a year allows
    "MAXIMUM",  # cut: more of a subject kind, or in all, than a year allows
    "COUNTED",  # what counts of the entries of one subject kind
    "CARRIED",  # what counts of credits carried over from the year before
    "SUM",  # a subject kind with those inside it; the total
    "EXAM",  # credits earned by special exams
    "NOTE",  # something a person should look at; nothing was cut
    "FLOOR",  # a figure against what is asked
    "GAP",  # what is missing, said once
    "STREAK",  # earlier years that must have been met too
    "RESULT",
]


@dataclass(frozen=True, kw_only=True)
class TraceStep:
    """One step of the reckoning.

    `counted` sums to the total over the steps COUNTED and CARRIED; `cut` sums to all that was cut over the steps
    DUPLICATE, DAILY, CAP and MAXIMUM. `entries` are the ids concerned, `rule` the key in the pack.
    """

    kind: StepKind
    figure: str
    rule: str
    year: int
    entries: tuple[EntryId, ...] = ()
    counted: Decimal = Decimal("0.0")
    cut: Decimal = Decimal("0.0")
    article: int | None = None
    source: str = ""
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Credits of an entry that do not count, and the key of the rule that cut them."""

    rule: str
    credits: Decimal


@dataclass(frozen=True, kw_only=True)
class EntryOutcome:
    """What became of one entry: posted = counted + cuts + frozen + outside; `year` is the year it was counted in."""

    id: EntryId
    year: int | None
    posted: Decimal
    counted: Decimal = Decimal("0.0")
    frozen: Decimal = Decimal("0.0")
    outside: Decimal = Decimal("0.0")
    cuts: tuple[Cut, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FloorResult:
    """One floor against the figure it asks of.

    `minimum` is what the pack asks, `required` what this person owes (less in a partial year, nothing without an
    obligation). A floor that is not `due` yet (the cycle still runs) does not decide compliance; one that is not
    `open` belongs to a past year, and credits earned now cannot mend it.
    """

    key: str
    label: str
    subject: str | None
    exam: bool
    years: tuple[int, ...]
    minimum: Decimal
    required: Decimal
    counted: Decimal
    missing: Decimal
    due: bool
    open: bool
    article: int | None
    source: str

    @property
    def met(self) -> bool:
        return self.missing == 0


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Credits that are missing: of a subject kind, of ANY kind, by EXAM, or in a past year (not `repairable`).

    `rule` is the key of the floor (or of the streak) that asks for them.
    """

    key: str
    rule: str
    label: str
    credits: Decimal
    repairable: bool
    year: int
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The standing of a person in a year under one version of the policy (art. 20, INV-01, INV-35).

    `totals` holds what counts by subject kind, kinds inside a kind included; `total` all of it; `exam` what special
    exams gave, whatever the caps cut. `missing` has every subject kind, ANY and EXAM: what must still be earned this
    year, subject kinds first, then what the total lacks besides. EXAM may be met by the same credits as the others.
    `compliant` holds exactly if `gaps` is empty; `compliant_with_frozen` says what it would be with the frozen entries.
    """

    policy_key: str
    policy_sha256: str
    year: int
    starts_on: date
    ends_on: date
    level: str | None
    obliged: bool
    obligation: str
    posted: Decimal
    cut: Decimal
    frozen: Decimal
    carried_in: Decimal
    total: Decimal
    totals: Mapping[str, Decimal]
    exam: Decimal
    floors: tuple[FloorResult, ...]
    gaps: tuple[Gap, ...]
    missing: Mapping[str, Decimal]
    compliant: bool
    compliant_with_frozen: bool
    summary: str
    entries: tuple[EntryOutcome, ...]
    trace: tuple[TraceStep, ...]

    @property
    def status(self) -> Literal["MET", "NOT_MET", "NOT_OBLIGED"]:
        """For lists and filters; someone without an obligation is compliant, but has met nothing."""
        if not self.obliged:
            return "NOT_OBLIGED"
        return "MET" if self.compliant else "NOT_MET"

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON: amounts and ids as strings, dates in ISO form; the same for the same evaluation."""
        found: dict[str, Any] = plain(self)
        return {**found, "status": self.status}


def plain(value: Any) -> Any:
    """Dataclasses, amounts, dates and tuples as what JSON can say."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        made = {each.name: plain(getattr(value, each.name)) for each in fields(value)}
        # Ids are 63-bit numbers, which JavaScript cannot hold.
        if "id" in made:
            made["id"] = str(made["id"])
        if isinstance(value, TraceStep):
            made["entries"] = [str(entry) for entry in value.entries]
        if isinstance(value, FloorResult):
            made["met"] = value.met
        return made
    return value

"""What a proof says: the facts frozen at issue, their one canonical JSON text and its fingerprint."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from domain.frozen_json import plain, text_of, typed
from domain.proof_kinds import PURPOSES, ProofKind

_CODE_GROUP = 4
# What the printed number of every proof begins with.
NUMBER_PREFIX = "JHJX"


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The unit that issues and its region, as printed: 金华市人力资源和社会保障局, 金华市."""

    unit: str
    region: str


@dataclass(frozen=True, kw_only=True)
class Seal:
    """The seal drawn on the paper; one that is not `lawful` is marked 演示印章 wherever it stands."""

    text: str
    lawful: bool


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whom the paper is about. `id_masked` has been through the site's one mask; the number itself never comes here."""

    name: str
    sex: str
    id_type: str
    id_masked: str


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """One skill certificate (art. 18): kind, occupation, level (empty for 专项职业能力), number, day and issuer."""

    kind: str
    occupation: str
    level: str
    number: str
    issued_on: date
    issuer: str = ""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the year was judged by: the regulation (`name`) and its articles, the policy pack and its fingerprint."""

    key: str
    name: str
    version: str
    articles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Floor:
    """One floor of the year (art. 20): what was required, earned, and what is missing, in credits."""

    key: str
    label: str
    required: Decimal
    earned: Decimal
    missing: Decimal
    met: bool
    article: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One credit entry of the year; `counted` is what the policy let count, `reason` says why if it is less."""

    occurred_on: date
    title: str
    form: str
    subject: str
    hours: Decimal
    credits: Decimal
    counted: Decimal
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class YearRecord:
    """A year among several: its days, what was asked and earned, and its entries where the paper lists them.

    `status` is 达到, 未达到 or 不作要求 (no obligation, art. 3); `judged` tells whether the outcome of the paper rests
    on it; `posted` is how many entries of the ledger the year had at issue.
    """

    year: int
    starts_on: date
    ends_on: date
    judged: bool
    status: str
    floors: tuple[Floor, ...]
    conclusion: str
    posted: int
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProofFacts:
    """Everything a paper prints and the verification page repeats: what all kinds have. Never changed after issue.

    `kind` is a ProofKind. `code` is the verification code without separators, `verify_url` what the QR code holds,
    `verify_page` the address where a person types the code, `ledger_position` the last ledger entry the figures rest
    on, `year` the last year the paper speaks of, `replaces` the number of the proof this one was made in place of.
    """

    kind: str
    title: str
    number: str
    code: str
    verify_url: str
    verify_page: str
    issued_at: datetime
    issuer: Issuer
    seal: Seal
    person: Person
    certificates: tuple[Certificate, ...]
    employer: str
    year: int
    policy: Policy
    conclusion: str
    ledger_position: int | None = None
    replaces: str = ""

    _classes: ClassVar[dict[str, type["ProofFacts"]]] = {}

    def __init_subclass__(cls, *, kinds: Iterable[ProofKind] = (), **others: Any) -> None:
        super().__init_subclass__(**others)
        cls._classes.update({kind.value: cls for kind in kinds})

    @property
    def first_year(self) -> int:
        """The first year the paper speaks of."""
        return self.year

    @property
    def posted(self) -> int | None:
        """How many ledger entries its years had at issue, if it speaks of all of them: later ones are told."""
        return None

    def to_dict(self) -> dict[str, Any]:
        """The facts as JSON knows them: tenths as "12.5", days and instants in ISO 8601, China time."""
        facts: dict[str, Any] = plain(self)
        return facts

    def to_json(self) -> str:
        """The canonical text: the same facts always give the same characters."""
        return text_of(self.to_dict())

    def sha256(self) -> str:
        """Fingerprint of the canonical text in UTF-8, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @staticmethod
    def from_json(text: str) -> "ProofFacts":
        """The facts of a canonical text, in the class of their kind.

        Anything missing, unknown or misspelt is a TypeError, KeyError or ValueError.
        """
        facts = json.loads(text)
        found: ProofFacts = typed(ProofFacts._classes[facts["kind"]], facts)
        return found


@dataclass(frozen=True, kw_only=True)
class AnnualFacts(ProofFacts, kinds=(ProofKind.ANNUAL,)):
    """The credits of one year against its floors (art. 20)."""

    kind: str = ProofKind.ANNUAL.value
    title: str = ProofKind.ANNUAL.heading
    floors: tuple[Floor, ...]
    compliant: bool
    entries: tuple[Entry, ...]

    @property
    def posted(self) -> int:
        return len(self.entries)


@dataclass(frozen=True, kw_only=True)
class TranscriptFacts(ProofFacts, kinds=(ProofKind.TRANSCRIPT,)):
    """All entries of several years, year by year (art. 18)."""

    kind: str = ProofKind.TRANSCRIPT.value
    title: str = ProofKind.TRANSCRIPT.heading
    years: tuple[YearRecord, ...]
    credits: Decimal

    @property
    def first_year(self) -> int:
        return self.years[0].year

    @property
    def posted(self) -> int:
        return sum(record.posted for record in self.years)


@dataclass(frozen=True, kw_only=True)
class Use:
    """The rule of a purpose: what it is for, its article, how strongly it binds, and what exactly is asked."""

    label: str
    article: str
    strength: str
    rule: str
    source: str


@dataclass(frozen=True, kw_only=True)
class PurposeFacts(ProofFacts, kinds=PURPOSES):
    """Whether the years of a window meet what one use asks (arts. 24-29).

    `window` says which days were looked at and why, `entries_posted` how many entries its years had at issue,
    `outcome` is a key of domain.purposes.Outcome with its word and sentence; after `valid_until` whoever asks for it
    may want a fresh one.
    """

    use: Use
    window: str
    window_starts_on: date
    window_ends_on: date
    years: tuple[YearRecord, ...]
    entries_posted: int
    outcome: str
    outcome_label: str
    advice: str
    valid_until: date

    @property
    def first_year(self) -> int:
        return min(record.starts_on.year for record in self.years)

    @property
    def posted(self) -> int:
        return self.entries_posted


def proof_number(prefix: str, year: int, serial: int) -> str:
    """The printed number of a proof: JHJX-2026-00000123."""
    return f"{prefix}-{year}-{serial:08d}"


def grouped(code: str) -> str:
    """A verification code in groups of four, as a person reads and types it; whoever reads it back drops the spaces."""
    return " ".join(code[start : start + _CODE_GROUP] for start in range(0, len(code), _CODE_GROUP))

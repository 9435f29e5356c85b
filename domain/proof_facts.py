"""What a proof says: the facts frozen at issue, their one canonical JSON text and its fingerprint."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

from domain.periods import CHINA

TITLE = "金华市技能人才继续教育学分证明"
_TENTH = Decimal("0.1")
_CODE_GROUP = 4


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
    """The policy pack the year was judged by: key, name, fingerprint of its text, articles cited."""

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
class ProofFacts:
    """Everything the paper prints and the verification page repeats. Never changed after issue.

    `code` is the verification code without separators, `verify_url` what the QR code holds, `verify_page` the address
    where a person types the code, `ledger_position` the last ledger entry the figures rest on.
    """

    title: str = TITLE
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
    floors: tuple[Floor, ...]
    compliant: bool
    conclusion: str
    entries: tuple[Entry, ...]
    ledger_position: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The facts as JSON knows them: tenths as "12.5", days and instants in ISO 8601, China time."""
        facts: dict[str, Any] = _plain(asdict(self))
        return facts

    def to_json(self) -> str:
        """The canonical text: the same facts always give the same characters."""
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def sha256(self) -> str:
        """Fingerprint of the canonical text in UTF-8, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The facts of a canonical text; anything missing, unknown or misspelt is a TypeError or ValueError."""
        facts = json.loads(text)
        facts["issued_at"] = datetime.fromisoformat(facts["issued_at"])
        for name, kind in (("issuer", Issuer), ("seal", Seal), ("person", Person)):
            facts[name] = kind(**facts[name])
        facts["policy"] = Policy(**{**facts["policy"], "articles": tuple(facts["policy"]["articles"])})
        facts["certificates"] = tuple(
            Certificate(**{**row, "issued_on": date.fromisoformat(row["issued_on"])}) for row in facts["certificates"]
        )
        facts["floors"] = tuple(
            Floor(**{**row, **{name: Decimal(row[name]) for name in ("required", "earned", "missing")}})
            for row in facts["floors"]
        )
        facts["entries"] = tuple(
            Entry(**{
                **row,
                "occurred_on": date.fromisoformat(row["occurred_on"]),
                **{name: Decimal(row[name]) for name in ("hours", "credits", "counted")},
            })
            for row in facts["entries"]
        )  # fmt: skip
        return cls(**facts)


def proof_number(prefix: str, year: int, serial: int) -> str:
    """The printed number of a proof: JHJX-2026-00000123."""
    return f"{prefix}-{year}-{serial:08d}"


def grouped(code: str) -> str:
    """A verification code in groups of four, as a person reads and types it; whoever reads it back drops the spaces."""
    return " ".join(code[start : start + _CODE_GROUP] for start in range(0, len(code), _CODE_GROUP))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        if value != value.quantize(_TENTH):
            raise ValueError(f"credits and hours are exact tenths, not {value}")
        return str(value.quantize(_TENTH))
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(CHINA).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value

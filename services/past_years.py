"""A person's year as the platform knew it at a past moment, and what has changed since (G11)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.errors import RuleError
from domain.evaluation import EntryOutcome, Evaluation
from domain.ledger_rules import EntryKind, ReversalReason
from domain.periods import china_date, say_date, start_of_china_day
from domain.proof_facts import ProofFacts
from domain.register_rows import CertificateRow, EmploymentRow, NameRow, RegisterPart, RegisterRow
from models import CreditEntry, Organization, Proof, Technician, db
from services import as_of, clock, compliance, policies, reference, register_history
from services.as_of import AsOf
from services.compliance import Standing
from services.register_history import Sheet

FIRST_DAY = date(2020, 1, 1)
"""Before the regulation there is nothing to know."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """An entry of the year that was known then, what it counted for, and whether it was taken back since."""

    entry: CreditEntry
    outcome: EntryOutcome
    taken_back: bool


@dataclass(frozen=True, kw_only=True)
class Since:
    """One thing that came to be known later: when, what kind of thing, in words, credits in tenths, why."""

    at: datetime
    what: str
    title: str
    year: int | None = None
    credits_tenths: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PastYear:
    """What was known of a person's year at a moment, what is known now, and what came between.

    `standing` and `now` are None for a moment at which the person was not registered yet.
    """

    known: AsOf
    year: int
    years: list[int]
    sheet: Sheet | None
    standing: Standing | None
    entries: list[Known]
    now: Evaluation | None
    since: list[Since]


def of_day(text: str) -> AsOf:
    """What was known at the end of a day, written 2026-06-01; of today, now. Raises RuleError for any other text."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise RuleError("日期无法识别，请按“2026-06-01”的样式填写") from None
    today = clock.today()
    if day > today:
        raise RuleError(f"不能查看将来的日期，请选择今天（{say_date(today)}）或更早的日期")
    if day < FIRST_DAY:
        raise RuleError(f"{say_date(FIRST_DAY)}以前没有记录，请选择这一天或更晚的日期")
    if day == today:
        return as_of.moment(clock.now())
    return as_of.moment(start_of_china_day(day + timedelta(days=1)) - timedelta.resolution)


def of_proof(proof: Proof) -> AsOf:
    """What a proof was issued from."""
    return as_of.of_proof(proof, ProofFacts.from_json(proof.facts).ledger_position)


def look(person: Technician, known: AsOf, year: int | None) -> PastYear:
    """A year as it was known; without a year (or with one nobody could ask for), that of the moment."""
    own = china_date(known.at).year
    book = compliance.book(person.id, known)
    years = sorted({own, *(entry.year for entry in book.entries)}, reverse=True)
    shown = year if year in years else own
    if not book.entries and person.created_at > known.at:
        return PastYear(
            known=known, year=shown, years=[], sheet=None, standing=None, entries=[], now=None, since=[]
        )  # fmt: skip
    standing, present = book.standing(shown), compliance.book(person.id)
    later = [entry for entry in present.entries if not known.knew_entry(entry)]
    gone = {entry.reverses_id for entry in later}
    since = [*(_entry(entry) for entry in later), *_register(person.id, known)]
    if present.version.id != known.version.id:
        named = f"{known.version.name} → {present.version.name}"
        since.append(Since(at=policies.in_force_since(), what="学分政策更换", title=named))
    return PastYear(
        known=known,
        year=shown,
        years=years,
        sheet=register_history.sheet(person.id, known, on=china_date(known.at)),
        standing=standing,
        entries=[
            Known(entry=entry, outcome=outcome, taken_back=entry.id in gone) for entry, outcome in standing.of_year()
        ][::-1],
        now=present.standing(shown).evaluation,
        since=sorted(since, key=lambda each: each.at),
    )


def _entry(entry: CreditEntry) -> Since:
    reason = "：".join(part for part in (_label(entry.reason_code), entry.reason) if part)
    again = entry.kind == EntryKind.AWARD and entry.sequence > 1
    return Since(
        at=entry.posted_at,
        what="冲销" if entry.kind == EntryKind.REVERSAL else "更正后重新入账" if again else "入账",
        title=entry.source_title,
        year=entry.year,
        credits_tenths=entry.credits_tenths,
        reason=reason,
    )


def _label(reason_code: str) -> str:
    return ReversalReason(reason_code).label if reason_code else ""


def _register(technician_id: int, known: AsOf) -> list[Since]:
    return [
        Since(
            at=each.change.recorded_at,
            what=f"{RegisterPart(each.change.part).label}{'登记' if each.before is None else '变更'}",
            title=_words(each.after) if each.before is None else f"{_words(each.before)} → {_words(each.after)}",
        )
        for each in register_history.since(technician_id, known)
    ]


def _words(row: RegisterRow | None) -> str:
    if isinstance(row, NameRow):
        return row.name
    if isinstance(row, CertificateRow):
        level = reference.level_names()[row.level] if row.level else ""
        return " ".join(part for part in (row.occupation, level, row.number, say_date(row.issued_on)) if part)
    if isinstance(row, EmploymentRow):
        state = {"claimed": "待本人确认", "refused": "本人否认"}.get(row.state, "")
        ended = f"{say_date(row.ended_on)}离职" if row.ended_on else ""
        name = db.session.get_one(Organization, row.organization_id).name
        return " ".join(part for part in (name, state, ended) if part)
    return "没有登记"

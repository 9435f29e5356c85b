"""The standing of a person in a year: the ledger's entries judged by the active policy (art. 20)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from domain.credit_entries import Entry, from_tenths
from domain.credit_policy import evaluate
from domain.evaluation import EntryOutcome, Evaluation
from domain.ledger_rules import Award
from domain.periods import china_date
from domain.policy import Policy
from domain.proof_kinds import ProofKind
from domain.purposes import Assessment, assess
from domain.register_rows import CertificateRow
from models import CreditEntry, PolicyVersion, db
from services import as_of, clock, policies, register_history
from services.as_of import AsOf


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An evaluation with the entries it rests on (of the year and those around it) and the policy that judged them."""

    evaluation: Evaluation
    entries: list[CreditEntry]
    policy: Policy
    version: PolicyVersion

    def of_year(self) -> list[tuple[CreditEntry, EntryOutcome]]:
        """The year's entries with what became of each, in the order they were earned."""
        outcomes = {outcome.id: outcome for outcome in self.evaluation.entries}
        return [(entry, outcomes[entry.id]) for entry in self.entries if entry.year == self.evaluation.year]


def _as_policy_sees(entry: CreditEntry) -> Entry:
    return Entry(
        id=entry.id,
        earned_on=entry.occurred_on,
        subject=entry.subject,
        form=entry.form,
        hours=from_tenths(entry.hours_tenths),
        credits=from_tenths(entry.credits_tenths),
        exam=entry.is_exam,
        days=entry.days,
        source=entry.source_title,
        activity=f"{entry.source_kind}:{entry.source_id}",
        reverses=entry.reverses_id,
    )


def expected_entry(award: Award, entry_id: str) -> Entry:
    """An award that is not posted, as an evaluation sees it."""
    return Entry(
        id=entry_id,
        earned_on=award.occurred_on,
        subject=award.subject,
        form=award.form,
        hours=from_tenths(award.hours_tenths),
        credits=from_tenths(award.credits_tenths),
        days=award.days,
        source=award.source_title,
        activity=f"{award.source_kind.value}:{award.source_id}",
    )


def standing(
    technician_id: int, year: int, *, without: Collection[int] = (), expected: Sequence[Entry] = ()
) -> Standing:
    """Judge a person's year by the active policy; the same rows and policy always give the same (INV-35).

    `without` the entries of these ids, and with those that are `expected`: what the year would be then.
    """
    return book(technician_id, without=without).standing(year, expected=expected)


def book(technician_id: int, known: AsOf | None = None, *, without: Collection[int] = ()) -> "Book":
    """All that a person's years are judged by, read once: now, or as it was known at a moment."""
    known = known or as_of.now()
    policy = policies.policy_of(known.version)
    valid = [each for each in register_history.certificates(technician_id, known) if each.state == "valid"]
    entries = [
        entry
        for entry in db.session.scalars(
            select(CreditEntry)
            .where(CreditEntry.technician_id == technician_id)
            .order_by(CreditEntry.occurred_on, CreditEntry.id)
        )
        if entry.id not in without and known.knew_entry(entry)
    ]
    return Book(
        entries=entries,
        policy=policy,
        version=known.version,
        level=_highest_level(valid, policy),
        first_certificate=min((each.issued_on for each in valid), default=None),
        as_of=china_date(known.at),
    )


@dataclass(frozen=True, kw_only=True)
class Book:
    """A person's entries with the policy and the facts of the person that judge them, as of a day."""

    entries: list[CreditEntry]
    policy: Policy
    version: PolicyVersion
    level: str | None
    first_certificate: date | None
    as_of: date

    @property
    def last_entry(self) -> int | None:
        """The id of the newest entry: the position in the ledger that what is made of the book names (P-29)."""
        return max((entry.id for entry in self.entries), default=None)

    def standing(self, year: int, *, expected: Sequence[Entry] = ()) -> Standing:
        """One year of the book."""
        evaluation = evaluate(
            [*(_as_policy_sees(entry) for entry in self.entries), *expected],
            self.policy,
            year,
            level=self.level,
            obligation_start=self.first_certificate,
            certified=self.first_certificate is not None,
            as_of=self.as_of,
        )
        return Standing(evaluation=evaluation, entries=self.entries, policy=self.policy, version=self.version)

    def assess(self, kind: ProofKind) -> Assessment:
        """The years that one use looks at (arts. 24-29); RuleError where the pack has no rule for it."""
        return assess(
            kind,
            [_as_policy_sees(entry) for entry in self.entries],
            self.policy,
            as_of=self.as_of,
            level=self.level,
            obligation_start=self.first_certificate,
            certified=self.first_certificate is not None,
        )


def _highest_level(certificates: Sequence[CertificateRow], policy: Policy) -> str | None:
    """The key, in the policy, of the highest level among these; None without a levelled certificate."""
    rank = max((each.level for each in certificates), default=0)
    return next((level.key for level in policy.levels if level.rank == rank), None) if rank else None


def years_with_entries(technician_id: int) -> list[int]:
    """The years a page may offer: those with entries, and the present one, newest first."""
    found = db.session.scalars(
        select(CreditEntry.year).where(CreditEntry.technician_id == technician_id).distinct()
    ).all()
    return sorted({*found, clock.today().year}, reverse=True)


def tenths(amount: Decimal) -> int:
    """Exact tenths for the charts."""
    return int(amount * 10)

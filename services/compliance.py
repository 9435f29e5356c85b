"""The standing of a person in a year: the ledger's entries judged by the active policy (art. 20)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select

from domain.credit_entries import Entry, from_tenths
from domain.credit_policy import evaluate
from domain.evaluation import EntryOutcome, Evaluation
from domain.ledger_rules import Award
from domain.policy import Policy
from domain.proof_kinds import ProofKind
from domain.purposes import Assessment, assess
from models import CreditEntry, PolicyVersion, SkillCertificate, db
from services import clock, policies, registry


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


def book(technician_id: int, *, without: Collection[int] = ()) -> "Book":
    """All that a person's years are judged by, read once."""
    version = policies.active_version()
    policy = policies.policy_of(version)
    entries = [
        entry
        for entry in db.session.scalars(
            select(CreditEntry)
            .where(CreditEntry.technician_id == technician_id)
            .order_by(CreditEntry.occurred_on, CreditEntry.id)
        )
        if entry.id not in without
    ]
    return Book(
        entries=entries,
        policy=policy,
        version=version,
        level=highest_level(technician_id, policy),
        first_certificate=registry.first_certificate_on(technician_id),
        as_of=clock.today(),
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


def highest_level(technician_id: int, policy: Policy) -> str | None:
    """The key, in the policy, of the highest level the person holds; None without a levelled certificate."""
    rank = db.session.scalar(
        select(func.max(SkillCertificate.level)).where(
            SkillCertificate.technician_id == technician_id, SkillCertificate.state == "valid"
        )
    )
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

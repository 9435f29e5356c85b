"""What a learning proof says: one person in one activity, as the released result has it (art. 10)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.proof_facts import ProofFacts
from domain.proof_kinds import ProofKind


@dataclass(frozen=True, kw_only=True)
class SubjectLine:
    """Planned hours of one subject kind."""

    subject: str
    title: str
    hours: Decimal


@dataclass(frozen=True, kw_only=True)
class LearningFacts(ProofFacts, kinds=(ProofKind.LEARNING,)):
    """One activity with what the person reached in it; `issuer` is the organiser, who proves it (art. 10).

    `planned`, `hours` and `credits` are in hours of 45 minutes and in credits; `score` is empty where none was given;
    `released_on` is the day the organiser released the results, `credited_on` the day the bureau's decision was posted,
    `from_year` the credit year of the first class day.
    """

    kind: str = ProofKind.LEARNING.value
    title: str = ProofKind.LEARNING.heading
    activity: str
    form: str
    filing_number: str
    place: str
    starts_on: date
    ends_on: date
    subjects: tuple[SubjectLine, ...]
    planned: Decimal
    hours: Decimal
    score: str
    outcome: str
    credits: Decimal
    released_on: date
    credited_on: date
    from_year: int

    @property
    def first_year(self) -> int:
        return self.from_year

"""Proofs over several years: the transcript (art. 18), and what each use of the credits asks (arts. 24-29)."""

from datetime import timedelta

from domain import articles
from domain.credit_entries import from_tenths
from domain.errors import RuleError
from domain.evaluation import Evaluation
from domain.periods import china_date
from domain.proof_facts import PurposeFacts, TranscriptFacts, Use, YearRecord
from domain.proof_kinds import PURPOSES, ProofKind
from domain.purposes import STRENGTHS, Assessment
from models import Technician
from services import compliance, proof_content
from services.as_of import AsOf
from services.compliance import Book
from services.proof_content import Asked, Content, builds

_STATUS = {"MET": "达到", "NOT_MET": "未达到", "NOT_OBLIGED": "不作要求"}
# The most years one paper lists: a working life.
MOST_YEARS = 50


def asked_for_years(first: int, last: int) -> Asked:
    """A transcript of these years; RuleError if they are in the wrong order or too many."""
    if not first <= last < first + MOST_YEARS:
        raise RuleError("起始年度不能晚于截止年度，请重新选择")
    return Asked(kind=ProofKind.TRANSCRIPT, year=last, topic=f"{first}-{last}")


def asked_for_use(kind: ProofKind) -> Asked:
    """The proof for one use, over the years its rule looks at now."""
    return Asked(kind=kind, year=0, topic="")


def assessment(technician_id: int, kind: ProofKind) -> Assessment:
    """What the proof for this use would say now; RuleError where the policy has no rule for it."""
    return compliance.book(technician_id).assess(kind)


def _record(book: Book, evaluation: Evaluation, *, judged: bool, status: str, listed: bool) -> YearRecord:
    standing = compliance.Standing(
        evaluation=evaluation, entries=book.entries, policy=book.policy, version=book.version
    )
    counted = standing.of_year()
    return YearRecord(
        year=evaluation.year,
        starts_on=evaluation.starts_on,
        ends_on=evaluation.ends_on,
        judged=judged,
        status=status,
        floors=proof_content.floors_of(evaluation),
        conclusion=proof_content.conclusion_of(evaluation),
        posted=len(counted),
        entries=proof_content.entries_of(counted, book.policy) if listed else (),
    )


@builds(ProofKind.TRANSCRIPT)
def _transcript(technician: Technician, asked: Asked, known: AsOf) -> Content:
    first, last = (int(year) for year in asked.topic.split("-"))
    book = compliance.book(technician.id, known)
    entries = [entry for entry in book.entries if first <= entry.year <= last]
    if not entries:
        raise RuleError("所选年度没有学分记录，暂不能开具")
    standings = [book.standing(year) for year in range(first, last + 1)]
    records = tuple(
        _record(book, standing.evaluation, judged=True, status=_status(standing.evaluation, book), listed=True)
        for standing in standings
    )
    met = [record.year for record in records if record.status == "达到"]
    credits = from_tenths(sum(entry.credits_tenths for entry in entries))
    facts = TranscriptFacts(
        **proof_content.head(
            technician,
            known,
            book.policy,
            book.version,
            {18, *(a for s in standings for a in proof_content.articles_of(s))},
        ),
        year=last,
        years=records,
        credits=credits,
        conclusion=f"{first}年度至{last}年度共登记{len(entries)}条、{credits.normalize():f}学分；"
        + (f"达到年度要求的有{'、'.join(map(str, met))}年度。" if met else "没有达到要求的年度。"),
        ledger_position=book.last_entry,
    )
    return Content(facts=facts, version=book.version)


def _status(evaluation: Evaluation, book: Book) -> str:
    if evaluation.status == "NOT_MET" and evaluation.ends_on >= book.as_of:
        return "进行中"
    return _STATUS[evaluation.status]


@builds(*PURPOSES)
def _purpose(technician: Technician, asked: Asked, known: AsOf) -> Content:
    book = compliance.book(technician.id, known)
    found = book.assess(asked.kind)
    head = proof_content.head(
        technician, known, book.policy, book.version, {found.figure.article} if found.figure.article else set()
    )
    years = tuple(
        _record(book, year.evaluation, judged=year.judged, status=year.status, listed=False) for year in found.years
    )
    first, last = min(record.starts_on.year for record in years), max(record.year for record in years)
    figure, days = found.figure, int(book.policy.figure("use.valid_days"))
    short = f"（{'、'.join(map(str, found.short))}年度未达到）" if found.short else ""
    facts = PurposeFacts(
        **head,
        kind=asked.kind.value,
        title=asked.kind.heading,
        year=last,
        use=Use(
            label=asked.kind.label,
            article=articles.cited(figure.article) if figure.article else "",
            strength=STRENGTHS[found.rule.strength],
            rule=found.rule.text,
            source=figure.source,
        ),
        window=found.window,
        window_starts_on=found.span[0],
        window_ends_on=found.span[1],
        years=years,
        entries_posted=sum(1 for entry in book.entries if first <= entry.year <= last),
        outcome=found.outcome.value,
        outcome_label=found.outcome.label,
        advice=found.advice,
        valid_until=china_date(head["issued_at"]) + timedelta(days=days),
        conclusion=f"{asked.kind.label}：{found.outcome.label}{short}，{found.advice}。",
        ledger_position=book.last_entry,
    )
    return Content(facts=facts, version=book.version)

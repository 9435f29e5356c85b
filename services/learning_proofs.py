"""Learning proofs (学习证明, art. 10): one activity of one person, only from released and credited results."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from domain.corrections import Values
from domain.credit_entries import from_tenths, say
from domain.errors import NotAllowed, RuleError
from domain.learning_proof import LearningFacts, SubjectLine
from domain.ledger_rules import SourceKind
from domain.periods import china_date, credit_year
from domain.proof_facts import Issuer, ProofFacts
from domain.proof_kinds import ProofKind
from domain.result_rows import Outcome
from domain.result_standing import RowStanding
from domain.roles import Actor, Permission
from domain.workflows import CaseKind
from models import (
    ActivityFiling,
    Case,
    CaseStep,
    CorrectionRow,
    CreditEntry,
    PolicyVersion,
    Proof,
    ResultCorrection,
    ResultReport,
    ResultRow,
    StoredFile,
    Technician,
    db,
)
from services import (
    audit,
    cases,
    corrections,
    files,
    ledger,
    policies,
    proof_content,
    proofs,
    registry,
    results,
    zip_stream,
)
from services.as_of import AsOf
from services.proof_content import Asked, Content, builds
from services.zip_stream import Member

# What may be asked for at once by one click: a class, not a year.
MOST_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Learned:
    """One activity a person passed, for a list; `proof` is the one that stands, or is being made."""

    filing_id: int
    activity: str
    organizer: str
    ended_on: Any
    hours_tenths: int
    technician_id: int
    name: str
    id_masked: str
    proof: Proof | None


def asked_for(filing_id: int, year: int = 0) -> Asked:
    """The learning proof of one activity."""
    return Asked(kind=ProofKind.LEARNING, year=year, topic=str(filing_id))


# --- Reads ------------------------------------------------------------------------------------------------------------


def _passed() -> Select[*tuple[Any, ...]]:
    """Rows that can be proved: passed, waiting for nothing, of results that were released and credited (INV-09)."""
    return (
        select(ResultRow, ResultReport, ActivityFiling)
        .join(ResultReport, ResultReport.id == ResultRow.report_id)
        .join(Case, Case.id == ResultReport.case_id)
        .join(ActivityFiling, ActivityFiling.id == ResultReport.filing_id)
        .options(joinedload(ResultRow.technician), joinedload(ActivityFiling.organization))
        .where(
            Case.state == "credited",
            ResultRow.outcome == Outcome.PASSED.value,
            ResultRow.standing == RowStanding.READY.value,
        )
    )


def of_person(technician_id: int) -> list[Learned]:
    """The activities this person can ask a proof of, the newest first."""
    query = _passed().where(ResultRow.technician_id == technician_id)
    rows = db.session.execute(query.order_by(ActivityFiling.ends_on.desc(), ActivityFiling.id.desc())).all()
    return list(_learned(rows))


def of_report(report: ResultReport) -> list[Learned]:
    """Everybody of an activity whom its organiser can give a proof, in the order of the list."""
    query = _passed().where(ResultRow.report_id == report.id)
    return list(_learned(db.session.execute(query.order_by(ResultRow.position)).all()))


def _learned(rows: Collection[Any]) -> Iterator[Learned]:
    standing = _standing({row[0].technician_id for row in rows}, {str(row[2].id) for row in rows})
    for row, _, filing in rows:
        yield Learned(
            filing_id=filing.id,
            activity=filing.title,
            organizer=filing.organization.name,
            ended_on=filing.ends_on,
            hours_tenths=row.hours_tenths,
            technician_id=row.technician_id,
            name=row.name,
            id_masked=registry.masked_id(row.technician),
            proof=standing.get((row.technician_id, str(filing.id))),
        )


def _standing(people: Collection[int], topics: Collection[str]) -> dict[tuple[int, str], Proof]:
    """The proofs that are valid or being made, by person and activity."""
    found: dict[tuple[int, str], Proof] = {}
    for part in registry.chunks(sorted(people)):
        query = (
            select(Proof)
            .where(
                Proof.technician_id.in_(part),
                Proof.kind == ProofKind.LEARNING.value,
                Proof.topic.in_(topics),
                Proof.state.in_(("issuing", "valid")),
            )
            .order_by(Proof.id)
        )
        found.update({(proof.technician_id, proof.topic): proof for proof in db.session.scalars(query)})
    return found


def issued_to(report: ResultReport, technician_id: int) -> Proof | None:
    """The proof of this activity that this person holds, for its organiser."""
    return _standing({technician_id}, {str(report.filing_id)}).get((technician_id, str(report.filing_id)))


# --- Asking -----------------------------------------------------------------------------------------------------------


def request(technician: Technician, filing_id: int, *, actor: Actor) -> tuple[Proof, bool]:
    """The person's proof of this activity: frozen now, printed by the worker; an unchanged one is given again (False).

    Raises RuleError where the results are not released and credited, or were not passed.
    """
    asked = asked_for(filing_id)
    proof, job = proofs.request(technician, asked.year, kind=asked.kind, topic=asked.topic, actor=actor)
    return proof, job is not None


def issue_all(report: ResultReport, *, actor: Actor) -> int:
    """The organiser gives everybody who passed a proof (art. 10); returns how many new ones are being made."""
    check_issuer(report, actor)
    waiting = [each for each in of_report(report) if each.proof is None][:MOST_AT_ONCE]
    made = 0
    for part in registry.chunks([each.technician_id for each in waiting]):
        for technician in db.session.scalars(select(Technician).where(Technician.id.in_(part))):
            made += request(technician, report.filing_id, actor=actor)[1]
    return made


def check_issuer(report: ResultReport, actor: Actor) -> None:
    """Raises NotAllowed unless the actor answers for the results of this activity."""
    own = actor.organization_id is not None and actor.organization_id == report.case.organization_id
    if not own or not (actor.can(Permission.RESULT_WRITE) or actor.can(Permission.RESULT_RELEASE)):
        raise NotAllowed("只有举办单位可以出具本单位活动的学习证明")


def papers(report: ResultReport, *, actor: Actor) -> Iterator[bytes]:
    """All papers of an activity that are ready, as a ZIP that is made while it is sent; noted in the trail."""
    check_issuer(report, actor)
    held = [
        (each.proof.number, db.session.get_one(StoredFile, each.proof.file_id), each.proof.issued_at)
        for each in of_report(report)
        if each.proof is not None and each.proof.file_id is not None
    ]
    if not held:
        raise RuleError("还没有可以下载的学习证明，请先开具", code="nothing_there")
    audit.record("proof.download_class", actor=actor, object_kind="case", object_id=report.case_id, papers=len(held))
    at: datetime = max(issued_at for _, _, issued_at in held)
    for _, stored, _ in held:
        db.session.expunge(stored)
    return zip_stream.stream([_member(f"{number}.pdf", stored) for number, stored, _ in held], at=at)


def _member(path: str, stored: StoredFile) -> Member:
    return Member(path=path, chunks=lambda: files.stream(stored))


# --- What it says -----------------------------------------------------------------------------------------------------


@builds(ProofKind.LEARNING)
def _learning(technician: Technician, asked: Asked, known: AsOf) -> Content:
    found = _credited(technician.id, int(asked.topic), known)
    result = _result(found[0], technician.id, known) if found is not None else None
    if result is None:
        raise RuleError("只有成绩已经发布、审核入账并且考核合格的活动，才能开具学习证明（第十条）", code="not_released")
    report, filing = found
    entries = [entry for entry in ledger.entries_of(technician.id) if known.knew_entry(entry)]
    given = [entry.credits_tenths for entry in entries if _is_of(entry, filing)]
    if given and sum(given) <= 0:
        raise RuleError("这次活动的学分已经冲销，不能开具学习证明", code="reversed")
    version = db.session.get_one(PolicyVersion, report.case.policy_version_id)
    policy = policies.policy_of(version)
    hours, awarded = from_tenths(result.hours_tenths), from_tenths(sum(given))
    head = proof_content.head(technician, known, policy, version, {10, 22})
    facts = LearningFacts(
        # Whoever held the activity proves it (art. 10); the site has no seal of theirs, and draws none.
        **{**head, "issuer": Issuer(unit=filing.organization.name, region=filing.case.region.name)},
        year=credit_year(filing.ends_on, policy.year_kind.starts),
        from_year=credit_year(filing.starts_on, policy.year_kind.starts),
        ledger_position=max((entry.id for entry in entries), default=None),
        conclusion=f"考核{result.outcome.label}，实到 {say(hours)} 学时，计 {say(awarded)} 学分",
        activity=filing.title,
        form=policy.form(filing.form).label,
        filing_number=filing.case.number or "",
        place=filing.place,
        starts_on=filing.starts_on,
        ends_on=filing.ends_on,
        subjects=tuple(
            SubjectLine(
                subject=policy.subject(line.subject).label, title=line.title, hours=from_tenths(line.hours_tenths)
            )
            for line in filing.subject_lines
        ),
        planned=from_tenths(sum(line.hours_tenths for line in filing.subject_lines)),
        hours=hours,
        score=say(from_tenths(result.score_tenths)) if result.score_tenths is not None else "",
        outcome=result.outcome.label,
        credits=awarded,
        released_on=china_date(_released_at(report, known)),
        credited_on=china_date(report.posted_at),
    )
    return Content(facts=facts, version=version)


def _credited(technician_id: int, filing_id: int, known: AsOf) -> Any:
    """The results a proof can be made from, and their activity; of the past, those that were credited by then."""
    if known.is_present:
        row = db.session.execute(
            _passed().where(ResultRow.technician_id == technician_id, ActivityFiling.id == filing_id)
        ).first()
        return None if row is None else (row[1], row[2])
    found = db.session.execute(
        select(ResultReport, ActivityFiling)
        .join(ActivityFiling, ActivityFiling.id == ResultReport.filing_id)
        .where(ActivityFiling.id == filing_id)
    ).first()
    if found is None:
        return None
    steps = [step for step in found[0].case.steps if step.to_state == "credited"]
    return found if any(known.knew_row(step.id, step.at) for step in steps) else None


def _result(report: ResultReport, technician_id: int, known: AsOf) -> Values | None:
    """What the results said of this person if they were passed: each correction keeps what it changed."""
    row = db.session.get(ResultRow, (report.id, technician_id), populate_existing=True)
    values = corrections.old_values(row)
    later = (
        select(CorrectionRow, CaseStep)
        .join(ResultCorrection, ResultCorrection.id == CorrectionRow.correction_id)
        .join(CaseStep, (CaseStep.case_id == ResultCorrection.case_id) & (CaseStep.action == "approve"))
        .where(ResultCorrection.report_id == report.id, CorrectionRow.technician_id == technician_id)
        .order_by(CaseStep.id.desc())
    )
    for change, step in db.session.execute(later):
        if not known.knew_row(step.id, step.at):
            values, _ = corrections.values_of(change)
    return values if values is not None and values.outcome is Outcome.PASSED else None


def _is_of(entry: CreditEntry, filing: ActivityFiling) -> bool:
    return (entry.source_kind, entry.source_id) == (SourceKind.ACTIVITY.value, filing.id)


def _released_at(report: ResultReport, known: AsOf) -> datetime:
    """When the organiser released the results, as far as was known."""
    steps = select(CaseStep).where(CaseStep.case_id == report.case_id, CaseStep.action == "release")
    for step in db.session.scalars(steps.order_by(CaseStep.id.desc())):
        if known.knew_row(step.id, step.at):
            return step.at
    raise RuleError("成绩还没有发布，不能开具学习证明", code="not_released")


@cases.effect(CaseKind.RESULT_REPORT, "correct")
def _after_correction(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """A correction that leaves the credits as they were may still change the score: such a proof is replaced too."""
    report = results.of_case(case)
    rows = {
        row.technician_id: row for row in db.session.scalars(select(ResultRow).where(ResultRow.report_id == report.id))
    }
    holders = select(Proof).where(
        Proof.kind == ProofKind.LEARNING.value,
        Proof.topic == str(report.filing_id),
        Proof.state.in_(("issuing", "valid")),
    )
    for proof in db.session.scalars(holders).all():
        if not _says(proof, rows.get(proof.technician_id)):
            proofs.supersede(proof, "成绩已经更正，内容已变更")


def _says(proof: Proof, row: ResultRow | None) -> bool:
    """Whether the proof says what the results say now."""
    facts = ProofFacts.from_json(proof.facts)
    if row is None or not isinstance(facts, LearningFacts):
        return False
    score = say(from_tenths(row.score_tenths)) if row.score_tenths is not None else ""
    return (facts.hours, facts.score, facts.outcome) == (
        from_tenths(row.hours_tenths),
        score,
        Outcome(row.outcome).label,
    )

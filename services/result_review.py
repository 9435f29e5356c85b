"""What whoever releases or credits results needs on one page: every row with its credits and why, totals, doubts."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import or_, select

from domain.credit_entries import tenths
from domain.evidence_rules import EvidenceNeed, Meter
from domain.filing_review import Finding
from domain.identity import mask_id
from domain.result_check_rules import Severity
from domain.result_rows import Outcome
from domain.result_rules import Difference, Plan, differences, reckoner
from domain.result_standing import Answer, RowStanding
from models import (
    Case,
    CaseSnapshot,
    CaseStep,
    IdentityKey,
    PolicyVersion,
    ResultReport,
    ResultRow,
    Technician,
    db,
)
from services import (
    crypto,
    early_ends,
    evidence,
    evidence_pieces,
    policies,
    registry,
    result_checking,
    result_content,
    results,
)
from services.early_ends import EarlyEnd
from services.evidence_pieces import Piece


@dataclass(frozen=True, kw_only=True)
class Line:
    """A subject line of the activity; hours and credits in tenths, credits of all persons together."""

    label: str
    title: str
    hours_tenths: int
    credits_tenths: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """One person's result with what it earns; hours, score and credits in tenths, `parts` by subject line."""

    technician_id: int
    position: int
    name: str
    id_masked: str
    occupation: str
    hours_tenths: int
    score_tenths: int | None
    outcome: Outcome
    event: str
    rank: str
    remark: str
    parts: tuple[int, ...]
    credits_tenths: int
    reason: str
    standing: RowStanding
    standing_reason: str
    answer: Answer

    @property
    def is_ready(self) -> bool:
        """Whether the row goes on with the others."""
        return self.standing is RowStanding.READY


@dataclass(frozen=True, kw_only=True)
class Review:
    """The whole report. A decision must name `content_sha256` (P-13); the piece shows the evidence, so no `papers`."""

    report: ResultReport
    policy_name: str
    lines: tuple[Line, ...]
    rows: tuple[Row, ...]
    meter: Meter
    pieces: list[Piece]
    findings: list[Finding]
    changes: list[Difference]
    round: int
    early_end: EarlyEnd | None
    content_sha256: str
    papers: tuple[()] = ()

    @property
    def needs(self) -> tuple[EvidenceNeed, ...]:
        """What the policy asks of the evidence, day by day and of the whole."""
        return self.meter.needs

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many persons came out how, in the order of the outcomes."""
        found = Counter(row.outcome for row in self.rows)
        return {outcome: found[outcome] for outcome in Outcome if found[outcome]}

    @property
    def earning(self) -> int:
        """How many persons earn something."""
        return sum(1 for row in self.rows if row.credits_tenths and row.is_ready)

    @property
    def waiting(self) -> int:
        """How many rows wait alone, and are not released or credited with the others."""
        return sum(1 for row in self.rows if not row.is_ready)

    @property
    def credits_tenths(self) -> int:
        return sum(row.credits_tenths for row in self.rows if row.is_ready)

    def sample(self, size: int) -> list[Row]:
        """So many rows to compare with the papers: the same for the same content, and nobody's choice."""
        drawn = random.Random(self.content_sha256).sample(self.rows, min(size, len(self.rows)))  # noqa: S311
        return sorted(drawn, key=lambda row: row.position)

    def of_outcome(self, outcome: str) -> list[Row]:
        """The rows of one outcome; of all if it names none; `nothing` are those who passed and earn nothing."""
        if outcome == "nothing":
            return [row for row in self.rows if row.outcome is Outcome.PASSED and not row.credits_tenths]
        return [row for row in self.rows if not outcome or row.outcome.value == outcome]


def review(case: Case) -> Review:
    """Everything of a report that its page shows."""
    return of_report(results.of_case(case))


def of_report(report: ResultReport) -> Review:
    """The same of the report itself, in any state."""
    version = _version(report)
    policy, plan = policies.policy_of(version), result_content.plan_of(report.filing)
    rows = tuple(_rows(report, plan, version))
    snapshots = _last_releases(report)
    return Review(
        report=report,
        policy_name=version.name,
        lines=tuple(
            Line(
                label=policy.subject(line.subject).label,
                title=line.title,
                hours_tenths=tenths(line.hours),
                credits_tenths=sum(row.parts[place] for row in rows if row.is_ready),
            )
            for place, line in enumerate(plan.lines)
        ),
        rows=rows,
        meter=evidence.measure(report),
        pieces=evidence_pieces.pieces(report),
        findings=findings_of(report),
        changes=differences(snapshots[1].content, snapshots[0].content) if len(snapshots) > 1 else [],
        round=snapshots[0].round if snapshots else 0,
        early_end=early_ends.of_filing(report.filing),
        content_sha256=result_content.seal(report),
    )


def _version(report: ResultReport) -> PolicyVersion:
    """Before the release the active policy, then the one it was released under."""
    version_id = report.case.policy_version_id
    return policies.active_version() if version_id is None else db.session.get_one(PolicyVersion, version_id)


def _last_releases(report: ResultReport) -> list[CaseSnapshot]:
    query = select(CaseSnapshot).where(CaseSnapshot.case_id == report.case_id)
    return list(db.session.scalars(query.order_by(CaseSnapshot.round.desc()).limit(2)))


def _rows(report: ResultReport, plan: Plan, version: PolicyVersion) -> Iterator[Row]:
    policy = policies.policy_of(version)
    found = db.session.execute(
        select(
            ResultRow.technician_id,
            ResultRow.position,
            ResultRow.name,
            ResultRow.occupation,
            ResultRow.hours_tenths,
            ResultRow.score_tenths,
            ResultRow.outcome,
            ResultRow.event,
            ResultRow.rank,
            ResultRow.remark,
            ResultRow.standing,
            ResultRow.standing_reason,
            ResultRow.answer,
            Technician.id_number_sealed,
        )
        .join(Technician, Technician.id == ResultRow.technician_id)
        .where(ResultRow.report_id == report.id)
        .order_by(ResultRow.position)
    )
    reckon = reckoner(plan, policy)
    for row in found:
        outcome = Outcome(row.outcome)
        result = reckon(row.hours_tenths, outcome, row.event, row.rank)
        yield Row(
            technician_id=row.technician_id,
            position=row.position,
            name=row.name,
            id_masked=mask_id(crypto.unseal(row.id_number_sealed, registry.ID_NUMBER)),
            occupation=row.occupation,
            hours_tenths=row.hours_tenths,
            score_tenths=row.score_tenths,
            outcome=outcome,
            event=row.event,
            rank=row.rank,
            remark=row.remark,
            parts=tuple(tenths(part.credits) for part in result.lines),
            credits_tenths=tenths(result.credits),
            reason=result.reason,
            standing=RowStanding(row.standing),
            standing_reason=row.standing_reason,
            answer=Answer(row.answer),
        )


# --- Automatic checks -------------------------------------------------------------------------------------------------

EVIDENCE, OWN_RESULT = "evidence", "own_result"
"""Keys of the two findings that are no cross-checks of the list."""


def findings_of(report: ResultReport) -> list[Finding]:
    """What the program finds in the report: all that whoever weighs it needs, without reckoning anybody's credits."""
    return [
        *(_finding(each) for each in result_checking.checked(report)),
        _evidence(report),
        _own_result(report),
    ]


def _finding(each: result_checking.Checked) -> Finding:
    """A check as the page shows it, with what the organiser says to it."""
    if each.finding is None or each.check.severity is not Severity.WARNING:
        return Finding(key=each.check.key, label=each.check.label, ok=each.fine, detail=each.sentence)
    said = f"单位说明：{each.answer}" if each.answer else "单位还没有说明"
    changed = "（说明之后又有变化）" if each.outdated else ""
    return Finding(key=each.check.key, label=each.check.label, ok=False, detail=f"{each.sentence}。{said}{changed}")


def _evidence(report: ResultReport) -> Finding:
    missing = evidence.missing(report)
    if not missing:
        return Finding(key=EVIDENCE, label="佐证材料数量", ok=True, detail="照片和视频数量符合要求")
    detail = "；".join(need.sentence for need in missing)
    said = f"{detail}。单位说明：{report.evidence_note or '未填写'}"
    return Finding(key=EVIDENCE, label="佐证材料数量", ok=False, detail=said)


def _own_result(report: ResultReport) -> Finding:
    """Whoever entered or released the results may be among the participants: not forbidden, but to be known."""
    keys = {
        step.person_key
        for step in db.session.scalars(
            select(CaseStep).where(
                CaseStep.case_id == report.case_id, or_(CaseStep.action == "enter", CaseStep.action == "release")
            )
        )
        if step.person_key is not None
    }
    own = db.session.scalars(
        select(ResultRow.name)
        .join(IdentityKey, IdentityKey.technician_id == ResultRow.technician_id)
        .where(ResultRow.report_id == report.id, IdentityKey.blind_index.in_(keys))
    ).all()
    if own:
        detail = f"录入或发布人本人在名单中：{'、'.join(own)}"
        return Finding(key=OWN_RESULT, label="经办人本人参训", ok=False, detail=detail)
    return Finding(key=OWN_RESULT, label="经办人本人参训", ok=True, detail="录入人和发布人不在名单中")

"""What whoever releases or credits results needs on one page: every row with its credits and why, totals, doubts."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from domain.credit_entries import from_tenths, tenths
from domain.evidence_rules import EvidenceNeed
from domain.filing_review import Finding
from domain.identity import mask_id
from domain.periods import china_date, say_date
from domain.result_rows import Outcome
from domain.result_rules import Difference, Plan, differences, earned
from domain.result_standing import Answer, RowStanding
from models import (
    ActivityFiling,
    ActivitySession,
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
from services import clock, crypto, evidence, evidence_pieces, participants, policies, registry, result_content, results
from services.calendar import working_calendar
from services.evidence_pieces import Piece

# So many equal scores in a row are worth a look.
_ALL_EQUAL = 5
_NAMED = 20


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
    needs: tuple[EvidenceNeed, ...]
    pieces: list[Piece]
    findings: list[Finding]
    changes: list[Difference]
    round: int
    content_sha256: str
    papers: tuple[()] = ()

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
        needs=evidence.needs(report),
        pieces=evidence_pieces.pieces(report),
        findings=_findings(report, rows),
        changes=differences(snapshots[1].content, snapshots[0].content) if len(snapshots) > 1 else [],
        round=snapshots[0].round if snapshots else 0,
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
    for row in found:
        result = earned(from_tenths(row.hours_tenths), Outcome(row.outcome), plan, policy)
        yield Row(
            technician_id=row.technician_id,
            position=row.position,
            name=row.name,
            id_masked=mask_id(crypto.unseal(row.id_number_sealed, registry.ID_NUMBER)),
            occupation=row.occupation,
            hours_tenths=row.hours_tenths,
            score_tenths=row.score_tenths,
            outcome=Outcome(row.outcome),
            remark=row.remark,
            parts=tuple(tenths(part.credits) for part in result.lines),
            credits_tenths=tenths(result.credits),
            reason=result.reason,
            standing=RowStanding(row.standing),
            standing_reason=row.standing_reason,
            answer=Answer(row.answer),
        )


# --- Automatic checks -------------------------------------------------------------------------------------------------


def _findings(report: ResultReport, rows: tuple[Row, ...]) -> list[Finding]:
    return [
        _on_time(report),
        _evidence(report),
        _quota(report, rows),
        _elsewhere_at_the_time(report),
        *_on_staff(report),
        _scores(rows),
        _own_result(report),
    ]


def _on_time(report: ResultReport) -> Finding:
    filing = report.filing
    within = int(policies.active_policy().figure("roster.post_within_workdays"))
    last: date = max(session.on for session in filing.sessions)
    due = working_calendar().add_working_days(last, within)
    released = results.last_step(report.case, "release")
    on = china_date(released.at) if released else clock.today()
    late = working_calendar().working_days_between(due, on)
    if late > 0:
        return Finding(label="报送时限", ok=False, detail=f"应在 {say_date(due)} 前报送，已超过 {late} 个工作日")
    return Finding(label="报送时限", ok=True, detail=f"应在 {say_date(due)} 前报送（结束后 {within} 个工作日）")


def _evidence(report: ResultReport) -> Finding:
    missing = evidence.missing(report)
    if not missing:
        return Finding(label="佐证材料数量", ok=True, detail="照片和视频数量符合要求")
    detail = "；".join(need.sentence for need in missing)
    return Finding(label="佐证材料数量", ok=False, detail=f"{detail}。单位说明：{report.evidence_note or '未填写'}")


def _quota(report: ResultReport, rows: tuple[Row, ...]) -> Finding:
    there = sum(1 for row in rows if row.hours_tenths)
    quota = report.filing.quota
    if quota is not None and there > quota:
        return Finding(label="参训人数", ok=False, detail=f"实到 {there} 人，超过备案的 {quota} 人")
    return Finding(label="参训人数", ok=True, detail=f"实到 {there} 人" + (f"，备案 {quota} 人" if quota else ""))


def _elsewhere_at_the_time(report: ResultReport) -> Finding:
    """Nobody sits in two classes at once (INV-32), whoever holds them."""
    mine, other = aliased(ActivitySession), aliased(ActivitySession)
    their_row, their_report = aliased(ResultRow), aliased(ResultReport)
    clashes = db.session.execute(
        select(ResultRow.name, ActivityFiling.title)
        .join(their_row, their_row.technician_id == ResultRow.technician_id)
        .join(their_report, their_report.id == their_row.report_id)
        .join(ActivityFiling, ActivityFiling.id == their_report.filing_id)
        .join(other, other.filing_id == their_report.filing_id)
        .join(mine, (mine.filing_id == report.filing_id) & (mine.on == other.on))
        .where(
            ResultRow.report_id == report.id,
            their_report.id != report.id,
            ResultRow.hours_tenths > 0,
            their_row.hours_tenths > 0,
            mine.starts_at < other.ends_at,
            other.starts_at < mine.ends_at,
        )
        .distinct()
        .order_by(ResultRow.name)
        .limit(20)
    ).all()
    if not clashes:
        return Finding(label="同时段参训", ok=True, detail="没有人同一时段出现在其他活动中")
    said = "、".join(f"{row.name}（{row.title}）" for row in clashes)
    return Finding(label="同时段参训", ok=False, detail=f"同一时段也在其他活动名单中：{said}")


def _on_staff(report: ResultReport) -> list[Finding]:
    names = participants.not_on_staff(report)
    if not names:
        return []
    more = f"等 {len(names)} 人" if len(names) > _NAMED else ""
    detail = f"上课之后才登记入举办单位职工名册，或本人否认任职，请核对：{'、'.join(names[:_NAMED])}{more}"
    return [Finding(label="本单位职工", ok=False, detail=detail)]


def _scores(rows: tuple[Row, ...]) -> Finding:
    scores = [row.score_tenths for row in rows if row.score_tenths is not None]
    if len(scores) >= _ALL_EQUAL and len(set(scores)) == 1:
        detail = f"{len(scores)} 人成绩都是 {from_tenths(scores[0]).normalize():f} 分"
        return Finding(label="成绩分布", ok=False, detail=detail)
    return Finding(label="成绩分布", ok=True, detail="成绩没有全部相同的情况")


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
        return Finding(label="经办人本人参训", ok=False, detail=f"录入或发布人本人在名单中：{'、'.join(own)}")
    return Finding(label="经办人本人参训", ok=True, detail="录入人和发布人不在名单中")

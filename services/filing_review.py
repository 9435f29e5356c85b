"""What a reviewer needs of an activity filing on one page: content, changes since the last round, automatic checks."""

from dataclasses import dataclass

from sqlalchemy import select

from domain.filing_changes import Difference, differences
from domain.filing_content import PAPER_KINDS, SECTION_LABELS, FilingContent, from_canonical
from domain.filing_part_review import part_findings
from domain.filing_review import Finding, findings
from domain.filing_rules import FilingFigures
from domain.filing_shown import sections_shown
from domain.filing_workflow import CHANGE_PENDING, IN_FORCE, REVISIONS
from domain.roles import CITY
from models import ActivityFiling, Attachment, Case, CaseSnapshot, db
from services import clock, filing_conflicts, filing_tables, filings, joint_filings
from services.calendar import working_calendar

_UNDECIDED = ("submitted", "supplement")
# While there is something to decide, or it is to come, what collides with it is looked for at each look.
_CHECKED = (*_UNDECIDED, *IN_FORCE)


@dataclass(frozen=True, kw_only=True)
class Review:
    """The review page's piece of a filing. `content_sha256` is what a decision must name (P-13).

    `heading` says what the `changes` are, empty for a first submission; `pending`: the content is a change that the
    bureau is asked to agree to.
    """

    filing: ActivityFiling
    content: FilingContent
    figures: FilingFigures
    papers: list[Attachment]
    pending: bool
    heading: str
    changes: list[Difference]
    findings: list[Finding]
    content_sha256: str

    @property
    def recognised(self) -> bool:
        """Whether the decision is a recognition (认定), not the acceptance of a filing."""
        return self.content.competition is not None


def review(case: Case) -> Review:
    """Everything of a submitted filing that its review page shows; nothing of a draft that is being corrected.

    While a change is asked for, the content is the one to decide on; after it, what is in force.
    """
    pending = filing_tables.pending_change(case)
    shown = pending or filing_tables.snapshot_in_force(case)
    if shown is None:
        raise LookupError(case.id)
    filing = filings.of_case(case)
    content = from_canonical(shown.content)
    policy = filings.figures_for(case, filing.form)
    heading, changes = _changes(case, shown)
    found: list[Finding] = []
    if case.state in _UNDECIDED:
        found = findings(
            content,
            policy,
            filed_on=filings.filed_on(case) or clock.today(),
            today=clock.today(),
            calendar=working_calendar(),
            promised_on=case.due_on,
        )
        found += part_findings(content, policy, in_city=case.region_code == CITY)
    if pending is not None and case.partner is not None:
        done = joint_filings.has_confirmed_change(case)
        said = f"{case.partner.name}{'已确认这次变更' if done else '还没有确认，计时暂停，确认后才能同意变更'}"
        found.append(Finding(label="协办单位", ok=done, detail=said))
    return Review(
        filing=filing,
        content=content,
        figures=policy,
        papers=_papers_named(case, content),
        pending=pending is not None,
        heading=heading,
        changes=changes,
        findings=[*found, *filing_conflicts.findings(filing, content, policy)] if case.state in _CHECKED else [],
        content_sha256=shown.sha256,
    )


def _changes(case: Case, shown: CaseSnapshot) -> tuple[str, list[Difference]]:
    """What the content shown says otherwise than the round it follows, and what to call that."""
    before = _followed(case, shown)
    if before is None:
        return "", []
    labels = filings.figures_for(case, filings.of_case(case).form).subjects
    changes = differences(from_canonical(before.content), from_canonical(shown.content), labels)
    if case.state == CHANGE_PENDING:
        return "申请变更的内容", changes
    if any(step.action in REVISIONS for step in case.steps):
        return "最近一次变更了什么", changes
    return f"第 {shown.round} 次提交修改了什么", changes


def _followed(case: Case, shown: CaseSnapshot) -> CaseSnapshot | None:
    """The round the one shown takes the place of: for a change what was in force, else the one submitted before."""
    decided = next((step for step in reversed(case.steps) if step.action in REVISIONS), None)
    if case.state == CHANGE_PENDING:
        return filing_tables.snapshot_in_force(case)
    if decided is not None:
        return filing_tables.snapshot_in_force(case, before=decided)
    query = select(CaseSnapshot).where(CaseSnapshot.case_id == case.id, CaseSnapshot.round < shown.round)
    return db.session.scalar(query.order_by(CaseSnapshot.round.desc()).limit(1))


def _papers_named(case: Case, content: FilingContent) -> list[Attachment]:
    """The files the submitted content names, also when the clerk is about to replace them."""
    named = {paper.sha256 for paper in content.plan}
    return [each for each in case.attachments if each.kind in PAPER_KINDS and each.file.sha256 in named]


def sections(case: Case) -> dict[str, str]:
    """What a point of a supplement notice may concern: the sections of what was submitted."""
    content = filing_tables.submitted_content(case)
    return {section.key: section.label for section in sections_shown(content)} if content else SECTION_LABELS

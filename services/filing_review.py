"""What a reviewer needs of an activity filing on one page: content, changes since the last round, automatic checks."""

from dataclasses import dataclass

from sqlalchemy import select

from domain.filing_changes import Difference, differences
from domain.filing_content import PAPER_KINDS, SECTION_LABELS, FilingContent, Session, from_canonical, teacher_label
from domain.filing_part_review import part_findings
from domain.filing_review import Finding, clash, findings
from domain.filing_rules import FilingFigures
from domain.filing_shown import sections_shown
from domain.periods import china_date
from domain.roles import CITY
from models import ActivityFiling, ActivitySession, Attachment, Case, FilingTeacher, db
from services import cases, clock, filing_tables, filings
from services.calendar import working_calendar

# Activities that take place, or will if the bureau agrees.
_LIVE = ("submitted", "supplement", "approved", "completed")


@dataclass(frozen=True, kw_only=True)
class Review:
    """The review page's piece of a filing. `content_sha256` is what a decision must name (P-13)."""

    filing: ActivityFiling
    content: FilingContent
    figures: FilingFigures
    papers: list[Attachment]
    round: int
    changes: list[Difference]
    findings: list[Finding]
    content_sha256: str

    @property
    def recognised(self) -> bool:
        """Whether the decision is a recognition (认定), not the acceptance of a filing."""
        return self.content.competition is not None


def review(case: Case) -> Review:
    """Everything of a submitted filing that its review page shows; nothing of a draft that is being corrected."""
    newest = filing_tables.last_snapshots(case, 1)[0]
    filing = filings.of_case(case)
    content = from_canonical(newest.content)
    policy = filings.figures_for(case, filing.form)
    found = findings(
        content,
        policy,
        filed_on=china_date(case.submitted_at or clock.now()),
        today=clock.today(),
        calendar=working_calendar(),
        promised_on=case.due_on if not case.decided_at else None,
    )
    found += part_findings(content, policy, in_city=case.region_code == CITY)
    return Review(
        filing=filing,
        content=content,
        figures=policy,
        papers=_papers_named(case, content),
        round=newest.round,
        changes=differences_since_last_round(case),
        findings=[*found, *conflicts(filing, content)] if cases.state_of(case).name in _LIVE else [],
        content_sha256=newest.sha256,
    )


def _papers_named(case: Case, content: FilingContent) -> list[Attachment]:
    """The files the submitted content names, also when the clerk is about to replace them."""
    named = {paper.sha256 for paper in content.plan}
    return [each for each in case.attachments if each.kind in PAPER_KINDS and each.file.sha256 in named]


def differences_since_last_round(case: Case) -> list[Difference]:
    """What the newest submission says otherwise than the one before; nothing for a first one."""
    rounds = filing_tables.last_snapshots(case, 2)
    if len(rounds) < 2:
        return []
    labels = filings.figures_for(case, filings.of_case(case).form).subjects
    return differences(from_canonical(rounds[1].content), from_canonical(rounds[0].content), labels)


def conflicts(filing: ActivityFiling, content: FilingContent) -> list[Finding]:
    """Whether another activity of the same organisation has the same teacher or place at the same time (INV-10)."""
    rows = db.session.execute(
        select(
            ActivitySession.starts_at,
            ActivitySession.ends_at,
            ActivitySession.place,
            ActivitySession.on,
            ActivityFiling.title,
            FilingTeacher.name.label("teacher"),
        )
        .join(ActivityFiling, ActivityFiling.id == ActivitySession.filing_id)
        .join(Case, Case.id == ActivityFiling.case_id)
        .outerjoin(
            FilingTeacher,
            (FilingTeacher.filing_id == ActivityFiling.id)
            & (FilingTeacher.position == ActivitySession.teacher_position),
        )
        .where(
            ActivityFiling.organization_id == filing.organization_id,
            ActivityFiling.id != filing.id,
            Case.state.in_(_LIVE),
            ActivitySession.on.in_({session.on for session in content.sessions}),
        )
        .order_by(ActivitySession.starts_at)
    ).all()
    found = []
    for session in content.sessions:
        for row in rows:
            if not clash(session, row.starts_at, row.ends_at):
                continue
            shared = _shared(content, session, row.place, row.teacher)
            if shared:
                detail = f"{session.label}与本单位“{row.title}”同时，{'、'.join(shared)}相同"
                found.append(Finding(label="时间冲突", ok=False, detail=detail))
    return found or [Finding(label="时间冲突", ok=True, detail="教师和地点与本单位其他活动没有冲突")]


def _shared(content: FilingContent, session: Session, place: str, teacher: str | None) -> list[str]:
    shared = []
    if session.teacher and content.teachers[session.teacher - 1].name == teacher:
        shared.append(f"授课教师（{teacher_label(content.teachers, session.teacher)}）")
    if session.place == place:
        shared.append(f"地点（{place}）")
    return shared


def sections(case: Case) -> dict[str, str]:
    """What a point of a supplement notice may concern: the sections of what was submitted."""
    content = filing_tables.submitted_content(case)
    return {section.key: section.label for section in sections_shown(content)} if content else SECTION_LABELS

"""The archives of a world: papers added, a hold, a bundle, an offer to take over, and a list of what may go."""

from collections.abc import Callable

from sqlalchemy import Select, select

from domain.archive_rules import Item
from domain.roles import Actor
from models import (
    ActivityFiling,
    ArchiveBundle,
    ArchiveHandover,
    ArchiveHold,
    ArchivePaper,
    Case,
    DisposalItem,
    DisposalList,
    ResultReport,
    TeachingArchive,
    db,
)
from services import archive_bundles, archive_handovers, archive_holds, archive_papers, clock, learning_proofs
from services.transaction import transaction

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
ABOUT = ("archives", "bureau_archives")


def fill(clerk: Actor, officer: Actor, words: Callable[[str], str]) -> None:
    """About the one activity of the clerk's organisation whose credits are posted."""
    filing = db.session.scalars(credited().where(ActivityFiling.organization_id == clerk.organization_id)).one()
    for item in (Item.ATTENDANCE, Item.OTHER):
        with transaction():
            archive_papers.add_paper(filing, item, PDF, words("扫描件.pdf"), actor=clerk)
    with transaction():
        archive_bundles.ask(filing, actor=clerk)
    with transaction():
        report = db.session.scalars(select(ResultReport).where(ResultReport.filing_id == filing.id)).one()
        learning_proofs.issue_all(report, actor=clerk)
    with transaction():
        archive_handovers.ask("", reason=words("停止办学"), paper_place=words("三楼"), actor=clerk)
    with transaction():
        archive_holds.hold(filing, words("正在核查"), actor=officer)
    with transaction():
        # As it would be ten years later.
        listed = DisposalList(
            region_code=filing.case.region_code,
            number=f"XH{filing.case.region_code}-001",
            state="proposed",
            proposed_at=clock.now(),
            proposed_by_id=officer.account_id,
            proposed_by=officer.name,
            person_key=officer.person_key,
        )
        db.session.add(listed)
        db.session.flush()
        db.session.add(DisposalItem(list_id=listed.id, filing_id=filing.id, files=3))


def credited() -> Select[ActivityFiling]:
    """The activities whose credits are posted."""
    return (
        select(ActivityFiling)
        .join(ResultReport, ResultReport.filing_id == ActivityFiling.id)
        .join(Case, Case.id == ResultReport.case_id)
        .where(Case.state == "credited")
        .order_by(ActivityFiling.id)
    )


def ids(name: str, organizations: list[int], region: str) -> list[int]:
    """What of these organisations an address parameter of this name may name."""
    kept = select(TeachingArchive.filing_id).where(TeachingArchive.organization_id.in_(organizations))
    queries = {
        "paper_id": select(ArchivePaper.id).where(ArchivePaper.filing_id.in_(kept)),
        "bundle_id": select(ArchiveBundle.id).where(ArchiveBundle.filing_id.in_(kept)),
        "hold_id": select(ArchiveHold.id).where(ArchiveHold.filing_id.in_(kept)),
        "handover_id": select(ArchiveHandover.id).where(ArchiveHandover.organization_id.in_(organizations)),
        "list_id": select(DisposalList.id).where(DisposalList.region_code == region),
    }
    return list(db.session.scalars(queries[name]))

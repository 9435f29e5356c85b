"""Papers an organiser adds to a teaching archive afterwards: kept with it, and marked as what they are."""

from domain import archive_rules
from domain.archive_rules import Item
from domain.errors import NotAllowed, RuleError
from domain.roles import Actor, Permission
from models import ActivityFiling, ArchivePaper, TeachingArchive, db
from services import archives, audit, case_lock, clock, files
from services.archives import Archive

MOST_PAPERS = 50


def add_paper(filing: ActivityFiling, item: Item, data: bytes, name: str, *, actor: Actor) -> ArchivePaper:
    """Keep a paper with the archive; it stays marked as added afterwards. Raises NotAllowed, BadFile or RuleError."""
    _check_keeper(filing, actor)
    if item not in archive_rules.ADDABLE:
        raise RuleError("这一项由办理过程形成，不能补充材料", code="not_addable")
    case_lock.hold(filing.case_id)
    if len(archives.papers_of(filing)) >= MOST_PAPERS:
        raise RuleError(f"每份档案最多补充 {MOST_PAPERS} 个文件", code="too_many_files")
    media_type = files.check(data, files.DOCUMENT)
    stored = files.store(data, name=name, media_type=media_type, actor=actor)
    paper = ArchivePaper(
        filing_id=filing.id,
        item=item.value,
        label=stored.original_name,
        file_id=stored.id,
        added_at=clock.now(),
        added_by_id=actor.account_id,
    )
    db.session.add(paper)
    db.session.flush()
    audit.record(
        "archive.add_paper",
        actor=actor,
        object_kind="case",
        object_id=filing.case_id,
        item=item.value,
        row=paper,
    )
    return paper


def remove_paper(filing: ActivityFiling, paper_id: int, *, actor: Actor) -> None:
    """Take a paper out that was added by mistake; not from an archive that was filed away."""
    _check_keeper(filing, actor)
    case_lock.hold(filing.case_id)
    paper = archives.find_paper(filing, paper_id)
    if paper is None:
        raise RuleError("该文件已经移除，请刷新页面")
    if db.session.get(TeachingArchive, filing.id) is not None:
        raise RuleError("已归档的材料不能移除", code="closed")
    paper.removed_at, paper.removed_by_id = clock.now(), actor.account_id
    audit.record(
        "archive.remove_paper",
        actor=actor,
        object_kind="case",
        object_id=filing.case_id,
        paper=paper.id,
        row=paper,
    )


def may_add(archive: Archive, actor: Actor) -> bool:
    """Whether this actor may add papers now."""
    return not archive.destroyed and archives.keeps(archive.filing, actor) and actor.can(Permission.FILING_WRITE)


def _check_keeper(filing: ActivityFiling, actor: Actor) -> None:
    if not (archives.keeps(filing, actor) and actor.can(Permission.FILING_WRITE)):
        raise NotAllowed("只有保管单位的经办人可以补充档案材料")
    if archives.is_destroyed(filing):
        raise RuleError("档案已按清单销毁，不能再补充", code="destroyed")

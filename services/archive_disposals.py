"""Disposal of archives whose time is over: one officer lists them, a leader decides, the worker destroys the files.

What is destroyed are papers, photos and videos. The filing, the results, the attendance and the ledger stay for ever.
"""

from typing import Any

from sqlalchemy import Select, exists, func, select, update

from domain import archive_rules
from domain.errors import NotAllowed, RuleError
from domain.roles import SYSTEM, Actor, Permission
from models import (
    Account,
    ActivityFiling,
    ArchiveHold,
    ArchivePaper,
    Attachment,
    DisposalItem,
    DisposalList,
    StoredFile,
    TeachingArchive,
    db,
)
from services import (
    archive_bundles,
    archive_decisions,
    audit,
    clock,
    corrections,
    files,
    jobs,
    notices,
    numbers,
    results,
)
from services.transaction import transaction

PROPOSED, APPROVED, DECLINED, DESTROYED = "proposed", "approved", "declined", "destroyed"
STATES = {
    PROPOSED: ("待负责人决定", "progress"),
    APPROVED: ("已批准，正在销毁", "warning"),
    DECLINED: ("不予批准", "neutral"),
    DESTROYED: ("已销毁", "neutral"),
}
MOST_ON_A_LIST = 500


# --- Reads ------------------------------------------------------------------------------------------------------------


def _on_hold() -> Select[int]:
    return select(ArchiveHold.filing_id).where(ArchiveHold.lifted_at.is_(None))


def candidates(actor: Actor) -> Select[TeachingArchive]:
    """The archives of the actor's own region whose time is over, on which no hold lies, and that no list names."""
    listed = (
        exists()
        .where(DisposalItem.filing_id == TeachingArchive.filing_id, DisposalItem.list_id == DisposalList.id)
        .where(DisposalList.state.in_((PROPOSED, APPROVED)))
    )
    return (
        select(TeachingArchive)
        .where(
            TeachingArchive.region_code == actor.region_code,
            TeachingArchive.keep_until < clock.today(),
            TeachingArchive.destroyed_at.is_(None),
            TeachingArchive.filing_id.not_in(_on_hold()),
            ~listed,
        )
        .order_by(TeachingArchive.keep_until, TeachingArchive.filing_id)
    )


def candidate_count(actor: Actor) -> int:
    """How many there are."""
    return db.session.scalar(select(func.count()).select_from(candidates(actor).order_by(None).subquery())) or 0


def visible_to(actor: Actor) -> Select[DisposalList]:
    """The lists of the actor's region, the newest first; the city sees all."""
    query = select(DisposalList).order_by(DisposalList.id.desc())
    return query if actor.sees_city else query.where(DisposalList.region_code == actor.region_code)


def find(list_id: int, *, seen_by: Actor) -> DisposalList | None:
    return db.session.scalar(visible_to(seen_by).where(DisposalList.id == list_id))


def items(listed: DisposalList) -> list[tuple[DisposalItem, TeachingArchive]]:
    """What is on the list, with the archives."""
    query = (
        select(DisposalItem, TeachingArchive)
        .join(TeachingArchive, TeachingArchive.filing_id == DisposalItem.filing_id)
        .where(DisposalItem.list_id == listed.id)
        .order_by(DisposalItem.filing_id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def refusal(listed: DisposalList, actor: Actor) -> str | None:
    """Why this actor may not decide on the list; None if it may."""
    if listed.state != PROPOSED:
        return "这份清单已经办理。"
    if not actor.can(Permission.ARCHIVE_DECIDE) or actor.region_code != listed.region_code:
        return "销毁清单由本地区人力社保部门负责人决定。"
    asker = db.session.get(Account, listed.proposed_by_id) if listed.proposed_by_id is not None else None
    same = actor.person_key is not None and actor.person_key == listed.person_key
    if same or (asker is not None and asker.id == actor.account_id):
        return "清单由您本人提出，须由另一人决定。"
    return None


# --- Acts -------------------------------------------------------------------------------------------------------------


def propose(*, actor: Actor) -> DisposalList:
    """List everything of the region whose time is over. Raises NotAllowed or RuleError."""
    if not actor.can(Permission.ARCHIVE_DISPOSE) or actor.region_code is None:
        raise NotAllowed("销毁清单由本地区人力社保部门提出")
    found = db.session.scalars(candidates(actor).limit(MOST_ON_A_LIST)).all()
    if not found:
        raise RuleError("没有保管期满、可以销毁的档案", code="nothing_there")
    series = f"XH{actor.region_code}-{clock.today().year}"
    listed = DisposalList(
        region_code=actor.region_code,
        number=f"{series}-{numbers.next_in(series):03d}",
        state=PROPOSED,
        proposed_at=clock.now(),
        proposed_by_id=actor.account_id,
        proposed_by=actor.name,
        person_key=actor.person_key,
    )
    db.session.add(listed)
    db.session.flush()
    db.session.add_all(
        DisposalItem(list_id=listed.id, filing_id=archive.filing_id, files=len(_files(archive.filing)))
        for archive in found
    )
    audit.record(
        "archive.propose_disposal",
        actor=actor,
        object_kind="disposal_list",
        object_id=listed.id,
        row=listed,
    )
    notices.tell_region(
        actor.region_code,
        f"教学档案销毁清单 {listed.number} 待决定",
        f"{actor.name}提出销毁 {len(found)} 份保管期满的教学档案。",
        f"/bureau/archives/disposals/{listed.id}",
        permission=Permission.ARCHIVE_DECIDE,
    )
    return listed


def approve(listed: DisposalList, *, actor: Actor) -> None:
    """Let the worker destroy the files of what is on the list."""
    _check(listed, actor)
    _decide(listed, APPROVED, "", actor)
    jobs.ask("archive_destroy", actor=actor, list_id=listed.id)
    audit.record(
        "archive.approve_disposal",
        actor=actor,
        object_kind="disposal_list",
        object_id=listed.id,
        row=listed,
    )


def decline(listed: DisposalList, remark: str, *, actor: Actor) -> None:
    """Keep what is on the list, with the reason."""
    if not remark.strip():
        raise RuleError("请写明不批准的理由", code="remark_required")
    _check(listed, actor)
    _decide(listed, DECLINED, remark, actor)
    audit.record(
        "archive.decline_disposal",
        actor=actor,
        object_kind="disposal_list",
        object_id=listed.id,
        row=listed,
    )


def _check(listed: DisposalList, actor: Actor) -> None:
    said = refusal(listed, actor)
    if said is not None:
        raise NotAllowed(said)


def _decide(listed: DisposalList, state: str, remark: str, actor: Actor) -> None:
    if not archive_decisions.decide(DisposalList, listed.id, PROPOSED, state, remark, actor):
        raise RuleError("这份清单已经办理，请刷新页面", code="decided")


# --- Destroying -------------------------------------------------------------------------------------------------------


@jobs.handler("archive_destroy")
def destroy(run: jobs.Run, list_id: int) -> dict[str, Any]:
    """Destroy what was approved, archive by archive; what a hold was put on meanwhile is spared, with the reason."""
    filing_ids = list(
        db.session.scalars(
            select(DisposalItem.filing_id).where(DisposalItem.list_id == list_id).order_by(DisposalItem.filing_id)
        )
    )
    for done, filing_id in enumerate(filing_ids, 1):
        with transaction():
            item = db.session.get_one(DisposalItem, (list_id, filing_id))
            _destroy_one(db.session.get_one(DisposalList, list_id), item)
        run.progress(done, len(filing_ids))
    with transaction():
        ended = db.session.execute(
            update(DisposalList)
            .where(DisposalList.id == list_id, DisposalList.state == APPROVED)
            .values(state=DESTROYED, destroyed_at=clock.now())
        )
        if ended.rowcount:  # type: ignore[attr-defined]
            listed = db.session.get_one(DisposalList, list_id)
            audit.record(
                "archive.end_disposal", actor=SYSTEM, object_kind="disposal_list", object_id=list_id,
                row=listed,
            )  # fmt: skip
    return {}


def _destroy_one(listed: DisposalList, item: DisposalItem) -> None:
    archive = db.session.scalars(
        select(TeachingArchive).where(TeachingArchive.filing_id == item.filing_id).with_for_update()
    ).one()
    if listed.state != APPROVED or archive.destroyed_at is not None:
        return
    held = db.session.scalar(_on_hold().where(ArchiveHold.filing_id == item.filing_id).limit(1)) is not None
    if not archive_rules.may_dispose(archive.keep_until, clock.today(), held=held):
        item.outcome = "销毁前被暂停销毁，保留" if held else "保管期未满，保留"
        return
    filing = archive.filing
    for bundle in archive_bundles.of_filing(filing):
        if bundle.state == "ready":
            archive_bundles.expire(bundle)
    for stored in _files(filing):
        files.destroy(stored)
    archive.destroyed_at = clock.now()
    audit.record(
        "archive.destroy", actor=SYSTEM, object_kind="case", object_id=filing.case_id, list=listed.number,
        files=item.files, row=archive,
    )  # fmt: skip


def _files(filing: ActivityFiling) -> list[StoredFile]:
    """Every file of the archive that is still there, also what was taken out, and the copies for screens."""
    report = results.of_filing(filing)
    about = [filing.case_id]
    if report is not None:
        about += [report.case_id, *(each.case_id for each in corrections.of_report(report))]
    pieces = select(Attachment.file_id).where(Attachment.case_id.in_(about))
    copies = select(Attachment.display_file_id).where(
        Attachment.case_id.in_(about), Attachment.display_file_id.is_not(None)
    )
    papers = select(ArchivePaper.file_id).where(ArchivePaper.filing_id == filing.id)
    wanted = {*db.session.scalars(pieces), *db.session.scalars(copies), *db.session.scalars(papers)}
    query = select(StoredFile).where(StoredFile.id.in_(wanted), StoredFile.destroyed_at.is_(None))
    return list(db.session.scalars(query))

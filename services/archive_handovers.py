"""Handing archives over: an organisation that gives up passes what it keeps to another one, or to the bureau."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import joinedload

from domain.errors import NotAllowed, RuleError
from domain.roles import SYSTEM, Actor, Permission
from models import (
    Account,
    ActivityFiling,
    ArchiveHandover,
    ArchiveHandoverItem,
    Case,
    Organization,
    ResultReport,
    TeachingArchive,
    db,
)
from services import archive_decisions, archives, audit, clock, notices

OPEN = "asked"
STATES = {
    "asked": ("待接收", "progress"),
    "accepted": ("已接收", "success"),
    "declined": ("没有接收", "danger"),
    "withdrawn": ("已撤回", "neutral"),
}


# --- Reads ------------------------------------------------------------------------------------------------------------


def _kept(organization_id: int) -> Select[TeachingArchive]:
    return (
        select(TeachingArchive)
        .where(TeachingArchive.keeper_id == organization_id, TeachingArchive.destroyed_at.is_(None))
        .order_by(TeachingArchive.filing_id)
    )


def _unclosed(organization_id: int) -> Select[ActivityFiling]:
    """Activities whose credits are posted and whose archive nobody has closed yet."""
    return (
        select(ActivityFiling)
        .join(ResultReport, ResultReport.filing_id == ActivityFiling.id)
        .join(Case, Case.id == ResultReport.case_id)
        .outerjoin(TeachingArchive, TeachingArchive.filing_id == ActivityFiling.id)
        .where(
            ActivityFiling.organization_id == organization_id,
            Case.state == "credited",
            TeachingArchive.filing_id.is_(None),
        )
        .order_by(ActivityFiling.id)
    )


def outstanding(organization_id: int) -> int:
    """How many archives the organisation still keeps: none, before a base may be closed."""
    counts = (
        db.session.scalar(select(func.count()).select_from(each.order_by(None).subquery()))
        for each in (_kept(organization_id), _unclosed(organization_id))
    )
    return sum(count or 0 for count in counts)


def visible_to(actor: Actor) -> Select[ArchiveHandover]:
    """What this actor gives, is offered, or as an officer may look at; the newest first."""
    query = select(ArchiveHandover).order_by(ArchiveHandover.id.desc())
    own = (ArchiveHandover.organization_id, ArchiveHandover.receiver_id)
    return archives.within_reach(query, actor, own=own, region=ArchiveHandover.region_code)


def listing(actor: Actor) -> Select[ArchiveHandover]:
    """The same for a list, with the names of both sides."""
    return visible_to(actor).options(joinedload(ArchiveHandover.organization), joinedload(ArchiveHandover.receiver))


def find(handover_id: int, *, seen_by: Actor) -> ArchiveHandover | None:
    return db.session.scalar(visible_to(seen_by).where(ArchiveHandover.id == handover_id))


@dataclass(frozen=True, kw_only=True)
class Line:
    """One archive on the list."""

    filing_id: int
    number: str
    title: str
    keep_until: str
    missing: int


def lines(handover: ArchiveHandover) -> list[Line]:
    """The list both sides go by."""
    return lines_of([handover.id])[handover.id]


def lines_of(handover_ids: Iterable[int]) -> dict[int, list[Line]]:
    """The lists of several."""
    found: dict[int, list[Line]] = {handover_id: [] for handover_id in handover_ids}
    query = (
        select(ArchiveHandoverItem.handover_id, TeachingArchive)
        .join(TeachingArchive, TeachingArchive.filing_id == ArchiveHandoverItem.filing_id)
        .where(ArchiveHandoverItem.handover_id.in_(found))
        .options(joinedload(TeachingArchive.filing).joinedload(ActivityFiling.case))
        .order_by(TeachingArchive.filing_id)
    )
    for handover_id, archive in db.session.execute(query):
        found[handover_id].append(_line(archive))
    return found


def _line(archive: TeachingArchive) -> Line:
    return Line(
        filing_id=archive.filing_id,
        number=archive.filing.case.number or "",
        title=archive.filing.title,
        keep_until=archive.keep_until.isoformat(),
        missing=len(archive.missing),
    )


def _fingerprint(listed: list[Line]) -> str:
    plain = [[line.number, line.title, line.keep_until, line.missing] for line in listed]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).hexdigest()


def is_receiver(handover: ArchiveHandover, actor: Actor) -> bool:
    """Whether it is for this actor to take over or to decline."""
    if handover.receiver_id is not None:
        return actor.organization_id == handover.receiver_id and actor.can(Permission.FILING_WRITE)
    return actor.region_code == handover.region_code and actor.can(Permission.ARCHIVE_DISPOSE)


# --- Acts -------------------------------------------------------------------------------------------------------------


def ask(uscc: str, *, reason: str, paper_place: str, actor: Actor) -> ArchiveHandover:
    """Offer everything the organisation keeps to the one of this code, or without a code to the bureau of its region.

    What is not closed yet is closed as it is, with what is missing. Raises RuleError.
    """
    if actor.organization_id is None or not actor.can(Permission.FILING_WRITE):
        raise NotAllowed("只有单位的经办人可以申请移交档案")
    giver = db.session.scalars(
        select(Organization).where(Organization.id == actor.organization_id).with_for_update()
    ).one()
    receiver = db.session.scalar(select(Organization).where(Organization.uscc == uscc)) if uscc else None
    if uscc and receiver is None:
        raise RuleError("平台上没有这个统一社会信用代码的单位，请核对，或移交人力社保部门", code="no_receiver")
    if receiver is giver:
        raise RuleError("不能移交给本单位", code="no_receiver")
    under_way = select(ArchiveHandover.id).where(
        ArchiveHandover.organization_id == giver.id, ArchiveHandover.state == OPEN
    )
    if db.session.scalar(under_way.limit(1)) is not None:
        raise RuleError("已有一项移交等待接收，请先撤回或等待办理", code="under_way")
    for filing in db.session.scalars(_unclosed(giver.id)).all():
        archives.close(filing, actor=SYSTEM)
    kept = db.session.scalars(_kept(giver.id)).all()
    if not kept:
        raise RuleError("本单位没有需要移交的档案", code="nothing_there")
    listed = [_line(archive) for archive in kept]
    handover = ArchiveHandover(
        organization_id=giver.id,
        receiver_id=receiver.id if receiver else None,
        region_code=giver.region_code,
        reason=reason.strip()[:200],
        paper_place=paper_place.strip()[:200],
        state=OPEN,
        archives=len(listed),
        list_sha256=_fingerprint(listed),
        asked_at=clock.now(),
        asked_by_id=actor.account_id,
        asked_by=actor.name,
    )
    db.session.add(handover)
    db.session.flush()
    db.session.add_all(ArchiveHandoverItem(handover_id=handover.id, filing_id=line.filing_id) for line in listed)
    audit.record(
        "archive.hand_over",
        actor=actor,
        object_kind="handover",
        object_id=handover.id,
        archives=len(listed),
        row=handover,
    )
    title, body = f"请接收教学档案：{giver.name}", f"{giver.name}申请移交 {len(listed)} 份教学档案，理由：{reason}。"
    if receiver is not None:
        notices.tell_organization(receiver.id, title, body, "/archives/handovers", permission=Permission.FILING_WRITE)
    else:
        notices.tell_region(
            giver.region_code, title, body, "/bureau/archives/handovers", permission=Permission.ARCHIVE_DISPOSE
        )
    return handover


def accept(handover: ArchiveHandover, *, actor: Actor) -> None:
    """Take over what is on the list: from now on the receiver keeps it. Raises NotAllowed or RuleError."""
    _check_receiver(handover, actor)
    listed = lines(handover)
    if _fingerprint(listed) != handover.list_sha256:
        raise RuleError("清单在申请之后有变化，请退回重新申请", code="changed")
    _decide(handover, "accepted", "", actor)
    db.session.execute(
        update(TeachingArchive)
        .where(
            TeachingArchive.filing_id.in_([line.filing_id for line in listed]),
            TeachingArchive.keeper_id == handover.organization_id,
        )
        .values(keeper_id=handover.receiver_id)
    )
    db.session.expire_all()
    audit.record("archive.take_over", actor=actor, object_kind="handover", object_id=handover.id, row=handover)
    _tell_giver(handover, "已接收")


def decline(handover: ArchiveHandover, remark: str, *, actor: Actor) -> None:
    """Leave the archives where they are, with the reason."""
    _check_receiver(handover, actor)
    if not remark.strip():
        raise RuleError("请写明不接收的理由", code="remark_required")
    _decide(handover, "declined", remark, actor)
    audit.record(
        "archive.decline_handover",
        actor=actor,
        object_kind="handover",
        object_id=handover.id,
        row=handover,
    )
    _tell_giver(handover, f"没有接收，理由：{remark.strip()}")


def withdraw(handover: ArchiveHandover, *, actor: Actor) -> None:
    """Who offered takes the offer back."""
    if actor.organization_id != handover.organization_id or not actor.can(Permission.FILING_WRITE):
        raise NotAllowed("只有申请移交的单位可以撤回")
    _decide(handover, "withdrawn", "", actor)
    audit.record(
        "archive.withdraw_handover",
        actor=actor,
        object_kind="handover",
        object_id=handover.id,
        row=handover,
    )


def _check_receiver(handover: ArchiveHandover, actor: Actor) -> None:
    if not is_receiver(handover, actor):
        raise NotAllowed("只有接收方可以办理")
    asker = db.session.get(Account, handover.asked_by_id) if handover.asked_by_id is not None else None
    if asker is not None and (
        asker.id == actor.account_id or (asker.person_key is not None and asker.person_key == actor.person_key)
    ):
        raise NotAllowed("移交由您本人申请，须由另一人接收")


def _decide(handover: ArchiveHandover, state: str, remark: str, actor: Actor) -> None:
    if not archive_decisions.decide(ArchiveHandover, handover.id, OPEN, state, remark, actor):
        raise RuleError("这项移交已经办理，请刷新页面", code="decided")


def _tell_giver(handover: ArchiveHandover, said: str) -> None:
    notices.tell_organization(
        handover.organization_id,
        "教学档案移交结果",
        f"申请移交的 {handover.archives} 份教学档案{said}。",
        "/archives/handovers",
        permission=Permission.FILING_READ,
    )

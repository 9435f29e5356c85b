"""Holds on teaching archives: while one lies on an archive, nothing of it is destroyed, however old it is."""

from sqlalchemy import select

from domain.errors import NotAllowed, RuleError
from domain.roles import Actor, Permission
from models import ActivityFiling, ArchiveHold, db
from services import archives, audit, case_lock, clock


def hold(filing: ActivityFiling, reason: str, *, actor: Actor) -> ArchiveHold:
    """Forbid the destruction of an archive (an inspection, a lawsuit); several reasons stand beside each other."""
    _check_may_hold(filing, actor)
    if not reason.strip():
        raise RuleError("请写明暂停销毁的理由", code="remark_required")
    case_lock.hold(filing.case_id)
    if archives.is_destroyed(filing):
        raise RuleError("档案已按清单销毁", code="destroyed")
    placed = ArchiveHold(
        filing_id=filing.id,
        reason=reason.strip()[:200],
        placed_at=clock.now(),
        placed_by_id=actor.account_id,
        placed_by=actor.name,
    )
    db.session.add(placed)
    db.session.flush()
    audit.record(
        "archive.hold",
        actor=actor,
        object_kind="case",
        object_id=filing.case_id,
        hold=placed.id,
        row=placed,
    )
    return placed


def lift(filing: ActivityFiling, hold_id: int, reason: str, *, actor: Actor) -> None:
    """End a hold, with the reason; the others on the same archive stay."""
    _check_may_hold(filing, actor)
    if not reason.strip():
        raise RuleError("请写明解除的理由", code="remark_required")
    case_lock.hold(filing.case_id)
    placed = db.session.scalar(
        select(ArchiveHold).where(ArchiveHold.id == hold_id, ArchiveHold.filing_id == filing.id).with_for_update()
    )
    if placed is None or placed.lifted_at is not None:
        raise RuleError("这条暂停销毁已经解除，请刷新页面")
    placed.lifted_at, placed.lifted_by_id, placed.lifted_by = clock.now(), actor.account_id, actor.name
    placed.lifted_reason = reason.strip()[:200]
    audit.record(
        "archive.lift",
        actor=actor,
        object_kind="case",
        object_id=filing.case_id,
        hold=placed.id,
        row=placed,
    )


def may_hold(filing: ActivityFiling, actor: Actor) -> bool:
    """Whether this official may forbid the destruction: of its own region, the city and the auditor of all."""
    own = actor.sees_city or actor.region_code == filing.case.region_code
    return own and actor.can(Permission.ARCHIVE_HOLD)


def _check_may_hold(filing: ActivityFiling, actor: Actor) -> None:
    if not may_hold(filing, actor):
        raise NotAllowed("您不能办理本地区以外档案的暂停销毁")

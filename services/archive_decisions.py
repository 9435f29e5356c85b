"""What somebody else decides about archives that were offered or listed: once."""

from sqlalchemy import update

from domain.roles import Actor
from models import ArchiveHandover, DisposalList, db
from services import clock


def decide(
    table: type[ArchiveHandover | DisposalList], row_id: int, origin: str, target: str, remark: str, actor: Actor
) -> bool:
    """Move the row from the one state to the other; False if somebody else decided meanwhile.

    The UPDATE names the state it leaves, so of two people who act at once only one succeeds.
    """
    moved = db.session.execute(
        update(table)
        .where(table.id == row_id, table.state == origin)
        .values(
            state=target,
            remark=remark.strip()[:200],
            decided_at=clock.now(),
            decided_by_id=actor.account_id,
            decided_by=actor.name,
        )
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]

"""Acts about one person that one officer asks for and another natural person decides (INV-37, P-14)."""

from sqlalchemy import select, update

from domain.errors import NotAllowed, RuleError
from domain.roles import Actor, Permission
from models import Account, IdentityKey, NameChange, ProofRevocation, db
from services import clock

Request = NameChange | ProofRevocation


def refusal(asked: Request, actor: Actor, permission: Permission, *, not_yours: str, not_alone: str) -> str | None:
    """Why this actor may not confirm: it is not for them to decide, or they asked themselves. None if they may."""
    if asked.state != "requested" or not actor.can(permission):
        return not_yours
    asker = db.session.get_one(Account, asked.requested_by_id)
    same_person = actor.person_key is not None and asker.person_key == actor.person_key
    return not_alone if same_person or asker.id == actor.account_id else None


def decide(asked: Request, state: str, remark: str, actor: Actor, *, taken: str) -> None:
    """Move the request to its end; raises RuleError with `taken` when somebody else did.

    The UPDATE names the state it leaves, so of two people who decide at once only one succeeds.
    """
    table = type(asked)
    row = [column == getattr(asked, column.key) for column in table.__table__.primary_key]
    moved = db.session.execute(
        update(table)
        .where(*row, table.state == "requested")
        .values(state=state, remark=remark, decided_by_id=actor.account_id, decided_at=clock.now())
    )
    if not moved.rowcount:  # type: ignore[attr-defined]
        raise RuleError(taken)


def check_not_about_oneself(technician_id: int, actor: Actor, said: str) -> None:
    """Raises NotAllowed when the officer is the person the act is about."""
    if actor.person_key is None:
        return
    own = select(IdentityKey.technician_id).where(
        IdentityKey.blind_index == actor.person_key, IdentityKey.technician_id == technician_id
    )
    if db.session.scalar(own) is not None:
        raise NotAllowed(said)

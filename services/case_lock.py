"""Holding a case still, for acts that change what belongs to it without moving it."""

from sqlalchemy import select

from models import Case, db


def hold(case_id: int) -> None:
    """Whoever else acts on the case waits until this transaction is over, and sees what is stored then."""
    db.session.scalars(select(Case.state).where(Case.id == case_id).with_for_update()).one()

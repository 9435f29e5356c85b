"""The audit trail: who did what or was refused it, in the transaction of the act (art. 21)."""

from typing import Any

from flask import has_request_context, request

from domain.roles import Actor
from models import AuditEvent, db
from services import clock, registers


def record(
    action: str,
    *,
    actor: Actor,
    object_kind: str,
    object_id: int | None = None,
    outcome: str = "done",
    row: Any = None,
    **details: Any,
) -> None:
    """Write one event; without it the act does not commit. `details` must hold no personal number.

    `row` is the row of a register (services/registers.py) that the act leaves: the event vouches for it from now on.
    """
    if row is not None:
        details |= registers.told(row)
    db.session.add(
        AuditEvent(
            at=clock.now(),
            account_id=actor.account_id,
            membership_id=actor.membership_id,
            role=actor.role.value,
            action=action,
            object_kind=object_kind,
            object_id=object_id,
            outcome=outcome,
            ip=(request.remote_addr or "") if has_request_context() else "",
            details=details,
        )
    )

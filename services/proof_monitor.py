"""Looks every minute for proofs that have a record and no paper (P-30), and has them finished or given up.

A worker that dies between the record and the signature leaves such a proof, and so does a queue that was lost. Printing
again gives the same paper, so the monitor only has to ask; whoever verifies meanwhile is told that it is being made.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select

from domain.roles import CITY, SYSTEM, Permission
from models import Job, Proof, Setting, db
from services import clock, jobs, notices, proofs
from services.transaction import transaction

_log = logging.getLogger(__name__)

# Longer than any paper takes, a full queue before it included.
_PRINTED_WITHIN = timedelta(minutes=10)
_MOST_AT_ONCE = 100
_TOLD_ON = "unprinted_proofs_told_on"


@dataclass(frozen=True, kw_only=True)
class Unprinted:
    """A proof that should have its paper by now."""

    technician_id: int
    proof_id: int
    number: str
    state: str
    since: datetime


def unprinted() -> list[Unprinted]:
    """The proofs that wait too long for their paper, or are in force without one; oldest first."""
    rows = db.session.execute(
        select(Proof.technician_id, Proof.id, Proof.number, Proof.state, Proof.issued_at)
        .where(
            Proof.file_id.is_(None),
            or_(
                Proof.state == "valid",
                (Proof.state == "issuing") & (Proof.issued_at < clock.now() - _PRINTED_WITHIN),
            ),
        )
        .order_by(Proof.id)
        .limit(_MOST_AT_ONCE)
    )
    return [
        Unprinted(
            technician_id=row.technician_id, proof_id=row.id, number=row.number, state=row.state, since=row.issued_at
        )
        for row in rows
    ]


@jobs.every_minute
def look() -> None:
    """Ask for the papers that are missing, once each, and tell the Centre once a day."""
    found = unprinted()
    if not found:
        return
    with transaction():
        _ask_for(found)
        _tell(found)


def _ask_for(found: Sequence[Unprinted]) -> None:
    under_way = {
        arguments.get("proof_id")
        for arguments in db.session.scalars(
            select(Job.arguments).where(Job.kind == proofs.JOB, Job.state.in_(("queued", "running")))
        )
    }
    for each in found:
        if each.state == "issuing" and each.proof_id not in under_way:
            _log.warning("proof %s has waited for its paper since %s: asked for again", each.number, each.since)
            jobs.ask(proofs.JOB, actor=SYSTEM, technician_id=each.technician_id, proof_id=each.proof_id)


def _tell(found: Sequence[Unprinted]) -> None:
    today = clock.today().isoformat()
    told = db.session.get(Setting, _TOLD_ON)
    if told is not None and told.value == today:
        return
    db.session.merge(Setting(key=_TOLD_ON, value=today))
    notices.tell_region(
        CITY,
        f"{len(found)} 份证明没有按时生成",
        "系统已重新生成；多次失败的会作废并通知本人。请在“平台运行”页面查看后台处理是否正常。",
        "/center",
        permission=Permission.OPERATIONS_READ,
    )

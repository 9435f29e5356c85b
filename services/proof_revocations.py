"""Taking a proof back (INV-37): one officer asks for it with a reason, another natural person decides."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from domain.errors import NotAllowed, RuleError
from domain.roles import CITY, Actor, Permission
from models import Account, Proof, ProofRevocation, Technician, db
from services import audit, clock, notices, proofs, two_officers

_NOT_OWN = "不能办理本人证明的撤销"
_TAKEN = "该撤销申请已由他人处理，请刷新后核对"


@dataclass(frozen=True, kw_only=True)
class Revocation:
    """What is known of the revocation of one proof, and whether the reader may decide it or take it back."""

    state: str
    reason: str
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    remark: str
    may_confirm: bool
    is_own: bool


def waiting() -> Select[*tuple[Any, ...]]:
    """The requests nobody has decided, oldest first, as rows for a list."""
    return (
        select(
            Proof.number, Technician.name, ProofRevocation.reason, ProofRevocation.requested_at, Account.display_name
        )
        .join(Proof, (Proof.technician_id == ProofRevocation.technician_id) & (Proof.id == ProofRevocation.proof_id))
        .join(Technician, Technician.id == ProofRevocation.technician_id)
        .join(Account, Account.id == ProofRevocation.requested_by_id)
        .where(ProofRevocation.state == "requested")
        .order_by(ProofRevocation.requested_at)
    )


def of_proof(proof: Proof, *, seen_by: Actor) -> Revocation | None:
    """The last request about this proof, or None."""
    asker, decider = aliased(Account), aliased(Account)
    row = db.session.execute(
        select(ProofRevocation, asker.display_name.label("asker"), decider.display_name.label("decider"))
        .join(asker, asker.id == ProofRevocation.requested_by_id)
        .outerjoin(decider, decider.id == ProofRevocation.decided_by_id)
        .where(ProofRevocation.technician_id == proof.technician_id, ProofRevocation.proof_id == proof.id)
    ).first()
    if row is None:
        return None
    found: ProofRevocation = row[0]
    return Revocation(
        state=found.state,
        reason=found.reason,
        requested_by=row.asker,
        requested_at=found.requested_at,
        decided_by=row.decider or "",
        decided_at=found.decided_at,
        remark=found.remark,
        may_confirm=_refusal(found, seen_by) is None,
        is_own=found.requested_by_id == seen_by.account_id,
    )


def request(proof: Proof, reason: str, *, actor: Actor) -> None:
    """Ask that the proof be taken back; it stays what it is until somebody else has decided."""
    if not reason.strip():
        raise RuleError("撤销证明必须写明原因", code="remark_required")
    if proof.state not in proofs.REVOCABLE:
        raise RuleError("只有已签发的证明可以撤销，请刷新后核对其状态")
    two_officers.check_not_about_oneself(proof.technician_id, actor, _NOT_OWN)
    key = (proof.technician_id, proof.id)
    asked = db.session.get(ProofRevocation, key, with_for_update=True)
    if asked is not None and asked.state == "requested":
        raise RuleError("该证明已有待确认的撤销申请，请刷新后核对")
    now = clock.now()
    if asked is None:
        asked = ProofRevocation(technician_id=proof.technician_id, proof_id=proof.id)
    asked.state, asked.reason, asked.remark = "requested", reason.strip()[:200], ""
    asked.requested_by_id, asked.requested_at = actor.account_id or 0, now
    asked.decided_by_id = asked.decided_at = None
    db.session.add(asked)
    db.session.flush()
    audit.record(
        "proof.ask_revoke",
        actor=actor,
        object_kind="proof",
        object_id=proof.id,
        number=proof.number,
        row=asked,
    )
    notices.tell_region(
        CITY,
        f"学分证明 {proof.number} 申请撤销，待确认",
        f"{actor.name}申请撤销，原因：{asked.reason}。须由另一人确认。",
        f"/bureau/proofs/{proof.number}",
        permission=Permission.PROOF_REVOKE,
    )


def confirm(proof: Proof, *, actor: Actor) -> None:
    """Take the proof back for good. Not by who asked for it, under whatever account (P-14)."""
    asked = _asked(proof)
    refusal = _refusal(asked, actor)
    if refusal is not None:
        raise NotAllowed(refusal)
    two_officers.check_not_about_oneself(proof.technician_id, actor, _NOT_OWN)
    two_officers.decide(asked, "confirmed", "", actor, taken=_TAKEN)
    proofs.revoke(proof, asked.reason)
    audit.record(
        "proof.revoke", actor=actor, object_kind="proof", object_id=proof.id, number=proof.number,
        requested_by=asked.requested_by_id, row=asked,
    )  # fmt: skip


def decline(proof: Proof, remark: str, *, actor: Actor) -> None:
    """Leave the proof as it is, with a reason; who asked may take the request back in the same way."""
    if not remark.strip():
        raise RuleError("不同意撤销必须写明理由", code="remark_required")
    asked = _asked(proof)
    two_officers.decide(asked, "declined", remark.strip()[:200], actor, taken=_TAKEN)
    audit.record(
        "proof.decline_revoke", actor=actor, object_kind="proof", object_id=proof.id, number=proof.number,
        row=asked,
    )  # fmt: skip


def _asked(proof: Proof) -> ProofRevocation:
    asked = db.session.get(ProofRevocation, (proof.technician_id, proof.id))
    if asked is None or asked.state != "requested":
        raise RuleError("该证明没有待确认的撤销申请，请刷新后核对")
    return asked


def _refusal(asked: ProofRevocation, actor: Actor) -> str | None:
    """Why this actor may not confirm, or None."""
    return two_officers.refusal(
        asked, actor, Permission.PROOF_REVOKE, not_yours="该撤销申请不能由您确认",
        not_alone="撤销证明须由两人办理，申请人不能确认自己的申请",
    )  # fmt: skip

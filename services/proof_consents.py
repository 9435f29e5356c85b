"""Consent to proofs: a person lets the present employer have them made, and may take that back at any time (INV-21)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from domain.errors import RuleError
from domain.roles import Actor
from models import Employment, Organization, ProofConsent, Technician, db
from services import audit, clock, notices

ASKED, GIVEN, WITHDRAWN = "asked", "given", "withdrawn"


@dataclass(frozen=True, kw_only=True)
class Consent:
    """One employer of a person, and what the person has said to it; `state` is empty if nothing was asked or said."""

    organization_id: int
    employer: str
    state: str


def of_technician(technician_id: int) -> list[Consent]:
    """The present employers of the person, with what the person has said to each."""
    rows = db.session.execute(
        select(Organization.id, Organization.name, ProofConsent.state)
        .join(Employment, Employment.organization_id == Organization.id)
        .outerjoin(
            ProofConsent,
            and_(
                ProofConsent.organization_id == Organization.id,
                ProofConsent.technician_id == Employment.technician_id,
            ),
        )
        .where(Employment.technician_id == technician_id, *_present())
        .distinct()
        .order_by(Organization.name)
    )
    return [Consent(organization_id=row.id, employer=row.name, state=row.state or "") for row in rows]


def say(technician_id: int, organization_id: int, *, agree: bool, actor: Actor) -> None:
    """The person gives consent, or takes it back. RuleError if the organisation is not the present employer."""
    known = {consent.organization_id: consent for consent in of_technician(technician_id)}
    if organization_id not in known:
        raise RuleError("这家单位不是您现在的用人单位，不需要授权")
    said = _set(technician_id, organization_id, GIVEN if agree else WITHDRAWN)
    audit.record(
        "proof.consent" if agree else "proof.withdraw_consent",
        actor=actor,
        object_kind="technician",
        object_id=technician_id,
        organization_id=organization_id,
        row=said,
    )


def ask(*, actor: Actor) -> int:
    """The employer asks everybody of its present staff who has not answered; tells how many were asked."""
    organization_id = actor.organization_id or 0
    asked = list(db.session.scalars(_staff(organization_id, Technician.id).where(ProofConsent.state.is_(None))))
    for technician_id in asked:
        _set(technician_id, organization_id, ASKED)
    if asked:
        employer = db.session.get_one(Organization, organization_id).name
        notices.tell_technicians(
            asked,
            f"{employer}请您授权代开学分证明",
            "同意后，单位可以为您开具并下载学分证明；您随时可以撤回。",
            "/me/proofs/consents",
        )
        audit.record(
            "proof.ask_consent", actor=actor, object_kind="organization", object_id=organization_id, count=len(asked)
        )
    return len(asked)


def agreed(organization_id: int) -> Select[int]:
    """The present staff who have given consent, by name."""
    return _staff(organization_id, Technician.id).where(ProofConsent.state == GIVEN)


def counts(organization_id: int) -> dict[str, int]:
    """How many of the present staff gave consent, were asked and have not answered, withdrew, or were never asked."""
    state = func.coalesce(ProofConsent.state, "")
    rows = db.session.execute(_staff(organization_id, state, func.count()).order_by(None).group_by(ProofConsent.state))
    return {"": 0, ASKED: 0, GIVEN: 0, WITHDRAWN: 0} | {row[0]: row[1] for row in rows}


def _present() -> tuple[Any, ...]:
    return (Employment.state == "active", or_(Employment.ended_on.is_(None), Employment.ended_on > clock.today()))


def _staff(organization_id: int, *columns: Any) -> Select[Any]:
    """The present staff of an employer who agreed to be its staff, with what they said, by name."""
    return (
        select(*columns)
        .select_from(Technician)
        .join(Employment, Employment.technician_id == Technician.id)
        .outerjoin(
            ProofConsent,
            and_(
                ProofConsent.technician_id == Technician.id,
                ProofConsent.organization_id == Employment.organization_id,
            ),
        )
        .where(Employment.organization_id == organization_id, *_present())
        .order_by(Technician.name, Technician.id)
    )


def _set(technician_id: int, organization_id: int, state: str) -> ProofConsent:
    known = db.session.get(ProofConsent, (technician_id, organization_id))
    if known is None:
        known = ProofConsent(technician_id=technician_id, organization_id=organization_id)
        db.session.add(known)
    known.state, known.changed_at = state, clock.now()
    return known

"""The register of persons (art. 18): who they are, by whom they are employed, which certificates they hold."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import Row, Select, or_, select

from domain.identity import mask_id, mask_phone, normalise_name, normalise_number
from domain.roles import Actor, Permission
from models import AuditEvent, Employment, IdentityKey, Membership, SkillCertificate, Technician, db
from services import clock, crypto

ID_NUMBER = "technician.id_number"
PHONE = "technician.phone"
INSURANCE = "technician.insurance_number"

# A statement may carry so many values on every engine.
_CHUNK = 500


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in lists short enough for one IN (...)."""
    iterator = iter(values)
    while part := list(islice(iterator, _CHUNK)):
        yield part


def id_number(technician: Technician) -> str:
    """The person's whole number: for matching and for the owner, never for a page of others."""
    return crypto.unseal(technician.id_number_sealed, ID_NUMBER)


def masked_id(technician: Technician | Row[Any]) -> str:
    return mask_id(crypto.unseal(technician.id_number_sealed, ID_NUMBER))


def masked_phone(technician: Technician) -> str:
    if technician.phone_sealed is None:
        return ""
    return mask_phone(crypto.unseal(technician.phone_sealed, PHONE))


def ids_by_blind_index(indexes: Iterable[str]) -> dict[str, int]:
    """Which of these blind indexes are persons of the register, with one query for each few hundred."""
    found: dict[str, int] = {}
    for part in chunks(indexes):
        query = select(IdentityKey.blind_index, IdentityKey.technician_id).where(IdentityKey.blind_index.in_(part))
        found.update(db.session.execute(query).all())
    return found


def _employed(organization_id: int, on: date) -> Select[Employment]:
    return select(Employment).where(
        Employment.organization_id == organization_id,
        Employment.state != "refused",
        or_(Employment.ended_on.is_(None), Employment.ended_on > on),
    )


def staff(
    actor: Actor, *, search: str = "", occupation: str = "", without_account: bool = False
) -> Select[*tuple[Any, ...]]:
    """The present staff of the actor's organisation, as rows for a list, by name.

    Of somebody who has not agreed yet the occupation is not the employer's to search by, nor an account to hand over
    (INV-21).
    """
    query: Select[*tuple[Any, ...]] = (
        select(
            Technician.id,
            Technician.name,
            Technician.sex,
            Technician.id_number_sealed,
            Employment.started_on,
            Employment.state,
        )
        .join(Employment, Employment.technician_id == Technician.id)
        .where(Employment.organization_id == actor.organization_id, Employment.state != "refused")
        .where(or_(Employment.ended_on.is_(None), Employment.ended_on > clock.today()))
        .order_by(Technician.name, Technician.id)
    )
    if search:
        query = query.where(Technician.name.contains(normalise_name(search), autoescape=True))
    if occupation:
        holders = select(SkillCertificate.technician_id).where(SkillCertificate.occupation == occupation)
        query = query.where(Technician.id.in_(holders), Employment.state == "active")
    if without_account:
        held = select(Membership.id).where(Membership.technician_id == Technician.id, Membership.ended_at.is_(None))
        query = query.where(~held.exists(), Employment.state == "active")
    return query


def certificates_of(technician_ids: list[int]) -> dict[int, list[SkillCertificate]]:
    """The certificates of these persons, oldest first."""
    found: dict[int, list[SkillCertificate]] = {}
    for part in chunks(technician_ids):
        query = select(SkillCertificate).where(SkillCertificate.technician_id.in_(part))
        for certificate in db.session.scalars(query.order_by(SkillCertificate.issued_on, SkillCertificate.id)):
            found.setdefault(certificate.technician_id, []).append(certificate)
    return found


def occupations_of_staff(actor: Actor) -> list[str]:
    """The occupations met among the present staff of the actor's organisation, for a filter."""
    query = (
        select(SkillCertificate.occupation)
        .join(Employment, Employment.technician_id == SkillCertificate.technician_id)
        .where(Employment.organization_id == actor.organization_id, Employment.state == "active")
        .where(Employment.ended_on.is_(None))
        .distinct()
        .order_by(SkillCertificate.occupation)
    )
    return list(db.session.scalars(query))


def visible_to(actor: Actor) -> Select[Technician]:
    """The persons this actor may look at: itself, an employer's present staff, an officer's region, the city's all."""
    if actor.technician_id is not None:
        return select(Technician).where(Technician.id == actor.technician_id)
    if actor.can(Permission.STAFF_READ) and actor.organization_id is not None:
        present = _employed(actor.organization_id, clock.today()).with_only_columns(Employment.technician_id)
        return select(Technician).where(Technician.id.in_(present))
    if actor.can(Permission.REGISTER_READ):
        query = select(Technician)
        return query if actor.sees_city else query.where(Technician.region_code == actor.region_code)
    return select(Technician).where(Technician.id == 0)


def find(technician_id: int, *, seen_by: Actor) -> Technician | None:
    """The person if this actor may know of them."""
    return db.session.scalar(visible_to(seen_by).where(Technician.id == technician_id))


def find_by_id_number(number: str, *, seen_by: Actor) -> Technician | None:
    """The person with this number, however it was typed, if the actor may know of them."""
    index = crypto.blind_index(normalise_number(number))
    held = select(IdentityKey.technician_id).where(IdentityKey.blind_index == index)
    return db.session.scalar(visible_to(seen_by).where(Technician.id.in_(held)))


def people(actor: Actor, *, search: str = "", region_code: str = "") -> Select[*tuple[Any, ...]]:
    """The persons an officer may look at, as rows for a list, by name."""
    query: Select[*tuple[Any, ...]] = (
        visible_to(actor)
        .with_only_columns(
            Technician.id, Technician.name, Technician.sex, Technician.id_number_sealed, Technician.region_code
        )
        .order_by(Technician.name, Technician.id)
    )
    if search:
        query = query.where(Technician.name.contains(normalise_name(search), autoescape=True))
    if region_code:
        query = query.where(Technician.region_code == region_code)
    return query


def names(technician_ids: Iterable[int]) -> dict[int, str]:
    """The names of these persons."""
    found: dict[int, str] = {}
    for part in chunks(technician_ids):
        found.update(db.session.execute(select(Technician.id, Technician.name).where(Technician.id.in_(part))).all())
    return found


def employments_of(technician_id: int) -> list[Employment]:
    """The person's employments, newest first."""
    query = select(Employment).where(Employment.technician_id == technician_id)
    return list(db.session.scalars(query.order_by(Employment.started_on.desc(), Employment.id.desc())))


def looks_at(technician_id: int) -> list[AuditEvent]:
    """Who had the person's whole number shown, when and why, newest first: the person may see it."""
    query = select(AuditEvent).where(
        AuditEvent.object_kind == "technician",
        AuditEvent.object_id == technician_id,
        AuditEvent.action == "technician.reveal",
    )
    return list(db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(100)))

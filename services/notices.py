"""Messages in the site (the bell) and e-mails through the outbox, written in the transaction they tell of."""

from typing import Any

from sqlalchemy import Select, func, insert, select, update

from domain.roles import Actor, Permission, Role, can
from models import Membership, Notice, OutboxMessage, db
from services import clock, crypto

_BODY = "outbox_message.body"


def unread_count(membership_id: int) -> int:
    """How many notices of this membership nobody opened yet."""
    query = select(func.count()).select_from(Notice).where(Notice.membership_id == membership_id)
    return db.session.scalar(query.where(Notice.read_at.is_(None))) or 0


def inbox(actor: Actor, *, unread: bool = False) -> Select[*tuple[Any, ...]]:
    """The rows of this membership's notices, newest first."""
    query = select(Notice.id, Notice.title, Notice.body, Notice.created_at, Notice.read_at)
    query = query.where(Notice.membership_id == actor.membership_id)
    return (query.where(Notice.read_at.is_(None)) if unread else query).order_by(Notice.id.desc())


def find(notice_id: int, *, seen_by: Actor) -> Notice | None:
    """The notice if it is this membership's."""
    return db.session.scalar(
        select(Notice).where(Notice.id == notice_id, Notice.membership_id == seen_by.membership_id)
    )


def tell_organization(
    organization_id: int, title: str, body: str, link: str, *, permission: Permission, case_id: int | None = None
) -> None:
    """Tell every operator of the organisation who has the permission."""
    roles = [role.value for role in Role if can(role, permission)]
    _tell(
        select(Membership.id).where(Membership.organization_id == organization_id, Membership.role.in_(roles)),
        title,
        body,
        link,
        case_id,
    )


def tell_region(
    region_code: str, title: str, body: str, link: str, *, permission: Permission, case_id: int | None = None
) -> None:
    """Tell every officer of the region who has the permission."""
    roles = [role.value for role in Role if can(role, permission)]
    _tell(
        select(Membership.id).where(Membership.region_code == region_code, Membership.role.in_(roles)),
        title,
        body,
        link,
        case_id,
    )


def tell_technicians(technician_ids: list[int], title: str, body: str, link: str, case_id: int | None = None) -> None:
    """Tell the persons who have an account; set-based, for a class may hold hundreds."""
    for start in range(0, len(technician_ids), 500):
        _tell(
            select(Membership.id).where(Membership.technician_id.in_(technician_ids[start : start + 500])),
            title,
            body,
            link,
            case_id,
        )


def _tell(memberships: Select[int], title: str, body: str, link: str, case_id: int | None) -> None:
    at = clock.now()
    rows = [
        {
            "membership_id": membership_id,
            "case_id": case_id,
            "title": title,
            "body": body,
            "link": link,
            "created_at": at,
        }
        for membership_id in db.session.scalars(memberships.where(Membership.ended_at.is_(None)))
    ]
    if rows:
        db.session.execute(insert(Notice), rows)


def mark_read(actor: Actor, notice_id: int | None = None) -> None:
    """Mark one notice of this membership as read, or all of them."""
    statement = update(Notice).where(Notice.membership_id == actor.membership_id, Notice.read_at.is_(None))
    if notice_id is not None:
        statement = statement.where(Notice.id == notice_id)
    db.session.execute(statement.values(read_at=clock.now()))


def send_mail(recipient: str, subject: str, body: str) -> None:
    """Queue an e-mail. The body is sealed at rest: it may hold an activation link."""
    at = clock.machine_now()
    db.session.add(
        OutboxMessage(
            recipient=recipient,
            subject=subject,
            body_sealed=crypto.seal(body, _BODY),
            created_at=at,
            next_try_at=at,
        )
    )


def mail_body(message: OutboxMessage) -> str:
    """The text of a queued e-mail."""
    return crypto.unseal(message.body_sealed, _BODY)

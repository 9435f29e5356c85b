"""Links mailed or printed for one person: single use, short-lived, and kept as a hash only."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select, update

from domain.errors import RuleError
from models import Account, ActivationLink, Membership, db
from services import clock, crypto, letters


class Purpose(StrEnum):
    """What a link is for. Values are stored."""

    ACCOUNT = "account"
    TECHNICIAN = "technician"
    RESET = "reset"


_LIFE = {
    Purpose.ACCOUNT: timedelta(hours=72),
    Purpose.TECHNICIAN: timedelta(days=7),
    Purpose.RESET: timedelta(hours=2),
}
_MOST_FAILURES = 5


class DeadLink(RuleError):
    """The link was used, replaced, has run out, or never existed: one sentence for all of them."""

    code = "dead_link"
    message = "链接无效：可能已经使用过、已被新链接取代，或超过了有效期。请联系为您开通账号的单位重新发送。"


def find(token: str) -> ActivationLink | None:
    """The link behind a token while it can still be used."""
    return db.session.scalar(
        select(ActivationLink).where(
            ActivationLink.token_hash == crypto.token_hash(token),
            ActivationLink.used_at.is_(None),
            ActivationLink.expires_at > clock.machine_now(),
            ActivationLink.failures < _MOST_FAILURES,
        )
    )


def tries_left(link: ActivationLink) -> int:
    """How many wrong ID numbers the link still bears."""
    return _MOST_FAILURES - link.failures


def account_of(link: ActivationLink) -> Account | None:
    """The account a link is for; a technician's may not exist yet."""
    if link.account_id is not None:
        return db.session.get(Account, link.account_id)
    return technician_account(link.technician_id) if link.technician_id is not None else None


def technician_account(technician_id: int) -> Account | None:
    """The account in which a person in the register sees the own record."""
    return db.session.scalar(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.technician_id == technician_id, Membership.ended_at.is_(None))
    )


def new(
    purpose: Purpose, *, created_by: int | None, account_id: int | None = None, technician_id: int | None = None
) -> str:
    """A link that replaces the earlier ones of the same purpose and target; returns its full address."""
    now, token = clock.machine_now(), crypto.new_token()
    db.session.execute(
        update(ActivationLink)
        .where(
            ActivationLink.purpose == purpose.value,
            ActivationLink.account_id == account_id,
            ActivationLink.technician_id == technician_id,
            ActivationLink.used_at.is_(None),
            ActivationLink.expires_at > now,
        )
        .values(expires_at=now)
    )
    db.session.add(
        ActivationLink(
            token_hash=crypto.token_hash(token),
            purpose=purpose.value,
            account_id=account_id,
            technician_id=technician_id,
            failures=0,
            created_by_id=created_by,
            created_at=now,
            expires_at=now + _LIFE[purpose],
        )
    )
    db.session.flush()
    return letters.address_of(f"/activate/{token}")


def use(link: ActivationLink) -> None:
    """The link is used up; of two who use it at once one succeeds. Raises DeadLink."""
    now = clock.machine_now()
    used = db.session.execute(
        update(ActivationLink)
        .where(ActivationLink.id == link.id, ActivationLink.used_at.is_(None), ActivationLink.expires_at > now)
        .values(used_at=now)
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        raise DeadLink()


def count_try(link: ActivationLink) -> None:
    """Count a stated ID number before it is compared; raises DeadLink when there were too many."""
    counted = db.session.execute(
        update(ActivationLink)
        .where(ActivationLink.id == link.id, ActivationLink.failures < _MOST_FAILURES)
        .values(failures=ActivationLink.failures + 1)
    )
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        raise DeadLink()

"""Signing in: whom a name, an ID number or a phone number means, and what a sign-in leaves behind."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select

from domain import identity
from domain.errors import RuleError
from domain.roles import Actor, Role
from models import Account, IdentityKey, Membership, UserSession, db
from services import accounts, audit, clock, crypto, throttle

_FAMILIAR_FOR = timedelta(days=90)
_PURPOSE = "sign_in"
_PHONE = "account.phone"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One try at a password, already counted."""

    keys: tuple[str, ...]
    subject: str
    address: str


@dataclass(frozen=True, kw_only=True)
class LastTime:
    """When and from where the account was signed in before this session."""

    at: datetime
    ip: str


def phone_key(phone: str) -> str:
    """The keyed hash by which a phone number finds its account; the number itself is sealed."""
    return crypto.blind_index(f"phone\n{phone}")


def account_for(identifier: str) -> Account | None:
    """The account of a sign-in name, of a person by ID number, or of a phone its owner chose to sign in with."""
    name, number = identifier.strip().lower(), identity.normalise_number(identifier)
    by_person = (
        select(Membership.account_id)
        .join(IdentityKey, IdentityKey.technician_id == Membership.technician_id)
        .where(IdentityKey.blind_index == crypto.blind_index(number), Membership.ended_at.is_(None))
    )
    # One statement, so that every kind of answer takes the same time.
    return db.session.scalars(
        select(Account)
        .where(
            (Account.login_name == name) | (Account.phone_key == phone_key(_digits(number))) | Account.id.in_(by_person)
        )
        .order_by(Account.id)
        .limit(1)
    ).first()


def _digits(number: str) -> str:
    return number.removeprefix("+86").replace("-", "")


def begin_attempt(identifier: str, *, address: str) -> Attempt:
    """Count a try before the password is looked at; raises throttle.TooMany, and then nothing was counted.

    Unknown names are counted like known ones: the answer says nothing about who has an account.
    """
    subject = identity.normalise_number(identifier)
    account = account_for(identifier)
    familiar = account is not None and db.session.scalar(
        select(
            exists().where(
                UserSession.account_id == account.id,
                UserSession.ip == address,
                UserSession.created_at > clock.machine_now() - _FAMILIAR_FOR,
            )
        )
    )
    keys = throttle.count(_PURPOSE, address=address, subject=subject, familiar=bool(familiar))
    return Attempt(keys=keys, subject=subject, address=address)


def verify(identifier: str, password: str) -> Account | None:
    """The account if the password is its own and it may be used; takes as long when there is none."""
    account = account_for(identifier)
    usable = account is not None and account.disabled_at is None and _has_membership(account.id)
    stored = account.password_hash if account is not None and usable else None
    return account if accounts.password_matches(stored, password) else None


def _has_membership(account_id: int) -> bool:
    query = select(exists().where(Membership.account_id == account_id, Membership.ended_at.is_(None)))
    return bool(db.session.scalar(query))


def clear(attempt: Attempt) -> None:
    """The password was right: the try was none, and the earlier ones from this address are forgotten."""
    throttle.forgive(attempt.keys)
    throttle.clear(_PURPOSE, address=attempt.address, subject=attempt.subject)


def succeed(account: Account, attempt: Attempt | None, *, address: str, user_agent: str) -> str:
    """Begin a session in the capacity last acted in; returns the token of its cookie."""
    if attempt is not None:
        clear(attempt)
    last = db.session.scalar(
        select(UserSession.membership_id)
        .where(UserSession.account_id == account.id)
        .order_by(UserSession.id.desc())
        .limit(1)
    )
    audit.record("sign_in", actor=accounts.owner(account), object_kind="account", object_id=account.id)
    return accounts.begin_session(account, ip=address, user_agent=user_agent, membership_id=last)


def fail(attempt: Attempt) -> None:
    """Write down a wrong try: whom it named is kept as a keyed hash only (ASVS 16.3.1)."""
    nobody = Actor(role=Role.SYSTEM, name="")
    audit.record(
        "sign_in",
        actor=nobody,
        object_kind="account",
        outcome="refused",
        subject=crypto.blind_index(f"audit\n{attempt.subject}")[:16],
    )


def last_time(account_id: int, *, before_session: int) -> LastTime | None:
    """The sign-in before this session, or None if there was none."""
    row = db.session.execute(
        select(UserSession.created_at, UserSession.ip)
        .where(UserSession.account_id == account_id, UserSession.id < before_session)
        .order_by(UserSession.id.desc())
        .limit(1)
    ).first()
    return LastTime(at=row.created_at, ip=row.ip) if row else None


def use_phone(account: Account, phone: str | None) -> None:
    """Let the account sign in with this phone number too, or no longer with any; raises RuleError if it is taken."""
    if phone is None:
        account.phone_sealed = account.phone_key = None
        return
    key = phone_key(phone)
    if db.session.scalar(select(Account.id).where(Account.phone_key == key, Account.id != account.id)) is not None:
        raise RuleError("该手机号已用于登录另一个账号，请换一个或留空", code="phone_taken")
    account.phone_sealed, account.phone_key = crypto.seal(phone, _PHONE), key


def phone_of(account: Account) -> str | None:
    """The phone number the account signs in with, in clear: for its owner only."""
    return crypto.unseal(account.phone_sealed, _PHONE) if account.phone_sealed else None

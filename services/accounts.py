"""Accounts and their sessions: who is signed in, as whom they act, and how a session begins and ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask_login import UserMixin
from sqlalchemy import select, update

from domain.errors import RuleError
from domain.roles import REGION_ROLES, Actor, Role
from models import Account, Membership, Organization, Region, UserSession, db
from services import clock, crypto, passwords

# Idle and longest life of a session, officials shorter than the public (ASVS 7.3).
_OFFICIAL = REGION_ROLES
_IDLE = {True: timedelta(minutes=30), False: timedelta(minutes=60)}
_LIFE = {True: timedelta(hours=8), False: timedelta(hours=24)}
_TOUCH_EVERY = timedelta(seconds=60)

_hasher = PasswordHasher()
# Verified when there is no such account, so that the answer takes as long as for one that exists.
_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$" + "c29tZXNhbHRzb21lc2FsdA$" + "Y2FuIG5ldmVyIG1hdGNoIGFueSBwYXNzd29yZCBhdCBhbGw"
)


@dataclass(frozen=True, kw_only=True)
class MembershipChoice:
    """One capacity the account may act in, as the switcher shows it."""

    id: int
    label: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class SignedIn(UserMixin):
    """A signed-in browser: what pages show of it and the actor its acts are done by."""

    token: str
    session_id: int
    account_id: int
    display_name: str
    actor: Actor
    membership_label: str
    memberships: tuple[MembershipChoice, ...]
    last_seen_at: datetime
    idle_seconds: int
    unread_notices: int = 0

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the session's random token, never the account's id."""
        return self.token


def owner(account: Account) -> Actor:
    """The person acting on the own account, in no particular capacity: for the audit of sign-ins and passwords."""
    return Actor(role=Role.SYSTEM, name=account.display_name, account_id=account.id, person_key=account.person_key)


def hash_password(password: str) -> str:
    """argon2id with the library's RFC 9106 parameters."""
    return _hasher.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the account's; takes the same time when there is no account or no password yet."""
    try:
        return _hasher.verify(stored or _NOBODY, password) and stored is not None
    except (VerifyMismatchError, InvalidHashError):
        return False


def label(role: Role, organization: str | None, region: str | None) -> str:
    """What a capacity is called: where one acts, and as what."""
    return " · ".join(part for part in (organization or region, role.label) if part)


def resolve(token: str) -> SignedIn | None:
    """The browser behind a session token, or None when it ended, timed out, or the account was disabled."""
    now = clock.machine_now()
    row = db.session.execute(
        select(UserSession, Account)
        .join(Account, Account.id == UserSession.account_id)
        .where(UserSession.token_hash == crypto.token_hash(token), UserSession.ended_at.is_(None))
        .where(Account.disabled_at.is_(None))
    ).first()
    if row is None:
        return None
    seen, account = row
    choices = db.session.execute(
        select(Membership.id, Membership.role, Membership.organization_id, Membership.region_code,
               Membership.technician_id, Organization.name.label("organization"), Region.name.label("region"))
        .outerjoin(Organization, Organization.id == Membership.organization_id)
        .outerjoin(Region, Region.code == Membership.region_code)
        .where(Membership.account_id == account.id, Membership.ended_at.is_(None))
        .order_by(Membership.id)
    ).all()  # fmt: skip
    if not choices:
        return None
    active = next((choice for choice in choices if choice.id == seen.membership_id), choices[0])
    role = Role(active.role)
    official = role in _OFFICIAL
    if now - seen.last_seen_at > _IDLE[official] or now - seen.created_at > _LIFE[official]:
        return None
    return SignedIn(
        token=token,
        session_id=seen.id,
        account_id=account.id,
        display_name=account.display_name,
        actor=Actor(
            role=role,
            name=account.display_name,
            account_id=account.id,
            membership_id=active.id,
            organization_id=active.organization_id,
            region_code=active.region_code,
            technician_id=active.technician_id,
            person_key=account.person_key,
        ),
        membership_label=label(role, active.organization, active.region),
        memberships=tuple(
            MembershipChoice(
                id=choice.id,
                label=label(Role(choice.role), choice.organization, choice.region),
                current=choice.id == active.id,
            )
            for choice in choices
        ),
        last_seen_at=seen.last_seen_at,
        idle_seconds=int(_IDLE[official].total_seconds()),
    )


def is_due_for_touch(seen: SignedIn) -> bool:
    """Whether the time of last use should be written again; once a minute is enough for an idle limit."""
    return clock.machine_now() - seen.last_seen_at > _TOUCH_EVERY


def touch(seen: SignedIn) -> None:
    """Write that the session is in use."""
    db.session.execute(
        update(UserSession).where(UserSession.id == seen.session_id).values(last_seen_at=clock.machine_now())
    )


def begin_session(account: Account, *, ip: str, user_agent: str, membership_id: int | None = None) -> str:
    """A new session for the account; returns the token of its cookie, which is stored nowhere."""
    token, now = crypto.new_token(), clock.machine_now()
    db.session.add(
        UserSession(
            token_hash=crypto.token_hash(token),
            account_id=account.id,
            membership_id=membership_id,
            created_at=now,
            last_seen_at=now,
            ip=ip,
            user_agent=user_agent[:200],
        )
    )
    return token


def end_session(seen: SignedIn) -> None:
    """Sign out: a copied cookie is worth nothing afterwards."""
    db.session.execute(
        update(UserSession).where(UserSession.id == seen.session_id).values(ended_at=clock.machine_now())
    )


def end_all_sessions(account_id: int, *, but: int | None = None) -> None:
    """End every session of the account (password changed, account disabled), but the named one."""
    statement = update(UserSession).where(UserSession.account_id == account_id, UserSession.ended_at.is_(None))
    if but is not None:
        statement = statement.where(UserSession.id != but)
    db.session.execute(statement.values(ended_at=clock.machine_now()))


def switch_membership(seen: SignedIn, membership_id: int) -> None:
    """Act in another capacity from now on, without signing out; raises RuleError if it is not the account's."""
    if membership_id not in {choice.id for choice in seen.memberships}:
        raise RuleError("没有这个身份，请刷新页面后重试")
    db.session.execute(update(UserSession).where(UserSession.id == seen.session_id).values(membership_id=membership_id))


# --- passwords and open sessions --------------------------------------------------------------------------------------


class WeakPassword(RuleError):
    """The password breaks a rule; `reasons` holds every one."""

    code = "weak_password"

    def __init__(self, reasons: list[str]) -> None:
        self.reasons = reasons
        super().__init__("；".join(reasons))


def roles_of(account_id: int) -> set[Role]:
    """Every capacity the account may act in now."""
    query = select(Membership.role).where(Membership.account_id == account_id, Membership.ended_at.is_(None))
    return {Role(role) for role in db.session.scalars(query)}


def password_weaknesses(account: Account, password: str, *, name: str = "") -> list[str]:
    """Every reason against this password for this account; `name` is the one the person is just stating."""
    local = (account.email or "").partition("@")[0]
    words = [word for word in (account.display_name, name, account.login_name, local) if word]
    return passwords.weaknesses(password, least=passwords.least_length(roles_of(account.id)), words=words)


def set_password(account: Account, password: str, *, keep_session: int | None = None) -> None:
    """Give the account a new password and end its sessions, but the named one; raises WeakPassword."""
    reasons = password_weaknesses(account, password)
    if reasons:
        raise WeakPassword(reasons)
    account.password_hash = hash_password(password)
    end_all_sessions(account.id, but=keep_session)


def open_sessions(account_id: int) -> list[UserSession]:
    """The browsers in which the account is signed in, newest first."""
    query = select(UserSession).where(UserSession.account_id == account_id, UserSession.ended_at.is_(None))
    recent = query.where(UserSession.created_at > clock.machine_now() - max(_LIFE.values()))
    return list(db.session.scalars(recent.order_by(UserSession.id.desc())))


def end_other_session(seen: SignedIn, session_id: int) -> None:
    """End another browser's session of the same account; one that is not its own is left alone."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.account_id == seen.account_id, UserSession.ended_at.is_(None))
        .values(ended_at=clock.machine_now())
    )

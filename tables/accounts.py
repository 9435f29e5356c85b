"""Accounts, memberships, sessions and the audit trail."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.roles import Role
from tables.columns import Instant, Model, instant, minted, one_of, str16, str32, str64

if TYPE_CHECKING:
    from tables.organizations import Organization


class Account(Model):
    """Who signs in. `person_key` names the natural person, for two accounts of one person are one pair of eyes."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("login_name"), UniqueConstraint("phone_key"))

    id: Mapped[minted]
    login_name: Mapped[str64]
    display_name: Mapped[str64]
    email: Mapped[str | None] = mapped_column(String(200))
    phone_sealed: Mapped[str | None] = mapped_column(Text)
    phone_key: Mapped[str | None] = mapped_column(String(64))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    person_key: Mapped[str | None] = mapped_column(String(64), index=True)
    is_demo: Mapped[bool] = mapped_column(Boolean, default=False)
    disabled_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[instant]

    memberships: Mapped[list["Membership"]] = relationship(back_populates="account", order_by="Membership.id")


class Membership(Model):
    """In which organisation, region or person's file an account acts, and in which role."""

    __tablename__ = "membership"
    __table_args__ = (
        one_of(Role, "role"),
        CheckConstraint(
            "(CASE WHEN organization_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN region_code IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN technician_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_scope",
        ),
        UniqueConstraint("account_id", "role", "organization_id", "region_code", "technician_id"),
    )

    id: Mapped[minted]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    role: Mapped[str32]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    region_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("region.code"), index=True)
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), index=True)
    started_at: Mapped[instant]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    account: Mapped[Account] = relationship(back_populates="memberships")
    organization: Mapped["Organization | None"] = relationship()


class UserSession(Model):
    """One signed-in browser; the cookie holds a random token of which only the hash is kept."""

    __tablename__ = "user_session"

    id: Mapped[minted]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"), index=True)
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    created_at: Mapped[instant]
    last_seen_at: Mapped[instant]
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ip: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(200), default="")


class ActivationLink(Model):
    """A single-use link by which a person takes over an account or sets a new password."""

    __tablename__ = "activation_link"

    id: Mapped[minted]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str16]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    technician_id: Mapped[int | None] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"))
    failures: Mapped[int] = mapped_column(Integer, default=0)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[instant]
    expires_at: Mapped[instant]
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class SignInAttempt(Model):
    """Failed attempts at a secret, counted under the keyed hash of who was tried, from where, or both.

    One row per key, moved by one atomic statement: attempts made in parallel are counted one by one.
    """

    __tablename__ = "sign_in_attempt"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[instant] = mapped_column(index=True)
    free_at: Mapped[instant]


class AuditEvent(Model):
    """What somebody did or was refused. Never changed, never removed (art. 21)."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "object_kind", "object_id"), Index(None, "account_id", "at"), Index(None, "at"))

    id: Mapped[minted]
    at: Mapped[instant]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    role: Mapped[str32]
    action: Mapped[str64]
    object_kind: Mapped[str32]
    object_id: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str16]
    ip: Mapped[str64]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

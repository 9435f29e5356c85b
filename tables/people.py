"""The register of persons (art. 18)."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.register_rows import RegisterPart
from tables.columns import (
    Instant,
    Model,
    day,
    instant,
    minted,
    number,
    one_of,
    region_code,
    str16,
    str32,
    str64,
    str100,
    str200,
    text,
)
from tables.organizations import Organization
from tables.places import Region


class Technician(Model):
    """A person in the register. Numbers are sealed; the blind index of the ID number is in `identity_key`."""

    __tablename__ = "technician"
    __table_args__ = (Index(None, "name"), Index(None, "region_code"))

    id: Mapped[minted]
    name: Mapped[str] = mapped_column(String(100))
    sex: Mapped[str] = mapped_column(String(8))
    born_on: Mapped[date | None] = mapped_column(Date)
    id_type: Mapped[str32]
    id_number_sealed: Mapped[text]
    phone_sealed: Mapped[str | None] = mapped_column(Text)
    insurance_number_sealed: Mapped[str | None] = mapped_column(Text)
    region_code: Mapped[region_code]
    created_at: Mapped[instant]

    region: Mapped[Region] = relationship()
    certificates: Mapped[list["SkillCertificate"]] = relationship(order_by="SkillCertificate.issued_on")


class NameChange(Model):
    """One officer asks on a paper of the police that a person be entered under a new name, another decides."""

    __tablename__ = "name_change"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'confirmed', 'declined')", name="state_known"),
        CheckConstraint(
            "state <> 'confirmed' OR (decided_by_id IS NOT NULL AND decided_by_id <> requested_by_id)",
            name="two_accounts",
        ),
        CheckConstraint("old_name <> new_name", name="changes_something"),
        Index(None, "state"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    state: Mapped[str16]
    old_name: Mapped[str100]
    new_name: Mapped[str100]
    reason: Mapped[str200]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    requested_at: Mapped[instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(String(200), default="")


class IdentityKey(Model):
    """The keyed hash of an ID number: one person, one row in the whole city."""

    __tablename__ = "identity_key"

    blind_index: Mapped[str] = mapped_column(String(64), primary_key=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), index=True)


class SkillCertificate(Model):
    """A certificate of art. 3: the obligation begins with the earliest."""

    __tablename__ = "skill_certificate"
    __table_args__ = (UniqueConstraint("technician_id", "number"), CheckConstraint("level BETWEEN 0 AND 8", "level"))

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    kind: Mapped[str32]
    occupation: Mapped[str64]
    occupation_code: Mapped[str | None] = mapped_column(String(16))
    level: Mapped[int]
    number: Mapped[str64]
    issued_on: Mapped[day]
    issuer: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[str] = mapped_column(String(16), default="valid")


class RegisterChange(Model):
    """What a row of the register said before it was changed; never changed itself. `before` is JSON, or nothing where
    the row was added.

    The ids of one person's changes are in the order of their commits. What a person was registered with has no change.
    """

    __tablename__ = "register_change"
    __table_args__ = (one_of(RegisterPart, "part"),)

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    part: Mapped[str16]
    row_id: Mapped[number]
    before: Mapped[str | None] = mapped_column(Text)
    recorded_at: Mapped[instant]


class Employment(Model):
    """A person works for an employer from one day to another.

    `claimed`: an employer named somebody who was in the register already; until the person agrees, the employer sees
    nothing of the person but what it wrote itself (INV-21).
    """

    __tablename__ = "employment"
    __table_args__ = (
        UniqueConstraint("technician_id", "organization_id", "started_on"),
        CheckConstraint("ended_on IS NULL OR ended_on >= started_on", name="dates"),
        CheckConstraint("state IN ('active', 'claimed', 'refused')", name="state_known"),
        Index(None, "organization_id", "ended_on"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    started_on: Mapped[day]
    ended_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(16), default="active")

    technician: Mapped[Technician] = relationship()
    organization: Mapped[Organization] = relationship()

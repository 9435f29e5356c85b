"""Organisations, what they may do, and their registration."""

from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tables.columns import Model, day, instant, minted, region_code, str32, str64, str100, str200
from tables.places import Region

if TYPE_CHECKING:
    from tables.cases import Case


class Organization(Model):
    """An employer, base, industry body or office; what it may do is its capacities."""

    __tablename__ = "organization"
    __table_args__ = (UniqueConstraint("uscc"),)

    id: Mapped[minted]
    uscc: Mapped[str] = mapped_column(String(18))
    name: Mapped[str100]
    region_code: Mapped[region_code]
    address: Mapped[str] = mapped_column(String(200), default="")
    contact_name: Mapped[str] = mapped_column(String(64), default="")
    contact_phone: Mapped[str] = mapped_column(String(32), default="")
    contact_email: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[instant]

    region: Mapped[Region] = relationship()
    capacities: Mapped[list["OrganizationCapacity"]] = relationship()


class OrganizationCapacity(Model):
    """What an organisation is recognised as: employer, training_base, industry_body, government."""

    __tablename__ = "organization_capacity"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), primary_key=True)
    capacity: Mapped[str] = mapped_column(String(16), primary_key=True)
    since: Mapped[day]


class EmployerRegistration(Model):
    """What an employer states of itself when it asks to be admitted (case kind employer_registration).

    `pending_uscc` is the code while the case is under way: one organisation cannot ask twice at once.
    """

    __tablename__ = "employer_registration"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    uscc: Mapped[str] = mapped_column(String(18), index=True)
    pending_uscc: Mapped[str | None] = mapped_column(String(18), unique=True)
    name: Mapped[str100]
    region_code: Mapped[region_code]
    address: Mapped[str200]
    contact_name: Mapped[str64]
    contact_phone: Mapped[str32]
    contact_email: Mapped[str200]
    access_hash: Mapped[str] = mapped_column(String(64), unique=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))

    case: Mapped["Case"] = relationship()

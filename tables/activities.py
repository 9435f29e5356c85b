"""Activities as they are filed (arts. 5, 13, 14, 16)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tables.cases import Case
from tables.columns import Instant, Model, instant, minted, str16, str64, str100, str200, tenths
from tables.organizations import Organization
from tables.people import Technician


class ActivityFiling(Model):
    """The filing of one activity. `draft` holds what the clerk typed; the columns what was submitted.

    `parts` are what only some forms have (domain/filing_parts.py), by name.
    """

    __tablename__ = "activity_filing"

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), unique=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    form: Mapped[str16]
    draft: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    draft_saved_at: Mapped[datetime | None] = mapped_column(Instant)
    change_draft: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    title: Mapped[str] = mapped_column(String(100), default="")
    purpose: Mapped[str] = mapped_column(Text, default="")
    place: Mapped[str] = mapped_column(String(200), default="")
    starts_on: Mapped[date | None] = mapped_column(Date, index=True)
    ends_on: Mapped[date | None] = mapped_column(Date)
    quota: Mapped[int | None] = mapped_column(Integer)
    assessment: Mapped[str] = mapped_column(Text, default="")
    lowest_level: Mapped[int | None] = mapped_column(Integer)
    highest_level: Mapped[int | None] = mapped_column(Integer)
    leave_mode: Mapped[str] = mapped_column(String(16), default="")
    consent: Mapped[bool] = mapped_column(Boolean, default=False)
    wage_clause: Mapped[str] = mapped_column(Text, default="")
    cost_agreement: Mapped[str] = mapped_column(Text, default="")
    parts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    case: Mapped[Case] = relationship()
    organization: Mapped[Organization] = relationship()
    subject_lines: Mapped[list["SubjectLine"]] = relationship(order_by="SubjectLine.position")
    sessions: Mapped[list["ActivitySession"]] = relationship(order_by="ActivitySession.starts_at")
    teachers: Mapped[list["FilingTeacher"]] = relationship(order_by="FilingTeacher.position")
    occupations: Mapped[list["FilingOccupation"]] = relationship(order_by="FilingOccupation.position")


class SubjectLine(Model):
    """Hours of one subject kind in an activity (INV-12)."""

    __tablename__ = "subject_line"
    __table_args__ = (
        UniqueConstraint("filing_id", "position"),
        CheckConstraint("hours_tenths > 0", name="hours_positive"),
    )

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    position: Mapped[int]
    subject: Mapped[str16]
    title: Mapped[str100]
    hours_tenths: Mapped[tenths]


class ActivitySession(Model):
    """One half day of an activity."""

    __tablename__ = "activity_session"
    __table_args__ = (
        UniqueConstraint("filing_id", "on_day", "half"),
        CheckConstraint("ends_at > starts_at", name="times"),
        CheckConstraint("half IN ('am', 'pm', 'evening')", name="half_known"),
        Index(None, "on_day"),
    )

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    on: Mapped[date] = mapped_column("on_day", Date)
    half: Mapped[str16]
    starts_at: Mapped[instant]
    ends_at: Mapped[instant]
    hours_tenths: Mapped[tenths]
    place: Mapped[str200]
    teacher_position: Mapped[int | None] = mapped_column(Integer)
    topic: Mapped[str] = mapped_column(String(100), default="")


class FilingTeacher(Model):
    """Who teaches in an activity."""

    __tablename__ = "filing_teacher"
    __table_args__ = (UniqueConstraint("filing_id", "position"),)

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    position: Mapped[int]
    name: Mapped[str64]
    unit: Mapped[str100]
    title: Mapped[str100]
    employment: Mapped[str16]


class FilingOccupation(Model):
    """An occupation an activity is for."""

    __tablename__ = "filing_occupation"

    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int]
    code: Mapped[str | None] = mapped_column(String(16))


class FilingConfirmation(Model):
    """What somebody outside is asked to confirm of an activity by a link of single use (D9, D10).

    `kind` is service (the beneficiary confirms the hours of a service) or day_log (a mentor confirms days of learning).
    """

    __tablename__ = "filing_confirmation"
    __table_args__ = (
        CheckConstraint("kind IN ('service', 'day_log')", name="kind_known"),
        CheckConstraint("(answered_at IS NULL) = (agreed IS NULL)", name="answered_whole"),
        Index(None, "filing_id", "kind"),
    )

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    kind: Mapped[str16]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    asked_name: Mapped[str64]
    asked_email: Mapped[str200]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    created_at: Mapped[instant]
    expires_at: Mapped[instant]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    agreed: Mapped[bool | None] = mapped_column(Boolean)
    answered_by: Mapped[str] = mapped_column(String(64), default="")
    hours_tenths: Mapped[int | None] = mapped_column(Integer)
    remark: Mapped[str] = mapped_column(Text, default="")

    filing: Mapped[ActivityFiling] = relationship()


class DayLogEntry(Model):
    """What one learner did on one day of a training at a post, and under which mentor (以工代训).

    `confirmation_id` is the question to the mentor that names this entry.
    """

    __tablename__ = "day_log_entry"
    __table_args__ = (
        UniqueConstraint("technician_id", "filing_id", "on_day"),
        CheckConstraint("hours_tenths > 0", name="hours_positive"),
        Index(None, "filing_id"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    on: Mapped[date] = mapped_column("on_day", Date)
    hours_tenths: Mapped[tenths]
    done: Mapped[str200]
    mentor: Mapped[str64]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    recorded_at: Mapped[instant]
    confirmation_id: Mapped[int | None] = mapped_column(ForeignKey("filing_confirmation.id", ondelete="RESTRICT"))

    technician: Mapped[Technician] = relationship()
    confirmation: Mapped[FilingConfirmation | None] = relationship()

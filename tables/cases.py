"""Cases (办件): what was submitted, its steps, papers, and the notices and letters about it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.workflows import CaseKind
from tables.columns import (
    Instant,
    Model,
    instant,
    minted,
    number,
    one_of,
    region_code,
    str32,
    str64,
    str100,
    str200,
    text,
)
from tables.organizations import Organization
from tables.places import Region


class Case(Model):
    """Anything submitted, reviewed and decided (办件): what all kinds share. Moved only by services.cases.act().

    `second_region_code`: the bureau that was drawn to look a second time, if one was (P-15). `partner_id`: another
    organisation that was asked to confirm the case; it sees it, and answers.
    """

    __tablename__ = "cases"
    __table_args__ = (
        one_of(CaseKind, "kind"),
        Index(None, "region_code", "state"),
        Index(None, "second_region_code", "state"),
        Index(None, "organization_id", "kind", "state"),
        UniqueConstraint("number"),
    )

    id: Mapped[minted]
    kind: Mapped[str32]
    number: Mapped[str | None] = mapped_column(String(32))
    title: Mapped[str200]
    state: Mapped[str32]
    version: Mapped[int] = mapped_column(Integer, default=1)
    region_code: Mapped[region_code]
    second_region_code: Mapped[str | None] = mapped_column(String(12), ForeignKey("region.code", ondelete="RESTRICT"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    opened_at: Mapped[instant]
    submitted_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    due_on: Mapped[date | None] = mapped_column(Date)
    paused_workdays_left: Mapped[int | None] = mapped_column(Integer)
    policy_version_id: Mapped[int | None] = mapped_column(ForeignKey("policy_version.id", ondelete="RESTRICT"))

    organization: Mapped[Organization | None] = relationship(foreign_keys="Case.organization_id")
    partner: Mapped[Organization | None] = relationship(foreign_keys="Case.partner_id")
    region: Mapped[Region] = relationship(foreign_keys="Case.region_code")
    second_region: Mapped[Region | None] = relationship(foreign_keys="Case.second_region_code")
    steps: Mapped[list["CaseStep"]] = relationship(back_populates="case", order_by="CaseStep.id")
    attachments: Mapped[list["Attachment"]] = relationship(back_populates="case", order_by="Attachment.id")


class CaseStep(Model):
    """One step of a case: who, in which role, when, from where to where, why. Never changed, never removed."""

    __tablename__ = "case_step"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    action: Mapped[str32]
    from_state: Mapped[str32]
    to_state: Mapped[str32]
    at: Mapped[instant]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    actor_name: Mapped[str64]
    actor_role: Mapped[str32]
    person_key: Mapped[str | None] = mapped_column(String(64))
    remark: Mapped[str | None] = mapped_column(Text)
    article: Mapped[str | None] = mapped_column(String(32))
    content_sha256: Mapped[str | None] = mapped_column(String(64))

    case: Mapped[Case] = relationship(back_populates="steps")


class CaseSnapshot(Model):
    """The content of a case as it was submitted, so that a resubmission can be compared. Never changed."""

    __tablename__ = "case_snapshot"
    __table_args__ = (UniqueConstraint("case_id", "round"),)

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    round: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str64]
    taken_at: Mapped[instant]


class SupplementItem(Model):
    """One point of a complete supplement notice (补正): the section or field it concerns and what is missing."""

    __tablename__ = "supplement_item"

    id: Mapped[minted]
    step_id: Mapped[int] = mapped_column(ForeignKey("case_step.id", ondelete="RESTRICT"), index=True)
    section: Mapped[str64]
    message: Mapped[text]


class StoredFile(Model):
    """A file kept sealed on disk; its name there is ours, the uploader's name is only shown.

    `destroyed_at`: when its bytes were destroyed with the archive they belonged to; the row says what they were.
    """

    __tablename__ = "stored_file"

    id: Mapped[minted]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[number]
    media_type: Mapped[str100]
    # Large files are sealed in pieces of this many bytes, so that a part can be read without the whole.
    segment_bytes: Mapped[int | None] = mapped_column(Integer)
    original_name: Mapped[str200]
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    uploaded_at: Mapped[instant]
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)


class Attachment(Model):
    """A paper or evidence that belongs to a case."""

    __tablename__ = "attachment"

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    display_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    kind: Mapped[str32]
    label: Mapped[str200]
    taken_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship(back_populates="attachments")
    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id])


class Notice(Model):
    """A message in the site for one membership (the bell)."""

    __tablename__ = "notice"
    __table_args__ = (Index(None, "membership_id", "read_at"),)

    id: Mapped[minted]
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    title: Mapped[str200]
    body: Mapped[text]
    link: Mapped[str200]
    created_at: Mapped[instant]
    read_at: Mapped[datetime | None] = mapped_column(Instant)


class ReminderSent(Model):
    """A reminder of a deadline that went out: each stage of a rule once for each due day of a case."""

    __tablename__ = "reminder_sent"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    rule: Mapped[str] = mapped_column(String(16), primary_key=True)
    due_on: Mapped[date] = mapped_column(Date, primary_key=True)
    stage: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sent_at: Mapped[instant]


class OutboxMessage(Model):
    """An e-mail to be sent by the worker, written in the transaction of the act it tells of."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index(None, "sent_at", "next_try_at"),)

    id: Mapped[minted]
    recipient: Mapped[str200]
    subject: Mapped[str200]
    body_sealed: Mapped[text]
    created_at: Mapped[instant]
    next_try_at: Mapped[instant]
    tries: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
    last_error: Mapped[str | None] = mapped_column(String(200))

"""Training bases (arts. 6-12)."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.base_measures import Measure
from domain.base_purpose import Purpose
from tables.cases import Case
from tables.columns import Instant, Model, day, instant, minted, one_of, region_code, str16, str32, str64, text
from tables.organizations import Organization
from tables.places import Region


class BaseApplication(Model):
    """What an organisation writes when it asks to be recognised as a training base; submitted rounds are snapshots."""

    __tablename__ = "base_application"
    __table_args__ = (one_of(Purpose, "purpose"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    purpose: Mapped[str16] = mapped_column(default=Purpose.FIRST.value)
    draft: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    draft_saved_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship()
    organization: Mapped[Organization] = relationship()


class BaseFinding(Model):
    """What a reviewer found of one of the five conditions of art. 9; `stage` 1 is the review, 2 the second one."""

    __tablename__ = "base_finding"
    __table_args__ = (
        CheckConstraint("stage IN (1, 2)", name="stage_known"),
        CheckConstraint("condition BETWEEN 1 AND 5", name="condition_known"),
        CheckConstraint("met OR remark <> ''", name="reason"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    stage: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    condition: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    met: Mapped[bool] = mapped_column(Boolean)
    remark: Mapped[text]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    found_by: Mapped[str64]
    content_sha256: Mapped[str64]
    found_at: Mapped[instant]


class BaseObjection(Model):
    """What somebody says against a base during the public notice; name and contact are sealed, officers see masks."""

    __tablename__ = "base_objection"
    __table_args__ = (
        CheckConstraint("(upheld IS NULL) = (answered_at IS NULL)", name="answered_whole"),
        CheckConstraint("upheld IS NULL OR answer <> ''", name="answer_says_why"),
    )

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    name_sealed: Mapped[text]
    contact_sealed: Mapped[text]
    content: Mapped[text]
    made_at: Mapped[instant]
    upheld: Mapped[bool | None] = mapped_column(Boolean)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship()


class TrainingBase(Model):
    """An organisation the Centre published as a base; `case_id` is the recognition now in force, whose state counts."""

    __tablename__ = "training_base"
    __table_args__ = (
        UniqueConstraint("organization_id"),
        UniqueConstraint("number"),
        UniqueConstraint("case_id"),
        CheckConstraint("valid_until > published_on", name="valid"),
    )

    id: Mapped[minted]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    number: Mapped[str32]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    version: Mapped[int]
    region_code: Mapped[region_code]
    level: Mapped[str16]
    published_on: Mapped[day]
    valid_until: Mapped[day]
    renewal_told_at: Mapped[datetime | None] = mapped_column(Instant)

    organization: Mapped[Organization] = relationship()
    region: Mapped[Region] = relationship()
    case: Mapped[Case] = relationship()


class BasePublication(Model):
    """One version of what a base discloses (art. 10), as the Centre published it. Never changed, never removed."""

    __tablename__ = "base_publication"

    base_id: Mapped[int] = mapped_column(ForeignKey("training_base.id", ondelete="RESTRICT"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    published_on: Mapped[day]
    valid_until: Mapped[day]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str64]


class BaseScopeEntry(Model):
    """One occupation at one level that a base is recognised for now; what the public search looks in."""

    __tablename__ = "base_scope_entry"
    __table_args__ = (Index(None, "occupation", "level_rank"),)

    base_id: Mapped[int] = mapped_column(ForeignKey("training_base.id", ondelete="RESTRICT"), primary_key=True)
    occupation: Mapped[str] = mapped_column(String(64), primary_key=True)
    level_rank: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class BaseMeasure(Model):
    """What is done with a base (suspended, restored, revoked, closed), why, with what choice for each class (art. 34).

    `proposed` is what the proposal said would happen, `outcome` what did, once it was carried out.
    """

    __tablename__ = "base_measure"
    __table_args__ = (
        one_of(Measure, "measure"),
        CheckConstraint("reason <> ''", name="reason"),
        Index(None, "base_id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("training_base.id", ondelete="RESTRICT"))
    measure: Mapped[str16]
    reason: Mapped[text]
    grounds: Mapped[list[int]] = mapped_column(JSON, default=list)
    choices: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    statement: Mapped[str] = mapped_column(Text, default="")
    proposed: Mapped[dict[str, Any]] = mapped_column(JSON)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))

    case: Mapped[Case] = relationship()
    base: Mapped[TrainingBase] = relationship()

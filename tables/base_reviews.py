"""What a bureau gathers about a base application: visits with scores, and the advice of industry authorities."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.base_visits import VisitKind
from tables.cases import Case
from tables.columns import Instant, Model, day, instant, minted, one_of, str16, str64, str200, text
from tables.organizations import Organization


class BaseVisit(Model):
    """A visit to the place or a session of experts about an application; `items` is the check sheet of that day.

    `members` are the people who scored, as {name, unit}; photos are attachments of the case of kind `visit.<id>`.
    """

    __tablename__ = "base_visit"
    __table_args__ = (one_of(VisitKind, "kind"),)

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    kind: Mapped[str16]
    held_on: Mapped[day]
    place: Mapped[str200]
    members: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    summary: Mapped[text]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    recorded_by: Mapped[str64]
    recorded_at: Mapped[instant]
    removed_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship()


class BaseVisitScore(Model):
    """What one member gave for one item of the check sheet, in whole points."""

    __tablename__ = "base_visit_score"
    __table_args__ = (CheckConstraint("points >= 0", name="points"),)

    visit_id: Mapped[int] = mapped_column(ForeignKey("base_visit.id", ondelete="RESTRICT"), primary_key=True)
    member: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    points: Mapped[int] = mapped_column(Integer)
    remark: Mapped[text]


class AuthorityOccupation(Model):
    """An occupation an industry authority (行业主管部门) advises on."""

    __tablename__ = "authority_occupation"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), primary_key=True)
    occupation: Mapped[str] = mapped_column(String(64), primary_key=True)


class BaseOpinion(Model):
    """The advice an industry authority was asked for on an application; it binds nobody, silence is no objection."""

    __tablename__ = "base_opinion"
    __table_args__ = (
        UniqueConstraint("case_id", "organization_id"),
        CheckConstraint("(supports IS NULL) = (answered_at IS NULL)", name="answered_whole"),
        CheckConstraint("supports IS NULL OR supports OR answer <> ''", name="objection_says_why"),
    )

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    question: Mapped[text]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    asked_by: Mapped[str64]
    asked_at: Mapped[instant]
    due_on: Mapped[date] = mapped_column(Date)
    supports: Mapped[bool | None] = mapped_column(Boolean)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str | None] = mapped_column(String(64))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    answered_at: Mapped[datetime | None] = mapped_column(Instant)

    case: Mapped[Case] = relationship()
    organization: Mapped[Organization] = relationship()

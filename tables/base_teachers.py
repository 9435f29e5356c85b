"""The teachers of training bases (art. 11)."""

from datetime import date

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.filing_content import Employment
from tables.columns import Model, day, instant, minted, one_of, str16, str64, str100, str200


class BaseTeacher(Model):
    """Somebody who teaches for a base, full- or part-time, with credentials. Who leaves is ended, never removed."""

    __tablename__ = "base_teacher"
    __table_args__ = (
        one_of(Employment, "employment"),
        CheckConstraint("ended_on IS NULL OR ended_on >= since", name="ended_after"),
        Index(None, "base_id", "ended_on"),
    )

    id: Mapped[minted]
    base_id: Mapped[int] = mapped_column(ForeignKey("training_base.id", ondelete="RESTRICT"))
    name: Mapped[str64]
    employment: Mapped[str16]
    title: Mapped[str100]
    credentials: Mapped[str200]
    field: Mapped[str100]
    since: Mapped[day]
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended_reason: Mapped[str] = mapped_column(String(200), default="")
    recorded_at: Mapped[instant]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))

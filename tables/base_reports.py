"""The annual reports of training bases."""

from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tables.bases import TrainingBase
from tables.cases import Case
from tables.columns import Model


class BaseReport(Model):
    """What a base says of one year, the figures of that year as they were when it was handed in, scores and grade.

    `scores` holds points and reason by condition of art. 9.
    """

    __tablename__ = "base_report"
    __table_args__ = (
        UniqueConstraint("base_id", "year"),
        CheckConstraint("(grade = '') = (total IS NULL)", name="graded_whole"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), primary_key=True)
    base_id: Mapped[int] = mapped_column(ForeignKey("training_base.id", ondelete="RESTRICT"))
    year: Mapped[int]
    words: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    scores: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    total: Mapped[int | None] = mapped_column(Integer)
    grade: Mapped[str] = mapped_column(String(16), default="")

    case: Mapped[Case] = relationship()
    base: Mapped[TrainingBase] = relationship()

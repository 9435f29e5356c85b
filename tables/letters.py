"""Official letters (公文): what was written to whom about a case, and the paper made from it."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tables.cases import Attachment, Case
from tables.columns import Model, day, minted, str32, str64, str200


class OfficialLetter(Model):
    """A letter about a case, its facts frozen when it is written; the paper is an attachment once it is printed.

    `problem` says why there is no paper.
    """

    __tablename__ = "official_letter"
    __table_args__ = (UniqueConstraint("number"), UniqueConstraint("step_id", "kind"))

    id: Mapped[minted]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id", ondelete="RESTRICT"), index=True)
    step_id: Mapped[int | None] = mapped_column(ForeignKey("case_step.id", ondelete="RESTRICT"))
    kind: Mapped[str32]
    number: Mapped[str64]
    title: Mapped[str200]
    issued_on: Mapped[day]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    facts_sha256: Mapped[str64]
    attachment_id: Mapped[int | None] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"))
    problem: Mapped[str | None] = mapped_column(String(200))

    case: Mapped[Case] = relationship()
    attachment: Mapped[Attachment | None] = relationship()

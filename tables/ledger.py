"""The ledger (arts. 18-20)."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.ledger_rules import EntryKind, SourceKind
from tables.columns import Model, day, instant, minted, number, one_of, region_code, str16, str100, str200, tenths


class CreditEntry(Model):
    """Credits given, or, as a reversal, taken back. Never changed, never removed.

    `sequence` counts the awards of the same person, subject line and year: a corrected award may follow a reversal, and
    two awards at once collide on the key (INV-30, INV-31). A reversal carries the sequence of the award it names.
    """

    __tablename__ = "credit_entry"
    __table_args__ = (
        UniqueConstraint(
            "technician_id",
            "source_kind",
            "source_id",
            "line_id",
            "year",
            "kind",
            "sequence",
            name="uq_credit_entry_key",
        ),
        UniqueConstraint("technician_id", "reverses_id"),
        one_of(EntryKind, "kind"),
        one_of(SourceKind, "source_kind"),
        CheckConstraint("(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_names_entry"),
        CheckConstraint("(kind = 'reversal') = (reason_code <> '')", name="reversal_has_reason"),
        CheckConstraint(
            "(kind = 'reversal' AND credits_tenths < 0) OR (kind = 'award' AND credits_tenths > 0)", name="sign"
        ),
        CheckConstraint("(source_kind = 'exam') = is_exam", name="exam_part_from_exam"),
        CheckConstraint("sequence >= 1 AND days >= 1", name="counts"),
        ForeignKeyConstraint(
            ["technician_id", "reverses_id"], ["credit_entry.technician_id", "credit_entry.id"], ondelete="RESTRICT"
        ),
        Index(
            "ix_credit_entry_year",
            "technician_id",
            "year",
            postgresql_include=["subject", "is_exam", "credits_tenths"],
        ),
        Index("ix_credit_entry_source", "source_kind", "source_id"),
        Index("ix_credit_entry_posted_at", "posted_at"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    kind: Mapped[str16]
    year: Mapped[int]
    occurred_on: Mapped[day]
    days: Mapped[int]
    posted_at: Mapped[instant]
    subject: Mapped[str16]
    form: Mapped[str16]
    is_exam: Mapped[bool] = mapped_column(Boolean, default=False)
    hours_tenths: Mapped[tenths]
    credits_tenths: Mapped[tenths]
    source_kind: Mapped[str16]
    source_id: Mapped[number]
    line_id: Mapped[number]
    source_title: Mapped[str200]
    sequence: Mapped[int]
    reverses_id: Mapped[int | None] = mapped_column(BigInteger)
    reason_code: Mapped[str] = mapped_column(String(16), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    region_code: Mapped[region_code]
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id", ondelete="RESTRICT"))
    posted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class YearlyCredit(Model):
    """The sum of a person's entries of a year by subject; kept in the transaction that writes the entries (P-01)."""

    __tablename__ = "yearly_credit"

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(String(16), primary_key=True)
    is_exam: Mapped[bool] = mapped_column(Boolean, primary_key=True)
    credits_tenths: Mapped[tenths]


class ExamRecord(Model):
    """A passed special-knowledge exam as the bureau recorded it: the source of exam credits (art. 20)."""

    __tablename__ = "exam_record"

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    title: Mapped[str100]
    subject: Mapped[str16]
    taken_on: Mapped[day]
    score_tenths: Mapped[tenths]
    credits_tenths: Mapped[tenths]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))

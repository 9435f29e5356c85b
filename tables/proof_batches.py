"""Proofs an employer or a counter has made for many: who agreed, what was asked for, and what became of each."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.proof_kinds import ProofKind
from tables.columns import Instant, Model, instant, minted, one_of, str16, str32


class ProofConsent(Model):
    """A person lets one employer have proofs made for them, until they take it back (INV-21)."""

    __tablename__ = "proof_consent"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'given', 'withdrawn')", name="state_known"),
        Index(None, "organization_id", "state"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), primary_key=True)
    state: Mapped[str16]
    changed_at: Mapped[instant]


class ProofBatch(Model):
    """Proofs of one kind for many persons, made in the background; may be cancelled and taken up again.

    Either of an employer, with its people's consent, or of a window: then `basis` is what the officer relies on.
    """

    __tablename__ = "proof_batch"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'cancelled', 'stopped', 'done')", name="state_known"),
        CheckConstraint("organization_id IS NOT NULL OR basis <> ''", name="has_basis"),
        one_of(ProofKind, "kind"),
        Index(None, "organization_id"),
        Index(None, "requested_by_id"),
    )

    id: Mapped[minted]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    kind: Mapped[str32]
    year: Mapped[int]
    topic: Mapped[str32]
    state: Mapped[str16]
    message: Mapped[str] = mapped_column(String(200), default="")
    basis: Mapped[str] = mapped_column(String(200), default="")
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="RESTRICT"))
    created_at: Mapped[instant]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class ProofBatchItem(Model):
    """One person of a batch: waiting, being printed, issued, or left out with a reason."""

    __tablename__ = "proof_batch_item"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'printing', 'issued', 'left_out')", name="state_known"),
        CheckConstraint("state NOT IN ('printing', 'issued') OR proof_id IS NOT NULL", name="has_proof"),
        Index(None, "batch_id", "state", "position"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("proof_batch.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    state: Mapped[str16]
    proof_id: Mapped[int | None] = mapped_column(BigInteger)
    message: Mapped[str] = mapped_column(String(200), default="")

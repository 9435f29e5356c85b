"""Proofs and what became of them (arts. 10, 24-29)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from domain.proof_kinds import ProofKind
from tables.columns import Instant, Model, instant, minted, number, one_of, str16, str32, str64, text


class Proof(Model):
    """An official proof: facts frozen at issue. Its state may change, its facts never.

    `topic` tells proofs of one kind and person apart (the year, the years, an activity); a newer one of the same kind
    and topic replaces an older one. `first_year` to `year` are the years the facts speak of. `register_position` is the
    id of the last change of the register that was known at issue, 0 before the first.
    """

    __tablename__ = "proof"
    __table_args__ = (
        CheckConstraint("state IN ('issuing', 'valid', 'superseded', 'revoked', 'failed')", name="state_known"),
        CheckConstraint("share_detail IN ('whole', 'result')", name="share_detail_known"),
        one_of(ProofKind, "kind"),
        Index(None, "technician_id", "kind", "topic"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    id: Mapped[minted]
    number: Mapped[str32]
    code: Mapped[str32]
    kind: Mapped[str32] = mapped_column(default=ProofKind.ANNUAL.value)
    topic: Mapped[str32] = mapped_column(default="")
    first_year: Mapped[int]
    year: Mapped[int]
    state: Mapped[str16]
    facts: Mapped[text]
    facts_sha256: Mapped[str64]
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id", ondelete="RESTRICT"))
    register_position: Mapped[int | None] = mapped_column(BigInteger)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    issued_at: Mapped[instant]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    superseded_by_id: Mapped[int | None] = mapped_column(BigInteger)
    state_changed_at: Mapped[instant]
    state_reason: Mapped[str] = mapped_column(String(200), default="")
    share_until: Mapped[datetime | None] = mapped_column(Instant)
    share_detail: Mapped[str] = mapped_column(String(16), default="whole")


class ProofCode(Model):
    """The verification code of a proof, unique in the whole city and never reused (INV-36)."""

    __tablename__ = "proof_code"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"))
    proof_id: Mapped[number]


class ProofNumber(Model):
    """The printed number of a proof, unique in the whole city and never reused."""

    __tablename__ = "proof_number"

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"))
    proof_id: Mapped[int] = mapped_column(BigInteger)


class ProofKey(Model):
    """A public key of the signed line in the second QR code (P-256, SPKI in base 64); papers are checked with it."""

    __tablename__ = "proof_key"

    key_id: Mapped[str] = mapped_column(String(8), primary_key=True)
    spki: Mapped[str] = mapped_column(String(200))
    published_at: Mapped[instant]


class ProofRevocation(Model):
    """One officer asks that a proof be taken back, another decides. A request that was declined may be made again."""

    __tablename__ = "proof_revocation"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'confirmed', 'declined')", name="state_known"),
        CheckConstraint(
            "state <> 'confirmed' OR (decided_by_id IS NOT NULL AND decided_by_id <> requested_by_id)",
            name="two_accounts",
        ),
        Index(None, "state"),
    )

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    proof_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str16]
    reason: Mapped[str] = mapped_column(String(200))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    requested_at: Mapped[instant]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    remark: Mapped[str] = mapped_column(String(200), default="")


class ProofRecheck(Model):
    """One night's look at all proofs: each is derived again from its sources. Goes on where it stopped."""

    __tablename__ = "proof_recheck"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    started_at: Mapped[instant]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    after_technician_id: Mapped[int] = mapped_column(BigInteger, default=0)
    after_proof_id: Mapped[int] = mapped_column(BigInteger, default=0)
    checked: Mapped[int] = mapped_column(default=0)
    differing: Mapped[int] = mapped_column(default=0)


class ProofDifference(Model):
    """A proof that does not say what its sources give; `content` is a JSON list of fields. Kept when it is gone."""

    __tablename__ = "proof_difference"
    __table_args__ = (Index(None, "resolved_at"),)

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    proof_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    content: Mapped[text]
    found_at: Mapped[instant]
    seen_at: Mapped[instant]
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)

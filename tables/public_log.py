"""The public log: what anybody may follow without seeing whom it is about, and who looked at a person's papers."""

from datetime import date

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from domain.public_log import Book, LeafKind, Way
from tables.columns import Instant, Model, instant, minted, number, one_of, str16, str32, str64, str200, text


class LogLeaf(Model):
    """One thing the public log says: a proof was issued, replaced, revoked, or a day of a book was sealed.

    Written in the transaction of what it tells of; `content` are the bytes that are published and hashed.
    """

    __tablename__ = "log_leaf"
    __table_args__ = (
        one_of(LeafKind, "kind"),
        CheckConstraint("(kind = 'day_sealed') = (proof_id IS NULL)", name="about_a_proof_or_a_day"),
        UniqueConstraint("proof_id", "kind"),
    )

    id: Mapped[minted]
    kind: Mapped[str16]
    proof_id: Mapped[int | None] = mapped_column(BigInteger)
    content: Mapped[text]
    recorded_at: Mapped[instant]


class LogPlace(Model):
    """Where a leaf stands in the log, from 0 without a gap, given when the day is sealed."""

    __tablename__ = "log_place"
    __table_args__ = (UniqueConstraint("leaf_id"), CheckConstraint("position >= 0", name="from_nought"))

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    leaf_id: Mapped[int] = mapped_column(ForeignKey("log_leaf.id", ondelete="RESTRICT"))
    hash: Mapped[str64]


class LogBlock(Model):
    """The root over one full block of leaves, so that a proof about millions of them reads a few hundred rows."""

    __tablename__ = "log_block"

    block: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    root: Mapped[str64]


class LogHead(Model):
    """The log as it was after a day: size and root, signed. `note` is what was published and sent, byte for byte."""

    __tablename__ = "log_head"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    size: Mapped[number]
    root: Mapped[str64]
    note: Mapped[text]
    key: Mapped[str] = mapped_column(String(200))
    signed_at: Mapped[instant]


class LogRestoration(Model):
    """Two officers let the site go on with an older database: which published heads it has given up, and why.

    `lost` are the hashes of the notes of those heads, `lost_day` and `lost_size` say which is the newest of them; the
    log goes on after its first `size` leaves.
    """

    __tablename__ = "log_restoration"
    __table_args__ = (
        CheckConstraint("first_by_id <> second_by_id", name="two_accounts"),
        CheckConstraint("reason <> ''", name="reason"),
    )

    id: Mapped[minted]
    at: Mapped[instant]
    size: Mapped[number]
    lost_day: Mapped[date] = mapped_column(Date)
    lost_size: Mapped[number]
    lost: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str200]
    first_by_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    second_by_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))


class SealedDay(Model):
    """One day of a book that is over: how many rows, the root over them, the salt that hides it from guessing.

    `rows` holds for each row its id (8 bytes) and its hash (32 bytes), so that a row changed later can be named.
    """

    __tablename__ = "sealed_day"
    __table_args__ = (one_of(Book, "book"),)

    book: Mapped[str] = mapped_column(String(16), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    leaf_id: Mapped[int] = mapped_column(ForeignKey("log_leaf.id", ondelete="RESTRICT"), unique=True)
    entries: Mapped[int]
    root: Mapped[str64]
    salt: Mapped[str32]
    rows: Mapped[bytes] = mapped_column(LargeBinary)


class ProofCheck(Model):
    """How often strangers verified a proof in one hour, and in which way; of who they were, nothing is kept."""

    __tablename__ = "proof_check"
    __table_args__ = (one_of(Way, "way"), CheckConstraint("times >= 1", name="times"))

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    proof_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hour: Mapped[instant] = mapped_column(Instant, primary_key=True)
    way: Mapped[str] = mapped_column(String(16), primary_key=True)
    times: Mapped[int]


class RecordLook(Model):
    """That an account looked at a person's record on a day, and on which page: the person is told (art. 21)."""

    __tablename__ = "record_look"
    __table_args__ = (Index(None, "technician_id", "last_at"), CheckConstraint("times >= 1", name="times"))

    technician_id: Mapped[int] = mapped_column(ForeignKey("technician.id", ondelete="RESTRICT"), primary_key=True)
    membership_id: Mapped[int] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    page: Mapped[str] = mapped_column(String(16), primary_key=True)
    times: Mapped[int]
    last_at: Mapped[instant]

"""Evidence of activities: pictures, videos and uploads under way."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from tables.columns import Model, instant, minted, number, str16, str200


class EvidencePiece(Model):
    """The half day that a photo, video or sign-in sheet shows; none while nobody knows."""

    __tablename__ = "evidence_piece"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("activity_session.id", ondelete="RESTRICT"), index=True)


class PictureHash(Model):
    """What a photo looks like, in 64 bits, for the whole and for parts of it; found by thirds of the bits."""

    __tablename__ = "picture_hash"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True)
    cut: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    bits: Mapped[number]
    band_a: Mapped[int] = mapped_column(Integer, index=True)
    band_b: Mapped[int] = mapped_column(Integer, index=True)
    band_c: Mapped[int] = mapped_column(Integer, index=True)


class PictureMatch(Model):
    """Two photos that show nearly the same: the later one and the earlier one."""

    __tablename__ = "picture_match"
    __table_args__ = (CheckConstraint("attachment_id <> other_id", name="two"),)

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True)
    other_id: Mapped[int] = mapped_column(
        ForeignKey("attachment.id", ondelete="RESTRICT"), primary_key=True, index=True
    )
    mirrored: Mapped[bool] = mapped_column(Boolean)


class Upload(Model):
    """A large file on its way, in pieces; when all is there it becomes the stored file of the same id."""

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint("state IN ('receiving', 'checking', 'failed')", name="state_known"),
        CheckConstraint("received BETWEEN 0 AND size AND size > 0", name="received"),
        Index(None, "state", "touched_at"),
    )

    id: Mapped[minted]
    report_id: Mapped[int] = mapped_column(ForeignKey("result_report.id", ondelete="RESTRICT"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    session_id: Mapped[int | None] = mapped_column(ForeignKey("activity_session.id", ondelete="RESTRICT"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    name: Mapped[str200]
    size: Mapped[number]
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str16] = mapped_column(String(16), default="receiving")
    message: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[instant]
    touched_at: Mapped[instant]

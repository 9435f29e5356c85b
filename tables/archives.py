"""Teaching archives (arts. 10, 19): closed, added to, held, handed over and one day disposed of."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from domain.archive_rules import Item
from tables.activities import ActivityFiling
from tables.cases import StoredFile
from tables.columns import Instant, Model, day, instant, minted, one_of, region_code, str16, str32, str64, str200
from tables.organizations import Organization


class TeachingArchive(Model):
    """The archive of one activity once it was closed (归档).

    `missing` is what was missing then, in words; `keeper_id` the organisation that keeps it, none when the bureau took
    it over; `destroyed_at` when its files were destroyed: the filing, the results and the credits stay for ever.
    """

    __tablename__ = "teaching_archive"
    __table_args__ = (
        CheckConstraint("keep_until >= ended_on", name="kept"),
        Index(None, "keeper_id"),
        Index(None, "region_code", "keep_until"),
    )

    filing_id: Mapped[int] = mapped_column(
        ForeignKey("activity_filing.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"), index=True)
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    region_code: Mapped[region_code]
    ended_on: Mapped[day]
    keep_until: Mapped[day]
    missing: Mapped[list[Any]] = mapped_column(JSON, default=list)
    closed_at: Mapped[instant]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)

    filing: Mapped[ActivityFiling] = relationship()
    keeper: Mapped[Organization | None] = relationship(foreign_keys=[keeper_id])


class ArchivePaper(Model):
    """A paper the organiser added to an archive afterwards; what was removed stays with who removed it."""

    __tablename__ = "archive_paper"
    __table_args__ = (one_of(Item, "item"), Index(None, "filing_id"))

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    item: Mapped[str16]
    label: Mapped[str200]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    added_at: Mapped[instant]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    removed_at: Mapped[datetime | None] = mapped_column(Instant)
    removed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))

    file: Mapped[StoredFile] = relationship()


class ArchiveHold(Model):
    """A reason for which an archive may not be destroyed, however old it is, until somebody lifts it."""

    __tablename__ = "archive_hold"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="reason"),
        CheckConstraint("lifted_at IS NULL OR lifted_reason <> ''", name="lifted_has_reason"),
        Index(None, "filing_id", "lifted_at"),
    )

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    reason: Mapped[str200]
    placed_at: Mapped[instant]
    placed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    placed_by: Mapped[str64]
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    lifted_by: Mapped[str] = mapped_column(String(64), default="")
    lifted_reason: Mapped[str] = mapped_column(String(200), default="")


class ArchiveBundle(Model):
    """An audit bundle of one archive: what the worker wrote for it, and the originals that are sent along.

    `parts_file_id` holds the written parts (index, lists, script); `originals` names the files that stream into the
    bundle when it is downloaded, as [path in the bundle, stored file]. Nothing is kept twice.
    """

    __tablename__ = "archive_bundle"
    __table_args__ = (
        CheckConstraint("state IN ('making', 'ready', 'failed', 'expired')", name="state_known"),
        CheckConstraint("state <> 'ready' OR parts_file_id IS NOT NULL", name="ready_has_parts"),
        Index(None, "filing_id"),
        Index(None, "state", "asked_at"),
    )

    id: Mapped[minted]
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"))
    state: Mapped[str16]
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="RESTRICT"))
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    asked_at: Mapped[instant]
    asked_by: Mapped[str64]
    parts_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    originals: Mapped[list[Any]] = mapped_column(JSON, default=list)
    manifest_sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    message: Mapped[str] = mapped_column(String(200), default="")


class ArchiveHandover(Model):
    """Archives passed on by an organisation that gives up: to another organisation, or to the bureau of the region.

    `list_sha256` is the fingerprint of the list both sides agreed to; what was handed over stands in the items.
    """

    __tablename__ = "archive_handover"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'accepted', 'declined', 'withdrawn')", name="state_known"),
        CheckConstraint("receiver_id IS NULL OR receiver_id <> organization_id", name="two_sides"),
        CheckConstraint("(state = 'asked') = (decided_at IS NULL)", name="decided_whole"),
        Index(None, "organization_id", "state"),
        Index(None, "receiver_id", "state"),
        Index(None, "region_code", "state"),
    )

    id: Mapped[minted]
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    region_code: Mapped[region_code]
    reason: Mapped[str200]
    paper_place: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str16]
    archives: Mapped[int] = mapped_column(Integer)
    list_sha256: Mapped[str64]
    asked_at: Mapped[instant]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    asked_by: Mapped[str64]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")

    organization: Mapped[Organization] = relationship(foreign_keys=[organization_id])
    receiver: Mapped[Organization | None] = relationship(foreign_keys=[receiver_id])


class ArchiveHandoverItem(Model):
    """One archive on the list of a handover."""

    __tablename__ = "archive_handover_item"

    handover_id: Mapped[int] = mapped_column(ForeignKey("archive_handover.id", ondelete="RESTRICT"), primary_key=True)
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"), primary_key=True)


class DisposalList(Model):
    """Archives whose time is over: one officer lists them, a leader decides, the worker destroys their files."""

    __tablename__ = "disposal_list"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'approved', 'declined', 'destroyed')", name="state_known"),
        CheckConstraint(
            "decided_by_id IS NULL OR proposed_by_id IS NULL OR decided_by_id <> proposed_by_id", name="two_accounts"
        ),
        Index(None, "region_code", "state"),
    )

    id: Mapped[minted]
    region_code: Mapped[region_code]
    number: Mapped[str32] = mapped_column(String(32), unique=True)
    state: Mapped[str16]
    proposed_at: Mapped[instant]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    proposed_by: Mapped[str64]
    person_key: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    decided_by: Mapped[str] = mapped_column(String(64), default="")
    remark: Mapped[str] = mapped_column(String(200), default="")
    destroyed_at: Mapped[datetime | None] = mapped_column(Instant)


class DisposalItem(Model):
    """One archive on a disposal list; `outcome` says why a listed one was spared in the end."""

    __tablename__ = "disposal_item"

    list_id: Mapped[int] = mapped_column(ForeignKey("disposal_list.id", ondelete="RESTRICT"), primary_key=True)
    filing_id: Mapped[int] = mapped_column(ForeignKey("activity_filing.id", ondelete="RESTRICT"), primary_key=True)
    files: Mapped[int] = mapped_column(Integer, default=0)
    outcome: Mapped[str] = mapped_column(String(200), default="")

    filing: Mapped[ActivityFiling] = relationship()

"""Jobs of the worker, and tables that were uploaded."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tables.cases import StoredFile
from tables.columns import Instant, Model, instant, minted, str16, str32


class Job(Model):
    """Work done by the worker, with the progress a page shows. Written in the transaction that asks for it."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state_known"),
        Index(None, "state", "heartbeat_at"),
    )

    id: Mapped[minted]
    kind: Mapped[str32]
    state: Mapped[str16]
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="RESTRICT"))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    message: Mapped[str] = mapped_column(String(200), default="")
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[instant]
    heartbeat_at: Mapped[instant]
    finished_at: Mapped[datetime | None] = mapped_column(Instant)


class ImportBatch(Model):
    """One uploaded table: checked without effect first, applied when the clerk confirms."""

    __tablename__ = "import_batch"
    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'results', 'status_list')", name="kind_known"),
        CheckConstraint("state IN ('checking', 'checked', 'applying', 'applied', 'failed')", name="state_known"),
        Index(None, "organization_id", "kind"),
    )

    id: Mapped[minted]
    kind: Mapped[str16]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id", ondelete="RESTRICT"))
    report_id: Mapped[int | None] = mapped_column(ForeignKey("result_report.id", ondelete="RESTRICT"))
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    annotated_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id", ondelete="RESTRICT"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id", ondelete="RESTRICT"))
    state: Mapped[str16]
    message: Mapped[str] = mapped_column(String(200), default="")
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="RESTRICT"))
    created_at: Mapped[instant]
    applied_at: Mapped[datetime | None] = mapped_column(Instant)

    file: Mapped[StoredFile] = relationship(foreign_keys=[file_id])
    job: Mapped[Job | None] = relationship()


class ImportRow(Model):
    """What the check said of one row of a table; numbers are masked here, the sealed file holds them."""

    __tablename__ = "import_row"

    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id", ondelete="RESTRICT"), primary_key=True)
    excel_row: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    outcome: Mapped[str16]
    name: Mapped[str] = mapped_column(String(100), default="")
    id_masked: Mapped[str] = mapped_column(String(32), default="")
    reasons: Mapped[list[Any]] = mapped_column(JSON, default=list)
    changes: Mapped[list[Any]] = mapped_column(JSON, default=list)

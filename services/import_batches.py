"""Uploaded tables as batches: kept sealed, checked by the worker, shown row by row, applied once on confirmation."""

from typing import Any

from sqlalchemy import Select, insert, select, true, update
from sqlalchemy.orm import joinedload

from domain.errors import RuleError
from domain.roles import Actor
from models import ImportBatch, ImportRow, Job, StoredFile, db
from services import clock, files

_LATEST = 10


def find(batch_id: int, kind: str, *, seen_by: Actor) -> ImportBatch | None:
    """The batch if it is of this actor's organisation."""
    return db.session.scalar(
        select(ImportBatch).where(
            ImportBatch.id == batch_id,
            ImportBatch.kind == kind,
            ImportBatch.organization_id == seen_by.organization_id,
        )
    )


def latest(kind: str, *, seen_by: Actor, report_id: int | None = None) -> list[ImportBatch]:
    """The newest batches of this actor's organisation; of one report's results where there are several reports."""
    query = (
        select(ImportBatch)
        .where(ImportBatch.kind == kind, ImportBatch.organization_id == seen_by.organization_id)
        .where(ImportBatch.report_id == report_id if report_id is not None else true())
        .options(joinedload(ImportBatch.file))
    )
    return list(db.session.scalars(query.order_by(ImportBatch.id.desc()).limit(_LATEST)))


def open_batch(kind: str, data: bytes, name: str, *, actor: Actor, report_id: int | None = None) -> ImportBatch:
    """Keep an uploaded table; what is in it is found out by the worker."""
    stored = files.store(data, name=name, media_type="application/octet-stream", actor=actor)
    batch = ImportBatch(
        kind=kind,
        organization_id=actor.organization_id,
        report_id=report_id,
        file_id=stored.id,
        state="checking",
        created_by_id=actor.account_id,
        created_at=clock.now(),
    )
    db.session.add(batch)
    db.session.flush()
    return batch


def rows(batch: ImportBatch, outcome: str = "") -> Select[*tuple[Any, ...]]:
    """The rows of a batch in the order of the file."""
    query = select(
        ImportRow.excel_row, ImportRow.outcome, ImportRow.name, ImportRow.id_masked, ImportRow.reasons,
        ImportRow.changes,
    ).where(ImportRow.batch_id == batch.id)  # fmt: skip
    return (query.where(ImportRow.outcome == outcome) if outcome else query).order_by(ImportRow.excel_row)


def record_check(
    batch_id: int, found: list[dict[str, Any]], counts: dict[str, Any], annotated: StoredFile | None
) -> None:
    """Write what the check found; one that runs again after the batch has moved on leaves it as it is."""
    if not _move(batch_id, "checking", "checked", counts=counts, annotated_file_id=annotated.id if annotated else None):
        raise RuleError("此文件已经检查过，请刷新页面")
    if found:
        db.session.execute(insert(ImportRow), [{"batch_id": batch_id, **row} for row in found])


def watch(batch: ImportBatch, job: Job) -> None:
    """Remember the job at work on the batch: its progress is the batch's page."""
    batch.job_id = job.id


def begin_applying(batch: ImportBatch) -> None:
    """The clerk confirms. Raises RuleError when the batch was confirmed already or has not been checked."""
    if not _move(batch.id, "checked", "applying"):
        raise RuleError("此文件已经确认导入过，或仍在检查中，请刷新页面")


def record_applied(batch_id: int, counts: dict[str, Any]) -> None:
    """The rows are in; said in the transaction that wrote them."""
    if not _move(batch_id, "applying", "applied", counts=counts, applied_at=clock.now()):
        raise RuleError("此文件已经导入过，没有重复导入")


def give_up(message: str, batch_id: int, **_arguments: Any) -> None:
    """The job at work on the batch has failed: the sentence says why the file cannot be used, or what to do."""
    db.session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == batch_id, ImportBatch.state.in_(("checking", "applying")))
        .values(state="failed", message=message[:200])
    )


def _move(batch_id: int, origin: str, target: str, **values: Any) -> bool:
    moved = db.session.execute(
        update(ImportBatch)
        .where(ImportBatch.id == batch_id, ImportBatch.state == origin)
        .values(state=target, **values)
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]

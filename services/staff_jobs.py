"""What the worker does with an uploaded staff list: check it, mark the file, apply it."""

from typing import Any

from domain.roles import SYSTEM, Actor
from domain.staff_rows import STAFF
from domain.tables import Sheet
from models import ImportBatch, Job, Organization, db
from services import annotated_sheets, audit, clock, files, import_batches, jobs, spreadsheets, staff_import
from services.sheet_writing import XLSX
from services.transaction import transaction


def upload(data: bytes, name: str, *, actor: Actor) -> ImportBatch:
    """Take in a staff list and let the worker check it."""
    batch = import_batches.open_batch("staff", data, name, actor=actor)
    import_batches.watch(batch, jobs.ask("staff_check", actor=actor, batch_id=batch.id))
    return batch


def confirm(batch: ImportBatch, *, actor: Actor) -> Job:
    """Import the accepted rows of a checked list. Raises RuleError when that was asked for already."""
    import_batches.begin_applying(batch)
    audit.record("staff.import", actor=actor, object_kind="import_batch", object_id=batch.id)
    job = jobs.ask("staff_apply", actor=actor, batch_id=batch.id)
    import_batches.watch(batch, job)
    return job


def _read(batch: ImportBatch) -> Sheet:
    return spreadsheets.read_sheet(files.read(batch.file), batch.file.original_name, table=STAFF)


@jobs.handler("staff_check", give_up=import_batches.give_up)
def check(run: jobs.Run, batch_id: int) -> dict[str, Any]:
    """Dry run: every row with every reason, and the clerk's own file with the bad cells marked."""
    batch = db.session.get_one(ImportBatch, batch_id)
    if batch.state != "checking":
        return {}
    sheet = _read(batch)
    rows = len(sheet.rows)
    run.progress(0, rows, "已读取文件，正在逐行检查")
    checked = staff_import.check(sheet, today=clock.today())
    plan = staff_import.plan(checked, db.session.get_one(Organization, batch.organization_id))
    marked = None
    if plan.problems:
        run.progress(rows // 2, rows, "正在原文件上标注错误")
        marked = annotated_sheets.annotate(files.read(batch.file), batch.file.original_name, plan.problems, table=STAFF)
    name = batch.file.original_name
    with transaction():
        stored = None
        if marked is not None:
            stored = files.store(marked, name=_marked_name(name), media_type=XLSX, actor=SYSTEM)
        import_batches.record_check(
            batch_id,
            [
                {
                    "excel_row": row.excel_row,
                    "outcome": row.outcome,
                    "name": row.name,
                    "id_masked": row.id_masked,
                    "reasons": list(row.reasons or row.hints),
                    "changes": list(row.changes),
                }
                for row in plan.rows
            ],
            {**plan.counts(), "notes": plan.notes},
            stored,
        )
    return {}


def _marked_name(name: str) -> str:
    return f"{name.rsplit('.', 1)[0]}-错误标注.xlsx"


@jobs.handler("staff_apply", give_up=import_batches.give_up)
def apply(run: jobs.Run, batch_id: int) -> dict[str, Any]:
    """Write the accepted rows in one transaction, as the register stands then; a second run changes nothing."""
    batch = db.session.get_one(ImportBatch, batch_id)
    if batch.state != "applying":
        return {}
    checked = staff_import.check(_read(batch), today=clock.today())
    run.progress(len(checked.rows) // 2, len(checked.rows), "正在写入名册")
    with transaction():
        plan = staff_import.plan(checked, db.session.get_one(Organization, batch.organization_id))
        staff_import.write(plan)
        import_batches.record_applied(batch_id, {**plan.counts(), "notes": plan.notes})
    return {}

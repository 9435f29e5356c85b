"""What the worker does with an uploaded results list: check it, mark the file, apply the differences."""

from typing import Any

from domain.errors import RuleError
from domain.result_rows import table_for
from domain.roles import SYSTEM, Actor
from domain.tables import Sheet, Table
from models import ImportBatch, Job, ResultReport, db
from services import annotated_sheets, audit, files, import_batches, jobs, result_content, result_import, spreadsheets
from services.sheet_writing import XLSX
from services.transaction import transaction

# Shorter lists are done before a bar could be drawn.
_WITH_PROGRESS = 2000


def upload(report: ResultReport, data: bytes, name: str, *, actor: Actor) -> ImportBatch:
    """Take in a results list for this report and let the worker check it."""
    result_content.lock_editable(report, actor)
    batch = import_batches.open_batch("results", data, name, actor=actor, report_id=report.id)
    import_batches.watch(batch, jobs.ask("results_check", actor=actor, batch_id=batch.id))
    return batch


def confirm(batch: ImportBatch, *, only_these: bool, actor: Actor) -> Job:
    """Apply a checked list; with `only_these` whoever is not in it is taken out. RuleError when it was asked before."""
    import_batches.begin_applying(batch)
    audit.record("result_report.import", actor=actor, object_kind="import_batch", object_id=batch.id)
    job = jobs.ask("results_apply", actor=actor, batch_id=batch.id, only_these=only_these)
    import_batches.watch(batch, job)
    return job


def _report(batch: ImportBatch) -> ResultReport:
    return db.session.get_one(ResultReport, batch.report_id)


def _read(batch: ImportBatch) -> Sheet:
    return spreadsheets.read_sheet(files.read(batch.file), batch.file.original_name, table=_table(batch))


def _table(batch: ImportBatch) -> Table:
    return table_for(result_content.plan_of(_report(batch).filing).contest)


@jobs.handler("results_check", give_up=import_batches.give_up)
def check(run: jobs.Run, batch_id: int) -> dict[str, Any]:
    """Dry run: every row with every reason, and the clerk's own file with the bad cells marked."""
    batch = db.session.get_one(ImportBatch, batch_id)
    if batch.state != "checking":
        return {}
    sheet = _read(batch)
    checked = result_import.check(sheet, _report(batch))
    progress = run.progress if len(checked.rows) > _WITH_PROGRESS else None
    plan = result_import.plan(sheet, checked, _report(batch), progress)
    name, marked = batch.file.original_name, None
    if plan.problems:
        marked = annotated_sheets.annotate(files.read(batch.file), name, plan.problems, table=_table(batch))
    with transaction():
        stored = None
        if marked is not None:
            stored = files.store(marked, name=f"{name.rsplit('.', 1)[0]}-错误标注.xlsx", media_type=XLSX, actor=SYSTEM)
        import_batches.record_check(
            batch_id,
            [
                {
                    "excel_row": row.excel_row,
                    "outcome": row.outcome,
                    "name": row.name,
                    "id_masked": row.id_masked,
                    "reasons": list(row.reasons),
                    "changes": list(row.changes),
                }
                for row in plan.rows
            ],
            plan.counts(),
            stored,
        )
    return {}


@jobs.handler("results_apply", give_up=import_batches.give_up)
def apply(run: jobs.Run, batch_id: int, only_these: bool) -> dict[str, Any]:
    """Write the differences in one transaction, as the report stands then; a second run changes nothing."""
    batch = db.session.get_one(ImportBatch, batch_id)
    if batch.state != "applying":
        return {}
    sheet = _read(batch)
    checked = result_import.check(sheet, _report(batch))
    with transaction():
        plan = result_import.plan(sheet, checked, _report(batch))
        if only_these and plan.problems:
            # Somebody whose row is wrong would seem not to be in the file.
            raise RuleError("文件中还有错误行，不能同时移出文件中没有的人员，请改好后重新上传")
        result_content.put_rows(_report(batch), plan.values, actor=SYSTEM, only_these=only_these)
        removed = len(plan.missing) if only_these else 0
        import_batches.record_applied(batch_id, {**plan.counts(), "removed": removed})
    return {}

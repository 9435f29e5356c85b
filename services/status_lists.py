"""Lists of the bureau on who is retired, a student, deceased ...: taken in with a dry run, kept by blind index only."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update

from domain.errors import RuleError
from domain.identity import mask_id, mask_name
from domain.result_standing import StatusKind
from domain.roles import SYSTEM, Actor
from domain.status_rows import STATUS_LIST, StatusRow, check_status_list
from domain.tables import CellProblem, CheckedTable, Sheet
from models import ImportBatch, Job, StatusListEntry, db
from services import (
    annotated_sheets,
    audit,
    clock,
    crypto,
    files,
    import_batches,
    jobs,
    registry,
    spreadsheets,
)
from services.sheet_writing import XLSX
from services.transaction import transaction

BATCH = "status_list"
_COLUMNS = ("name_masked", "id_masked", "since_on", "until_on", "source")
_LABELS = {"since_on": "起始日期", "until_on": "截止日期", "source": "数据来源", "name_masked": "姓名"}


# --- Reads ------------------------------------------------------------------------------------------------------------


def entries(kind: StatusKind) -> Select[Any]:
    """The rows of one list, masked, the newest first."""
    columns = (getattr(StatusListEntry, name) for name in (*_COLUMNS, "imported_at"))
    return (
        select(*columns)
        .where(StatusListEntry.kind == kind.value)
        .order_by(StatusListEntry.imported_at.desc(), StatusListEntry.blind_index)
    )


def counts() -> dict[StatusKind, int]:
    """How many persons each list holds."""
    rows = db.session.execute(select(StatusListEntry.kind, func.count()).group_by(StatusListEntry.kind))
    found = {kind: number for kind, number in rows}
    return {kind: found.get(kind.value, 0) for kind in StatusKind}


# --- The import -------------------------------------------------------------------------------------------------------


@dataclass
class Plan:
    """What an import would do: rows for the page, entries to write by what becomes of them, and who would be gone."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    problems: dict[int, tuple[CellProblem, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def counts(self, kind: StatusKind) -> dict[str, Any]:
        outcomes = [row["outcome"] for row in self.rows]
        number = {outcome: outcomes.count(outcome) for outcome in ("new", "changed", "same", "reject")}
        return {**number, "missing": len(self.gone), "notes": self.notes, "status_kind": kind.value}


def plan(checked: CheckedTable[StatusRow], kind: StatusKind) -> Plan:
    """What importing these rows would do now; the present list is read once."""
    known = {row.blind_index: row for row in db.session.execute(_stored(kind))}
    made = Plan(notes=list(checked.notes), problems=dict(checked.problems))
    named = set()
    for row in checked.rows:
        if row.value is None:
            made.rows.append({"excel_row": row.excel_row, "outcome": "reject", "reasons": list(row.reasons)})
            continue
        values = _values(row.value)
        index = crypto.blind_index(row.value.id_number)
        named.add(index)
        before = known.get(index)
        changes = [] if before is None else _changes(before, values)
        outcome = "new" if before is None else "changed" if changes else "same"
        if outcome != "same":
            (made.new if before is None else made.changed).append({"blind_index": index, "kind": kind.value, **values})
        shown = {"name": values["name_masked"], "id_masked": values["id_masked"], "changes": changes}
        hints = [hint.reason for hint in row.hints]
        made.rows.append({"excel_row": row.excel_row, "outcome": outcome, "reasons": hints, **shown})
    made.gone = sorted(set(known) - named)
    return made


def _stored(kind: StatusKind) -> Select[Any]:
    columns = (getattr(StatusListEntry, name) for name in ("blind_index", *_COLUMNS))
    return select(*columns).where(StatusListEntry.kind == kind.value)


def _values(row: StatusRow) -> dict[str, Any]:
    return {
        "name_masked": mask_name(row.name),
        "id_masked": mask_id(row.id_number),
        "since_on": row.since,
        "until_on": row.until,
        "source": row.source,
    }


def _changes(before: Any, values: dict[str, Any]) -> list[str]:
    return [
        f"{label}：{getattr(before, name) or '空'} → {values[name] or '空'}"
        for name, label in _LABELS.items()
        if getattr(before, name) != values[name]
    ]


def upload(kind: StatusKind, data: bytes, name: str, *, actor: Actor) -> ImportBatch:
    """Take in a list and let the worker check it."""
    batch = import_batches.open_batch(BATCH, data, name, actor=actor)
    import_batches.watch(batch, jobs.ask("status_list_check", actor=actor, batch_id=batch.id, status_kind=kind.value))
    return batch


def confirm(batch: ImportBatch, *, only_these: bool, actor: Actor) -> Job:
    """Apply a checked list; with `only_these` whoever is not in it is taken out. RuleError when it was asked before."""
    import_batches.begin_applying(batch)
    audit.record("status_list.import", actor=actor, object_kind="import_batch", object_id=batch.id)
    job = jobs.ask("status_list_apply", actor=actor, batch_id=batch.id, only_these=only_these)
    import_batches.watch(batch, job)
    return job


def _read(batch: ImportBatch) -> Sheet:
    return spreadsheets.read_sheet(files.read(batch.file), batch.file.original_name, table=STATUS_LIST)


@jobs.handler("status_list_check", give_up=import_batches.give_up)
def check(run: jobs.Run, batch_id: int, status_kind: str) -> dict[str, Any]:
    """Dry run: every row with every reason, and the officer's own file with the bad cells marked."""
    batch = db.session.get_one(ImportBatch, batch_id)
    if batch.state != "checking":
        return {}
    made = plan(check_status_list(_read(batch), today=clock.today()), StatusKind(status_kind))
    name, marked = batch.file.original_name, None
    if made.problems:
        marked = annotated_sheets.annotate(files.read(batch.file), name, made.problems, table=STATUS_LIST)
    blank = {"name": "", "id_masked": "", "changes": []}
    with transaction():
        stored = None
        if marked is not None:
            stored = files.store(marked, name=f"{name.rsplit('.', 1)[0]}-错误标注.xlsx", media_type=XLSX, actor=SYSTEM)
        rows = [{**blank, **row} for row in made.rows]
        import_batches.record_check(batch_id, rows, made.counts(StatusKind(status_kind)), stored)
    return {}


@jobs.handler("status_list_apply", give_up=import_batches.give_up)
def apply(run: jobs.Run, batch_id: int, only_these: bool) -> dict[str, Any]:
    """Write the differences in one transaction, as the list stands then; a second run changes nothing."""
    batch = db.session.get_one(ImportBatch, batch_id)
    if batch.state != "applying":
        return {}
    kind = StatusKind(batch.counts["status_kind"])
    checked = check_status_list(_read(batch), today=clock.today())
    with transaction():
        made = plan(checked, kind)
        if only_these and made.problems:
            raise RuleError("文件中还有错误行，不能同时移出文件中没有的人员，请改好后重新上传")
        stamp = {"imported_at": clock.now(), "batch_id": batch.id}
        if made.new:
            db.session.execute(insert(StatusListEntry), [{**row, **stamp} for row in made.new])
        if made.changed:
            db.session.execute(update(StatusListEntry), [{**row, **stamp} for row in made.changed])
        for part in registry.chunks(made.gone if only_these else []):
            db.session.execute(
                delete(StatusListEntry).where(StatusListEntry.kind == kind.value, StatusListEntry.blind_index.in_(part))
            )
        removed = len(made.gone) if only_these else 0
        import_batches.record_applied(batch_id, {**made.counts(kind), "removed": removed})
    return {}

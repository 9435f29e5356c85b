"""Many more rows of what lists show: copies of a world's own, which hang together as the originals do."""

import hashlib
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from models import db
from services.transaction import transaction

COPIED = frozenset(
    (
        "activity_filing",
        "activity_session",
        "archive_handover",
        "archive_handover_item",
        "attachment",
        "audit_event",
        "base_application",
        "base_measure",
        "base_objection",
        "base_opinion",
        "case_snapshot",
        "case_step",
        "cases",
        "day_log_entry",
        "disposal_item",
        "disposal_list",
        "employment",
        "enrolment",
        "filing_occupation",
        "filing_teacher",
        "import_batch",
        "notice",
        "outbox_message",
        "proof_batch",
        "proof_batch_item",
        "result_correction",
        "result_dispute",
        "result_report",
        "result_row",
        "skill_certificate",
        "status_list_entry",
        "subject_line",
        "teaching_archive",
        "technician",
    )
)
# Further apart than the ids of a world, and so that a copy's id still is a number of 63 bits.
_STEP = 10**15

Rows = dict[str, list[dict[str, Any]]]


def originals() -> Rows:
    """The rows there are now, by table. Needs an app context."""
    tables = [table for table in db.metadata.sorted_tables if table.name in COPIED]
    return {table.name: [dict(row._mapping) for row in db.session.execute(sa.select(table))] for table in tables}


def add(rows: Rows, numbers: Iterable[int]) -> None:
    """A copy of all of them for each of these numbers. Commits; needs an app context."""
    with transaction():
        for number in numbers:
            for name, found in rows.items():
                table = db.metadata.tables[name]
                if found:
                    db.session.execute(sa.insert(table), [_copy(table, row, number) for row in found])


def _copy(table: sa.Table, row: dict[str, Any], number: int) -> dict[str, Any]:
    made = dict(row)
    moved = {column.name for column in table.columns if _names_a_copy(column)}
    for name in moved:
        made[name] = None if row[name] is None else row[name] + number * _STEP
    for names in _unique(table):
        if not names & moved:
            name = max(sorted(names), key=lambda each: isinstance(row[each], (str, bytes)))
            made[name] = _another(row[name], number)
    return made


def _names_a_copy(column: sa.Column[Any]) -> bool:
    own = column.primary_key and column.name == "id"
    return own or any(key.column.table.name in COPIED for key in column.foreign_keys)


def _unique(table: sa.Table) -> list[set[str]]:
    keys = [each for each in table.constraints if isinstance(each, (sa.UniqueConstraint, sa.PrimaryKeyConstraint))]
    indexes = [index for index in table.indexes if index.unique]
    return [{column.name for column in each.columns} for each in (*keys, *indexes)]


def _another(value: Any, number: int) -> Any:
    hashed = hashlib.sha256(f"{number} {value}".encode())
    if isinstance(value, bytes):
        return hashed.digest()[: len(value)]
    return hashed.hexdigest()[: len(value)] if isinstance(value, str) else value

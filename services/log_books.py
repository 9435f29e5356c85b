"""The append-only books as rows of hashes: a day of one is read in the order of time, row by row."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from sqlalchemy import Table, select

from domain.merkle import Tree
from domain.periods import china_date, start_of_china_day
from domain.public_log import Book, row_hash
from models import AuditEvent, CaseStep, CreditEntry, db

ID_BYTES, HASH_BYTES = 8, 32
ROW_BYTES = ID_BYTES + HASH_BYTES
_DAY = timedelta(days=1)
_AT_ONCE = 1000


@dataclass(frozen=True)
class _Source:
    """A book's table, the moment of a row, and the columns whose values are hashed, in this order for ever."""

    table: Table
    at: str
    columns: tuple[str, ...]


_SOURCES = {
    Book.LEDGER: _Source(
        CreditEntry.metadata.tables[CreditEntry.__tablename__],
        "posted_at",
        ("id", "technician_id", "kind", "year", "occurred_on", "days", "posted_at", "subject", "form", "is_exam",
         "hours_tenths", "credits_tenths", "source_kind", "source_id", "line_id", "source_title", "sequence",
         "reverses_id", "reason_code", "reason", "region_code", "policy_version_id", "posted_by_id"),
    ),
    Book.STEPS: _Source(
        CaseStep.metadata.tables[CaseStep.__tablename__],
        "at",
        ("id", "case_id", "action", "from_state", "to_state", "at", "actor_id", "actor_name", "actor_role",
         "person_key", "remark", "article", "content_sha256"),
    ),
    Book.AUDIT: _Source(
        AuditEvent.metadata.tables[AuditEvent.__tablename__],
        "at",
        ("id", "at", "account_id", "membership_id", "role", "action", "object_kind", "object_id", "outcome", "ip",
         "details"),
    ),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of a book: the root over its rows, and each row's id and hash (40 bytes a row)."""

    book: Book
    day: date
    entries: int
    root: bytes
    rows: bytes


def days(book: Book, since: date | None, until: date) -> Iterator[Day]:
    """The days of a book that hold rows, from `since` (or the first) to before `until`, oldest first."""
    source = _SOURCES[book]
    at = source.table.c[source.at]
    query = select(*(source.table.c[name] for name in source.columns)).where(at < start_of_china_day(until))
    if since is not None:
        query = query.where(at >= start_of_china_day(since))
    place = source.columns.index(source.at)
    options = {"stream_results": True, "yield_per": _AT_ONCE}
    ordered = query.order_by(at, source.table.c.id)
    # Of this statement alone: the connection goes on to write in the same transaction.
    with db.session.connection().execute(ordered, execution_options=options) as found:
        for day, rows in groupby(found, key=lambda row: china_date(row[place])):
            tree, packed = Tree(), bytearray()
            for row in rows:
                hashed = row_hash(row)
                tree.add(hashed)
                packed += int(row[0]).to_bytes(ID_BYTES, "big") + hashed
            yield Day(book=book, day=day, entries=tree.size, root=tree.root(), rows=bytes(packed))


def day(book: Book, on: date) -> Day | None:
    """One day of a book, or None if it has no row."""
    return next(days(book, on, on + _DAY), None)


def hashes(rows: bytes) -> list[tuple[int, bytes]]:
    """The packed rows of a day: id and hash of each, in their order."""
    return [
        (
            int.from_bytes(rows[start : start + ID_BYTES], "big"),
            rows[start + ID_BYTES : start + ROW_BYTES],
        )
        for start in range(0, len(rows), ROW_BYTES)
    ]


def columns(book: Book) -> tuple[str, ...]:
    """The hashed columns of a book."""
    return _SOURCES[book].columns

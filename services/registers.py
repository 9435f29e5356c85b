"""Registers whose rows change lawfully, as the audit trail tells of them: every act leaves the fingerprint of its row.

The books are only added to, so their days are sealed as they are. A revocation, a hold or the list of a handover moves
from state to state; what vouches for its row is the last act on it, and that stands in the sealed audit trail.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, Table, cast, select

from domain.public_log import row_hash
from models import (
    ArchiveBundle,
    ArchiveHandover,
    ArchiveHandoverItem,
    ArchiveHold,
    ArchivePaper,
    Attachment,
    AuditEvent,
    DisposalItem,
    DisposalList,
    LogRestoration,
    OfficialLetter,
    ProofConsent,
    ProofKey,
    ProofRevocation,
    StoredFile,
    TeachingArchive,
    db,
)

# Under which the audit trail holds it.
DETAIL = "row_sha256"
_STREAMED = {"stream_results": True, "yield_per": 1000}


@dataclass(frozen=True)
class _Register:
    """A table, what may change in a row without an act of anybody, the query of what belongs to a row, and which rows
    are told of at all."""

    table: Table
    besides: frozenset[str] = frozenset()
    parts: Select[*tuple[Any, ...]] | None = None
    only: tuple[ColumnElement[bool], ...] = ()

    @property
    def key(self) -> list[str]:
        return [column.name for column in self.table.primary_key]

    @property
    def columns(self) -> list[str]:
        """All but those besides, in the order of the alphabet: a table made anew may have another one."""
        return sorted(column.name for column in self.table.columns if column.name not in self.besides)


def _table(model: Any) -> Table:
    found: Table = model.metadata.tables[model.__tablename__]
    return found


_LISTED: Select[*tuple[Any, ...]] = select(ArchiveHandoverItem.handover_id, ArchiveHandoverItem.filing_id).order_by(
    ArchiveHandoverItem.filing_id
)
_TO_DESTROY: Select[*tuple[Any, ...]] = select(DisposalItem.list_id, DisposalItem.filing_id).order_by(
    DisposalItem.filing_id
)
# The paper of a letter comes after the act, and from the worker.
_PRINTED: Select[*tuple[Any, ...]] = (
    select(OfficialLetter.id, OfficialLetter.attachment_id, StoredFile.sha256)
    .join_from(OfficialLetter, Attachment, Attachment.id == OfficialLetter.attachment_id)
    .join(StoredFile, StoredFile.id == Attachment.file_id)
)

_WRITTEN: Select[*tuple[Any, ...]] = select(ArchiveBundle.id, StoredFile.sha256).join(
    StoredFile, StoredFile.id == ArchiveBundle.parts_file_id
)
_ADDED: Select[*tuple[Any, ...]] = select(ArchivePaper.id, StoredFile.sha256).join(
    StoredFile, StoredFile.id == ArchivePaper.file_id
)

_REGISTERS = {
    each.table.name: each
    for each in (
        _Register(_table(ProofRevocation)),
        # Being asked is no consent, and hundreds are asked at once.
        _Register(_table(ProofConsent), only=(ProofConsent.state != "asked",)),
        _Register(_table(ProofKey)),
        _Register(_table(LogRestoration)),
        _Register(_table(OfficialLetter), frozenset({"attachment_id", "problem"}), _PRINTED),
        # Who keeps an archive follows from the handovers.
        _Register(_table(TeachingArchive), frozenset({"keeper_id"})),
        _Register(_table(ArchivePaper), parts=_ADDED),
        _Register(_table(ArchiveHold)),
        _Register(_table(ArchiveHandover), parts=_LISTED),
        _Register(_table(DisposalList), parts=_TO_DESTROY),
        _Register(_table(ArchiveBundle), frozenset({"job_id"}), _WRITTEN),
    )
}


def told(row: Any) -> dict[str, dict[str, str]]:
    """The name of a row and its fingerprint as it is now, as the event of the act on it holds them."""
    db.session.flush()
    register = _REGISTERS[row.__tablename__]
    table = register.table
    where = [table.c[name] == getattr(row, name) for name in register.key]
    [(name, fingerprint)] = _fingerprints(register, where)
    return {DETAIL: {name: fingerprint}}


def _fingerprints(register: _Register, where: list[Any]) -> Iterator[tuple[str, str]]:
    """The rows of a register by name, each with the hash over its values and what belongs to it."""
    table = register.table
    parts: dict[int, list[list[Any]]] = {}
    if register.parts is not None:
        owner = register.parts.selected_columns[0]
        wanted = register.parts.where(owner == where[0].right) if where else register.parts
        for first, *rest in db.session.execute(wanted):
            parts.setdefault(first, []).append(rest)
    query = select(*(table.c[name] for name in register.columns)).where(*where, *register.only)
    with db.session.connection().execute(query, execution_options=_STREAMED) as rows:
        for row in rows:
            values = row._mapping
            key = [values[name] for name in register.key]
            name = f"{table.name}:{'/'.join(str(part) for part in key)}"
            yield name, row_hash([*row, parts.get(key[0], [])]).hex()


@dataclass(frozen=True, kw_only=True)
class Differs:
    """A row that is not what the audit trail last told of it."""

    row: str
    found: str


def differing() -> Iterator[Differs]:
    """Every row that was changed, added or removed without an act, by register and key."""
    last: dict[str, str] = {}
    query = (
        select(AuditEvent.details)
        .where(cast(AuditEvent.details, String).contains(f'"{DETAIL}"'))
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    with db.session.connection().execute(query, execution_options=_STREAMED) as events:
        for (details,) in events:
            last.update(details[DETAIL])
    for register in _REGISTERS.values():
        for name, fingerprint in sorted(_fingerprints(register, [])):
            expected = last.pop(name, None)
            if expected is None:
                yield Differs(row=name, found="the audit trail knows of no act that made it")
            elif expected != fingerprint:
                yield Differs(row=name, found="is not what the last act in the audit trail left")
    for name in sorted(last):
        yield Differs(row=name, found="the audit trail tells of it, and it is not there")

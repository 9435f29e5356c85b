"""The register of persons with its past: what is changed is kept first, so that every earlier state can be read."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Table, func, insert, select

from domain.frozen_json import plain, text_of, typed
from domain.register_rows import (
    ROWS,
    CertificateRow,
    EmploymentRow,
    NameRow,
    RegisterPart,
    RegisterRow,
)
from ids import new_id
from models import Employment, Organization, RegisterChange, SkillCertificate, Technician, db
from services import clock, registry
from services.as_of import AsOf

_CHANGE = cast(Table, RegisterChange.__table__)
_CERTIFICATE = ("kind", "occupation", "level", "number", "issued_on", "issuer", "state")
_EMPLOYMENT = ("organization_id", "started_on", "ended_on", "state")
# Where the rows of each part lie: the person's column, the row's, and what is kept of it.
_SOURCES: dict[RegisterPart, tuple[Any, Any, tuple[Any, ...]]] = {
    RegisterPart.NAME: (Technician.id, Technician.id, (Technician.name,)),
    RegisterPart.CERTIFICATE: (
        SkillCertificate.technician_id,
        SkillCertificate.id,
        tuple(getattr(SkillCertificate, name) for name in _CERTIFICATE),
    ),
    RegisterPart.EMPLOYMENT: (
        Employment.technician_id,
        Employment.id,
        tuple(getattr(Employment, name) for name in _EMPLOYMENT),
    ),
}

Key = tuple[int, int]
"""A person and a row of theirs; of the name, the person's id again."""


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What the register said of a person: certificates oldest first, the employer as it is called today."""

    name: str
    certificates: tuple[CertificateRow, ...]
    employer: str | None


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One change with what was there before and after it; None where there was, or is, no such row."""

    change: RegisterChange
    before: RegisterRow | None
    after: RegisterRow | None


# --- Writing ----------------------------------------------------------------------------------------------------------


def keep(part: RegisterPart, keys: Iterable[Key]) -> None:
    """Keep these rows as they are, in the transaction that is about to change or add them.

    Nobody else changes what is registered of these persons until the commit.
    """
    wanted = sorted(set(keys))
    people = sorted({person for person, _ in wanted})
    last = hold(people)
    there = _rows(part, people)
    now = clock.now()
    changes = [
        {
            "technician_id": person,
            "id": new_id(last),
            "part": part.value,
            "row_id": row_id,
            "before": text_of(plain(there[row_id])) if row_id in there else None,
            "recorded_at": now,
        }
        for person, row_id in wanted
    ]
    if changes:
        db.session.execute(insert(_CHANGE), changes)


def hold(people: Iterable[int]) -> int:
    """Let nobody else change these persons until the commit; returns the newest id among their changes.

    Whoever changes several parts holds all persons first: in one order for everybody nobody waits for each other.
    """
    last = 0
    for part in registry.chunks(sorted(people)):
        held = select(Technician.id).where(Technician.id.in_(part)).order_by(Technician.id)
        db.session.execute(held.with_for_update(key_share=True))
        newest = select(func.max(RegisterChange.id)).where(RegisterChange.technician_id.in_(part))
        last = max(last, db.session.scalar(newest) or 0)
    return last


# --- Reading ----------------------------------------------------------------------------------------------------------


def position(technician_id: int) -> int:
    """The id of the last change of what is registered of a person; 0 before the first."""
    newest = select(func.max(RegisterChange.id)).where(RegisterChange.technician_id == technician_id)
    return db.session.scalar(newest) or 0


def certificates(technician_id: int, known: AsOf) -> list[CertificateRow]:
    """The certificates, valid or not, oldest first."""
    rows = _known_rows(RegisterPart.CERTIFICATE, technician_id, known)
    return [cast(CertificateRow, row) for row in rows.values()]


def sheet(technician_id: int, known: AsOf, *, on: date) -> Sheet:
    """What the register said of a person; `on` is the day on which the present employer is looked for."""
    (name,) = _known_rows(RegisterPart.NAME, technician_id, known).values()
    spells = cast(dict[int, EmploymentRow], _known_rows(RegisterPart.EMPLOYMENT, technician_id, known))
    present = max(
        ((row.started_on, row_id) for row_id, row in spells.items() if row.is_present(on)), default=None
    )  # fmt: skip
    return Sheet(
        name=cast(NameRow, name).name,
        certificates=tuple(certificates(technician_id, known)),
        employer=None if present is None else _organization(spells[present[1]]),
    )


def since(technician_id: int, known: AsOf) -> list[Changed]:
    """What was changed after a moment, oldest first."""
    later = _unknown(technician_id, known)
    rows = {part: _rows(part, [technician_id]) for part in {RegisterPart(change.part) for change in later}}
    found = []
    for change in later:
        there = rows[RegisterPart(change.part)]
        before = _before(change)
        found.append(Changed(change=change, before=before, after=there.get(change.row_id)))
        _undo(there, change, before)
    return found[::-1]


def _known_rows(part: RegisterPart, technician_id: int, known: AsOf) -> dict[int, RegisterRow]:
    rows = _rows(part, [technician_id])
    for change in () if known.is_present else _unknown(technician_id, known):
        if change.part == part.value:
            _undo(rows, change, _before(change))
    if part is RegisterPart.CERTIFICATE:
        return dict(sorted(rows.items(), key=lambda item: (cast(CertificateRow, item[1]).issued_on, item[0])))
    return rows


def _unknown(technician_id: int, known: AsOf) -> list[RegisterChange]:
    """The changes that came later, newest first."""
    query = select(RegisterChange).where(RegisterChange.technician_id == technician_id)
    changes = db.session.scalars(query.order_by(RegisterChange.id.desc()))
    return [change for change in changes if not known.knew_change(change)]


def _before(change: RegisterChange) -> RegisterRow | None:
    if change.before is None:
        return None
    row: RegisterRow = typed(ROWS[RegisterPart(change.part)], json.loads(change.before))
    return row


def _undo(rows: dict[int, RegisterRow], change: RegisterChange, before: RegisterRow | None) -> None:
    if before is None:
        rows.pop(change.row_id, None)
    else:
        rows[change.row_id] = before


def _rows(part: RegisterPart, people: list[int]) -> dict[int, RegisterRow]:
    """The rows as they are now, read anew."""
    person, row_id, columns = _SOURCES[part]
    found: dict[int, RegisterRow] = {}
    for some in registry.chunks(people):
        for own_id, *values in db.session.execute(select(row_id, *columns).where(person.in_(some))):
            found[own_id] = ROWS[part](**{column.key: value for column, value in zip(columns, values, strict=True)})
    return found


def _organization(row: EmploymentRow) -> str:
    return db.session.scalars(select(Organization.name).where(Organization.id == row.organization_id)).one()

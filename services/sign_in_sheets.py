"""Sign-in sheets on paper (E8): who stands in which row, the signed reference in the sheet's QR code."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select

from domain.attendance_rules import Standing
from domain.enrolment_rules import EnrolmentState
from domain.identity import mask_id
from domain.sheet_keying import Keyed
from models import ActivityFiling, ActivitySession, Enrolment, Technician, db
from services import crypto, keyed_signatures, letters, registry

_PURPOSE = "sign-in sheet"


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """A row of the sheet; the number is the person's for the whole class."""

    number: int
    technician_id: int
    name: str
    id_masked: str


def rows(filing: ActivityFiling) -> list[SheetRow]:
    """Everybody who takes part, by number."""
    query = (
        select(Enrolment.number, Technician.id, Technician.name, Technician.id_number_sealed)
        .join(Technician, Technician.id == Enrolment.technician_id)
        .where(Enrolment.filing_id == filing.id, Enrolment.state == EnrolmentState.ENROLLED.value)
        .order_by(Enrolment.number)
    )
    return [
        SheetRow(
            number=number or 0,
            technician_id=person,
            name=name,
            id_masked=mask_id(crypto.unseal(sealed, registry.ID_NUMBER)),
        )
        for number, person, name, sealed in db.session.execute(query)
    ]


def reference(session: ActivitySession) -> str:
    """What the QR code of this session's sheet says beside the site's address."""
    return keyed_signatures.sign(_PURPOSE, session.id)


def address(session: ActivitySession) -> str:
    """The full address in the QR code: a clerk who scans it comes to the session."""
    return letters.address_of(f"/sheets/{reference(session)}")


def read(text: str) -> int | None:
    """The session whose sheet this reference, or the address with it, belongs to; None if it is none of ours."""
    parts = keyed_signatures.read(_PURPOSE, text.rpartition("/")[2], 1)
    return parts[0] if parts else None


def marks(sheet: list[SheetRow], keyed: Keyed) -> dict[int, Standing]:
    """What the keyed sheet says of every person on it: who is not named was there."""
    return {row.technician_id: keyed.marks.get(row.number, Standing.COUNTED) for row in sheet}


def fingerprint(sheet: list[SheetRow]) -> str:
    """Changes when somebody is added or leaves: what was previewed is then not what would be stored."""
    return hashlib.sha256(repr([(row.number, row.technician_id) for row in sheet]).encode()).hexdigest()[:16]

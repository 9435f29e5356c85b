"""The staff list of an employer into the register: checked without effect, then applied once, differences only."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import RuleError
from domain.identity import mask_id
from domain.register_rows import RegisterPart
from domain.staff_rows import StaffRow, check_staff
from domain.tables import CellProblem, CheckedRow, CheckedTable, Sheet
from ids import new_id
from models import Employment, IdentityKey, Organization, SkillCertificate, Technician, db
from services import clock, crypto, reference, register_history, registry

_OTHER_NAME = "全市登记库中此证件号码登记的姓名与此不同，请核对姓名和号码；本人已改名的，请先到人社部门办理姓名更正"
_NOT_AGREED = "此人已在登记库中，须本人在手机上确认在本单位任职后，才能更新其电话和证书"


@dataclass(frozen=True, kw_only=True)
class PlannedRow:
    """What an import would do with one row: new, changed, same, or reject, with every reason and every change."""

    excel_row: int
    outcome: str
    name: str = ""
    id_masked: str = ""
    reasons: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass
class Plan:
    """All an import would do: the outcome of each row, and the rows to write."""

    rows: list[PlannedRow] = field(default_factory=list)
    problems: dict[int, tuple[CellProblem, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    persons: list[dict[str, Any]] = field(default_factory=list)
    keys: list[dict[str, Any]] = field(default_factory=list)
    certificates: list[dict[str, Any]] = field(default_factory=list)
    employments: list[dict[str, Any]] = field(default_factory=list)
    employments_again: list[dict[str, Any]] = field(default_factory=list)
    person_updates: list[dict[str, Any]] = field(default_factory=list)
    certificate_updates: list[dict[str, Any]] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How many rows there are of each outcome."""
        outcomes = [row.outcome for row in self.rows]
        return {outcome: outcomes.count(outcome) for outcome in ("new", "changed", "same", "reject")}


@dataclass
class _Known:
    """A person as the register has them before the import, or as an earlier row of the file made them."""

    id: int
    name: str
    phone: str | None
    insurance_number: str | None
    certificates: dict[str, tuple[Any, ...]]
    employment: str | None
    begun_today: int | None = None
    is_new: bool = False


def check(sheet: Sheet, *, today: date) -> CheckedTable[StaffRow]:
    """The rows against the rules alone, without the register."""
    return check_staff(sheet, today=today, levels=reference.level_ranks(), occupations=reference.occupation_names())


def plan(checked: CheckedTable[StaffRow], organization: Organization | None) -> Plan:
    """What importing these rows for this employer would do now. Reads only, with a fixed number of queries per 500."""
    made = Plan(notes=list(checked.notes))
    indexes = {
        row.value.id_number: crypto.blind_index(row.value.id_number) for row in checked.rows if row.value is not None
    }
    known = _known_persons(indexes, organization)
    for row in checked.rows:
        made.rows.append(_plan_row(row, made, known, indexes, organization))
    made.problems.update(checked.problems)
    return made


def _plan_row(
    row: CheckedRow[StaffRow],
    made: Plan,
    known: dict[str, _Known],
    indexes: dict[str, str],
    organization: Organization | None,
) -> PlannedRow:
    if row.value is None:
        return PlannedRow(excel_row=row.excel_row, outcome="reject", name=row.name, reasons=tuple(row.reasons))
    value = row.value
    hints = tuple(hint.reason for hint in row.hints)
    shown: dict[str, Any] = {"excel_row": row.excel_row, "name": value.name, "id_masked": mask_id(value.id_number)}
    person = known.get(value.id_number)
    if person is not None and person.name != value.name:
        made.problems[row.excel_row] = (CellProblem("name", _OTHER_NAME),)
        return PlannedRow(**shown, outcome="reject", reasons=(_OTHER_NAME,))
    if person is None:
        person = known[value.id_number] = _add_person(made, value, indexes[value.id_number], organization)
        return PlannedRow(**shown, outcome="new", hints=hints)
    changes = []
    if organization is not None and person.employment is None:
        if person.begun_today is None:
            _add_employment(made, person.id, organization.id, "claimed")
        else:
            made.employments_again.append({"person": person.id, "employment": person.begun_today})
        person.employment = "claimed"
        changes.append("新登记为本单位职工，待本人确认")
    if not person.is_new and person.employment != "active":
        return PlannedRow(
            **shown, outcome="changed" if changes else "same", hints=(*hints, _NOT_AGREED), changes=tuple(changes)
        )
    changes += _changes_of_person(made, person, value)
    changes += _changes_of_certificate(made, person, value)
    outcome = "new" if person.is_new else "changed" if changes else "same"
    return PlannedRow(**shown, outcome=outcome, hints=hints, changes=tuple(changes))


def _known_persons(indexes: dict[str, str], organization: Organization | None) -> dict[str, _Known]:
    by_index, today = registry.ids_by_blind_index(indexes.values()), clock.today()
    number_of = {by_index[index]: number for number, index in indexes.items() if index in by_index}
    found: dict[int, _Known] = {}
    for part in registry.chunks(number_of):
        for row in db.session.execute(
            select(Technician.id, Technician.name, Technician.phone_sealed, Technician.insurance_number_sealed).where(
                Technician.id.in_(part)
            )
        ):
            found[row.id] = _Known(
                id=row.id,
                name=row.name,
                phone=crypto.unseal(row.phone_sealed, registry.PHONE) if row.phone_sealed else None,
                insurance_number=crypto.unseal(row.insurance_number_sealed, registry.INSURANCE)
                if row.insurance_number_sealed
                else None,
                certificates={},
                employment=None,
            )
        for certificate in db.session.scalars(select(SkillCertificate).where(SkillCertificate.technician_id.in_(part))):
            found[certificate.technician_id].certificates[certificate.number] = (
                certificate.id,
                certificate.kind,
                certificate.occupation,
                certificate.level,
                certificate.issued_on,
            )
        if organization is not None:
            spells = select(
                Employment.technician_id, Employment.id, Employment.state, Employment.started_on, Employment.ended_on
            ).where(Employment.technician_id.in_(part), Employment.organization_id == organization.id)
            for spell in db.session.execute(spells):
                if spell.ended_on is None and spell.state != "refused":
                    found[spell.technician_id].employment = spell.state
                elif spell.started_on == today:
                    # Refused or ended on the day it began: one day begins one employment, so this one begins again.
                    found[spell.technician_id].begun_today = spell.id
    return {number_of[person.id]: person for person in found.values()}


def _add_person(made: Plan, value: StaffRow, index: str, organization: Organization | None) -> _Known:
    technician_id = new_id()
    made.persons.append(
        {
            "id": technician_id,
            "name": value.name,
            "sex": value.sex.value if value.sex else "9",
            "born_on": value.born_on,
            "id_type": value.id_type.value,
            "id_number_sealed": crypto.seal(value.id_number, registry.ID_NUMBER),
            "phone_sealed": crypto.seal(value.phone, registry.PHONE) if value.phone else None,
            "insurance_number_sealed": crypto.seal(value.insurance_number, registry.INSURANCE)
            if value.insurance_number
            else None,
            "region_code": organization.region_code if organization else None,
        }
    )
    made.keys.append({"blind_index": index, "technician_id": technician_id})
    person = _Known(technician_id, value.name, value.phone, value.insurance_number, {}, "active", is_new=True)
    if organization is not None:
        _add_employment(made, technician_id, organization.id, "active")
    _changes_of_certificate(made, person, value)
    return person


def _add_employment(made: Plan, technician_id: int, organization_id: int, state: str) -> None:
    made.employments.append(
        {"technician_id": technician_id, "id": new_id(), "organization_id": organization_id, "state": state}
    )


def _changes_of_person(made: Plan, person: _Known, value: StaffRow) -> list[str]:
    changes = []
    if value.phone and value.phone != person.phone:
        changes.append("更新手机号码")
        person.phone = value.phone
    if value.insurance_number and value.insurance_number != person.insurance_number:
        changes.append("更新社保编号")
        person.insurance_number = value.insurance_number
    if changes:
        made.person_updates.append(
            {
                "person": person.id,
                "phone": crypto.seal(person.phone, registry.PHONE) if person.phone else None,
                "insurance": crypto.seal(person.insurance_number, registry.INSURANCE)
                if person.insurance_number
                else None,
            }
        )
    return changes


def _changes_of_certificate(made: Plan, person: _Known, value: StaffRow) -> list[str]:
    stated = (value.certificate_kind.value, value.occupation, value.level, value.issued_on)
    held = person.certificates.get(value.certificate_number)
    if held is None:
        certificate_id = new_id()
        made.certificates.append(
            {
                "technician_id": person.id,
                "id": certificate_id,
                "kind": value.certificate_kind.value,
                "occupation": value.occupation,
                "occupation_code": value.occupation_code,
                "level": value.level,
                "number": value.certificate_number,
                "issued_on": value.issued_on,
            }
        )
        person.certificates[value.certificate_number] = (certificate_id, *stated)
        return ["新增证书"]
    if held[1:] == stated:
        return []
    made.certificate_updates.append(
        {
            "person": person.id,
            "certificate": held[0],
            "new_kind": stated[0],
            "new_occupation": stated[1],
            "new_code": value.occupation_code,
            "new_level": stated[2],
            "new_issued_on": stated[3],
        }
    )
    person.certificates[value.certificate_number] = (held[0], *stated)
    return ["更正证书内容"]


def _keep(made: Plan) -> None:
    """Keep what the register said of persons it knew; whom the plan registers has no past."""
    new = {row["id"] for row in made.persons}
    certificates = [(row["technician_id"], row["id"]) for row in made.certificates if row["technician_id"] not in new]
    certificates += [(row["person"], row["certificate"]) for row in made.certificate_updates]
    employments = [(row["technician_id"], row["id"]) for row in made.employments if row["technician_id"] not in new]
    employments += [(row["person"], row["employment"]) for row in made.employments_again]
    touched = {row["person"] for row in made.person_updates} - new
    register_history.hold({person for person, _ in certificates + employments} | touched)
    register_history.keep(RegisterPart.CERTIFICATE, certificates)
    register_history.keep(RegisterPart.EMPLOYMENT, employments)


def write(made: Plan) -> None:
    """Write a plan, set-based. Raises RuleError when somebody registered one of the persons meanwhile."""
    now, today = clock.now(), clock.today()
    _keep(made)
    try:
        if made.persons:
            db.session.execute(insert(Technician), [{**row, "created_at": now} for row in made.persons])
            db.session.execute(insert(IdentityKey), made.keys)
        if made.certificates:
            db.session.execute(insert(SkillCertificate), made.certificates)
        if made.employments:
            db.session.execute(insert(Employment), [{**row, "started_on": today} for row in made.employments])
    except IntegrityError as error:
        raise RuleError("导入时有其他单位正在登记同一人员，请重新上传检查一次") from error
    connection = db.session.connection()
    if made.employments_again:
        connection.execute(
            update(Employment)
            .where(Employment.technician_id == bindparam("person"), Employment.id == bindparam("employment"))
            .values(state="claimed", ended_on=None),
            made.employments_again,
        )
    if made.person_updates:
        connection.execute(
            update(Technician)
            .where(Technician.id == bindparam("person"))
            .values(phone_sealed=bindparam("phone"), insurance_number_sealed=bindparam("insurance")),
            made.person_updates,
        )
    if made.certificate_updates:
        connection.execute(
            update(SkillCertificate)
            .where(
                SkillCertificate.technician_id == bindparam("person"), SkillCertificate.id == bindparam("certificate")
            )
            .values(
                kind=bindparam("new_kind"),
                occupation=bindparam("new_occupation"),
                occupation_code=bindparam("new_code"),
                level=bindparam("new_level"),
                issued_on=bindparam("new_issued_on"),
            ),
            made.certificate_updates,
        )

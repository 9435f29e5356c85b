"""The classes of a base as a measure finds them: who is in them, what was attended, credited and proved."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, String, cast, exists, func, or_, select
from sqlalchemy.orm import aliased

from domain.attendance_rules import Standing
from domain.base_measures import ClassFacts, Phase
from domain.enrolment_rules import EnrolmentState
from domain.filing_forms import OF_CAPACITY
from domain.filing_workflow import IN_FORCE
from domain.ledger_rules import EntryKind, SourceKind
from domain.proof_kinds import ProofKind
from models import ActivityFiling, ActivitySession, Attendance, Case, CreditEntry, Enrolment, Proof, TrainingBase, db
from services import clock, early_ends, registry

CAPACITY = "training_base"
_PENDING = ("co_confirm", "declined", "submitted", "supplement")
_PROVES = ("valid", "issuing")


@dataclass(frozen=True, kw_only=True)
class _Stands:
    """A filing with the state of its case and the first and last moment of its sessions."""

    filing: ActivityFiling
    phase: Phase


def facts_of(base: TrainingBase, *, only_open: bool = False) -> list[ClassFacts]:
    """Every class the organisation holds as a base and that anything can still become of; by its first day.

    `only_open` leaves out what is credited: of a base of many years that is nearly all.
    """
    found = [each for each in _stands(base) if each.phase is not Phase.OVER]
    if only_open:
        found = [each for each in found if each.phase is not Phase.CREDITED]
    return _facts(found)


def facts_again(base: TrainingBase, before: Sequence[ClassFacts]) -> list[ClassFacts]:
    """The same classes as they are now; as proofs those of `before` that are still in force."""
    wanted = {each.filing_id for each in before}
    proofs = frozenset[int]().union(*(each.proofs for each in before))
    left = _in_force(proofs)
    now = _facts([each for each in _stands(base) if each.filing.id in wanted])
    known = {each.filing_id: each for each in before}
    return [replace(each, proofs=known[each.filing_id].proofs & left) for each in now]


def _stands(base: TrainingBase) -> list[_Stands]:
    first, last = func.min(ActivitySession.starts_at), func.max(ActivitySession.ends_at)
    times = (
        select(ActivitySession.filing_id, first.label("first"), last.label("last"))
        .group_by(ActivitySession.filing_id)
        .subquery()
    )
    rows = db.session.execute(
        select(ActivityFiling, Case.state, times.c.first, times.c.last)
        .join(Case, Case.id == ActivityFiling.case_id)
        .outerjoin(times, times.c.filing_id == ActivityFiling.id)
        .where(ActivityFiling.organization_id == base.organization_id, Case.submitted_at.is_not(None))
        .where(ActivityFiling.form.in_(OF_CAPACITY[CAPACITY]))
        .order_by(ActivityFiling.starts_on, ActivityFiling.id)
        .execution_options(populate_existing=True)
    )
    now = clock.now()
    found = []
    for filing, state, begins, ends in rows:
        if state in _PENDING:
            phase = Phase.PENDING
        elif state in IN_FORCE:
            phase = Phase.REPORTING if ends <= now else Phase.RUNNING if begins <= now else Phase.OPEN
        else:
            phase = Phase.CREDITED if state == "completed" else Phase.OVER
        found.append(_Stands(filing=filing, phase=phase))
    return found


def _facts(found: list[_Stands]) -> list[ClassFacts]:
    ids = [each.filing.id for each in found]
    people, hours, entries = _people(ids), _hours(ids), _entries(ids)
    proofs, to_come = _proofs(ids), early_ends.to_come(ids)
    return [
        ClassFacts(
            filing_id=each.filing.id,
            title=each.filing.title or each.filing.case.title,
            phase=each.phase,
            people=frozenset(people[each.filing.id]),
            to_come=to_come.get(each.filing.id, 0),
            attended_tenths=hours.get(each.filing.id, 0),
            entries=frozenset(row.id for row in entries[each.filing.id]),
            credited=frozenset(row.technician_id for row in entries[each.filing.id]),
            credits_tenths=sum(row.credits_tenths for row in entries[each.filing.id]),
            proofs=frozenset(proofs[each.filing.id]),
        )
        for each in found
    ]


def _people(ids: list[int]) -> defaultdict[int, set[int]]:
    """Who has a place, by class."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for part in registry.chunks(ids):
        query = select(Enrolment.filing_id, Enrolment.technician_id).where(
            Enrolment.filing_id.in_(part), Enrolment.state == EnrolmentState.ENROLLED.value
        )
        for filing_id, technician_id in db.session.execute(query):
            found[filing_id].add(technician_id)
    return found


def _hours(ids: list[int]) -> dict[int, int]:
    """Hours that count, of all persons together, in tenths."""
    found: dict[int, int] = {}
    for part in registry.chunks(ids):
        query = (
            select(Attendance.filing_id, func.sum(Attendance.hours_tenths))
            .where(Attendance.filing_id.in_(part), Attendance.standing == Standing.COUNTED.value)
            .group_by(Attendance.filing_id)
        )
        found.update({filing_id: int(hours) for filing_id, hours in db.session.execute(query)})
    return found


def _entries(ids: list[int]) -> defaultdict[int, list[CreditEntry]]:
    """The awards that stand, by class."""
    found: defaultdict[int, list[CreditEntry]] = defaultdict(list)
    for part in registry.chunks(ids):
        for entry in db.session.scalars(select(CreditEntry).where(*_live(part))):
            found[entry.source_id].append(entry)
    return found


def live_entries(filing_ids: Collection[int]) -> list[CreditEntry]:
    """The awards of these classes that stand, in the order of their ids."""
    found = [entry for entries in _entries(sorted(filing_ids)).values() for entry in entries]
    return sorted(found, key=lambda each: each.id)


def _live(ids: Collection[int]) -> tuple[ColumnElement[bool], ...]:
    taken = aliased(CreditEntry)
    return (
        CreditEntry.source_kind == SourceKind.ACTIVITY.value,
        CreditEntry.source_id.in_(ids),
        CreditEntry.kind == EntryKind.AWARD.value,
        ~exists().where(taken.technician_id == CreditEntry.technician_id, taken.reverses_id == CreditEntry.id),
    )


def _proofs(ids: list[int]) -> defaultdict[int, set[int]]:
    """The proofs in force that rest on the credits of each class: what a reversal replaces (P-31)."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for part in registry.chunks(ids):
        query = (
            select(CreditEntry.source_id, Proof.id)
            .join(Proof, Proof.technician_id == CreditEntry.technician_id)
            .where(*_live(part), Proof.first_year <= CreditEntry.year, Proof.year >= CreditEntry.year)
            .where(Proof.state.in_(_PROVES))
            .where(or_(Proof.kind != ProofKind.LEARNING.value, Proof.topic == cast(CreditEntry.source_id, String)))
        )
        for filing_id, proof_id in db.session.execute(query):
            found[filing_id].add(proof_id)
    return found


def _in_force(proof_ids: Collection[int]) -> frozenset[int]:
    found: set[int] = set()
    for part in registry.chunks(sorted(proof_ids)):
        found.update(db.session.scalars(select(Proof.id).where(Proof.id.in_(part), Proof.state.in_(_PROVES))))
    return frozenset(found)

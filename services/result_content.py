"""What a result report holds: rows and evidence, changed only while it is open, sealed by one hash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select, update

from domain import contests
from domain.contests import contest_of
from domain.credit_entries import from_tenths
from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_content import parts_from
from domain.result_rows import Outcome
from domain.result_rules import Content, Plan, PlanLine, canonical, seal_of
from domain.result_standing import Answer
from domain.roles import Actor, Permission, Role
from models import ActivityFiling, Attachment, ResultReport, ResultRow, StoredFile, db
from services import audit, case_lock, cases, registry

# In these states the organiser works on the results; in all others the rows and the evidence stand still (INV-33).
EDITABLE = ("draft", "supplement")


def plan_of(filing: ActivityFiling) -> Plan:
    """As much of the filing as the credits follow from."""
    return Plan(
        filing_id=filing.id,
        title=filing.title,
        form=filing.form,
        lines=tuple(
            PlanLine(id=line.id, subject=line.subject, title=line.title, hours=from_tenths(line.hours_tenths))
            for line in filing.subject_lines
        ),
        sessions=tuple((session.on, session.hours_tenths) for session in filing.sessions),
        contest=contest_of(parts_from(filing.parts).get("competition")),
    )


def counts(report: ResultReport) -> dict[Outcome, int]:
    """How many persons of each outcome the report holds; outcomes nobody has are left out."""
    rows = db.session.execute(
        select(ResultRow.outcome, func.count()).where(ResultRow.report_id == report.id).group_by(ResultRow.outcome)
    )
    return {Outcome(outcome): number for outcome, number in rows}


def row_of(report: ResultReport, technician_id: int) -> ResultRow | None:
    """One person's row."""
    return db.session.get(ResultRow, (report.id, technician_id))


def is_editable(report: ResultReport, actor: Actor) -> bool:
    """Whether this actor may change rows and evidence now."""
    own = actor.organization_id is not None and actor.organization_id == report.case.organization_id
    return own and actor.can(Permission.RESULT_WRITE) and report.case.state in EDITABLE


def content_of(report: ResultReport) -> Content:
    """What is reported: plan, rows, evidence and explanation, as stored now."""
    rows = db.session.execute(
        select(
            ResultRow.technician_id,
            ResultRow.name,
            ResultRow.hours_tenths,
            ResultRow.score_tenths,
            ResultRow.outcome,
            ResultRow.event,
            ResultRow.rank,
            ResultRow.remark,
        ).where(ResultRow.report_id == report.id)
    )
    files = db.session.scalars(
        select(StoredFile.sha256)
        .join(Attachment, Attachment.file_id == StoredFile.id)
        .where(Attachment.case_id == report.case_id, Attachment.removed_at.is_(None))
    )
    return canonical(plan_of(report.filing), ((*row,) for row in rows), files, report.evidence_note)


def seal(report: ResultReport) -> str:
    """The SHA-256 of what is reported, as stored now."""
    return seal_of(content_of(report))


# --- Rows -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RowValues:
    """What is known of one person's result; hours and score in tenths, event and rank as filed or empty."""

    technician_id: int
    name: str
    hours_tenths: int
    score_tenths: int | None
    outcome: Outcome
    occupation: str = ""
    event: str = ""
    rank: str = ""
    remark: str = ""

    def stored(self) -> dict[str, object]:
        return {
            "name": self.name,
            "occupation": self.occupation,
            "hours_tenths": self.hours_tenths,
            "score_tenths": self.score_tenths,
            "outcome": self.outcome.value,
            "event": self.event,
            "rank": self.rank,
            "remark": self.remark,
        }


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What a change of rows did: how many persons of each kind."""

    added: int = 0
    updated: int = 0
    same: int = 0
    removed: int = 0

    @property
    def nothing(self) -> bool:
        return not (self.added or self.updated or self.removed)


def lock_editable(report: ResultReport, actor: Actor) -> None:
    """Hold the case still while its content changes; raises NotAllowed or WrongState when it may not."""
    own = actor.organization_id == report.case.organization_id and actor.can(Permission.RESULT_WRITE)
    if not own and actor.role is not Role.SYSTEM:
        raise NotAllowed("只有举办单位的经办人可以修改成绩")
    # Whoever enters the report meanwhile waits for this lock, and seals what is stored then.
    case_lock.hold(report.case_id)
    db.session.refresh(report.case)
    if report.case.state not in EDITABLE:
        raise WrongState("修改成绩或佐证材料", cases.state_of(report.case).label)


_COLUMNS = ("name", "occupation", "hours_tenths", "score_tenths", "outcome", "event", "rank", "remark")


def stored_rows(report: ResultReport) -> dict[int, dict[str, object]]:
    """The rows as stored, by person."""
    rows = db.session.execute(
        select(ResultRow.technician_id, *(getattr(ResultRow, name) for name in _COLUMNS)).where(
            ResultRow.report_id == report.id
        )
    )
    return {row.technician_id: {name: getattr(row, name) for name in _COLUMNS} for row in rows}


def put_rows(report: ResultReport, values: Sequence[RowValues], *, actor: Actor, only_these: bool = False) -> Changed:
    """Store these results, set-based: new persons are added, differences applied, equal rows left alone.

    With `only_these` persons who are not named are taken out.
    """
    lock_editable(report, actor)
    known = stored_rows(report)
    _check_filed(report, values)
    new = [row for row in values if row.technician_id not in known]
    different = [row for row in values if row.technician_id in known and known[row.technician_id] != row.stored()]
    gone = sorted(set(known) - {row.technician_id for row in values}) if only_these else []
    if new:
        last = db.session.scalar(select(func.max(ResultRow.position)).where(ResultRow.report_id == report.id)) or 0
        db.session.execute(
            insert(ResultRow),
            [
                {"report_id": report.id, "technician_id": row.technician_id, "position": last + index, **row.stored()}
                for index, row in enumerate(new, 1)
            ],
        )
    if different:
        db.session.execute(
            update(ResultRow),
            [
                {"report_id": report.id, "technician_id": row.technician_id, **row.stored(), **_UNANSWERED}
                for row in different
            ],
        )
    _take_out(report, gone)
    changed = Changed(
        added=len(new), updated=len(different), same=len(values) - len(new) - len(different), removed=len(gone)
    )
    if not changed.nothing:
        audit.record(
            "result_report.rows",
            actor=actor,
            object_kind="case",
            object_id=report.case_id,
            added=changed.added,
            updated=changed.updated,
            removed=changed.removed,
        )
    return changed


# What a person said was said of the row as it was.
_UNANSWERED = {"answer": Answer.NONE.value, "answered_at": None}


def _check_filed(report: ResultReport, values: Sequence[RowValues]) -> None:
    planned = sum(line.hours_tenths for line in report.filing.subject_lines)
    if any(row.hours_tenths > planned for row in values):
        raise RuleError(f"实到学时不能超过备案的 {from_tenths(planned)} 学时", code="too_many_hours")
    if any(row.event or row.rank for row in values):
        contest = plan_of(report.filing).contest
        for row in values:
            wrong = contests.problem(row.event, row.rank, contest)
            if wrong is not None:
                raise RuleError(wrong, code="not_filed")


def check_places(report: ResultReport, changed: Mapping[int, tuple[str, str]]) -> None:
    """Raises RuleError where more people would have a rank than were filed, once these (event, rank) are stored."""
    contest = plan_of(report.filing).contest
    if contest is None:
        return
    won = db.session.execute(
        select(ResultRow.technician_id, ResultRow.event, ResultRow.rank).where(
            ResultRow.report_id == report.id, ResultRow.rank != ""
        )
    )
    ranks = {person: (event, rank) for person, event, rank in won} | dict(changed)
    full = contests.overfull(contest, ranks.values())
    if full:
        said = "；".join(f"{event}{rank}有 {people} 人，备案只有 {places} 人" for event, rank, people, places in full)
        raise RuleError(f"{said}，请先更正其他人的名次", code="too_many_winners")


def amend_row(report: ResultReport, values: RowValues) -> None:
    """Change one row, or add it, outside the states in which rows are edited: for a dispute that is being settled.

    The caller moves the case in the same transaction, so that a step names the content as it is then.
    """
    _check_filed(report, [values])
    check_places(report, {values.technician_id: (values.event, values.rank)})
    row = row_of(report, values.technician_id)
    if row is None:
        last = db.session.scalar(select(func.max(ResultRow.position)).where(ResultRow.report_id == report.id)) or 0
        db.session.add(
            ResultRow(report_id=report.id, technician_id=values.technician_id, position=last + 1, **values.stored())
        )
    else:
        for name, value in {**values.stored(), **_UNANSWERED}.items():
            setattr(row, name, value)
    db.session.flush()


def remove_row(report: ResultReport, technician_id: int, *, actor: Actor) -> None:
    """Take one person out of the report."""
    lock_editable(report, actor)
    _take_out(report, [technician_id])
    audit.record("result_report.rows", actor=actor, object_kind="case", object_id=report.case_id, removed=1)


def _take_out(report: ResultReport, technician_ids: Sequence[int]) -> None:
    for part in registry.chunks(technician_ids):
        db.session.execute(delete(ResultRow).where(ResultRow.report_id == report.id, ResultRow.technician_id.in_(part)))

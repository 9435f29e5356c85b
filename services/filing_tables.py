"""Activity filings between the domain's values and the tables: storing what was submitted, and reading it back."""

from datetime import UTC
from decimal import Decimal

from sqlalchemy import delete, func, insert, select

from domain.errors import RuleError
from domain.filing_content import (
    PAPER_KINDS,
    Basics,
    Employment,
    FilingContent,
    Half,
    LeaveMode,
    Paper,
    People,
    Rights,
    Session,
    SubjectHours,
    Teacher,
    canonical,
    content_sha256,
    from_canonical,
    parts_from,
    plain_parts,
)
from domain.filing_rules import ends_at, starts_at
from domain.filing_workflow import CHANGE_PENDING, REVISIONS
from domain.periods import CHINA
from models import (
    ActivityFiling,
    ActivitySession,
    Attachment,
    Attendance,
    Case,
    CaseSnapshot,
    CaseStep,
    FilingOccupation,
    FilingTeacher,
    SubjectLine,
    db,
)
from services import clock, reference

PLAN = "plan"
_IN_FORCE_BY = ("approve", *REVISIONS)


def papers_of(case: Case) -> list[Attachment]:
    """The files of the filing that were not removed."""
    return [each for each in case.attachments if each.kind in PAPER_KINDS and each.removed_at is None]


def paper_values(case: Case) -> tuple[Paper, ...]:
    """The files of the filing as the content names them."""
    return tuple(
        Paper(name=each.label, size=each.file.size, sha256=each.file.sha256, kind=each.kind) for each in papers_of(case)
    )


def store(filing: ActivityFiling, content: FilingContent) -> None:
    """Put the content into the columns and tables that lists, results and credits read; what was there goes."""
    filing.title = content.basics.title
    filing.purpose = content.basics.purpose
    filing.place = content.basics.place
    filing.starts_on, filing.ends_on = content.starts_on, content.ends_on
    filing.quota = content.people.quota
    filing.assessment = content.people.assessment
    filing.lowest_level, filing.highest_level = content.people.lowest, content.people.highest
    filing.leave_mode = content.rights.leave_mode.value
    filing.consent = content.rights.consent
    filing.wage_clause = content.rights.wage_clause
    filing.cost_agreement = content.rights.cost_agreement
    filing.parts = plain_parts(content)
    for table in (SubjectLine, FilingTeacher, FilingOccupation):
        db.session.execute(delete(table).where(table.filing_id == filing.id))
    db.session.add_all(
        SubjectLine(
            filing_id=filing.id,
            position=position,
            subject=line.subject,
            title=line.title,
            hours_tenths=int(line.hours * 10),
        )
        for position, line in enumerate(content.subjects, 1)
    )
    db.session.add_all(
        FilingTeacher(
            filing_id=filing.id,
            position=position,
            name=one.name,
            unit=one.unit,
            title=one.title,
            employment=one.employment.value,
        )
        for position, one in enumerate(content.teachers, 1)
    )
    _store_sessions(filing, content.sessions)
    codes = {occupation.name: occupation.code for occupation in reference.occupations()}
    db.session.execute(
        insert(FilingOccupation),
        [
            {"filing_id": filing.id, "name": name, "position": position, "code": codes.get(name)}
            for position, name in enumerate(content.people.occupations, 1)
        ],
    )
    db.session.flush()
    db.session.expire(filing, ["subject_lines", "sessions", "teachers", "occupations"])


def _store_sessions(filing: ActivityFiling, sessions: tuple[Session, ...]) -> None:
    """Make the rows of the sessions say this. A session that is only moved keeps its row: attendance hangs on it.

    Those of the same half day are the same; of the others the first that went is the first that came, and so on.
    """
    rows = {(row.on, row.half): row for row in filing.sessions}
    wanted = {(session.on, session.half.value): session for session in sessions}
    came = [key for key in wanted if key not in rows]
    gone = sorted((key for key in rows if key not in wanted), key=lambda key: rows[key].starts_at)
    kept = {key: rows[key] for key in rows if key in wanted}
    kept.update(zip(came, (rows[key] for key in gone), strict=False))
    touched = [row.id for key, row in rows.items() if key in gone]
    held = select(Attendance.session_id).where(Attendance.session_id.in_(touched)).limit(1)
    if touched and db.session.scalar(held) is not None:
        raise RuleError("要移动的课次已有签到记录，不能变更", code="session_held")
    for key in gone[len(came) :]:
        db.session.delete(rows[key])
    db.session.flush()
    for key, session in wanted.items():
        row = kept.get(key)
        if row is None:
            row = ActivitySession(filing_id=filing.id)
            db.session.add(row)
        row.on, row.half = session.on, session.half.value
        row.starts_at = starts_at(session).astimezone(UTC)
        row.ends_at = ends_at(session).astimezone(UTC)
        row.hours_tenths = int(session.hours * 10)
        row.place, row.topic = session.place, session.topic
        row.teacher_position = session.teacher or None
    db.session.flush()


def stored_content(filing: ActivityFiling) -> FilingContent:
    """The content as the tables hold it now. Only for a filing that was submitted."""
    return FilingContent(
        form=filing.form,
        basics=Basics(title=filing.title, purpose=filing.purpose, place=filing.place),
        subjects=tuple(
            SubjectHours(subject=line.subject, title=line.title, hours=Decimal(line.hours_tenths) / 10)
            for line in filing.subject_lines
        ),
        teachers=tuple(
            Teacher(name=one.name, unit=one.unit, title=one.title, employment=Employment(one.employment))
            for one in filing.teachers
        ),
        sessions=tuple(
            Session(
                on=session.on,
                half=Half(session.half),
                starts=session.starts_at.astimezone(CHINA).time(),
                ends=session.ends_at.astimezone(CHINA).time(),
                hours=Decimal(session.hours_tenths) / 10,
                place=session.place,
                teacher=session.teacher_position or 0,
                topic=session.topic,
            )
            for session in filing.sessions
        ),
        people=People(
            occupations=tuple(occupation.name for occupation in filing.occupations),
            quota=filing.quota or 0,
            assessment=filing.assessment,
            lowest=filing.lowest_level,
            highest=filing.highest_level,
        ),
        rights=Rights(
            leave_mode=LeaveMode(filing.leave_mode),
            consent=filing.consent,
            wage_clause=filing.wage_clause,
            cost_agreement=filing.cost_agreement,
        ),
        plan=paper_values(filing.case),
        **parts_from(filing.parts),
    )


def keep_snapshot(case: Case, content: FilingContent) -> CaseSnapshot:
    """Keep the content as the next round of the case."""
    last = db.session.scalar(select(func.max(CaseSnapshot.round)).where(CaseSnapshot.case_id == case.id)) or 0
    snapshot = CaseSnapshot(
        case_id=case.id,
        round=last + 1,
        content=canonical(content),
        sha256=content_sha256(content),
        taken_at=clock.now(),
    )
    db.session.add(snapshot)
    db.session.flush()
    return snapshot


def last_snapshots(case: Case, count: int = 2) -> list[CaseSnapshot]:
    """The newest rounds of the case, newest first."""
    query = select(CaseSnapshot).where(CaseSnapshot.case_id == case.id)
    return list(db.session.scalars(query.order_by(CaseSnapshot.round.desc()).limit(count)))


def snapshot_in_force(case: Case, *, before: CaseStep | None = None) -> CaseSnapshot | None:
    """The round that came into force last, or last before this step; before the bureau agreed to any, the newest.

    None for a draft.
    """
    agreed = next((step for step in reversed(case.steps) if step.action in _IN_FORCE_BY and step is not before), None)
    query = select(CaseSnapshot).where(CaseSnapshot.case_id == case.id).order_by(CaseSnapshot.round.desc()).limit(1)
    if agreed is not None:
        query = query.where(CaseSnapshot.sha256 == agreed.content_sha256)
    return db.session.scalar(query)


def submitted_content(case: Case) -> FilingContent | None:
    """What is in force; before the bureau agreed, what was submitted last. None for a draft."""
    snapshot = snapshot_in_force(case)
    return from_canonical(snapshot.content) if snapshot else None


def pending_change(case: Case) -> CaseSnapshot | None:
    """The change the bureau is asked to agree to, if it is asked."""
    return last_snapshots(case, 1)[0] if case.state == CHANGE_PENDING else None

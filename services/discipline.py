"""Discipline of study (art. 22): what somebody did in a session, recorded by the organiser; serious means no credit."""

from sqlalchemy import select, update

from domain.discipline import Severity
from domain.errors import NotAllowed, RuleError
from domain.filing_workflow import IN_FORCE
from domain.roles import Actor, Permission
from models import ActivityFiling, ActivitySession, DisciplineEvent, db
from services import audit, clock, notices


def of_filing(filing: ActivityFiling) -> list[DisciplineEvent]:
    """Every event of the activity, those taken back too, oldest first."""
    query = select(DisciplineEvent).where(DisciplineEvent.filing_id == filing.id)
    return list(db.session.scalars(query.order_by(DisciplineEvent.recorded_at, DisciplineEvent.id)))


def serious(filing: ActivityFiling) -> set[int]:
    """Who has a serious event that stands: their outcome should be a breach (INV-20)."""
    query = select(DisciplineEvent.technician_id).where(
        DisciplineEvent.filing_id == filing.id,
        DisciplineEvent.severity == Severity.SERIOUS.value,
        DisciplineEvent.withdrawn_at.is_(None),
    )
    return set(db.session.scalars(query))


def find(filing: ActivityFiling, event_id: int) -> DisciplineEvent | None:
    """An event of this activity."""
    return db.session.scalar(
        select(DisciplineEvent).where(DisciplineEvent.id == event_id, DisciplineEvent.filing_id == filing.id)
    )


def record(
    session: ActivitySession,
    filing: ActivityFiling,
    technician_id: int,
    *,
    severity: Severity,
    description: str,
    actor: Actor,
) -> DisciplineEvent:
    """The organiser notes what a participant did in a session; the person is told at once."""
    _check(filing, actor)
    event = DisciplineEvent(
        technician_id=technician_id,
        filing_id=filing.id,
        session_id=session.id,
        severity=severity.value,
        description=description,
        recorded_at=clock.now(),
        recorded_by_id=actor.account_id,
    )
    db.session.add(event)
    db.session.flush()
    audit.record("discipline.record", actor=actor, object_kind="case", object_id=filing.case_id, event_id=event.id)
    consequence = "按规定，严重违反学习纪律的，本次活动不给学分。" if severity is Severity.SERIOUS else ""
    notices.tell_technicians(
        [technician_id],
        f"违反学习纪律记录：{filing.title}",
        f"举办单位记录：{description}。{consequence}如有异议，请先联系举办单位。",
        f"/me/enrolments/{filing.id}",
        filing.case_id,
    )
    return event


def withdraw(event: DisciplineEvent, filing: ActivityFiling, *, reason: str, actor: Actor) -> None:
    """The organiser takes an event back; it stays readable with the reason."""
    _check(filing, actor)
    moved = db.session.execute(
        update(DisciplineEvent)
        .where(DisciplineEvent.technician_id == event.technician_id, DisciplineEvent.id == event.id)
        .where(DisciplineEvent.withdrawn_at.is_(None))
        .values(withdrawn_at=clock.now(), withdrawn_by_id=actor.account_id, withdrawn_reason=reason)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise RuleError("这条记录已经撤销，请刷新页面")
    audit.record("discipline.withdraw", actor=actor, object_kind="case", object_id=filing.case_id, event_id=event.id)
    notices.tell_technicians(
        [event.technician_id],
        f"学习纪律记录已撤销：{filing.title}",
        f"举办单位已撤销该记录，原因：{reason}。",
        f"/me/enrolments/{filing.id}",
        filing.case_id,
    )


def _check(filing: ActivityFiling, actor: Actor) -> None:
    if actor.organization_id != filing.organization_id or not actor.can(Permission.RESULT_WRITE):
        raise NotAllowed("只有举办单位的经办人可以记录学习纪律")
    if filing.case.state not in IN_FORCE:
        raise RuleError("活动已经办结或取消，学习纪律记录不能再改动", code="attendance_closed")

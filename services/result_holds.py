"""Rows of a report that wait alone: disputed by the person or held for a doubt, while the others go on."""

from collections.abc import Sequence

from sqlalchemy import select, update

from domain.errors import NotAllowed, RuleError
from domain.result_standing import RowStanding
from domain.roles import Actor, Permission, Role
from models import ResultReport, ResultRow, db
from services import audit, clock, presence, registry, result_posting

OVERLAP = "同一时间在其他活动已有到课记录，待核实"
# Before the release nobody's presence was concluded from the list.
BEFORE_RELEASE = ("draft", "entered", "supplement")
_LONGEST_REASON = 200


def waiting(report: ResultReport) -> list[ResultRow]:
    """The rows that are not released or credited with the others, in the order of the list."""
    query = select(ResultRow).where(ResultRow.report_id == report.id, ResultRow.standing != RowStanding.READY.value)
    return list(db.session.scalars(query.order_by(ResultRow.position)))


def hold(report: ResultReport, technician_ids: Sequence[int], *, reason: str, actor: Actor) -> int:
    """Let these persons' rows wait alone, with the reason; says how many were ready until now.

    A row that is disputed stays so: it waits already.
    """
    held = 0
    for part in registry.chunks(sorted(set(technician_ids))):
        moved = db.session.execute(
            update(ResultRow)
            .where(
                ResultRow.report_id == report.id,
                ResultRow.technician_id.in_(part),
                ResultRow.standing == RowStanding.READY.value,
            )
            .values(
                standing=RowStanding.HELD.value,
                standing_reason=reason[:_LONGEST_REASON],
                standing_at=clock.now(),
                standing_by_id=actor.account_id,
            )
        )
        held += moved.rowcount  # type: ignore[attr-defined]
    if held:
        audit.record(
            "result_report.hold", actor=actor, object_kind="case", object_id=report.case_id, persons=held, reason=reason
        )
    return held


def free(report: ResultReport, technician_id: int, *, remark: str, actor: Actor) -> None:
    """Let a row that waited go on; where the others are credited already its credits follow at once.

    Only an officer of the region frees a row, or the program when the person agrees. Nobody's row goes on whose hours
    no counted presence bears (P-06): an officer decides first which presence counts, and what the program would free
    waits for that. Raises NotAllowed or RuleError.
    """
    program = actor.role is Role.SYSTEM
    if not program and (not actor.can(Permission.RESULT_REVIEW) or actor.region_code != report.case.region_code):
        raise NotAllowed("只有活动所在地的人力社保部门可以恢复暂缓的成绩")
    standing = RowStanding.READY
    if report.case.state not in BEFORE_RELEASE and not _is_borne(report, technician_id):
        if not program:
            raise RuleError("此人的到课还没有核定，请在裁定时先核定", code="presence_open")
        standing, remark = RowStanding.HELD, OVERLAP
    moved = db.session.execute(
        update(ResultRow)
        .where(
            ResultRow.report_id == report.id,
            ResultRow.technician_id == technician_id,
            ResultRow.standing != RowStanding.READY.value,
        )
        .values(
            standing=standing.value,
            standing_reason=remark[:_LONGEST_REASON],
            standing_at=clock.now(),
            standing_by_id=actor.account_id,
        )
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        raise RuleError("此人的成绩没有暂缓，请刷新页面")
    if standing is not RowStanding.READY:
        return
    audit.record(
        "result_report.free",
        actor=actor,
        object_kind="case",
        object_id=report.case_id,
        technician_id=technician_id,
        remark=remark,
    )
    if report.case.state == "credited":
        result_posting.post_rows(report, [technician_id], actor=actor)


def _is_borne(report: ResultReport, technician_id: int) -> bool:
    """Whether the person's counted presence is as long as the hours of the row."""
    hours = db.session.scalar(
        select(ResultRow.hours_tenths).where(ResultRow.report_id == report.id, ResultRow.technician_id == technician_id)
    )
    return not hours or presence.counted_hours(report.filing_id, technician_id) >= hours

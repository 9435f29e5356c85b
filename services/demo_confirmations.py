"""What the people of the demo city said of their results before the release: most agree, a few find fault."""

from datetime import timedelta
from random import Random

from sqlalchemy import select, update

from domain.result_standing import Answer, DisputeKind
from domain.roles import Actor, Role
from models import Membership, ResultReport, ResultRow, Technician, db
from services import clock, result_confirmations, result_disputes

_CONFIRMED_SHARE = 0.6
_SAID = {
    DisputeKind.HOURS: "第二天下午我也在，请按签到表核对学时。",
    DisputeKind.SCORE: "实操成绩应为 86 分，评分表上有记录。",
}
_ANSWERED = "签到表第二天下午没有本人签名，监控也没有记录，学时不作更正。"


def some_answer(draw: Random, report: ResultReport) -> None:
    """A good part of the people have looked at their rows by now; those with accounts leave theirs to the visitor."""
    with_account = select(Membership.technician_id).where(Membership.technician_id.is_not(None))
    rows = db.session.scalars(
        select(ResultRow.technician_id)
        .where(ResultRow.report_id == report.id, ResultRow.answer == "", ResultRow.technician_id.not_in(with_account))
        .order_by(ResultRow.position)
    )
    answered = [technician_id for technician_id in rows if draw.random() < _CONFIRMED_SHARE]
    db.session.execute(
        update(ResultRow)
        .where(ResultRow.report_id == report.id, ResultRow.technician_id.in_(answered))
        .values(answer=Answer.CONFIRMED.value, answered_at=clock.now() - timedelta(minutes=40))
    )


def dispute_one(report: ResultReport, kind: DisputeKind, *, clerk: Actor | None = None) -> None:
    """One person who has not answered finds fault; with `clerk` the organiser has answered that it stands by it."""
    row = db.session.scalars(
        select(ResultRow)
        .where(ResultRow.report_id == report.id, ResultRow.answer == "", ResultRow.hours_tenths > 0)
        .order_by(ResultRow.position.desc())
        .limit(1)
    ).first()
    if row is None:
        return
    name = db.session.get_one(Technician, row.technician_id).name
    person = Actor(role=Role.TECHNICIAN, name=name, technician_id=row.technician_id)
    raised = result_confirmations.dispute(report, kind=kind, text=_SAID[kind], actor=person)
    if clerk is not None:
        result_disputes.insist(raised, reason=_ANSWERED, actor=clerk)

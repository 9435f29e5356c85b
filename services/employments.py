"""Employments begin with an import of the staff; here they are agreed to, refused and ended."""

from datetime import date

from sqlalchemy import select, update

from domain.errors import RuleError
from domain.register_rows import RegisterPart
from domain.roles import Actor
from models import Employment, db
from services import audit, clock, register_history


def end_employment(technician_id: int, *, on: date, actor: Actor) -> None:
    """The person leaves the actor's organisation; credits and certificates stay with the person."""
    if on > clock.today():
        raise RuleError("离职日期不能晚于今天")
    spells = db.session.scalars(
        select(Employment.id).where(
            Employment.technician_id == technician_id,
            Employment.organization_id == actor.organization_id,
            Employment.ended_on.is_(None),
        )
    )
    register_history.keep(RegisterPart.EMPLOYMENT, [(technician_id, spell) for spell in spells])
    moved = db.session.execute(
        update(Employment)
        .where(Employment.technician_id == technician_id, Employment.organization_id == actor.organization_id)
        .where(Employment.ended_on.is_(None), Employment.started_on <= on)
        .values(ended_on=on)
    )
    if moved.rowcount == 0:  # type: ignore[attr-defined]
        raise RuleError("该人员已不在本单位名册中，或离职日期早于入册日期，请核对")
    audit.record("employment.end", actor=actor, object_kind="technician", object_id=technician_id)


def answer_claim(employment_id: int, *, agrees: bool, actor: Actor) -> None:
    """The person says whether an employer that named them is theirs."""
    if actor.technician_id is not None:
        register_history.keep(RegisterPart.EMPLOYMENT, [(actor.technician_id, employment_id)])
    moved = db.session.execute(
        update(Employment)
        .where(Employment.technician_id == actor.technician_id, Employment.id == employment_id)
        .where(Employment.state == "claimed")
        .values(state="active" if agrees else "refused")
    )
    if moved.rowcount == 0:  # type: ignore[attr-defined]
        raise RuleError("这条任职登记已经处理过，请刷新页面")
    audit.record(
        "employment.agree" if agrees else "employment.refuse",
        actor=actor,
        object_kind="employment",
        object_id=employment_id,
    )

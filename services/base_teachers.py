"""The register of a base's teachers: put down, ended, counted, and filled from what the base publishes (art. 11)."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

from domain.base_content import Teacher
from domain.errors import NotAllowed, RuleError
from domain.filing_content import Employment
from domain.periods import china_date
from domain.roles import Actor, Permission
from domain.teacher_register import Staffing, plain_name, staffing
from models import BaseTeacher, TrainingBase, db
from services import audit, clock, policies


def of_base(base: TrainingBase, *, ended: bool = False) -> list[BaseTeacher]:
    """The teachers of the base in the order they came; those who left too, last, if asked for."""
    query = select(BaseTeacher).where(BaseTeacher.base_id == base.id)
    if not ended:
        query = query.where(BaseTeacher.ended_on.is_(None))
    return list(db.session.scalars(query.order_by(BaseTeacher.ended_on.is_not(None), BaseTeacher.id)))


def names_of(organization_id: int | None) -> frozenset[str] | None:
    """Who may teach for the organisation as a base; None when it was never published here."""
    base_id = db.session.scalar(select(TrainingBase.id).where(TrainingBase.organization_id == organization_id))
    if base_id is None:
        return None
    query = select(BaseTeacher.name).where(BaseTeacher.base_id == base_id, BaseTeacher.ended_on.is_(None))
    return frozenset(db.session.scalars(query))


def staffing_of(base: TrainingBase) -> Staffing:
    """The teachers by kind, against the share the policy asks for, if any."""
    least = policies.active_policy().value("teacher.min_fulltime_ratio")
    return staffing([each.employment for each in of_base(base)], least)


def find(teacher_id: int, *, seen_by: Actor) -> BaseTeacher | None:
    """The teacher if this actor's organisation is the base."""
    return db.session.scalar(
        select(BaseTeacher)
        .join(TrainingBase, TrainingBase.id == BaseTeacher.base_id)
        .where(BaseTeacher.id == teacher_id, TrainingBase.organization_id == seen_by.organization_id)
    )


def put_down(base: TrainingBase, teacher: Teacher, *, actor: Actor) -> BaseTeacher:
    """Take somebody into the register. Raises NotAllowed, or RuleError for one who is in it."""
    _check_own(base, actor)
    _hold(base)
    if any(_same(each, teacher) for each in of_base(base)):
        raise RuleError(f"“{teacher.name}”已在教师库中；同名的另一位教师，请写明不同的证书", code="twice")
    found = _add(base, teacher, actor)
    audit.record(
        "base_teacher.put_down", actor=actor, object_kind="training_base", object_id=base.id, teacher_id=found.id
    )
    return found


def end(teacher: BaseTeacher, *, reason: str, actor: Actor) -> None:
    """Somebody does not teach for the base any more; what was taught stays. Raises NotAllowed or RuleError."""
    base = db.session.get_one(TrainingBase, teacher.base_id)
    _check_own(base, actor)
    _hold(base)
    db.session.refresh(teacher)
    if teacher.ended_on is not None:
        raise RuleError("这位教师已经离任，请刷新页面", code="ended")
    teacher.ended_on, teacher.ended_reason = max(clock.today(), teacher.since), reason.strip()[:200]
    audit.record("base_teacher.end", actor=actor, object_kind="training_base", object_id=base.id, teacher_id=teacher.id)
    db.session.flush()


def take_over(base: TrainingBase, teachers: Iterable[Teacher], *, on: date) -> None:
    """Whom the base names in what is published is in its register from then on."""
    present = of_base(base)
    for teacher in teachers:
        if not any(_same(each, teacher) for each in present):
            present.append(_add(base, teacher, None, on))


def _same(known: BaseTeacher, teacher: Teacher) -> bool:
    same_name = plain_name(known.name) == plain_name(teacher.name)
    return same_name and (not teacher.credentials or known.credentials in ("", teacher.credentials))


def _add(base: TrainingBase, teacher: Teacher, actor: Actor | None, on: date | None = None) -> BaseTeacher:
    found = BaseTeacher(
        base_id=base.id,
        name=teacher.name,
        employment=Employment(teacher.employment).value,
        title=teacher.title,
        credentials=teacher.credentials,
        field=teacher.field,
        since=on or china_date(clock.now()),
        recorded_at=clock.now(),
        recorded_by_id=actor.account_id if actor else None,
    )
    db.session.add(found)
    db.session.flush()
    return found


def _check_own(base: TrainingBase, actor: Actor) -> None:
    if actor.organization_id != base.organization_id or not actor.can(Permission.BASE_APPLY):
        raise NotAllowed("只有基地的经办人可以修改教师库")


def _hold(base: TrainingBase) -> None:
    db.session.execute(select(TrainingBase.id).where(TrainingBase.id == base.id).with_for_update())

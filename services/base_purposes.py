"""What an application of a base is for, told when it is handed in; a change is compared with what is published."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from domain.base_content import CONDITIONS, BaseContent
from domain.base_purpose import Purpose, conditions_of_change
from domain.base_workflow import CHANGE_MOVES, OTHER_MOVES, PUBLISHED
from domain.roles import Actor
from models import BaseApplication, BasePublication, Case, CaseStep, TrainingBase, db
from services import base_applications, cases, clock, policies
from services.base_applications import KIND

_TITLES = {
    Purpose.FIRST: "{}申请继续教育基地",
    Purpose.RENEWAL: "{}申请继续教育基地续期",
    Purpose.CHANGE: "{}申请变更继续教育基地公布内容",
}


def purpose_of(case: Case) -> Purpose:
    """What the application of this case was handed in for; of a draft, what it would be today."""
    application = base_applications.of_case(case)
    return would_be(application) if case.submitted_at is None else Purpose(application.purpose)


def would_be(application: BaseApplication, level: str | None = None) -> Purpose:
    """What it would be if it were handed in today; another level than the present one is asked for anew."""
    base = db.session.scalar(select(TrainingBase).where(TrainingBase.organization_id == application.organization_id))
    if base is None or base.case.state != PUBLISHED or (level is not None and level != base.level):
        return Purpose.FIRST
    days = int(policies.active_policy().figure("base.renew_notice_days"))
    return Purpose.RENEWAL if clock.today() >= base.valid_until - timedelta(days=days) else Purpose.CHANGE


def before(case: Case) -> BaseContent | None:
    """What was published when this was handed in, evidence and all; None for what changes nothing published."""
    application = base_applications.of_case(case)
    if purpose_of(case) is Purpose.FIRST:
        return None
    mine = select(BasePublication.version).where(BasePublication.case_id == case.id).scalar_subquery()
    query = (
        select(BasePublication.case_id)
        .join(TrainingBase, TrainingBase.id == BasePublication.base_id)
        .where(TrainingBase.organization_id == application.organization_id, BasePublication.case_id != case.id)
        .where(mine.is_(None) | (BasePublication.version < mine))
        .order_by(BasePublication.version.desc())
    )
    earlier = db.session.scalar(query.limit(1))
    return base_applications.submitted_content(db.session.get_one(Case, earlier)) if earlier else None


def conditions_for(case: Case) -> tuple[int, ...]:
    """The conditions of art. 9 on which reviewers must say what they found: all five, or those a change concerns."""
    if purpose_of(case) is not Purpose.CHANGE:
        return tuple(CONDITIONS)
    old, new = before(case), base_applications.submitted_content(case)
    return conditions_of_change(old, new) if old and new else tuple(CONDITIONS)


@cases.effect(KIND, "submit")
def _tell_purpose(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    application, content = base_applications.of_case(case), base_applications.submitted_content(case)
    purpose = would_be(application, content.basics.level if content else None)
    application.purpose = purpose.value
    case.title = _TITLES[purpose].format(application.organization.name)
    db.session.flush()


@cases.only_if(KIND, *CHANGE_MOVES)
def _is_change(case: Case) -> bool:
    return purpose_of(case) is Purpose.CHANGE


@cases.only_if(KIND, *OTHER_MOVES)
def _is_no_change(case: Case) -> bool:
    return purpose_of(case) is not Purpose.CHANGE

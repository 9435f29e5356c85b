"""The advice of industry authorities on base applications: asked by the reviewers, within its days, binding nobody."""

from datetime import date

from sqlalchemy import Select, select

from domain.base_workflow import UNDER_REVIEW
from domain.errors import NotAllowed, RuleError
from domain.roles import CITY, Actor, Permission
from models import AuthorityOccupation, BaseOpinion, Case, Organization, db
from services import audit, base_applications, base_visits, case_lock, clock, notices, policies
from services.calendar import working_calendar

# --- Reads ------------------------------------------------------------------------------------------------------------


def of_case(case: Case) -> list[BaseOpinion]:
    """Every authority that was asked about an application, the first asked first."""
    query = select(BaseOpinion).where(BaseOpinion.case_id == case.id).order_by(BaseOpinion.id)
    return list(db.session.scalars(query))


def may_ask(case: Case, actor: Actor) -> bool:
    """Whether this official may ask now: whoever may write down visits."""
    return base_visits.may_record(case, actor)


def authorities_for(case: Case) -> list[Organization]:
    """The authorities of the place or the city that advise on an occupation of the application, and were not asked."""
    content = base_applications.submitted_content(case)
    occupations = [line.occupation for line in content.scope] if content else []
    query = (
        select(Organization)
        .join(AuthorityOccupation, AuthorityOccupation.organization_id == Organization.id)
        .where(AuthorityOccupation.occupation.in_(occupations))
        .where(Organization.region_code.in_((case.region_code, CITY)))
        .where(Organization.id.not_in(select(BaseOpinion.organization_id).where(BaseOpinion.case_id == case.id)))
        .distinct()
        .order_by(Organization.name)
    )
    return list(db.session.scalars(query))


def asked_of(actor: Actor) -> Select[BaseOpinion]:
    """What the actor's authority was asked, what waits for an answer first."""
    return (
        select(BaseOpinion)
        .where(BaseOpinion.organization_id == actor.organization_id)
        .order_by(BaseOpinion.answered_at.is_not(None), BaseOpinion.due_on, BaseOpinion.id)
    )


def find(opinion_id: int, *, seen_by: Actor) -> BaseOpinion | None:
    """The question if it was put to the actor's authority."""
    return db.session.scalar(asked_of(seen_by).where(BaseOpinion.id == opinion_id))


def may_answer(opinion: BaseOpinion) -> bool:
    """Whether an answer still serves: it was not given, and the application is not decided."""
    return opinion.answered_at is None and opinion.case.state in UNDER_REVIEW


def is_late(opinion: BaseOpinion) -> bool:
    """Whether the days are over without an answer: the review goes on as if there were no objection."""
    return opinion.answered_at is None and clock.today() > opinion.due_on


def occupations_of(organization_id: int) -> list[str]:
    """The occupations an authority advises on."""
    query = select(AuthorityOccupation.occupation).where(AuthorityOccupation.organization_id == organization_id)
    return list(db.session.scalars(query.order_by(AuthorityOccupation.occupation)))


# --- Acts -------------------------------------------------------------------------------------------------------------


def ask(case: Case, organization_id: int, question: str, *, actor: Actor) -> BaseOpinion:
    """Ask an authority for its advice on an application. Raises NotAllowed or RuleError."""
    case_lock.hold(case.id)
    db.session.refresh(case)
    if not may_ask(case, actor):
        raise NotAllowed("只有本件的审核人员在作出决定之前可以征求意见")
    if organization_id not in {each.id for each in authorities_for(case)}:
        raise RuleError("请从列表中选择还没有征求过意见的行业主管部门", code="authority")
    opinion = BaseOpinion(
        case_id=case.id,
        organization_id=organization_id,
        question=question,
        asked_by_id=actor.account_id,
        asked_by=actor.name,
        asked_at=clock.now(),
        due_on=_due(clock.today()),
    )
    db.session.add(opinion)
    db.session.flush()
    audit.record("base_opinion.ask", actor=actor, object_kind="case", object_id=case.id, opinion_id=opinion.id)
    notices.tell_organization(
        organization_id,
        f"征求意见：{case.title}",
        f"{case.region.name}人力社保部门就“{case.title}”征求贵单位意见，请在规定期限内答复；逾期未答复视为没有意见。",
        f"/industry/opinions/{opinion.id}",
        permission=Permission.BASE_ADVISE,
        case_id=case.id,
    )
    return opinion


def answer(opinion: BaseOpinion, *, supports: bool, text: str, actor: Actor) -> None:
    """Give the authority's advice, once. Raises NotAllowed or RuleError."""
    case_lock.hold(opinion.case_id)
    db.session.refresh(opinion)
    db.session.refresh(opinion.case)
    if not actor.can(Permission.BASE_ADVISE) or actor.organization_id != opinion.organization_id:
        raise NotAllowed()
    if not may_answer(opinion):
        raise RuleError("已经答复，或者该申请已经作出决定，不能再答复", code="answered")
    if not supports and not text.strip():
        raise RuleError("不支持的，请写明理由", code="remark_required")
    now = clock.now()
    opinion.supports, opinion.answer = supports, text.strip()
    opinion.answered_by, opinion.answered_by_id, opinion.answered_at = actor.name, actor.account_id, now
    db.session.flush()
    audit.record("base_opinion.answer", actor=actor, object_kind="case", object_id=opinion.case_id, supports=supports)
    case = opinion.case
    notices.tell_region(
        case.region_code,
        f"行业主管部门已答复：{case.title}",
        f"{opinion.organization.name}答复：{'支持' if supports else '不支持'}。",
        f"/bureau/cases/{case.id}",
        permission=Permission.BASE_REVIEW,
        case_id=case.id,
    )


def appoint(organization: Organization, occupations: list[str]) -> None:
    """Say on which occupations an organisation advises as industry authority, besides those it has."""
    for name in sorted(set(occupations) - set(occupations_of(organization.id))):
        db.session.add(AuthorityOccupation(organization_id=organization.id, occupation=name))
    db.session.flush()


def _due(asked_on: date) -> date:
    days = int(policies.active_policy().figure("base.opinion_workdays"))
    return working_calendar().add_working_days(asked_on, days)

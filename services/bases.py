"""Published training bases: publication by the Centre, scope and fees, suspension, renewal and expiry (arts. 7-10)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.orm import joinedload

from domain.base_content import BaseContent, FeeItem, Scope, disclosed, from_canonical, sha256_of
from domain.base_purpose import Purpose
from domain.base_workflow import CLOSED, PUBLISHED, RECOGNISED, REVOKED, SHOWN, SUSPENDED
from domain.errors import RuleError
from domain.filing_forms import OF_CAPACITY
from domain.periods import say_date
from domain.roles import CITY, SYSTEM, Actor, Permission, Role
from domain.workflows import CaseKind
from models import (
    ActivityFiling,
    BasePublication,
    BaseScopeEntry,
    Case,
    CaseStep,
    Membership,
    Organization,
    OrganizationCapacity,
    TrainingBase,
    db,
)
from services import (
    base_applications,
    base_purposes,
    base_teachers,
    cases,
    clock,
    jobs,
    notices,
    numbers,
    policies,
    reference,
)
from services.base_applications import KIND
from services.base_objections import unopposed
from services.transaction import transaction

CAPACITY = "training_base"
_AT_ONCE = 50
_DEEMED = "规定的期限内没有作出是否受理的决定，自期限届满起视为受理"
# Whoever acts for the organisation may act for it as a base too, in the same part.
_AS_BASE = {
    Role.EMPLOYER_CLERK: Role.BASE_CLERK,
    Role.ORGANIZER_CLERK: Role.BASE_CLERK,
    Role.EMPLOYER_MANAGER: Role.BASE_MANAGER,
    Role.ORGANIZER_MANAGER: Role.BASE_MANAGER,
}


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_organization(organization_id: int | None) -> TrainingBase | None:
    """The base this organisation was published as, whatever became of it."""
    return db.session.scalar(select(TrainingBase).where(TrainingBase.organization_id == organization_id))


def publications(base: TrainingBase) -> list[BasePublication]:
    """Every version of what the base discloses, the newest first."""
    query = select(BasePublication).where(BasePublication.base_id == base.id)
    return list(db.session.scalars(query.order_by(BasePublication.version.desc())))


def content_of(base: TrainingBase, version: int | None = None) -> BaseContent | None:
    """What the base discloses now, or disclosed in an earlier version; None for a version there is not."""
    found = db.session.get(BasePublication, (base.id, version or base.version))
    return from_canonical(found.content) if found else None


def scope_of(organization_id: int | None) -> Scope | None:
    """What the organisation is recognised for as a base; None when it was never published here."""
    base = of_organization(organization_id)
    content = content_of(base) if base else None
    if base is None or content is None:
        return None
    return Scope(
        base_id=base.id,
        state=base.case.state,
        subjects=frozenset(content.subjects),
        ranks={name: frozenset(line.ranks) for line in content.scope for name in _spellings(line.occupation)},
        may_file=base.case.state == PUBLISHED and clock.today() <= base.valid_until,
    )


def not_in_force() -> Select[int]:
    """The organisations that are no base now although they were published: suspended or expired."""
    return (
        select(TrainingBase.organization_id).join(Case, Case.id == TrainingBase.case_id).where(Case.state != PUBLISHED)
    )


def _spellings(occupation: str) -> tuple[str, ...]:
    """Everything a clerk may call this occupation: filings name it as they were typed."""
    known = next((each for each in reference.occupations() if each.name == occupation), None)
    return (occupation, *known.synonyms) if known else (occupation,)


def published_fees(organization_id: int | None) -> tuple[FeeItem, ...] | None:
    """The fee items the base has disclosed (art. 10), none if it charges nothing; None when it was never published.

    An item of one occupation stands once under each of its spellings.
    """
    base = of_organization(organization_id)
    content = content_of(base) if base else None
    if content is None:
        return None
    return tuple(
        replace(fee, occupation=name)
        for fee in content.fees
        for name in (_spellings(fee.occupation) if fee.occupation else ("",))
    )


def waiting_for_center() -> list[Case]:
    """What was recognised and is to be published, the soonest due first."""
    query = select(Case).where(Case.kind == KIND, Case.state == RECOGNISED).order_by(Case.due_on, Case.id)
    return list(db.session.scalars(query.options(joinedload(Case.organization), joinedload(Case.region))))


def published() -> Select[Case, TrainingBase]:
    """What the Centre has published with the base it is, the newest first."""
    return (
        select(Case, TrainingBase)
        .join(TrainingBase, TrainingBase.case_id == Case.id)
        .where(Case.kind == KIND, Case.state.in_(SHOWN))
        .options(joinedload(Case.organization))
        .order_by(Case.decided_at.desc(), Case.id)
    )


def is_renewal(base: TrainingBase, on: date) -> bool:
    """Whether an application published on this day begins a new term, or only changes what is disclosed."""
    return on >= base.valid_until - timedelta(days=_renewal_days())


def _renewal_days() -> int:
    return int(policies.active_policy().figure("base.renew_notice_days"))


# --- Publication ------------------------------------------------------------------------------------------------------


@cases.effect(KIND, "recognise", "conclude", "approve_change")
def _tell_center(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    notices.tell_region(
        CITY,
        f"待公布：{case.title}",
        f"“{case.title}”已由{case.region.name}人力社保部门认定，请向社会公布（第九条）。",
        f"/center/bases/{case.id}",
        permission=Permission.BASE_PUBLISH,
        case_id=case.id,
    )


@cases.effect(KIND, "publish")
def _publish(case: Case, step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """Number, term, disclosed content, searchable scope; the organisation is a base from now on."""
    content = base_applications.submitted_content(case)
    if content is None or step.content_sha256 != base_applications.seal_of(case):
        raise RuleError("申请内容与存档不一致，不能公布，请联系平台服务电话", code="content_changed")
    application = base_applications.of_case(case)
    organization = application.organization
    today = clock.today()
    base = db.session.scalar(
        select(TrainingBase).where(TrainingBase.organization_id == organization.id).with_for_update()
    )
    if base is None:
        base = _first(case, organization, content.basics.level, today)
    else:
        _follow_up(base, case, content.basics.level, today)
    plain = {**disclosed(content), "name": organization.name}
    db.session.add(
        BasePublication(
            base_id=base.id,
            version=base.version,
            case_id=case.id,
            published_on=today,
            valid_until=base.valid_until,
            content=plain,
            sha256=sha256_of(plain),
        )
    )
    db.session.execute(delete(BaseScopeEntry).where(BaseScopeEntry.base_id == base.id))
    db.session.execute(
        insert(BaseScopeEntry),
        [
            {"base_id": base.id, "occupation": line.occupation, "level_rank": rank}
            for line in content.scope
            for rank in line.ranks
        ],
    )
    base_teachers.take_over(base, content.teachers, on=today)
    _recognise_capacity(organization.id, today)
    db.session.flush()


def _first(case: Case, organization: Organization, level: str, today: date) -> TrainingBase:
    series = f"training_base.{case.region_code}"
    base = TrainingBase(
        organization_id=organization.id,
        number=f"JXJY-{case.region_code}-{numbers.next_in(series):03d}",
        case_id=case.id,
        version=1,
        region_code=case.region_code,
        level=level,
        published_on=today,
        valid_until=_term_from(today),
    )
    db.session.add(base)
    db.session.flush()
    return base


def _follow_up(base: TrainingBase, case: Case, level: str, today: date) -> None:
    """A change keeps the term, a renewal adds one; the earlier recognition is replaced."""
    earlier = base.case
    if earlier.state == SUSPENDED:
        raise RuleError("该基地的资格正在暂停，恢复后才能公布新的认定", code="suspended")
    ended = earlier.state in (REVOKED, CLOSED)
    if ended or is_renewal(base, today):
        base.valid_until = _term_from(today if ended else max(today, base.valid_until))
        base.renewal_told_at = None
    base.case_id, base.version = case.id, base.version + 1
    base.region_code, base.level = case.region_code, level
    db.session.flush()
    # What was revoked or closed stays so; the organisation is recognised anew.
    if not ended:
        cases.act(earlier, "replace", actor=SYSTEM)


def _term_from(first: date) -> date:
    """The last day of a term that begins after this day."""
    years = int(policies.active_policy().figure("base.valid_years"))
    try:
        return first.replace(year=first.year + years)
    except ValueError:  # 29 February
        return first.replace(year=first.year + years, day=28)


def _recognise_capacity(organization_id: int, today: date) -> None:
    """The organisation is a base too (one organisation, several capacities), and its people may act as such."""
    if db.session.get(OrganizationCapacity, (organization_id, CAPACITY)) is None:
        db.session.add(OrganizationCapacity(organization_id=organization_id, capacity=CAPACITY, since=today))
    present = db.session.scalars(select(Membership).where(Membership.organization_id == organization_id)).all()
    have = {(each.account_id, each.role) for each in present if each.ended_at is None}
    for each in present:
        role = _AS_BASE.get(Role(each.role))
        if role is None or each.ended_at is not None or (each.account_id, role.value) in have:
            continue
        have.add((each.account_id, role.value))
        ended = next((old for old in present if (old.account_id, old.role) == (each.account_id, role.value)), None)
        if ended is not None:
            ended.ended_at, ended.started_at = None, clock.machine_now()
            continue
        db.session.add(
            Membership(
                account_id=each.account_id,
                role=role.value,
                organization_id=organization_id,
                started_at=clock.machine_now(),
            )
        )


# --- What a base that may not file is refused -------------------------------------------------------------------------


@cases.effect(CaseKind.ACTIVITY_FILING, "approve")
def _needs_base_in_force(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """A class filed before the base was suspended or expired is not agreed to afterwards (arts. 8, 34)."""
    form = db.session.scalar(select(ActivityFiling.form).where(ActivityFiling.case_id == case.id))
    scope = scope_of(case.organization_id) if form in OF_CAPACITY[CAPACITY] else None
    if scope is not None and not scope.may_file:
        raise RuleError("举办单位的基地资格已暂停或到期，不能准予备案", code="base_not_in_force")


# --- The worker's minute ----------------------------------------------------------------------------------------------


@jobs.every_minute
def keep_terms() -> None:
    """Accept what was left lying, conclude notices, tell bases to renew, let terms end; each in a transaction."""
    for case_id in list(db.session.scalars(unopposed().with_only_columns(Case.id).limit(_AT_ONCE))):
        with transaction():
            case = db.session.scalar(unopposed().where(Case.id == case_id))
            if case is not None:
                cases.act(case, "conclude", actor=SYSTEM)
    for case_id in list(db.session.scalars(_unheard().with_only_columns(Case.id).limit(_AT_ONCE))):
        with transaction():
            case = db.session.scalar(_unheard().where(Case.id == case_id))
            if case is not None:
                change = base_purposes.purpose_of(case) is Purpose.CHANGE
                cases.act(case, "deem_change" if change else "deem", actor=SYSTEM, remark=_DEEMED)
    for base_id in list(db.session.scalars(_ending().with_only_columns(TrainingBase.id).limit(_AT_ONCE))):
        with transaction():
            base = db.session.scalar(_ending().where(TrainingBase.id == base_id))
            if base is not None:
                _tell_to_renew(base)
    for base_id in list(db.session.scalars(_ended().with_only_columns(TrainingBase.id).limit(_AT_ONCE))):
        with transaction():
            base = db.session.scalar(_ended().where(TrainingBase.id == base_id))
            if base is not None:
                cases.act(base.case, "lapse", actor=SYSTEM, remark=f"有效期至{say_date(base.valid_until)}，未续期")


def _unheard() -> Select[Case]:
    """What nobody accepted, sent back or refused within the days for it: silence is acceptance."""
    return (
        select(Case)
        .where(Case.kind == KIND, Case.state == "submitted", Case.due_on < clock.today())
        .order_by(Case.due_on, Case.id)
    )


def _ending() -> Select[TrainingBase]:
    last = clock.today() + timedelta(days=_renewal_days())
    return (
        select(TrainingBase)
        .join(Case, Case.id == TrainingBase.case_id)
        .where(Case.state == PUBLISHED, TrainingBase.valid_until <= last, TrainingBase.renewal_told_at.is_(None))
        .order_by(TrainingBase.id)
    )


def _tell_to_renew(base: TrainingBase) -> None:
    base.renewal_told_at = clock.now()
    notices.tell_organization(
        base.organization_id,
        f"基地资格将于{say_date(base.valid_until)}到期",
        f"本单位的继续教育基地资格（{base.number}）将于{say_date(base.valid_until)}到期。需要继续的，请及时提出续期申请；"
        "到期后不能新备案培训班，历史记录和档案保留。",
        "/base",
        permission=Permission.BASE_APPLY,
        case_id=base.case_id,
    )


def _ended() -> Select[TrainingBase]:
    return (
        select(TrainingBase)
        .join(Case, Case.id == TrainingBase.case_id)
        .where(Case.state.in_((PUBLISHED, SUSPENDED)), TrainingBase.valid_until < clock.today())
        .order_by(TrainingBase.id)
    )

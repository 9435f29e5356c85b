"""The one door through which any case moves, and the reads every kind of case shares."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Select, false, func, or_, select, update
from sqlalchemy import case as sql_case

from domain.base_workflow import RECOGNISED, SHOWN
from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_workflow import CHANGE_PENDING, FILING, IN_FORCE, PROPOSALS
from domain.periods import say_date
from domain.roles import ORGANIZATION_ROLES, REGION_ROLES, Actor, Permission, Role
from domain.workflows import REVIEWS, WORKFLOWS, CaseKind, Clock, Side, State, Transition, Workflow
from models import Account, BaseOpinion, Case, CaseStep, Membership, SupplementItem, db
from services import audit, case_clock, clock, notices, numbers, policies

Effect = Callable[..., None]
Seal = Callable[[Case], str]
Fits = Callable[[Case], bool]
_effects: dict[tuple[CaseKind, str], list[Effect]] = {}
_fits: dict[tuple[CaseKind, str], Fits] = {}
_seals: dict[CaseKind, Seal] = {}


class StaleCase(RuleError):
    """The actor decided on another version than the present one."""

    code = "stale"
    message = "此件在您打开页面之后已有变动，请刷新后核对再办理"


def effect(kind: CaseKind, *actions: str) -> Callable[[Effect], Effect]:
    """Register what a transition causes; called as `f(case, step, actor, **inputs)` in the same transaction."""

    def register(function: Effect) -> Effect:
        for action in actions:
            _effects.setdefault((kind, action), []).append(function)
        return function

    return register


def seal(kind: CaseKind) -> Callable[[Seal], Seal]:
    """Register what tells the SHA-256 of a case's content: each step then names what it was about (P-12)."""

    def register(function: Seal) -> Seal:
        _seals[kind] = function
        return function

    return register


def only_if(kind: CaseKind, *actions: str) -> Callable[[Fits], Fits]:
    """Register for which cases of a kind these actions are: of two ways through a table a case goes one."""

    def register(function: Fits) -> Fits:
        for action in actions:
            _fits[(kind, action)] = function
        return function

    return register


def _fits_case(case: Case, move: Transition) -> bool:
    fits = _fits.get((CaseKind(case.kind), move.action))
    return fits is None or fits(case)


def workflow_of(case: Case) -> Workflow:
    return WORKFLOWS[CaseKind(case.kind)]


def state_of(case: Case) -> State:
    return workflow_of(case).state(case.state)


def side_of(kind: str, state: str) -> Side:
    """In whose court a case of this kind stands in this state."""
    return WORKFLOWS[CaseKind(kind)].state(state).side


def review_permission(kind: str) -> Permission:
    """The right to decide on cases of this kind."""
    return REVIEWS[CaseKind(kind)]


def visible_to(actor: Actor) -> Select[Case]:
    """The cases this actor may know of: an organisation's own; for the bureau what was ever submitted in its region."""
    if actor.role is Role.INDUSTRY_ADVISER:
        asked = select(BaseOpinion.case_id).where(BaseOpinion.organization_id == actor.organization_id)
        return select(Case).where(Case.id.in_(asked))
    if actor.role in ORGANIZATION_ROLES:
        return select(Case).where(Case.organization_id == actor.organization_id)
    if actor.role in REGION_ROLES and actor.can(Permission.CASE_READ):
        query = select(Case).where(Case.submitted_at.is_not(None))
        if actor.sees_city:
            return query
        drawn = (Case.kind == CaseKind.RESULT_REPORT) & (Case.second_region_code == actor.region_code)
        return query.where(or_(Case.region_code == actor.region_code, drawn))
    if actor.role is Role.CENTER_STAFF:
        # The Centre publishes the bases of the whole city (art. 9), and knows of a case from its recognition on.
        known = (RECOGNISED, *SHOWN)
        return select(Case).where(Case.kind == CaseKind.BASE_APPLICATION, Case.state.in_(known))
    if actor.role is Role.APPLICANT:
        return select(Case).where(Case.id == actor.case_id)
    return select(Case).where(false())


def find(case_id: int, *, seen_by: Actor) -> Case | None:
    """The case if this actor may know of it."""
    return db.session.scalar(visible_to(seen_by).where(Case.id == case_id))


def shared_with(actor: Actor) -> Select[Case]:
    """The cases of others in which the actor's organisation is the partner: it sees them on pages of their own."""
    if actor.role not in ORGANIZATION_ROLES:
        return select(Case).where(false())
    return select(Case).where(Case.partner_id == actor.organization_id)


_SECOND_REVIEW = "second_review"
# The region whose bureau has to act: the second reviewer's, while it is drawn and has not decided (P-15).
_DESK = sql_case((Case.state == _SECOND_REVIEW, Case.second_region_code), else_=Case.region_code)


def desk_of(case: Case) -> str:
    """The region whose bureau has to act on the case now."""
    return (case.second_region_code if case.state == _SECOND_REVIEW else None) or case.region_code


def waiting_for(actor: Actor) -> Select[Case]:
    """The cases in which this actor has something to do now (待办), soonest due first."""
    # That an activity may be called off keeps it in nobody's inbox.
    own = actor.role in ORGANIZATION_ROLES
    states = [
        (workflow.kind.value, state.name)
        for workflow in WORKFLOWS.values()
        for state in workflow.states
        if any(
            actor.can(move.permission) and move.tone != "secondary" and not move.own_page and not move.by_partner
            for move in workflow.leaving(state.name)
        )
        and not (workflow.kind is CaseKind.ACTIVITY_FILING and state.name in IN_FORCE and own)
    ]
    wanted = or_(false(), *((Case.kind == kind) & (Case.state == state) for kind, state in states))
    query = visible_to(actor).where(wanted)
    if own and actor.can(Permission.FILING_WRITE):
        asked = [state.name for state in FILING.states if state.side is Side.PARTNER]
        changing = shared_with(actor).where(Case.state == CHANGE_PENDING).with_only_columns(Case.id)
        newest = select(func.max(CaseStep.id)).where(CaseStep.case_id.in_(changing)).group_by(CaseStep.case_id)
        proposed = select(CaseStep.case_id).where(CaseStep.id.in_(newest), CaseStep.action.in_(PROPOSALS))
        theirs = shared_with(actor).where(Case.state.in_(asked) | Case.id.in_(proposed)).with_only_columns(Case.id)
        query = select(Case).where(or_(Case.id.in_(query.with_only_columns(Case.id)), Case.id.in_(theirs)))
    if actor.role in REGION_ROLES:
        query = query.where(_DESK.in_((actor.region_code,)))
    return query.order_by(Case.due_on.is_(None), Case.due_on, Case.id)


def open_case(kind: CaseKind, *, title: str, region_code: str, actor: Actor) -> Case:
    """A new case in the start state of its kind, with no number yet."""
    case = Case(
        kind=kind.value,
        title=title,
        state=WORKFLOWS[kind].start,
        region_code=region_code,
        organization_id=actor.organization_id,
        opened_by_id=actor.account_id,
        opened_at=clock.now(),
    )
    db.session.add(case)
    db.session.flush()
    return case


def _in_scope(actor: Actor, case: Case, move: Transition | None = None) -> bool:
    """Whether the case lies where the actor acts. The city sees all counties but acts on its own cases (art. 6)."""
    if move is not None and move.by_partner:
        return actor.role in ORGANIZATION_ROLES and actor.organization_id == case.partner_id
    if actor.role is Role.SYSTEM:
        return True
    if actor.role is Role.APPLICANT:
        return actor.case_id == case.id
    if actor.role in ORGANIZATION_ROLES:
        return actor.organization_id == case.organization_id
    if actor.role is Role.CENTER_STAFF:
        return True
    return actor.role in REGION_ROLES and actor.region_code == desk_of(case)


def _is_used_up(case: Case, move: Transition) -> bool:
    """Whether the move can be made once and was."""
    return move.once and any(step.action == move.action for step in case.steps)


def _same_eyes(case: Case, move: Transition, actor: Actor) -> CaseStep | None:
    """The last step of an action that the actor, as a natural person, may not also follow with this one."""
    for step in reversed(case.steps):
        if step.action in move.four_eyes:
            same_person = actor.person_key is not None and step.person_key == actor.person_key
            if same_person or (actor.account_id is not None and step.actor_id == actor.account_id):
                return step
    return None


_CONFLICT = "您同时是该单位的经办人员，按规定应当回避，请由其他工作人员办理。"


def works_for_applicant(case: Case, actor: Actor) -> bool:
    """Whether an official is, under any account, an operator of an organisation whose case it is (INV-19)."""
    if actor.role not in REGION_ROLES or case.organization_id is None:
        return False
    linked = (
        select(Membership.id)
        .join(Account, Account.id == Membership.account_id)
        .where(
            Membership.organization_id.in_([each for each in (case.organization_id, case.partner_id) if each]),
            Membership.ended_at.is_(None),
        )
        .where(
            or_(
                Account.id == actor.account_id,
                Account.person_key.is_not(None) & (Account.person_key == actor.person_key),
            )
        )
    )
    return db.session.scalar(linked.limit(1)) is not None


def actions(case: Case, actor: Actor) -> list[Transition]:
    """The moves this actor may make now: what the page offers as buttons."""
    if works_for_applicant(case, actor):
        return []
    return [
        move
        for move in workflow_of(case).leaving(case.state)
        if _in_scope(actor, case, move)
        and actor.can(move.permission)
        and not move.own_page
        and _fits_case(case, move)
        and not _is_used_up(case, move)
        and _same_eyes(case, move, actor) is None
    ]


def obstacle(case: Case, actor: Actor) -> str | None:
    """Why an official who may read the case has nothing to decide in it now; None where actions() offers something."""
    if actions(case, actor):
        return None
    if not any(actor.can(move.permission) for move in workflow_of(case).transitions):
        return f"{actor.role.label}身份只能查看，不能办理。"
    state = state_of(case)
    if state.side is Side.NOBODY:
        return f"此件已办结（{state.label}），不能再办理。"
    if not _in_scope(actor, case):
        if case.state == _SECOND_REVIEW and case.second_region is not None:
            return f"此件被抽中复核，由{case.second_region.name}人力社保部门办理，您只能查看。"
        return f"此件由{case.region.name}人力社保部门办理（第六条：各县、市、区负责本行政区域），您只能查看。"
    if works_for_applicant(case, actor):
        return _CONFLICT
    if state.side in (Side.APPLICANT, Side.PARTNER):
        return f"当前状态为“{state.label}”，正在等待申请方办理。"
    for move in workflow_of(case).leaving(case.state):
        seen = None if move.own_page or not actor.can(move.permission) else _same_eyes(case, move, actor)
        if seen is not None:
            return f"“{workflow_of(case).done_label(seen.action)}”由您本人办理，按规定须由另一人审核。"
    return f"当前状态为“{state.label}”，没有需要您办理的事项。"


def act(
    case: Case,
    action: str,
    *,
    actor: Actor,
    remark: str | None = None,
    version: int | None = None,
    items: list[tuple[str, str]] | None = None,
    content_sha256: str | None = None,
    **inputs: Any,
) -> CaseStep:
    """Move the case by this action.

    `version` is the version the actor saw: a decision on an older one is refused. `items` are the points of a complete
    supplement notice as (section, message). Raises WrongState, NotAllowed, StaleCase or RuleError; nothing is changed
    then.
    """
    workflow = workflow_of(case)
    move = workflow.find(action, case.state)
    if move is None or not _fits_case(case, move):
        raise WrongState(workflow.action_label(action), state_of(case).label)
    if not actor.can(move.permission) or not _in_scope(actor, case, move):
        raise NotAllowed()
    if works_for_applicant(case, actor):
        raise NotAllowed(_CONFLICT)
    seen = _same_eyes(case, move, actor)
    if seen is not None:
        raise NotAllowed(f"“{workflow.done_label(seen.action)}”由您本人办理，按规定须由另一人{move.label}")
    if _is_used_up(case, move):
        raise RuleError(f"已经{move.done_label}一次，不能再次{move.label}", code="used_up")
    if move.remark and not (remark or "").strip():
        raise RuleError(f"{move.label}必须写明理由", code="remark_required")
    if version is not None and version != case.version:
        raise StaleCase()
    origin, seen_version = case.state, case.version
    now = clock.now()
    values: dict[str, Any] = {
        "state": move.to_state,
        "version": seen_version + 1,
        **case_clock.values_after(case, move),
    }
    if workflow.state(move.to_state).side is Side.BUREAU and case.submitted_at is None:
        values |= {"submitted_at": now, "number": _number(workflow, case.region_code, clock.today())}
        values["policy_version_id"] = policies.active_version().id
    if move.clock is Clock.STOP:
        values["decided_at"] = now
    # The UPDATE names the state and version it leaves, so of two people who act at once only one succeeds.
    moved = db.session.execute(
        update(Case).where(Case.id == case.id, Case.state == origin, Case.version == seen_version).values(**values)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]
        db.session.refresh(case)
        raise WrongState(move.label, state_of(case).label)
    if content_sha256 is None and workflow.kind in _seals:
        # After the UPDATE, whose row lock keeps the content as it is.
        content_sha256 = _seals[workflow.kind](case)
    step = CaseStep(
        case_id=case.id,
        action=action,
        from_state=origin,
        to_state=move.to_state,
        at=now,
        actor_id=actor.account_id,
        actor_name=actor.name,
        actor_role=actor.role.value,
        person_key=actor.person_key,
        remark=remark,
        article=move.article or None,
        content_sha256=content_sha256,
    )
    db.session.add(step)
    db.session.flush()
    db.session.add_all(
        SupplementItem(step_id=step.id, section=section, message=message) for section, message in items or []
    )
    db.session.refresh(case)
    audit.record(f"{case.kind}.{action}", actor=actor, object_kind="case", object_id=case.id, step_id=step.id)
    for function in _effects.get((CaseKind(case.kind), action), []):
        function(case, step, actor, **inputs)
    if not move.quiet:
        _tell_other_side(case, move, actor, remark)
    return step


def _number(workflow: Workflow, region_code: str, on: date) -> str:
    """A case number that says kind, region, day and order: HD330784-20260601-0007."""
    series = f"{workflow.prefix}{region_code}-{on:%Y%m%d}"
    return f"{series}-{numbers.next_in(series):04d}"


def _tell_other_side(case: Case, move: Transition, actor: Actor, remark: str | None) -> None:
    """Each step is told to whoever has to do something next, and to the applicant when the bureau acted."""
    workflow = workflow_of(case)
    state = workflow.state(move.to_state)
    label = workflow.done_label(move.action)
    title = f"{workflow.label} {case.number or ''} {label}".replace("  ", " ")
    body = f"“{case.title}”：{label}。当前状态：{state.label}。"
    if move.clock is Clock.EXTEND and case.due_on is not None:
        body += f"新的承诺办结日：{say_date(case.due_on)}。"
    body += f"理由：{remark}" if remark else ""
    if state.side is Side.BUREAU:
        notices.tell_region(
            desk_of(case),
            title,
            body,
            f"/bureau/cases/{case.id}",
            permission=REVIEWS[CaseKind(case.kind)],
            case_id=case.id,
        )
    told = []
    if actor.role not in ORGANIZATION_ROLES or state.side is Side.APPLICANT or move.by_partner:
        told.append(case.organization_id)
    if state.side is Side.PARTNER or (case.partner_id is not None and move.clock is Clock.STOP):
        told.append(case.partner_id)
    for organization_id in (each for each in told if each is not None):
        notices.tell_organization(
            organization_id,
            title,
            body,
            f"/cases/{case.id}",
            permission=Permission.FILING_READ,
            case_id=case.id,
        )

"""Measures on training bases: proposed with their impact, heard, decided, carried out as it was said (arts. 12, 34)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from domain.base_measure_workflow import HEARING, OPEN
from domain.base_measures import (
    Choice,
    ClassFacts,
    Effects,
    Measure,
    choices_for,
    effects,
    ground_label,
    in_the_way,
    seal_of,
)
from domain.errors import NotAllowed, RuleError, WrongState
from domain.roles import SYSTEM, Actor, Permission
from domain.workflows import CaseKind
from models import ActivityFiling, BaseMeasure, Case, CaseStep, TrainingBase, db
from services import (
    archive_handovers,
    base_impact,
    base_shortfalls,
    case_lock,
    cases,
    clock,
    jobs,
)
from services.base_shortfalls import Shortfall
from services.transaction import transaction

KIND = CaseKind.BASE_MEASURE
_AT_ONCE = 50
_LONGEST_REASON = 2000


class ImpactChanged(RuleError):
    """What was said to happen and what would happen have come apart; nothing was done."""

    code = "impact_changed"
    message = "影响范围在您打开页面之后已有变化，没有执行。请按下面的最新影响核对后再决定"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A measure with what it would do to each class; `obstacles` say why it is not possible now."""

    measure: Measure
    classes: list[ClassFacts]
    choices: dict[int, Choice]
    effects: Effects
    obstacles: list[str]

    def offered(self, one: ClassFacts) -> tuple[Choice, ...]:
        return choices_for(self.measure, one)


@dataclass(frozen=True, kw_only=True)
class Review:
    """What the officer's page shows of a measure; `preview` while it is open, then what it said and what happened."""

    measure: BaseMeasure
    kind: Measure
    grounds: list[str]
    preview: Preview | None
    titles: dict[int, str]
    shortfalls: list[Shortfall]
    content_sha256: str


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_case(case: Case) -> BaseMeasure:
    """The measure of a case of this kind."""
    return db.session.get_one(BaseMeasure, case.id)


def find(case_id: int, *, seen_by: Actor) -> BaseMeasure | None:
    """The measure if this actor may know of its case."""
    case = cases.find(case_id, seen_by=seen_by)
    return db.session.get(BaseMeasure, case.id) if case is not None else None


def of_base(base: TrainingBase) -> list[BaseMeasure]:
    """Every measure on the base, the newest first."""
    query = select(BaseMeasure).where(BaseMeasure.base_id == base.id).options(joinedload(BaseMeasure.case))
    return list(db.session.scalars(query.order_by(BaseMeasure.case_id.desc())))


def decided(base: TrainingBase) -> list[BaseMeasure]:
    """What was decided and done with the base, the newest first: part of its public history (art. 10)."""
    return [each for each in of_base(base) if each.outcome is not None]


def under_way(base: TrainingBase) -> BaseMeasure | None:
    """The measure nobody has decided on yet: there is one at a time."""
    return next((each for each in of_base(base) if each.case.state in OPEN), None)


def possible(base: TrainingBase) -> list[Measure]:
    """What an officer may propose for the base as it stands; closing is asked for by the base itself."""
    if under_way(base) is not None:
        return []
    return [each for each in Measure if each is not Measure.CLOSE and base.case.state in each.from_states]


def preview(base: TrainingBase, measure: Measure, choices: Mapping[int, Choice] | None = None) -> Preview:
    """What the measure would do now, with these choices; a class without one gets what is usual."""
    classes = base_impact.facts_of(base, only_open=measure is not Measure.REVOKE)
    chosen = {}
    for each in classes:
        offered = choices_for(measure, each)
        if offered:
            wanted = (choices or {}).get(each.filing_id, offered[0])
            chosen[each.filing_id] = wanted if wanted in offered else offered[0]
    return Preview(
        measure=measure,
        classes=classes,
        choices=chosen,
        effects=effects(measure, classes, chosen),
        obstacles=[*in_the_way(measure, classes), *_kept_archives(base, measure)],
    )


def _kept_archives(base: TrainingBase, measure: Measure) -> list[str]:
    """A base that closes hands over what it keeps first: the time of keeping is longer than it lasts (art. 10)."""
    kept = archive_handovers.outstanding(base.organization_id) if measure is Measure.CLOSE else 0
    return [f"还有 {kept} 份教学档案由本单位保管，移交并被接收后才能注销"] if kept else []


def review(case: Case) -> Review:
    """Everything of a measure that its page shows."""
    found = of_case(case)
    measure = Measure(found.measure)
    now = preview(found.base, measure, chosen_of(found)) if case.state in OPEN else None
    wanted = {int(each) for each in found.choices}
    for said in (found.proposed, found.outcome or {}):
        for key in ("pending_ended", "stopped", "cut_short", "reversed", "going_on"):
            wanted.update(said.get(key, ()))
    titles: dict[int, str] = dict(
        db.session.execute(select(ActivityFiling.id, ActivityFiling.title).where(ActivityFiling.id.in_(wanted))).all()
    )
    return Review(
        measure=found,
        kind=measure,
        grounds=[ground_label(each) for each in found.grounds],
        preview=now,
        titles=titles,
        shortfalls=base_shortfalls.of_classes(now.effects.reversed) if now is not None else [],
        content_sha256=seal(found, now),
    )


def chosen_of(found: BaseMeasure) -> dict[int, Choice]:
    """The choices of a measure by class."""
    return {int(filing_id): Choice(choice) for filing_id, choice in found.choices.items()}


def seal(found: BaseMeasure, now: Preview | None) -> str:
    """The SHA-256 of a measure with what it would do, or did."""
    said = now.effects if now is not None else Effects.from_plain(found.outcome or found.proposed)
    return seal_of(
        Measure(found.measure),
        reason=found.reason + found.statement,
        grounds=found.grounds,
        choices=chosen_of(found),
        effects=said,
    )


@cases.seal(KIND)
def seal_of_case(case: Case) -> str:
    """The SHA-256 of the measure and of what it would do at this moment."""
    found = of_case(case)
    return seal(found, preview(found.base, Measure(found.measure), chosen_of(found)))


# --- Proposing --------------------------------------------------------------------------------------------------------


def propose(
    base: TrainingBase,
    measure: Measure,
    *,
    reason: str,
    grounds: list[int],
    choices: Mapping[int, Choice],
    actor: Actor,
) -> BaseMeasure:
    """An officer of the region in charge asks the leader for a measure; one that revokes is announced to the base.

    Raises NotAllowed, WrongState or RuleError.
    """
    if not actor.can(Permission.BASE_REVIEW) or actor.region_code != base.region_code:
        raise NotAllowed("只有负责该基地监督管理的人力社保部门可以提出处置意见（第六条）")
    hold(base)
    if measure not in possible(base):
        raise _not_now(base, measure)
    if measure.needs_grounds and not grounds:
        raise RuleError("请选择违反了第十二条的哪一项", code="grounds")
    found = _open(base, measure, reason=reason, grounds=grounds, choices=choices, actor=actor)
    # The base is told why, for it has to answer.
    announced = measure is Measure.REVOKE
    cases.act(
        found.case,
        "announce" if announced else "propose",
        actor=actor,
        remark=found.reason if announced else None,
    )
    return found


def ask_close(base: TrainingBase, *, reason: str, actor: Actor) -> BaseMeasure:
    """The base itself asks to be one no longer, once nothing of it is open. Raises NotAllowed or RuleError."""
    if actor.organization_id != base.organization_id or not actor.can(Permission.BASE_APPLY):
        raise NotAllowed("只有基地的经办人可以申请注销")
    hold(base)
    if under_way(base) is not None or base.case.state not in Measure.CLOSE.from_states:
        raise _not_now(base, Measure.CLOSE)
    obstacles = preview(base, Measure.CLOSE).obstacles
    if obstacles:
        raise RuleError("还有没有办结的事项，不能注销：" + "；".join(obstacles[:5]), code="open_classes")
    found = _open(base, Measure.CLOSE, reason=reason, grounds=[], choices={}, actor=actor)
    cases.act(found.case, "ask_close", actor=actor)
    return found


def _not_now(base: TrainingBase, measure: Measure) -> RuleError:
    if under_way(base) is not None:
        return RuleError("该基地已有一件处置正在办理，请先办结", code="under_way")
    return WrongState(measure.label, cases.state_of(base.case).label)


def hold(base: TrainingBase) -> None:
    """Whoever else acts on the base waits; what is read of it from here on is what is stored now."""
    case_lock.hold(base.case_id)
    db.session.refresh(base)
    db.session.refresh(base.case)


def _open(
    base: TrainingBase,
    measure: Measure,
    *,
    reason: str,
    grounds: list[int],
    choices: Mapping[int, Choice],
    actor: Actor,
) -> BaseMeasure:
    if not reason.strip():
        raise RuleError("请写明事实和理由", code="remark_required")
    title = f"{measure.label}：{base.organization.name}（{base.number}）"
    case = cases.open_case(KIND, title=title[:200], region_code=base.region_code, actor=actor)
    case.organization_id = base.organization_id
    said = preview(base, measure, choices)
    found = BaseMeasure(
        case_id=case.id,
        base_id=base.id,
        measure=measure.value,
        reason=reason.strip()[:_LONGEST_REASON],
        grounds=sorted(set(grounds)),
        choices={str(filing_id): choice.value for filing_id, choice in said.choices.items()},
        proposed=said.effects.plain(),
    )
    db.session.add(found)
    db.session.flush()
    return found


# --- The base's answer ------------------------------------------------------------------------------------------------


def answer(found: BaseMeasure, *, statement: str, actor: Actor) -> CaseStep:
    """What the base says against the revocation it was told of; the leader decides with it in view."""
    case_lock.hold(found.case_id)
    db.session.refresh(found.case)
    if found.case.state == HEARING:
        found.statement = statement.strip()[:_LONGEST_REASON]
        db.session.flush()
    return cases.act(found.case, "answer", actor=actor, remark=found.statement)


def take_back(found: BaseMeasure, *, actor: Actor, version: int | None = None) -> CaseStep:
    """The base does not want to be closed after all."""
    return cases.act(found.case, "take_back", actor=actor, version=version)


@cases.effect(KIND, "take_back")
def _only_own(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    if of_case(case).measure != Measure.CLOSE:
        raise NotAllowed("这件处置由人力社保部门提出，不能撤回；可以陈述申辩")


@jobs.every_minute
def close_hearings() -> None:
    """Who said nothing within the time is decided upon without. Each case in a transaction, looked at again inside."""
    for case_id in list(db.session.scalars(_unanswered().with_only_columns(Case.id).limit(_AT_ONCE))):
        with transaction():
            case = db.session.scalar(_unanswered().where(Case.id == case_id))
            if case is not None:
                cases.act(case, "close_hearing", actor=SYSTEM)


def _unanswered() -> Select[Case]:
    return (
        select(Case)
        .where(Case.kind == KIND, Case.state == HEARING, Case.due_on < clock.today())
        .order_by(Case.due_on, Case.id)
    )

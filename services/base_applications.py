"""Applications to be a training base (arts. 6-9): drafts, evidence, submission, and what was submitted."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import contains_eager

from domain.base_content import (
    CONDITION_OF,
    SECTION_LABELS,
    BaseContent,
    BaseLevel,
    Paper,
    canonical,
    condition_label,
    from_canonical,
    sha256_of,
)
from domain.base_parse import MOST_PAPERS, Known, parse, typed
from domain.base_workflow import OVER, REVOKED
from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_reader import Problem
from domain.periods import china_date, say_date
from domain.policy_years import add_months
from domain.roles import CITY, Actor, Permission
from domain.workflows import CaseKind
from models import (
    Attachment,
    BaseApplication,
    Case,
    CaseSnapshot,
    CaseStep,
    Organization,
    SupplementItem,
    TrainingBase,
    db,
)
from services import audit, case_lock, cases, clock, files, policies, reference

KIND = CaseKind.BASE_APPLICATION


class Incomplete(RuleError):
    """The draft cannot be submitted yet; `problems` say all that is missing or wrong."""

    code = "incomplete"

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(f"还有 {len(problems)} 处需要填写或更正，改好后才能提交")


class StaleSection(RuleError):
    """Another window has saved this section since the present one was opened."""

    code = "stale_section"

    def __init__(self, saved_by: str) -> None:
        super().__init__(f"这一部分在另一个窗口中已由{saved_by}保存过更新的内容。再次保存将以本页为准，请先核对")


# --- Reads ------------------------------------------------------------------------------------------------------------


def find(case_id: int, *, seen_by: Actor) -> BaseApplication | None:
    """The application if this actor may know of it."""
    known = cases.visible_to(seen_by).with_only_columns(Case.id)
    return db.session.scalar(
        select(BaseApplication).where(BaseApplication.case_id == case_id, BaseApplication.case_id.in_(known))
    )


def of_case(case: Case) -> BaseApplication:
    """The application of a case of this kind."""
    return db.session.scalars(select(BaseApplication).where(BaseApplication.case_id == case.id)).one()


def of_organization(organization_id: int | None) -> list[BaseApplication]:
    """The organisation's applications, newest first, without drafts that were thrown away."""
    query = (
        select(BaseApplication)
        .join(BaseApplication.case)
        .options(contains_eager(BaseApplication.case))
        .where(BaseApplication.organization_id == organization_id)
        .where(or_(Case.state != "withdrawn", Case.submitted_at.is_not(None)))
    )
    return list(db.session.scalars(query.order_by(BaseApplication.case_id.desc())))


def under_way(organization_id: int | None) -> BaseApplication | None:
    """The application that is being written or dealt with, if there is one."""
    return next((each for each in of_organization(organization_id) if each.case.state not in OVER), None)


def submit_action(case: Case) -> str | None:
    """The action by which this case goes to the bureau from its present state, if it may."""
    workflow = cases.workflow_of(case)
    return next((action for action in ("submit", "resubmit") if workflow.find(action, case.state)), None)


def is_editable(application: BaseApplication, actor: Actor) -> bool:
    """Whether this actor may write in the application now."""
    own = actor.organization_id is not None and actor.organization_id == application.organization_id
    return own and actor.can(Permission.BASE_APPLY) and submit_action(application.case) is not None


def papers_of(case: Case) -> dict[str, list[Attachment]]:
    """The evidence that was not removed, by condition."""
    found: dict[str, list[Attachment]] = {key: [] for key in CONDITION_OF}
    for each in case.attachments:
        if each.kind in found and each.removed_at is None:
            found[each.kind].append(each)
    return found


def _papers(case: Case) -> dict[str, tuple[Paper, ...]]:
    return {
        key: tuple(Paper(name=each.label, size=each.file.size, sha256=each.file.sha256) for each in found)
        for key, found in papers_of(case).items()
    }


def levels_for(application: BaseApplication) -> tuple[BaseLevel, ...]:
    """At which level it may be asked for: by the place of the organisation, and as it was submitted (art. 6)."""
    submitted = submitted_content(application.case)
    if submitted is not None:
        return (submitted.basics.level,)
    return (BaseLevel.CITY,) if application.organization.region_code == CITY else tuple(BaseLevel)


def known_for(application: BaseApplication) -> Known:
    """What the values of this draft may be."""
    return Known(
        subjects={each.key: each.label for each in policies.active_policy().subjects},
        occupations=reference.occupation_names(),
        levels=levels_for(application),
    )


def examine(application: BaseApplication) -> tuple[BaseContent | None, list[Problem]]:
    """The draft as far as it is right, and every problem of it."""
    return parse(application.draft, _papers(application.case), known_for(application))


def saved_mark(application: BaseApplication, section: str) -> int:
    """How often this section was saved: what a page shows it has seen when it saves."""
    return int(application.draft.get("saves", {}).get(section, {}).get("number", 0))


def points(case: Case) -> list[SupplementItem]:
    """The points of the supplement notice while the applicant has to answer it; none otherwise."""
    if case.state != "supplement":
        return []
    step = next(step for step in reversed(case.steps) if step.action == "return")
    query = select(SupplementItem).where(SupplementItem.step_id == step.id).order_by(SupplementItem.id)
    return list(db.session.scalars(query))


def snapshots(case: Case, count: int = 2) -> list[CaseSnapshot]:
    """The newest submitted rounds of the case, newest first."""
    query = select(CaseSnapshot).where(CaseSnapshot.case_id == case.id).order_by(CaseSnapshot.round.desc())
    return list(db.session.scalars(query.limit(count)))


def submitted_content(case: Case) -> BaseContent | None:
    """What was submitted last; None for a draft."""
    newest = snapshots(case, 1)
    return from_canonical(newest[0].content) if newest else None


# --- Drafts -----------------------------------------------------------------------------------------------------------


def start(*, actor: Actor) -> BaseApplication:
    """The application that is under way, or a new draft; a published base begins with what it has published.

    Raises NotAllowed.
    """
    if not actor.can(Permission.BASE_APPLY) or actor.organization_id is None:
        raise NotAllowed("请用单位经办人的身份申请")
    organization = _lock_organization(actor.organization_id)
    present = under_way(organization.id)
    if present is not None:
        return present
    base = db.session.scalar(select(TrainingBase).where(TrainingBase.organization_id == organization.id))
    until = barred_until(base) if base is not None else None
    if until is not None and clock.today() < until:
        months = int(policies.active_policy().figure("base.cooldown_months"))
        raise RuleError(f"基地资格被撤销后 {months} 个月内不能重新申请，{say_date(until)}起可以申请", code="cooldown")
    case = cases.open_case(
        KIND, title=f"{organization.name}申请继续教育基地", region_code=organization.region_code, actor=actor
    )
    application = BaseApplication(case_id=case.id, organization_id=organization.id, draft={})
    db.session.add(application)
    db.session.flush()
    if base is not None:
        _begin_from(application, of_case(base.case))
    return application


def barred_until(base: TrainingBase) -> date | None:
    """The day from which a base that was revoked may apply again; None for any other (art. 34)."""
    if base.case.state != REVOKED:
        return None
    revoked = next(step for step in reversed(base.case.steps) if step.action == "revoke")
    months = int(policies.active_policy().figure("base.cooldown_months"))
    return add_months(china_date(revoked.at), months)


def _begin_from(application: BaseApplication, earlier: BaseApplication) -> None:
    """Words and evidence of the recognition in force; the declaration is made anew each time."""
    application.draft = {key: values for key, values in earlier.draft.items() if key in SECTION_LABELS}
    application.draft.pop("declaration", None)
    _follow_level(application)
    for key, found in papers_of(earlier.case).items():
        db.session.add_all(
            Attachment(case_id=application.case_id, file_id=each.file_id, kind=key, label=each.label) for each in found
        )
    db.session.flush()


def _lock_organization(organization_id: int) -> Organization:
    # One application at a time: whoever begins or submits another one meanwhile waits here.
    return db.session.scalars(select(Organization).where(Organization.id == organization_id).with_for_update()).one()


def _lock_editable(application: BaseApplication, actor: Actor) -> None:
    if actor.organization_id != application.organization_id or not actor.can(Permission.BASE_APPLY):
        raise NotAllowed("只有申请单位的经办人可以修改申请")
    _lock(application)
    if submit_action(application.case) is None:
        raise WrongState("修改申请内容", cases.state_of(application.case).label)


def _lock(application: BaseApplication) -> None:
    case_lock.hold(application.case_id)
    db.session.refresh(application)
    db.session.refresh(application.case)


def save_section(
    application: BaseApplication,
    section: str,
    fields: Mapping[str, str],
    lists: Mapping[str, list[str]],
    *,
    actor: Actor,
    window: str = "",
    seen: int | None = None,
) -> None:
    """Store what was typed into one section, right or wrong.

    `window` names the open page and `seen` how often the section had been saved when it was opened: raises
    StaleSection when another window has saved since, so that nothing is lost in silence.
    """
    if section not in SECTION_LABELS:
        raise LookupError(section)
    values = typed(section, fields, lists)
    _lock_editable(application, actor)
    saves = dict(application.draft.get("saves", {}))
    last = saves.get(section, {})
    if seen is not None and last.get("number", 0) != seen and last.get("window") != window:
        raise StaleSection(str(last.get("by", "他人")))
    saves[section] = {"number": last.get("number", 0) + 1, "window": window[:32], "by": actor.name}
    application.draft = {**application.draft, section: values, "saves": saves}
    application.draft_saved_at = clock.now()
    if section == "basics":
        _follow_level(application)
    db.session.flush()


def _follow_level(application: BaseApplication) -> None:
    """A draft belongs to the bureau it will go to: the city's or the county's (art. 6)."""
    if application.case.submitted_at is None:
        city = (application.draft.get("basics") or {}).get("level") == BaseLevel.CITY
        application.case.region_code = CITY if city else application.organization.region_code


def attach(application: BaseApplication, section: str, data: bytes, name: str, *, actor: Actor) -> Attachment:
    """Add a file of evidence to a condition; raises files.BadFile or RuleError with what to do."""
    if section not in CONDITION_OF:
        raise LookupError(section)
    media_type = files.check(data, files.DOCUMENT)
    _lock_editable(application, actor)
    present = papers_of(application.case)[section]
    if len(present) >= MOST_PAPERS:
        raise RuleError(f"最多上传 {MOST_PAPERS} 个文件，请先移除不需要的", code="too_many_files")
    if any(each.file.sha256 == hashlib.sha256(data).hexdigest() for each in present):
        raise RuleError("这个文件已经上传过了", code="same_file")
    stored = files.store(data, name=name, media_type=media_type, actor=actor)
    attachment = Attachment(case_id=application.case_id, file_id=stored.id, kind=section, label=stored.original_name)
    db.session.add(attachment)
    _touch_papers(application)
    audit.record(
        "base_application.attach", actor=actor, object_kind="case", object_id=application.case_id, file_id=stored.id
    )
    return attachment


def detach(application: BaseApplication, attachment_id: int, *, actor: Actor) -> str:
    """Take a file out of the evidence; what was submitted with it keeps naming it. Returns the section it was in."""
    _lock_editable(application, actor)
    found = [each for papers in papers_of(application.case).values() for each in papers if each.id == attachment_id]
    if not found:
        raise RuleError("这个文件已经移除，请刷新页面", code="no_file")
    found[0].removed_at = clock.now()
    _touch_papers(application)
    audit.record(
        "base_application.detach",
        actor=actor,
        object_kind="case",
        object_id=application.case_id,
        attachment_id=attachment_id,
    )
    return found[0].kind


def _touch_papers(application: BaseApplication) -> None:
    application.draft_saved_at = clock.now()
    db.session.flush()
    db.session.expire(application.case, ["attachments"])


# --- Submission -------------------------------------------------------------------------------------------------------


def submit(application: BaseApplication, *, actor: Actor) -> CaseStep:
    """Hand the application in, the first time or again after the supplement notice.

    Raises Incomplete with every problem, WrongState or NotAllowed; nothing is changed then.
    """
    _lock(application)
    action = submit_action(application.case)
    if action is None:
        raise WrongState("提交", cases.state_of(application.case).label)
    content, problems = examine(application)
    if content is None:
        raise Incomplete(problems)
    _lock_organization(application.organization_id)
    for other in of_organization(application.organization_id):
        if other.case_id != application.case_id and other.case.state not in OVER:
            raise RuleError("本单位已有另一份申请正在办理，不能重复提交", code="twice")
    plain = canonical(content)
    return cases.act(application.case, action, actor=actor, content_sha256=sha256_of(plain), plain=plain)


def withdraw(application: BaseApplication, *, actor: Actor, version: int | None = None) -> CaseStep:
    """Take the application back before it is decided; a draft is thrown away by it."""
    return cases.act(application.case, "withdraw", actor=actor, version=version)


@cases.seal(KIND)
def seal_of(case: Case) -> str:
    """What a step was about: the content as it was submitted last, or the draft nobody submitted."""
    newest = snapshots(case, 1)
    if newest:
        return newest[0].sha256
    return hashlib.sha256(json.dumps(of_case(case).draft, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cases.effect(KIND, "submit", "resubmit")
def _keep_round(case: Case, step: CaseStep, _actor: Actor, plain: dict[str, Any] | None = None, **_inputs: Any) -> None:
    if plain is None or sha256_of(plain) != step.content_sha256:
        raise RuleError("请从申请的“核对并提交”页面提交", code="no_content")
    last = db.session.scalar(select(func.max(CaseSnapshot.round)).where(CaseSnapshot.case_id == case.id)) or 0
    db.session.add(
        CaseSnapshot(case_id=case.id, round=last + 1, content=plain, sha256=sha256_of(plain), taken_at=clock.now())
    )
    db.session.flush()


def section_label(key: str) -> str:
    """What a section is called, a condition with its number in art. 9."""
    return condition_label(CONDITION_OF[key]) if key in CONDITION_OF else SECTION_LABELS.get(key, key)

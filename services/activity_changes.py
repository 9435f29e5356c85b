"""Changing, postponing and calling off an activity the bureau has approved (D11, D12), and telling who takes part."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import select

from domain.activity_changes import (
    SECTIONS,
    ChangeFigures,
    as_draft,
    check_change,
    first_touched,
    first_words,
    in_words,
    is_fixed,
    is_small,
    moved,
    proposed,
)
from domain.enrolment_rules import OPEN, EnrolmentState
from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_changes import Difference, differences
from domain.filing_content import FilingContent, content_sha256, from_canonical
from domain.filing_draft import tidy, to_draft
from domain.filing_parse import Parsed, Problem
from domain.filing_rules import in_order
from domain.filing_workflow import CHANGE_PENDING, PROPOSALS
from domain.periods import china_date
from domain.roles import SYSTEM, Actor, Permission
from domain.workflows import CaseKind
from models import ActivityFiling, Case, CaseSnapshot, CaseStep, ResultReport, ResultRow, db
from services import (
    case_lock,
    cases,
    clock,
    enrolling,
    enrolments,
    filing_conflicts,
    filing_tables,
    filings,
    jobs,
    joint_filings,
    notices,
    policies,
)
from services.calendar import working_calendar
from services.transaction import transaction

_LONGEST_REASON = 500
_AT_ONCE = 50


class CannotChange(RuleError):
    """The change cannot be asked for as it is; `problems` say all that stands against it."""

    code = "cannot_change"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(f"还有 {len(problems)} 处需要更正，改好后才能提交变更申请")


@dataclass(frozen=True, kw_only=True)
class Examined:
    """A change as far as its words can be read: what it would make of the activity, and what stands against it.

    `content` is None while something cannot be read; `small`: time, hours and number of people stay.
    """

    parsed: Parsed
    content: FilingContent | None
    problems: tuple[Problem, ...]
    changes: list[Difference]
    small: bool

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if not problem.hint)


# --- Reads ------------------------------------------------------------------------------------------------------------


def figures() -> ChangeFigures:
    """The figures of the policy pack in force for changes."""
    policy = policies.active_policy()
    return ChangeFigures(
        lead_days=int(policy.value("filing.change_lead_days", 0)),
        quota_share=Fraction(policy.value("filing.quota_change_share", 0)),
    )


def in_force(filing: ActivityFiling) -> FilingContent:
    """What the bureau has agreed to. Only for a filing that was submitted."""
    content = filing_tables.submitted_content(filing.case)
    if content is None:
        raise LookupError(filing.id)
    return content


def can_change(filing: ActivityFiling, actor: Actor) -> bool:
    """Whether this actor may ask for a change now: of an approved activity of the own, with sessions to come."""
    own = actor.organization_id is not None and actor.organization_id == filing.organization_id
    if not own or not actor.can(Permission.FILING_WRITE) or not _is_open(filing.case):
        return False
    now, limits = clock.now(), figures()
    return any(not is_fixed(session, now, limits) for session in in_force(filing).sessions)


def _is_open(case: Case) -> bool:
    return cases.workflow_of(case).find(PROPOSALS[0], case.state) is not None


def words_of(filing: ActivityFiling) -> dict[str, Any]:
    """What the page of the change shows: what was typed so far, else the words of what is in force."""
    return dict(filing.change_draft or {}) or first_words(in_force(filing), clock.now(), figures())


def fixed_count(filing: ActivityFiling) -> int:
    """How many sessions were held or are too near to be changed."""
    now, limits = clock.now(), figures()
    return sum(is_fixed(session, now, limits) for session in in_force(filing).sessions)


def examine(filing: ActivityFiling, words: Mapping[str, Any]) -> Examined:
    """Read the words of a change and hold it against the rules and against the rest of the city."""
    old, now, limits = in_force(filing), clock.now(), figures()
    draft = {**filing.draft, **as_draft(words, old, now, limits)}
    # The lead time of the filing itself is as of the day it was filed: a change must not undercut it either.
    filed_on = china_date(filing.case.submitted_at or now)
    parsed, problems = filings.examine_words(filing, draft, today=filed_on)
    found = [problem for problem in problems if problem.section in SECTIONS]
    new = proposed(old, parsed)
    changes: list[Difference] = []
    if new is not None:
        changes = differences(old, new, filings.figures_for(filing.case, filing.form).subjects)
        found += check_change(
            old,
            new,
            limits,
            now=now,
            approved_quota=approved_quota(filing),
            enrolled=enrolments.places(filing).taken,
            rows=parsed.session_rows,
        )
    if not str(words.get("reason", "")).strip():
        found.append(Problem(section="basics", field="reason", message="请写明变更原因"))
    small = new is not None and is_small(old, new)
    return Examined(parsed=parsed, content=new, problems=in_order(found), changes=changes, small=small)


def approved_quota(filing: ActivityFiling) -> int:
    """The number of people of the filing itself, whatever was changed later."""
    step = next(step for step in filing.case.steps if step.action == "approve")
    snapshot = db.session.scalars(
        select(CaseSnapshot)
        .where(CaseSnapshot.case_id == filing.case_id, CaseSnapshot.sha256 == step.content_sha256)
        .limit(1)
    ).one()
    return from_canonical(snapshot.content).people.quota


def participants(filing: ActivityFiling) -> list[int]:
    """The persons who take part or mean to: who is enrolled or waits; where nobody is, those of the results begun."""
    enrolled = [each.technician_id for each in enrolments.of_filing(filing) if EnrolmentState(each.state) in OPEN]
    if enrolled:
        return enrolled
    rows = select(ResultRow.technician_id).join(ResultReport, ResultReport.id == ResultRow.report_id)
    return list(db.session.scalars(rows.where(ResultReport.filing_id == filing.id)))


def promised_on(examined: Examined) -> date:
    """Until when the bureau promises to answer, were the change asked for today."""
    key = "filing.small_change_workdays" if examined.small else "filing.change_review_workdays"
    return working_calendar().add_working_days(clock.today(), int(policies.active_policy().figure(key)))


def pending(filing: ActivityFiling) -> list[Difference]:
    """What the change the bureau is asked to agree to says otherwise; nothing when it is not asked."""
    snapshot = filing_tables.pending_change(filing.case)
    if snapshot is None:
        return []
    labels = filings.figures_for(filing.case, filing.form).subjects
    return differences(in_force(filing), from_canonical(snapshot.content), labels)


# --- Acts -------------------------------------------------------------------------------------------------------------


def _lock(filing: ActivityFiling, actor: Actor) -> None:
    if actor.organization_id != filing.organization_id or not actor.can(Permission.FILING_WRITE):
        raise NotAllowed("只有举办单位的经办人可以申请变更")
    case_lock.hold(filing.case_id)
    db.session.refresh(filing)
    db.session.refresh(filing.case)
    if not _is_open(filing.case):
        raise WrongState("申请变更", cases.state_of(filing.case).label)


def keep(filing: ActivityFiling, words: Mapping[str, Any], *, actor: Actor) -> None:
    """Store what was typed into the page of the change, right or wrong."""
    _lock(filing, actor)
    cleaned = {
        section: filings.clean(section, {"rows": words.get(section, [])}) for section in ("teachers", "sessions")
    }
    filing.change_draft = {
        "kind": "postpone" if words.get("kind") == "postpone" else "change",
        "reason": tidy(str(words.get("reason", "")), lines=True)[:_LONGEST_REASON],
        "place": tidy(str(words.get("place", "")))[:200],
        "quota": tidy(str(words.get("quota", "")))[:20],
        "subjects": [tidy(str(hours))[:20] for hours in words.get("subjects", [])],
        "teachers": cleaned["teachers"]["rows"],
        "sessions": cleaned["sessions"]["rows"],
    }
    db.session.flush()


def drop(filing: ActivityFiling, *, actor: Actor) -> None:
    """Forget what was typed: the page shows again what is in force."""
    _lock(filing, actor)
    filing.change_draft = None
    db.session.flush()


def postpone(filing: ActivityFiling, first: date, *, reason: str, working_days: bool, actor: Actor) -> None:
    """Write a change that moves every session to come, so that the first of them is on this day."""
    words = first_words(in_force(filing), clock.now(), figures())
    calendar = working_calendar() if working_days else None
    words["sessions"] = moved(words["sessions"], first, calendar)
    keep(filing, {**words, "reason": reason, "kind": "postpone"}, actor=actor)


def propose(filing: ActivityFiling, *, actor: Actor, version: int | None = None) -> CaseStep:
    """Ask the bureau to agree to the change that was written; what is in force stays so until it does.

    Raises CannotChange with every problem, WrongState or NotAllowed; nothing is changed then.
    """
    _lock(filing, actor)
    if filing.change_draft is None:
        raise RuleError("请先填写要变更的内容", code="no_content")
    examined = examine(filing, filing.change_draft)
    if examined.errors or examined.content is None:
        raise CannotChange(examined.errors)
    only_days = all(change.section == "sessions" for change in examined.changes)
    if filing.change_draft.get("kind") == "postpone" and only_days:
        action = "postpone"
    else:
        action = "propose_small_change" if examined.small else "propose_change"
    return cases.act(
        filing.case,
        action,
        actor=actor,
        version=version,
        remark=filing.change_draft["reason"],
        content_sha256=content_sha256(examined.content),
        content=examined.content,
    )


def withdraw(filing: ActivityFiling, *, actor: Actor, version: int | None = None) -> CaseStep:
    """Take the change back before it is decided; what was typed stays to be worked on."""
    return cases.act(filing.case, "withdraw_change", actor=actor, version=version)


# --- What the moves cause ---------------------------------------------------------------------------------------------


@cases.effect(CaseKind.ACTIVITY_FILING, *PROPOSALS)
def _keep(case: Case, step: CaseStep, _actor: Actor, content: FilingContent | None = None, **_inputs: Any) -> None:
    """The change is a round of its own; the tables keep what is in force."""
    if content is None or content_sha256(content) != step.content_sha256:
        raise RuleError("请从活动页面的“申请变更”提交", code="no_content")
    filing_tables.keep_snapshot(case, content)
    if case.partner_id is not None:
        notices.tell_organization(
            case.partner_id,
            f"联合举办的活动申请变更：{case.title}"[:200],
            f"“{case.title}”申请变更，须由本单位核对确认后，人力社保部门才能同意。理由：{step.remark}",
            f"/cases/{case.id}",
            permission=Permission.FILING_READ,
            case_id=case.id,
        )


@cases.effect(CaseKind.ACTIVITY_FILING, "approve_change")
def _bind(case: Case, step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    """The decision is about the change the officer was shown; it comes into force before any session it touches."""
    filing = filings.of_case(case)
    newest = filing_tables.last_snapshots(case, 1)[0]
    agreed = filing_tables.snapshot_in_force(case, before=step)
    if agreed is None or step.content_sha256 != newest.sha256:
        raise cases.StaleCase()
    if not joint_filings.has_confirmed_change(case):
        raise RuleError("协办单位还没有确认这次变更，确认后才能同意", code="not_confirmed")
    if content_sha256(filing_tables.stored_content(filing)) != agreed.sha256:
        raise RuleError("备案内容与批准时的存档不一致，不能办理，请联系平台服务电话", code="content_changed")
    old, new = from_canonical(agreed.content), from_canonical(newest.content)
    touched = first_touched(old, new)
    if touched is not None and touched <= clock.now():
        raise RuleError("要变更的课次已经开始，不能再同意。请选择“不同意变更”，活动按原备案进行", code="begun")
    figures_now = filings.figures_for(case, filing.form)
    filing_conflicts.refuse_double_booking(filing, new, figures_now)
    put_in_force(filing, new)
    _tell(filing, differences(old, new, figures_now.subjects))
    enrolling.fill_places(filing, actor=actor)


def put_in_force(filing: ActivityFiling, content: FilingContent) -> None:
    """Make the tables say this, and the words from which another filing is copied; what was being changed is gone."""
    filing_tables.store(filing, content)
    written = to_draft(content)
    filing.draft = {**filing.draft, **{section: written[section] for section in SECTIONS}}
    filing.change_draft = None
    db.session.flush()


def _tell(filing: ActivityFiling, changes: list[Difference]) -> None:
    """Tell everybody who takes part what is otherwise than they know it."""
    said = in_words(changes)
    if said:
        notices.tell_technicians(
            participants(filing),
            f"活动安排有变更：{filing.title}"[:200],
            f"您参加的“{filing.title}”已变更。{said}。请按新的安排参加。",
            f"/activities/{filing.id}",
            filing.case_id,
        )


@cases.effect(CaseKind.ACTIVITY_FILING, "cancel")
def _tell_of_cancelling(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    filing = filings.of_case(case)
    when = in_force(filing).sessions[0].label
    notices.tell_technicians(
        participants(filing),
        f"活动已取消：{filing.title}"[:200],
        f"您参加的“{filing.title}”（原定{when}起，{filing.place}）已由举办单位取消，请不要前往。"
        "已交费用的，请与举办单位联系退还。",
        f"/activities/{filing.id}",
        filing.case_id,
    )


@jobs.every_minute
def lapse_overtaken_changes() -> None:
    """A change nobody decided on before a session it touches is overtaken: what was approved takes place.

    One that touches no session waits for a decision until the activity is over.
    """
    now = clock.now()
    waiting = db.session.scalars(
        select(ActivityFiling)
        .join(Case, Case.id == ActivityFiling.case_id)
        .where(Case.kind == CaseKind.ACTIVITY_FILING.value, Case.state == CHANGE_PENDING)
        .order_by(ActivityFiling.id)
    ).all()
    overtaken = [filing.id for filing in waiting if _last_moment(filing) <= now]
    for filing_id in overtaken[:_AT_ONCE]:
        with transaction():
            filing = db.session.get_one(ActivityFiling, filing_id)
            if filing.case.state == CHANGE_PENDING:
                cases.act(filing.case, "lapse_change", actor=SYSTEM)


def _last_moment(filing: ActivityFiling) -> datetime:
    over = max(session.ends_at for session in filing.sessions)
    snapshot = filing_tables.pending_change(filing.case)
    touched = first_touched(in_force(filing), from_canonical(snapshot.content)) if snapshot else None
    return touched or over

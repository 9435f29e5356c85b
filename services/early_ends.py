"""Activities that ended before their time: what was held is what counts, whoever ended them (arts. 19, 22, 34)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, func, select

from domain import early_end
from domain.attendance_rules import Standing
from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_content import FilingContent, content_sha256, from_canonical, show_hours
from domain.filing_workflow import IN_FORCE
from domain.roles import SYSTEM, Actor, Permission
from domain.workflows import CaseKind
from models import (
    ActivityFiling,
    ActivitySession,
    ArrivalPlace,
    Attendance,
    AttendanceChange,
    Case,
    CaseStep,
    DisciplineEvent,
    EvidencePiece,
    ResultReport,
    Upload,
    db,
)
from services import activity_changes, case_lock, cases, clock, filing_tables, notices, policies, registry

_ENDINGS = ("end_early", "cut_short")
# What hangs on a session: where there is any of it, the session was held.
_TRACES = (Attendance, AttendanceChange, ArrivalPlace, DisciplineEvent, EvidencePiece, Upload)
_THERE = (Standing.COUNTED.value, Standing.HELD.value)


@dataclass(frozen=True, kw_only=True)
class EarlyEnd:
    """How an activity ended before its time: since when, why, by whose word, and what was held of what was filed."""

    at: datetime
    reason: str
    by_bureau: bool
    sessions_filed: int
    sessions_held: int
    hours_filed: Decimal
    hours_held: Decimal


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_filing(filing: ActivityFiling) -> EarlyEnd | None:
    """How the activity ended early; None of one that took place as it was agreed, or is still to do so."""
    step = next((step for step in reversed(filing.case.steps) if step.action in _ENDINGS), None)
    if step is None:
        return None
    held, filed = (
        filing_tables.snapshot_in_force(filing.case),
        filing_tables.snapshot_in_force(filing.case, before=step),
    )
    if held is None or filed is None:
        raise LookupError(filing.id)
    now, before = from_canonical(held.content), from_canonical(filed.content)
    return EarlyEnd(
        at=step.at,
        reason=step.remark or "",
        by_bureau=step.action == "cut_short",
        sessions_filed=len(before.sessions),
        sessions_held=len(now.sessions),
        hours_filed=before.hours,
        hours_held=now.hours,
    )


def choices(filing: ActivityFiling, actor: Actor) -> range:
    """How many of its first sessions the organiser may say were held; empty where it cannot be ended early now."""
    own = actor.organization_id is not None and actor.organization_id == filing.organization_id
    if not own or not actor.can(Permission.FILING_WRITE) or filing.case.state not in IN_FORCE or _reported(filing):
        return range(0)
    begun = sum(session.starts_at <= clock.now() for session in filing.sessions)
    return range(max(_traced(filing), 1), min(begun, len(filing.sessions) - 1) + 1)


def _reported(filing: ActivityFiling) -> bool:
    return bool(db.session.scalar(select(exists().where(ResultReport.filing_id == filing.id))))


def _traced(filing: ActivityFiling) -> int:
    """Up to which session, counted in their order, something says that it was held."""
    ids = [session.id for session in filing.sessions]
    known: set[int | None] = set()
    for table in _TRACES:
        known.update(db.session.scalars(select(table.session_id).where(table.session_id.in_(ids))))
    return max((place for place, session_id in enumerate(ids, 1) if session_id in known), default=0)


def proposed_hours(filing: ActivityFiling, held: int) -> tuple[Decimal, ...]:
    """The hours of so many sessions by subject line, as the filing divides them."""
    return early_end.share(activity_changes.in_force(filing), held, policies.active_policy())


def to_come(filing_ids: Collection[int]) -> dict[int, int]:
    """How many sessions of each activity would not be held any more if it were stopped now."""
    found: dict[int, int] = {}
    for part in registry.chunks(sorted(filing_ids)):
        query = (
            select(ActivitySession.filing_id, func.count())
            .where(ActivitySession.filing_id.in_(part), ActivitySession.starts_at > clock.now())
            .where(~exists().where(Attendance.session_id == ActivitySession.id))
            .group_by(ActivitySession.filing_id)
        )
        found.update({filing_id: number for filing_id, number in db.session.execute(query)})
    return found


# --- Acts -------------------------------------------------------------------------------------------------------------


def end(
    filing: ActivityFiling,
    held: int,
    hours: Sequence[Decimal],
    *,
    reason: str,
    actor: Actor,
    version: int | None = None,
) -> CaseStep:
    """The organiser ends the activity after its first `held` sessions, with the hours taught by subject line.

    Raises NotAllowed, WrongState or RuleError.
    """
    if actor.organization_id != filing.organization_id or not actor.can(Permission.FILING_WRITE):
        raise NotAllowed("只有举办单位的经办人可以提前结束活动")
    _hold(filing)
    if filing.case.state not in IN_FORCE:
        raise WrongState("提前结束", cases.state_of(filing.case).label)
    if held not in choices(filing, actor):
        raise RuleError("请从页面上列出的课次中选择最后举办的课次", code="held")
    content = early_end.shortened(activity_changes.in_force(filing), held, hours)
    return _act(filing, "end_early", content, reason, actor, version)


def cut_short(filing: ActivityFiling, *, reason: str) -> None:
    """The program stops an activity midway on a leader's decision; the session that has begun is still held."""
    _hold(filing)
    begun = sum(session.starts_at <= clock.now() for session in filing.sessions)
    held = max(begun, _traced(filing))
    content = early_end.shortened(activity_changes.in_force(filing), held, proposed_hours(filing, held))
    _act(filing, "cut_short", content, reason, SYSTEM, None)


def _hold(filing: ActivityFiling) -> None:
    case_lock.hold(filing.case_id)
    db.session.refresh(filing)
    db.session.refresh(filing.case)


def _act(
    filing: ActivityFiling, action: str, content: FilingContent, reason: str, actor: Actor, version: int | None
) -> CaseStep:
    sha256 = content_sha256(content)
    return cases.act(
        filing.case, action, actor=actor, version=version, remark=reason, content_sha256=sha256, content=content
    )


# --- What the moves cause ---------------------------------------------------------------------------------------------


@cases.effect(CaseKind.ACTIVITY_FILING, *_ENDINGS)
def _keep(case: Case, step: CaseStep, _actor: Actor, content: FilingContent | None = None, **_inputs: Any) -> None:
    """What was held is a round of its own and comes into force; who takes part and the partner are told why."""
    if content is None or content_sha256(content) != step.content_sha256:
        raise RuleError("请从活动页面的“提前结束”办理", code="no_content")
    filing = db.session.scalars(select(ActivityFiling).where(ActivityFiling.case_id == case.id)).one()
    told = activity_changes.participants(filing)
    filing_tables.keep_snapshot(case, content)
    activity_changes.put_in_force(filing, content)
    words = (
        f"“{filing.title}”提前结束，{content.sessions[-1].label}以后的课次不再举办，请不要前往。"
        f"已举办的 {len(content.sessions)} 个课次共 {show_hours(content.hours)} 学时，举办单位仍须报送成绩，"
        f"审核后按实到学时计学分。原因：{step.remark}。已交费用的，请与举办单位联系退还。"
    )
    title = f"活动提前结束：{filing.title}"[:200]
    notices.tell_technicians(told, title, words, f"/activities/{filing.id}", case.id)
    if case.partner_id is not None:
        notices.tell_organization(
            case.partner_id, title, words, f"/cases/{case.id}", permission=Permission.FILING_READ, case_id=case.id
        )
    if step.action == "cut_short":
        notices.tell_organization(
            filing.organization_id,
            title,
            words,
            f"/filings/{filing.id}",
            permission=Permission.RESULT_WRITE,
            case_id=case.id,
        )


@cases.effect(CaseKind.ACTIVITY_FILING, "cancel")
def _refuse_when_attended(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """Calling off takes everybody's hours: who was there once keeps them (art. 22)."""
    there = (
        exists()
        .where(Attendance.filing_id == ActivityFiling.id, Attendance.standing.in_(_THERE))
        .where(ActivityFiling.case_id == case.id)
    )
    if db.session.scalar(select(there)):
        raise RuleError("已有人员到课，不能取消。请办理“提前结束”，已举办的课次照常报送成绩", code="attended")

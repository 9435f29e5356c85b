"""Each person sees the own result before its release, and confirms it or says what is wrong (art. 19)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, func, select, update

from domain.credit_entries import from_tenths, tenths
from domain.enrolment_rules import EnrolmentState
from domain.errors import NotAllowed, RuleError
from domain.periods import say_date
from domain.result_rows import Outcome
from domain.result_rules import earned
from domain.result_standing import Answer, DisputeKind, DisputeState, RowStanding
from domain.roles import SYSTEM, Actor, Permission
from models import Case, Enrolment, ResultDispute, ResultReport, ResultRow, db
from services import (
    audit,
    case_lock,
    clock,
    early_ends,
    jobs,
    notices,
    policies,
    result_content,
    result_holds,
    result_posting,
)
from services.calendar import working_calendar
from services.early_ends import EarlyEnd
from services.transaction import transaction

_PAGE = "/me/results"
_SHOWN_BEFORE = 10
_AT_ONCE = 50


# --- What a person sees -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OwnResult:
    """One person's row with what it will give; `row` is None where the person is enrolled and not in the list."""

    report: ResultReport
    row: ResultRow | None
    credits_tenths: int
    reason: str
    until: date | None
    dispute: ResultDispute | None
    open: bool
    early_end: EarlyEnd | None

    @property
    def answer(self) -> Answer:
        return Answer(self.row.answer) if self.row else Answer.NONE


def _own(technician_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(ResultReport, ResultRow)
        .join(ResultRow, ResultRow.report_id == ResultReport.id)
        .join(Case, Case.id == ResultReport.case_id)
        .where(ResultRow.technician_id == technician_id)
    )


def to_answer(technician_id: int) -> list[OwnResult]:
    """What waits for this person's word: rows not answered yet, corrected ones, and lists that leave the person out."""
    entered = db.session.execute(_own(technician_id).where(Case.state == "entered", ResultRow.answer == ""))
    found = {report.id: _seen(report, row, technician_id) for report, row in entered}
    for dispute in _disputes(technician_id, DisputeState.CORRECTED):
        row = result_content.row_of(dispute.report, technician_id)
        found.setdefault(dispute.report_id, _seen(dispute.report, row, technician_id))
    for report in db.session.scalars(_left_out(technician_id)):
        found.setdefault(report.id, _seen(report, None, technician_id))
    return sorted(found.values(), key=lambda own: own.until or date.max)


def answered(technician_id: int) -> list[OwnResult]:
    """The newest lists this person has answered, or let pass."""
    query = _own(technician_id).where(ResultRow.answer != "").order_by(ResultReport.id.desc()).limit(_SHOWN_BEFORE)
    waiting = {own.report.id for own in to_answer(technician_id)}
    found = [_seen(report, row, technician_id) for report, row in db.session.execute(query)]
    return [own for own in found if own.report.id not in waiting]


def waiting_count(technician_id: int) -> int:
    """How many lists wait for this person's word."""
    return len(to_answer(technician_id))


def own_result(report_id: int, technician_id: int) -> OwnResult | None:
    """One list as this person may see it: the own row, or that there is none although the person was enrolled."""
    known = db.session.execute(_own(technician_id).where(ResultReport.id == report_id)).first()
    if known is not None:
        report, row = known
        seen = report.confirm_until is not None and report.case.state not in result_content.EDITABLE
        return _seen(report, row, technician_id) if seen else None
    left_out = db.session.scalar(_left_out(technician_id, with_disputed=True).where(ResultReport.id == report_id))
    return None if left_out is None else _seen(left_out, None, technician_id)


def _left_out(technician_id: int, *, with_disputed: bool = False) -> Select[ResultReport]:
    """Lists under confirmation of activities the person was enrolled in, without a row for the person."""
    query = (
        select(ResultReport)
        .join(Case, Case.id == ResultReport.case_id)
        .join(Enrolment, Enrolment.filing_id == ResultReport.filing_id)
        .where(
            Case.state == "entered",
            Enrolment.technician_id == technician_id,
            Enrolment.state == EnrolmentState.ENROLLED.value,
            ~exists().where(ResultRow.report_id == ResultReport.id, ResultRow.technician_id == technician_id),
        )
    )
    if with_disputed:
        return query
    disputed = exists().where(ResultDispute.report_id == ResultReport.id, ResultDispute.technician_id == technician_id)
    return query.where(~disputed)


def _disputes(technician_id: int, *states: DisputeState) -> list[ResultDispute]:
    query = select(ResultDispute).where(
        ResultDispute.technician_id == technician_id, ResultDispute.state.in_([state.value for state in states])
    )
    return list(db.session.scalars(query))


def last_dispute(report: ResultReport, technician_id: int) -> ResultDispute | None:
    """What this person last found wrong in this list."""
    return db.session.scalar(
        select(ResultDispute)
        .where(ResultDispute.report_id == report.id, ResultDispute.technician_id == technician_id)
        .order_by(ResultDispute.id.desc())
        .limit(1)
    )


def _seen(report: ResultReport, row: ResultRow | None, technician_id: int) -> OwnResult:
    dispute = last_dispute(report, technician_id)
    plan, version = result_posting.plan_and_policy(report)
    credits, reason = 0, ""
    if row is not None:
        policy = policies.policy_of(version)
        hours, outcome = from_tenths(row.hours_tenths), Outcome(row.outcome)
        given = earned(hours, outcome, plan, policy, event=row.event, rank=row.rank)
        credits, reason = tenths(given.credits), given.reason
    corrected = dispute is not None and dispute.state == DisputeState.CORRECTED.value
    until = dispute.reply_until if dispute is not None and corrected else report.confirm_until
    unanswered = row is None or row.answer == ""
    return OwnResult(
        report=report,
        row=row,
        credits_tenths=credits,
        reason=reason,
        until=until,
        dispute=dispute,
        early_end=early_ends.of_filing(report.filing),
        open=corrected or (report.case.state == "entered" and unanswered and (row is not None or dispute is None)),
    )


# --- The person's word ------------------------------------------------------------------------------------------------


def _row_to_answer(report: ResultReport, actor: Actor) -> OwnResult:
    """The own row while it waits for the person's word; everybody else waits for the case's lock meanwhile."""
    if not actor.can(Permission.OWN_RECORD) or actor.technician_id is None:
        raise NotAllowed()
    case_lock.hold(report.case_id)
    db.session.refresh(report.case)
    own = own_result(report.id, actor.technician_id)
    if own is None or not own.open:
        raise RuleError("这份成绩现在不能确认或提出异议，请刷新页面", code="not_open")
    return own


def confirm(report: ResultReport, *, actor: Actor) -> None:
    """The person agrees with the own row."""
    own = _row_to_answer(report, actor)
    if own.row is None:
        raise RuleError("名单中没有您，不能确认")
    own.row.answer, own.row.answered_at = Answer.CONFIRMED.value, clock.now()
    if own.dispute is not None and own.dispute.state == DisputeState.CORRECTED.value:
        settle(own.dispute, "本人确认更正后的成绩")
    audit.record("result_report.confirm", actor=actor, object_kind="case", object_id=report.case_id)


def dispute(report: ResultReport, *, kind: DisputeKind, text: str, actor: Actor) -> ResultDispute:
    """The person says what is wrong: the row waits alone from now on, and the organiser is told."""
    own = _row_to_answer(report, actor)
    if (own.row is None) != (kind is DisputeKind.MISSING):
        raise RuleError("请选择与您的情况相符的原因")
    if own.dispute is not None and own.dispute.state == DisputeState.CORRECTED.value:
        own.dispute.state, own.dispute.decided_at = DisputeState.SETTLED.value, clock.now()
        own.dispute.decision = "本人对更正后的成绩仍有异议，另行处理"
    now = clock.now()
    raised = ResultDispute(
        technician_id=actor.technician_id,
        report_id=report.id,
        kind=kind.value,
        text=text.strip(),
        raised_at=now,
        # Who may still change the rows answers; after the release an officer has the last word.
        state=DisputeState.OPEN.value,
    )
    db.session.add(raised)
    if own.row is not None:
        own.row.answer, own.row.answered_at = Answer.DISPUTED.value, now
        own.row.standing, own.row.standing_reason = RowStanding.DISPUTED.value, kind.label
        own.row.standing_at, own.row.standing_by_id = now, actor.account_id
    db.session.flush()
    audit.record("result_report.dispute", actor=actor, object_kind="case", object_id=report.case_id, kind=kind.value)
    notices.tell_organization(
        report.filing.organization_id,
        f"学员对成绩有异议：{report.filing.title}",
        f"{actor.name}：{kind.label}。请核对后更正或书面说明；其他人的成绩不受影响。",
        f"/results/{report.id}/disputes",
        permission=Permission.RESULT_WRITE,
        case_id=report.case_id,
    )
    return raised


def settle(raised: ResultDispute, decision: str) -> None:
    """The dispute is at an end and the row goes on with the others; posted at once where those are credited."""
    raised.state, raised.decided_at = DisputeState.SETTLED.value, clock.now()
    raised.decision = raised.decision or decision
    db.session.flush()
    row = result_content.row_of(raised.report, raised.technician_id)
    if row is not None and row.standing == RowStanding.DISPUTED.value:
        result_holds.free(raised.report, raised.technician_id, remark=decision, actor=SYSTEM)


# --- The time for it --------------------------------------------------------------------------------------------------


def confirm_days() -> int:
    """Working days a person has to look at the own row (`roster.confirm_workdays`); none without such a figure."""
    figure = policies.active_policy().figures.get("roster.confirm_workdays")
    return 0 if figure is None else int(figure)


def reply_day() -> date:
    """The last day for a person who is asked today."""
    return working_calendar().add_working_days(clock.today(), confirm_days())


def open_window(report: ResultReport) -> None:
    """The list is entered: everybody whose row is new or changed is asked, and has the time the policy gives."""
    _end_corrected_by_clerk(report)
    asked = list(
        db.session.scalars(
            select(ResultRow.technician_id).where(ResultRow.report_id == report.id, ResultRow.answer == "")
        )
    )
    report.confirm_until = reply_day() if asked else clock.today()
    title, until = report.filing.title, say_date(report.confirm_until)
    notices.tell_technicians(
        asked,
        f"请确认成绩：{title}",
        f"“{title}”的学时和成绩已录入，请在 {until} 前核对；逾期未答复视为确认。",
        _PAGE,
        report.case_id,
    )
    notices.tell_technicians(
        _left_out_ids(report),
        f"成绩名单中没有您：{title}",
        f"您报名了“{title}”，但成绩名单中没有您。如果您参加了，请在 {until} 前提出。",
        _PAGE,
        report.case_id,
    )


def _left_out_ids(report: ResultReport) -> list[int]:
    listed = exists().where(ResultRow.report_id == report.id, ResultRow.technician_id == Enrolment.technician_id)
    return list(
        db.session.scalars(
            select(Enrolment.technician_id).where(
                Enrolment.filing_id == report.filing_id, Enrolment.state == EnrolmentState.ENROLLED.value, ~listed
            )
        )
    )


def _end_corrected_by_clerk(report: ResultReport) -> None:
    """Disputes over rows that the clerk has changed since, in a list that was sent back, are answered by that."""
    standing = select(ResultDispute).where(
        ResultDispute.report_id == report.id, ResultDispute.state != DisputeState.SETTLED.value
    )
    for raised in db.session.scalars(standing).all():
        row = result_content.row_of(report, raised.technician_id)
        if row is None and raised.kind != DisputeKind.MISSING.value:
            settle(raised, "举办单位已将本人移出名单")
        elif row is not None and row.answer == "":
            settle(raised, "举办单位更正后重新提交，请本人再次确认")


def unanswered(report: ResultReport) -> int:
    """How many persons have not said anything yet."""
    query = select(func.count()).select_from(ResultRow).where(ResultRow.report_id == report.id, ResultRow.answer == "")
    return db.session.scalar(query) or 0


def answers(report: ResultReport) -> dict[Answer, int]:
    """How many persons answered how; answers nobody gave are left out."""
    query = select(ResultRow.answer, func.count()).where(ResultRow.report_id == report.id).group_by(ResultRow.answer)
    found = {Answer(answer): number for answer, number in db.session.execute(query)}
    return {answer: found[answer] for answer in Answer if answer in found}


def obstacle(report: ResultReport) -> str | None:
    """Why the list cannot be released yet: people still have time to look at their rows. None if it can."""
    until, silent = report.confirm_until, unanswered(report)
    if until is None or not silent or clock.today() > until:
        return None
    return f"学员确认期到 {say_date(until)} 为止，还有 {silent} 人没有答复；全部答复或期满后才能发布"


def close_window(report: ResultReport) -> None:
    """The list is released: who said nothing in time has accepted. Raises RuleError before that time."""
    hindrance = obstacle(report)
    if hindrance is not None:
        raise RuleError(hindrance, code="confirm_period")
    db.session.execute(
        update(ResultRow)
        .where(ResultRow.report_id == report.id, ResultRow.answer == "", ResultRow.standing == RowStanding.READY.value)
        .values(answer=Answer.SILENT.value, answered_at=clock.now())
    )


@jobs.every_minute
def accept_silence() -> None:
    """A corrected row whose person says nothing in time goes on."""
    overdue = select(ResultDispute.technician_id, ResultDispute.id).where(
        ResultDispute.state == DisputeState.CORRECTED.value, ResultDispute.reply_until < clock.today()
    )
    for key in db.session.execute(overdue.limit(_AT_ONCE)).all():
        with transaction():
            raised = db.session.get_one(ResultDispute, key)
            row = result_content.row_of(raised.report, raised.technician_id)
            if row is not None and row.answer == "":
                row.answer, row.answered_at = Answer.SILENT.value, clock.now()
            settle(raised, "本人逾期未答复，视为确认更正后的成绩")

"""Disputes over single rows of results: the organiser corrects or insists, an officer has the last word (art. 22)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from domain.errors import NotAllowed, RuleError, WrongState
from domain.identity import mask_id
from domain.result_rows import Outcome
from domain.result_standing import Answer, DisputeKind, DisputeState, RowStanding
from domain.result_workflow import SETTLED_IN
from domain.roles import Actor, Permission
from models import Case, Organization, Region, ResultDispute, ResultReport, ResultRow, Technician, db
from services import (
    audit,
    case_lock,
    cases,
    clock,
    crypto,
    notices,
    presence_decisions,
    registry,
    result_confirmations,
    result_content,
    result_holds,
    result_posting,
)
from services.result_content import RowValues

_MAY_ANSWER = (DisputeState.OPEN.value, DisputeState.INSISTED.value)
_PAGE = "/me/results"
# How the reason of a row begins that an officer decided not to recognise: it waits for nobody.
REFUSED = "不予认定"


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_report(report: ResultReport) -> list[ResultDispute]:
    """Every dispute over this list, those that wait for somebody first."""
    query = select(ResultDispute).where(ResultDispute.report_id == report.id)
    return list(db.session.scalars(query.order_by(ResultDispute.state == DisputeState.SETTLED.value, ResultDispute.id)))


def find(report: ResultReport, dispute_id: int) -> ResultDispute | None:
    """One dispute over this list."""
    return db.session.scalar(
        select(ResultDispute).where(ResultDispute.report_id == report.id, ResultDispute.id == dispute_id)
    )


def open_count(report: ResultReport) -> int:
    """How many disputes the organiser has not answered."""
    return sum(1 for raised in of_report(report) if raised.state == DisputeState.OPEN.value)


def reported_to(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The released lists of the officer's region in which single rows wait for a decision, as rows for a list."""
    visible = cases.visible_to(actor).with_only_columns(Case.id)
    disputed = select(ResultDispute.report_id).where(ResultDispute.state == DisputeState.INSISTED.value)
    held = select(ResultRow.report_id).where(
        ResultRow.standing == RowStanding.HELD.value, ~ResultRow.standing_reason.startswith(REFUSED)
    )
    return (
        select(
            ResultReport.id,
            Case.title,
            Case.number,
            Organization.name.label("organization"),
            Region.name.label("region"),
        )
        .join(Case, Case.id == ResultReport.case_id)
        .join(Organization, Organization.id == Case.organization_id)
        .join(Region, Region.code == Case.region_code)
        .where(Case.id.in_(visible), Case.state.in_(SETTLED_IN), ResultReport.id.in_(disputed.union(held)))
        .order_by(ResultReport.id)
    )


def name_of(technician_id: int) -> str:
    """The person's name as the register has it."""
    return db.session.get_one(Technician, technician_id).name


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A row that waits alone, as an officer sees it; `proposed` is what the decision starts from, `ripe` whether the
    organiser has answered, so that it may be decided."""

    technician_id: int
    name: str
    id_masked: str
    row: ResultRow | None
    raised: ResultDispute | None
    proposed: RowValues
    ripe: bool


def waiting(report: ResultReport) -> list[Waiting]:
    """Every row that waits alone and is not decided on, those who are missing in the list included."""
    rows = {row.technician_id: row for row in result_holds.waiting(report)}
    disputes = {
        raised.technician_id: raised for raised in of_report(report) if raised.state != DisputeState.SETTLED.value
    }
    people = {**rows, **disputes}
    return [
        _waiting(report, technician_id, rows.get(technician_id), disputes.get(technician_id))
        for technician_id in people
        if technician_id in disputes or not rows[technician_id].standing_reason.startswith(REFUSED)
    ]


def _waiting(report: ResultReport, technician_id: int, row: ResultRow | None, raised: ResultDispute | None) -> Waiting:
    person = db.session.get_one(Technician, technician_id)
    if raised is not None and raised.hours_tenths is not None and raised.outcome is not None:
        proposed = RowValues(
            technician_id=technician_id,
            name=person.name,
            occupation="" if row is None else row.occupation,
            hours_tenths=raised.hours_tenths,
            score_tenths=raised.score_tenths,
            outcome=Outcome(raised.outcome),
            event=raised.event,
            rank=raised.rank,
            remark="" if row is None else row.remark,
        )
    elif row is not None:
        proposed = values_of(row)
    else:
        proposed = RowValues(
            technician_id=technician_id, name=person.name, hours_tenths=0, score_tenths=None, outcome=Outcome.PASSED
        )
    return Waiting(
        technician_id=technician_id,
        name=person.name,
        id_masked=mask_id(crypto.unseal(person.id_number_sealed, registry.ID_NUMBER)),
        row=row,
        raised=raised,
        proposed=proposed,
        ripe=raised is None or raised.state == DisputeState.INSISTED.value,
    )


def may_decide(report: ResultReport, actor: Actor) -> bool:
    """Whether this officer may decide on single rows now: in the region, released, and not of an own organisation."""
    case = report.case
    return (
        actor.can(Permission.RESULT_REVIEW)
        and actor.region_code == case.region_code
        and case.state in SETTLED_IN
        and not cases.works_for_applicant(case, actor)
    )


def may_answer(raised: ResultDispute, actor: Actor) -> bool:
    """Whether this clerk may answer the dispute now."""
    own = actor.organization_id == raised.report.filing.organization_id and actor.can(Permission.RESULT_WRITE)
    return own and raised.state in _MAY_ANSWER


# --- The organiser answers --------------------------------------------------------------------------------------------


def _lock(report: ResultReport) -> None:
    case_lock.hold(report.case_id)
    db.session.refresh(report.case)


def _check_organizer(raised: ResultDispute, actor: Actor) -> None:
    own = actor.organization_id == raised.report.filing.organization_id and actor.can(Permission.RESULT_WRITE)
    if not own:
        raise NotAllowed("只有举办单位的经办人可以答复异议")
    _lock(raised.report)
    db.session.refresh(raised)
    if raised.state not in _MAY_ANSWER:
        raise WrongState("答复异议", DisputeState(raised.state).label)


def correct(raised: ResultDispute, values: RowValues, *, remark: str, actor: Actor) -> None:
    """The organiser agrees. Before the release the row changes at once and the person looks at it again; afterwards
    the change is a proposal on which an officer decides (P-12)."""
    _check_organizer(raised, actor)
    report = raised.report
    if values.technician_id != raised.technician_id:
        raise RuleError("更正的不是提出异议的人")
    raised.answer, raised.answered_at, raised.answered_by_id = remark, clock.now(), actor.account_id
    if report.case.state in result_content.EDITABLE:
        raise RuleError("名单正在修改中，请直接在名单里更正这一行，提交后由本人再次确认")
    if report.case.state == "entered":
        result_content.amend_row(report, values)
        row = result_content.row_of(report, raised.technician_id)
        if row is not None:
            row.standing, row.standing_reason = RowStanding.DISPUTED.value, "已更正，待本人确认"
            row.standing_at, row.standing_by_id = clock.now(), actor.account_id
        raised.state, raised.reply_until = DisputeState.CORRECTED.value, result_confirmations.reply_day()
        cases.act(report.case, "amend", actor=actor, remark=f"{values.name}：{remark}")
        _tell_person(raised, "请确认更正后的成绩", "举办单位已按您的异议更正，请再次核对；逾期未答复视为确认。")
    else:
        raised.hours_tenths, raised.score_tenths = values.hours_tenths, values.score_tenths
        raised.outcome, raised.event, raised.rank = values.outcome.value, values.event, values.rank
        raised.state = DisputeState.INSISTED.value
        _tell_officers(raised)
    _record(raised, actor, "correct")


def insist(raised: ResultDispute, *, reason: str, actor: Actor) -> None:
    """The organiser stands by the row, with its reason: an officer decides on this row alone."""
    _check_organizer(raised, actor)
    raised.answer, raised.answered_at, raised.answered_by_id = reason, clock.now(), actor.account_id
    raised.state = DisputeState.INSISTED.value
    raised.hours_tenths = raised.score_tenths = raised.outcome = None
    raised.event = raised.rank = ""
    _tell_person(raised, "举办单位对您的异议作了说明", f"举办单位说明：{reason}。将由人力社保部门裁定。")
    if raised.report.case.state in SETTLED_IN:
        _tell_officers(raised)
    _record(raised, actor, "insist")


def _record(raised: ResultDispute, actor: Actor, how: str) -> None:
    case_id = raised.report.case_id
    audit.record("result_report.dispute_answer", actor=actor, object_kind="case", object_id=case_id, how=how)


def _tell_person(raised: ResultDispute, title: str, body: str) -> None:
    report = raised.report
    notices.tell_technicians(
        [raised.technician_id], f"{title}：{report.filing.title}", body, f"{_PAGE}", report.case_id
    )


def _tell_officers(raised: ResultDispute) -> None:
    report = raised.report
    notices.tell_region(
        report.case.region_code,
        f"成绩异议待裁定：{report.filing.title}",
        f"{name_of(raised.technician_id)}：{DisputeKind(raised.kind).label}。举办单位已答复，请单独裁定这一行。",
        f"/bureau/disputes/{report.id}",
        permission=Permission.RESULT_REVIEW,
        case_id=report.case_id,
    )


# --- An officer decides -----------------------------------------------------------------------------------------------


def decide(
    report: ResultReport,
    technician_id: int,
    values: RowValues | None,
    *,
    remark: str,
    actor: Actor,
    sets_aside: Collection[int] = (),
) -> None:
    """Decide on one row that waits alone: recognised with these values, or with none not recognised at all.

    Recognised hours are hours the person was there: what stands against that elsewhere must be among `sets_aside`, the
    sessions the officer was shown, and counts no more (P-06). A row that is not recognised stays held for good; whoever
    is not in the list and not recognised gets no row. Raises NotAllowed, WrongState or RuleError.
    """
    result_posting.check_impartial(report, actor)
    presence_decisions.hold_still(report, technician_id)
    _lock(report)
    raised = result_confirmations.last_dispute(report, technician_id)
    if raised is not None and raised.state == DisputeState.SETTLED.value:
        raised = None
    if raised is not None and raised.state != DisputeState.INSISTED.value:
        raise WrongState("裁定异议", DisputeState(raised.state).label)
    row = result_content.row_of(report, technician_id)
    if raised is None and (row is None or row.standing != RowStanding.HELD.value):
        raise RuleError("此人的成绩不需要单独裁定，请刷新页面")
    if values is not None:
        result_content.amend_row(report, values)
        row = result_content.row_of(report, technician_id)
    now = clock.now()
    if row is not None:
        row.answer, row.answered_at = Answer.CONFIRMED.value if raised is None else Answer.DISPUTED.value, now
        row.standing = RowStanding.HELD.value
        row.standing_reason = f"{REFUSED}：{remark}"[:200]
        row.standing_at, row.standing_by_id = now, actor.account_id
    if raised is not None:
        raised.state, raised.decision = DisputeState.SETTLED.value, remark
        raised.decided_at, raised.decided_by_id = now, actor.account_id
    db.session.flush()
    cases.act(report.case, "settle", actor=actor, remark=f"{name_of(technician_id)}：{remark}")
    audit.record(
        "result_report.dispute_decision",
        actor=actor,
        object_kind="case",
        object_id=report.case_id,
        technician_id=technician_id,
        recognised=values is not None,
    )
    if values is not None:
        presence_decisions.recognise(
            report, technician_id, values.hours_tenths, sets_aside=sets_aside, remark=remark, actor=actor
        )
        result_holds.free(report, technician_id, remark=f"裁定：{remark}", actor=actor)
    result = "予以认定" if values is not None else "不予认定"
    notices.tell_technicians(
        [technician_id],
        f"成绩裁定结果：{report.filing.title}",
        f"人力社保部门对您的成绩作出裁定：{result}。理由：{remark}",
        _PAGE,
        report.case_id,
    )


def values_of(row: ResultRow) -> RowValues:
    """A stored row as values."""
    return RowValues(
        technician_id=row.technician_id,
        name=row.name,
        occupation=row.occupation,
        hours_tenths=row.hours_tenths,
        score_tenths=row.score_tenths,
        outcome=Outcome(row.outcome),
        event=row.event,
        rank=row.rank,
        remark=row.remark,
    )

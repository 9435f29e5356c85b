"""Results of an activity (成绩报送): opened after the class, entered by one person, released by another (art. 19)."""

from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.exc import IntegrityError

from domain.errors import NotAllowed, RuleError, WrongState
from domain.periods import say_date
from domain.roles import ORGANIZATION_ROLES, SYSTEM, Actor, Permission, Role
from domain.workflows import CaseKind
from models import ActivityFiling, Case, CaseSnapshot, CaseStep, ResultReport, SupplementItem, db
from services import (
    audit,
    cases,
    clock,
    evidence,
    jobs,
    notices,
    policies,
    result_confirmations,
    result_content,
    result_posting,
)
from services.calendar import working_calendar
from services.transaction import transaction

# What a point of a supplement notice may concern.
SECTIONS = {"rows": "学员成绩", "evidence": "照片和视频", "note": "情况说明"}

_OPEN_AT_ONCE = 50


# --- Reads ------------------------------------------------------------------------------------------------------------


def find(report_id: int, *, seen_by: Actor) -> ResultReport | None:
    """The report if this actor may know of its case."""
    visible = cases.visible_to(seen_by).with_only_columns(Case.id)
    return db.session.scalar(
        select(ResultReport).where(ResultReport.id == report_id, ResultReport.case_id.in_(visible))
    )


def of_case(case: Case) -> ResultReport:
    """The report of a case of this kind."""
    return db.session.scalars(select(ResultReport).where(ResultReport.case_id == case.id)).one()


def of_filing(filing: ActivityFiling) -> ResultReport | None:
    """The report of an activity, if one was opened."""
    return db.session.scalar(select(ResultReport).where(ResultReport.filing_id == filing.id))


def listing(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The reports of the actor's organisation as rows for a list, newest class first."""
    visible = cases.visible_to(actor).with_only_columns(Case.id)
    return (
        select(
            ResultReport.id,
            ActivityFiling.starts_on,
            ActivityFiling.ends_on,
            Case.title,
            Case.number,
            Case.state,
            Case.due_on,
            ResultReport.posted_credits_tenths,
        )
        .join(Case, Case.id == ResultReport.case_id)
        .join(ActivityFiling, ActivityFiling.id == ResultReport.filing_id)
        .where(Case.id.in_(visible))
        .order_by(ActivityFiling.ends_on.desc(), ResultReport.id.desc())
    )


def to_open(actor: Actor) -> list[ActivityFiling]:
    """The organisation's activities that have ended and whose results nobody has begun."""
    if actor.role not in ORGANIZATION_ROLES:
        return []
    return list(
        db.session.scalars(
            _unreported()
            .where(ActivityFiling.organization_id == actor.organization_id)
            .order_by(ActivityFiling.ends_on)
        )
    )


def _unreported() -> Select[ActivityFiling]:
    return (
        select(ActivityFiling)
        .join(Case, Case.id == ActivityFiling.case_id)
        .where(
            Case.state == "approved",
            ActivityFiling.ends_on < clock.today(),
            ~exists().where(ResultReport.filing_id == ActivityFiling.id),
        )
    )


@cases.seal(CaseKind.RESULT_REPORT)
def _seal_of_case(case: Case) -> str:
    return result_content.seal(of_case(case))


def last_step(case: Case, *actions: str) -> CaseStep | None:
    """The newest step of one of these actions."""
    return db.session.scalar(
        select(CaseStep)
        .where(CaseStep.case_id == case.id, CaseStep.action.in_(actions))
        .order_by(CaseStep.id.desc())
        .limit(1)
    )


def points(case: Case) -> list[SupplementItem]:
    """The points of the bureau's supplement notice while the organiser has to answer it; none otherwise."""
    step = last_step(case, "return") if case.state == "supplement" else None
    if step is None:
        return []
    return list(
        db.session.scalars(select(SupplementItem).where(SupplementItem.step_id == step.id).order_by(SupplementItem.id))
    )


def sent_back(case: Case) -> CaseStep | None:
    """The step by which the second person returned the results, while the clerk has not entered them again."""
    if case.state != "draft" or not case.steps:
        return None
    return case.steps[-1] if case.steps[-1].action == "send_back" else None


# --- Opening ----------------------------------------------------------------------------------------------------------


def open_report(filing: ActivityFiling, *, actor: Actor) -> ResultReport:
    """Begin the report of an activity that has ended; the one that exists if there is one.

    The time to report runs from the last class day (`roster.post_within_workdays`).
    """
    own = actor.organization_id == filing.organization_id and actor.can(Permission.RESULT_WRITE)
    if not own and actor.role is not Role.SYSTEM:
        raise NotAllowed("只有举办单位的经办人可以报送成绩")
    known = of_filing(filing)
    if known is not None:
        return known
    if filing.case.state != "approved":
        raise WrongState("报送成绩", cases.state_of(filing.case).label)
    if filing.ends_on is None or any(session.ends_at > clock.now() for session in filing.sessions):
        raise RuleError("活动还没有结束，最后一个课次结束后才能报送成绩", code="not_ended")
    case = cases.open_case(CaseKind.RESULT_REPORT, title=filing.title, region_code=filing.case.region_code, actor=actor)
    case.organization_id = filing.organization_id
    within = policies.active_policy().figure("roster.post_within_workdays")
    case.due_on = working_calendar().add_working_days(filing.ends_on, int(within))
    report = ResultReport(case_id=case.id, filing_id=filing.id)
    db.session.add(report)
    try:
        db.session.flush()
    except IntegrityError as error:
        raise RuleError("本次活动的成绩报送刚刚由他人开始，请刷新页面") from error
    audit.record("result_report.open", actor=actor, object_kind="case", object_id=case.id)
    return report


def _due(report: ResultReport) -> str:
    return say_date(report.case.due_on) if report.case.due_on else "规定时间"


@jobs.every_minute
def open_due_reports() -> None:
    """The day after a class its report stands in the organiser's inbox, with the day it is due."""
    due = [filing.id for filing in db.session.scalars(_unreported().limit(_OPEN_AT_ONCE))]
    for filing_id in due:
        with transaction():
            open_and_tell(db.session.get_one(ActivityFiling, filing_id))


def open_and_tell(filing: ActivityFiling) -> ResultReport:
    """Begin the report in the organiser's stead, and say so to its clerks."""
    report = open_report(filing, actor=SYSTEM)
    notices.tell_organization(
        filing.organization_id,
        f"请报送成绩：{filing.title}",
        f"“{filing.title}”已经结束，请在 {_due(report)} 前导入成绩、上传照片并提交。",
        f"/results/{report.id}",
        permission=Permission.RESULT_WRITE,
        case_id=report.case_id,
    )
    return report


# --- Entering and releasing -------------------------------------------------------------------------------------------


def enter(report: ResultReport, *, note: str, actor: Actor, version: int | None = None) -> None:
    """The clerk has finished: the results go to a second person of the organisation, with the evidence."""
    result_content.lock_editable(report, actor)
    report.evidence_note = note.strip()
    db.session.flush()
    cases.act(report.case, "enter", actor=actor, version=version)


@cases.effect(CaseKind.RESULT_REPORT, "enter")
def _check_complete(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """No release without results and evidence (INV-16); what the policy asks and is missing must be explained."""
    report = of_case(case)
    if not result_content.counts(report):
        raise RuleError("还没有成绩，请先导入或添加参训人员成绩", code="no_rows")
    if evidence.count(report, "photo") == 0:
        raise RuleError("还没有现场照片，请至少上传一张", code="no_photo")
    if evidence.missing(report) and not report.evidence_note:
        raise RuleError("佐证材料数量不足，请补充上传，或写明原因", code="evidence_unexplained")
    result_confirmations.open_window(report)


def release(report: ResultReport, *, actor: Actor, version: int | None = None) -> None:
    """A second natural person of the organisation answers for the results; the bureau's time begins."""
    cases.act(report.case, "release", actor=actor, version=version)


# What was entered or released, or a single row of it changed for a dispute: each names the content as it was then.
_BEFORE = {"release": ("enter", "amend"), "credit": ("release", "settle"), "confirm": ("credit",)}


@cases.effect(CaseKind.RESULT_REPORT, "release")
def _close_window(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """Everybody has seen the own row, or had the time for it."""
    result_confirmations.close_window(of_case(case))


@cases.effect(CaseKind.RESULT_REPORT, "release", "credit", "confirm")
def _check_unchanged(case: Case, step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """What is released is what was entered; what is credited is what was released and shown to the officer (P-12)."""
    before = last_step(case, *_BEFORE[step.action])
    now = result_content.seal(of_case(case))
    if before is None or not before.content_sha256 == step.content_sha256 == now:
        raise RuleError("成绩与上一步提交的不一致，请退回经办人核对后重新提交", code="content_changed")


@cases.effect(CaseKind.RESULT_REPORT, "release")
def _keep(case: Case, step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """Keep what was released, so that the bureau sees what a second release has changed."""
    last = db.session.scalar(select(func.max(CaseSnapshot.round)).where(CaseSnapshot.case_id == case.id)) or 0
    db.session.add(
        CaseSnapshot(
            case_id=case.id,
            round=last + 1,
            content=result_content.content_of(of_case(case)),
            sha256=step.content_sha256,
            taken_at=step.at,
        )
    )


@cases.effect(CaseKind.RESULT_REPORT, "credit")
def _check_decision(case: Case, step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    result_posting.check_impartial(of_case(case), actor)
    result_posting.check_closed_years(of_case(case), step.remark)


@cases.effect(CaseKind.RESULT_REPORT, "post", "confirm")
def _post(case: Case, _step: CaseStep, actor: Actor, officer: Actor | None = None, **_inputs: Any) -> None:
    """The credits follow from the decision, in its transaction; with them the activity is done.

    `officer` decided where the system only posts.
    """
    report = of_case(case)
    result_posting.post(report, actor=officer or actor)
    cases.act(report.filing.case, "complete", actor=SYSTEM)


def send_back(report: ResultReport, *, remark: str, actor: Actor, version: int | None = None) -> None:
    """The releaser returns the results to the clerk, with the reason."""
    cases.act(report.case, "send_back", actor=actor, remark=remark, version=version)


def release_obstacle(report: ResultReport, actor: Actor) -> str | None:
    """Why this person may not release the results, for the page; None if they may."""
    if any(move.action == "release" for move in cases.actions(report.case, actor)):
        return result_confirmations.obstacle(report)
    return "成绩由您本人录入提交，按规定须由本单位另一人审核发布。"

"""What ends without a decision on its merits: supplements nobody answered, classes never held, results refused."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Exists, Select, exists, or_, select

from domain.attendance_rules import Standing
from domain.errors import RuleError
from domain.roles import SYSTEM, Actor
from domain.workflows import CaseKind
from models import ActivityFiling, Attendance, Case, CaseStep, ResultReport, ResultRow, db
from services import cases, clock, enrolments, jobs, notices, policies, results
from services.transaction import transaction

_AT_ONCE = 50
_PRESENT = (Standing.COUNTED.value, Standing.HELD.value)


def declare_not_held(report: ResultReport, *, remark: str, actor: Actor, version: int | None = None) -> None:
    """The organiser says that the activity did not take place: nobody earns anything, the filing ends with it.

    Raises RuleError while somebody stands in the results or in the attendance.
    """
    cases.act(report.case, "declare_not_held", actor=actor, remark=remark, version=version)


def was_attended(report: ResultReport) -> bool:
    """Whether anything says that people were there: a row of the results, or attendance."""
    return bool(db.session.scalar(select(or_(_in_results(report.id), _in_attendance(report.filing_id)))))


def _in_results(report_id: Any) -> Exists:
    return exists().where(ResultRow.report_id == report_id)


def _in_attendance(filing_id: Any) -> Exists:
    return exists().where(Attendance.filing_id == filing_id, Attendance.standing.in_(_PRESENT))


# --- what the steps cause ---------------------------------------------------------------------------------------------


@cases.effect(CaseKind.RESULT_REPORT, "declare_not_held", "lapse")
def _end_filing(case: Case, step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    report = results.of_case(case)
    if was_attended(report):
        raise RuleError("成绩或考勤中已有参训人员，不能按没有举办办理；名单有误的，请先移出", code="attended")
    # Before the filing ends, and with it the enrolments.
    enrolled = enrolments.participants(report.filing)
    cases.act(report.filing.case, "lapse", actor=SYSTEM, remark=step.remark)
    title = report.filing.title
    _tell(enrolled, f"活动没有举办：{title}", f"“{title}”没有举办，不计学分。请另选其他活动。", case)


@cases.effect(CaseKind.RESULT_REPORT, "refuse")
def _void_filing(case: Case, step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """No credits come of it; who was named in the results is told why, for an appeal needs the reason (art. 22)."""
    report = results.of_case(case)
    cases.act(report.filing.case, "void", actor=SYSTEM, remark=step.remark)
    persons = db.session.scalars(
        select(ResultRow.technician_id).where(ResultRow.report_id == report.id).order_by(ResultRow.technician_id)
    )
    _tell(
        list(persons),
        f"成绩未获认定：{report.filing.title}",
        f"人力社保部门对“{report.filing.title}”的成绩决定不予认定，本次活动不计学分。理由：{step.remark}",
        case,
    )


def _tell(technician_ids: list[int], title: str, body: str, case: Case) -> None:
    notices.tell_technicians(technician_ids, title[:200], body, "/me/entries", case.id)


# --- the worker's minute ----------------------------------------------------------------------------------------------


@jobs.every_minute
def close_overdue() -> None:
    """Close what nobody answered in time. Each case in a transaction of its own, looked at again inside it."""
    for found, action, remark in ((_unanswered, "expire", None), (_unheld, "lapse", _UNHELD)):
        for case_id in list(db.session.scalars(found().with_only_columns(Case.id).limit(_AT_ONCE))):
            with transaction():
                case = db.session.scalar(found().where(Case.id == case_id))
                if case is not None:
                    cases.act(case, action, actor=SYSTEM, remark=remark)


_UNHELD = "活动结束后在规定时间内没有任何成绩，视为没有举办"


def _unanswered() -> Select[Case]:
    """Supplement notices whose last day is over."""
    return select(Case).where(Case.state == "supplement", Case.due_on < clock.today()).order_by(Case.due_on, Case.id)


def _unheld() -> Select[Case]:
    """Reports without a single row, so long after the last day that the class must be taken for not held."""
    days = int(policies.active_policy().figure("filing.lapse_days"))
    return (
        select(Case)
        .join(ResultReport, ResultReport.case_id == Case.id)
        .join(ActivityFiling, ActivityFiling.id == ResultReport.filing_id)
        .where(Case.state == "draft", ActivityFiling.ends_on < clock.today() - timedelta(days=days))
        .where(~_in_results(ResultReport.id), ~_in_attendance(ActivityFiling.id))
        .order_by(Case.id)
    )

"""How doubtful a released report is: the findings of the checks and the organiser's past, weighed by the policy."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from domain.filing_review import Finding
from domain.result_risk import Doubt, Level, Risk, Weight, weigh
from domain.roles import Actor
from domain.workflows import CaseKind
from models import Case, CaseStep, ResultReport, db
from services import cases, clock, policies, result_review, results

# What points to people or pictures that were not there, what to carelessness only; all others are in between.
SERIOUS = ("overlap", "long_day", "deceased", "status", "teacher", "same_photo", "alike_photo", "device")
MINOR = ("late", "certificate", "place", result_review.EVIDENCE)
_MONTH = timedelta(days=30)
# Corrections are none of these: whoever reports the own mistake must not fare worse for it.
_PAST = {"return": "退回补正", "refuse": "不予认定", "overturn": "被复核退回"}


@cases.effect(CaseKind.RESULT_REPORT, "release")
def _keep(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    """The risk is that of what was released: the officer sees it, and the lottery goes by it."""
    report = results.of_case(case)
    risk = of_report(report)
    report.risk_level, report.risk_points = risk.level.value, risk.points
    report.risk_reasons = [[reason, points] for reason, points in risk.reasons]


def of_report(report: ResultReport) -> Risk:
    """The risk of a report as it stands now."""
    policy = policies.active_policy()
    points = {weight: int(policy.value(f"risk.points.{weight.value}", 0)) for weight in Weight}
    doubts = [_doubt(finding) for finding in result_review.findings_of(report) if not finding.ok]
    return weigh(
        [*doubts, *_past(report)],
        points,
        medium=int(policy.value("risk.medium", 3)),
        high=int(policy.value("risk.high", 6)),
    )


def _doubt(finding: Finding) -> Doubt:
    some = {**dict.fromkeys(SERIOUS, Weight.SERIOUS), **dict.fromkeys(MINOR, Weight.MINOR)}
    weight = some.get(finding.key, Weight.FINDING)
    return Doubt(weight=weight, reason=f"{finding.label}：{finding.detail}"[:200])


def _past(report: ResultReport) -> list[Doubt]:
    """What became of the organiser's earlier results in the months the policy looks back."""
    months = int(policies.active_policy().value("risk.history_months", 0))
    own = (
        select(Case.id)
        .where(Case.kind == CaseKind.RESULT_REPORT, Case.organization_id == report.case.organization_id)
        .where(Case.id != report.case_id)
    )
    decided = db.session.scalar(select(func.count()).select_from(own.where(Case.decided_at.is_not(None)).subquery()))
    if not decided:
        return [Doubt(weight=Weight.NEWCOMER, reason="举办单位首次报送成绩，没有以往情况可以参考")]
    counted = db.session.execute(
        select(CaseStep.action, func.count())
        .where(CaseStep.case_id.in_(own), CaseStep.action.in_(_PAST), CaseStep.at > clock.now() - months * _MONTH)
        .group_by(CaseStep.action)
    )
    found = {action: number for action, number in counted}
    return [
        Doubt(weight=Weight.HISTORY, reason=f"举办单位近 {months} 个月有 {found[action]} 次{said}", times=found[action])
        for action, said in _PAST.items()
        if found.get(action)
    ]


def level_of(report: ResultReport) -> Level:
    """The level kept at the release."""
    return Level(report.risk_level or Level.LOW)

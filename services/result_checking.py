"""Cross-checks of a list before it goes on: errors stop it, warnings are answered in writing, some rows wait alone."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from domain.errors import RuleError
from domain.result_check_rules import Check, Finding, Severity, checks_of, run
from domain.roles import SYSTEM, Actor
from domain.workflows import CaseKind
from models import Case, CaseStep, ResultReport, ResultWarningAnswer, db
from services import audit, cases, clock, result_content, result_facts, result_holds

_LONGEST_REASON = 200


@dataclass(frozen=True, kw_only=True)
class Checked:
    """One check of a report: what it found, if anything, and what the organiser says to that."""

    check: Check
    finding: Finding | None
    answer: str = ""
    outdated: bool = False

    @property
    def fine(self) -> bool:
        return self.finding is None

    @property
    def open(self) -> bool:
        """Whether the organiser still has to answer in writing."""
        asked = self.finding is not None and self.check.severity is Severity.WARNING
        return asked and (not self.answer or self.outdated)

    @property
    def sentence(self) -> str:
        return self.check.fine if self.finding is None else self.finding.detail


def checked(report: ResultReport) -> list[Checked]:
    """Every check of the table as the report stands now, with the answers given so far."""
    facts = result_facts.of(report)
    findings = {finding.check.key: finding for finding in run(facts)}
    answers = {
        row.check_key: row
        for row in db.session.scalars(select(ResultWarningAnswer).where(ResultWarningAnswer.report_id == report.id))
    }
    return [_checked(check, findings.get(check.key), answers.get(check.key)) for check in checks_of(facts)]


def doubts(report: ResultReport) -> list[Checked]:
    """The warnings there are now, answered or not: what the organiser has to write about."""
    return [each for each in checked(report) if each.finding is not None and each.check.severity is Severity.WARNING]


def _checked(check: Check, finding: Finding | None, answer: ResultWarningAnswer | None) -> Checked:
    if finding is None or answer is None:
        return Checked(check=check, finding=finding)
    outdated = answer.found_sha256 != finding.sha256
    return Checked(check=check, finding=finding, answer=answer.answer, outdated=outdated)


def answer(report: ResultReport, texts: Mapping[str, str], *, actor: Actor) -> None:
    """The organiser's written answers by key of the check; each holds for what is found now. Others are left alone."""
    result_content.lock_editable(report, actor)
    found = {each.check.key: each.finding for each in checked(report) if each.finding is not None}
    for key in sorted(texts.keys() & found.keys()):
        row = db.session.get(ResultWarningAnswer, (report.id, key))
        if row is None:
            row = ResultWarningAnswer(report_id=report.id, check_key=key)
            db.session.add(row)
        row.answer, row.found_sha256 = texts[key].strip(), found[key].sha256
        row.answered_at, row.answered_by_id = clock.now(), actor.account_id
        audit.record(
            "result_report.warning_answer", actor=actor, object_kind="case", object_id=report.case_id, check=key
        )
    db.session.flush()


def _check(report: ResultReport, *, released: bool) -> list[Checked]:
    """Raises RuleError where an error stops the list, or a warning has no answer."""
    results = checked(report)
    errors = [each for each in results if each.finding is not None and each.check.severity is Severity.ERROR]
    if errors:
        said = "；".join(f"{each.check.label}：{each.sentence}" for each in errors)
        raise RuleError(f"系统核对有错误，改正后才能提交。{said}", code="check_errors")
    unanswered = [each.check.label for each in results if each.open]
    if unanswered:
        how = "请退回经办人写明情况" if released else "请逐项写明情况"
        raise RuleError(f"系统核对有疑点没有书面说明（{'、'.join(unanswered)}），{how}", code="warnings_unanswered")
    return results


def _report(case: Case) -> ResultReport:
    return db.session.scalars(select(ResultReport).where(ResultReport.case_id == case.id)).one()


@cases.effect(CaseKind.RESULT_REPORT, "enter")
def _check_entered(case: Case, _step: CaseStep, _actor: Actor, **_inputs: object) -> None:
    _check(_report(case), released=False)


@cases.effect(CaseKind.RESULT_REPORT, "release")
def _check_released(case: Case, _step: CaseStep, _actor: Actor, **_inputs: object) -> None:
    """What another list has brought up since is answered too; rows that cannot be true wait for an officer (P-07)."""
    report = _report(case)
    for each in _check(report, released=True):
        if each.finding is not None and each.check.holds and each.finding.persons:
            reason = f"{each.check.label}：{each.sentence}"[:_LONGEST_REASON]
            result_holds.hold(report, each.finding.persons, reason=reason, actor=SYSTEM)

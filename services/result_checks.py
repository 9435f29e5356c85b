"""The check that credited results are still what was released: the hash in the steps against the rows as stored."""

from collections.abc import Iterator

from sqlalchemy import select

from models import Case, CaseStep, ResultReport, db
from services import ledger_checks, registry, result_content
from services.ledger_checks import Problem

_SEALED = ("enter", "release", "credit")


@ledger_checks.add_check
def results_unchanged() -> Iterator[Problem]:
    """What was entered, released and credited last is one thing, and it is what the tables hold now (P-12)."""
    credited = (
        select(ResultReport.id)
        .join(Case, Case.id == ResultReport.case_id)
        .where(Case.state == "credited")
        .order_by(ResultReport.id)
    )
    for part in registry.chunks(db.session.scalars(credited).all()):
        reports = db.session.scalars(select(ResultReport).where(ResultReport.id.in_(part)).order_by(ResultReport.id))
        for report in reports:
            now = result_content.seal(report)
            if any(sealed != now for sealed in _last_seals(report)):
                yield Problem("results_unchanged", f"report {report.id}", "the rows are not those that were released")


def _last_seals(report: ResultReport) -> list[str | None]:
    steps = db.session.execute(
        select(CaseStep.action, CaseStep.content_sha256)
        .where(CaseStep.case_id == report.case_id, CaseStep.action.in_(_SEALED))
        .order_by(CaseStep.id)
    )
    last = {step.action: step.content_sha256 for step in steps}
    return [last.get(action) for action in _SEALED]

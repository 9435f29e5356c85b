"""The check that credited results are still what was released: the hash in the steps against the rows as stored."""

from collections.abc import Iterator

from sqlalchemy import select

from models import Case, CaseStep, ResultReport, db
from services import ledger_checks, registry, result_content
from services.ledger_checks import Problem

# Each of these names the content as it was: what the organiser answers for, and what the bureau decided on. What a
# correction made of it came later and stands for itself.
_RELEASED = ("release", "settle")
_DECIDED = ("credit", "confirm")
_CORRECTED = "correct"


@ledger_checks.add_check
def results_unchanged() -> Iterator[Problem]:
    """What was released and credited last is one thing, and the tables hold it, or what was corrected since (P-12)."""
    credited = (
        select(ResultReport.id)
        .join(Case, Case.id == ResultReport.case_id)
        .where(Case.state == "credited")
        .order_by(ResultReport.id)
    )
    for part in registry.chunks(db.session.scalars(credited).all()):
        reports = db.session.scalars(select(ResultReport).where(ResultReport.id.in_(part)).order_by(ResultReport.id))
        for report in reports:
            if not _holds(report):
                yield Problem("results_unchanged", f"report {report.id}", "the rows are not those that were released")


def _holds(report: ResultReport) -> bool:
    released = decided = corrected = None
    wanted = (*_RELEASED, *_DECIDED, _CORRECTED)
    steps = db.session.execute(
        select(CaseStep.action, CaseStep.content_sha256)
        .where(CaseStep.case_id == report.case_id, CaseStep.action.in_(wanted))
        .order_by(CaseStep.id)
    )
    for step in steps:
        if step.action == "settle" and decided is not None:
            # One row that waited alone, decided on when the others had their credits.
            released, decided, corrected = step.content_sha256, step.content_sha256, None
        elif step.action in _RELEASED:
            released, decided, corrected = step.content_sha256, None, None
        elif step.action == _CORRECTED:
            corrected = step.content_sha256
        elif decided not in (None, step.content_sha256):
            return False
        else:
            decided = step.content_sha256
    return decided is not None and decided == released and result_content.seal(report) == (corrected or decided)

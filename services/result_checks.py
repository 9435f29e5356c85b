"""Checks that credited results are still what was released, and that nobody has more credits than they give."""

from collections.abc import Iterator
from fractions import Fraction

from sqlalchemy import func, select

from domain.book_checks import Problem
from domain.contests import credits_of, rank_limits
from models import Case, CaseStep, CreditEntry, PolicyVersion, ResultReport, ResultRow, db
from services import ledger_checks, policies, registry, result_content

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


@ledger_checks.add_check
def credits_within() -> Iterator[Problem]:
    """Nobody has more credits of an activity than the hours give, or the rank that was filed for it (INV-20, P-06)."""
    credits = func.sum(CreditEntry.credits_tenths)
    given = (
        select(CreditEntry.technician_id, CreditEntry.source_id, credits.label("credits"))
        .where(CreditEntry.source_kind == "activity")
        .group_by(CreditEntry.technician_id, CreditEntry.source_id)
        .having(credits > 0)
        .subquery()
    )
    for version in db.session.scalars(select(PolicyVersion).order_by(PolicyVersion.id)).all():
        policy = policies.policy_of(version)
        rate = Fraction(policy.value("credit.per_hour"))
        found = db.session.execute(
            select(given, ResultRow.rank, ResultReport)
            .join(ResultReport, ResultReport.filing_id == given.c.source_id)
            .join(Case, (Case.id == ResultReport.case_id) & (Case.policy_version_id == version.id))
            .join(
                ResultRow,
                (ResultRow.report_id == ResultReport.id) & (ResultRow.technician_id == given.c.technician_id),
            )
            .where(given.c.credits * rate.denominator > ResultRow.hours_tenths * rate.numerator)
            .order_by(given.c.source_id, given.c.technician_id)
        )
        for row in found:
            contest = result_content.plan_of(row.ResultReport.filing).contest
            award = credits_of(contest, row.rank, rank_limits(policy)) if contest is not None else 0
            if row.credits > award * 10:
                where = f"technician {row.technician_id} activity {row.source_id}"
                yield Problem("credits_within", where, f"{row.credits} tenths, more than hours and rank give")


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

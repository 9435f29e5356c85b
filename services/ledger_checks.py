"""Checks of the whole ledger: sums, pairs, sources, credited results; each is one query, as the ledger is large."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, or_, select, union_all
from sqlalchemy.orm import aliased

from domain.book_checks import Problem
from models import (
    ActivityFiling,
    Case,
    CreditEntry,
    ExamRecord,
    ResultReport,
    ResultRow,
    SubjectLine,
    YearlyCredit,
    db,
)

Entry = CreditEntry


@dataclass(frozen=True)
class Totals:
    """What the ledger holds in all; credits in tenths."""

    entries: int
    credits_tenths: int
    persons: int


def totals() -> Totals:
    """How much there is to check."""
    row = db.session.execute(
        select(
            func.count(Entry.id),
            func.coalesce(func.sum(Entry.credits_tenths), 0),
            func.count(func.distinct(Entry.technician_id)),
        )
    ).one()
    return Totals(*row)


def verify(limit: int = 20) -> list[Problem]:
    """The first `limit` problems of every check, in the order of the keys; empty when the ledger is right."""
    return [problem for check in CHECKS for problem in islice(check(), limit)]


def _rows(query: Select, check: str, where: str, found: str) -> Iterator[Problem]:  # type: ignore[type-arg]
    """The rows of a query that returns none when all is well, worded; read as they come."""
    with db.session.connection().execution_options(stream_results=True, yield_per=100).execute(query) as result:
        for row in result.mappings():
            yield Problem(check, where.format(**row), found.format(**row))


# --- The ledger by itself ---------------------------------------------------------------------------------------------


def sums() -> Iterator[Problem]:
    """The entries of a person's year and subject add up to the summary row, in both directions (P-01)."""
    entries = select(
        Entry.technician_id, Entry.year, Entry.subject, Entry.is_exam, Entry.credits_tenths.label("entries"),
        literal(0).label("summary"),
    )  # fmt: skip
    summary = select(
        YearlyCredit.technician_id, YearlyCredit.year, YearlyCredit.subject, YearlyCredit.is_exam,
        literal(0).label("entries"), YearlyCredit.credits_tenths.label("summary"),
    )  # fmt: skip
    both = union_all(entries, summary).subquery()
    key = (both.c.technician_id, both.c.year, both.c.subject, both.c.is_exam)
    query = (
        select(*key, func.sum(both.c.entries).label("entries"), func.sum(both.c.summary).label("summary"))
        .group_by(*key)
        .having(func.sum(both.c.entries) != func.sum(both.c.summary))
        .order_by(*key)
    )
    return _rows(
        query,
        "sums",
        "technician {technician_id} year {year} {subject} exam={is_exam}",
        "entries add up to {entries} tenths, the summary says {summary}",
    )


def pairs() -> Iterator[Problem]:
    """A reversal mirrors the award it names in everything but the sign (P-03)."""
    award = aliased(CreditEntry)
    same = (
        "year", "occurred_on", "days", "subject", "form", "is_exam", "hours_tenths", "source_kind", "source_id",
        "line_id", "sequence", "region_code",
    )  # fmt: skip
    exact = and_(
        award.kind == "award",
        award.credits_tenths == -Entry.credits_tenths,
        award.posted_at <= Entry.posted_at,
        *(getattr(award, name) == getattr(Entry, name) for name in same),
    )
    query = (
        select(Entry.technician_id, Entry.id, Entry.reverses_id)
        .outerjoin(award, (award.technician_id == Entry.technician_id) & (award.id == Entry.reverses_id))
        .where(Entry.kind == "reversal", or_(award.id.is_(None), not_(exact)))
        .order_by(Entry.technician_id, Entry.id)
    )
    return _rows(query, "pairs", "technician {technician_id} entry {id}", "is no exact reversal of entry {reverses_id}")


def live_once() -> Iterator[Problem]:
    """Of each person, source, line and year at most one award is live, and the sequences have no gap (P-04)."""
    key = (Entry.technician_id, Entry.source_kind, Entry.source_id, Entry.line_id, Entry.year)
    awards = func.sum(case((Entry.kind == "award", 1), else_=0))
    live = func.sum(case((Entry.kind == "award", 1), else_=-1))
    query = (
        select(*key, live.label("live"), awards.label("awards"), func.max(Entry.sequence).label("last"))
        .group_by(*key)
        .having(or_(live.not_in((0, 1)), func.max(Entry.sequence) != awards))
        .order_by(*key)
    )
    return _rows(
        query,
        "live_once",
        "technician {technician_id} {source_kind} {source_id} line {line_id} year {year}",
        "{live} live awards of {awards}, last sequence {last}",
    )


# --- The ledger and its sources ---------------------------------------------------------------------------------------


def activity_sources() -> Iterator[Problem]:
    """Activity credits rest on a completed filing, its credited results and one of its subject lines (P-02)."""
    filing_case, report_case = aliased(Case), aliased(Case)
    used = (
        select(Entry.source_id, Entry.line_id, Entry.subject)
        .where(Entry.source_kind == "activity")
        .distinct()
        .subquery()
    )
    stands = and_(
        filing_case.state == "completed",
        report_case.state == "credited",
        ResultReport.posted_at.is_not(None),
        SubjectLine.filing_id == used.c.source_id,
        SubjectLine.subject == used.c.subject,
    )
    # Few activities bear many entries: each is looked at once.
    wrong = (
        select(used)
        .outerjoin(ActivityFiling, ActivityFiling.id == used.c.source_id)
        .outerjoin(filing_case, filing_case.id == ActivityFiling.case_id)
        .outerjoin(ResultReport, ResultReport.filing_id == used.c.source_id)
        .outerjoin(report_case, report_case.id == ResultReport.case_id)
        .outerjoin(SubjectLine, SubjectLine.id == used.c.line_id)
        .where(not_(func.coalesce(stands, False)))
        .subquery()
    )
    query = (
        select(Entry.technician_id, Entry.id, Entry.source_id)
        .join(
            wrong,
            (Entry.source_id == wrong.c.source_id)
            & (Entry.line_id == wrong.c.line_id)
            & (Entry.subject == wrong.c.subject),
        )
        .where(Entry.source_kind == "activity")
        .order_by(Entry.technician_id, Entry.id)
    )
    return _rows(
        query, "activity_sources", "technician {technician_id} entry {id}", "activity {source_id} does not bear it"
    )


def rows_behind() -> Iterator[Problem]:
    """Whoever has credits of an activity passed it; what was taken back needs no row any more (P-02)."""
    passed = (
        select(ResultReport.filing_id, ResultRow.technician_id)
        .join(ResultRow, ResultRow.report_id == ResultReport.id)
        .where(ResultRow.outcome == "passed", ResultRow.standing == "ready")
        .subquery()
    )
    query = (
        select(Entry.technician_id, Entry.source_id, func.sum(Entry.credits_tenths).label("credits"))
        .outerjoin(passed, (passed.c.filing_id == Entry.source_id) & (passed.c.technician_id == Entry.technician_id))
        .where(Entry.source_kind == "activity", passed.c.technician_id.is_(None))
        .group_by(Entry.technician_id, Entry.source_id)
        .having(func.sum(Entry.credits_tenths) != 0)
        .order_by(Entry.technician_id, Entry.source_id)
    )
    return _rows(
        query,
        "rows_behind",
        "technician {technician_id}",
        "{credits} tenths of activity {source_id}, which nobody passed by it",
    )


def exam_sources() -> Iterator[Problem]:
    """Exam credits rest on an exam of this person with the same subject and credits (P-02)."""
    stands = and_(ExamRecord.subject == Entry.subject, ExamRecord.credits_tenths == func.abs(Entry.credits_tenths))
    query = (
        select(Entry.technician_id, Entry.id, Entry.source_id)
        .outerjoin(ExamRecord, (ExamRecord.technician_id == Entry.technician_id) & (ExamRecord.id == Entry.source_id))
        .where(Entry.source_kind == "exam", not_(func.coalesce(stands, False)))
        .order_by(Entry.technician_id, Entry.id)
    )
    return _rows(query, "exam_sources", "technician {technician_id} entry {id}", "exam {source_id} does not bear it")


def hours_within() -> Iterator[Problem]:
    """Nobody was given more hours of an activity than the row of the results says (INV-20)."""
    net = func.sum(case((Entry.kind == "award", Entry.hours_tenths), else_=-Entry.hours_tenths))
    given = (
        select(Entry.technician_id, Entry.source_id, net.label("hours"))
        .where(Entry.source_kind == "activity")
        .group_by(Entry.technician_id, Entry.source_id)
        .subquery()
    )
    query = (
        select(given.c.technician_id, given.c.source_id, given.c.hours, ResultRow.hours_tenths)
        .join(ResultReport, ResultReport.filing_id == given.c.source_id)
        .join(ResultRow, (ResultRow.report_id == ResultReport.id) & (ResultRow.technician_id == given.c.technician_id))
        .where(given.c.hours > ResultRow.hours_tenths)
        .order_by(given.c.technician_id, given.c.source_id)
    )
    return _rows(
        query,
        "hours_within",
        "technician {technician_id} activity {source_id}",
        "{hours} tenths of hours given, {hours_tenths} attended",
    )


def reports_posted() -> Iterator[Problem]:
    """Each credited report stands in the ledger with the entries and credits it was posted with, and no other does."""
    posted = aliased(ResultReport)
    given = (
        select(
            Entry.source_id,
            func.count().label("entries"),
            func.sum(Entry.credits_tenths).label("credits"),
        )
        .join(posted, posted.filing_id == Entry.source_id)
        # What is given again after a correction came later and is no part of the posting.
        .where(Entry.source_kind == "activity", Entry.kind == "award")
        .where(or_(posted.posted_at.is_(None), Entry.posted_at <= posted.posted_at))
        .group_by(Entry.source_id)
        .subquery()
    )
    entries, credits = func.coalesce(given.c.entries, 0), func.coalesce(given.c.credits, 0)
    credited = Case.state == "credited"
    right: ColumnElement[bool] = and_(
        ResultReport.posted_at.is_not(None), ResultReport.posted_entries == entries,
        ResultReport.posted_credits_tenths == credits,
    )  # fmt: skip
    query = (
        select(ResultReport.id, Case.state, entries.label("entries"), credits.label("credits"),
               ResultReport.posted_entries, ResultReport.posted_credits_tenths)
        .join(Case, Case.id == ResultReport.case_id)
        .outerjoin(given, given.c.source_id == ResultReport.filing_id)
        .where(or_(and_(credited, not_(func.coalesce(right, False))), and_(not_(credited), entries > 0)))
        .order_by(ResultReport.id)
    )  # fmt: skip
    return _rows(
        query,
        "reports_posted",
        "report {id} ({state})",
        "{entries} entries of {credits} tenths, posted as {posted_entries} of {posted_credits_tenths}",
    )


CHECKS: list[Callable[[], Iterator[Problem]]] = [
    sums,
    pairs,
    live_once,
    activity_sources,
    rows_behind,
    exam_sources,
    hours_within,
    reports_posted,
]


def add_check(check: Callable[[], Iterator[Problem]]) -> Callable[[], Iterator[Problem]]:
    """Let another noun take part in `verify` (the results compare the hash that was released with the rows)."""
    CHECKS.append(check)
    return check

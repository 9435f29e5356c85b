"""Second reviews and corrections in the demo city: seeds made for it, decisions drawn by them, results put right."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime, timedelta

from sqlalchemy import select

from domain.corrections import Origin, Values
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.roles import Actor
from models import Case, ResultCorrection, ResultReport, ResultRow, db
from services import cases, clock, corrections, result_posting, second_review
from services.demo_organizations import Site

Scene = Iterator[datetime]
After = Callable[[date, int, int], datetime]

# Who asks for a correction, how many working days ago, and how far it has come.
CORRECTIONS = (
    ("qianchui", 8, "corrected"),
    ("qianchui", 6, "refused"),
    ("qianchui", 2, "review"),
    ("nanxi", 5, "withdrawn"),
    ("nanxi", 2, "entered"),
    ("nanxi", 1, "draft"),
)
_LATE = "单位人事变动漏报，签到表和照片齐全，经核实同意补录。"


def commit_seeds(first: date, last: date) -> None:
    """The seeds of a city that never was: the same each time, so that the same things are drawn. Nobody's secret."""
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    second_review.commit_days(days, lambda day: hashlib.sha256(f"wuxue demo {day.isoformat()}".encode()).digest())


def credit(report: ResultReport, officer: Actor, officers: Callable[[str], Actor], after: After) -> Scene:
    """The officer decides; what is drawn waits some days for an officer of the county that was drawn."""
    late = bool(result_posting.closed_years(report))
    cases.act(report.case, "credit", actor=officer, remark=_LATE if late else None)
    if report.case.state == "second_review":
        # The late one is there to be looked at.
        yield after(clock.today(), 5, 5) if late else after(clock.today(), 1, 3)
        cases.act(report.case, "confirm", actor=officers(report.case.second_region_code or ""))


def correction_scene(at: datetime, site: Site, officer: Actor, leave_alone: Collection[int], *, end: str) -> Scene:
    """An organiser asks that one person's hours be put right, and how far it comes: `end` is the state it stays in."""
    clerk, organization_id = site.clerk, site.id
    yield at
    found = _mistaken(organization_id, leave_alone)
    if found is None:
        return
    report, row = found
    correction = corrections.begin(report, actor=clerk)
    new = Values(hours_tenths=row.hours_tenths * 3 // 4 // 5 * 5, score_tenths=row.score_tenths, outcome=Outcome.PASSED)
    corrections.put(correction, row.technician_id, new, remark="最后半天因公外出", actor=clerk)
    if end == "draft":
        return
    yield at + timedelta(minutes=25)
    corrections.submit(
        correction,
        origin=Origin.ORGANIZER,
        reason=ReversalReason.WRONG_ENTRY,
        explanation="复核签到表发现，该学员最后半天因公外出，录入时按全勤登记。",
        actor=clerk,
    )
    if end == "entered":
        return
    yield at + timedelta(hours=3)
    if end == "withdrawn":
        cases.act(correction.case, "withdraw", actor=clerk)
        return
    corrections.release(correction, actor=site.manager)
    if end == "review":
        return
    yield at + timedelta(days=1, hours=1)
    if end == "refused":
        remark = "签到表显示该学员最后半天到课，与申请不符，不予更正。"
        cases.act(correction.case, "refuse", actor=officer, remark=remark)
    else:
        cases.act(correction.case, "approve", actor=officer, content_sha256=corrections.seal(correction))


def _mistaken(organization_id: int, leave_alone: Collection[int]) -> tuple[ResultReport, ResultRow] | None:
    """A row of the newest credited results of an open year that nobody has corrected yet."""
    reports = db.session.scalars(
        select(ResultReport)
        .join(Case, Case.id == ResultReport.case_id)
        .where(
            Case.organization_id == organization_id,
            Case.state == "credited",
            ResultReport.id.not_in(select(ResultCorrection.report_id)),
        )
        .order_by(ResultReport.posted_at.desc())
    )
    for report in reports:
        if result_posting.closed_years(report):
            continue
        planned = sum(line.hours_tenths for line in report.filing.subject_lines)
        for row in report.rows:
            if (
                row.hours_tenths == planned
                and row.outcome == Outcome.PASSED
                and row.technician_id not in leave_alone
                and row.standing == "ready"
            ):
                return report, row
    return None

"""Credits a person still has to get through no fault of the own (待补录, F6): late results, reviews, corrections."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from domain.attendance_rules import Standing as Presence
from domain.credit_entries import from_tenths
from domain.enrolment_rules import EnrolmentState
from domain.ledger_rules import Award
from domain.periods import say_date
from domain.result_rows import Outcome
from domain.result_standing import RowStanding
from models import (
    ActivityFiling,
    Attendance,
    Case,
    CorrectionRow,
    Enrolment,
    PolicyVersion,
    ResultCorrection,
    ResultReport,
    ResultRow,
    db,
)
from services import clock, compliance, corrections, ledger, policies, result_content, result_posting
from services.compliance import Standing

# In these a report is still on its way; in all others it has ended, for better or worse.
_ON_THE_WAY = ("draft", "entered", "released", "supplement", "decided", "second_review")
_ASKED = ("entered", "review")
# Before these states the rows are the clerk's own draft, and say nothing yet.
_DRAFT = ("draft", "supplement")


@dataclass(frozen=True, kw_only=True)
class Owed:
    """One activity whose credits are still to come; credits in tenths. `at_most`: nobody has said yet how many."""

    filing_id: int
    title: str
    ended_on: date | None
    turn: str
    awards: tuple[Award, ...]
    at_most: bool

    def credits_of(self, year: int) -> int:
        return sum(award.credits_tenths for award in self.awards if award.year == year)


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """A year with what is owed to it: whether these credits would close what is missing."""

    owed: list[Owed]
    credits_tenths: int
    closes: bool


def of_year(technician_id: int, year: int) -> list[Owed]:
    """What is owed to a person in a year, the class that ended first coming first."""
    found = [owed for owed in _all(technician_id) if owed.credits_of(year)]
    return sorted(found, key=lambda owed: (owed.ended_on or date.max, owed.filing_id))


def years(technician_id: int) -> list[int]:
    """The years to which something is owed."""
    return sorted({award.year for owed in _all(technician_id) for award in owed.awards})


def outlook(technician_id: int, standing: Standing, *, without: Collection[int] = ()) -> Outlook:
    """What a year would be with all that is owed to it, and `without` the entries of these ids."""
    year = standing.evaluation.year
    owed = of_year(technician_id, year)
    if not owed:
        return Outlook(owed=[], credits_tenths=0, closes=False)
    closes = False
    if standing.evaluation.obliged and not standing.evaluation.compliant:
        expected = [
            compliance.expected_entry(award, f"owed-{place}-{count}")
            for place, each in enumerate(owed)
            for count, award in enumerate(each.awards)
        ]
        closes = compliance.standing(technician_id, year, expected=expected, without=without).evaluation.compliant
    return Outlook(owed=owed, credits_tenths=sum(each.credits_of(year) for each in owed), closes=closes)


def _all(technician_id: int) -> Iterator[Owed]:
    reported = _with_rows(technician_id)
    for report, row in reported:
        yield from _from_row(report, row)
    known = {report.filing_id for report, _ in reported}
    for filing, hours in _took_part(technician_id):
        if filing.id not in known:
            yield from _unreported(filing, technician_id, hours)
    yield from _corrected(technician_id)


# --- What stands in results -------------------------------------------------------------------------------------------


def _with_rows(technician_id: int) -> list[tuple[ResultReport, ResultRow]]:
    """The person's rows in reports that are on their way, and those that wait alone when the others have theirs."""
    waits = (Case.state == "credited") & (ResultRow.standing != RowStanding.READY)
    found = db.session.execute(
        select(ResultReport, ResultRow)
        .join(ResultRow, ResultRow.report_id == ResultReport.id)
        .join(Case, Case.id == ResultReport.case_id)
        .where(ResultRow.technician_id == technician_id, Case.state.in_(_ON_THE_WAY) | waits)
        .options(joinedload(ResultReport.case), joinedload(ResultReport.filing))
    )
    return [(report, row) for report, row in found]


def _from_row(report: ResultReport, row: ResultRow) -> Iterator[Owed]:
    draft = report.case.state in _DRAFT
    hours = _planned(report.filing) if draft else row.hours_tenths
    outcome = Outcome.PASSED if draft else Outcome(row.outcome)
    won = ("", "") if draft else (row.event, row.rank)
    awards = _awards(report.filing, row.technician_id, hours, outcome, report.case.policy_version_id, won)
    waits = {RowStanding.DISPUTED: "您提出的异议正在处理", RowStanding.HELD: "成绩暂缓，等待人力社保部门核实"}
    turn = waits.get(RowStanding(row.standing)) or _turn(report)
    yield from _owed(report.filing, awards, turn, at_most=draft or row.standing != RowStanding.READY)


def _turn(report: ResultReport) -> str:
    """Whose turn it is, in a sentence the person can act on."""
    case = report.case
    if case.state == "entered":
        return "举办单位已录入成绩，等待单位审核发布"
    if case.state == "supplement":
        return "人力社保部门要求举办单位补正材料"
    if case.state in ("released", "decided"):
        return f"{case.region.name}人力社保部门正在审核{_by(case)}"
    if case.state == "second_review" and case.second_region is not None:
        return f"随机抽中复核，{case.second_region.name}人力社保部门正在复核{_by(case)}"
    return _late(case.due_on)


def _by(case: Case) -> str:
    return f"，承诺在 {say_date(case.due_on)} 前办结" if case.due_on else ""


def _late(due_on: date | None) -> str:
    if due_on is None:
        return "等待举办单位报送成绩"
    over = "，已超期，人力社保部门会督促" if due_on < clock.today() else ""
    return f"等待举办单位报送成绩（应在 {say_date(due_on)} 前报送{over}）"


# --- Who took part and stands nowhere yet -----------------------------------------------------------------------------


def _took_part(technician_id: int) -> list[tuple[ActivityFiling, int | None]]:
    """The activities that are over in which the person was counted or had a place; with the hours if kept."""
    over = (
        select(ActivityFiling)
        .join(Case, Case.id == ActivityFiling.case_id)
        .outerjoin(ResultReport, ResultReport.filing_id == ActivityFiling.id)
        .where(Case.state == "approved", ActivityFiling.ends_on < clock.today())
    )
    counted = {
        filing_id: hours
        for filing_id, hours in db.session.execute(
            select(Attendance.filing_id, func.sum(Attendance.hours_tenths))
            .where(Attendance.technician_id == technician_id, Attendance.standing == Presence.COUNTED)
            .group_by(Attendance.filing_id)
        )
    }
    enrolled = set(
        db.session.scalars(
            select(Enrolment.filing_id).where(
                Enrolment.technician_id == technician_id, Enrolment.state == EnrolmentState.ENROLLED
            )
        )
    )
    kept = set(
        db.session.scalars(select(Attendance.filing_id).where(Attendance.filing_id.in_(enrolled - set(counted))))
    )
    # Where attendance was kept and the person is not in it, nothing is owed.
    wanted = set(counted) | (enrolled - kept)
    return [
        (filing, counted.get(filing.id))
        for filing in db.session.scalars(over.where(ActivityFiling.id.in_(wanted)).order_by(ActivityFiling.id))
    ]


def _unreported(filing: ActivityFiling, technician_id: int, hours: int | None) -> Iterator[Owed]:
    report = db.session.scalar(select(ResultReport).where(ResultReport.filing_id == filing.id))
    if report is not None and report.case.state not in _DRAFT:
        # Reported without this person: that is disputed or corrected, and not merely late.
        return
    awards = _awards(filing, technician_id, hours or _planned(filing), Outcome.PASSED, None)
    turn = _turn(report) if report is not None else _late(None)
    yield from _owed(filing, awards, turn, at_most=True)


# --- Corrections that run ---------------------------------------------------------------------------------------------


def _corrected(technician_id: int) -> Iterator[Owed]:
    """What a correction under way would give more than there is."""
    found = db.session.execute(
        select(ResultCorrection, CorrectionRow)
        .join(CorrectionRow, CorrectionRow.correction_id == ResultCorrection.id)
        .join(Case, Case.id == ResultCorrection.case_id)
        .where(CorrectionRow.technician_id == technician_id, Case.state.in_(_ASKED))
    ).all()
    for correction, row in found:
        _, new = corrections.values_of(row)
        if new is None:
            continue
        report = correction.report
        version_id, won = report.case.policy_version_id, (new.event, new.rank)
        awards = _awards(report.filing, technician_id, new.hours_tenths, new.outcome, version_id, won)
        live = {(entry.line_id, entry.year) for entry in ledger.live_of(report.filing_id, [technician_id])}
        # Of a line that has credits already the difference is small, and not certain: it is not promised.
        missing = tuple(award for award in awards if (award.line_id, award.year) not in live)
        yield from _owed(report.filing, missing, "成绩更正正在办理", at_most=True)


# --- Amounts ----------------------------------------------------------------------------------------------------------


def _planned(filing: ActivityFiling) -> int:
    return sum(line.hours_tenths for line in filing.subject_lines)


def _awards(
    filing: ActivityFiling,
    technician_id: int,
    hours_tenths: int,
    outcome: Outcome,
    version_id: int | None,
    won: tuple[str, str] = ("", ""),
) -> tuple[Award, ...]:
    version = policies.active_version() if version_id is None else db.session.get_one(PolicyVersion, version_id)
    plan = result_content.plan_of(filing)
    if not plan.sessions or from_tenths(hours_tenths) > plan.hours:
        return ()
    return tuple(
        result_posting.awards_for(
            plan,
            policies.policy_of(version),
            technician_id=technician_id,
            hours_tenths=hours_tenths,
            outcome=outcome,
            event=won[0],
            rank=won[1],
            region_code=filing.case.region_code,
        )
    )


def _owed(filing: ActivityFiling, awards: tuple[Award, ...], turn: str, *, at_most: bool) -> Iterator[Owed]:
    if awards:
        yield Owed(
            filing_id=filing.id, title=filing.title, ended_on=filing.ends_on, turn=turn, awards=awards,
            at_most=at_most,
        )  # fmt: skip

"""Annual reports of training bases: written with the year's figures beside, scored, graded, asked for in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from domain.base_content import CONDITIONS
from domain.base_report_workflow import EDITABLE, GRADED
from domain.base_reports import (
    PARTS,
    Figures,
    Grade,
    Scale,
    due_on,
    missing,
    seal_of,
    wrong_scores,
    years_due,
)
from domain.base_workflow import PUBLISHED
from domain.errors import NotAllowed, RuleError, WrongState
from domain.filing_forms import OF_CAPACITY
from domain.ledger_rules import SourceKind
from domain.periods import say_date
from domain.result_rows import Outcome
from domain.roles import Actor, Permission
from domain.workflows import CaseKind
from models import (
    ActivityFiling,
    BaseReport,
    Case,
    CaseStep,
    CreditEntry,
    ReminderSent,
    ResultReport,
    ResultRow,
    TrainingBase,
    db,
)
from services import audit, base_teachers, case_lock, cases, clock, jobs, notices, policies
from services.base_impact import CAPACITY
from services.transaction import transaction

KIND = CaseKind.BASE_REPORT
_AT_ONCE = 50


class Incomplete(RuleError):
    """The report says too little to be handed in; `problems` are sentences by part."""

    code = "incomplete"

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__("；".join(problems.values()))


@dataclass(frozen=True, kw_only=True)
class Review:
    """What the officer's page shows of a report; a decision names `content_sha256`."""

    report: BaseReport
    figures: Figures
    scale: Scale
    grade: Grade | None
    content_sha256: str


# --- Reads ------------------------------------------------------------------------------------------------------------


def scale() -> Scale:
    """The points of the policy in force."""
    policy = policies.active_policy()
    return Scale(
        each=int(policy.figure("base.score_each")),
        excellent=int(policy.figure("base.score_excellent")),
        passed=int(policy.figure("base.score_pass")),
    )


def of_case(case: Case) -> BaseReport:
    """The report of a case of this kind."""
    return db.session.get_one(BaseReport, case.id)


def of_base(base: TrainingBase) -> dict[int, BaseReport]:
    """The reports of a base by year, the last year first."""
    query = select(BaseReport).where(BaseReport.base_id == base.id).order_by(BaseReport.year.desc())
    return {each.year: each for each in db.session.scalars(query)}


def grades_of(base: TrainingBase) -> list[tuple[int, Grade, int]]:
    """(year, grade, points) of what was decided, the last year first."""
    return [
        (year, Grade(each.grade), each.total or 0)
        for year, each in of_base(base).items()
        if each.case.state == GRADED and each.grade
    ]


def years_of(base: TrainingBase) -> list[tuple[int, BaseReport | None, date]]:
    """(year, report if there is one, last day) of every year the base reports on, the last one first."""
    written = of_base(base)
    return [(year, written.get(year), deadline(year)) for year in years_due(base.published_on, clock.today())]


def deadline(year: int) -> date:
    """The last day for the report of this year."""
    return due_on(year, policies.active_policy().figure("base.report_due").value)


def figures_of(base: TrainingBase, year: int) -> Figures:
    """What the platform knows of the base's year: the classes that ended in it, their people, hours and credits."""
    ended = (
        select(ActivityFiling.id)
        .join(Case, Case.id == ActivityFiling.case_id)
        .where(
            ActivityFiling.organization_id == base.organization_id,
            ActivityFiling.form.in_(OF_CAPACITY[CAPACITY]),
            ActivityFiling.ends_on >= date(year, 1, 1),
            ActivityFiling.ends_on <= date(year, 12, 31),
        )
    )
    held = ended.where(Case.state == "completed").subquery()
    people, passed, hours = db.session.execute(
        select(
            func.count(),
            func.count().filter(ResultRow.outcome == Outcome.PASSED.value),
            func.coalesce(func.sum(ResultRow.hours_tenths), 0),
        )
        .select_from(ResultRow)
        .join(ResultReport, ResultReport.id == ResultRow.report_id)
        .where(ResultReport.filing_id.in_(select(held.c.id)))
    ).one()
    credits = db.session.scalar(
        select(func.coalesce(func.sum(CreditEntry.credits_tenths), 0)).where(
            CreditEntry.source_kind == SourceKind.ACTIVITY.value, CreditEntry.source_id.in_(select(held.c.id))
        )
    )
    teachers = base_teachers.staffing_of(base)
    return Figures(
        classes=db.session.scalar(select(func.count()).select_from(held)) or 0,
        people=people,
        passed=passed,
        hours_tenths=int(hours),
        credits_tenths=int(credits or 0),
        full_time=teachers.full_time,
        part_time=teachers.part_time,
        stopped=db.session.scalar(
            select(func.count()).select_from(ended.where(Case.state.in_(("cancelled", "void"))).subquery())
        )
        or 0,
    )


def review(case: Case) -> Review:
    """Everything of a report that its page shows."""
    report = of_case(case)
    return Review(
        report=report,
        figures=Figures(**report.figures),
        scale=scale(),
        grade=Grade(report.grade) if report.grade else None,
        content_sha256=seal(report),
    )


def seal(report: BaseReport) -> str:
    """The SHA-256 of the report as it stands."""
    return seal_of(report.words, report.figures, report.scores)


@cases.seal(KIND)
def _seal_of_case(case: Case) -> str:
    return seal(of_case(case))


# --- The base writes it -----------------------------------------------------------------------------------------------


def save(base: TrainingBase, year: int, words: Mapping[str, str], *, actor: Actor) -> BaseReport:
    """Keep what was typed, whole or not. Raises NotAllowed, WrongState or RuleError."""
    if actor.organization_id != base.organization_id or not actor.can(Permission.BASE_APPLY):
        raise NotAllowed("只有基地的经办人可以填写年度报告")
    if year not in years_due(base.published_on, clock.today()):
        raise RuleError("只能报告已经过完的年度", code="year")
    db.session.execute(select(TrainingBase.id).where(TrainingBase.id == base.id).with_for_update())
    report = of_base(base).get(year)
    if report is None:
        title = f"{base.organization.name}{year}年度继续教育基地报告"
        case = cases.open_case(KIND, title=title, region_code=base.region_code, actor=actor)
        report = BaseReport(case_id=case.id, base_id=base.id, year=year, words={})
        db.session.add(report)
        db.session.flush()
    elif report.case.state not in EDITABLE:
        raise WrongState("修改年度报告", cases.state_of(report.case).label)
    report.words = {key: str(words.get(key, "")).strip()[:5000] for key in PARTS}
    db.session.flush()
    return report


def submit(base: TrainingBase, year: int, words: Mapping[str, str], *, actor: Actor) -> BaseReport:
    """Hand the report in with the figures of the year as they are now."""
    wrong = missing(words)
    if wrong:
        raise Incomplete(wrong)
    report = save(base, year, words, actor=actor)
    report.figures = figures_of(base, year).plain()
    # Scores given to an earlier version are about that version.
    report.scores, report.total, report.grade = {}, None, ""
    db.session.flush()
    cases.act(report.case, "submit", actor=actor)
    return report


# --- Scores and grade -------------------------------------------------------------------------------------------------


def score(report: BaseReport, scores: Mapping[int, tuple[int | None, str]], *, actor: Actor) -> CaseStep:
    """Give points to each condition of art. 9, with the reason for what is lost. Raises RuleError."""
    case_lock.hold(report.case_id)
    db.session.refresh(report)
    db.session.refresh(report.case)
    points_of = scale()
    wrong = wrong_scores(scores, points_of)
    if wrong:
        raise RuleError(next(iter(wrong.values())), code="scores")
    if report.case.state == "submitted":
        given = {number: (scores[number][0] or 0, scores[number][1].strip()[:500]) for number in CONDITIONS}
        report.scores = {str(number): {"points": points, "remark": said} for number, (points, said) in given.items()}
        report.total = sum(points for points, _ in given.values())
        report.grade = points_of.grade(report.total).value
        db.session.flush()
    step = cases.act(report.case, "score", actor=actor)
    audit.record(
        "base_report.score", actor=actor, object_kind="case", object_id=report.case_id, total=report.total or 0
    )
    return step


@cases.effect(KIND, "score")
def _needs_scores(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    report = of_case(case)
    if set(report.scores) != {str(number) for number in CONDITIONS} or not report.grade:
        raise RuleError("请先对五项逐项评分", code="scores")


@cases.effect(KIND, "send_back", "give_back")
def _forget_scores(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    report = of_case(case)
    report.scores, report.total, report.grade = {}, None, ""
    db.session.flush()


# --- The worker's minute ----------------------------------------------------------------------------------------------


@jobs.every_minute
def ask_for_reports() -> None:
    """Tell each base in force once, in the time before the last day, that its report is due."""
    today = clock.today()
    year = today.year - 1
    last = deadline(year)
    days = int(policies.active_policy().figure("base.report_notice_days"))
    if not last - timedelta(days=days) <= today <= last:
        return
    told = select(ReminderSent.case_id).where(ReminderSent.rule == _RULE, ReminderSent.due_on == last)
    written = (
        select(BaseReport.base_id)
        .join(Case, Case.id == BaseReport.case_id)
        .where(BaseReport.year == year, Case.submitted_at.is_not(None))
    )
    wanted = (
        select(TrainingBase.id)
        .join(Case, Case.id == TrainingBase.case_id)
        .where(Case.state == PUBLISHED, TrainingBase.published_on <= date(year, 12, 31))
        .where(Case.id.not_in(told), TrainingBase.id.not_in(written))
        .order_by(TrainingBase.id)
    )
    for base_id in list(db.session.scalars(wanted.limit(_AT_ONCE))):
        with transaction():
            base = db.session.scalar(
                select(TrainingBase).where(TrainingBase.id == base_id, TrainingBase.id.in_(wanted))
            )
            if base is not None:
                _ask(base, year, last)


_RULE = "base_report"


def _ask(base: TrainingBase, year: int, last: date) -> None:
    db.session.add(ReminderSent(case_id=base.case_id, rule=_RULE, due_on=last, stage=1, sent_at=clock.now()))
    notices.tell_organization(
        base.organization_id,
        f"请提交 {year} 年度继续教育基地报告",
        f"本单位是继续教育基地，请在{say_date(last)}前提交 {year} 年度报告。办班、学员、学分等数字由平台自动统计。",
        f"/base/reports/{year}",
        permission=Permission.BASE_APPLY,
        case_id=base.case_id,
    )
    db.session.flush()

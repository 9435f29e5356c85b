"""The decision on results: what each person earns, posted to the ledger exactly once in its transaction."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from sqlalchemy import select

from domain.credit_entries import from_tenths, tenths
from domain.errors import NotAllowed, RuleError
from domain.ledger_rules import Award, SourceKind, region_of_duty, share_by_year
from domain.periods import closing_day, credit_year, say_date
from domain.policy import Policy
from domain.result_rows import Outcome
from domain.result_rules import Earned, Plan, earned, reckoner
from domain.result_standing import RowStanding
from domain.roles import Actor
from models import (
    Employment,
    IdentityKey,
    Organization,
    PolicyVersion,
    ResultReport,
    ResultRow,
    Technician,
    db,
)
from services import clock, ledger, notices, policies, registry, result_content


def post(report: ResultReport, *, actor: Actor) -> None:
    """Post what the report gives and tell every person; part of the decision to credit it and of nothing else."""
    check_impartial(report, actor)
    version = _version(report)
    awards = awards_of(report, version)
    report.posted_entries = ledger.post(awards, actor=actor, policy_version=version)
    report.posted_credits_tenths = sum(award.credits_tenths for award in awards)
    report.posted_at = clock.now()
    _tell(report, awards, ready_rows(report))


def post_rows(report: ResultReport, technician_ids: Collection[int], *, actor: Actor, tell: bool = True) -> list[Award]:
    """Post these persons' rows of a report that is credited already: what was held and is free now, or was corrected.

    Returns what was given. Raises RuleError before the decision, AlreadyPosted for who has the credits.
    """
    if report.case.state != "credited":
        raise RuleError("成绩还没有审核入账，不能单独入账", code="no_source")
    version = _version(report)
    awards = awards_of(report, version, only=technician_ids)
    ledger.post(awards, actor=actor, policy_version=version)
    if tell:
        _tell(report, awards, technician_ids)
    return awards


def _version(report: ResultReport) -> PolicyVersion:
    return db.session.get_one(PolicyVersion, report.case.policy_version_id)


def ready_rows(report: ResultReport) -> list[int]:
    """Whose rows wait for nothing."""
    return list(
        db.session.scalars(
            select(ResultRow.technician_id)
            .where(ResultRow.report_id == report.id, ResultRow.standing == RowStanding.READY)
            .order_by(ResultRow.technician_id)
        )
    )


def awards_of(report: ResultReport, version: PolicyVersion, *, only: Collection[int] | None = None) -> list[Award]:
    """What the report gives, person by person and line by line; who earns nothing, or waits alone, has no award."""
    query = select(ResultRow).where(ResultRow.report_id == report.id, ResultRow.standing == RowStanding.READY)
    rows = [
        row
        for row in db.session.scalars(query.order_by(ResultRow.technician_id))
        if only is None or row.technician_id in only
    ]
    policy, plan = policies.policy_of(version), result_content.plan_of(report.filing)
    regions = regions_of_duty([row.technician_id for row in rows], max(plan.days))
    reckon = reckoner(plan, policy)
    return [
        award
        for row in rows
        for award in _awards(
            plan,
            policy,
            reckon(row.hours_tenths, Outcome(row.outcome), row.event, row.rank),
            technician_id=row.technician_id,
            region_code=regions[row.technician_id],
        )
    ]


def awards_for(
    plan: Plan,
    policy: Policy,
    *,
    technician_id: int,
    hours_tenths: int,
    outcome: Outcome,
    region_code: str,
    event: str = "",
    rank: str = "",
) -> list[Award]:
    """What such a row gives its person."""
    result = earned(from_tenths(hours_tenths), outcome, plan, policy, event=event, rank=rank)
    return _awards(plan, policy, result, technician_id=technician_id, region_code=region_code)


def _awards(plan: Plan, policy: Policy, result: Earned, *, technician_id: int, region_code: str) -> list[Award]:
    starts = policy.year_kind.starts
    return [
        Award(
            technician_id=technician_id,
            year=share.year,
            occurred_on=share.occurred_on,
            days=share.days,
            subject=line.subject,
            form=plan.form,
            hours_tenths=share.hours_tenths,
            credits_tenths=share.credits_tenths,
            source_kind=SourceKind.ACTIVITY,
            source_id=plan.filing_id,
            line_id=line.id,
            source_title=plan.title,
            region_code=region_code,
        )
        for line, part in zip(plan.lines, result.lines, strict=True)
        if part.credits
        for share in share_by_year(
            plan.sessions, hours_tenths=tenths(part.hours), credits_tenths=tenths(part.credits), starts=starts
        )
    ]


# --- Closed years -----------------------------------------------------------------------------------------------------


def closed_years(report: ResultReport) -> list[int]:
    """The years of this activity that are closed by now: a late posting needs a reason and a second officer (P-09)."""
    policy = policies.active_policy()
    starts = policy.year_kind.starts
    years = sorted({credit_year(session.on, starts) for session in report.filing.sessions})
    return [year for year in years if is_closed(year, clock.today(), policy)]


def is_closed(year: int, on: date, policy: Policy) -> bool:
    """Whether a year takes credits only with a reason on this day; never, where the policy closes no year."""
    close = policy.value("year.close")
    return close is not None and on > closing_day(year, close, policy.year_kind.starts)


def check_closed_years(report: ResultReport, remark: str | None) -> None:
    """Whoever lets credits into a closed year says why (P-09)."""
    years = closed_years(report)
    if years and not (remark or "").strip():
        policy = policies.active_policy()
        closed = "、".join(
            f"{year}年度已于{say_date(closing_day(year, policy.value('year.close'), policy.year_kind.starts))}关账"
            for year in years
        )
        raise RuleError(f"{closed}，补录学分须在“附加说明”中写明理由", code="closed_year")


def regions_of_duty(technician_ids: list[int], on: date) -> dict[int, str]:
    """The region of duty of each person on the last class day: the employer's, else where the person is registered."""
    employments: dict[int, list[tuple[date, date | None, str]]] = defaultdict(list)
    homes: dict[int, str] = {}
    for part in registry.chunks(technician_ids):
        for person in db.session.execute(select(Technician.id, Technician.region_code).where(Technician.id.in_(part))):
            homes[person.id] = person.region_code
        for technician_id, started, ended, region in db.session.execute(
            select(Employment.technician_id, Employment.started_on, Employment.ended_on, Organization.region_code)
            .join(Organization, Organization.id == Employment.organization_id)
            .where(Employment.technician_id.in_(part), Employment.state == "active")
        ):
            employments[technician_id].append((started, ended, region))
    return {person: region_of_duty(employments[person], on=on, home=home) for person, home in homes.items()}


def check_impartial(report: ResultReport, actor: Actor) -> None:
    """Nobody decides on the own record (INV-19); that of one's own organisation is refused for every kind of case."""
    if actor.person_key is not None:
        own = select(ResultRow.technician_id).join(
            IdentityKey, IdentityKey.technician_id == ResultRow.technician_id
        ).where(ResultRow.report_id == report.id, IdentityKey.blind_index == actor.person_key)  # fmt: skip
        if db.session.scalar(own) is not None:
            raise NotAllowed("您本人在参训名单中，按规定应当回避，请由其他工作人员审核")


def _tell(report: ResultReport, awards: list[Award], persons: Collection[int]) -> None:
    title, link = report.filing.title, "/me/entries"
    gained = sorted({award.technician_id for award in awards})
    notices.tell_technicians(
        gained, "学分已入账", f"您参加的“{title}”成绩已审核通过，学分已计入您的账户。", link, report.case_id
    )
    notices.tell_technicians(
        sorted(set(persons) - set(gained)),
        "培训成绩已审核",
        f"您参加的“{title}”成绩已审核，本次没有取得学分。如有疑问，请先联系举办单位。",
        link,
        report.case_id,
    )


def plan_and_policy(report: ResultReport) -> tuple[Plan, PolicyVersion]:
    """What the credits of this report follow from: before the release the active policy, then the one it was under."""
    version_id = report.case.policy_version_id
    version = db.session.get_one(PolicyVersion, version_id) if version_id is not None else policies.active_version()
    return result_content.plan_of(report.filing), version

"""The decision on results: what each person earns, posted to the ledger exactly once in its transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from sqlalchemy import select

from domain.credit_entries import from_tenths, tenths
from domain.errors import NotAllowed
from domain.ledger_rules import Award, SourceKind, region_of_duty, share_by_year
from domain.result_rows import Outcome
from domain.result_rules import Plan, earned
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
    version = db.session.get_one(PolicyVersion, report.case.policy_version_id)
    awards = awards_of(report, version)
    report.posted_entries = ledger.post(awards, actor=actor, policy_version=version)
    report.posted_credits_tenths = sum(award.credits_tenths for award in awards)
    report.posted_at = clock.now()
    _tell(report, awards)


def post_rows(report: ResultReport, technician_ids: Sequence[int], *, actor: Actor) -> None:
    """Post the rows of these persons, which waited alone while the report was credited, and tell them."""
    version = db.session.get_one(PolicyVersion, report.case.policy_version_id)
    awards = awards_of(report, version, only=technician_ids)
    report.posted_entries = (report.posted_entries or 0) + ledger.post(awards, actor=actor, policy_version=version)
    report.posted_credits_tenths = (report.posted_credits_tenths or 0) + sum(award.credits_tenths for award in awards)
    _tell(report, awards, only=technician_ids)


def awards_of(report: ResultReport, version: PolicyVersion, *, only: Sequence[int] | None = None) -> list[Award]:
    """What the report gives, person by person and line by line; who earns nothing, or waits alone, has no award."""
    policy, plan = policies.policy_of(version), result_content.plan_of(report.filing)
    starts = policy.year_kind.starts
    query = select(ResultRow).where(ResultRow.report_id == report.id, ResultRow.standing == RowStanding.READY.value)
    if only is not None:
        query = query.where(ResultRow.technician_id.in_(only))
    rows = list(db.session.scalars(query.order_by(ResultRow.technician_id)))
    regions = _regions([row.technician_id for row in rows], max(plan.days))
    awards = []
    for row in rows:
        result = earned(from_tenths(row.hours_tenths), Outcome(row.outcome), plan, policy)
        for line, part in zip(plan.lines, result.lines, strict=True):
            if not part.credits:
                continue
            for share in share_by_year(
                plan.sessions, hours_tenths=tenths(part.hours), credits_tenths=tenths(part.credits), starts=starts
            ):
                awards.append(
                    Award(
                        technician_id=row.technician_id,
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
                        region_code=regions[row.technician_id],
                    )
                )
    return awards


def _regions(technician_ids: list[int], on: date) -> dict[int, str]:
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


def _tell(report: ResultReport, awards: list[Award], *, only: Sequence[int] | None = None) -> None:
    title, link = report.filing.title, "/me/entries"
    gained = sorted({award.technician_id for award in awards})
    told = select(ResultRow.technician_id).where(
        ResultRow.report_id == report.id, ResultRow.standing == RowStanding.READY.value
    )
    persons = db.session.scalars(told if only is None else told.where(ResultRow.technician_id.in_(only)))
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

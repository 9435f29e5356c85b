"""The second review by lottery (P-15): seeds committed before their day, the draw after each decision to credit."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import exists, func, select, update

from domain import lottery
from domain.book_checks import Problem
from domain.lottery import Ticket
from domain.periods import start_of_china_day
from domain.result_risk import Level
from domain.roles import CITY, SYSTEM, Actor, Permission, Role, can
from domain.workflows import CaseKind
from models import Account, Case, CaseStep, LotteryDay, LotteryDraw, Membership, ResultReport, db
from services import cases, clock, crypto, jobs, ledger_checks, policies, result_posting, result_risk, results
from services.insert_or import insert_or
from services.transaction import transaction

_SEED = "lottery_day.seed"
_DAYS_AHEAD = 7
_SHARES = {
    Level.LOW: "review.second_share",
    Level.MEDIUM: "review.second_share_medium",
    Level.HIGH: "review.second_share_high",
}


# --- Seeds ------------------------------------------------------------------------------------------------------------


@jobs.every_minute
def keep_seeds() -> None:
    """The worker's minute: hashes of the days to come are published, and seeds of the days that are over."""
    today = clock.today()
    ahead = {today + timedelta(days=count) for count in range(1, _DAYS_AHEAD + 1)}
    known = set(db.session.scalars(select(LotteryDay.on).where(LotteryDay.on.in_(ahead))))
    over = db.session.scalar(select(exists().where(LotteryDay.on < today, LotteryDay.seed.is_(None))))
    if known == ahead and not over:
        return
    with transaction():
        commit_days(sorted(ahead - known))
        reveal(today)


def commit_days(days: Sequence[date], new_seed: Callable[[date], bytes] | None = None) -> None:
    """Publish the hash of a new seed for each of these days; a day that has one keeps it."""
    for day in days:
        seed = new_seed(day) if new_seed else secrets.token_bytes(lottery.SEED_BYTES)
        row = {
            "on_day": day,
            "commitment": lottery.commitment_of(seed),
            "seed_sealed": crypto.seal(seed.hex(), _SEED),
            "committed_at": clock.now(),
        }
        db.session.execute(insert_or(LotteryDay).values(row).on_conflict_do_nothing())


def reveal(today: date) -> None:
    """Publish the seeds of the days before this one."""
    for day in db.session.scalars(select(LotteryDay).where(LotteryDay.on < today, LotteryDay.seed.is_(None))).all():
        db.session.execute(
            update(LotteryDay)
            .where(LotteryDay.on == day.on)
            .values(seed=crypto.unseal(day.seed_sealed, _SEED), revealed_at=clock.now())
        )


def _seed_of(day: date) -> bytes:
    """The seed of a day. One nobody committed to in time is made now; that it came late stays to be seen."""
    if db.session.get(LotteryDay, day) is None:
        commit_days([day])
    sealed = db.session.scalars(select(LotteryDay.seed_sealed).where(LotteryDay.on == day)).one()
    return bytes.fromhex(crypto.unseal(sealed, _SEED))


# --- The draw ---------------------------------------------------------------------------------------------------------


def share_of(report: ResultReport) -> Fraction:
    """How likely a second look is: by the risk, and certain after an overturned one or for a year that is closed."""
    if _was_overturned(report.case) or result_posting.closed_years(report):
        return Fraction(1)
    figure = policies.active_policy().value(_SHARES[result_risk.level_of(report)], Fraction(0))
    return Fraction(figure)


def _was_overturned(case: Case) -> bool:
    return any(step.action == "overturn" for step in case.steps)


@cases.effect(CaseKind.RESULT_REPORT, "credit")
def _draw(case: Case, step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    """Whoever decides cannot know who looks again: the draw follows the decision, and the credits follow the draw."""
    report = results.of_case(case)
    count = db.session.scalar(select(func.count()).where(LotteryDraw.case_id == case.id)) or 0
    ticket = Ticket(case_id=case.id, round=count + 1)
    share, candidates, seed = share_of(report), _candidates(case), _seed_of(clock.today())
    drawn = lottery.is_drawn(seed, ticket, share)
    region = lottery.region_for(seed, ticket, candidates) if drawn else None
    db.session.add(
        LotteryDraw(
            case_id=case.id,
            round=ticket.round,
            on=clock.today(),
            share=str(share),
            drawn=drawn,
            candidates=candidates,
            region_code=region,
            drawn_at=clock.now(),
        )
    )
    case.second_region_code = region
    db.session.flush()
    if drawn:
        cases.act(case, "draw", actor=SYSTEM, content_sha256=step.content_sha256)
    else:
        cases.act(case, "post", actor=SYSTEM, content_sha256=step.content_sha256, officer=actor)


def _candidates(case: Case) -> list[str]:
    """The other counties with an officer who has had no part in the case; without one the city, else another officer
    of the own county: what was drawn is looked at a second time in any case."""
    roles = [role.value for role in Role if can(role, Permission.RESULT_REVIEW)]
    involved = {step.person_key for step in case.steps if step.person_key is not None}
    officers = db.session.execute(
        select(Membership.region_code, Account.person_key)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.role.in_(roles), Membership.ended_at.is_(None), Account.disabled_at.is_(None))
    )
    able = {region for region, person in officers if region is not None and person not in involved}
    counties = sorted(able - {case.region_code, CITY})
    if counties:
        return counties
    return [CITY] if CITY in able and case.region_code != CITY else [case.region_code]


def ticket_of(draw: LotteryDraw) -> Ticket:
    """What was drawn for, as it is published."""
    return Ticket(case_id=draw.case_id, round=draw.round)


# --- What anybody may look at -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Day:
    """One day of the lottery as the public sees it; the draws once it is over."""

    on: date
    commitment: str
    in_time: bool
    seed: str | None
    draws: list[LotteryDraw]


def days(most: int = 60) -> list[Day]:
    """The newest days, those to come first."""
    rows = db.session.scalars(select(LotteryDay).order_by(LotteryDay.on.desc()).limit(most)).all()
    draws: dict[date, list[LotteryDraw]] = {}
    for draw in db.session.scalars(
        select(LotteryDraw).where(LotteryDraw.on.in_([row.on for row in rows])).order_by(LotteryDraw.id)
    ):
        draws.setdefault(draw.on, []).append(draw)
    return [
        Day(
            on=row.on,
            commitment=row.commitment,
            in_time=row.committed_at < start_of_china_day(row.on),
            seed=row.seed,
            draws=draws.get(row.on, []) if row.seed else [],
        )
        for row in rows
    ]


@dataclass(frozen=True, kw_only=True)
class Recount:
    """A day drawn again from its seed: how many draws there were, and what is not as it should be."""

    draws: int
    drawn: int
    wrong: list[str]


def recount(day: date) -> Recount:
    """Draw a day again. The seed must be the one that was committed to, each result the one that follows from it."""
    known = db.session.get(LotteryDay, day)
    if known is None:
        return Recount(draws=0, drawn=0, wrong=[f"{day}: no seed was committed to"])
    seed = bytes.fromhex(crypto.unseal(known.seed_sealed, _SEED))
    wrong = []
    if lottery.commitment_of(seed) != known.commitment:
        wrong.append(f"{day}: the seed is not the one that was committed to")
    if known.committed_at >= start_of_china_day(day):
        wrong.append(f"{day}: the seed was committed to only on {known.committed_at.isoformat()}")
    draws = list(db.session.scalars(select(LotteryDraw).where(LotteryDraw.on == day).order_by(LotteryDraw.id)))
    for draw in draws:
        ticket = ticket_of(draw)
        drawn = lottery.is_drawn(seed, ticket, Fraction(draw.share))
        region = lottery.region_for(seed, ticket, draw.candidates) if drawn else None
        if (drawn, region) != (draw.drawn, draw.region_code):
            wrong.append(f"{ticket.message}: the draw gives another result")
    return Recount(draws=len(draws), drawn=sum(draw.drawn for draw in draws), wrong=wrong)


@ledger_checks.add_check
def drawn_are_reviewed() -> Iterator[Problem]:
    """Each credited report was in the lottery, and whoever was drawn was confirmed by somebody else (P-15)."""
    # Whoever confirms ends the review: there is no way on from there.
    confirmed = exists().where(CaseStep.case_id == LotteryDraw.case_id, CaseStep.action == "confirm")
    credited = Case.state == "credited"
    for number in db.session.scalars(
        select(Case.number)
        .where(Case.kind == CaseKind.RESULT_REPORT, credited, ~exists().where(LotteryDraw.case_id == Case.id))
        .order_by(Case.id)
    ):
        yield Problem("drawn_are_reviewed", f"case {number}", "credited without a draw")
    newest = select(func.max(LotteryDraw.round)).where(LotteryDraw.case_id == Case.id).correlate(Case).scalar_subquery()
    for number in db.session.scalars(
        select(Case.number)
        .join(LotteryDraw, (LotteryDraw.case_id == Case.id) & (LotteryDraw.round == newest))
        .where(credited, LotteryDraw.drawn.is_(True), ~confirmed)
        .order_by(Case.id)
    ):
        yield Problem("drawn_are_reviewed", f"case {number}", "drawn for a second review and credited without it")

"""What a rank in a competition gives (art. 16(2)): events, ranks and credits as they were filed and recognised."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.filing_parts import Competition, Level, RankAward
from domain.policy import Policy
from domain.skills import normalise_term

# Clerks write 1等奖, or a bare 1, for what the filing calls 一等奖 and 第一名.
_FIGURES = str.maketrans("123456789", "一二三四五六七八九")
_AROUND = re.compile(r"^第|名$")


@dataclass(frozen=True, kw_only=True)
class Contest:
    """As much of a recognised competition as credits follow from."""

    level: Level
    events: tuple[str, ...]
    awards: tuple[RankAward, ...]

    @property
    def ranks(self) -> tuple[str, ...]:
        return tuple(award.rank for award in self.awards)

    def award_of(self, rank: str) -> RankAward | None:
        """What was filed for this rank."""
        return next((award for award in self.awards if award.rank == rank), None)

    def find_rank(self, written: str) -> str | None:
        """The rank as filed, however a clerk writes it; None for any other word."""
        return _found(written, self.ranks)

    def find_event(self, written: str) -> str | None:
        """The event as filed, however a clerk writes it; None for any other word."""
        return _found(written, self.events)


def contest_of(held: Competition | None) -> Contest | None:
    """The competition in which ranks give credits; none of a lecture, a visit, or one without awards."""
    if held is None or not held.awards or not held.events:
        return None
    return Contest(level=held.level, events=tuple(event.name for event in held.events), awards=held.awards)


def _found(written: str, filed: Iterable[str]) -> str | None:
    wanted = _plain(written)
    return next((each for each in filed if _plain(each) == wanted), None) if wanted else None


def _plain(text: str) -> str:
    return _AROUND.sub("", normalise_term(text).translate(_FIGURES))


def problem(event: str, rank: str, contest: Contest | None) -> str | None:
    """Why this cannot be what somebody won; None where it can, and where nothing is said."""
    if not event and not rank:
        return None
    if contest is None:
        return "本次活动没有备案名次学分，不能填写名次"
    if rank and contest.award_of(rank) is None:
        return f"备案中没有名次“{rank}”，备案的是：{'、'.join(contest.ranks)}"
    if event and event not in contest.events:
        return f"备案中没有项目“{event}”，备案的是：{'、'.join(contest.events)}"
    if not rank:
        return "填写了比赛项目，请同时填写名次"
    if not event:
        return "填写了名次，请同时填写比赛项目"
    return None


def overfull(contest: Contest, won: Iterable[tuple[str, str]]) -> list[tuple[str, str, int, int]]:
    """Ranks that more people have than were filed, as (event, rank, people, places)."""
    counted = Counter(won)
    return [
        (event, award.rank, counted[event, award.rank], award.places)
        for event in contest.events
        for award in contest.awards
        if counted[event, award.rank] > award.places
    ]


def rank_limits(policy: Policy) -> dict[Level, Decimal]:
    """The most credits a rank may give, by level; a level without such a figure has no limit."""
    found = {level: policy.value(f"competition.max_credits.{level.value}") for level in Level}
    return {level: limit for level, limit in found.items() if limit is not None}


def credits_of(contest: Contest, rank: str, limits: Mapping[Level, Decimal]) -> Decimal:
    """What the rank gives: what was filed, and never more than the policy lets a rank of this level give (INV-20)."""
    award = contest.award_of(rank)
    if award is None:
        return Decimal(0)
    limit = limits.get(contest.level)
    return award.credits if limit is None else min(award.credits, limit)

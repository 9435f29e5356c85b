"""What results give: credits by subject line with the reason, and the seal of it all."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from domain.contests import Contest, credits_of, rank_limits
from domain.credit_award import give_over_lines
from domain.credit_entries import ZERO, from_tenths, say, tenths
from domain.credit_policy import LineAward, Policy, award_over_lines
from domain.result_rows import Outcome


@dataclass(frozen=True, kw_only=True)
class PlanLine:
    """A subject line of the filed activity."""

    id: int
    subject: str
    title: str
    hours: Decimal


@dataclass(frozen=True, kw_only=True)
class Plan:
    """As much of a filing as the credits follow from; `sessions` are (day, hours in tenths).

    `contest` is a competition whose ranks give credits.
    """

    filing_id: int
    title: str
    form: str
    lines: tuple[PlanLine, ...]
    sessions: tuple[tuple[date, int], ...]
    contest: Contest | None = None

    @property
    def hours(self) -> Decimal:
        return sum((line.hours for line in self.lines), ZERO)

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(sorted({on for on, _ in self.sessions}))


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What one person's result gives: `lines` in the order of the plan, `reason` the sentence that explains it."""

    lines: tuple[LineAward, ...]
    credits: Decimal
    reason: str


_NOTHING = {
    Outcome.FAILED: "考核不合格，不给学分",
    Outcome.ABSENT: "缺考，不给学分",
    Outcome.BREACH: "违反学习纪律，不给学分",
}


def earned(hours: Decimal, outcome: Outcome, plan: Plan, policy: Policy, *, event: str = "", rank: str = "") -> Earned:
    """The credits of a result by subject line (art. 22): none without a pass, else by the hours attended.

    Who took part in a competition and won a rank has what was filed for it, in place of what the hours give, if that is
    more (art. 16(2)); never more than the policy lets a rank of that level give (INV-20).
    """
    lines, award = award_over_lines(
        hours,
        [(line.subject, line.hours) for line in plan.lines],
        outcome is Outcome.PASSED,
        policy,
        days=len(plan.days),
    )
    reason = _NOTHING.get(outcome) or "；".join(step.sentence for step in award.steps)
    if not rank or plan.contest is None or outcome is not Outcome.PASSED or not hours:
        return Earned(lines=lines, credits=award.credits, reason=reason)
    given = credits_of(plan.contest, rank, rank_limits(policy))
    won = f"{event}{rank}，备案的名次学分为 {say(given)} 学分"
    if given <= award.credits:
        return Earned(lines=lines, credits=award.credits, reason=f"{won}，不多于按学时所得，按学时计：{reason}")
    reason = f"{won}，多于按学时所得的 {say(award.credits)} 学分，按名次计，不重复计"
    lines = give_over_lines(given, [(line.subject, line.hours) for line in lines], policy)
    return Earned(lines=lines, credits=given, reason=reason)


def reckoner(plan: Plan, policy: Policy) -> Callable[[int, Outcome, str, str], Earned]:
    """The same for a whole list, by (hours in tenths, outcome, event, rank): most rows of a class are alike."""

    @cache
    def reckon(hours_tenths: int, outcome: Outcome, event: str, rank: str) -> Earned:
        return earned(from_tenths(hours_tenths), outcome, plan, policy, event=event, rank=rank)

    return reckon


# --- The seal ---------------------------------------------------------------------------------------------------------

Content = dict[str, Any]
"""What a report says, as plain values of JSON: what is hashed, and kept at each release."""


def canonical(
    plan: Plan, rows: Iterable[tuple[int, str, int, int | None, str, str, str, str]], evidence: Iterable[str], note: str
) -> Content:
    """Everything that is entered, released and credited, in one order.

    `rows` are (technician id, name, hours and score in tenths, outcome, event, rank, remark); `evidence` the hashes of
    the files. What the ranks of a competition give belongs to the plan.
    """
    awards = plan.contest.awards if plan.contest is not None else ()
    return {
        "filing": plan.filing_id,
        "lines": [[line.id, line.subject, tenths(line.hours)] for line in plan.lines],
        "awards": [[award.rank, tenths(award.credits)] for award in awards],
        "sessions": sorted([on.isoformat(), hours] for on, hours in plan.sessions),
        "rows": sorted(list(row) for row in rows),
        "evidence": sorted(evidence),
        "note": note,
    }


def seal_of(content: Content) -> str:
    """SHA-256 of the content, so that each step names what it was about (P-12)."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing a second report says otherwise than the first; empty where there was or is nothing."""

    label: str
    before: str
    after: str


def differences(before: Content, after: Content) -> list[Difference]:
    """What was changed between two releases: persons, their results, evidence and explanation."""
    found = []
    old, new = ({row[0]: row[1:] for row in content["rows"]} for content in (before, after))
    for person in [*old, *(person for person in new if person not in old)]:
        was, now = old.get(person), new.get(person)
        if was != now:
            name = (now or was or [""])[0]
            found.append(Difference(label=str(name), before=_said(was), after=_said(now)))
    gone, come = set(before["evidence"]) - set(after["evidence"]), set(after["evidence"]) - set(before["evidence"])
    if gone or come:
        found.append(
            Difference(
                label="佐证材料",
                before=f"移除 {len(gone)} 个文件" if gone else "",
                after=f"新增 {len(come)} 个文件" if come else "",
            )
        )
    if before["note"] != after["note"]:
        found.append(Difference(label="情况说明", before=before["note"], after=after["note"]))
    return found


def _said(row: list[Any] | None) -> str:
    """A row in words: 16 学时，90 分，合格."""
    if row is None:
        return ""
    _, hours, score, outcome, event, rank, remark = row
    parts = [f"{say(from_tenths(hours))} 学时"]
    parts += [f"{say(from_tenths(score))} 分"] if score is not None else []
    parts += [Outcome(outcome).label, f"{event}{rank}", remark]
    return "，".join(part for part in parts if part)

"""From hours attended to credits (art. 22): attendance tiers, rounding, and the division over subject lines."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from domain.credit_entries import TENTH, ZERO, from_tenths, is_tenths, say, tenths
from domain.errors import RuleError
from domain.evaluation import TraceStep
from domain.policy import Figure, Policy, Rounding, Tier

Lines = Sequence[tuple[str, Decimal]]
"""Subject kinds and planned hours of an activity, in the order of its lines."""


class BadHours(RuleError):
    """Hours that cannot be: negative, finer than a tenth, none planned."""

    code = "bad_hours"


class Award(NamedTuple):
    """Credits earned, and the steps that say why."""

    credits: Decimal
    steps: tuple[TraceStep, ...]


class LineAward(NamedTuple):
    """What one subject line of an activity gives one person."""

    subject: str
    hours: Decimal
    credits: Decimal


def rounded(amount: Fraction, rounding: Rounding) -> Decimal:
    """An exact amount in steps of the policy."""
    steps = amount / Fraction(rounding.step)
    if rounding.mode == "UP":
        count = -(-steps.numerator // steps.denominator)
    elif rounding.mode == "HALF_UP":
        count = (2 * steps.numerator + steps.denominator) // (2 * steps.denominator)
    else:
        count = steps.numerator // steps.denominator
    return (count * rounding.step).quantize(TENTH)


def credits_for(
    hours_attended: Decimal, hours_planned: Decimal, passed: bool, policy: Policy, *, days: int | None = None
) -> Award:
    """Credits that attended hours earn: none if not passed, then by attendance tier, rounded as the policy says.

    Hours beyond the plan do not count, nor, if the number of `days` is given, beyond what so many days allow. The
    credits never exceed hours attended x credits per hour (INV-20). BadHours for hours that cannot be.
    """
    _check(hours_attended, hours_planned)
    steps: list[TraceStep] = []
    hours = min(hours_attended, hours_planned)
    if hours < hours_attended:
        steps.append(_step("hours", "hours.planned", f"实到 {say(hours_attended)} 学时，只计计划内 {say(hours)} 学时"))
    daily = policy.figures.get("hour.max_per_day")
    if days is not None and daily is not None and daily.value is not None and hours > daily.value * days:
        hours = daily.value * days
        sentence = f"每天最多计 {say(daily.value)} 学时，{days} 天共计 {say(hours)} 学时"
        steps.append(_step("hours", daily.key, sentence, daily))
    if not passed:
        steps.append(_step("credits", "result.passed", "考核结果不合格，不给学分"))
        return Award(ZERO, tuple(steps))
    tiers = policy.figure("attendance.tiers")
    share = Fraction(hours_attended) / Fraction(hours_planned)
    tier = next((tier for tier in tiers.value if share >= tier.share), Tier(Fraction(0), Fraction(0)))
    steps.append(_step("attendance", tiers.key, _tier_sentence(share, tier, tiers.value), tiers))
    per_hour = policy.figure("credit.per_hour")
    exact = Fraction(hours) * tier.factor * Fraction(per_hour.value)
    credits = rounded(exact, policy.rounding)
    if Fraction(credits) > Fraction(hours) * Fraction(per_hour.value):
        credits = rounded(exact, Rounding(policy.rounding.step, "DOWN"))
    sentence = f"{say(hours)} 学时 × 每学时 {say(per_hour.value)} 学分"
    sentence += f" × 系数 {_percent(tier.factor)}" if tier.factor not in (0, 1) else ""
    if credits != exact:
        sentence += f"，按 {say(policy.rounding.step)} 学分取整"
    steps.append(_step("credits", per_hour.key, f"{sentence}，得 {say(credits)} 学分", per_hour, credits))
    return Award(credits, tuple(steps))


def split_over_lines(amount: Decimal, lines: Lines, policy: Policy) -> tuple[tuple[str, Decimal], ...]:
    """Hours attended, divided over the subject lines in proportion to their planned hours; the sum is exact.

    In steps of `credit.rounding`, the largest remainders first (of equal ones the earlier line); what is less than a
    step goes where there is room. No line gets more than its plan; hours beyond the plan are not divided.
    """
    _check(amount, sum((hours for _, hours in lines), ZERO))
    planned = [tenths(hours) for _, hours in lines]
    shares = _divide(min(tenths(amount), sum(planned)), planned, planned, tenths(policy.rounding.step))
    return tuple((subject, from_tenths(share)) for (subject, _), share in zip(lines, shares, strict=True))


def award_over_lines(
    hours_attended: Decimal, lines: Lines, passed: bool, policy: Policy, *, days: int | None = None
) -> tuple[tuple[LineAward, ...], Award]:
    """Hours and credits of each subject line, and the award as a whole, to which the credits of the lines add up.

    The credits are reckoned once on all hours and then divided, so that nothing is lost by rounding line by line.
    """
    planned = sum((hours for _, hours in lines), ZERO)
    award = credits_for(hours_attended, planned, passed, policy, days=days)
    hours = split_over_lines(hours_attended, lines, policy)
    weights = [tenths(share) for _, share in hours]
    # Where the rate gives a line a part of a tenth, it gets the whole tenth: else the sum would fall short.
    most = [ceil(weight * policy.figure("credit.per_hour").value) for weight in weights]
    credits = _divide(tenths(award.credits), weights, most, tenths(policy.rounding.step))
    made = tuple(
        LineAward(subject, share, from_tenths(count)) for (subject, share), count in zip(hours, credits, strict=True)
    )
    return made, award


def give_over_lines(amount: Decimal, attended: Lines, policy: Policy) -> tuple[LineAward, ...]:
    """Credits that do not follow from hours, divided over the lines of an activity in proportion to the attended hours.

    The sum is exact; a line nobody attended gets nothing.
    """
    weights = [tenths(hours) for _, hours in attended]
    most = [tenths(amount) if weight else 0 for weight in weights]
    credits = _divide(tenths(amount), weights, most, tenths(policy.rounding.step))
    return tuple(
        LineAward(subject, hours, from_tenths(count)) for (subject, hours), count in zip(attended, credits, strict=True)
    )


def _divide(amount: int, weights: Sequence[int], most: Sequence[int], step: int) -> list[int]:
    """`amount` tenths in proportion to the weights, in steps as far as the limits `most` let it, the rest in tenths."""
    whole, total = amount // step, sum(weights)
    if total == 0:
        return [0 for _ in weights]
    shares = [min(whole * weight // total, limit // step) for weight, limit in zip(weights, most, strict=True)]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
    while (missing := whole - sum(shares)) > 0:
        open_lines = [i for i in by_remainder if shares[i] < most[i] // step]
        if not open_lines:
            break
        for i in open_lines[:missing]:
            shares[i] += 1
    found = [share * step for share in shares]
    for i in sorted(range(len(weights)), key=lambda i: (found[i] - most[i], i)):
        found[i] += min(amount - sum(found), most[i] - found[i])
    return found


def _check(attended: Decimal, planned: Decimal) -> None:
    if not is_tenths(attended) or not is_tenths(planned) or attended < 0:
        raise BadHours("学时应为不小于 0、最多一位小数的数")
    if planned <= 0:
        raise BadHours("计划学时应大于 0")


def _tier_sentence(share: Fraction, tier: Tier, tiers: Sequence[Tier]) -> str:
    attended = f"出勤率 {_percent(share)}"
    if tier.factor == 0:
        return f"{attended}，未达到 {_percent(min(each.share for each in tiers))}，不给学分"
    return f"{attended}，达到 {_percent(tier.share)} 一档，按实到学时的 {_percent(tier.factor)} 计"


def _percent(share: Fraction) -> str:
    # Rounded down: 74.96 % must not read as the 75 % it does not reach.
    thousandths = share.numerator * 1000 // share.denominator
    return f"{say(from_tenths(thousandths))}%"


def _step(figure: str, rule: str, sentence: str, origin: Figure | None = None, counted: Decimal = ZERO) -> TraceStep:
    return TraceStep(
        kind="NOTE",
        figure=figure,
        rule=rule,
        year=0,
        counted=counted,
        article=origin.article if origin else 22,
        source=origin.source if origin else "",
        sentence=sentence,
    )

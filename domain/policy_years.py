"""The years of a policy: which days a year holds, which cycle it belongs to, and whether a person owes it (art. 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from domain.periods import credit_year_span, say_date
from domain.policy import Policy, YearKind

Span = tuple[date, date]
"""First and last day, both inside."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """Months of a year that a person was excused for (maternity, illness, service ...); 12 months excuse the year."""

    year: int
    months: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Obligation:
    """Whether a person owes the credits of a year, and which share of them; the rule that says so, and a sentence."""

    share: Fraction
    rule: str
    sentence: str

    @property
    def exists(self) -> bool:
        return self.share > 0


def year_span(kind: YearKind, year: int, as_of: date | None) -> Span:
    """The days of a year.

    A rolling year ends on the day of `as_of` in that year (the last of December if none is given), so that the years
    follow each other without gap.
    """
    if kind.kind != "ROLLING_12M":
        return credit_year_span(year, kind.starts)
    end = as_of or date(year, 12, 31)
    return (
        add_months(end, 12 * (year - end.year - 1)) + _DAY,
        add_months(end, 12 * (year - end.year)),
    )


def cycle_of(kind: YearKind, year: int) -> range:
    """The years of the period a year belongs to: itself, or its cycle."""
    if kind.kind != "CYCLE":
        return range(year, year + 1)
    first = year - (year - kind.first) % kind.years
    return range(first, first + kind.years)


def add_months(day: date, months: int) -> date:
    """The same day some months on (or back), the last of the month where it lacks that day."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    for last in (day.day, 30, 29, 28):
        if last <= day.day:
            try:
                return date(year, month + 1, last)
            except ValueError:
                continue
    raise AssertionError("every month has 28 days")


def obligation(
    policy: Policy,
    year: int,
    span: Span,
    *,
    first_certificate: date | None,
    certified: bool,
    ended_on: date | None,
    exemptions: Sequence[Exemption],
) -> Obligation:
    """What share of the floors of a year a person owes (INV-02, arts. 3 and 40).

    Without a certificate date the person is taken to be obliged since before the policy. A year in which the
    obligation ends (`ended_on`) is not owed any more.
    """
    start, end = span

    def none(rule: str, sentence: str) -> Obligation:
        return Obligation(share=Fraction(0), rule=rule, sentence=sentence)

    if not certified:
        return none("obligation.certificate", "没有有效的技能人才评价证书，不负有取得规定学分的义务，学分照常登记")
    from_day = policy.effective_from
    containing = policy.value("obligation.effective_year", "FIRST_FULL_YEAR") == "CONTAINING"
    if (end if containing else start) < from_day:
        return none("policy.effective_from", f"本政策自 {from_day} 起施行，{year} 年度不产生义务")
    until = policy.value("policy.effective_to")
    if until is not None and start > until:
        return none("policy.effective_to", f"本政策施行至 {until}，{year} 年度不产生义务")
    if ended_on is not None and ended_on <= end:
        return none("obligation.ends", f"义务已于 {ended_on} 终止，{year} 年度不再要求")
    share, sentence = _first_year_share(policy, year, span, first_certificate)
    if share == 0:
        return none("obligation.first_year", sentence)
    months = min(12, sum(exemption.months for exemption in exemptions if exemption.year == year))
    if months == 0:
        return Obligation(share=share, rule="obligation.first_year", sentence=sentence)
    reasons = "、".join(exemption.reason for exemption in exemptions if exemption.year == year)
    if months == 12:
        return none("exempt.reasons", f"因{reasons}，{year} 年度全年免除")
    return Obligation(
        share=share * Fraction(12 - months, 12),
        rule="exempt.reasons",
        sentence=f"因{reasons}，{year} 年度减免 {months} 个月，按 {12 - months} 个月要求",
    )


def _first_year_share(policy: Policy, year: int, span: Span, earned_on: date | None) -> tuple[Fraction, str]:
    if earned_on is None:
        return Fraction(1), f"未提供首次取证日期，按 {year} 年度负有全部义务计算"
    start, end = span
    rule = policy.figure("obligation.first_year").value
    first = f"首次取得证书日期 {say_date(earned_on)}"
    owed = f"{first}，{year} 年度负有取得规定学分的义务"
    if rule.mode == "NEXT_YEAR":
        if start > earned_on:
            return Fraction(1), owed
        return Fraction(0), f"{first}，自取得证书的次年起负有义务，{year} 年度不作要求"
    if rule.mode == "AFTER_MONTHS":
        since = add_months(earned_on, rule.months)
        if start >= since:
            return Fraction(1), owed
        return Fraction(
            0
        ), f"{first}，满 {rule.months} 个月（{say_date(since)}）后开始的年度才负有义务，{year} 年度不作要求"
    if end < earned_on:
        return Fraction(0), f"{first}，{year} 年度尚未取得证书，不作要求"
    if rule.mode == "SAME_YEAR_FULL" or start > earned_on:
        return Fraction(1), owed
    months = (end.year - earned_on.year) * 12 + end.month - earned_on.month + (1 if rule.count_issue_month else 0)
    months = min(12, months)
    return Fraction(months, 12), f"{first}，{year} 年度按 {months} 个月折算要求"

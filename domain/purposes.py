"""What one use of the credits asks, held against a person's years (arts. 24-29): rule, window, figures, outcome."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from domain.credit_entries import Entry
from domain.credit_policy import evaluate
from domain.errors import RuleError
from domain.evaluation import Evaluation
from domain.periods import closing_day, say_date
from domain.policy import Figure, Policy, UseRule, YearKind
from domain.policy_years import Span, year_span
from domain.proof_kinds import ProofKind


class Outcome(StrEnum):
    """What the years of the window say. Values are frozen in proofs."""

    MET = "met"
    MET_WITH_NOTE = "met_with_note"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"
    NOT_ASKED = "not_asked"

    @property
    def label(self) -> str:
        return _OUTCOMES[self]


_OUTCOMES = {
    Outcome.MET: "达到要求",
    Outcome.MET_WITH_NOTE: "达到要求（含不作要求的年度）",
    Outcome.NOT_MET: "未达到要求",
    Outcome.UNDECIDED: "暂不能确定",
    Outcome.NOT_ASKED: "各年度均不作要求",
}
STRENGTHS = {
    "HARD": "必备条件",
    "PRIORITY": "优先条件",
    "REFERENCE": "重要参考",
    "BASIS": "重要依据",
}
"""How strongly a use binds, in the words of the regulation."""

_ADVICE = {
    "HARD": {
        True: "符合该项资格对继续教育学分的要求",
        False: "不符合该项资格对继续教育学分的要求",
    },
    "PRIORITY": {
        True: "可作为优先评选条件",
        False: "不作为优先评选条件，不影响申报",
    },
    "REFERENCE": {
        True: "供评审单位参考",
        False: "供评审单位参考，不单独构成不予受理的理由",
    },
    "BASIS": {
        True: "可作为审核的依据",
        False: "审核单位仍予同意的，须书面说明理由",
    },
}


@dataclass(frozen=True, kw_only=True)
class JudgedYear:
    """A year of the window, or the running one for information only (`judged` False)."""

    evaluation: Evaluation
    judged: bool
    outcome: Outcome

    @property
    def status(self) -> str:
        """达到, 未达到 or 不作要求; 未确定 or 进行中 while that may change."""
        if not self.evaluation.obliged:
            return "不作要求"
        if self.evaluation.compliant:
            return "达到"
        if not self.judged:
            return "进行中"
        return "未确定" if self.outcome is Outcome.UNDECIDED else "未达到"


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """The outcome of one use for one person on one day, and what it rests on."""

    figure: Figure
    rule: UseRule
    window: str
    span: Span
    years: tuple[JudgedYear, ...]
    outcome: Outcome
    advice: str

    @property
    def short(self) -> list[int]:
        """The years that keep the outcome from being met, oldest first."""
        if self.outcome is not Outcome.NOT_MET:
            return []
        return [year.evaluation.year for year in self.years if year.judged and year.outcome is Outcome.NOT_MET]


def assess(
    kind: ProofKind,
    entries: Sequence[Entry],
    policy: Policy,
    *,
    as_of: date,
    level: str | None = None,
    obligation_start: date | None = None,
    certified: bool = True,
) -> Assessment:
    """Judge the years this use looks at, as of a day; credits added never make it worse.

    A year that had no obligation is not held against the person (art. 3: the first one begins after the certificate).
    A year not met whose entries may still come (it is not closed) or are frozen leaves the outcome undecided.
    Raises RuleError where the pack has no rule for the use.
    """
    figure = policy.figures.get(f"use.{kind.value}")
    if figure is None:
        raise RuleError(f"现行学分政策没有规定“{kind.label}”的要求，暂不能开具")
    rule: UseRule = figure.value

    def judge(year: int, under: Policy, *, judged: bool = True) -> JudgedYear:
        evaluation = evaluate(
            entries, under, year, level=level, obligation_start=obligation_start, certified=certified, as_of=as_of
        )
        return JudgedYear(evaluation=evaluation, judged=judged, outcome=_outcome(evaluation, under, as_of))

    if rule.window == "LAST_YEAR":
        years, sentence = _last_year(policy, as_of, judge)
        either = policy.value("lastyear.mode", "PREV_CALENDAR_YEAR") == "EITHER"
    else:
        count = policy.value("role.cycle_years", rule.years) if rule.window == "ROLE_CYCLE" else rule.years
        years = [judge(year, policy) for year in _ended(policy, as_of, count)]
        sentence, either = f"办理前已结束的 {count} 个年度，每个年度分别评价", False
    outcome = _any(years) if either else _all(years)
    first, last = min(y.evaluation.starts_on for y in years), max(y.evaluation.ends_on for y in years)
    running = _running(policy, as_of)
    shown = tuple(years)
    if running is not None and last < as_of:
        shown += (judge(running, policy, judged=False),)
    return Assessment(
        figure=figure,
        rule=rule,
        window=f"{sentence}（{say_date(first)}至{say_date(last)}）",
        span=(first, last),
        years=shown,
        outcome=outcome,
        advice=_advice(rule, outcome),
    )


def _ended(policy: Policy, as_of: date, count: int) -> list[int]:
    """The last `count` years that were over by this day, oldest first."""
    last = next(year for year in range(as_of.year + 1, 0, -1) if _is_over(policy, year, as_of))
    return list(range(last - count + 1, last + 1))


def _is_over(policy: Policy, year: int, as_of: date) -> bool:
    end = year_span(policy.year_kind, year, as_of)[1]
    # A rolling year ends on the day itself.
    return end <= as_of if policy.year_kind.kind == "ROLLING_12M" else end < as_of


def _running(policy: Policy, as_of: date) -> int | None:
    """The year this day lies in, if it is not over."""
    years = (year for year in range(as_of.year - 1, as_of.year + 2) if not _is_over(policy, year, as_of))
    return next((year for year in years if year_span(policy.year_kind, year, as_of)[0] <= as_of), None)


def _rolling(policy: Policy) -> Policy:
    kind = replace(policy.figure("year.kind"), value=YearKind(kind="ROLLING_12M"))
    return replace(policy, figures={**policy.figures, "year.kind": kind})


def _last_year(policy: Policy, as_of: date, judge: Callable[[int, Policy], JudgedYear]) -> tuple[list[JudgedYear], str]:
    mode = policy.value("lastyear.mode", "PREV_CALENDAR_YEAR")
    years: list[JudgedYear] = []
    if mode != "ROLLING_12M":
        years.append(judge(_ended(policy, as_of, 1)[0], policy))
    if mode != "PREV_CALENDAR_YEAR":
        years.append(judge(as_of.year, _rolling(policy)))
    sentence = {
        "PREV_CALENDAR_YEAR": "近一年：办理前已结束的上一个年度",
        "ROLLING_12M": "近一年：办理之日前的 12 个月",
        "EITHER": "近一年：上一个年度或办理之日前的 12 个月，有一项达到即可",
    }[mode]
    return years, sentence


def _outcome(evaluation: Evaluation, policy: Policy, as_of: date) -> Outcome:
    if not evaluation.obliged:
        return Outcome.NOT_ASKED
    if evaluation.compliant:
        return Outcome.MET
    if evaluation.compliant_with_frozen:
        return Outcome.UNDECIDED
    close = policy.value("year.close")
    if close is None or policy.year_kind.kind == "ROLLING_12M":
        return Outcome.NOT_MET
    still_open = as_of <= closing_day(evaluation.year, close, policy.year_kind.starts)
    return Outcome.UNDECIDED if still_open else Outcome.NOT_MET


def _all(years: Sequence[JudgedYear]) -> Outcome:
    """Every year counts: the worst decides. Years without an obligation are waived, and said so."""
    found = {year.outcome for year in years}
    if found == {Outcome.MET, Outcome.NOT_ASKED}:
        return Outcome.MET_WITH_NOTE
    return next(outcome for outcome in (Outcome.NOT_MET, Outcome.UNDECIDED, *found) if outcome in found)


def _any(years: Sequence[JudgedYear]) -> Outcome:
    """One year is enough: the best decides."""
    found = {year.outcome for year in years}
    best = (Outcome.MET, Outcome.NOT_ASKED, Outcome.UNDECIDED, Outcome.NOT_MET)
    return next(outcome for outcome in best if outcome in found)


def _advice(rule: UseRule, outcome: Outcome) -> str:
    if outcome is Outcome.UNDECIDED:
        return "有年度尚未关账或有学分被冻结，结果可能变化，请在确定后重新开具"
    if outcome is Outcome.NOT_ASKED:
        return "所看年度均不作学分要求，由审核单位按其他条件审查"
    return _ADVICE[rule.strength][outcome is not Outcome.NOT_MET]

"""Holds the counts of the years against the floors: what is met, and the least that is still missing."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from domain.credit_counting import YearCount
from domain.credit_entries import ZERO, from_tenths, least_tenths, say, tenths
from domain.evaluation import FloorResult, Gap
from domain.policy import Floor, Policy
from domain.policy_years import Obligation, cycle_of

ANY, EXAM = "ANY", "EXAM"


def floor_results(
    policy: Policy, level: str | None, year: int, counts: Mapping[int, YearCount], owed: Mapping[int, Obligation]
) -> tuple[FloorResult, ...]:
    """Every floor of the pack against the figures of the years it looks at (art. 20).

    `counts` has the years up to `year`, `owed` also the later ones of the running cycle. Who owes nothing in `year`
    is asked for nothing; of a floor over several years one owes the share of the years owed.
    """
    results = []
    for floor in policy.floors:
        for years, due in windows(policy, floor, year):
            minimum = policy.minimum(floor, level)
            share = sum((owed[each].share for each in years), Fraction(0)) / len(years)
            required = least_tenths(minimum * share) if owed[year].exists else 0
            counted = sum(_figure(counts[each], floor) for each in years if each <= year)
            results.append(
                FloorResult(
                    key=floor.key,
                    label=floor.label,
                    subject=floor.subject,
                    exam=floor.exam,
                    years=years,
                    minimum=from_tenths(least_tenths(minimum)),
                    required=from_tenths(required),
                    counted=from_tenths(counted),
                    missing=from_tenths(max(0, required - counted)),
                    due=due,
                    open=year in years,
                    article=floor.article,
                    source=floor.source,
                )
            )
    return tuple(results)


def windows(policy: Policy, floor: Floor, year: int) -> list[tuple[tuple[int, ...], bool]]:
    """The spans of years a floor adds up in `year`, and whether each is due: a cycle only in its last year."""
    if floor.window.kind == "LAST":
        return [(tuple(range(year - floor.window.years + 1, year + 1)), True)]
    cycle = cycle_of(policy.year_kind, year)
    if floor.window.kind == "YEAR":
        return [((each,), True) for each in cycle if each <= year]
    return [(tuple(cycle), year == cycle[-1])]


def missing_credits(
    policy: Policy, floors: Sequence[FloorResult], count: YearCount, level: str | None
) -> dict[str, Decimal]:
    """The least that must still be earned this year: by subject kind first, then of ANY kind, and by EXAM.

    A kind inside another fills both, so the outer one asks only for what the inner leaves; credits beyond the maximum
    of a kind add nothing to the total. EXAM stands apart: the same credits may fill it.
    """
    asked = [floor for floor in floors if floor.due and floor.open]
    needs: dict[str, int] = {}
    for floor in asked:
        if floor.subject is not None and not floor.exam:
            needs[floor.subject] = max(needs.get(floor.subject, 0), tenths(floor.missing))
    fills: dict[str, int] = {}
    added = sum(_fill(policy, subject.key, needs, fills, count, level) for subject in policy.children(None))
    lacking = [tenths(floor.required - floor.counted) for floor in asked if floor.subject is None and not floor.exam]
    exams = [tenths(floor.missing) for floor in asked if floor.exam and floor.subject is None]
    by_subject = sum(tenths(floor.missing) for floor in asked if floor.exam and floor.subject is not None)
    return {
        **{subject.key: from_tenths(fills[subject.key]) for subject in policy.subjects},
        ANY: from_tenths(max(0, *(lack - added for lack in lacking), 0)),
        EXAM: from_tenths(max(by_subject, *exams, 0)),
    }


def _fill(
    policy: Policy, subject: str, needs: Mapping[str, int], fills: dict[str, int], count: YearCount, level: str | None
) -> int:
    """Note what must be earned in this kind besides the kinds inside it; give what its figure gains by all that."""
    gained = sum(_fill(policy, child.key, needs, fills, count, level) for child in policy.children(subject))
    fills[subject] = max(0, needs.get(subject, 0) - gained)
    gained += fills[subject]
    for maximum in policy.maxima:
        if maximum.subject == subject:
            most = least_tenths(policy.credits(maximum.amount, level))
            return max(0, min(gained, most - count.figures[subject]))
    return gained


def gaps_of(policy: Policy, floors: Sequence[FloorResult], missing: Mapping[str, Decimal], year: int) -> list[Gap]:
    """Each thing missing with its sentence; empty exactly if every floor that is due is met."""
    gaps = []
    lacking = {
        floor.subject: floor.key for floor in floors if floor.due and floor.open and not floor.exam and not floor.met
    }
    for subject in policy.subjects:
        credits = missing[subject.key]
        if credits:
            sentence = f"{subject.label}还差 {say(credits)} 学分"
            gaps.append(_gap(subject.key, lacking[subject.key], subject.label, credits, year, sentence))
    if missing[ANY]:
        first = "在补足上述科目后，" if gaps else ""
        sentence = f"{first}总学分还差 {say(missing[ANY])} 学分，任一科目均可"
        gaps.append(_gap(ANY, lacking[None], "任一科目", missing[ANY], year, sentence))
    for floor in floors:
        if not floor.due or floor.met:
            continue
        if not floor.open:
            sentence = f"{floor.years[-1]} 年度“{floor.label}”少 {say(floor.missing)} 学分，已不能补足"
            key, when = floor.key, floor.years[-1]
            gaps.append(_gap(key, floor.key, floor.label, floor.missing, when, sentence, repairable=False))
        elif floor.exam:
            key = EXAM if floor.subject is None else f"{EXAM}.{floor.subject}"
            sentence = f"{floor.label}还差 {say(floor.missing)} 学分，须通过专项知识考试取得"
            gaps.append(_gap(key, floor.key, floor.label, floor.missing, year, sentence))
    return gaps


def streak_gaps(policy: Policy, past: Mapping[int, Sequence[Gap]]) -> list[Gap]:
    """The earlier years of the streak that were not met; credits earned now do not mend them."""
    gaps = []
    for year, lacking in sorted(past.items()):
        if lacking:
            additive = sum((gap.credits for gap in lacking if not gap.key.startswith(EXAM)), ZERO)
            amount = max(additive, *(gap.credits for gap in lacking))
            years = policy.value("streak.years")
            sentence = f"要求连续 {years} 年每年达标，{year} 年度少 {say(amount)} 学分"
            gaps.append(_gap("STREAK", "streak.years", "连续达标", amount, year, sentence, repairable=False))
    return gaps


def _gap(
    key: str, rule: str, label: str, credits: Decimal, year: int, sentence: str, *, repairable: bool = True
) -> Gap:
    return Gap(key=key, rule=rule, label=label, credits=credits, repairable=repairable, year=year, sentence=sentence)


def _figure(count: YearCount, floor: Floor) -> int:
    if floor.exam:
        return count.exam if floor.subject is None else count.exams[floor.subject]
    return count.total if floor.subject is None else count.figures[floor.subject]

"""Evaluates a person's year under a policy pack: totals, what is missing, and the trace that explains it (art. 20)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from domain.credit_award import Award, LineAward, award_over_lines, credits_for, split_over_lines
from domain.credit_counting import said
from domain.credit_entries import FIRST_YEAR, LAST_YEAR, Entry, check_entries, from_tenths, say, tenths
from domain.credit_gaps import streak_gaps
from domain.credit_person import Person
from domain.errors import RuleError
from domain.evaluation import EntryOutcome, Evaluation, FloorResult, Gap, TraceStep
from domain.policy import Policy
from domain.policy_years import Exemption

__all__ = [
    "Award",
    "Entry",
    "Evaluation",
    "Exemption",
    "LineAward",
    "Policy",
    "award_over_lines",
    "credits_for",
    "evaluate",
    "split_over_lines",
]


class BadYear(RuleError):
    """A year no ledger knows."""

    code = "bad_year"


def evaluate(
    entries: Iterable[Entry],
    policy: Policy,
    year: int,
    *,
    level: str | None = None,
    obligation_start: date | None = None,
    obligation_end: date | None = None,
    certified: bool = True,
    exemptions: Sequence[Exemption] = (),
    as_of: date | None = None,
) -> Evaluation:
    """How a person stands in a year.

    `entries` are all the person has, of any year and in any order; those the answer does not need are named in the
    trace and left out. `level` is a key or name of the pack, where floors depend on it. `obligation_start` is the date
    of the first certificate (None: obliged since before the policy), `obligation_end` the day on which the obligation
    ended, `certified` False for a person without a valid certificate. `as_of` gives the day on which rolling years end.

    The same values give the same evaluation (INV-35), and credits added never make it worse (P-40).
    RuleError for an unknown subject kind, form or level, an impossible entry, or a year out of range.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise BadYear(f"年度应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间")
    known = [_known(entry, policy) for entry in check_entries(entries)]

    def person(entries: Sequence[Entry]) -> Person:
        return Person(
            policy=policy,
            year=year,
            level=policy.level(level).key if level and policy.levels else None,
            first_certificate=obligation_start,
            certified=certified,
            ended_on=obligation_end,
            exemptions=tuple(exemptions),
            as_of=as_of,
            entries=entries,
        )

    made = _evaluate(person(known))
    if not any(entry.frozen for entry in known):
        return made
    thawed = person([replace(entry, frozen=False) for entry in known])
    return replace(made, compliant_with_frozen=_evaluate(thawed).compliant)


def _known(entry: Entry, policy: Policy) -> Entry:
    form = policy.form(entry.form).key if entry.form else ""
    credits = from_tenths(tenths(entry.credits))  # the same amount always looks the same: 8 becomes 8.0
    return replace(entry, subject=policy.subject(entry.subject).key, form=form, credits=credits)


def _evaluate(person: Person) -> Evaluation:
    policy, year = person.policy, person.year
    count = person.count(year)
    floors, missing, gaps = person.standing(year)
    gaps = [*gaps, *streak_gaps(policy, {past: person.standing(past)[2] for past in person.streak_years()})]
    summary = _summary(person, gaps)
    return Evaluation(
        policy_key=policy.key,
        policy_sha256=policy.sha256,
        year=year,
        starts_on=count.span[0],
        ends_on=count.span[1],
        level=person.level,
        obliged=count.obligation.exists,
        obligation=count.obligation.sentence,
        posted=from_tenths(count.posted),
        cut=from_tenths(count.cut),
        frozen=from_tenths(count.frozen),
        carried_in=from_tenths(count.carried_in),
        total=from_tenths(count.total),
        totals={subject: from_tenths(amount) for subject, amount in count.figures.items()},
        exam=from_tenths(count.exam),
        floors=floors,
        gaps=tuple(gaps),
        missing=missing,
        compliant=not gaps,
        compliant_with_frozen=not gaps,
        summary=summary,
        entries=_outcomes(person),
        trace=tuple(_trace(person, floors, gaps, summary)),
    )


def _outcomes(person: Person) -> tuple[EntryOutcome, ...]:
    """What became of every entry, those of years that do not matter here included."""
    found = {entry_id: outcome for year in person.years() for entry_id, outcome in person.count(year).outcomes.items()}
    return tuple(
        found.get(entry.id) or EntryOutcome(id=entry.id, year=None, posted=entry.credits, outside=entry.credits)
        for entry in person.entries
    )


# --- The trace --------------------------------------------------------------------------------------------------------


def _trace(person: Person, floors: Sequence[FloorResult], gaps: Sequence[Gap], summary: str) -> Iterable[TraceStep]:
    policy, year = person.policy, person.year
    outside = [outcome for outcome in _outcomes(person) if outcome.year is None]
    if outside:
        start, end = person.span(year)
        yield TraceStep(
            kind="OUTSIDE",
            figure="total",
            rule="year.kind",
            year=year,
            entries=tuple(outcome.id for outcome in outside),
            article=policy.figure("year.kind").article,
            source=policy.figure("year.kind").source,
            sentence=f"{len(outside)} 条记录不在计算范围内（{year} 年度为 {start} 至 {end}），保留但不计入",
        )
    for each in person.years():
        count = person.count(each)
        rule = policy.figures.get(count.obligation.rule)
        yield TraceStep(
            kind="OBLIGATION",
            figure="obligation",
            rule=count.obligation.rule,
            year=each,
            article=rule.article if rule else 3,
            source=rule.source if rule else "",
            sentence=count.obligation.sentence,
        )
        yield from count.steps
    for floor in floors:
        yield _floor_step(floor, year)
    for gap in gaps:
        rule = policy.figure(gap.rule)
        yield TraceStep(
            kind="STREAK" if gap.rule == "streak.years" else "GAP",
            figure=gap.key,
            rule=gap.rule,
            year=gap.year,
            article=rule.article,
            source=rule.source,
            sentence=gap.sentence,
        )
    main = floors[0]
    yield TraceStep(
        kind="RESULT",
        figure="result",
        rule=main.key,
        year=year,
        article=main.article,
        source=main.source,
        sentence=summary,
    )


def _floor_step(floor: FloorResult, year: int) -> TraceStep:
    years = f"{floor.years[0]} 至 {floor.years[-1]} 年度" if len(floor.years) > 1 else f"{floor.years[0]} 年度"
    sentence = f"{years}{floor.label}：要求不少于 {say(floor.required)}，已有 {say(floor.counted)}"
    if floor.required != floor.minimum:
        sentence += f"（全额要求 {say(floor.minimum)}，按所负义务折算）"
    if floor.met:
        sentence += "，已达到"
    elif floor.due:
        sentence += f"，还差 {say(floor.missing)}"
    else:
        sentence += f"，周期尚未结束，还需 {say(floor.missing)}"
    return TraceStep(
        kind="FLOOR",
        figure=floor.subject or ("exam" if floor.exam else "total"),
        rule=floor.key,
        year=year,
        counted=floor.counted,
        article=floor.article,
        source=floor.source,
        sentence=sentence,
    )


def _summary(person: Person, gaps: Sequence[Gap]) -> str:
    count = person.count(person.year)
    total = f"{person.year} 年度总学分 {said(count.total)}"
    if not count.obligation.exists:
        return f"{total}；{count.obligation.sentence}"
    if not gaps:
        return f"{total}，已达到年度要求"
    return f"{total}，未达到年度要求：{'；'.join(gap.sentence for gap in gaps)}"

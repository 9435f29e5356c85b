"""The uses of arts. 24 to 29: hand-worked years, every outcome, and that credits never make one worse."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credit_entries import Entry
from domain.errors import RuleError
from domain.policy import Policy
from domain.policy_pack import parse_pack
from domain.proof_kinds import PURPOSES, ProofKind
from domain.purposes import Assessment, Outcome, assess

_FOLDER = Path(__file__).parents[2] / "policies"
PACKS = {name: parse_pack((_FOLDER / f"JH-2020-{name}.json").read_text("utf-8")) for name in ("DRAFT", "TRIAL")}
DRAFT = PACKS["DRAFT"]
NOVEMBER = date(2026, 11, 20)
LONG_AGO = date(2015, 6, 18)


def year_of(year: int, *, month: int = 5, public: int = 18, professional: int = 62) -> list[Entry]:
    """Entries that meet a year of both packs (90 in all, 10 of them by exam), or miss it with other figures."""

    def entry(name: str, subject: str, credits: int, *, exam: bool = False) -> Entry:
        return Entry(
            id=f"{year}-{month}-{name}", earned_on=date(year, month, 10), subject=subject, credits=Decimal(credits),
            form="EXAM" if exam else "F1", hours=Decimal(0 if exam else credits), days=30, exam=exam,
        )  # fmt: skip

    return [
        entry("public", "PUBLIC", public),
        entry("professional", "PROFESSIONAL", professional),
        entry("exam", "PROFESSIONAL", 10, exam=True),
    ]


def judge(kind: ProofKind, *years: list[Entry], policy: Policy = DRAFT, **others: Any) -> Assessment:
    entries = [entry for year in years for entry in year]
    return assess(kind, entries, policy, **{"as_of": NOVEMBER, "obligation_start": LONG_AGO, **others})


def with_figure(key: str, value: Any, policy: Policy = DRAFT) -> Policy:
    return replace(policy, figures={**policy.figures, key: replace(policy.figure(key), value=value)})


@pytest.mark.parametrize("pack", sorted(PACKS))
@pytest.mark.parametrize("kind", PURPOSES)
def test_three_full_years_meet_every_use(kind: ProofKind, pack: str) -> None:
    found = judge(kind, year_of(2023), year_of(2024), year_of(2025), policy=PACKS[pack])
    assert found.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        (ProofKind.EXAMINER, Outcome.NOT_MET),
        (ProofKind.JUDGE, Outcome.NOT_MET),
        (ProofKind.SUPERVISOR, Outcome.NOT_MET),
        (ProofKind.PROMOTION, Outcome.NOT_MET),
        # Only the last year is looked at, whatever came before it.
        (ProofKind.TALENT_PROJECT, Outcome.MET),
        (ProofKind.SUBSIDY, Outcome.MET),
    ],
)
def test_one_bad_year_in_the_middle(kind: ProofKind, outcome: Outcome) -> None:
    assert judge(kind, year_of(2023), year_of(2024, public=9), year_of(2025)).outcome is outcome


def test_the_running_year_is_shown_and_not_judged() -> None:
    found = judge(ProofKind.EXAMINER, year_of(2023), year_of(2024), year_of(2025))
    assert [(year.evaluation.year, year.judged, year.status) for year in found.years] == [
        (2023, True, "达到"), (2024, True, "达到"), (2025, True, "达到"), (2026, False, "进行中"),
    ]  # fmt: skip
    assert (found.span, found.figure.article) == ((date(2023, 1, 1), date(2025, 12, 31)), 25)


def test_years_before_the_obligation_are_waived_and_said_so() -> None:
    found = judge(ProofKind.EXAMINER, year_of(2025), obligation_start=date(2024, 3, 1))
    assert (found.outcome, [year.status for year in found.years]) == (
        Outcome.MET_WITH_NOTE, ["不作要求", "不作要求", "达到", "进行中"],
    )  # fmt: skip
    nothing = judge(ProofKind.EXAMINER, obligation_start=date(2026, 3, 1))
    assert nothing.outcome is Outcome.NOT_ASKED
    assert "不作学分要求" in nothing.advice


@pytest.mark.parametrize(
    ("day", "outcome"), [(date(2026, 1, 31), Outcome.UNDECIDED), (date(2026, 2, 1), Outcome.NOT_MET)]
)
def test_a_year_that_is_not_closed_is_not_lost(day: date, outcome: Outcome) -> None:
    assert judge(ProofKind.TALENT_PROJECT, year_of(2025, public=9), as_of=day).outcome is outcome


def test_frozen_credits_leave_it_open() -> None:
    frozen = [replace(entry, frozen=True) for entry in year_of(2025)]
    assert judge(ProofKind.TALENT_PROJECT, frozen).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize(
    ("mode", "last_year", "this_year", "outcome"),
    [
        ("PREV_CALENDAR_YEAR", True, False, Outcome.MET),
        ("PREV_CALENDAR_YEAR", False, True, Outcome.NOT_MET),
        ("ROLLING_12M", True, False, Outcome.NOT_MET),
        ("ROLLING_12M", False, True, Outcome.MET),
        ("EITHER", True, False, Outcome.MET),
        ("EITHER", False, True, Outcome.MET),
        ("EITHER", False, False, Outcome.NOT_MET),
    ],
)
def test_the_last_year_as_the_pack_reads_it(mode: str, last_year: bool, this_year: bool, outcome: Outcome) -> None:
    years = [year_of(2025)] * last_year + [year_of(2026)] * this_year
    assert judge(ProofKind.TALENT_PROJECT, *years, policy=with_figure("lastyear.mode", mode)).outcome is outcome


def test_the_cycle_of_roles_is_a_figure_of_the_pack() -> None:
    found = judge(ProofKind.JUDGE, year_of(2025), policy=with_figure("role.cycle_years", 1))
    assert (found.outcome, found.span) == (Outcome.MET, (date(2025, 1, 1), date(2025, 12, 31)))


def test_a_pack_without_the_rule_gives_no_proof() -> None:
    silent = replace(DRAFT, figures={key: each for key, each in DRAFT.figures.items() if key != "use.subsidy"})
    with pytest.raises(RuleError, match="补贴"):
        judge(ProofKind.SUBSIDY, policy=silent)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ProofKind.EXAMINER, "不符合"),
        (ProofKind.TEACHER_TITLE, "不影响申报"),
        (ProofKind.PROMOTION, "供评审单位参考"),
        (ProofKind.SUBSIDY, "书面说明理由"),
    ],
)
def test_what_a_negative_result_is_worth_depends_on_the_use(kind: ProofKind, words: str) -> None:
    assert words in judge(kind).advice


_RANK = [Outcome.NOT_MET, Outcome.UNDECIDED, Outcome.MET_WITH_NOTE, Outcome.MET]
_YEARS = st.lists(
    st.tuples(st.integers(2022, 2026), st.integers(0, 30), st.integers(0, 90)), max_size=4, unique_by=lambda y: y[0]
)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    years=_YEARS,
    more=st.tuples(st.integers(2022, 2026), st.integers(0, 30), st.integers(0, 90)),
    kind=st.sampled_from(PURPOSES),
)
def test_more_credits_never_make_an_outcome_worse(years: Any, more: Any, kind: ProofKind) -> None:
    had = [year_of(year, public=public, professional=professional) for year, public, professional in years]
    year, public, professional = more
    before = judge(kind, *had).outcome
    after = judge(kind, *had, year_of(year, month=8, public=public, professional=professional)).outcome
    assert _RANK.index(after) >= _RANK.index(before)

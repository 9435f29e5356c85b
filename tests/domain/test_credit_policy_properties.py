"""What holds of every evaluation, whatever the entries and the pack (P-40, INV-35)."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credit_policy import Entry, evaluate
from domain.evaluation import TraceStep
from domain.policy import Policy
from tests.domain.policy_samples import PACKS, pack

_ALL = {path.stem: pack(path) for path in PACKS}
# Credits carried over, and sums over several years, are shared out year by year: there a new entry may move what an
# earlier year hands on. A course counted once takes its best result, which may be of another subject kind.
_YEARLY = [
    name for name, each in _ALL.items() if name.startswith(("JH-", "NINGBO", "CME", "STREAK", "FISCAL", "ROLLING"))
]
_YEARLY += ["PRORATA-MONTH", "AFTER-18-MONTHS", "GUANGDONG-3KINDS"]


@st.composite
def lists_of_entries(draw, policy: Policy, *, year: int = 2024, courses: bool = True) -> list[Entry]:
    days = st.integers(-800, 400).map(lambda offset: date(year, 1, 1) + timedelta(days=offset))
    amounts = st.integers(0, 300).map(lambda tenths: Decimal(tenths) / 10)
    made = draw(
        st.lists(
            st.builds(
                Entry,
                id=st.just(0),
                earned_on=days,
                subject=st.sampled_from([subject.key for subject in policy.subjects]),
                form=st.sampled_from(["", *(form.key for form in policy.forms)]),
                hours=amounts,
                credits=amounts,
                exam=st.booleans(),
                course=st.sampled_from([None, "A", "B"]) if courses else st.none(),
                days=st.sampled_from([None, None, 1, 3]),
                frozen=st.sampled_from([False, False, False, True]),
                makeup_for=st.sampled_from([None, None, None, year, year - 1]),
            ),
            max_size=9,
        )
    )
    return [replace(entry, id=number) for number, entry in enumerate(made, 1)]


def _sum(steps: list[TraceStep], what: str, *kinds: str, year: int) -> Decimal:
    return sum((getattr(step, what) for step in steps if step.kind in kinds and step.year == year), Decimal(0))


@pytest.mark.parametrize("name", _ALL)
def test_the_trace_accounts_for_every_credit(name):
    policy = _ALL[name]

    @settings(max_examples=25, deadline=None)
    @given(lists_of_entries(policy))
    def check(entries):
        found = evaluate(entries, policy, 2024)
        trace = list(found.trace)
        assert found.posted == found.total - found.carried_in + found.cut + found.frozen
        assert _sum(trace, "counted", "COUNTED", "CARRIED", year=2024) == found.total
        assert _sum(trace, "cut", "DUPLICATE", "DAILY", "CAP", "MAXIMUM", year=2024) == found.cut
        for outcome, entry in zip(found.entries, sorted(entries, key=lambda entry: entry.order), strict=True):
            cut = sum((each.credits for each in outcome.cuts), Decimal(0))
            assert outcome.id == entry.id
            assert entry.credits == outcome.posted == outcome.counted + cut + outcome.frozen + outcome.outside
            assert min(outcome.counted, outcome.frozen, outcome.outside) >= 0
            assert all(each.credits > 0 for each in outcome.cuts)
            assert {each.rule for each in outcome.cuts} <= {s.rule for s in trace if outcome.id in s.entries}
        outermost = sum((found.totals[subject.key] for subject in policy.children(None)), Decimal(0))
        assert outermost == found.total

    check()


@pytest.mark.parametrize("name", _ALL)
def test_gaps_are_there_exactly_if_a_floor_that_is_due_is_not_met(name):
    policy = _ALL[name]

    @settings(max_examples=25, deadline=None)
    @given(lists_of_entries(policy), st.sampled_from([None, date(2022, 5, 5), date(2024, 5, 5)]))
    def check(entries, first_certificate):
        found = evaluate(entries, policy, 2024, obligation_start=first_certificate)
        assert found.compliant is (found.gaps == ())
        assert all(gap.credits > 0 for gap in found.gaps)
        assert all(floor.met for floor in found.floors if floor.due) or not found.compliant
        assert any(found.missing.values()) is any(gap.repairable for gap in found.gaps)
        if not found.obliged:
            assert all(gap.rule == "streak.years" for gap in found.gaps)
            assert all(floor.required == 0 for floor in found.floors)

    check()


@pytest.mark.parametrize("name", _ALL)
def test_earning_what_is_missing_closes_every_gap_that_can_be_closed(name):
    policy = _ALL[name]

    @settings(max_examples=25, deadline=None)
    @given(lists_of_entries(policy, courses=False), st.data())
    def check(entries, data):
        found = evaluate(entries, policy, 2024)
        exam = found.missing["EXAM"]
        more = [(key, credits) for key, credits in found.missing.items() if key not in ("ANY", "EXAM")]
        open_kinds = [subject.key for subject in policy.children(None)]
        fillers = [(key, found.missing["ANY"]) for key in open_kinds] if policy.maxima else []
        fillers = fillers or [(data.draw(st.sampled_from(open_kinds)), found.missing["ANY"])]
        day = found.starts_on
        added = [
            Entry(id=1000 + n, earned_on=day, subject=key, credits=credits, exam=exam > 0)
            for n, (key, credits) in enumerate([*more, *fillers])
            if credits
        ]
        if exam:
            kinds = {floor.subject for floor in found.floors if floor.exam and floor.subject}
            examined = [*kinds, open_kinds[-1]]
            added += [
                Entry(id=2000 + n, earned_on=day, subject=key, credits=exam, exam=True)
                for n, key in enumerate(examined)
            ]
        after = evaluate([*entries, *added], policy, 2024)
        assert [gap for gap in after.gaps if gap.repairable] == []

    check()


@pytest.mark.parametrize("name", [name for name in _YEARLY if not _ALL[name].maxima])
def test_a_tenth_less_than_what_is_missing_is_not_enough(name):
    policy = _ALL[name]

    @settings(max_examples=25, deadline=None)
    @given(lists_of_entries(policy, courses=False))
    def check(entries):
        found = evaluate(entries, policy, 2024)
        missing = {key: credits for key, credits in found.missing.items() if key != "EXAM" and credits}
        for short in missing:
            added = [
                Entry(
                    id=1000 + n,
                    earned_on=found.starts_on,
                    subject=policy.children(None)[0].key if key == "ANY" else key,
                    credits=credits - (Decimal("0.1") if key == short else 0),
                )
                for n, (key, credits) in enumerate(missing.items())
            ]
            assert not evaluate([*entries, *added], policy, 2024).compliant

    check()


@pytest.mark.parametrize("name", _YEARLY)
def test_more_credits_never_make_anything_worse(name):
    """P-40. The entry added is the last posted; on a day that is full already it earns nothing, but takes nothing."""
    policy = _ALL[name]

    @settings(max_examples=60, deadline=None)
    @given(lists_of_entries(policy, courses=False), lists_of_entries(policy, courses=False))
    def check(entries, more):
        before = evaluate(entries, policy, 2024)
        added = [replace(entry, id=1000 + entry.id, frozen=False) for entry in more]
        after = evaluate([*entries, *added], policy, 2024)
        assert after.total >= before.total
        assert after.exam >= before.exam
        assert after.compliant or not before.compliant
        assert sum(after.missing.values()) <= sum(before.missing.values())

    check()


@pytest.mark.parametrize("name", _ALL)
def test_the_order_of_the_entries_is_irrelevant_and_the_answer_always_the_same(name):
    policy = _ALL[name]

    @settings(max_examples=15, deadline=None)
    @given(lists_of_entries(policy), st.integers())
    def check(entries, seed):
        shuffled = list(entries)
        random.Random(seed).shuffle(shuffled)
        first = evaluate(entries, policy, 2024)
        assert evaluate(shuffled, policy, 2024) == first
        assert evaluate(entries, policy, 2024).as_json() == first.as_json()

    check()


@settings(max_examples=60, deadline=None)
@given(lists_of_entries(_ALL["JH-2020-DRAFT"], courses=False))
def test_without_caps_the_draft_pack_is_four_sums(entries):
    """The same year by the simplest code there is."""
    policy = _ALL["JH-2020-DRAFT"]
    plain = [replace(entry, form="", days=None, makeup_for=None) for entry in entries]
    ours = [entry for entry in plain if entry.earned_on.year == 2024 and not entry.frozen]
    sums = {
        kind: sum((e.credits for e in ours if e.subject == kind), Decimal(0)) for kind in ("PUBLIC", "PROFESSIONAL")
    }
    exam = sum((entry.credits for entry in ours if entry.exam), Decimal(0))
    found = evaluate(plain, policy, 2024)
    assert found.totals == sums
    assert found.total == sum(sums.values())
    expected = sum(sums.values()) >= 60 and sums["PUBLIC"] >= 10 and sums["PROFESSIONAL"] >= 40 and exam >= 10
    assert found.compliant is expected
    public = max(Decimal(0), 10 - sums["PUBLIC"])
    professional = max(Decimal(0), 40 - sums["PROFESSIONAL"])
    assert found.missing == {
        "PUBLIC": public,
        "PROFESSIONAL": professional,
        "ANY": max(Decimal(0), 60 - sum(sums.values()) - public - professional),
        "EXAM": max(Decimal(0), 10 - exam),
    }

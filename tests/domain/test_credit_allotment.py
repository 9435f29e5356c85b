"""The division of what a year allows, against every division there is."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.credit_allotment import Limits, allot, figures

_FORMS = ("F1", "F2", "F3")
_PARENTS = {"PUBLIC": None, "GENERAL": "PUBLIC", "PROFESSIONAL": None}
_CELLS = list(product(("F1", "F2"), _PARENTS))


def _lacking(amounts, limits):
    """What is missing of the floors, an inner one counting for the outer one too."""
    sums = figures(amounts, limits.parents)

    def lack(subject):
        inside = sum(lack(child) for child, parent in limits.parents.items() if parent == subject)
        return max(inside, limits.floors.get(subject, 0) - sums[subject])

    return sum(lack(subject) for subject, parent in limits.parents.items() if parent is None)


def _by_subject(counted):
    amounts = dict.fromkeys(_PARENTS, 0)
    for (_, subject), amount in counted.items():
        amounts[subject] += amount
    return amounts


def _allowed(counted, limits):
    sums = {**figures(_by_subject(counted), limits.parents), None: sum(counted.values())}
    by_form = {form: sum(amount for (other, _), amount in counted.items() if other == form) for form in _FORMS}
    return all(by_form[form] <= cap for form, cap in limits.caps.items()) and all(
        sums[subject] <= most for subject, most in limits.maxima.items()
    )


@st.composite
def questions(draw):
    supplies = draw(st.lists(st.tuples(st.sampled_from(_CELLS), st.integers(1, 2)), max_size=6))
    small = st.integers(0, 4)
    caps = draw(st.dictionaries(st.sampled_from(("F1", "F2")), small))
    floors = draw(st.dictionaries(st.sampled_from(list(_PARENTS)), small))
    maxima = draw(st.dictionaries(st.sampled_from([*_PARENTS, None]), st.integers(0, 6)))
    # As the pack is checked: no floor, nor the floors inside a kind, lie above its maximum.
    needed = dict(floors)
    if "GENERAL" in maxima:
        floors["GENERAL"] = min(floors.get("GENERAL", 0), maxima["GENERAL"])
    needed["PUBLIC"] = max(floors.get("PUBLIC", 0), floors.get("GENERAL", 0))
    for subject in ("PUBLIC", "PROFESSIONAL"):
        if subject in maxima:
            maxima[subject] = max(maxima[subject], needed.get(subject, 0))
    if None in maxima:
        maxima[None] = max(maxima[None], needed["PUBLIC"] + needed.get("PROFESSIONAL", 0))
    return supplies, Limits(parents=_PARENTS, caps=caps, maxima=maxima, floors=floors)


@settings(max_examples=300, deadline=None)
@given(questions())
def test_no_other_division_fills_the_floors_better_or_counts_more(question):
    supplies, limits = question
    counted = allot(supplies, limits)
    wanted = dict.fromkeys((cell for cell, _ in supplies), 0)
    for cell, amount in supplies:
        wanted[cell] += amount
    assert set(counted) == set(wanted)
    assert all(0 <= counted[cell] <= wanted[cell] for cell in wanted)
    assert _allowed(counted, limits)
    cells = list(wanted)
    possible = [
        dict(zip(cells, amounts, strict=True))
        for amounts in product(*(range(wanted[cell] + 1) for cell in cells))
        if _allowed(dict(zip(cells, amounts, strict=True)), limits)
    ]
    least = min(_lacking(_by_subject(each), limits) for each in possible)
    best = [each for each in possible if _lacking(_by_subject(each), limits) == least]
    assert _lacking(_by_subject(counted), limits) == least
    # Where floors stay open anyway, filling one inside a kind that is full may take the place of more credits.
    if least == 0 or "PUBLIC" not in limits.maxima:
        assert sum(counted.values()) == max(sum(each.values()) for each in best)


def test_within_a_form_the_earlier_credits_are_counted_first_when_no_floor_wants_others():
    limits = Limits(parents={"A": None, "B": None}, caps={"F1": 10}, maxima={}, floors={})
    assert allot([(("F1", "A"), 8), (("F1", "B"), 8)], limits) == {("F1", "A"): 8, ("F1", "B"): 2}
    assert allot([(("F1", "B"), 8), (("F1", "A"), 8)], limits) == {("F1", "B"): 8, ("F1", "A"): 2}


def test_a_cap_cuts_first_what_no_floor_needs():
    limits = Limits(parents={"A": None, "B": None}, caps={"F1": 10}, maxima={}, floors={"B": 9})
    assert allot([(("F1", "A"), 8), (("F1", "B"), 12)], limits) == {("F1", "A"): 1, ("F1", "B"): 9}


def test_a_cap_of_nothing_counts_nothing():
    limits = Limits(parents={"A": None}, caps={"F1": 0}, maxima={}, floors={"A": 5})
    assert allot([(("F1", "A"), 8)], limits) == {("F1", "A"): 0}

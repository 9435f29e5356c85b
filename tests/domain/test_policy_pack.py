"""A pack is read whole or refused with everything that is wrong with it."""

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import RuleError
from domain.policy import Policy, UnknownFigure
from domain.policy_figures import CATALOGUE
from domain.policy_pack import InvalidPack, parse_pack
from tests.domain.policy_samples import DRAFT, PACKS, TRIAL, draft_json, pack

_DELETE = object()


def _changed(*changes: tuple[list[Any], Any]) -> str:
    raw = draft_json()
    for path, value in changes:
        place = raw
        for name in path[:-1]:
            place = place[name]
        if value is _DELETE:
            del place[path[-1]]
        else:
            place[path[-1]] = value
    return json.dumps(raw, ensure_ascii=False)


def _problems(content: str) -> dict[str, str]:
    with pytest.raises(InvalidPack) as caught:
        parse_pack(content)
    assert all(max(sentence) >= "\u4e00" for _, sentence in caught.value.problems)
    return dict(caught.value.problems)


@pytest.mark.parametrize(
    ("key", "value", "unit"),
    [
        ("filing.lead_days.F3", 7, "DAYS"),
        ("filing.lead_days.F2", 10, "WORKDAYS"),
        ("filing.review_workdays", 5, "WORKDAYS"),
        ("registration.review_workdays", 5, "WORKDAYS"),
        ("results.review_workdays", 5, "WORKDAYS"),
        ("supplement.days", 10, "WORKDAYS"),
        ("roster.post_within_workdays", 10, "WORKDAYS"),
        ("evidence.min.photo", 2, "PER_DAY"),
        ("evidence.min.video", 1, "PER_ACTIVITY"),
        ("hour.minutes", 45, "MINUTES"),
        ("hour.max_per_day", Decimal(8), "HOURS"),
        ("hour.max_per_half_day", Decimal(4), "HOURS"),
        ("year.close", (1, 31), ""),
        ("fault.extension_days", 60, "DAYS"),
        ("appeal.window_days", 60, "DAYS"),
        ("inspect.phone_share", Fraction(1, 10), ""),
        ("verify.share_days", (30, 90, 180), "DAYS"),
        ("consent.required_for", ("FULL", "HALF"), ""),
        ("filing.retroactive", False, ""),
        ("policy.effective_from", date(2021, 1, 1), ""),
        ("cap.form.F1", None, "CREDITS"),
        ("floor.total", Decimal(60), "CREDITS"),
    ],
)
def test_the_figures_of_the_default_pack_have_their_type_unit_and_source(key, value, unit):
    figure = DRAFT.figure(key)
    assert (figure.value, type(figure.value), figure.unit) == (value, type(value), unit)
    assert figure.source


@pytest.mark.parametrize("policy", [DRAFT, TRIAL], ids=lambda policy: policy.key)
def test_the_shipped_packs_answer_every_question_of_the_catalogue(policy: Policy):
    unasked = {"carry.subjects", "policy.effective_to"}
    assert set(CATALOGUE) - unasked - set(policy.figures) == set()
    filed = [form.key for form in policy.forms if form.filing]
    assert all(f"filing.lead_days.{form}" in policy.figures for form in filed)
    assert all(f"cap.form.{form.key}" in policy.figures for form in policy.forms)


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_value_of_every_pack_names_its_source(path):
    policy = pack(path)
    assert policy.key == path.stem
    assert all(figure.source for figure in policy.figures.values())


def test_the_default_pack_cites_the_articles_of_the_draft():
    articles = {DRAFT.figure(key).article for key in ("floor.total", "floor.public", "floor.professional")}
    assert articles == {20}


def test_an_unknown_figure_is_refused_by_name():
    with pytest.raises(UnknownFigure, match=r"filing\.lead_days\.F9"):
        DRAFT.figure("filing.lead_days.F9")
    assert DRAFT.value("filing.lead_days.F9", 3) == 3


def test_a_whole_number_is_had_as_one_and_nothing_else_is():
    assert int(DRAFT.figure("filing.review_workdays")) == 5
    for key in ("floor.total", "filing.retroactive", "cap.form.F1"):
        with pytest.raises(TypeError):
            int(DRAFT.figure(key))


def test_numbers_are_read_exactly():
    content = _changed((["figures", "inspect.phone_share", "value"], "1/3")).replace('"value": 0.05', '"value": 0.1')
    assert parse_pack(content).value("inspect.phone_share") == Fraction(1, 3)
    assert parse_pack(content).value("inspect.person_share") == Fraction(1, 10)
    assert parse_pack(_changed((["floors", 0, "value"], 60.1))).value("floor.total") == Decimal("60.1")


def test_a_byte_order_mark_does_no_harm():
    assert parse_pack("\ufeff" + _changed()).key == "JH-2020-DRAFT"


def test_all_problems_are_said_at_once_with_their_places():
    found = _problems(
        _changed(
            (["key"], "lower case"),
            (["name"], _DELETE),
            (["surprise"], 1),
            (["subjects", 1, "key"], "PUBLIC"),
            (["subjects", 0, "parent"], "NOWHERE"),
            (["forms", 0, "mode"], "BOTH"),
            (["floors", 0, "source"], ""),
            (["floors", 1, "value"], -1),
            (["floors", 2, "value"], {"share": "3/2", "of": "floor.total"}),
            (["floors", 3, "window"], "DECADE"),
            (["figures", "hour.minutes", "value"], "45 minutes"),
            (["figures", "filing.reviw_workdays"], {"value": 5, "source": "x"}),
            (["figures", "cap.form.F77"], {"value": 5, "source": "x"}),
            (["figures", "attendance.tiers", "value"], []),
            (["figures", "year.kind"], _DELETE),
            (["figures", "credit.per_hour", "article"], "twenty"),
            (["vectors", 0, "entries", 0, "subject"], "OTHER"),
        )
    )
    expected = {
        *("$.key", "$.name", "$.surprise", "$.subjects[1].key", "$.subjects[0].parent", "$.forms[0].mode"),
        *("$.floors[0].source", "$.floors[1].value", "$.floors[2].value", "$.floors[3].window"),
        *("$.figures.hour.minutes.value", "$.figures.filing.reviw_workdays", "$.figures.cap.form.F77"),
        *("$.figures.attendance.tiers.value", "$.figures.year.kind", "$.figures.credit.per_hour.article"),
    }
    assert expected <= set(found)
    assert "filing.review_workdays" in found["$.figures.filing.reviw_workdays"], "says what was meant"


def test_problems_of_the_vectors_are_said_with_their_places():
    found = _problems(
        _changed(
            (["vectors", 0, "entries", 0, "subject"], "OTHER"),
            (["vectors", 1, "entries", 0, "credits"], "many"),
            (["vectors", 2, "year"], "soon"),
            (["vectors", 3, "expect"], _DELETE),
            (["vectors", 4, "expect"], {"complient": True}),
            (["vectors", 5, "first_certificate"], "2025-02-30"),
            (["vectors", 6, "entries", 0, "credits"], 1.25),
            (["vectors", 7, "entries", 0], 5),
        )
    )
    assert set(found) == {
        "$.vectors[0].entries[0]",
        "$.vectors[1].entries[0].credits",
        "$.vectors[2].year",
        "$.vectors[3]",
        "$.vectors[4].expect.complient",
        "$.vectors[5].first_certificate",
        "$.vectors[6]",
        "$.vectors[7].entries[0]",
    }


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ([(["floors"], [])], "$.floors"),
        ([(["floors", 1, "subject"], "NONE")], "$.floors[1].subject"),
        ([(["floors", 1, "value"], {"share": "1/2", "of": "floor.none"})], "$.floors[1].value"),
        ([(["floors", 0, "by_level"], [{"levels": ["X"], "value": 1}])], "$.floors[0].by_level[0].levels"),
        ([(["subjects", 0, "parent"], "PROFESSIONAL"), (["subjects", 1, "parent"], "PUBLIC")], "$.subjects[0].parent"),
        ([(["subjects", 0, "key"], "ANY")], "$.subjects"),
        ([(["subjects", 0, "key"], "A_VERY_LONG_SUBJECT")], "$.subjects[0].key"),
        (
            [(["maxima"], [{"key": "max.a", "label": "a", "source": "s", "subject": "PUBLIC", "value": 9}])],
            "$.floors[1].value",
        ),
        ([(["maxima"], [{"key": "max.a", "label": "a", "source": "s", "value": 59.9}])], "$.floors[0].value"),
        ([(["floors", 3, "value"], 61)], "$.floors[3].value"),
        ([(["figures", "carry.subjects"], {"value": ["NONE"], "source": "s"})], "$.figures.carry.subjects.value"),
        ([(["figures", "credit.per_hour", "value"], 0)], "$.figures.credit.per_hour.value"),
        ([(["figures", "makeup.allowed_until", "value"], "02-29")], "$.figures.makeup.allowed_until.value"),
        (
            [(["figures", "year.kind", "value"], {"kind": "CYCLE", "years": 1, "first": 2020})],
            "$.figures.year.kind.value.years",
        ),
        (
            [(["figures", "obligation.first_year", "value"], {"mode": "AFTER_MONTHS"})],
            "$.figures.obligation.first_year.value.months",
        ),
        (
            [(["figures", "credit.rounding", "value"], {"step": 0.3, "mode": "DOWN"})],
            "$.figures.credit.rounding.value.step",
        ),
        (
            [(["figures", "attendance.tiers", "value"], [{"share": 0.5, "factor": 1}, {"share": 0.75, "factor": 0.5}])],
            "$.figures.attendance.tiers.value",
        ),
        ([(["figures", "filing.review_workdays", "unit"], "DAYS")], "$.figures.filing.review_workdays.unit"),
        ([(["figures", "filing.review_workdays"], 5)], "$.figures.filing.review_workdays"),
        ([(["figures", "filing.review_workdays", "value"], 5.5)], "$.figures.filing.review_workdays.value"),
        ([(["figures", "filing.review_workdays", "value"], True)], "$.figures.filing.review_workdays.value"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes, path):
    assert path in _problems(_changed(*changes))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "1",
        '{"key": NaN}',
        '{"key": 1e999999999}',
        '{"key": "A", "key": "B"}',
        "[" * 100_000,
        '{"key": ' + "9" * 5000 + "}",
        '{"subjects": {"a": 1}, "floors": 5, "figures": [], "forms": "x", "levels": null, "maxima": 1, "document": 7}',
        '{"subjects": [1, null], "floors": ["x"], "figures": {"hour.minutes": null}, "vectors": [[]]}',
        " " * 2_000_000,
    ],
)
def test_what_is_no_pack_is_refused_with_a_sentence(content):
    assert _problems(content)


def test_a_huge_number_does_not_take_the_memory():
    found = _problems(_changed().replace('"value": 45', '"value": 1e999999999'))
    assert "$.figures.hour.minutes.value" in found


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 99)
    | st.sampled_from(["", "x", "PUBLIC", "1/2", "floor.total", 0.5, 1.25]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["value", "source", "key", "share"]), inner)
    ),
    max_leaves=6,
)


def _places(raw: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = list(raw.items()) if isinstance(raw, dict) else list(enumerate(raw)) if isinstance(raw, list) else []
    return [path, *(place for name, value in inner for place in _places(value, (*path, name)))]


_SMALL = {**draft_json(), "vectors": draft_json()["vectors"][:3]}
_PLACES = [place for place in _places(_SMALL) if place]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_PLACES), _json), min_size=1, max_size=3))
def test_whatever_is_changed_the_pack_is_read_or_refused_never_broken(changes):
    raw = deepcopy(_SMALL)
    for path, value in changes:
        place: Any = raw
        try:
            for name in path[:-1]:
                place = place[name]
            place[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    try:
        policy = parse_pack(json.dumps(raw))
    except RuleError as refusal:
        assert isinstance(refusal, InvalidPack)
        assert refusal.problems
    else:
        assert policy.floors

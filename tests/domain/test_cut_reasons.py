"""Why credits do not count, on paper: in Chinese, never by the key of the rule."""

import re
from decimal import Decimal

import pytest

from domain.credit_policy import evaluate
from domain.cut_reasons import said
from domain.evaluation import Cut
from tests.domain.policy_samples import DRAFT, PACKS, entry, pack


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("reversal", "已冲销，不计入"),
        ("dup.same_course_per_cycle", "重复学习，2.5学分不计入"),
        ("hour.max_per_day", "超出每天学时的上限，2.5学分不计入"),
        ("online.max_hours_per_day", "超出每天学时的上限，2.5学分不计入"),
        ("cap.form.F2", f"超出“{DRAFT.form('F2').label}”的年度上限，2.5学分不计入"),
    ],
)
def test_each_cut_has_its_words(rule: str, sentence: str) -> None:
    assert said(Cut(rule=rule, credits=Decimal("2.5")), DRAFT) == sentence


def test_a_maximum_is_called_by_its_label() -> None:
    policy = next(found for found in map(pack, PACKS) if found.maxima)
    for maximum in policy.maxima:
        assert (
            said(Cut(rule=maximum.key, credits=Decimal(1)), policy) == f"超出“{maximum.label}”的年度上限，1学分不计入"
        )


def test_what_an_evaluation_cuts_is_said_without_a_key() -> None:
    entries = [entry(1, "PROFESSIONAL", "25", form="F2"), entry(2, "PROFESSIONAL", "25", form="F2")]
    outcomes = evaluate(entries, DRAFT, 2025).entries
    reasons = [said(cut, DRAFT) for outcome in outcomes for cut in outcome.cuts]
    assert reasons
    assert not re.search(r"[a-z_]", "".join(reasons))

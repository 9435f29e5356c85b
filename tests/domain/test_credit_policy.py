"""A person's year under the shipped packs: boundaries, what is cut and why, who owes what."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from domain.credit_entries import BadEntry
from domain.credit_policy import BadYear, Exemption, evaluate
from domain.policy import UnknownWord
from domain.policy_check import run_vectors
from tests.domain.policy_samples import DRAFT, PACKS, TRIAL, enough, entry, pack


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_vector_of_every_pack_comes_out_as_the_pack_says(path):
    results = run_vectors(pack(path))
    assert results
    assert {result.vector.name: result.differences for result in results if not result.passed} == {}


def test_a_vector_with_a_wrong_result_is_found():
    vector = replace(
        DRAFT.vectors[0], expect={"compliant": True, "missing": {"ANY": 9}, "totals": {"NONE": 1}, "lines": 1}
    )
    (result,) = run_vectors(replace(DRAFT, vectors=(vector,)))
    assert [difference.split("：")[0] for difference in result.differences] == [
        "compliant",
        "missing.ANY",
        "totals.NONE",
        "lines",
    ]


@pytest.mark.parametrize(
    ("public", "professional", "exam", "compliant"),
    [
        ("10", "50", "10", True),
        ("10", "49.9", "10", False),  # 59.9 in all
        ("10", "50.1", "10", True),
        ("9.9", "50.1", "10", False),
        ("20", "40", "10", True),
        ("20.1", "39.9", "10", False),
        ("10", "50", "9.9", False),
        ("10", "50", "0", False),
    ],
)
def test_boundaries_are_exact(public, professional, exam, compliant):
    entries = [entry(1, "PUBLIC", public), entry(2, "PROFESSIONAL", exam, exam=True)]
    entries.append(entry(3, "PROFESSIONAL", str(Decimal(professional) - Decimal(exam))))
    assert evaluate(entries, DRAFT, 2025).compliant is compliant


def test_amounts_have_one_decimal_place_and_are_exact():
    found = evaluate([entry(n, "PUBLIC", "0.1") for n in range(1, 4)], DRAFT, 2025)
    assert str(found.total) == "0.3"
    assert {key: str(value) for key, value in found.missing.items()} == {
        "PUBLIC": "9.7",
        "PROFESSIONAL": "40.0",
        "ANY": "10.0",
        "EXAM": "10.0",
    }


def test_a_share_of_the_total_is_reached_exactly():
    """Two thirds of 90 are 60, not 59.999."""
    floor = next(floor for floor in evaluate([], TRIAL, 2025).floors if floor.key == "floor.professional")
    assert floor.required == Decimal("60.0")


# --- What is cut stays visible ----------------------------------------------------------------------------------------


def test_a_cap_cuts_the_later_entry_and_says_why():
    early = entry(7, "PROFESSIONAL", "15", form="F4", earned_on=date(2025, 3, 1))
    late = entry(3, "PROFESSIONAL", "12.5", form="F4", earned_on=date(2025, 9, 1))
    found = evaluate([late, early], DRAFT, 2025)
    assert {outcome.id: (outcome.counted, outcome.cuts) for outcome in found.entries}[7] == (Decimal("15.0"), ())
    outcome = next(outcome for outcome in found.entries if outcome.id == 3)
    assert outcome.counted == Decimal("5.0")
    assert [(cut.rule, cut.credits) for cut in outcome.cuts] == [("cap.form.F4", Decimal("7.5"))]
    (step,) = [step for step in found.trace if step.kind == "CAP"]
    assert (step.rule, step.entries, step.cut, step.article) == ("cap.form.F4", (3,), Decimal("7.5"), 16)
    assert "20" in step.sentence and "7.5" in step.sentence
    assert step.source


def test_of_entries_of_one_day_the_smaller_id_is_counted_first():
    entries = [entry("10", "PUBLIC", "8", form="F5"), entry("9", "PUBLIC", "8", form="F5")]
    counted = {outcome.id: outcome.counted for outcome in evaluate(entries, DRAFT, 2025).entries}
    assert counted == {"9": Decimal("8.0"), "10": Decimal("2.0")}


def test_caps_are_of_a_year():
    entries = [entry(n, "PUBLIC", "10", form="F5", earned_on=date(2023 + n, 5, 1)) for n in (1, 2)]
    assert evaluate(entries, DRAFT, 2025).cut == 0


def test_public_credits_of_a_form_do_not_push_out_professional_ones_that_a_floor_needs():
    needed = [
        entry(1, "PUBLIC", "40"),
        entry(2, "PROFESSIONAL", "20", exam=True),
        entry(3, "PROFESSIONAL", "20", form="F4", earned_on=date(2025, 11, 1)),
    ]
    assert evaluate(needed, DRAFT, 2025).compliant
    more = entry(4, "PUBLIC", "20", form="F4", earned_on=date(2025, 1, 2))
    found = evaluate([*needed, more], DRAFT, 2025)
    assert found.compliant
    assert found.cut == 20


def test_the_exam_line_is_not_cut_by_the_cap_of_a_form():
    exams = [entry(1, "PROFESSIONAL", "15", form="F5", exam=True)]
    found = evaluate(exams, DRAFT, 2025)
    assert (found.total, found.exam, found.missing["EXAM"]) == (Decimal("10.0"), Decimal("15.0"), Decimal("0.0"))


@pytest.mark.parametrize(
    ("days", "hours", "counted"),
    [
        ((1, 1), ("5", "5"), ("5.0", "3.0")),
        ((1, 1), ("4", "4"), ("4.0", "4.0")),
        ((1, 1), ("8", "0.5"), ("8.0", "0.0")),
        ((1, 1), ("5", "5.5"), ("5.0", "3.0")),
        ((2, 1), ("17", "8"), ("16.0", "8.0")),  # hours over several days have the room of several days
        ((None, None), ("50", "6"), ("50.0", "6.0")),  # nobody knows over how many days
    ],
)
def test_a_day_has_only_so_many_hours(days, hours, counted):
    entries = [
        entry(n, "PUBLIC", hour, hours=Decimal(hour), days=day)
        for n, (day, hour) in enumerate(zip(days, hours, strict=True))
    ]
    found = evaluate(entries, DRAFT, 2025)
    assert tuple(str(outcome.counted) for outcome in found.entries) == counted
    assert {cut.rule for outcome in found.entries for cut in outcome.cuts} <= {"hour.max_per_day"}


def test_many_hours_on_one_date_without_days_are_pointed_out_but_not_cut():
    entries = [entry(n, "PUBLIC", "6", hours=Decimal(6)) for n in (1, 2)]
    found = evaluate(entries, DRAFT, 2025)
    assert found.cut == 0
    assert [step.entries for step in found.trace if step.kind == "NOTE"] == [(1, 2)]


def test_a_course_counts_once_with_its_best_result():
    entries = [
        entry(1, "PUBLIC", "4", course="安全生产", earned_on=date(2025, 2, 1)),
        entry(2, "PUBLIC", "6", course="安全生产", earned_on=date(2025, 3, 1)),
        entry(3, "PUBLIC", "6", course="安全生产", earned_on=date(2025, 4, 1)),
    ]
    found = evaluate(entries, DRAFT, 2025)
    assert [str(outcome.counted) for outcome in found.entries] == ["0.0", "6.0", "0.0"]
    assert found.cut == 10


def test_the_lines_of_one_activity_are_no_repetition():
    lines = [
        entry(1, "PUBLIC", "4", course="新工艺", activity="a1", earned_on=date(2025, 2, 1)),
        entry(2, "PROFESSIONAL", "12", course="新工艺", activity="a1", earned_on=date(2025, 2, 2)),
    ]
    assert evaluate(lines, DRAFT, 2025).cut == 0


def test_frozen_credits_stand_apart_and_the_answer_with_them_is_given():
    entries = [*enough(), entry(1, "PUBLIC", "3")]
    entries[1] = replace(entries[1], frozen=True)
    found = evaluate(entries, DRAFT, 2025)
    assert (found.total, found.frozen, found.posted) == (Decimal("23.0"), Decimal("40.0"), Decimal("63.0"))
    assert (found.compliant, found.compliant_with_frozen) == (False, True)
    assert found.status == "NOT_MET"


def test_a_reversal_takes_back_exactly_what_was_posted():
    back = entry(200, "PROFESSIONAL", "-40", reverses=101, earned_on=date(2025, 6, 30))
    found = evaluate([*enough(), back], DRAFT, 2025)
    assert (found.total, found.posted, found.cut) == (Decimal("20.0"), Decimal("20.0"), Decimal("0.0"))
    assert [step.entries for step in found.trace if step.kind == "REVERSED"] == [(101, 200)]


def test_entries_of_other_years_are_named_and_left_out():
    found = evaluate([*enough(), entry(1, "PUBLIC", "30", earned_on=date(2024, 12, 31))], DRAFT, 2025)
    assert found.total == 60
    (step,) = [step for step in found.trace if step.kind == "OUTSIDE"]
    assert step.entries == (1,)
    outside = next(outcome for outcome in found.entries if outcome.id == 1)
    assert (outside.year, outside.outside) == (None, Decimal("30"))


# --- Who owes what ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "first_certificate", "status"),
    [
        (2020, None, "NOT_OBLIGED"),  # before the policy
        (2021, None, "NOT_MET"),
        (2021, date(2020, 12, 31), "NOT_MET"),
        (2021, date(2021, 1, 1), "NOT_OBLIGED"),  # from the year after the certificate
        (2022, date(2021, 1, 1), "NOT_MET"),
        (2025, date(2026, 1, 1), "NOT_OBLIGED"),
    ],
)
def test_the_obligation_begins_in_the_year_after_the_certificate(year, first_certificate, status):
    entries = [entry(1, "PUBLIC", "5", earned_on=date(year, 6, 1))]
    found = evaluate(entries, DRAFT, year, obligation_start=first_certificate)
    assert found.status == status
    assert found.obliged is (status == "NOT_MET")
    assert found.total == 5, "credits without an obligation are shown all the same"
    assert found.compliant is (not found.obliged)


def test_a_year_before_the_trial_pack_was_in_force_for_its_whole_length_is_not_owed():
    assert evaluate([], TRIAL, 2020).status == "NOT_OBLIGED"
    assert evaluate([], TRIAL, 2021).status == "NOT_MET"


def test_who_has_no_certificate_owes_nothing():
    found = evaluate(enough(), DRAFT, 2025, certified=False)
    assert (found.status, found.total) == ("NOT_OBLIGED", Decimal("60.0"))


@pytest.mark.parametrize(("ended_on", "status"), [(date(2025, 12, 31), "NOT_OBLIGED"), (date(2026, 1, 1), "NOT_MET")])
def test_the_year_in_which_the_obligation_ends_is_not_owed(ended_on, status):
    assert evaluate([], DRAFT, 2025, obligation_end=ended_on).status == status


def test_exempted_months_lower_the_floors():
    found = evaluate([], DRAFT, 2025, exemptions=[Exemption(year=2025, months=5, reason="产假")])
    assert {floor.key: str(floor.required) for floor in found.floors} == {
        "floor.total": "35.0",
        "floor.public": "5.9",  # 5.8333 is reached by 5.9 and by no less
        "floor.professional": "23.4",
        "floor.exam_credits": "5.9",
    }
    whole = evaluate([], DRAFT, 2025, exemptions=[Exemption(year=2025, months=12, reason="服役")])
    assert whole.status == "NOT_OBLIGED"
    assert evaluate([], DRAFT, 2025, exemptions=[Exemption(year=2024, months=12, reason="服役")]).status == "NOT_MET"


# --- Refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"subject": "OTHER"}, UnknownWord),
        ({"form": "F9"}, UnknownWord),
        ({"credits": Decimal("1.25")}, BadEntry),
        ({"credits": Decimal("NaN")}, BadEntry),
        ({"credits": Decimal("-1")}, BadEntry),
        ({"credits": Decimal("1e30")}, BadEntry),
        ({"hours": Decimal("-1")}, BadEntry),
        ({"days": 0}, BadEntry),
        ({"earned_on": date(1, 1, 1)}, BadEntry),
        ({"makeup_for": 9999}, BadEntry),
        ({"credits": Decimal("-1"), "reverses": 5}, BadEntry),
        ({"credits": Decimal("-9"), "reverses": 100}, BadEntry),
        ({"id": 100}, BadEntry),
    ],
)
def test_an_entry_that_cannot_be_is_refused_with_a_sentence(wrong, refusal):
    bad = entry(**{"number": 1, "subject": "PUBLIC", "credits": "1"})
    with pytest.raises(refusal) as caught:
        evaluate([*enough(), replace(bad, **wrong)], DRAFT, 2025)
    assert any("\u4e00" <= character <= "\u9fff" for character in caught.value.message)


def test_an_entry_is_not_reversed_twice():
    backs = [entry(n, "PUBLIC", "-10", reverses=100) for n in (1, 2)]
    with pytest.raises(BadEntry, match="两次"):
        evaluate([*enough(), *backs], DRAFT, 2025)


@pytest.mark.parametrize("year", [1989, 2101, 0, -5])
def test_a_year_out_of_range_is_refused(year):
    with pytest.raises(BadYear):
        evaluate([], DRAFT, year)


def test_an_unknown_level_is_refused_where_floors_depend_on_it():
    by_level = pack(next(path for path in PACKS if path.stem == "NEIMENG-3YEARS"))
    with pytest.raises(UnknownWord, match="技能等级"):
        evaluate([], by_level, 2024, level="特级")
    assert evaluate([], DRAFT, 2025, level="特级").level is None


# --- The trace --------------------------------------------------------------------------------------------------------


def test_every_step_names_a_rule_and_says_a_sentence():
    entries = [*enough(), entry(1, "PUBLIC", "30", form="F4"), entry(2, "PUBLIC", "3", frozen=True)]
    trace = evaluate(entries, DRAFT, 2025).trace
    assert [step for step in trace if not step.rule or not step.sentence] == []
    assert [step for step in trace if step.kind != "FROZEN" and not (step.article and step.source)] == []
    assert trace[0].kind == "OBLIGATION"
    assert trace[-1].kind == "RESULT"


def test_words_of_the_pack_are_understood_by_key_label_and_synonym():
    words = ["PUBLIC", "public", "公共科目", " 公共 "]
    entries = [
        entry(n, word, "1", form=form)
        for n, (word, form) in enumerate(zip(words, ["F1", "f1", "培训班", ""], strict=True))
    ]
    assert evaluate(entries, DRAFT, 2025).totals["PUBLIC"] == 4


def test_an_evaluation_becomes_json_without_numbers_that_lose_digits():
    large = 2**62 + 1
    made = evaluate([*enough(), entry(large, "PUBLIC", "30", form="F4")], DRAFT, 2025).as_json()
    text = json.dumps(made, ensure_ascii=False)
    assert json.loads(text) == made
    assert made["total"] == "80.0"
    assert made["missing"] == {"PUBLIC": "0.0", "PROFESSIONAL": "0.0", "ANY": "0.0", "EXAM": "0.0"}
    assert str(large) in [outcome["id"] for outcome in made["entries"]]
    assert any(str(large) in step["entries"] for step in made["trace"])
    assert made["status"] == "MET"
    assert made["policy_sha256"] == DRAFT.sha256

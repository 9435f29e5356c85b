"""The forms of art. 16: who may file which, what each asks, and the rules of the parts only some have."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.base_content import FeeItem, FeeUnit, Scope
from domain.filing_changes import differences
from domain.filing_content import FilingContent, Paper, canonical, from_canonical
from domain.filing_forms import FORMS, forms_for, section_keys, sections_of
from domain.filing_parse import Problem, parse
from domain.filing_part_parse import Choices
from domain.filing_part_review import part_findings
from domain.filing_parts import Level, show_money
from domain.filing_rules import check
from domain.filing_shown import shown_parts
from domain.public_activities import public_content
from domain.roles import Role
from tests.domain.filing_samples import CALENDAR, FIGURES, PLAN, SUBJECTS, TODAY
from tests.domain.form_samples import LECTURE, draft_of

PARTNERS = {"7": "永康市方岩职业技能培训学校"}
JOINT = {"mode": "joint", "organization": "7", "duties": "单位组织学员，基地派教师"}
LIMITS = {Level.COUNTY: Decimal(10), Level.CITY: Decimal(15)}


def problems(
    raw: dict[str, Any], form: str, *, free: bool = False, plan: tuple[Paper, ...] = PLAN, organizer: str = ""
) -> tuple[Problem, ...]:
    choices = Choices(partners=PARTNERS, free=free)
    parsed = parse(raw, form=form, subjects=SUBJECTS, plan=plan, choices=choices)
    figures = replace(FIGURES, form=form, by_employer=form == "F3", free=free, rank_limits=LIMITS, organizer=organizer)
    return check(parsed, figures, today=TODAY, calendar=CALENDAR)


def wrong(raw: dict[str, Any], form: str, **how: Any) -> list[tuple[str, str]]:
    return [(problem.section, problem.field) for problem in problems(raw, form, **how) if not problem.hint]


def content_of(form: str, **changes: Any) -> FilingContent:
    raw = draft_of(form, **changes)
    found = parse(raw, form=form, subjects=SUBJECTS, plan=PLAN, choices=Choices(partners=PARTNERS)).content
    assert found is not None
    return found


# --- Who files what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "capacities", "forms"),
    [
        (Role.EMPLOYER_CLERK, {"employer"}, ("F3", "F4", "F4_VOLUNTEER", "F5")),
        (Role.BASE_CLERK, {"training_base", "employer"}, ("F1", "F2", "F5")),
        (Role.EMPLOYER_CLERK, {"training_base", "employer"}, ("F3", "F4", "F4_VOLUNTEER", "F5")),
        (Role.ORGANIZER_CLERK, {"industry_body"}, ("F2", "F4", "F4_VOLUNTEER", "F5")),
        (Role.ORGANIZER_CLERK, {"government"}, ("F1", "F2")),
        (Role.ORGANIZER_CLERK, {"employer"}, ()),
        (Role.EMPLOYER_CLERK, set(), ()),
        (Role.BASE_MANAGER, {"training_base"}, ()),
        (Role.COUNTY_OFFICER, {"government"}, ()),
    ],
)
def test_an_organisation_files_what_its_capacity_is_for(role: Role, capacities: set[str], forms: tuple[str]) -> None:
    assert forms_for(role, capacities) == forms


def test_each_form_asks_only_what_it_needs() -> None:
    for form in FORMS:
        keys = section_keys(form.key, "lecture")
        assert ("competition" in keys) == (form.key == "F2")
        assert ("partner" in keys) == (form.key == "F3")
        assert ("work_training" in keys and "periods" in keys) == (form.key == "F4")
        assert ("service" in keys) == (form.key == "F4_VOLUNTEER")
        assert ("other" in keys) == (form.key == "F5")
        assert {"basics", "subjects", "sessions", "people", "plan"} <= set(keys)
    assert "teachers" not in section_keys("F2", "competition")
    assert {"events", "judges", "awards"} <= set(section_keys("F2", "competition"))
    assert {"events", "judges", "awards"}.isdisjoint(section_keys("F2", "visit"))
    assert next(section.label for section in sections_of("F4") if section.key == "teachers") == "带教师傅"


@pytest.mark.parametrize("form", [form.key for form in FORMS])
def test_a_right_draft_of_each_form_has_no_problem_and_comes_back(form: str) -> None:
    assert wrong(draft_of(form), form) == []
    content = content_of(form)
    assert from_canonical(canonical(content)) == content
    assert shown_parts(content) or form in ("F1",)


def test_a_lecture_has_speakers_and_no_judges() -> None:
    raw = {**draft_of("F2", competition=LECTURE), "teachers": draft_of("F1")["teachers"]}
    assert wrong(raw, "F2") == []
    del raw["teachers"]
    assert ("teachers", "rows-0-name") in wrong(raw, "F2")


@pytest.mark.parametrize(
    ("form", "changes", "section", "field"),
    [
        ("F2", {"competition__kind": ""}, "competition", "kind"),
        ("F2", {"competition__level": "WORLD"}, "competition", "level"),
        ("F2", {"events__0__name": ""}, "events", "rows-0-name"),
        ("F2", {"events": {"rows": []}}, "events", "rows-0-name"),
        ("F2", {"judges__0__role": "judge"}, "judges", "rows-0-role"),
        ("F2", {"judges__1__name": "王建国", "judges__1__unit": "金职技师学院"}, "judges", "rows-1-name"),
        ("F2", {"awards__0__credits": "10.5"}, "awards", "rows-0-credits"),
        ("F2", {"awards__1__places": "0"}, "awards", "rows-1-places"),
        ("F2", {"awards__1__rank": "一等奖"}, "awards", "rows-1-rank"),
        ("F3", {"partner__mode": ""}, "partner", "mode"),
        ("F3", {"partner": {"mode": "joint", "organization": "8", "duties": "x"}}, "partner", "organization"),
        ("F3", {"partner": {"mode": "joint", "organization": "7", "duties": ""}}, "partner", "duties"),
        ("F4", {"work_training__ends": "2026-05"}, "work_training", "ends"),
        ("F4", {"work_training__starts": "六月"}, "work_training", "starts"),
        ("F4", {"periods__1__month": "2026-06"}, "periods", "rows-1-month"),
        ("F4", {"periods__1__month": "2026-09"}, "periods", ""),
        ("F4", {"work_training__starts": "2026-07", "periods__0": None}, "sessions", "rows-0-on"),
        ("F4_VOLUNTEER", {"service__phone": "12"}, "service", "phone"),
        ("F4_VOLUNTEER", {"service__email": "shequ"}, "service", "email"),
        ("F4_VOLUNTEER", {"service__beneficiary": ""}, "service", "beneficiary"),
        ("F5", {"other__reason": ""}, "other", "reason"),
        ("F1", {"fees__cost": "36000.01"}, "fees", "cost"),
        ("F1", {"fees__cost": "-1"}, "fees", "cost"),
        ("F1", {"fees__per_person": "0"}, "fees", "per_person"),
        ("F1", {"fees__public_benefit": "yes"}, "fees", "per_person"),
        ("F1", {"fees__person": "", "fees__unit": "36000"}, "fees", "person"),
        ("F1", {"fees__sponsor": "100"}, "fees", "sponsor_name"),
        ("F1", {"fees__commissioned": "yes"}, "fees", "commissioned_by"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(form: str, changes: dict[str, Any], section: str, field: str) -> None:
    assert (section, field) in wrong(draft_of(form, **changes), form)


def test_the_beneficiary_is_somebody_else() -> None:
    raw = draft_of("F4_VOLUNTEER")
    assert wrong(raw, "F4_VOLUNTEER", organizer=raw["service"]["beneficiary"]) == [("service", "beneficiary")]


# --- Money (arts. 37, 38) ---------------------------------------------------------------------------------------------


def test_what_a_government_body_holds_is_free() -> None:
    """INV-27: no fee is read even when one is sent, and none is paid by persons."""
    raw = draft_of("F1", fees__state="36000", fees__person="")
    assert wrong(raw, "F1", free=True) == []
    parsed = parse(raw, form="F1", subjects=SUBJECTS, plan=PLAN, choices=Choices(free=True))
    assert parsed.fees is not None and parsed.fees.per_person == 0 and parsed.fees.is_public_benefit
    assert wrong(draft_of("F1"), "F1", free=True) == [("fees", "person")]


def test_a_commissioned_activity_shows_selection_and_contract() -> None:
    """INV-28."""
    raw = draft_of(
        "F1",
        fees__commissioned="yes",
        fees__commissioned_by="永康市经济和信息化局",
        fees__selection="公开招标，2026年3月12日",
        fees__contract="YKZC2026-031",
    )
    assert wrong(raw, "F1") == [("plan", "file"), ("plan", "file")]
    selection = Paper(name="遴选.pdf", size=9, sha256="cd" * 32, kind="selection")
    contract = Paper(name="合同.pdf", size=9, sha256="ef" * 32, kind="contract")
    assert wrong(raw, "F1", plan=(*PLAN, selection)) == [("plan", "file")]
    assert wrong(raw, "F1", plan=(*PLAN, selection, contract)) == []
    assert ("plan", "file") in wrong(raw, "F1", plan=(selection, contract)), "they are no plan"


def test_a_sum_that_does_not_fit_the_quota_is_a_hint() -> None:
    found = problems(draft_of("F1", people__quota="100"), "F1")
    assert [(problem.field, problem.hint) for problem in found if problem.section == "fees"] == [("person", True)]


def test_money_is_written_as_people_write_it() -> None:
    assert [show_money(Decimal(text)) for text in ("1200", "12.5", "0.05", "1E+3")] == [
        "1200 元", "12.50 元", "0.05 元", "1000 元",
    ]  # fmt: skip
    assert wrong(draft_of("F1", fees__cost="３６，０００ 元".replace("，", ","), fees__person="36000元"), "F1") == []


# --- A base within what it has published (arts. 8, 10) ----------------------------------------------------------------

SCOPE = Scope(
    base_id=1,
    state="published",
    subjects=frozenset({"PUBLIC", "PROFESSIONAL"}),
    ranks={"焊工": frozenset({3}), "电工": frozenset({3})},
    may_file=True,
)
RATES = (
    FeeItem(item="公共服务费", occupation="", amount=Decimal(20), unit=FeeUnit.CLASS),
    FeeItem(item="焊工实训", occupation="焊工", amount=Decimal(15), unit=FeeUnit.HOUR),
)


def of_base(raw: dict[str, Any], scope: Scope = SCOPE, *, blocks: bool = True) -> list[tuple[str, str, bool]]:
    parsed = parse(raw, form="F1", subjects=SUBJECTS, plan=PLAN)
    figures = replace(FIGURES, form="F1", by_employer=False, scope=scope, scope_blocks=blocks, published_fees=RATES)
    found = check(parsed, figures, today=TODAY, calendar=CALENDAR)
    return [
        (one.section, one.field, one.hint) for one in found if one.section in ("basics", "subjects", "people", "fees")
    ]


def test_a_base_files_inside_its_scope() -> None:
    inside = draft_of("F1", fees__per_person="260", fees__person="31200", fees__cost="31200")
    assert of_base(inside) == []
    outside = {**inside, "people": {**inside["people"], "occupations": "焊工、瓦工"}}
    assert of_base(outside) == [("people", "occupations", False)]
    assert of_base(outside, blocks=False) == [("people", "occupations", True)]
    assert of_base(inside, replace(SCOPE, subjects=frozenset({"PUBLIC"}))) == [("subjects", "rows-0-subject", False)]
    assert of_base(inside, replace(SCOPE, may_file=False)) == [("basics", "title", False)]


def test_a_base_takes_no_more_than_it_has_published() -> None:
    """20 yuan for the class and 15 for each of 16 hours (INV-08)."""
    dear = draft_of("F1", fees__per_person="260.01", fees__person="31201.2", fees__cost="31200")
    assert of_base(dear) == [("fees", "per_person", False)]
    content = parse(dear, form="F1", subjects=SUBJECTS, plan=PLAN).content
    assert content is not None
    figures = replace(FIGURES, form="F1", scope=SCOPE, published_fees=RATES)
    found = {one.label: one for one in part_findings(content, figures, in_city=False)}
    assert not found["收费"].ok and "260 元" in found["收费"].detail
    assert found["基地范围"].ok


# --- What others see of it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "changes", "label"),
    [
        ("F2", {"awards__0__credits": "9"}, "名次 一等奖"),
        ("F2", {"judges__1__name": "陈平"}, "裁判"),
        ("F2", {"competition__level": "CITY"}, "级别"),
        ("F4", {"periods__0__goal": "会对刀"}, "月份 2026-06"),
        ("F4_VOLUNTEER", {"service__work": "义务检修"}, "服务内容"),
        ("F5", {"other__counting": "按次"}, "学时怎样计算"),
        ("F1", {"fees__cost": "30000"}, "预计总费用"),
    ],
)  # fmt: skip
def test_a_change_of_a_part_is_told(form: str, changes: dict[str, Any], label: str) -> None:
    found = differences(content_of(form), content_of(form, **changes), SUBJECTS)
    assert [difference.label for difference in found] == [label]


def test_going_on_alone_is_a_difference() -> None:
    found = differences(content_of("F3", partner=JOINT), content_of("F3"), SUBJECTS)
    assert {difference.section for difference in found} == {"partner"}
    assert found[0].before == "与永康市方岩职业技能培训学校联合举办" and found[0].after == "本单位自行举办"


def test_the_public_is_told_nothing_of_who_to_reach_at_the_beneficiary() -> None:
    shown = shown_parts(public_content(content_of("F4_VOLUNTEER")))["service"]
    said = "".join(text for _, text in shown.facts)
    assert "山川坛社区" in said
    assert not {"胡爱华", "057987112233", "shequ@example.com"} & set(said.split("，")) and "胡爱华" not in said


def test_the_officer_is_shown_what_to_look_at() -> None:
    figures = replace(FIGURES, form="F2", rank_limits=LIMITS, cap=Decimal(10))
    found = {one.label: one for one in part_findings(content_of("F2"), figures, in_city=False)}
    assert found["认定级别"].ok and found["裁判"].ok and found["名次学分"].ok
    assert not found["年度上限"].ok
    of_city = content_of("F2", competition__level="CITY")
    assert not {one.label: one for one in part_findings(of_city, figures, in_city=False)}["认定级别"].ok
    assert {one.label: one for one in part_findings(of_city, figures, in_city=True)}["认定级别"].ok
    paid = {one.label: one for one in part_findings(content_of("F1"), replace(FIGURES, form="F1"), in_city=False)}
    assert paid["经费来源"].ok and not paid["收费"].ok and "第十条" in paid["收费"].detail

"""Reading a base application, what of it is public, and what a published base may do and charge (arts. 8-10)."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from domain.base_content import (
    CONDITION_OF,
    BaseContent,
    BaseLevel,
    FeeItem,
    FeeUnit,
    Paper,
    Scope,
    canonical,
    disclosed,
    from_canonical,
    highest_fee,
    outside_scope,
    sha256_of,
)
from domain.base_parse import Known, parse, typed
from domain.base_shown import changes, words
from domain.base_workflow import BASE, OVER, SHOWN
from domain.errors import RuleError
from domain.roles import GRANTS, Permission, Role
from domain.skills import Occupation, occupation_spellings
from domain.workflow import Clock

SUBJECTS = {"PUBLIC": "公共科目", "PROFESSIONAL": "专业科目"}
LEVELS = {rank: f"第{rank}级" for rank in range(9)}
WELDER = Occupation("6-18-02-04", "2022", "焊工", ("电焊工",))
KNOWN = Known(subjects=SUBJECTS, occupations=occupation_spellings([WELDER]), levels=tuple(BaseLevel))
PAPERS = {key: (Paper(name="a.pdf", size=1, sha256="0" * 64),) for key in CONDITION_OF}
RIGHT: dict[str, Any] = {
    "basics": {"level": "county", "kind": "school", "place": "学院路", "phone": "13812345678", "contents": "焊接"},
    **{key: {"text": "有独立的实训场地八百平方米。"} for key in CONDITION_OF},
    "scope": {"subjects": list(SUBJECTS), "rows": [{"occupation": "电焊工", "lowest": "2", "highest": "4"}]},
    "teachers": {"rows": [{"name": "王强", "employment": "full_time", "title": "技师", "credentials": "证书123",
                           "field": "焊接"}]},
    "fees": {"free": "", "rows": [{"item": "培训费", "occupation": "焊工", "unit": "class", "amount": "1,200元"}]},
    "declaration": {"agreed": "yes", "signer": "李明"},
}  # fmt: skip


def content() -> BaseContent:
    found, problems = parse(RIGHT, PAPERS, KNOWN)
    assert problems == []
    assert found is not None
    return found


def test_a_right_draft_is_read() -> None:
    read = content()
    assert [(line.occupation, line.code, list(line.ranks)) for line in read.scope] == [("焊工", WELDER.code, [2, 3, 4])]
    assert read.fees == (FeeItem(item="培训费", occupation="焊工", unit=FeeUnit.CLASS, amount=Decimal(1200)),)
    assert read.full_time_share == 1


@pytest.mark.parametrize(
    ("section", "values", "field", "sentence"),
    [
        ("basics", {"level": "province"}, "level", "请选择申请级别"),
        ("basics", {"phone": "12345"}, "phone", "应为11位"),
        ("basics", {"place": ""}, "place", "请填写培训地址"),
        ("condition3", {"text": "有"}, "text", "过于简单"),
        ("scope", {"subjects": []}, "subjects", "至少勾选一类科目"),
        ("scope", {"subjects": ["EVIL"]}, "subjects", "至少勾选一类科目"),
        ("scope", {"rows": []}, "rows", "至少填写一个职业"),
        ("scope", {"rows": [{"occupation": "焊工", "lowest": "4", "highest": "2"}]}, "rows-0-highest", "不能低于"),
        ("scope", {"rows": [{"occupation": "焊工", "lowest": "９", "highest": "x"}]}, "rows-0-lowest", "最低等级"),
        ("scope", {"rows": [{"occupation": "焊工", "lowest": "2", "highest": "3"}] * 2}, "rows-1-occupation", "合并"),
        ("teachers", {"rows": []}, "rows", "至少填写一位教师"),
        ("fees", {"free": "yes"}, "free", "取消勾选"),
        ("fees", {"rows": []}, "rows", "不收费的"),
        ("fees", {"rows": [{"item": "费", "occupation": "厨师", "unit": "class", "amount": "1"}]}, "rows-0-occupation",
         "不在填写的继续教育范围内"),
        ("fees", {"rows": [{"item": "费", "occupation": "", "unit": "class", "amount": "-1"}]}, "rows-0-amount",
         "金额"),
        ("declaration", {"agreed": ""}, "agreed", "同意后勾选"),
        ("declaration", {"signer": "<b>"}, "signer", "姓名中不能有"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(section: str, values: dict[str, Any], field: str, sentence: str) -> None:
    draft = deepcopy(RIGHT)
    draft[section] |= values
    found, problems = parse(draft, PAPERS, KNOWN)
    assert found is None
    assert (problems[0].section, problems[0].field) == (section, field)
    assert sentence in problems[0].message


def test_nothing_written_is_a_problem_of_every_section() -> None:
    found, problems = parse({}, {}, KNOWN)
    assert found is None
    assert {each.section for each in problems} == set(RIGHT)


def test_a_city_organisation_applies_at_city_level() -> None:
    known = Known(subjects=SUBJECTS, occupations=KNOWN.occupations, levels=(BaseLevel.CITY,))
    assert [each.field for each in parse(RIGHT, PAPERS, known)[1]] == ["level"]


def test_the_same_content_has_the_same_seal_and_comes_back() -> None:
    plain = canonical(content())
    assert from_canonical(plain) == content()
    assert sha256_of(canonical(from_canonical(plain))) == sha256_of(plain)


def test_what_is_disclosed_holds_neither_evidence_nor_certificate_numbers() -> None:
    text = str(disclosed(content()))
    assert "焊接" in text
    for hidden in ("a.pdf", "证书123", "李明", "八百平方米"):
        assert hidden not in text


def test_a_page_of_rows_is_read_in_order_and_bounded() -> None:
    fields = {"rows-10-item": "乙", "rows-2-item": "甲", "rows-x-item": "无", "rows-2-evil": "无", "free": ""}
    assert [row["item"] for row in typed("fees", fields, {})["rows"]] == ["甲", "乙"]
    with pytest.raises(RuleError, match="最多填写"):
        typed("fees", {f"rows-{index}-item": "甲" for index in range(61)}, {})
    with pytest.raises(RuleError, match="最多 6000 个字"):
        typed("condition1", {"text": "字" * 6001}, {})


def test_only_what_is_said_otherwise_is_a_change() -> None:
    draft = deepcopy(RIGHT)
    draft["fees"]["rows"][0]["amount"] = "900"
    draft["teachers"]["rows"].append({**draft["teachers"]["rows"][0], "name": "赵六"})
    other, _ = parse(draft, PAPERS, KNOWN)
    assert other is not None
    before, after = (words(each, levels=LEVELS, subjects=SUBJECTS) for each in (content(), other))
    assert changes(before, before) == []
    found = {(each.label, each.before, each.after) for each in changes(before, after)}
    assert ("收费：培训费（焊工）", "1200 元/人·班", "900 元/人·班") in found
    assert len(found) == 2


SCOPE = Scope(
    base_id=1, state="published", subjects=frozenset({"PUBLIC", "PROFESSIONAL"}),
    ranks={"焊工": frozenset({2})}, may_file=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("subjects", "occupations", "sections"),
    [
        ({"PROFESSIONAL": "专业科目"}, ("焊工",), []),
        ({"PROFESSIONAL": "专业科目"}, ("焊工", "电工"), ["people"]),
        ({"PUBLIC": "公共科目"}, ("电工",), []),  # a public class is for every occupation
        ({"PUBLIC": "公共科目", "PROFESSIONAL": "专业科目"}, ("电工",), ["people"]),
        ({"OTHER": "行业公需"}, ("焊工",), ["subjects"]),
    ],
)
def test_what_lies_outside_the_scope(
    subjects: dict[str, str], occupations: tuple[str, ...], sections: list[str]
) -> None:
    found = outside_scope(SCOPE, subjects=subjects, occupations=occupations, professional="PROFESSIONAL")
    assert [section for section, _ in found] == sections


def test_the_highest_fee_adds_what_all_pay_to_the_dearest_occupation() -> None:
    items = tuple(
        FeeItem(item=item, occupation=occupation, unit=unit, amount=Decimal(amount))
        for item, occupation, unit, amount in (
            ("培训费", "焊工", FeeUnit.CLASS, 1200),
            ("培训费", "电工", FeeUnit.HOUR, 30),
            ("资料费", "", FeeUnit.CLASS, 50),
        )
    )
    for occupations, hours, most in (
        (("焊工",), 16, 1250),
        (("电工",), 16, 530),
        (("焊工", "电工"), 16, 1250),
        (("电工",), 60, 1850),
        (("钳工",), 16, 50),
        ((), 16, 50),
    ):
        assert highest_fee(items, occupations=occupations, hours=Decimal(hours)) == most
    assert highest_fee((), occupations=("焊工",), hours=Decimal(8)) == 0


def test_the_table_keeps_reviewers_leader_and_centre_apart() -> None:
    """Recognising and publishing are different rights (INV-05), and nobody who reviews decides."""
    for role in Role:
        granted = GRANTS[role] & {Permission.BASE_REVIEW, Permission.BASE_DECIDE, Permission.BASE_PUBLISH}
        assert len(granted) <= 1, role
    for action in ("approve", "recognise", "reject"):
        move = next(each for each in BASE.transitions if each.action == action)
        assert set(move.four_eyes) == {"examine", "confirm"}
    assert next(each for each in BASE.transitions if each.action == "confirm").four_eyes == ("examine",)


def test_every_state_is_reached_and_every_clock_has_its_limit() -> None:
    reached = {move.to_state for move in BASE.transitions} | {BASE.start}
    assert reached == {state.name for state in BASE.states}
    for move in BASE.transitions:
        assert (move.limit is not None) == (move.clock in (Clock.START, Clock.PAUSE, Clock.EXTEND)), move.action
    assert set(SHOWN) <= set(OVER)


@pytest.mark.parametrize(
    ("ranks", "said"),
    [(None, []), ((3, 4), []), ((2, 2), []), ((4, 5), ["二级/技师"]), ((1, 6), ["学徒工、二级/技师、一级/高级技师"])],
)
def test_levels_beyond_the_scope_are_named(ranks: tuple[int, int] | None, said: list[str]) -> None:
    scope = Scope(base_id=1, state="published", subjects=frozenset(SUBJECTS), ranks={"焊工": frozenset({2, 3, 4})},
                  may_file=True)  # fmt: skip
    asked = None if ranks is None else range(ranks[0], ranks[1] + 1)
    found = outside_scope(scope, subjects=SUBJECTS, occupations=("焊工",), professional="PROFESSIONAL", ranks=asked)
    assert found == [("levels", f"焊工的{each}不在本基地公布的等级范围内（第八条）") for each in said]
    # What is for everybody needs no level of the base.
    public = {"PUBLIC": "公共科目"}
    assert outside_scope(scope, subjects=public, occupations=("焊工",), professional="PROFESSIONAL", ranks=asked) == []

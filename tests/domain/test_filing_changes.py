"""What changed between two rounds: named as a person would, nothing more and nothing less."""

from typing import Any

import pytest

from domain.filing_changes import Difference, differences
from domain.filing_content import FilingContent, Paper
from domain.filing_parse import parse
from tests.domain.filing_samples import PLAN, SUBJECTS, draft


def content(plan: tuple[Paper, ...] = PLAN, **changes: Any) -> FilingContent:
    found = parse(draft(**changes), form="F3", subjects=SUBJECTS, plan=plan).content
    assert found is not None
    return found


def told(new: FilingContent) -> list[Difference]:
    return differences(content(), new, SUBJECTS)


@pytest.mark.parametrize(
    ("changes", "label", "before", "after"),
    [
        ({"basics__title": "新名称"}, "活动名称", "数控加工新工艺企业内训", "新名称"),
        ({"people__quota": "80"}, "计划人数", "120 人", "80 人"),
        ({"people__occupations": "焊工"}, "面向职业（工种）", "焊工、电工", "焊工"),
        ({"rights__leave_mode": "full"}, "学习方式", "半脱产", "脱产"),
        ({"subjects__1__hours": "13"}, "科目 专业科目《五轴加工》", "12 学时", "13 学时"),
        (
            {"subjects__1__title": "多轴加工"},
            "科目",
            "专业科目《五轴加工》：12 学时",
            "专业科目《多轴加工》：12 学时",
        ),
        (
            {"teachers__1__title": "技师"},
            "教师 李梅",
            "高级技师",
            "技师",
        ),
        (
            {"sessions__3__place": "三号车间"},
            "课次 2026年6月16日（周二）下午",
            "二号车间",
            "三号车间",
        ),
    ],
)
def test_one_change_is_told_as_one(changes: dict[str, Any], label: str, before: str, after: str) -> None:
    (difference,) = told(content(**changes))
    assert (difference.label, difference.before, difference.after) == (label, before, after)


def test_a_session_that_is_gone_and_one_that_came_are_told() -> None:
    (gone,) = told(content(sessions__3=None))
    assert gone.label == "课次（删除）"
    assert gone.before.startswith("2026年6月16日（周二）下午")
    assert gone.after == ""
    (came,) = differences(content(sessions__3=None), content(), SUBJECTS)
    assert (came.label, came.before) == ("课次（新增）", "")


def test_a_file_of_the_same_name_with_other_content_is_told() -> None:
    (difference,) = told(content(plan=(Paper(name="培训计划.pdf", size=20480, sha256="cd" * 32),)))
    assert difference.section_label == "培训计划附件"
    assert "abababababab" in difference.before
    assert "cdcdcdcdcdcd" in difference.after


def test_changes_come_in_the_order_of_the_pages() -> None:
    new = content(rights__wage_clause="按月支付", basics__place="二楼", sessions__0__topic="法律法规")
    assert [one.section for one in told(new)] == ["basics", "sessions", "sessions", "rights"]


def test_an_order_that_changed_is_told() -> None:
    raw = draft()
    raw["teachers"]["rows"].reverse()
    new = parse(raw, form="F3", subjects=SUBJECTS, plan=PLAN).content
    assert new is not None
    (difference,) = told(new)
    assert (difference.label, difference.before, difference.after) == ("教师的顺序", "王建国、李梅", "李梅、王建国")

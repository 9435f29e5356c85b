"""What results give, which evidence they need, and the seal that binds each step to them."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from domain.policy_pack import parse_pack
from domain.result_rows import Outcome
from domain.result_rules import (
    Plan,
    PlanLine,
    canonical,
    differences,
    earned,
    seal_of,
)

PACK = (Path(__file__).resolve().parents[2] / "policies" / "JH-2020-DRAFT.json").read_text("utf-8")
POLICY = parse_pack(PACK)
DAYS = (date(2026, 6, 8), date(2026, 6, 9))
PLAN = Plan(
    filing_id=7,
    title="内训",
    form="F3",
    lines=(
        PlanLine(id=1, subject="PUBLIC", title="法规", hours=Decimal(4)),
        PlanLine(id=2, subject="PROFESSIONAL", title="五轴", hours=Decimal(12)),
    ),
    sessions=tuple((on, 40) for on in DAYS for _ in range(2)),
)
ROW = (11, "甲", 160, 900, "passed", "", "", "")


def test_the_plan_knows_its_hours_and_days():
    assert (PLAN.hours, PLAN.days) == (Decimal(16), DAYS)


@pytest.mark.parametrize(
    ("hours", "outcome", "parts"),
    [
        ("16", Outcome.PASSED, ("4", "12")),
        ("12", Outcome.PASSED, ("3", "9")),  # three quarters of the hours: as many as attended
        ("11.9", Outcome.PASSED, ("0", "0")),  # less than three quarters: none
        ("0", Outcome.PASSED, ("0", "0")),
        ("16", Outcome.FAILED, ("0", "0")),
        ("16", Outcome.ABSENT, ("0", "0")),
        ("16", Outcome.BREACH, ("0", "0")),
    ],
)
def test_credits_follow_from_hours_and_outcome(hours, outcome, parts):
    result = earned(Decimal(hours), outcome, PLAN, POLICY)
    assert tuple(line.credits for line in result.lines) == tuple(Decimal(part) for part in parts)
    assert result.credits == sum(Decimal(part) for part in parts)
    assert result.reason


@pytest.mark.parametrize(
    ("outcome", "word"), [(Outcome.FAILED, "不合格"), (Outcome.ABSENT, "缺考"), (Outcome.BREACH, "纪律")]
)
def test_who_earns_nothing_reads_why(outcome, word):
    assert word in earned(Decimal(16), outcome, PLAN, POLICY).reason
    assert "75%" in earned(Decimal(8), Outcome.PASSED, PLAN, POLICY).reason


def content(rows=(ROW,), evidence=("aa", "bb"), note="", plan=PLAN):
    return canonical(plan, rows, evidence, note)


def test_the_seal_does_not_depend_on_any_order_and_survives_storage():
    other = (12, "乙", 160, None, "failed", "", "", "")
    seal = seal_of(content(rows=(ROW, other)))
    assert seal == seal_of(content(rows=(other, ROW), evidence=("bb", "aa")))
    assert seal == seal_of(json.loads(json.dumps(content(rows=(ROW, other)))))


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": ()},
        {"rows": ((12, *ROW[1:]),)},
        {"rows": ((*ROW[:2], 159, *ROW[3:]),)},
        {"rows": ((*ROW[:3], None, *ROW[4:]),)},
        {"rows": ((*ROW[:4], "failed", "", "", ""),)},
        {"rows": ((*ROW[:5], "焊接", "一等奖", ""),)},
        {"rows": ((*ROW[:7], "补"),)},
        {"evidence": ("aa",)},
        {"note": "x"},
        {"plan": Plan(filing_id=8, title="内训", form="F3", lines=PLAN.lines, sessions=PLAN.sessions)},
        {"plan": Plan(filing_id=7, title="内训", form="F3", lines=PLAN.lines[:1], sessions=PLAN.sessions)},
        {"plan": Plan(filing_id=7, title="内训", form="F3", lines=PLAN.lines, sessions=PLAN.sessions[:3])},
    ],
)
def test_the_seal_changes_with_everything_that_matters(changed):
    assert seal_of(content()) != seal_of(content(**changed))


def test_what_a_second_release_changed_is_said_person_by_person():
    before = content(rows=(ROW, (12, "乙", 120, 600, "passed", "", "", "")))
    after = content(rows=((11, "甲", 125, None, "failed", "", "", "早退"), (13, "丙", 160, 800, "passed", "", "", "")),
                    evidence=("bb", "cc", "dd"), note="说明")  # fmt: skip
    found = {difference.label: (difference.before, difference.after) for difference in differences(before, after)}
    assert found == {
        "甲": ("16 学时，90 分，合格", "12.5 学时，不合格，早退"),
        "乙": ("12 学时，60 分，合格", ""),
        "丙": ("", "16 学时，80 分，合格"),
        "佐证材料": ("移除 1 个文件", "新增 2 个文件"),
        "情况说明": ("", "说明"),
    }
    assert differences(before, before) == []

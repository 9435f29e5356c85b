"""A right draft of each form of art. 16, made from the one of tests/domain/filing_samples.py."""

from copy import deepcopy
from typing import Any

from domain.filing_forms import section_keys
from tests.domain.filing_samples import changed, draft

_MONEY = {"cost": "8000", "per_person": "0", "public_benefit": "yes", "unit": "8000"}
_PARTS: dict[str, dict[str, Any]] = {
    "F1": {"fees": {"cost": "36000", "per_person": "300", "person": "36000"}},
    "F2": {
        "competition": {
            "kind": "competition",
            "level": "COUNTY",
            "host": "永康市总工会",
            "basis": "永人社发〔2026〕12号",
        },
        "events": {"rows": [{"name": "焊接", "occupation": "焊工", "standard": "国家职业标准三级"}]},
        "judges": {
            "rows": [
                {"name": "王建国", "unit": "金职技师学院", "credential": "省级裁判员证 123", "role": "chief"},
                {"name": "李梅", "unit": "永力五金", "credential": "高级技师", "role": "judge"},
            ]
        },
        "awards": {
            "rows": [
                {"rank": "一等奖", "places": "1", "credits": "10"},
                {"rank": "二等奖", "places": "2", "credits": "8"},
            ]
        },
        "fees": _MONEY,
    },
    "F3": {},
    "F4": {
        "work_training": {"post": "数控车床操作", "tasks": "加工轴类零件", "starts": "2026-06", "ends": "2026-07"},
        "periods": {
            "rows": [
                {"month": "2026-06", "content": "机床操作与安全", "goal": "独立装夹对刀"},
                {"month": "2026-07", "content": "编程与调试", "goal": "独立加工合格件"},
            ]
        },
    },
    "F4_VOLUNTEER": {
        "service": {
            "beneficiary": "永康市东城街道山川坛社区",
            "contact": "胡爱华",
            "phone": "0579-87112233",
            "email": "shequ@example.com",
            "work": "为居民免费检修家用电器和线路",
        },
        "people": {"occupations": "电工", "quota": "20", "assessment": ""},
    },
    "F5": {
        "other": {
            "description": "以技术攻关小组的形式研究焊接变形控制",
            "reason": "研究和应用新工艺，属于专业科目中的新技术、新工艺",
            "counting": "按集中研讨和试验的实际时间计，以签到和记录为证",
        },
        "fees": _MONEY,
    },
}
LECTURE = {"kind": "lecture", "level": "CITY", "host": "金华市机械工程学会", "basis": "年度计划"}


def draft_of(form: str, **changes: Any) -> dict[str, Any]:
    """The right draft of this form; changes as in filing_samples.draft."""
    raw = {**draft(), **deepcopy(_PARTS[form])}
    kind = "competition" if form == "F2" else ""
    raw = {key: raw[key] for key in section_keys(form, kind) if key in raw}
    return changed(raw, **changes)

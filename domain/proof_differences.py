"""What an issued paper says beside what its sources give today: field by field, with the source of each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_MISSING = "（没有）"
_PLACE = re.compile(r"([a-z_0-9]+)|\[(\d+)\]")


class Source(StrEnum):
    """What a field of a paper follows from."""

    LEDGER = "ledger"
    REGISTER = "register"
    POLICY = "policy"
    RESULTS = "results"
    ISSUE = "issue"

    @property
    def label(self) -> str:
        return _SOURCES[self]


_SOURCES = {
    Source.LEDGER: "学分账",
    Source.REGISTER: "技能人才登记库",
    Source.POLICY: "学分政策",
    Source.RESULTS: "活动备案和成绩",
    Source.ISSUE: "签发记录",
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One field: where it stands (`entries[1].credits`), what the paper says, what its source gives."""

    path: str
    frozen: str
    derived: str

    @property
    def source(self) -> Source:
        """What the field follows from."""
        return _SOURCE_OF.get(self.path.split(".")[0].split("[")[0], Source.LEDGER)

    @property
    def label(self) -> str:
        """The place in words: 学分明细第 2 项 · 学分."""
        words: list[str] = []
        for name, position in _PLACE.findall(self.path):
            if position:
                words[-1] += f"第 {int(position) + 1} 项"
            else:
                words.append(_WORDS.get(name, name))
        return " · ".join(words)


def differences(frozen: Any, derived: Any) -> list[Difference]:
    """Every field in which two papers, as plain JSON values, differ, in the order of their names."""
    return list(_differences(frozen, derived, ""))


def _differences(frozen: Any, derived: Any, path: str) -> Iterator[Difference]:
    if isinstance(frozen, dict) and isinstance(derived, dict):
        for name in sorted({*frozen, *derived}):
            inner = f"{path}.{name}" if path else name
            yield from _differences(frozen.get(name, _MISSING), derived.get(name, _MISSING), inner)
    elif isinstance(frozen, list) and isinstance(derived, list):
        for position in range(max(len(frozen), len(derived))):
            yield from _differences(_at(frozen, position), _at(derived, position), f"{path}[{position}]")
    elif frozen != derived or type(frozen) is not type(derived):
        yield Difference(path=path, frozen=_said(frozen), derived=_said(derived))


def _at(values: list[Any], position: int) -> Any:
    return values[position] if position < len(values) else _MISSING


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(f"{_WORDS.get(name, name)} {_said(inner)}" for name, inner in sorted(value.items()))
    if isinstance(value, list):
        return "；".join(_said(inner) for inner in value) or _MISSING
    return _MISSING if value is None or value == "" else str(value)


_SOURCE_OF = {
    **dict.fromkeys(("person", "certificates", "employer"), Source.REGISTER),
    **dict.fromkeys(("policy", "use"), Source.POLICY),
    **dict.fromkeys(
        ("activity", "form", "filing_number", "place", "starts_on", "ends_on", "subjects", "planned", "hours", "score",
         "released_on", "credited_on"),
        Source.RESULTS,
    ),
    **dict.fromkeys(
        ("number", "code", "verify_url", "verify_page", "issued_at", "issuer", "seal", "replaces", "kind", "title",
         "first_year", "facts", "facts_sha256"),
        Source.ISSUE,
    ),
}  # fmt: skip

_WORDS = {
    "activity": "活动",
    "advice": "说明",
    "article": "条款",
    "articles": "条款",
    "certificates": "技能证书",
    "code": "核验码",
    "compliant": "是否达到年度要求",
    "conclusion": "结论",
    "counted": "计入",
    "credited_on": "入账日期",
    "credits": "学分",
    "earned": "已有",
    "employer": "用人单位",
    "ends_on": "结束日期",
    "entries": "学分明细",
    "entries_posted": "入账条数",
    "facts": "全部内容",
    "facts_sha256": "内容指纹",
    "filing_number": "备案编号",
    "first_year": "起始年度",
    "floors": "各项要求",
    "form": "形式",
    "hours": "学时",
    "id_masked": "证件号码",
    "id_type": "证件类型",
    "issued_at": "签发时间",
    "issued_on": "发证日期",
    "issuer": "签发单位",
    "judged": "是否评价",
    "key": "编号",
    "kind": "种类",
    "label": "名称",
    "lawful": "是否正式印章",
    "ledger_position": "学分账位置",
    "level": "等级",
    "met": "是否达到",
    "missing": "还差",
    "name": "姓名或名称",
    "number": "编号",
    "occupation": "职业（工种）",
    "occurred_on": "日期",
    "outcome": "结果",
    "outcome_label": "结果",
    "person": "人员",
    "place": "地点",
    "planned": "计划学时",
    "policy": "学分政策",
    "posted": "入账条数",
    "reason": "少计的原因",
    "region": "地区",
    "released_on": "发布日期",
    "replaces": "替代的证明",
    "required": "要求",
    "score": "成绩",
    "seal": "印章",
    "sex": "性别",
    "starts_on": "开始日期",
    "status": "年度结果",
    "subject": "科目",
    "subjects": "科目",
    "text": "文字",
    "title": "名称",
    "unit": "单位",
    "use": "用途",
    "valid_until": "建议使用期限",
    "verify_page": "核验网址",
    "verify_url": "二维码内容",
    "version": "版本",
    "window": "所看期间",
    "window_ends_on": "期间结束",
    "window_starts_on": "期间开始",
    "year": "年度",
    "years": "各年度",
}

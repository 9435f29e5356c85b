"""A base application in words: what the check page, the officer and the comparison of two rounds show."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.base_content import BaseContent, FeeItem, ScopeLine, condition_key, condition_label
from domain.filing_parts import show_money


@dataclass(frozen=True, kw_only=True)
class Words:
    """One fact: the section it is of, what it is called, what it says."""

    section: str
    label: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """One fact that is said otherwise than before."""

    label: str
    before: str
    after: str


def show_levels(line: ScopeLine, levels: Mapping[int, str]) -> str:
    """The levels of a line: 五级/初级工 至 三级/高级工."""
    if line.lowest == line.highest:
        return levels[line.lowest]
    return f"{levels[line.lowest]} 至 {levels[line.highest]}"


def show_fee(item: FeeItem) -> str:
    """The rate of an item: 1200 元/人·班."""
    return f"{show_money(item.amount)}{item.unit.label.removeprefix('元')}"


def words(content: BaseContent, *, levels: Mapping[int, str], subjects: Mapping[str, str]) -> list[Words]:
    """Everything the application states, in its order."""
    basics = content.basics
    found = [
        Words(section="basics", label="申请级别", value=basics.level.label),
        Words(section="basics", label="机构类型", value=basics.kind.label),
        Words(section="basics", label="培训地址", value=basics.place),
        Words(section="basics", label="咨询电话", value=basics.phone),
        Words(section="basics", label="教学内容", value=basics.contents),
    ]
    for number, condition in enumerate(content.conditions, 1):
        key, label = condition_key(number), condition_label(number)
        found.append(Words(section=key, label=label, value=condition.text))
        names = "、".join(paper.name for paper in condition.papers)
        found.append(Words(section=key, label=f"{label}：证明材料", value=names))
    kinds = "、".join(subjects.get(key, key) for key in content.subjects)
    found.append(Words(section="scope", label="科目", value=kinds))
    found += [
        Words(section="scope", label=f"范围：{line.occupation}", value=show_levels(line, levels))
        for line in content.scope
    ]
    found += [
        Words(
            section="teachers",
            label=f"教师：{one.name}",
            value="，".join(part for part in (one.employment.label, one.title, one.credentials, one.field) if part),
        )
        for one in content.teachers
    ]
    found += [
        Words(section="fees", label=f"收费：{fee.item}（{fee.occupation or '各工种'}）", value=show_fee(fee))
        for fee in content.fees
    ]
    if not content.fees:
        found.append(Words(section="fees", label="收费", value="不向学员收费"))
    return found


def changes(before: list[Words], after: list[Words]) -> list[Change]:
    """What the second says otherwise than the first; what only one of them says has an empty other side."""
    old = {each.label: each.value for each in before}
    new = {each.label: each.value for each in after}
    return [
        Change(label=label, before=old.get(label, ""), after=new.get(label, ""))
        for label in (*new, *(label for label in old if label not in new))
        if old.get(label) != new.get(label)
    ]

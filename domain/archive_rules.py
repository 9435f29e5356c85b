"""The teaching archive of an activity (arts. 10, 19): what belongs in it, what is missing, until when it is kept."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Item(StrEnum):
    """One kind of record an archive holds, in the order of its index. Values are stored with papers added later."""

    FILING = "filing"
    PLAN = "plan"
    PEOPLE = "people"
    ATTENDANCE = "attendance"
    RESULTS = "results"
    EVIDENCE = "evidence"
    SERVICE = "service"
    DISPUTES = "disputes"
    DECISION = "decision"
    OTHER = "other"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def article(self) -> str:
        """The article that asks for it, as a number."""
        return _ARTICLES[self]


_LABELS = {
    Item.FILING: "备案内容和审核意见",
    Item.PLAN: "教学计划（方案）",
    Item.PEOPLE: "参训人员名册",
    Item.ATTENDANCE: "签到考勤记录",
    Item.RESULTS: "考试考核结果",
    Item.EVIDENCE: "照片和视频",
    Item.SERVICE: "服务时间或带教日志的确认",
    Item.DISPUTES: "学员异议的处理",
    Item.DECISION: "成绩审核和学分入账",
    Item.OTHER: "其他材料",
}
_ARTICLES = {
    Item.FILING: "16", Item.PLAN: "10", Item.PEOPLE: "19", Item.ATTENDANCE: "19", Item.RESULTS: "10",
    Item.EVIDENCE: "19", Item.SERVICE: "16", Item.DISPUTES: "22", Item.DECISION: "22", Item.OTHER: "10",
}  # fmt: skip
# What an organiser can add papers to: the rest comes of the acts themselves and cannot be made up for on paper.
ADDABLE = (Item.PLAN, Item.ATTENDANCE, Item.RESULTS, Item.EVIDENCE, Item.SERVICE, Item.OTHER)


class Standing(StrEnum):
    """How one item stands."""

    THERE = "there"
    MISSING = "missing"
    SUPPLIED = "supplied"
    EXPLAINED = "explained"
    WAITING = "waiting"

    @property
    def label(self) -> str:
        return _STANDINGS[self][0]

    @property
    def tone(self) -> str:
        return _STANDINGS[self][1]


_STANDINGS = {
    Standing.THERE: ("齐全", "success"),
    Standing.MISSING: ("缺少", "warning"),
    Standing.SUPPLIED: ("事后补充", "info"),
    Standing.EXPLAINED: ("不足，已说明", "info"),
    Standing.WAITING: ("办理中", "neutral"),
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What is known of an activity that is over.

    `unattended` names the sessions of which neither attendance nor a signed sheet was kept; `evidence` says what the
    policy asks and is not there, `evidence_note` why; `service` is None where nobody outside has anything to confirm,
    else what is missing;
    `waiting` says which disputes and corrections are still under way.
    """

    approved: bool
    plans: int
    people: int
    sessions: int
    unattended: tuple[str, ...]
    evidence: tuple[str, ...]
    evidence_note: str
    service: tuple[str, ...] | None
    waiting: tuple[str, ...]
    credited: bool
    supplied: Collection[Item] = ()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the index: how the item stands, what there is of it, and what is missing."""

    item: Item
    standing: Standing
    held: str = ""
    missing: tuple[str, ...] = ()


def entries(facts: Facts) -> tuple[Entry, ...]:
    """The index of the archive. What is missing stays named when papers were added for it: they came afterwards."""
    made = [
        _entry(Item.FILING, "备案内容、修改过程和审核意见", () if facts.approved else ("没有准予备案",)),
        _entry(Item.PLAN, f"{facts.plans} 个文件", () if facts.plans else ("没有教学计划（方案）文件",)),
        _entry(Item.PEOPLE, f"{facts.people} 人", () if facts.people else ("没有参训人员",)),
        _entry(Item.ATTENDANCE, _attendance(facts), _unattended(facts)),
        _entry(Item.RESULTS, f"{facts.people} 人的学时、成绩和结论", () if facts.people else ("没有考试考核结果",)),
        _evidence(facts),
    ]
    if facts.service is not None:
        made.append(_entry(Item.SERVICE, "由受益方或带教师傅确认", facts.service))
    under_way = Entry(item=Item.DISPUTES, standing=Standing.WAITING, missing=facts.waiting)
    made.append(under_way if facts.waiting else _entry(Item.DISPUTES, "没有未办结的异议和更正", ()))
    made.append(
        _entry(Item.DECISION, "审核通过，学分已入账", ())
        if facts.credited
        else Entry(item=Item.DECISION, standing=Standing.WAITING, missing=("成绩还没有审核入账",))
    )
    supplied = set(facts.supplied)
    shown = [
        replace(each, standing=Standing.SUPPLIED)
        if each.standing is Standing.MISSING and each.item in supplied
        else each
        for each in made
    ]
    if Item.OTHER in supplied:
        shown.append(Entry(item=Item.OTHER, standing=Standing.THERE, held="举办单位补充"))
    return tuple(shown)


def _entry(item: Item, held: str, missing: tuple[str, ...]) -> Entry:
    standing = Standing.MISSING if missing else Standing.THERE
    return Entry(item=item, standing=standing, held=held, missing=missing)


def _attendance(facts: Facts) -> str:
    return f"{facts.sessions - len(facts.unattended)} / {facts.sessions} 个课次有记录"


def _unattended(facts: Facts) -> tuple[str, ...]:
    if not facts.unattended:
        return ()
    if len(facts.unattended) == facts.sessions:
        return (f"全部 {facts.sessions} 个课次没有签到记录",)
    return (f"{len(facts.unattended)} 个课次没有签到记录：{'、'.join(facts.unattended)}",)


def _evidence(facts: Facts) -> Entry:
    """The bureau credited results whose evidence was short, having read why: that is told, and is not missing."""
    if facts.evidence and facts.evidence_note:
        held = f"单位说明：{facts.evidence_note}"
        return Entry(item=Item.EVIDENCE, standing=Standing.EXPLAINED, held=held, missing=facts.evidence)
    return _entry(Item.EVIDENCE, "" if facts.evidence else "数量符合要求", facts.evidence)


def missing(found: Collection[Entry]) -> tuple[str, ...]:
    """What is missing and nothing was added for: one sentence for each item."""
    return tuple(f"{each.item.label}：{'；'.join(each.missing)}" for each in found if each.standing is Standing.MISSING)


def is_settled(found: Collection[Entry]) -> bool:
    """Whether nothing of it is under way any more: only then can the archive be closed."""
    return all(each.standing is not Standing.WAITING for each in found)


def keep_until(ended_on: date, years: int) -> date:
    """The last day an archive must be kept: so many whole years after the year in which the activity ended.

    Counted from the end of the year, as records offices do: files of one year fall due together, and nobody's goes
    a day too early.
    """
    return date(ended_on.year + years, 12, 31)


def may_dispose(until: date, today: date, *, held: bool) -> bool:
    """Whether an archive may be put on a disposal list: its time is over and no hold lies on it."""
    return today > until and not held

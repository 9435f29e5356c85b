"""How the parts that only some forms have are shown: facts and tables by section, for every page and comparison."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.filing_content import Section, show_hours
from domain.filing_forms import sections_of
from domain.filing_parts import Competition, Fees, OtherWay, Partner, Service, WorkTraining, show_money


class Parts(Protocol):
    """A filing, or what could be read of a draft."""

    @property
    def form(self) -> str: ...
    @property
    def partner(self) -> Partner | None: ...
    @property
    def competition(self) -> Competition | None: ...
    @property
    def work_training(self) -> WorkTraining | None: ...
    @property
    def service(self) -> Service | None: ...
    @property
    def other(self) -> OtherWay | None: ...
    @property
    def fees(self) -> Fees | None: ...


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One section: facts as (label, text), and rows under headings; the first column names the row."""

    facts: tuple[tuple[str, str], ...] = ()
    headings: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = field(default=())
    noun: str = ""


def shown_parts(content: Parts) -> dict[str, Shown]:
    """The sections of the optional parts that there are, by key."""
    made: dict[str, Shown] = {}
    if content.form == "F3":
        made["partner"] = _partner(content.partner)
    if content.competition is not None:
        made |= _competition(content.competition)
    if content.work_training is not None:
        made |= _work_training(content.work_training)
    if content.service is not None:
        made["service"] = _service(content.service)
    if content.other is not None:
        made["other"] = _other(content.other)
    if content.fees is not None:
        made["fees"] = _fees(content.fees)
    return made


def _partner(partner: Partner | None) -> Shown:
    if partner is None:
        return Shown(facts=(("举办方式", "本单位自行举办"),))
    return Shown(facts=(("举办方式", f"与{partner.name}联合举办"), ("双方分工", partner.duties)))


def _competition(held: Competition) -> dict[str, Shown]:
    facts = (
        ("活动类别", held.kind.label),
        ("级别", held.level.label),
        ("主办单位", held.host),
        ("举办依据", held.basis),
    )
    made = {"competition": Shown(facts=facts)}
    if held.events:
        rows = [(event.name, event.occupation, event.standard) for event in held.events]
        made["events"] = _table("项目", ("项目", "职业（工种）", "标准"), rows)
    if held.judges:
        people = [
            (judge.name, judge.unit, judge.credential, "裁判长" if judge.is_chief else "裁判员")
            for judge in held.judges
        ]
        made["judges"] = _table("裁判", ("姓名", "工作单位", "裁判证书或职称", "职责"), people)
    if held.awards:
        given = [(each.rank, f"{each.places} 人", f"{show_hours(each.credits)} 学分") for each in held.awards]
        made["awards"] = _table("名次", ("名次或奖项", "每个项目人数", "每人学分"), given)
    return made


def _work_training(training: WorkTraining) -> dict[str, Shown]:
    facts = (
        ("带教岗位", training.post),
        ("工作任务", training.tasks),
        ("起止月份", f"{training.starts} 至 {training.ends}"),
    )
    rows = [(period.month, period.content, period.goal) for period in training.periods]
    return {"work_training": Shown(facts=facts), "periods": _table("月份", ("月份", "学习内容", "学会什么"), rows)}


def _service(service: Service) -> Shown:
    contact = "，".join(part for part in (service.contact, service.phone, service.email) if part)
    facts = [("受益单位", service.beneficiary), ("服务内容", service.work)]
    if contact:
        facts.insert(1, ("联系人", contact))
    return Shown(facts=tuple(facts))


def _other(other: OtherWay) -> Shown:
    return Shown(
        facts=(("怎样学", other.description), ("为什么属于继续教育", other.reason), ("学时怎样计算", other.counting))
    )


def _fees(fees: Fees) -> Shown:
    per_person = f"每人 {show_money(fees.per_person)}" if fees.per_person else "不收费"
    if fees.is_public_benefit:
        per_person += "（公益性活动）"
    sources = "；".join(f"{each.source.label} {show_money(each.amount)}" for each in fees.funding)
    facts = [("向学员收费", per_person), ("预计总费用", show_money(fees.cost)), ("经费来源", sources or "无")]
    if fees.sponsor:
        facts.append(("资助方", fees.sponsor))
    if fees.commission is not None:
        facts += [
            ("委托部门", fees.commission.by),
            ("遴选方式和日期", fees.commission.selection),
            ("政府采购合同", fees.commission.contract),
        ]
    return Shown(facts=tuple(facts))


def _table(noun: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Shown:
    return Shown(headings=headings, rows=tuple(rows), noun=noun)


def sections_shown(content: Parts) -> tuple[Section, ...]:
    """The sections of this filing, as its form calls them."""
    return sections_of(content.form, content.competition.kind if content.competition else "")

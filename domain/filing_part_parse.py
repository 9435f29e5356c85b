"""Reading the parts of a draft that only some forms have (domain/filing_parts.py)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from domain.contact import check_email
from domain.errors import RuleError
from domain.filing_draft import Raw
from domain.filing_forms import event_kind, section_keys
from domain.filing_parts import (
    Commission,
    Competition,
    ContestEvent,
    EventKind,
    Fees,
    Funding,
    Judge,
    LearningPeriod,
    Level,
    OtherWay,
    Partner,
    RankAward,
    Service,
    Source,
    WorkTraining,
)
from domain.filing_reader import LONGEST_TEXT, LONGEST_TITLE, Problem, Reader, reader_of, row_readers
from domain.identity import check_phone

_MOST_PLACES = 999


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a clerk may choose from: `partners` are the bases by id; `free`: a government body may take no fee."""

    partners: Mapping[str, str] = field(default_factory=dict)
    free: bool = False


def read_parts(draft: Raw, form: str, choices: Choices, problems: list[Problem]) -> tuple[dict[str, Any], bool]:
    """The parts of this form by name, None what could not be read; and whether all could."""
    readers: dict[str, Callable[[], tuple[Any, bool]]] = {
        "partner": lambda: _partner(reader_of(draft, "partner", problems), choices),
        "competition": lambda: _competition(draft, problems),
        "work_training": lambda: _work_training(draft, problems),
        "service": lambda: _service(reader_of(draft, "service", problems)),
        "other": lambda: _other(reader_of(draft, "other", problems)),
        "fees": lambda: _fees(reader_of(draft, "fees", problems), choices),
    }
    asked = section_keys(form, event_kind(draft))
    parts, sound = {}, True
    for name, read in readers.items():
        if name in asked:
            part, good = read()
            parts[name] = part if good else None
            sound = sound and good
    return parts, sound


def _partner(reader: Reader, choices: Choices) -> tuple[Partner | None, bool]:
    mode = reader.raw("mode")
    if mode not in ("own", "joint"):
        reader.wrong("mode", "请选择自行举办还是联合举办")
    if mode != "joint":
        return None, reader.sound
    chosen = reader.raw("organization")
    if chosen not in choices.partners:
        reader.wrong("organization", "请选择联合举办的继续教育基地")
    duties = reader.text("duties", "双方分工", LONGEST_TEXT, lines=True)
    if not reader.sound:
        return None, False
    return Partner(organization_id=int(chosen), name=choices.partners[chosen], duties=duties), True


def _competition(draft: Raw, problems: list[Problem]) -> tuple[Competition, bool]:
    reader = reader_of(draft, "competition", problems)
    kind = reader.choice("kind", "活动类别", EventKind)
    level = reader.choice("level", "级别", Level)
    host = reader.text("host", "主办单位", LONGEST_TITLE)
    basis = reader.text("basis", "举办依据", LONGEST_TEXT, lines=True)
    if kind is not EventKind.COMPETITION or not reader.raw("kind"):
        return Competition(kind=kind, level=level, host=host, basis=basis), reader.sound
    events, good_events = _events(draft, problems)
    judges, good_judges = _judges(draft, problems)
    awards, good_awards = _awards(draft, problems)
    held = Competition(kind=kind, level=level, host=host, basis=basis, events=events, judges=judges, awards=awards)
    return held, reader.sound and good_events and good_judges and good_awards


def _rows(
    draft: Raw, section: str, named: str, first: str, none: str, problems: list[Problem]
) -> list[tuple[int, Reader]]:
    readers = row_readers(draft, section, named, problems)
    if not readers:
        problems.append(Problem(section=section, field=f"rows-0-{first}", message=none))
    return readers


def _sound(readers: list[tuple[int, Reader]]) -> bool:
    return bool(readers) and all(reader.sound for _, reader in readers)


def _events(draft: Raw, problems: list[Problem]) -> tuple[tuple[ContestEvent, ...], bool]:
    readers = _rows(draft, "events", "个项目", "name", "请至少填写一个比赛项目", problems)
    events: list[ContestEvent] = []
    for _, reader in readers:
        event = ContestEvent(
            name=reader.text("name", "项目名称", LONGEST_TITLE),
            occupation=reader.text("occupation", "职业（工种）", 30),
            standard=reader.text("standard", "比赛标准", LONGEST_TITLE),
        )
        if event.name and any(other.name == event.name for other in events):
            reader.wrong("name", f"“{event.name}”填写了两次，请删去一行")
        events.append(event)
    return tuple(events), _sound(readers)


def _judges(draft: Raw, problems: list[Problem]) -> tuple[tuple[Judge, ...], bool]:
    readers = _rows(draft, "judges", "位裁判", "name", "请至少填写一位裁判", problems)
    judges: list[Judge] = []
    for _, reader in readers:
        role = reader.raw("role")
        if role not in ("chief", "judge"):
            reader.wrong("role", "请选择裁判长或裁判员")
        judge = Judge(
            name=reader.text("name", "裁判姓名", 50),
            unit=reader.text("unit", "工作单位", LONGEST_TITLE),
            credential=reader.text("credential", "裁判证书或职称", LONGEST_TITLE),
            is_chief=role == "chief",
        )
        if judge.name and any((other.name, other.unit) == (judge.name, judge.unit) for other in judges):
            reader.wrong("name", f"“{judge.name}”填写了两次，请删去一行")
        judges.append(judge)
    return tuple(judges), _sound(readers)


def _awards(draft: Raw, problems: list[Problem]) -> tuple[tuple[RankAward, ...], bool]:
    readers = _rows(draft, "awards", "行名次", "rank", "请至少填写一个名次和学分", problems)
    awards: list[RankAward] = []
    for _, reader in readers:
        award = RankAward(
            rank=reader.text("rank", "名次或奖项", 30),
            places=reader.count("places", "人数", _MOST_PLACES),
            credits=reader.hours("credits", "学分"),
        )
        if award.rank and any(other.rank == award.rank for other in awards):
            reader.wrong("rank", f"“{award.rank}”填写了两次，请删去一行")
        awards.append(award)
    return tuple(awards), _sound(readers)


def _work_training(draft: Raw, problems: list[Problem]) -> tuple[WorkTraining, bool]:
    reader = reader_of(draft, "work_training", problems)
    post = reader.text("post", "带教岗位", LONGEST_TITLE)
    tasks = reader.text("tasks", "岗位工作任务", LONGEST_TEXT, lines=True)
    starts = reader.month("starts", "开始月份")
    ends = reader.month("ends", "结束月份")
    if starts and ends and ends < starts:
        reader.wrong("ends", "结束月份不能早于开始月份")
    readers = _rows(draft, "periods", "个月", "month", "请至少填写一个月的学习内容", problems)
    periods: list[LearningPeriod] = []
    for _, each in readers:
        period = LearningPeriod(
            month=each.month("month", "月份"),
            content=each.text("content", "学习内容", LONGEST_TITLE),
            goal=each.text("goal", "学会什么", LONGEST_TITLE),
        )
        if period.month and any(other.month == period.month for other in periods):
            each.wrong("month", f"{period.month} 填写了两次，请合并为一行")
        periods.append(period)
    periods.sort(key=lambda period: period.month)
    training = WorkTraining(post=post, tasks=tasks, starts=starts, ends=ends, periods=tuple(periods))
    return training, reader.sound and _sound(readers)


def _service(reader: Reader) -> tuple[Service, bool]:
    phone, email = reader.raw("phone"), reader.raw("email")
    try:
        phone = check_phone(phone) or ""
        if not phone:
            reader.wrong("phone", "请填写受益单位联系人的电话")
    except RuleError as wrong:
        reader.wrong("phone", wrong.message)
    if not email:
        reader.wrong("email", "请填写受益单位联系人的电子邮箱，用来发送确认链接")
    else:
        try:
            email = check_email(email)
        except RuleError as wrong:
            reader.wrong("email", wrong.message)
    service = Service(
        beneficiary=reader.text("beneficiary", "受益单位", LONGEST_TITLE),
        contact=reader.text("contact", "联系人", 50),
        phone=phone,
        email=email,
        work=reader.text("work", "服务内容", LONGEST_TEXT, lines=True),
    )
    return service, reader.sound


def _other(reader: Reader) -> tuple[OtherWay, bool]:
    other = OtherWay(
        description=reader.text("description", "学习方式", LONGEST_TEXT, lines=True),
        reason=reader.text("reason", "为什么属于继续教育", LONGEST_TEXT, lines=True),
        counting=reader.text("counting", "学时怎样计算", LONGEST_TEXT, lines=True),
    )
    return other, reader.sound


def _fees(reader: Reader, choices: Choices) -> tuple[Fees, bool]:
    cost = reader.money("cost", "预计总费用")
    is_public_benefit = choices.free or reader.raw("public_benefit") == "yes"
    per_person = Decimal(0) if choices.free else reader.money("per_person", "向每位学员收取的费用")
    amounts = [(source, reader.money(source.value, source.label, needed=False)) for source in Source]
    sponsor = reader.text("sponsor_name", "资助单位或个人", LONGEST_TITLE, needed=False)
    commission = None
    if not choices.free and reader.raw("commissioned") == "yes":
        commission = Commission(
            by=reader.text("commissioned_by", "委托部门", LONGEST_TITLE),
            selection=reader.text("selection", "遴选方式和日期", LONGEST_TITLE),
            contract=reader.text("contract", "政府采购合同编号", LONGEST_TITLE),
        )
    fees = Fees(
        per_person=per_person,
        cost=cost,
        is_public_benefit=is_public_benefit,
        funding=tuple(Funding(source=source, amount=amount) for source, amount in amounts if amount),
        sponsor=sponsor,
        commission=commission,
    )
    return fees, reader.sound

"""The parts of a filing that only some forms have: partner, competition, 以工代训, service, other ways, and money."""

from dataclasses import dataclass, fields, is_dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

# --- F3: together with a base (art. 16(3)) ----------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Partner:
    """The base that holds the activity together with the employer, and who does what; both confirm the filing."""

    organization_id: int
    name: str
    duties: str


# --- F2: what the bureau recognises (art. 16(2)) ----------------------------------------------------------------------


class EventKind(StrEnum):
    """What kind of recognised activity it is. Values are stored."""

    COMPETITION = "competition"
    LECTURE = "lecture"
    VISIT = "visit"
    RESEARCH = "research"

    @property
    def label(self) -> str:
        return {"competition": "技能比武", "lecture": "交流讲座", "visit": "技术访学", "research": "技工教育教研"}[
            self.value
        ]


class Level(StrEnum):
    """At which level a recognised activity is held. Values are stored, and name the figure that bounds its credits."""

    COUNTY = "COUNTY"
    CITY = "CITY"
    PROVINCE = "PROVINCE"
    NATIONAL = "NATIONAL"

    @property
    def label(self) -> str:
        return {"COUNTY": "县级", "CITY": "市级", "PROVINCE": "省级", "NATIONAL": "国家级"}[self.value]


@dataclass(frozen=True, kw_only=True)
class ContestEvent:
    """One event of a competition (比赛项目), for one occupation."""

    name: str
    occupation: str
    standard: str


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Who judges: `credential` is the judge's certificate, title or skill level."""

    name: str
    unit: str
    credential: str
    is_chief: bool


@dataclass(frozen=True, kw_only=True)
class RankAward:
    """What a rank of each event gives: `places` winners at most get these credits each."""

    rank: str
    places: int
    credits: Decimal


@dataclass(frozen=True, kw_only=True)
class Competition:
    """What is to be recognised. Events, judges and awards only of a competition."""

    kind: EventKind
    level: Level
    host: str
    basis: str
    events: tuple[ContestEvent, ...] = ()
    judges: tuple[Judge, ...] = ()
    awards: tuple[RankAward, ...] = ()


# --- F4: learning at work, and service (art. 16(4)) -------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class LearningPeriod:
    """What is learned at the post in one month (written 2026-06), and what the learner can do then."""

    month: str
    content: str
    goal: str


@dataclass(frozen=True, kw_only=True)
class WorkTraining:
    """Training at a post under a mentor (以工代训); the mentors are the teachers of the filing."""

    post: str
    tasks: str
    starts: str
    ends: str
    periods: tuple[LearningPeriod, ...]


@dataclass(frozen=True, kw_only=True)
class Service:
    """Service with one's skill for somebody (技能志愿服务), who afterwards confirms the hours."""

    beneficiary: str
    contact: str
    phone: str
    email: str
    work: str


# --- F5 ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OtherWay:
    """Another way of learning (art. 16(5)): what it is, why it is continuing education, how its hours are counted."""

    description: str
    reason: str
    counting: str


# --- Money (arts. 37, 38) ---------------------------------------------------------------------------------------------


class Source(StrEnum):
    """Who pays (art. 37). Values are stored."""

    STATE = "state"
    UNIT = "unit"
    PERSON = "person"
    SPONSOR = "sponsor"

    @property
    def label(self) -> str:
        return {"state": "财政资金", "unit": "单位出资", "person": "个人缴费", "sponsor": "社会资助"}[self.value]


@dataclass(frozen=True, kw_only=True)
class Funding:
    """How much one kind of payer gives, in yuan."""

    source: Source
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Commission:
    """A government body that entrusted the base with the activity (art. 38), and the procurement contract."""

    by: str
    selection: str
    contract: str


@dataclass(frozen=True, kw_only=True)
class Fees:
    """What the activity costs, what each participant pays, and who pays the rest; in yuan."""

    per_person: Decimal
    cost: Decimal
    is_public_benefit: bool
    funding: tuple[Funding, ...]
    sponsor: str = ""
    commission: Commission | None = None

    @property
    def funded(self) -> Decimal:
        return sum((each.amount for each in self.funding), Decimal(0))


def show_money(amount: Decimal) -> str:
    """1200 yuan as 1200 元, 12.5 yuan as 12.50 元."""
    return f"{amount:.0f} 元" if amount == amount.to_integral_value() else f"{amount:.2f} 元"


# --- As plain values --------------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A part as plain values of JSON, the same for the same part."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def from_plain(kind: Any, value: Any) -> Any:
    """The part of this kind that `plain` made these values from."""
    if get_origin(kind) is UnionType:
        if value is None:
            return None
        kind = next(each for each in get_args(kind) if each is not NoneType)
    if get_origin(kind) is tuple:
        return tuple(from_plain(get_args(kind)[0], each) for each in value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: from_plain(hints[name], each) for name, each in value.items()})
    return kind(value)


PARTS: dict[str, type] = {
    "partner": Partner,
    "competition": Competition,
    "work_training": WorkTraining,
    "service": Service,
    "other": OtherWay,
    "fees": Fees,
}
"""The optional parts of a filing by the name of their field."""

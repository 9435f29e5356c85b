"""What an organisation states when it asks to be a training base, and what of it everybody may read (arts. 9-11)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.filing_content import Employment, Section
from domain.skills import LEVEL_NAMES


class BaseLevel(StrEnum):
    """Who recognises and supervises the base (art. 6). Values are stored."""

    COUNTY = "county"
    CITY = "city"

    @property
    def label(self) -> str:
        return {"county": "县级", "city": "市级"}[self.value]


class InstitutionKind(StrEnum):
    """What kind of institution applies (art. 9). Values are stored."""

    SCHOOL = "school"
    TRAINER = "trainer"
    ENTERPRISE = "enterprise"
    ASSOCIATION = "association"
    OTHER = "other"

    @property
    def label(self) -> str:
        return {
            "school": "技工（职业）院校",
            "trainer": "职业技能培训机构",
            "enterprise": "企业",
            "association": "行业协会",
            "other": "其他机构",
        }[self.value]


class FeeUnit(StrEnum):
    """For what a fee is charged. Values are stored."""

    CLASS = "class"
    HOUR = "hour"

    @property
    def label(self) -> str:
        return {"class": "元/人·班", "hour": "元/人·学时"}[self.value]


CONDITIONS: dict[int, str] = {
    1: "具备承担继续教育相适应的教学场所、设施设备",
    2: "拥有与承担继续教育相适应的师资队伍和管理力量",
    3: "制定完善的教学计划、管理制度和其他相关制度",
    4: "能够完成所承担的继续教育任务，保证教学质量",
    5: "符合有关法律法规的规定",
}
_SHORT = {1: "教学场所和设备", 2: "师资和管理力量", 3: "教学计划和制度", 4: "教学质量", 5: "守法情况"}
_ORDINALS = "一二三四五"


def condition_key(number: int) -> str:
    """The section of the draft, and the kind of the papers, of a condition of art. 9."""
    return f"condition{number}"


def condition_label(number: int) -> str:
    return f"条件（{_ORDINALS[number - 1]}）{_SHORT[number]}"


CONDITION_OF = {condition_key(number): number for number in CONDITIONS}
SECTIONS = (
    Section("basics", "基本情况", "申请级别、机构类型、培训地址和教学内容"),
    *(Section(condition_key(number), condition_label(number), text) for number, text in CONDITIONS.items()),
    Section("scope", "继续教育范围", "承担哪些职业（工种）、等级和科目"),
    Section("teachers", "师资队伍", "姓名、职称、专职或兼职、证书和任教方向"),
    Section("fees", "收费项目和标准", "向社会公开；实际收费不得超过公布的标准"),
    Section("declaration", "承诺", "对申请材料的真实性负责"),
)
SECTION_LABELS = {section.key: section.label for section in SECTIONS}


@dataclass(frozen=True, kw_only=True)
class Basics:
    level: BaseLevel
    kind: InstitutionKind
    place: str
    phone: str
    contents: str


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A file of evidence, known by its content."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What is stated to one condition of art. 9, and its evidence."""

    text: str
    papers: tuple[Paper, ...]


@dataclass(frozen=True, kw_only=True)
class ScopeLine:
    """An occupation with the levels from `lowest` to `highest` (ranks of domain/skills.py, both included)."""

    occupation: str
    code: str
    lowest: int
    highest: int

    @property
    def ranks(self) -> range:
        return range(self.lowest, self.highest + 1)


@dataclass(frozen=True, kw_only=True)
class Teacher:
    name: str
    employment: Employment
    title: str
    credentials: str
    field: str


@dataclass(frozen=True, kw_only=True)
class FeeItem:
    """What is charged for what; without an occupation for all. Yuan for each person."""

    item: str
    occupation: str
    unit: FeeUnit
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class BaseContent:
    """The whole application as the bureau decides on it. No fee items means that nothing is charged."""

    basics: Basics
    conditions: tuple[Condition, ...]
    subjects: tuple[str, ...]
    scope: tuple[ScopeLine, ...]
    teachers: tuple[Teacher, ...]
    fees: tuple[FeeItem, ...]
    signer: str

    @property
    def full_time_share(self) -> Decimal:
        """The share of full-time teachers, between 0 and 1 (art. 11)."""
        full = sum(teacher.employment is Employment.FULL_TIME for teacher in self.teachers)
        return Decimal(full) / len(self.teachers) if self.teachers else Decimal(0)


def canonical(content: BaseContent) -> dict[str, Any]:
    """The content as plain values of JSON, the same for the same content."""
    plain = asdict(content)
    for fee in plain["fees"]:
        fee["amount"] = f"{fee['amount']:.2f}"
    return json.loads(json.dumps(plain, ensure_ascii=False, sort_keys=True))  # type: ignore[no-any-return]


def sha256_of(plain: Mapping[str, Any]) -> str:
    """The fingerprint of plain values."""
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def from_canonical(plain: Mapping[str, Any]) -> BaseContent:
    """The content that `canonical` wrote, or `disclosed`: then without conditions and signer."""
    basics = plain["basics"]
    return BaseContent(
        basics=Basics(**{**basics, "level": BaseLevel(basics["level"]), "kind": InstitutionKind(basics["kind"])}),
        conditions=tuple(
            Condition(text=each["text"], papers=tuple(Paper(**paper) for paper in each["papers"]))
            for each in plain.get("conditions", ())
        ),
        subjects=tuple(plain["subjects"]),
        scope=tuple(ScopeLine(**line) for line in plain["scope"]),
        teachers=tuple(
            Teacher(**{**one, "credentials": one.get("credentials", ""), "employment": Employment(one["employment"])})
            for one in plain["teachers"]
        ),
        fees=tuple(
            FeeItem(**{**fee, "unit": FeeUnit(fee["unit"]), "amount": Decimal(fee["amount"])}) for fee in plain["fees"]
        ),
        signer=plain.get("signer", ""),
    )


def disclosed(content: BaseContent) -> dict[str, Any]:
    """What art. 10 lets everybody read: no evidence, no signature, no numbers of teachers' certificates."""
    plain = canonical(content)
    del plain["conditions"], plain["signer"]
    for teacher in plain["teachers"]:
        del teacher["credentials"]
    return plain


def disclosed_content(content: BaseContent) -> BaseContent:
    """The application as everybody will read it."""
    return from_canonical(disclosed(content))


# --- What a published base may do -------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a base is recognised for now; `may_file` is False while it is suspended or after it has expired."""

    base_id: int
    state: str
    subjects: frozenset[str]
    ranks: Mapping[str, frozenset[int]]
    may_file: bool


def outside_scope(
    scope: Scope,
    *,
    subjects: Mapping[str, str],
    occupations: tuple[str, ...],
    professional: str,
    ranks: Iterable[int] | None = None,
) -> list[tuple[str, str]]:
    """What an activity asks beyond the scope, as (section of the filing, sentence); empty when all is inside (INV-06).

    `subjects` are the subject kinds of the activity, key to label. An activity of public subjects alone is for
    everybody, so its occupations need not be in the scope. `ranks` are the levels it asks for; None: those of the base.
    """
    found = []
    wrong = [label for key, label in subjects.items() if key not in scope.subjects]
    if wrong:
        found.append(("subjects", f"{'、'.join(wrong)}不在本基地公布的科目范围内（第八条）"))
    strange = [each for each in occupations if each not in scope.ranks]
    if professional in subjects and strange:
        found.append(("people", f"{'、'.join(strange)}不在本基地公布的职业（工种）范围内（第八条）"))
    for each in occupations:
        beyond = sorted(set(ranks or ()) - scope.ranks.get(each, frozenset(ranks or ())))
        if professional in subjects and beyond:
            names = "、".join(LEVEL_NAMES[rank] for rank in beyond)
            found.append(("levels", f"{each}的{names}不在本基地公布的等级范围内（第八条）"))
    return found


def highest_fee(items: tuple[FeeItem, ...], *, occupations: tuple[str, ...], hours: Decimal) -> Decimal:
    """The most one person may be charged for one activity: what is charged to all, and of the occupations the dearest.

    Yuan. Each item counts once, by the class or for every hour (art. 10, art. 12(4)).
    """

    def charged(occupation: str) -> Decimal:
        mine = (item for item in items if item.occupation == occupation)
        return sum((item.amount * (hours if item.unit is FeeUnit.HOUR else 1) for item in mine), Decimal(0))

    return charged("") + max((charged(each) for each in occupations), default=Decimal(0))

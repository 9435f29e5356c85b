"""What an official letter says: the facts frozen when it is written, its number, and its words by kind (GB/T 9704)."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self

from domain.periods import say_date
from domain.proof_facts import Seal

# So many characters of 2号 stand in a line of a title.
_TITLE_LINE = 20
# What a bureau calls itself in the numbers of its letters, by region.
_SIGNS = {
    "330700": "金",
    "330702": "婺",
    "330703": "金东",
    "330723": "武",
    "330726": "浦",
    "330727": "磐",
    "330781": "兰",
    "330782": "义",
    "330783": "东",
    "330784": "永",
    "JHKFQ": "金开",
}


class LetterKind(StrEnum):
    """What a letter is for. Values are stored."""

    ACCEPTANCE = "acceptance"
    SUPPLEMENT = "supplement"
    NOT_ACCEPTED = "not_accepted"
    EXTENSION = "extension"
    REFUSAL = "refusal"
    PUBLIC_NOTICE = "public_notice"
    RECOGNITION = "recognition"
    CHANGE = "change"
    CHANGE_REFUSAL = "change_refusal"
    SUSPENSION = "suspension"
    RESTORATION = "restoration"
    REVOCATION = "revocation"
    CLOSING = "closing"
    CORRECTION_ORDER = "correction_order"

    @property
    def label(self) -> str:
        return _KINDS[self].label

    @property
    def form(self) -> str:
        """`document` (the red-headed form) for what is decided, `letter` (10.1) for what is told on the way."""
        return "document" if self in _DECISIONS else "letter"

    @property
    def is_public(self) -> bool:
        """Whether anybody may read it: what is done in public is told in public."""
        return self in _PUBLIC


_DECISIONS = frozenset(
    {
        LetterKind.REFUSAL,
        LetterKind.PUBLIC_NOTICE,
        LetterKind.RECOGNITION,
        LetterKind.CHANGE,
        LetterKind.CHANGE_REFUSAL,
        LetterKind.SUSPENSION,
        LetterKind.RESTORATION,
        LetterKind.REVOCATION,
        LetterKind.CLOSING,
        LetterKind.CORRECTION_ORDER,
    }
)
_PUBLIC = frozenset(
    {LetterKind.PUBLIC_NOTICE, LetterKind.RECOGNITION, LetterKind.CHANGE, LetterKind.REVOCATION, LetterKind.CLOSING}
)


@dataclass(frozen=True, kw_only=True)
class About:
    """What the words of a letter are made from; what its kind does not speak of is left empty.

    `until` is the day the letter sets, `since` the first day of a period, `reason` what the officer wrote, `points` the
    items of a list, `appeal_days` how long the addressee may appeal.
    """

    organization: str
    bureau: str
    policy: str
    case_number: str = ""
    matter: str = "继续教育基地认定申请"
    submitted_on: date | None = None
    on: date
    since: date | None = None
    until: date | None = None
    workdays: int = 0
    reason: str = ""
    points: tuple[str, ...] = ()
    articles: str = "第六条、第九条"
    level: str = ""
    scope: str = ""
    base_number: str = ""
    address: str = ""
    phone: str = ""
    appeal_days: int = 60


@dataclass(frozen=True, kw_only=True)
class LetterFacts:
    """Everything a letter prints. Never changed after it was written."""

    kind: LetterKind
    form: str
    number: str
    title_lines: tuple[str, ...]
    issuer: str
    region: str
    addressee: str
    paragraphs: tuple[str, ...]
    copies: str
    issued_on: date
    case_number: str
    seal: Seal

    @property
    def title(self) -> str:
        return "".join(self.title_lines)

    def to_dict(self) -> dict[str, Any]:
        """The facts as JSON knows them."""
        facts = asdict(self)
        facts["issued_on"] = self.issued_on.isoformat()
        facts["paragraphs"], facts["title_lines"] = list(self.paragraphs), list(self.title_lines)
        return facts

    def to_json(self) -> str:
        """The canonical text: the same facts always give the same characters."""
        return json.dumps(self.to_dict(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def sha256(self) -> str:
        """Fingerprint of the canonical text in UTF-8, hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Self:
        return cls(
            **{
                **facts,
                "kind": LetterKind(facts["kind"]),
                "paragraphs": tuple(facts["paragraphs"]),
                "title_lines": tuple(facts["title_lines"]),
                "issued_on": date.fromisoformat(facts["issued_on"]),
                "seal": Seal(**facts["seal"]),
            }
        )


def series_of(region_code: str, year: int) -> str:
    """The series in which the letters of a bureau are counted within a year."""
    return f"letter.{region_code}.{year}"


def letter_number(region_code: str, year: int, serial: int) -> str:
    """The number of a letter as 7.2.5 writes it: 永人社继〔2026〕3号. The year in full, the serial without zeros."""
    return f"{_SIGNS.get(region_code, region_code)}人社继〔{year}〕{serial}号"


# --- The words --------------------------------------------------------------------------------------------------------


def title_of(kind: LetterKind, about: About) -> tuple[str, ...]:
    """The title in one line, or in lines that end where the sense allows it (7.3.1)."""
    parts = tuple(part.format(about=about) for part in _KINDS[kind].title.split("|"))
    whole = "".join(parts)
    return parts if len(whole) > _TITLE_LINE else (whole,)


def paragraphs_of(kind: LetterKind, about: About) -> tuple[str, ...]:
    """The text of a letter of this kind, paragraph by paragraph."""
    return tuple(each for each in _KINDS[kind].words(about) if each)


def _law(about: About) -> str:
    return f"《{about.policy}》{about.articles}"


def _received(about: About) -> str:
    day = f"{say_date(about.submitted_on)}" if about.submitted_on else ""
    return f"你单位{day}提交的{about.matter}（受理编号：{about.case_number}）收悉。"


def _remedy(about: About) -> str:
    return (
        f"如对本决定有异议，可自收到之日起{about.appeal_days}日内向我局提出申诉，也可依法申请行政复议或者提起行政诉讼。"
    )


def _contact(about: About) -> str:
    return f"联系电话：{about.phone}。" if about.phone else ""


def _listed(points: tuple[str, ...]) -> tuple[str, ...]:
    last = len(points)
    return tuple(
        f"{place}．{point.rstrip('。；;')}{'。' if place == last else '；'}" for place, point in enumerate(points, 1)
    )


def _acceptance(about: About) -> tuple[str, ...]:
    until = f"，即于{say_date(about.until)}前办结" if about.until else ""
    return (
        f"{_received(about)}经查，申请材料齐全。根据{_law(about)}的规定，现决定予以受理。",
        f"我局将自受理之日起{about.workdays}个工作日内完成审核{until}。需要实地核查或者专家评审的，将另行通知，请予配合；"
        "情况复杂、需要延长审核期限的，将书面告知理由。",
        "在作出决定之前，你单位可以撤回申请。",
        _contact(about),
    )


def _supplement(about: About) -> tuple[str, ...]:
    until = f"请于{say_date(about.until)}前" if about.until else "请"
    return (
        f"{_received(about)}经查，下列材料需要补正：",
        *_listed(about.points),
        f"{until}登录平台改好后重新提交。补正期间不计入办理时限；逾期未补正的，按撤回申请处理，以后可以重新申请。",
        "以上为一次性告知的全部内容。",
        _contact(about),
    )


def _not_accepted(about: About) -> tuple[str, ...]:
    return (
        f"{_received(about)}经查，不予受理。理由：{about.reason}",
        _remedy(about),
        _contact(about),
    )


def _extension(about: About) -> tuple[str, ...]:
    until = f"延长至{say_date(about.until)}" if about.until else "予以延长"
    return (
        f"{_received(about)}因在规定期限内不能作出决定，经我局负责人批准，审核期限{until}。理由：{about.reason}",
        _contact(about),
    )


def _refusal(about: About) -> tuple[str, ...]:
    return (
        f"{_received(about)}经审核，你单位不符合{_law(about)}规定的认定条件，决定不予认定为技能人才继续教育基地。",
        f"理由：{about.reason}",
        f"条件具备后可以重新申请。{_remedy(about)}",
    )


def _public_notice(about: About) -> tuple[str, ...]:
    period = ""
    if about.since and about.until:
        period = f"公示期为{say_date(about.since)}至{say_date(about.until)}（{about.workdays}个工作日）。"
    return (
        f"经审核，{about.organization}符合{_law(about)}规定的条件，拟认定为{about.level}技能人才继续教育基地，现予公示。",
        f"拟承担的职业（工种）和等级：{about.scope}。" if about.scope else "",
        f"{period}任何单位和个人有异议的，可在公示期内通过平台的“认定公示”页面（{about.address}）提出，也可向我局反映，"
        "写明事实和依据。提出异议的人的姓名和联系方式予以保密。",
        _contact(about),
    )


def _recognition(about: About) -> tuple[str, ...]:
    return (
        f"经审核和公示，你单位符合{_law(about)}规定的条件，现认定你单位为{about.level}技能人才继续教育基地。",
        f"承担的职业（工种）和等级：{about.scope}。" if about.scope else "",
        "基地编号和有效期以市职业技能管理服务中心向社会公布的为准；公布之后，方可以基地名义举办继续教育活动。",
        "请你单位认真实施教学计划，向社会公开继续教育的范围、内容、收费项目和标准，建立教学档案，如实出具参加继续教育的证明。",
    )


def _change(about: About) -> tuple[str, ...]:
    return (
        f"{_received(about)}经审核，同意你单位变更下列事项：",
        *_listed(about.points),
        "变更后的内容自市职业技能管理服务中心公布之日起生效，原有效期不变。",
    )


def _change_refusal(about: About) -> tuple[str, ...]:
    return (
        f"{_received(about)}经审核，决定不同意变更，原公布的内容和有效期不变。",
        f"理由：{about.reason}",
        _remedy(about),
    )


def _suspension(about: About) -> tuple[str, ...]:
    return (
        f"根据{_law(about)}的规定，决定自{say_date(about.since or about.on)}起暂停你单位技能人才继续教育基地"
        f"（编号：{about.base_number}）的资格。",
        f"理由：{about.reason}",
        *(("对正在办理和举办的活动作如下安排：", *_listed(about.points)) if about.points else ()),
        "暂停期间不得以基地名义备案新的培训班。整改完成后，可以书面申请恢复。",
        _remedy(about),
    )


def _restoration(about: About) -> tuple[str, ...]:
    return (
        f"经复查，决定自{say_date(about.since or about.on)}起恢复你单位技能人才继续教育基地"
        f"（编号：{about.base_number}）的资格。",
        f"说明：{about.reason}" if about.reason else "",
    )


def _revocation(about: About) -> tuple[str, ...]:
    return (
        f"根据{_law(about)}的规定，决定撤销{about.organization}的技能人才继续教育基地（编号：{about.base_number}）资格。",
        f"理由：{about.reason}",
        *(("对正在办理和举办的活动作如下安排：", *_listed(about.points)) if about.points else ()),
        f"自撤销之日起，不得以基地名义举办继续教育活动；{say_date(about.until)}前不得重新申请。" if about.until else "",
        "教学档案应当完整移交。学员已经依法取得的学分不受影响，另有决定的除外。",
        _remedy(about),
    )


def _closing(about: About) -> tuple[str, ...]:
    return (
        f"应{about.organization}申请，注销其技能人才继续教育基地（编号：{about.base_number}）资格，"
        f"自{say_date(about.since or about.on)}起生效。",
        f"说明：{about.reason}" if about.reason else "",
        "学员已经取得的学分和证明不受影响，教学档案按规定保存。",
    )


def _correction_order(about: About) -> tuple[str, ...]:
    until = f"{say_date(about.until)}前" if about.until else "限期内"
    return (
        f"经查，你单位存在下列行为，违反了{_law(about)}的规定：",
        *(_listed(about.points) if about.points else (about.reason,)),
        f"现责令你单位于{until}改正，并将改正情况书面报告我局。逾期不改正或者改正不符合要求的，将依法依规处理。",
        _remedy(about),
    )


@dataclass(frozen=True)
class _Kind:
    label: str
    title: str
    words: Callable[[About], tuple[str, ...]]


_BASE = "{about.organization}"
_KINDS = {
    LetterKind.ACCEPTANCE: _Kind("受理通知书", "受理通知书", _acceptance),
    LetterKind.SUPPLEMENT: _Kind("补正通知书", "补正通知书", _supplement),
    LetterKind.NOT_ACCEPTED: _Kind("不予受理通知书", "不予受理通知书", _not_accepted),
    LetterKind.EXTENSION: _Kind("延长审核期限通知书", "延长审核期限通知书", _extension),
    LetterKind.REFUSAL: _Kind("不予认定决定书", "关于不予认定继续教育基地的决定", _refusal),
    LetterKind.PUBLIC_NOTICE: _Kind("公示", f"关于拟认定{_BASE}|为技能人才继续教育基地的公示", _public_notice),
    LetterKind.RECOGNITION: _Kind("认定通知", f"关于认定{_BASE}|为技能人才继续教育基地的通知", _recognition),
    LetterKind.CHANGE: _Kind("准予变更通知", f"关于同意{_BASE}|变更继续教育基地有关事项的通知", _change),
    LetterKind.CHANGE_REFUSAL: _Kind("不同意变更决定书", "关于不同意变更继续教育基地有关事项的决定", _change_refusal),
    LetterKind.SUSPENSION: _Kind("暂停决定", f"关于暂停{_BASE}|继续教育基地资格的决定", _suspension),
    LetterKind.RESTORATION: _Kind("恢复通知", f"关于恢复{_BASE}|继续教育基地资格的通知", _restoration),
    LetterKind.REVOCATION: _Kind("撤销决定", f"关于撤销{_BASE}|继续教育基地资格的决定", _revocation),
    LetterKind.CLOSING: _Kind("注销通知", f"关于注销{_BASE}|继续教育基地资格的通知", _closing),
    LetterKind.CORRECTION_ORDER: _Kind("责令限期改正通知书", "责令限期改正通知书", _correction_order),
}

"""The forms of art. 16: what each is for, who may file it, and what it asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.filing_content import SECTIONS, Section
from domain.filing_parts import EventKind
from domain.roles import Role


@dataclass(frozen=True, kw_only=True)
class FormKind:
    """One form: `words` say what it is for, `prepare` what to have at hand, `act` what the bureau does."""

    key: str
    name: str
    words: str
    prepare: tuple[str, ...]
    sections: tuple[str, ...]
    article: str
    act: str = "备案"


_PLAN = "培训计划或实施方案（PDF、Word 或照片）"
_HOURS = "公共科目、专业科目各多少学时，每半天的安排"
_TEACHERS = "授课教师的姓名、单位、职称"
_COURSE = ("basics", "subjects", "teachers", "sessions", "people", "rights", "fees", "plan")

FORMS: tuple[FormKind, ...] = (
    FormKind(
        key="F1",
        name="培训班、研修班、进修班",
        words="由继续教育基地或人力社保部门举办，面向社会上的技能人才招生的班。",
        prepare=(
            _PLAN,
            _HOURS,
            _TEACHERS,
            "占用工作时间的，如何查验学员所在单位的同意证明（第五条）",
            "经费来源和收费",
        ),
        sections=_COURSE,
        article="第十六条第（一）项",
    ),
    FormKind(
        key="F2",
        name="技能比武、交流讲座、技术访学、技工教育教研",
        words="须经人力社保部门认定的活动。比武写明项目、裁判和名次学分，其他写明主讲人和内容。",
        prepare=(
            "举办通知或实施方案（PDF、Word 或照片）",
            "级别、主办单位和依据",
            "比武的项目、裁判和名次学分",
            _HOURS,
        ),
        sections=("basics", "competition", "events", "judges", "awards", *_COURSE[1:]),
        article="第十六条第（二）项",
        act="认定",
    ),
    FormKind(
        key="F3",
        name="用人单位自行或联合组织的活动",
        words="本单位为自己的职工举办的内训，可以自己办，也可以与继续教育基地联合办（基地须在网上确认）。",
        prepare=(
            _PLAN,
            _HOURS,
            _TEACHERS,
            "脱产、半脱产的工资待遇，或业余学习的费用分担约定（第五条）",
            "联合举办的，双方分工",
        ),
        sections=("basics", "partner", *_COURSE[1:]),
        article="第十六条第（三）项",
    ),
    FormKind(
        key="F4",
        name="以工代训",
        words="在岗位上由师傅带教，边干边学，按月安排学习内容；进行中可记带教日志，由师傅确认。",
        prepare=(
            "带教方案（PDF、Word 或照片）",
            "岗位、起止月份、每月学什么",
            "带教师傅的姓名、单位、技能等级",
            _HOURS,
        ),
        sections=("basics", "work_training", "periods", "subjects", "teachers", "sessions", "people", "rights", "plan"),
        article="第十六条第（四）项",
    ),
    FormKind(
        key="F4_VOLUNTEER",
        name="技能志愿服务",
        words="用技能为社区、学校、企业等义务服务；服务结束后由受益方在线确认时间。",
        prepare=("服务方案（PDF、Word 或照片）", "受益单位和联系人的电话、邮箱", "服务内容、时间和人数"),
        sections=("basics", "service", "subjects", "sessions", "people", "plan"),
        article="第十六条第（四）项",
    ),
    FormKind(
        key="F5",
        name="其他方式",
        words="以上各类都不合适的学习活动。要说明为什么属于继续教育，学时怎么算，由人力社保部门审核。",
        prepare=("活动方案（PDF、Word 或照片）", "为什么属于继续教育", "学时怎样计算", "经费来源和收费"),
        sections=("basics", "other", "subjects", "sessions", "people", "rights", "fees", "plan"),
        article="第十六条第（五）项",
        act="审核备案",
    ),
)
BY_KEY: Mapping[str, FormKind] = {form.key: form for form in FORMS}

# A capacity an organisation has, and what it may file in it.
OF_CAPACITY: Mapping[str, tuple[str, ...]] = {
    "training_base": ("F1", "F2", "F5"),
    "employer": ("F3", "F4", "F4_VOLUNTEER", "F5"),
    "industry_body": ("F2", "F4", "F4_VOLUNTEER", "F5"),
    "government": ("F1", "F2"),
}
GOVERNMENT = "government"
TRAINING_BASE = "training_base"
_CAPACITIES_OF: Mapping[Role, tuple[str, ...]] = {
    Role.EMPLOYER_CLERK: ("employer",),
    Role.BASE_CLERK: (TRAINING_BASE,),
    Role.ORGANIZER_CLERK: ("industry_body", GOVERNMENT),
}


def forms_for(role: Role, capacities: Iterable[str]) -> tuple[str, ...]:
    """The forms an operator in this role may file for an organisation with these capacities, in their order."""
    held = set(capacities) & set(_CAPACITIES_OF.get(role, ()))
    allowed = {key for capacity in held for key in OF_CAPACITY[capacity]}
    return tuple(form.key for form in FORMS if form.key in allowed)


# --- Sections ---------------------------------------------------------------------------------------------------------

_ONLY_COMPETITION = ("events", "judges", "awards")
_NAMES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "F2": {
        "teachers": ("主讲人和专家", "主讲、带队或主持的人，姓名、单位、职称"),
        "sessions": ("日程安排", "每半天一项：时间、学时、内容"),
        "people": ("参加对象与考核", "面向工种、计划人数、怎样算完成"),
        "plan": ("附件", "举办通知或实施方案"),
    },
    "F4": {
        "teachers": ("带教师傅", "姓名、单位、技能等级"),
        "sessions": ("带教安排", "每半天一项：时间、学时、师傅、内容"),
        "people": ("学员与考核", "面向工种、计划人数、考核方式"),
        "plan": ("附件", "带教方案"),
    },
    "F4_VOLUNTEER": {
        "sessions": ("服务安排", "每半天一项：时间、学时、内容"),
        "people": ("志愿者", "面向工种、计划人数"),
        "plan": ("附件", "服务方案"),
    },
    "F5": {
        "sessions": ("学习安排", "每半天一项：时间、学时、内容"),
        "people": ("学习对象与考核", "面向工种、计划人数、考核方式"),
        "plan": ("附件", "活动方案"),
    },
}
_BY_SECTION = {section.key: section for section in SECTIONS}


def event_kind(draft: Mapping[str, Any]) -> str:
    """The kind of a recognised activity as far as the draft says."""
    return str((draft.get("competition") or {}).get("kind", ""))


def section_keys(form: str, kind: str = "") -> tuple[str, ...]:
    """The sections a filing of this form has; of F2 a competition (`kind`) has judges and the others have speakers."""
    keys = BY_KEY[form].sections
    if form != "F2":
        return keys
    is_competition = kind == EventKind.COMPETITION
    return tuple(key for key in keys if key not in (("teachers",) if is_competition else _ONLY_COMPETITION))


def sections_of(form: str, kind: str = "") -> tuple[Section, ...]:
    """The sections as this form calls them."""
    names = _NAMES.get(form, {})
    result = []
    for key in section_keys(form, kind):
        label, purpose = names.get(key, (_BY_SECTION[key].label, _BY_SECTION[key].purpose))
        result.append(Section(key, label, purpose))
    return tuple(result)

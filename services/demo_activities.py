"""What the activities of the demo city teach, and the draft a clerk would have typed for one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from services import demo_names


@dataclass(frozen=True, kw_only=True)
class Theme:
    """One course of a trade: what it is called, what for, what is taught, to whom."""

    title: str
    purpose: str
    topics: tuple[str, ...]
    occupations: str


def _theme(title: str, purpose: str, topics: str, occupations: str) -> Theme:
    return Theme(title=title, purpose=purpose, topics=tuple(topics.split("、")), occupations=occupations)


THEMES = {
    "metal": (
        _theme(
            "机器人焊接编程与工艺优化",
            "掌握六轴焊接机器人的示教编程，降低五金件焊接返修率。",
            "机器人示教编程、焊缝跟踪与参数优化、焊接变形控制、典型件实操",
            "焊工、工业机器人系统操作员",
        ),
        _theme(
            "五金冲压模具快速换模与维护",
            "推广快速换模方法，减少冲压线停机时间。",
            "冲压工艺分析、模具保养与修复、快速换模、首件检验",
            "冲压工、模具工",
        ),
        _theme(
            "锁具制造新工艺与质量控制",
            "提升锁具零件加工精度和装配一致性。",
            "锁芯加工新工艺、智能锁装配、耐久与防护试验、质量追溯",
            "锁具制作工、装配钳工",
        ),
    ),
    "cups": (
        _theme(
            "不锈钢保温杯激光焊与真空工艺",
            "掌握激光焊接和真空处理新工艺，提高一次合格率。",
            "激光焊接工艺、真空度控制、抛光与喷涂、自动化产线操作",
            "日用五金制品制作工、焊工",
        ),
        _theme(
            "杯壶行业绿色电镀与喷涂",
            "减少废水废气，适应新的环保标准。",
            "水性涂料喷涂、镀层质量检测、废水处理、设备点检",
            "镀层工、日用五金制品制作工",
        ),
    ),
    "wood": (
        _theme(
            "红木家具榫卯结构与数控雕刻",
            "把传统榫卯技艺与数控加工结合起来，缩短制作周期。",
            "榫卯结构设计、数控雕刻编程、手工精修、木材含水率控制",
            "家具制作工、手工木工、工艺品雕刻工",
        ),
        _theme(
            "东阳木雕传统技法传承研修",
            "传承浅浮雕、镂空雕技法，培养木雕骨干。",
            "图稿设计、浅浮雕技法、镂空雕技法、作品点评",
            "工艺品雕刻工、手工木工",
        ),
    ),
    "commerce": (
        _theme(
            "跨境电商平台运营与合规",
            "熟悉主要平台规则和出口合规要求，提高店铺运营水平。",
            "平台规则更新、选品与数据分析、出口合规与知识产权、客户服务",
            "电子商务师、物流服务师",
        ),
        _theme(
            "直播电商策划与人工智能工具应用",
            "规范直播行为，用好智能文案、图像和客服工具。",
            "直播策划、话术与合规、人工智能工具应用、复盘方法",
            "互联网营销师、电子商务师、人工智能训练师",
        ),
    ),
    "textile": (
        _theme(
            "活性染料节水染色与色差控制",
            "推广小浴比染色，降低水耗和返修率。",
            "小浴比染色工艺、测色与配色、染疵分析、助剂选用",
            "纺织染色工、化学检验员",
        ),
        _theme(
            "服装智能裁剪与样板数字化",
            "掌握数字化打版和智能裁床操作。",
            "三维打版、智能裁床操作、缝制工艺改进、质量检验",
            "服装制版师、缝纫工",
        ),
    ),
    "tools": (
        _theme(
            "无刷电动工具装配与检测新技术",
            "适应无刷化、锂电化产品，提高装配质量。",
            "无刷电机原理、锂电池包安全、装配工艺、安规与寿命试验",
            "电动工具制造工、装配钳工",
        ),
        _theme(
            "注塑模具设计与快速成型",
            "缩短电动工具外壳开发周期。",
            "模具结构优化、增材制造打样、注塑缺陷分析、模具保养",
            "模具工、机电设备维修工",
        ),
    ),
    "crystal": (
        _theme(
            "水晶玻璃数控磨抛与粉尘治理",
            "以数控磨抛替代手工，改善作业环境。",
            "数控磨抛编程、切面精度控制、粉尘防治、表面检验",
            "玻璃制品加工工、磨工",
        ),
    ),
    "herbs": (
        _theme(
            "中药炮制传统技艺与质量追溯",
            "规范“磐五味”炮制工艺，落实质量追溯。",
            "净制与切制、炒炙与蒸煮、理化检验、追溯系统操作",
            "中药炮制工、化学检验员",
        ),
    ),
    "cars": (
        _theme(
            "数控多轴加工与在机测量",
            "掌握五轴编程与在机测量，提高关键件加工精度。",
            "五轴编程、刀具与切削参数、在机测量、误差分析",
            "车工、铣工、多工序数控机床操作调整工",
        ),
        _theme(
            "新能源汽车零部件制造工艺",
            "适应电驱动部件生产，提升工艺水平。",
            "电驱壳体加工、热处理质量控制、清洁度检测、自动化运维",
            "汽车装调工、工业机器人系统运维员、金属热处理工",
        ),
    ),
    "logistics": (
        _theme(
            "智能仓储与装卸机械安全操作",
            "熟悉智能仓储系统，杜绝装卸安全事故。",
            "智能仓储系统、叉车安全操作、货物加固、应急处置",
            "起重装卸机械操作工、物流服务师",
        ),
    ),
    "college": (
        _theme(
            "工业机器人系统运维高级研修",
            "面向全市企业技术骨干，提升机器人系统集成和运维能力。",
            "机器人系统集成、故障诊断、视觉与力控应用、产线改造案例",
            "工业机器人系统运维员、工业机器人系统操作员、电工",
        ),
        _theme(
            "技师数控加工新技术研修",
            "学习多轴加工和数字化制造新技术。",
            "多轴加工、数字化工艺设计、精密测量、技术创新方法",
            "车工、铣工、多工序数控机床操作调整工",
        ),
        _theme(
            "电工新标准与智能配电",
            "学习电气新标准，掌握智能配电运维。",
            "电气安全新标准、智能配电运维、变频与伺服、节能改造",
            "电工、机电设备维修工",
        ),
    ),
}
_PUBLIC = (
    "安全生产法律法规与职业健康",
    "职业道德与工匠精神",
    "人工智能与数字化通识",
    "知识产权与技术信息检索",
    "时事政策与产业形势",
)
_TITLES = ("高级技师", "高级工程师", "副教授", "高级讲师", "技师")
# First and last moment of a half day, and its hours of 45 minutes.
_HALVES = {"am": ("08:30", "11:30"), "pm": ("13:30", "16:30"), "evening": ("18:30", "21:30")}
_HOURS = 4
# What an hour of one person costs, in yuan.
_COST_OF_A_LESSON = 5


def usual_hours(half_days: int) -> tuple[int, int]:
    """How many hours of so many half days are public and professional."""
    total = half_days * _HOURS
    public = {2: 2, 4: 4, 6: 6, 10: 8, 14: 12}.get(half_days, total // 5)
    return public, total - public


def draft(
    draw: Random,
    theme: Theme,
    *,
    title: str,
    days: Sequence[date],
    evening: bool,
    unit: str,
    place: str,
    quota: int,
    in_house: bool,
    engaged: set[str],
) -> dict[str, dict[str, Any]]:
    """The sections of a filing as the pages store them: complete and without a mistake.

    Its teachers are none of those `engaged`, and are added there: nobody teaches at two places at once.
    """
    halves = ("evening",) if evening else ("am", "pm")
    slots = [(day, half) for day in days for half in halves]
    public, professional = usual_hours(len(slots))
    main = max(professional * 3 // 5 // 2 * 2, 2)
    subjects = [("PUBLIC", draw.choice(_PUBLIC), public), ("PROFESSIONAL", theme.topics[0], main)]
    if professional > main:
        subjects.append(("PROFESSIONAL", "、".join(theme.topics[1:]), professional - main))
    teachers = [_teacher(draw, number, unit, engaged) for number in range(1, 2 + (len(slots) > 2))]
    topics = [subjects[0][1], *theme.topics]
    return {
        "basics": {"title": title, "purpose": theme.purpose, "place": place},
        "subjects": {"rows": [{"subject": kind, "title": name, "hours": str(hours)} for kind, name, hours in subjects]},
        "teachers": {"rows": teachers},
        "sessions": {
            "rows": [
                {
                    "on": day.isoformat(),
                    "half": half,
                    "starts": _HALVES[half][0],
                    "ends": _HALVES[half][1],
                    "hours": str(_HOURS),
                    "place": "",
                    "teacher": teachers[index % len(teachers)]["key"],
                    "topic": topics[min(index * len(topics) // len(slots), len(topics) - 1)],
                }
                for index, (day, half) in enumerate(slots)
            ]
        },
        "people": {
            "occupations": theme.occupations,
            "quota": str(quota),
            "assessment": "理论闭卷与实际操作各占一半，合计 60 分合格。",
        },
        "rights": _rights(evening=evening, in_house=in_house),
        "fees": _fees(len(slots) * _HOURS * quota, in_house=in_house),
        **({"partner": {"mode": "own", "organization": "", "duties": ""}} if in_house else {}),
    }


def _fees(lessons: int, *, in_house: bool) -> dict[str, str]:
    """An employer pays for its own people; a base is paid from the fund for skills, so that nobody pays anything."""
    cost = str(lessons * _COST_OF_A_LESSON)
    return {
        "cost": cost,
        "per_person": "0",
        "public_benefit": "" if in_house else "yes",
        "unit": cost if in_house else "",
        "state": "" if in_house else cost,
    }


def _teacher(draw: Random, number: int, unit: str, engaged: set[str]) -> dict[str, str]:
    name = ""
    while not name or name in engaged:
        name, _ = demo_names.person(draw, "330702", date(1974 + draw.randrange(16), 5, 1), sex=draw.choice("12"))
    engaged.add(name)
    own = number == 1
    return {
        "key": f"t{number}",
        "name": name,
        "unit": unit if own else "金华市双龙技师学院",
        "title": draw.choice(_TITLES),
        "employment": "full_time" if own else "part_time",
    }


def _rights(*, evening: bool, in_house: bool) -> dict[str, str]:
    if evening:
        agreement = (
            "培训费用由单位承担，参训职工按加班标准计发补贴。" if in_house else "培训费用由学员与其单位约定分担。"
        )
        return {"leave_mode": "off_hours", "consent": "", "wage_clause": "", "cost_agreement": agreement}
    return {
        "leave_mode": "half" if in_house else "full",
        "consent": "yes",
        "wage_clause": "培训期间视同出勤，工资福利照发。" if in_house else "",
        "cost_agreement": "",
    }


def plan_words(sections: dict[str, dict[str, Any]]) -> list[str]:
    """The paragraphs of the plan that is attached to such a draft."""
    basics = sections["basics"]
    return [
        f"一、培训目的：{basics['purpose']}",
        f"二、培训地点：{basics['place']}",
        "三、课程安排：",
        *(f"{row['on']} {row['starts']}–{row['ends']}　{row['topic']}" for row in sections["sessions"]["rows"]),
        "四、授课教师：" + "、".join(f"{row['name']}（{row['title']}）" for row in sections["teachers"]["rows"]),
        f"五、考核方式：{sections['people']['assessment']}",
        f"六、安全与应急：开班前由{basics['place']}负责人讲解安全出口和用电要求。",
    ]

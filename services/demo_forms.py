"""The activities of the demo city that are no class: one of each form of art. 16, in different states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from models import ActivityFiling
from services import cases, clock, day_logs, demo_papers, filing_confirmations, filings, joint_filings
from services.demo_organizations import Site
from services.demo_people import Crowd
from services.demo_scenes import Scene, Stage

_HALVES = (("am", "08:30", "11:30"), ("pm", "13:30", "16:30"))
_LEAD_WORKDAYS = 13
_PAPER = {"F4": "带教方案.docx", "F4_VOLUNTEER": "服务方案.docx"}


@dataclass(frozen=True, kw_only=True)
class Other:
    """One activity: `ahead` are working days from today to its first day, `until` the last thing that happened."""

    site: str
    form: str
    title: str
    purpose: str
    place: str
    ahead: int
    days: int
    until: str
    topics: tuple[str, ...]
    occupations: str
    quota: int
    parts: Mapping[str, Any]
    teachers: tuple[tuple[str, str, str], ...] = ()
    public_hours: int = 0
    every: int = 1
    partner: str = ""
    remark: str = ""
    assessment: str = "现场考核，60 分合格。"
    rights: Mapping[str, str] = field(default_factory=dict)


def _rows(names: str, *rows: Sequence[str]) -> dict[str, Any]:
    return {"rows": [dict(zip(names.split(), row, strict=True)) for row in rows]}


_FREE = {"cost": "18000", "per_person": "0", "public_benefit": "yes", "state": "18000"}
_HALF = {"leave_mode": "half", "consent": "yes", "wage_clause": "视同正常出勤，工资福利照发。"}
AWARDS = _rows("rank places credits", ("一等奖", "1", "15"), ("二等奖", "3", "12"), ("三等奖", "6", "8"))

OTHERS = (
    Other(
        site="tools_association", form="F2", ahead=16, days=2, until="approve",
        title="第八届金华市电动工具装配调试技能比武", purpose="以赛促学，选拔电动工具装配调试能手。",
        place="金华市双龙技师学院电气实训楼", topics=("理论比赛", "装配调试实操", "故障排除", "点评与颁奖"),
        occupations="电动工具制造工、装配钳工", quota=80,
        parts={
            "competition": {
                "kind": "competition", "level": "CITY", "host": "金华市总工会、金华市电动工具制造业协会",
                "basis": "金华市职业技能竞赛年度计划",
            },
            "events": _rows(
                "name occupation standard",
                ("电动工具装配调试", "电动工具制造工", "国家职业标准三级"),
                ("电机维修", "装配钳工", "国家职业标准三级"),
            ),
            "judges": _rows(
                "name unit credential role",
                ("宋以诚", "金华市双龙技师学院", "省级裁判员证", "chief"),
                ("何志明", "武义县熟溪电动工具有限公司", "一级/高级技师", "judge"),
                ("盛伟国", "金华市婺江汽车零部件有限公司", "高级工程师", "judge"),
            ),
            "awards": AWARDS,
            "fees": {"cost": "60000", "per_person": "0", "public_benefit": "yes", "state": "40000",
                     "sponsor": "20000", "sponsor_name": "武义县熟溪电动工具有限公司"},
        },
    ),
    Other(
        site="shuanglong", form="F2", ahead=18, days=1, until="submit",
        title="智能制造与工业机器人应用交流讲座", purpose="介绍智能产线改造案例，交流应用经验。",
        place="金华市双龙技师学院报告厅", topics=("智能产线改造案例", "机器人应用答疑"),
        occupations="工业机器人系统操作员、电工", quota=200, teachers=(("童建明", "浙江省机电研究院", "正高级工程师"),),
        parts={
            "competition": {
                "kind": "lecture", "level": "CITY", "host": "金华市双龙技师学院", "basis": "学院年度社会服务计划",
            },
            "fees": _FREE,
        },
    ),
    Other(
        site="bureau_yongkang", form="F1", ahead=14, days=2, until="submit",
        title="永康市高技能人才工匠精神研修班", purpose="面向全市技能骨干，学习新政策、交流带徒经验。",
        place="永康市人才大厦三楼会议室", topics=("产业工人队伍建设政策", "工匠精神与带徒方法", "企业参观", "交流总结"),
        occupations="焊工、模具工、电工", quota=60, public_hours=8,
        teachers=(("黄宗林", "永康市委党校", "副教授"),), parts={"fees": _FREE},
        rights={"leave_mode": "full", "consent": "yes", "wage_clause": "由学员所在单位按约定支付。"},
    ),
    Other(
        site="huaxi", form="F3", ahead=12, days=3, until="ask", partner="fangyan",
        title="杯壶激光焊新工艺校企联合内训班", purpose="用上基地的焊接设备，解决保温杯激光焊合格率问题。",
        place="永康市方岩职业技能培训学校焊接车间",
        topics=("激光安全", "激光焊参数优化", "焊缝检测", "返修案例", "实操训练", "考核"),
        occupations="焊工、日用五金制品制作工", quota=30, public_hours=4,
        teachers=(("施伟东", "永康市方岩职业技能培训学校", "高级技师"),),
        parts={"fees": {"cost": "24000", "per_person": "0", "unit": "24000"}}, rights=_HALF,
    ),
    Other(
        site="nanxi", form="F3", ahead=9, days=2, until="approve", partner="geshan",
        title="红木家具数控雕刻校企联合内训班", purpose="与技工学校共用数控雕刻设备，培养编程骨干。",
        place="东阳市歌山技工学校数控车间", topics=("安全生产", "数控雕刻编程", "上机操作", "考核"),
        occupations="家具制作工、工艺品雕刻工", quota=25, public_hours=4,
        teachers=(("马成栋", "东阳市歌山技工学校", "高级讲师"),),
        parts={"fees": {"cost": "16000", "per_person": "0", "unit": "16000"}}, rights=_HALF,
    ),
    Other(
        site="wujiang", form="F3", ahead=17, days=2, until="decline", partner="shuanglong",
        title="五轴加工与在机测量联合内训班", purpose="提高关键件加工精度。", place="金华市婺江汽车零部件有限公司",
        topics=("安全生产", "五轴编程", "在机测量", "考核"), occupations="车工、铣工", quota=30, public_hours=4,
        teachers=(("汪若兰", "金华市双龙技师学院", "高级讲师"),),
        parts={"fees": {"cost": "20000", "per_person": "0", "unit": "20000"}}, rights=_HALF,
        remark="本院五轴设备该周有实训任务，请改到月底。",
    ),
    Other(
        site="shuxi", form="F4", ahead=-6, days=10, every=2, until="approve",
        title="电动工具装配岗位以工代训（第一批）", purpose="在装配线上由师傅带教，培养能独立装配调试的骨干。",
        place="武义县熟溪电动工具有限公司二号车间", topics=("安全与工艺纪律", "无刷电机装配", "整机调试", "质量检验"),
        occupations="电动工具制造工", quota=16, public_hours=4,
        teachers=(("何志明", "武义县熟溪电动工具有限公司", "一级/高级技师"),
                  ("涂向阳", "武义县熟溪电动工具有限公司", "二级/技师")),
        parts={"work_training": {"post": "电动工具整机装配", "tasks": "无刷电钻、角磨机的装配、调试和检验"}},
        rights=_HALF,
    ),
    Other(
        site="doors_association", form="F4_VOLUNTEER", ahead=-5, days=1, until="approve",
        title="智能门锁进社区义务检修", purpose="发挥门锁装配技能，为社区居民检修门锁。",
        place="永康市东城街道山川坛社区", topics=("门锁检修", "使用安全讲解"),
        occupations="锁具制作工、装配钳工", quota=12, public_hours=2, assessment="",
        parts={
            "service": {
                "beneficiary": "永康市东城街道山川坛社区居民委员会", "contact": "胡爱华", "phone": "0579-87110022",
                "email": "shanchuantan@example.com", "work": "为居民免费检修机械门锁和智能门锁，讲解使用安全",
            },
        },
    ),
    Other(
        site="qianchui", form="F4_VOLUNTEER", ahead=12, days=1, until="submit",
        title="焊接技能进校园志愿服务", purpose="为中职学生示范焊接操作，检修实训设备。",
        place="永康市职业技术学校实训楼", topics=("设备检修", "操作示范"), occupations="焊工", quota=10, assessment="",
        parts={
            "service": {
                "beneficiary": "永康市职业技术学校", "contact": "朱光明", "phone": "0579-87220011",
                "email": "yongzhi@example.com", "work": "检修焊接实训设备，为学生做操作示范",
            },
        },
    ),
    Other(
        site="bolanggu", form="F5", ahead=15, days=2, until="return",
        title="直播电商数据分析技术攻关小组研修", purpose="以攻关小组的形式学习数据分析新技术。",
        place="义乌市北苑街道电商园A座", topics=("问题与方法", "数据采集与清洗", "模型试验", "成果汇报"),
        occupations="电子商务师、人工智能训练师", quota=15,
        parts={
            "other": {
                "description": "由骨干组成攻关小组，围绕店铺数据分析课题集中研讨和试验。",
                "reason": "学习和应用人工智能、数据分析新技术，属于专业科目内容。",
                "counting": "按集中研讨和试验的实际时间计，以签到和记录为证。",
            },
            "fees": {"cost": "6000", "per_person": "0", "unit": "6000"},
        },
        rights=_HALF, remark="学时的证明方式请写得更具体，例如由谁记录、怎样核对。",
    ),
)  # fmt: skip


def scenes(stage: Stage, crowd: Crowd, today: date) -> list[Scene]:
    """How each of them came to be."""
    return [
        _scene(stage, other, today, [person.id for person in crowd.staff(other.site, today)[:6]]) for other in OTHERS
    ]


def _scene(stage: Stage, other: Other, today: date, learners: Sequence[int]) -> Scene:
    site = stage.staffing.sites[other.site]
    first = stage.calendar.add_working_days(today, other.ahead)
    days = [first]
    while len(days) < other.days:
        days.append(stage.calendar.add_working_days(days[-1], other.every))
    # What waits for its partner was sent a day ago, for the partner has three.
    latest = stage.calendar.add_working_days(today, -1 if other.until == "ask" else -4)
    filed_on = min(stage.calendar.add_working_days(first, -_LEAD_WORKDAYS), latest)
    yield stage.at_work(filed_on)
    filing = write(other, site, days, stage)
    yield clock.now() + timedelta(minutes=15)
    filings.submit(filing, actor=site.clerk)
    if other.partner:
        if other.until == "ask":
            return
        partner = stage.staffing.sites[other.partner]
        yield stage.after(filed_on, 1, 1)
        if other.until == "decline":
            joint_filings.decline(filing, remark=other.remark, actor=partner.clerk)
            return
        joint_filings.confirm(filing, seen_sha256=joint_filings.shown_sha256(filing), actor=partner.clerk)
    if other.until == "submit":
        return
    officer = stage.officer(site.demo.region_code)
    yield stage.after(clock.today(), 1, 2)
    if other.until == "return":
        items = [("other", other.remark)]
        cases.act(filing.case, "return", actor=officer, remark="共 1 处需要补正。", items=items)
        return
    cases.act(filing.case, "approve", actor=officer)
    if other.form == "F4_VOLUNTEER":
        # The mail with the link lies in the outbox of the demo.
        yield stage.after(days[-1], 1, 1)
        filing_confirmations.ask_beneficiary(filing, actor=site.clerk)
    if other.form == "F4":
        yield from _log(filing, site, days, learners, stage)


def _log(filing: ActivityFiling, site: Site, days: Sequence[date], learners: Sequence[int], stage: Stage) -> Scene:
    """The first days of a training at a post, the first of them confirmed by the mentor."""
    mentor = filing.teachers[0].name
    for place, (on, done) in enumerate(zip(days, ("熟悉工位和安全规程", "无刷电机装配", "整机调试"), strict=False)):
        yield stage.after(on, 1, 1)
        day_logs.record(filing, learners, on=on, hours=Decimal(8), done=done, mentor=mentor, actor=site.clerk)
        if place == 0:
            asked = day_logs.ask_mentor(filing, mentor, "shifu@example.com", actor=site.clerk)
            filing_confirmations.answer(asked, agreed=True, name=mentor)


def write(other: Other, site: Site, days: Sequence[date], stage: Stage) -> ActivityFiling:
    """The filing as its clerk writes it, ready to be submitted."""
    filing = filings.start(other.form, actor=site.clerk)
    sections = draft(other, days)
    if other.partner:
        partner = stage.staffing.sites[other.partner].id
        duties = "本单位组织学员并负责考勤，基地提供场地设备、教师，负责考核。"
        sections["partner"] = {"mode": "joint", "organization": str(partner), "duties": duties}
    wanted = {section.key for section in filings.sections(filing)} | {"events", "judges", "awards"}
    for key, values in sections.items():
        if key in wanted:
            filings.save_section(filing, key, values, actor=site.clerk)
    paper = demo_papers.word_document(other.title, [other.purpose, "、".join(other.topics)])
    filings.attach_plan(filing, paper, _PAPER.get(other.form, "实施方案.docx"), actor=site.clerk)
    return filing


def draft(other: Other, days: Sequence[date]) -> dict[str, Any]:
    """The sections as the pages store them: complete and without a mistake."""
    keys = [f"t{position}" for position in range(1, len(other.teachers) + 1)]
    slots = [(day, half) for day in days for half in _HALVES]
    hours = len(slots) * 4
    subjects = [("PUBLIC", other.topics[0], other.public_hours), ("PROFESSIONAL", other.title[:40], hours)]
    subjects[1] = (*subjects[1][:2], hours - other.public_hours)
    sessions = [
        {
            "on": day.isoformat(), "half": half, "starts": starts, "ends": ends, "hours": "4", "place": "",
            "teacher": keys[index % len(keys)] if keys else "",
            "topic": other.topics[min(index * len(other.topics) // len(slots), len(other.topics) - 1)],
        }
        for index, (day, (half, starts, ends)) in enumerate(slots)
    ]  # fmt: skip
    made = {
        "basics": {"title": other.title, "purpose": other.purpose, "place": other.place},
        "subjects": _rows("subject title hours", *((kind, name, str(each)) for kind, name, each in subjects if each)),
        "teachers": _rows(
            "key name unit title employment",
            *((key, *one, "part_time") for key, one in zip(keys, other.teachers, strict=True)),
        ),
        "sessions": {"rows": sessions},
        "people": {"occupations": other.occupations, "quota": str(other.quota), "assessment": other.assessment},
        "rights": {"leave_mode": "off_hours", "cost_agreement": "参加人员自愿报名，不收费。", **other.rights},
        **{key: dict(values) for key, values in other.parts.items()},
    }
    if other.form == "F4":
        months = sorted({f"{day:%Y-%m}" for day in days})
        made["work_training"] |= {"starts": months[0], "ends": months[-1]}
        rows = [(month, "装配与调试操作", "能独立完成工序并自检") for month in months]
        made["periods"] = _rows("month content goal", *rows)
    return made

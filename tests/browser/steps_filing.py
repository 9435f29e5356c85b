"""Steps 3 and 4: the clerk files a class, the officer sends it back once and approves, a second person is invited."""

import re

from playwright.sync_api import expect

from tests.browser.journey import (
    CLERK_MAIL,
    MANAGER,
    MANAGER_MAIL,
    TITLE,
    Journey,
    activate,
    sign_in,
)
from tests.browser.visitor import Visitor

PURPOSE = "让一线数控操作人员掌握新刀具和新工艺，减少废品"
ASSESSMENT = "理论闭卷 60 分合格，实操由授课教师评定；两项都合格为合格"


def draft_class(journey: Journey, clerk: Visitor) -> Visitor:
    """Sixteen hours on two days; what was typed survives a browser that goes away before anybody saves."""
    clerk.go("/filings")
    clerk.follow("新建备案")
    clerk.press("填写用人单位自行或联合组织的活动")
    clerk.sees("已完成")
    clerk.follow("基本信息")
    clerk.fill({"活动名称": TITLE, "培训目的与内容": PURPOSE})
    if journey.scripts:
        expect(clerk.page.locator("#saved")).to_contain_text("保存为草稿")
        clerk.close()
        clerk = journey.visit("clerk")
        sign_in(clerk, CLERK_MAIL)
        clerk.follow(TITLE)
        clerk.follow("基本信息")
        assert clerk.field("培训目的与内容").input_value() == PURPOSE
    clerk.press("保存并继续")
    clerk.sees("提交的内容有误", "培训地点")
    clerk.fill({"培训地点": "本公司 3 号楼 2 楼培训室"})
    clerk.press("保存并继续")
    clerk.on("举办方式")
    clerk.tick("本单位自行举办")
    clerk.press("保存并继续")
    _subjects(clerk)
    _teachers(clerk)
    _sessions(clerk)
    clerk.on("培训对象与考核")
    clerk.fill({"面向职业（工种）": "数控车工、铣工、焊工、电工", "计划人数": "150", "考核方式": "考试"})
    clerk.press("保存并继续")
    clerk.on("权益保障")
    clerk.tick("脱产", "本单位同意职工")
    clerk.fill({"培训期间的工资福利待遇": "培训期间视同正常出勤，工资、福利待遇照发。"})
    clerk.press("保存并继续")
    clerk.on("经费和收费")
    for name, amount in {"cost": "12000", "per_person": "0", "unit": "12000"}.items():
        clerk.page.locator(f"[name={name}]").fill(amount)
    clerk.press("保存并继续")
    clerk.on("培训计划附件")
    clerk.attach("添加文件", journey.files.photos[0])
    clerk.press("上传")
    clerk.sees(journey.files.photos[0].name)
    return clerk


def _row(clerk: Visitor, number: int, values: dict[str, str]) -> None:
    clerk.fill(values, within=clerk.page.locator(f"#row-{number}"))


def _subjects(clerk: Visitor) -> None:
    clerk.on("科目与学时")
    _row(clerk, 1, {"科目类别": "公共科目", "课程或内容名称": "职业道德与安全生产法规", "学时": "4"})
    clerk.press("添加一行科目")
    _row(clerk, 2, {"科目类别": "专业科目", "课程或内容名称": "数控加工新工艺", "学时": "12"})
    clerk.press("保存并继续")


def _teachers(clerk: Visitor) -> None:
    clerk.on("授课教师")
    _row(
        clerk,
        1,
        {"姓名": "方志明", "工作单位": "金华市金职技师学院", "职称或技能等级": "高级讲师", "专职/兼职": "兼职"},
    )
    clerk.press("添加一行教师")
    _row(clerk, 2, {"姓名": "楼晓东", "工作单位": "本公司", "职称或技能等级": "一级/高级技师", "专职/兼职": "专职"})
    clerk.press("保存并继续")


def _sessions(clerk: Visitor) -> None:
    clerk.on("课次安排")
    clerk.fill({"从": "2026-09-21", "到": "2026-09-22"})
    clerk.tick("上午", "下午")
    clerk.press("添加这些课次")
    clerk.sees("第 4 行课次")
    topics = ("职业道德与安全生产法规", "新型刀具的选用", "高速铣削工艺", "实操与考核")
    for number, topic in enumerate(topics, start=1):
        teacher = "方志明" if number < 3 else "楼晓东"
        _row(clerk, number, {"授课内容": topic, "授课教师": teacher})
    if clerk.scripts:
        # The draft that is saved meanwhile brings the sum.
        clerk.sees("课次合计 16 学时，科目合计 16 学时")
    clerk.press("保存并继续")


def submit_class(clerk: Visitor) -> str:
    """Check answers, submit, and the number that the confirmation names."""
    clerk.follow("下一步：核对并提交")
    clerk.on("核对并提交")
    clerk.sees(TITLE, PURPOSE, "职业道德与安全生产法规", "方志明", "数控车工", "视同正常出勤")
    clerk.press("提交备案")
    clerk.on("备案已提交")
    clerk.sees(re.compile(r"承诺在 2026年9月\d+日 前办结（还有 \d+ 个工作日）"))
    number = clerk.page.locator(".confirmation code").inner_text()
    assert re.fullmatch(r"HD330784-20260907-\d{4}", number)
    return number


def correct_class(journey: Journey, clerk: Visitor, officer: Visitor, number: str) -> None:
    """One notice with everything that is missing; the officer sees what was changed, and approves."""
    officer.go("/bureau")
    officer.follow(TITLE)
    officer.sees(number, PURPOSE, "方志明", "一级/高级技师", journey.files.photos[0].name)
    officer.page.get_by_text("退回补正", exact=True).click()
    officer.arrive()
    officer.press("发出补正告知", confirm=True)
    officer.sees("请至少写一项需要补正的内容")
    points = {"培训对象与考核": "请写明理论和实操各怎样考、多少分合格", "培训计划附件": "请补传盖章的实施方案"}
    for place, (section, message) in enumerate(points.items(), start=1):
        point = officer.page.get_by_role("group", name=f"第 {place} 项", exact=True)
        officer.fill({"涉及内容": section, "要求": message}, within=point)
    officer.press("发出补正告知", confirm=True)
    officer.sees("待补正", *points.values())

    clerk.go("/work")
    clerk.follow(TITLE)
    clerk.sees("一次性补正告知：共 2 项", *points.values())
    clerk.follow("补正")
    clerk.sees(*points.values())
    clerk.follow("培训对象与考核")
    clerk.sees(points["培训对象与考核"])
    clerk.fill({"考核方式": ASSESSMENT})
    clerk.press("保存并继续")
    clerk.on("核对并提交")
    clerk.follow(re.compile(r"^修改\s*培训计划附件$"))
    clerk.sees(points["培训计划附件"])
    clerk.attach("添加文件", journey.files.photos[1])
    clerk.press("上传")
    clerk.follow("下一步：核对并提交")
    clerk.sees("与上次提交相比", ASSESSMENT, journey.files.photos[1].name)
    clerk.press("重新提交")
    clerk.on("备案已提交")

    officer.go("/bureau")
    officer.follow(TITLE)
    officer.sees("第 2 次提交修改了什么", ASSESSMENT, journey.files.photos[1].name)
    officer.press("准予备案", confirm=True)
    officer.sees("已备案")


def invite_manager(journey: Journey, clerk: Visitor) -> Visitor:
    """The second person of the employer, by a mail of their own."""
    clerk.go("/operators")
    clerk.sees("还没有审核人")
    clerk.follow("邀请同事")
    clerk.fill({"姓名": MANAGER, "电子邮箱": MANAGER_MAIL})
    clerk.tick("用人单位审核人")
    clerk.press("发出邀请")
    clerk.sees(MANAGER, "待启用")
    manager = journey.visit("manager")
    activate(manager, journey.letter_to(MANAGER_MAIL), name=MANAGER, born="19760504")
    manager.on("待办")
    return manager

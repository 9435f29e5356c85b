"""A base from the application of an employer to its public page: clerk, two reviewers, leader, stranger, Centre."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.base_content import CONDITIONS, condition_label
from tests.browser.given_files import made
from tests.browser.journey import Journey, activate
from tests.browser.running_site import Site
from tests.browser.steps_admission import make_officer, register_employer
from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser

SECOND, LEADER, CENTER = "应晓燕", "卢正声", "章敏"
STRANGER = "诸葛小明"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_base_is_recognised_and_published(
    site: Site, visit: Callable[..., Visitor], tmp_path: Path, scripts: bool
) -> None:
    journey = Journey(site, made(tmp_path, headcount=3, participants=2), visit, scripts=scripts)
    officer = make_officer(journey)
    clerk = register_employer(journey, officer)
    apply(journey, clerk)
    review(journey, officer)
    second = official(journey, SECOND, "county_officer", "330784", "19800101")
    confirm(journey, second)
    leader = official(journey, LEADER, "county_leader", "330784", "19750101")
    leader.go("/bureau")
    leader.follow(f"{journey.files.name}申请继续教育基地")
    leader.press("拟认定并公示", confirm=True)
    leader.sees("公示中")
    object_to_it(journey)
    answer(journey, officer)
    journey.pass_days(14)
    leader.go("/bureau")
    leader.follow(f"{journey.files.name}申请继续教育基地")
    leader.press("公示期满，予以认定", confirm=True)
    leader.sees("已认定，待公布")
    center = official(journey, CENTER, "center_staff", "330700", "19850101")
    center.go("/center/bases")
    center.follow(journey.files.name)
    center.press("向社会公布", confirm=True)
    center.sees("已向社会公布")
    look_it_up(journey)
    clerk.go("/base")
    clerk.sees("JXJY-330784-001", "切换到")


def official(journey: Journey, name: str, role: str, region: str, born: str) -> Visitor:
    said = journey.site.flask(
        *(
            "accounts",
            "invite",
            "--role",
            role,
            "--region",
            region,
            "--name",
            name,
            "--email",
            f"{role}{born}@jh.example",
        )
    )
    visitor = journey.visit(name)
    activate(visitor, said, name=name, born=born)
    return visitor


def apply(journey: Journey, clerk: Visitor) -> None:
    """Every section, with a mistake on the way; the check page, and submission."""
    clerk.go("/base")
    clerk.press("申请认定基地")
    clerk.follow("基本情况")
    clerk.tick("县级")
    clerk.fill({"机构类型": "企业", "咨询电话": "0579-87654321", "教学内容": "焊接新工艺和安全生产法规。"})
    clerk.press("保存并继续")
    clerk.sees("提交的内容有误", "请填写培训地址")
    clerk.fill({"培训地址": "永康市金山西路 88 号实训楼"})
    clerk.press("保存并继续")
    for number in CONDITIONS:
        clerk.on(condition_label(number))
        clerk.attach("添加证明材料", journey.files.photos[0])
        clerk.press("上传")
        clerk.sees("文件已上传")
        clerk.fill({"本单位的情况说明": "有独立的实训场地八百平方米，设备完好，制度齐全。"})
        clerk.press("保存并继续")
    clerk.on("继续教育范围")
    clerk.tick("公共科目", "专业科目")
    _row(clerk, 1, {"职业（工种）": "焊工", "最低等级": "五级/初级工", "最高等级": "三级/高级工"})
    clerk.press("添加一行职业")
    _row(clerk, 2, {"职业（工种）": "电工", "最低等级": "五级/初级工", "最高等级": "二级/技师"})
    clerk.press("保存并继续")
    clerk.on("师资队伍")
    teacher = {"姓名": "方志明", "专职/兼职": "专职", "职称或技能等级": "高级技师"}
    _row(clerk, 1, {**teacher, "证书名称和编号": "高级技师证书", "任教方向": "焊接"})
    clerk.press("保存并继续")
    clerk.on("收费项目和标准")
    _row(clerk, 1, {"收费项目": "培训费", "计费单位": "元/人·班", "标准（元）": "1200"})
    clerk.press("保存并继续")
    clerk.on("承诺")
    clerk.tick("本单位已阅读")
    clerk.fill({"法定代表人或负责人姓名": "周国强"})
    clerk.press("保存并继续")
    clerk.on("核对并提交")
    clerk.sees("永康市金山西路 88 号实训楼", "1200 元/人·班", "方志明")
    clerk.press("提交申请")
    clerk.sees("申请已提交，受理编号 JD330784")


def _row(clerk: Visitor, number: int, values: dict[str, str]) -> None:
    clerk.fill(values, within=clerk.page.locator(f"#row-{number}"))


def review(journey: Journey, officer: Visitor) -> None:
    officer.go("/bureau")
    officer.follow(f"{journey.files.name}申请继续教育基地")
    officer.press("受理", confirm=True)
    officer.sees("审核中")
    officer.follow("审核表：逐项填写五项条件的意见")
    fill_sheet(officer)
    officer.press("保存审核表")
    officer.sees("审核意见：五项条件中符合 5 项")
    officer.press("提交审核意见", confirm=True)
    officer.sees("须由另一人审核")


def fill_sheet(officer: Visitor) -> None:
    for number in CONDITIONS:
        group = officer.page.get_by_role("group", name=f"第 {number} 项结论")
        group.get_by_label("符合", exact=True).check()


def confirm(journey: Journey, second: Visitor) -> None:
    second.go("/bureau")
    second.follow(f"{journey.files.name}申请继续教育基地")
    second.follow("复核表：逐项填写五项条件的意见")
    fill_sheet(second)
    second.press("保存复核表")
    second.press("提交复核意见", confirm=True)
    second.sees("待决定")


def object_to_it(journey: Journey) -> None:
    stranger = journey.visit("stranger", width=PHONE)
    stranger.go("/bases")
    stranger.follow("正在公示（1）")
    stranger.follow(journey.files.name)
    stranger.press("提交异议")
    stranger.sees("提交的内容有误", "请写明对哪一方面有异议")
    stranger.fill({"您的姓名": STRANGER, "异议内容": "实训场地是租用的，租约已经到期。"})
    stranger.press("提交异议")
    stranger.sees("已收到您的异议")
    stranger.close()


def answer(journey: Journey, officer: Visitor) -> None:
    officer.go("/bureau/cases")
    officer.follow(f"{journey.files.name}申请继续教育基地")
    officer.misses(STRANGER)
    officer.follow(re.compile("^待答复"))
    officer.sees("诸**明")
    officer.tick("异议不成立")
    officer.fill({"答复": "经实地核实，租约已续签至明年年底。"})
    officer.press("答复", confirm=True)
    officer.sees("答复已保存")


def look_it_up(journey: Journey) -> None:
    anybody = journey.visit("anybody", width=PHONE)
    anybody.go("/")
    anybody.follow("查找继续教育基地")
    anybody.go("/bases?occupation=焊工&level=4&region=330784")
    anybody.follow(journey.files.name)
    anybody.sees("JXJY-330784-001", "方志明", "1200 元/人·班", "第 1 版")
    anybody.misses("高级技师证书")
    anybody.close()

"""Each form of art. 16 from its first page to the bureau's decision, and to the credits on a person's page."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import database
from tests.browser import organisers
from tests.browser.conftest import _without_lottery
from tests.browser.running_site import Site, running
from tests.browser.steps_credits import Learner, TwoDays, put_down, to_credits, two_days
from tests.browser.visitor import Visitor

# Their site is made once.
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("forms")]


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One site for all journeys of this module: each files an activity of its own."""
    folder = tmp_path_factory.mktemp("forms")
    with database.fresh() as url, running(url, folder, prepare=[["policy", "adopt", _without_lottery(folder)]]) as site:
        done = subprocess.run(
            [sys.executable, "-m", "tests.browser.organisers", str(folder / "learners.json")],
            cwd=database.ROOT,
            env=site.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        yield site


@pytest.fixture
def learners(shared_site: Site) -> list[Learner]:
    """The people of the employer, one for each journey."""
    return [Learner(*each) for each in json.loads((shared_site.logs.parent / "learners.json").read_text("utf-8"))]


@pytest.fixture
def enter(shared_site: Site, visit_of: Callable[..., Visitor]) -> Callable[[str], Visitor]:
    """Signs somebody in."""

    def sign_in(login_name: str) -> Visitor:
        visitor = visit_of(shared_site, login_name.split("@")[0])
        visitor.go("/sign-in")
        visitor.fill({"登录名、证件号码或手机号": login_name, "密码": organisers.PASSWORD})
        visitor.press("登录")
        return visitor

    return sign_in


@pytest.fixture
def stranger(shared_site: Site, visit_of: Callable[..., Visitor]) -> Visitor:
    """Somebody outside, who is nobody here."""
    return visit_of(shared_site, "stranger")


# --- The pages every form has -----------------------------------------------------------------------------------------


def begin(clerk: Visitor, form: str, title: str, *, course: bool) -> None:
    clerk.go("/filings/new")
    clerk.press(f"填写{form}")
    clerk.follow("基本信息")
    purpose, place = ("培训目的与内容", "培训地点") if course else ("目的与内容", "地点")
    clerk.fill({"活动名称": title, purpose: "提升技能，交流经验", place: f"{title}现场"})
    clerk.press("保存并继续")


def rows(clerk: Visitor, noun: str, *values: dict[str, str]) -> None:
    for number, each in enumerate(values, 1):
        if number > 1:
            clerk.press(f"添加一行{noun}")
        clerk.fill(each, within=clerk.page.locator(f"#row-{number}"))
    clerk.press("保存并继续")


def subjects(clerk: Visitor) -> None:
    clerk.on("科目与学时")
    rows(clerk, "科目", {"科目类别": "专业科目", "课程或内容名称": "新工艺", "学时": "16"})


def teachers(clerk: Visitor, name: str) -> None:
    rows(
        clerk,
        "教师",
        {"姓名": name, "工作单位": "技师学院", "职称或技能等级": "高级技师", "专职/兼职": "兼职"},
    )


def sessions(clerk: Visitor, name: str = "", days: TwoDays | None = None) -> None:
    days = days or two_days(clerk)
    clerk.fill({"从": days.first.isoformat(), "到": days.last.isoformat(), "授课内容（选填）": "实操"})
    clerk.tick("上午", "下午")
    clerk.page.get_by_label("跳过周末和法定节假日").uncheck()
    if name:
        clerk.fill({"授课教师（选填）": name})
    clerk.press("添加这些课次")
    clerk.sees("第 4 行课次")
    clerk.press("保存并继续")


def people(clerk: Visitor, *, examined: bool = True) -> None:
    clerk.fill({"面向职业（工种）": "焊工", "计划人数": "30"})
    if examined:
        clerk.fill({"考核方式": "实操考核，60 分合格"})
    clerk.press("保存并继续")


def rights(clerk: Visitor) -> None:
    clerk.on("权益保障")
    clerk.tick("脱产")
    clerk.page.locator("[name=consent]").check()
    clerk.page.locator("[name=wage_clause]").fill("工资照发")
    clerk.press("保存并继续")


def fees(clerk: Visitor, **amounts: str) -> None:
    clerk.on("经费和收费")
    for name, amount in amounts.items():
        clerk.page.locator(f"[name={name}]").fill(amount)
    clerk.press("保存并继续")


def submit(clerk: Visitor, folder: Path, button: str = "提交备案") -> None:
    paper = folder / "方案.pdf"
    paper.write_bytes(b"%PDF-1.4\n%%EOF\n")
    clerk.attach("添加文件", paper)
    clerk.press("上传")
    clerk.follow("下一步：核对并提交")
    clerk.on("核对并提交")
    clerk.press(button)


def approve(officer: Visitor, title: str, *sights: str) -> None:
    officer.go("/bureau")
    officer.follow(title)
    officer.sees(*sights)
    officer.press("准予备案", confirm=True)
    officer.sees("已备案")


# --- The forms --------------------------------------------------------------------------------------------------------


def test_a_class_of_a_government_body_is_free(
    enter: Callable[[str], Visitor], learners: list[Learner], tmp_path: Path
) -> None:
    title = "工匠精神研修班"
    clerk = enter("bureau@example.com")
    days = two_days(clerk)
    begin(clerk, "培训班、研修班、进修班", title, course=True)
    subjects(clerk)
    teachers(clerk, "黄宗林")
    sessions(clerk, "黄宗林", days)
    people(clerk)
    rights(clerk)
    clerk.sees("不得收取费用（第三十八条）")
    assert clerk.page.locator("[name=per_person]").count() == 0
    fees(clerk, cost="18000", state="18000")
    submit(clerk, tmp_path)
    clerk.on("备案已提交")
    approve(enter(organisers.OFFICER), title, "不收费（公益性活动）", "直接举办，不收费")
    to_credits(enter, "bureau", organisers.OFFICER, title, days, learners[0], tmp_path)


def test_a_competition_is_recognised(enter: Callable[[str], Visitor], learners: list[Learner], tmp_path: Path) -> None:
    title = "门锁装配技能比武"
    clerk = enter("association@example.com")
    days = two_days(clerk)
    begin(clerk, "技能比武、交流讲座、技术访学、技工教育教研", title, course=False)
    clerk.tick("技能比武", "县级")
    clerk.fill({"主办单位": "永康市总工会", "举办依据": "永人社发〔2026〕12号"})
    clerk.press("保存并继续")
    rows(clerk, "项目", {"项目名称": "门锁装配", "职业（工种）": "焊工", "比赛标准": "国家职业标准三级"})
    judges = [{"姓名": f"裁判{n}", "工作单位": "技师学院", "裁判证书或职称": "裁判员证", "职责": role} for n, role in
              ((1, "裁判长"), (2, "裁判员"))]  # fmt: skip
    rows(clerk, "裁判", *judges)
    rows(clerk, "名次", {"名次或奖项": "一等奖", "每个项目几人": "1", "每人学分": "12"})
    clerk.sees("县级比武每个名次最多 10 学分")
    rows(clerk, "名次", {"名次或奖项": "一等奖", "每个项目几人": "1", "每人学分": "10"})
    subjects(clerk)
    sessions(clerk, days=days)
    people(clerk)
    rights(clerk)
    fees(clerk, cost="5000", per_person="0", state="5000")
    submit(clerk, tmp_path)
    clerk.on("备案已提交")
    approve(enter(organisers.OFFICER), title, "认定", "裁判1", "一等奖", "10 学分", "裁判长：裁判1")
    # Too short a time for the hours to count: the rank gives what was filed for it.
    gained = {"hours": "6", "rank": "一等奖（10 学分）", "credits": "10"}
    to_credits(enter, "association", organisers.OFFICER, title, days, learners[1], tmp_path, **gained)


def test_a_joint_class_is_confirmed_by_the_base(enter: Callable[[str], Visitor], tmp_path: Path) -> None:
    title = "校企联合焊接内训"
    clerk = enter("employer@example.com")
    begin(clerk, "用人单位自行或联合组织的活动", title, course=True)
    clerk.tick("与继续教育基地联合举办")
    clerk.fill({"联合举办的基地": organisers.BASE, "双方分工": "单位组织学员，基地派教师"})
    clerk.press("保存并继续")
    subjects(clerk)
    teachers(clerk, "施伟东")
    sessions(clerk, "施伟东")
    people(clerk)
    rights(clerk)
    fees(clerk, cost="9000", per_person="0", unit="9000")
    submit(clerk, tmp_path, "提交协办单位确认")
    clerk.sees("正在等待", organisers.BASE)

    base = enter("base@example.com")
    base.sees(title)
    base.follow(title)
    base.sees(organisers.EMPLOYER, "单位组织学员，基地派教师", "方案.pdf")
    base.press("确认联合举办", confirm=True)
    base.sees("已送人力社保部门审核", "本单位只能查看")
    approve(enter(organisers.OFFICER), title, "联合举办", organisers.BASE)
    base.go("/joint-filings")
    base.sees(title, "已备案")


def test_training_at_a_post(enter: Callable[[str], Visitor], learners: list[Learner], tmp_path: Path) -> None:
    title = "焊接岗位以工代训"
    clerk = enter("employer@example.com")
    days = two_days(clerk)
    begin(clerk, "以工代训", title, course=False)
    clerk.fill({"带教岗位": "焊接", "岗位工作任务": "焊接门框", "开始月份": days.month, "结束月份": days.month})
    clerk.press("保存并继续")
    rows(clerk, "月份", {"月份": days.month, "学习内容": "气体保护焊", "学会什么": "独立施焊"})
    subjects(clerk)
    clerk.on("带教师傅")
    teachers(clerk, "程师傅")
    sessions(clerk, "程师傅", days)
    people(clerk)
    rights(clerk)
    submit(clerk, tmp_path)
    clerk.on("备案已提交")
    approve(enter(organisers.OFFICER), title, "带教内容", "独立施焊", "程师傅")
    clerk.go("/filings")
    clerk.follow(title)
    clerk.follow("带教日志")
    clerk.sees("还没有学员")
    to_credits(enter, "employer", organisers.OFFICER, title, days, learners[2], tmp_path)


def test_a_volunteer_service(
    enter: Callable[[str], Visitor], stranger: Visitor, learners: list[Learner], tmp_path: Path
) -> None:
    title = "门锁检修进社区"
    clerk = enter("association@example.com")
    days = two_days(clerk)
    begin(clerk, "技能志愿服务", title, course=False)
    clerk.fill(
        {
            "受益单位": "永康市东城街道山川坛社区",
            "联系人": "胡爱华",
            "联系电话": "0579-87110022",
            "电子邮箱": "shequ@example.com",
            "服务内容": "免费检修门锁",
        }
    )
    clerk.press("保存并继续")
    subjects(clerk)
    sessions(clerk, days=days)
    people(clerk, examined=False)
    submit(clerk, tmp_path)
    clerk.on("备案已提交")
    approve(enter(organisers.OFFICER), title, "受益方确认", "山川坛社区")
    clerk.go("/filings")
    clerk.follow(title)
    clerk.follow("服务时间确认")
    clerk.sees("服务结束后才能请受益方确认时间")

    def confirmed(clerk: Visitor) -> None:
        """The beneficiary says that the hours are right."""
        clerk.go("/filings")
        clerk.follow(title)
        clerk.follow("服务时间确认")
        clerk.press("发送确认链接")
        stranger.go("/demo/outbox")
        letter = stranger.page.locator("article", has_text="请确认志愿服务时间").filter(has_text=title).first
        found = re.search(r"https?://\S+/confirm/\S+", letter.inner_text())
        assert found, letter.inner_text()
        stranger.go(found[0])
        stranger.tick("属实，确认下面的服务时间")
        stranger.fill({"每位志愿者的服务时间（学时）": "16", "确认人姓名": "胡爱华"})
        stranger.press("提交答复")
        stranger.sees("已确认，谢谢")

    to_credits(enter, "association", organisers.OFFICER, title, days, learners[3], tmp_path, held=confirmed)


def test_another_way(enter: Callable[[str], Visitor], learners: list[Learner], tmp_path: Path) -> None:
    title = "焊接变形攻关小组"
    clerk = enter("employer@example.com")
    days = two_days(clerk)
    begin(clerk, "其他方式", title, course=False)
    clerk.fill({"怎样学": "攻关小组", "为什么属于继续教育": "研究新工艺", "学时怎样计算": "按研讨时间计"})
    clerk.press("保存并继续")
    subjects(clerk)
    sessions(clerk, days=days)
    people(clerk)
    rights(clerk)
    fees(clerk, cost="3000", per_person="0", unit="3000")
    submit(clerk, tmp_path)
    clerk.on("备案已提交")
    approve(enter(organisers.OFFICER), title, "研究新工艺", "按研讨时间计", "年度上限")
    to_credits(enter, "employer", organisers.OFFICER, title, days, learners[4], tmp_path)


# --- After the approval -----------------------------------------------------------------------------------------------


def test_a_class_moves_after_its_approval(
    enter: Callable[[str], Visitor], learners: list[Learner], tmp_path: Path
) -> None:
    """The old room stays in force until the officer has seen the difference and agrees; then participants are told."""
    title, new_place, reason = "车间安全内训", "十二号楼 301 室", "原教室漏水"
    clerk, learner = enter("employer@example.com"), learners[5]
    days = two_days(clerk)
    begin(clerk, "用人单位自行或联合组织的活动", title, course=True)
    clerk.tick("本单位自行举办")
    clerk.press("保存并继续")
    subjects(clerk)
    teachers(clerk, "陈永康")
    sessions(clerk, "陈永康", days)
    people(clerk)
    rights(clerk)
    fees(clerk, cost="2000", per_person="0", unit="2000")
    submit(clerk, tmp_path)
    officer = enter(organisers.OFFICER)
    approve(officer, title, f"{title}现场")
    put_down(clerk, title, learner)

    clerk.go("/filings")
    clerk.follow(title)
    clerk.follow("申请变更")
    clerk.fill({"培训地点": new_place})
    clerk.press("核对变更")
    clerk.sees("提交的内容有误")
    clerk.fill({"变更原因": reason})
    clerk.press("核对变更")
    clerk.on("核对变更")
    clerk.sees(f"{title}现场", new_place, reason)
    clerk.press("提交变更申请")
    clerk.sees("变更申请正在由", "同意之前，仍按原备案举办", "申请变更的内容")

    person = enter(learner.login_name)
    person.go("/me/enrolments")
    person.follow(title)
    person.sees(f"{title}现场")
    person.misses(new_place)
    own_page = person.page.url

    officer.go("/bureau")
    officer.follow(title)
    officer.sees("申请变更的内容", f"{title}现场", new_place, reason, "变更后的全部内容")
    officer.press("同意变更", confirm=True)
    officer.sees("同意变更", "已备案")

    person.go(own_page)
    person.sees(new_place)
    person.go("/notices")
    person.sees(title, new_place)
    clerk.go("/filings")
    clerk.follow(title)
    clerk.sees(new_place, "申请变更")
    clerk.misses("变更申请正在由")

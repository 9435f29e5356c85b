"""Step 5: the class is over; results and photos go in, a second person releases them, the officer credits them once."""

import re

from tests.browser.journey import CLERK, TITLE, Journey, activate
from tests.browser.visitor import Visitor

# Monday the 7th of the filing to Wednesday the 23rd, the day after the class.
DAYS = 16
# Three working days to confirm, with a weekend and a holiday between them, and the day after.
DAYS_TO_CONFIRM = 7
TWIN_MAIL = "lixia.other@yongli.example"


def enter_results(journey: Journey, clerk: Visitor) -> None:
    """The list as the teacher wrote it, and the photos."""
    everybody = journey.files.participants
    journey.pass_days(DAYS)
    clerk.go("/work")
    clerk.sees(TITLE)
    clerk.go("/results")
    # The worker opens what is due within a minute; either is right.
    if clerk.page.get_by_role("button", name="开始报送").count():
        clerk.press("开始报送")
    else:
        clerk.follow(TITLE)
    clerk.follow("1. 导入成绩")
    clerk.attach("学员成绩表", journey.files.results)
    clerk.press("上传并检查")
    clerk.await_text(f"全部 {everybody} 行检查无误")
    clerk.press(f"导入 {everybody} 行")
    clerk.await_text(f"已导入：新增 {everybody} 人")
    clerk.follow("下一步：上传照片")
    clerk.attach("照片或视频", *journey.files.photos)
    clerk.press("上传")
    clerk.sees(*(photo.name for photo in journey.files.photos))
    clerk.follow("下一步：核对名单")
    clerk.sees(f"{everybody}人", journey.files.passed()[0][0])
    clerk.misses(journey.files.passed()[0][1])
    clerk.follow("核对无误，去提交")
    clerk.press("提交本单位审核人")
    clerk.sees("提交的内容有误")
    clerk.tick("名单、学时和成绩与签到")
    if clerk.page.get_by_label("佐证材料不足的原因").count():
        clerk.fill({"佐证材料不足的原因": "企业内训在车间进行，未配备摄像设备，每半天各拍照片一张"})
    for box in clerk.page.get_by_label(re.compile("书面说明")).all():
        box.fill("已与签到表和身份证逐一核对，情况属实")
    clerk.press("提交本单位审核人")
    clerk.sees("学员正在确认自己的成绩")


def refuse_the_same_person(journey: Journey, clerk: Visitor) -> None:
    """Neither the clerk nor the clerk's other account may release what the clerk has entered."""
    address = clerk.page.url
    clerk.go(f"{address}/release", status=403)
    clerk.go("/operators/new")
    clerk.fill({"姓名": CLERK, "电子邮箱": TWIN_MAIL})
    clerk.tick("用人单位审核人")
    clerk.press("发出邀请")
    twin = journey.visit("twin")
    activate(twin, journey.letter_to(TWIN_MAIL), name=CLERK, born="19850315")
    twin.sees("不能互相审核")
    twin.go(f"{address}/release")
    twin.sees("须由本单位另一人审核发布")
    assert twin.page.get_by_role("button", name=re.compile("发布成绩")).count() == 0
    twin.close()


def release_results(journey: Journey, manager: Visitor) -> None:
    """Everybody has had the time to look at the own row; then the second person compares a sample and releases."""
    manager.go("/work")
    manager.follow(TITLE)
    manager.follow("审核发布")
    manager.sees("抽查名单", re.compile(r"学员确认期到 2026年\d+月\d+日 为止"))
    assert manager.page.get_by_role("button", name=re.compile("发布成绩")).count() == 0
    journey.pass_days(DAYS_TO_CONFIRM)
    manager.page.reload()
    manager.press("发布成绩，报送人力社保部门", confirm=True)
    manager.sees("请核对后勾选")
    manager.tick("本人已抽查核对")
    manager.press("发布成绩，报送人力社保部门", confirm=True)
    manager.on("成绩已报送")
    manager.sees(re.compile(r"承诺在 2026年\d+月\d+日 前办结"))


def credit_results(journey: Journey, officer: Visitor) -> None:
    """The officer reviews on one page and posts the credits, once."""
    passed = len(journey.files.passed())
    officer.go("/bureau")
    officer.follow(TITLE)
    officer.sees("成绩与学分", f"{journey.files.participants}人", "单位审核人发布成绩")
    address = officer.page.url
    # What another window still shows must not credit a second time.
    late = journey.visit_as(officer)
    late.go(address)
    officer.press("审核通过并入账", confirm=True)
    officer.sees("学分已入账")
    late.press("审核通过并入账", confirm=True)
    late.sees("您的操作没有执行")
    late.close()
    said = journey.site.flask("ledger", "verify")
    assert "the ledger is right" in said
    entries, persons = re.search(r"(\d+) entries, .* (\d+) persons", said).groups()
    assert int(persons) >= passed
    assert int(entries) == 2 * int(persons)

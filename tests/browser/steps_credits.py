"""From an approved activity to the credits on the person's own page: steps that every form of activity shares."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.visitor import Visitor

# Filed so many days before it begins: ten working days with a week of holidays among them.
AHEAD = 24


@dataclass(frozen=True)
class Learner:
    """Somebody of the register with an account."""

    login_name: str
    name: str
    number: str


@dataclass(frozen=True)
class TwoDays:
    """When an activity of a journey takes place, after the clock of the site as it stands when the journey begins."""

    first: date

    @property
    def last(self) -> date:
        return self.first + timedelta(days=1)

    @property
    def month(self) -> str:
        return f"{self.first:%Y-%m}"


def today(visitor: Visitor) -> date:
    """The day of the site's clock, as the head of every page says it."""
    found = re.search(r"(\d+)年(\d+)月(\d+)日", visitor.page.locator(".demo-clock").inner_text())
    assert found, visitor.page.url
    return date(*map(int, found.groups()))


def two_days(visitor: Visitor) -> TwoDays:
    """The next two days far enough ahead, in one month."""
    first = today(visitor) + timedelta(days=AHEAD)
    while (first + timedelta(days=1)).month != first.month:
        first += timedelta(days=1)
    return TwoDays(first)


def pass_until(visitor: Visitor, day: date) -> None:
    """Let the clock of the site go on to this day."""
    visitor.go("/demo/clock")
    visitor.fill({"向前调整天数": str((day - today(visitor)).days)})
    visitor.press("向前调整")
    assert today(visitor) == day


def put_down(clerk: Visitor, title: str, learner: Learner) -> None:
    """The organiser puts the person on the list; the employer has agreed."""
    clerk.go("/filings")
    clerk.follow(title)
    clerk.follow("参训人员")
    lines = clerk.page.locator("textarea[name=people]")
    if lines.count():
        lines.fill(f"{learner.name} {learner.number}")
        for consented in clerk.page.locator("[name=consented]").all():
            consented.check()
    else:
        clerk.tick(learner.name)
    clerk.press("登记")
    assert learner.name in {row["姓名"] for row in clerk.rows()}


def enter(clerk: Visitor, title: str, learner: Learner, folder: Path, *, hours: str = "16", rank: str = "") -> None:
    """Two photos and one row, entered for the second person of the organiser."""
    clerk.go("/results")
    waiting = clerk.page.locator("li", has_text=title).get_by_role("button", name="开始报送")
    # The worker opens what is due within a minute; either is right.
    if waiting.count():
        clerk.press("开始报送", within=clerk.page.locator("li", has_text=title))
    else:
        clerk.follow(title)
    address = clerk.page.url
    clerk.follow("逐人添加")
    clerk.page.locator("[name=name]").fill(learner.name)
    clerk.page.locator("[name=id_number]").fill(learner.number)
    clerk.fill({"实到学时": hours, "考核成绩（选填）": "92"})
    clerk.tick("合格")
    if rank:
        clerk.fill({"名次": rank})
    clerk.press("添加到名单")
    clerk.sees(learner.name)
    clerk.go(address)
    clerk.follow("2. 上传照片和视频")
    clerk.attach("照片或视频", *_photos(folder))
    clerk.press("上传")
    clerk.follow("下一步：核对名单")
    clerk.follow("核对无误，去提交")
    clerk.tick("名单、学时和成绩与签到")
    for box in clerk.page.locator("main textarea").all():
        box.fill("已与签到表和身份证逐一核对，情况属实")
    clerk.press("提交本单位审核人")
    clerk.sees("学员正在确认自己的成绩")


def _photos(folder: Path) -> list[Path]:
    """Two pictures that are like no other."""
    found = [folder / f"现场{number}.jpg" for number in (1, 2)]
    for photo in found:
        Image.frombytes("L", (24, 18), os.urandom(24 * 18)).resize((640, 480)).convert("RGB").save(photo)
    return found


def confirm(person: Visitor, title: str) -> None:
    """The person looks at the own row before anybody releases it."""
    person.go("/me/results")
    person.sees(title)
    person.press("确认无误")
    person.sees("没有等您确认的成绩")


def release(manager: Visitor, title: str) -> None:
    manager.go("/work")
    manager.follow(title)
    manager.follow("审核发布")
    manager.tick("本人已抽查核对")
    manager.press("发布成绩，报送人力社保部门", confirm=True)
    manager.on("成绩已报送")


def credit(officer: Visitor, title: str) -> None:
    officer.go("/bureau")
    officer.follow(title)
    officer.press("审核通过并入账", confirm=True)
    officer.sees("学分已入账")


def see_credits(person: Visitor, title: str, days: TwoDays, credits: str) -> None:
    """On the own page, and from which activity they come."""
    person.go(f"/me/entries?year={days.first.year}")
    (row,) = [row for row in person.rows() if title in row["活动"]]
    assert row["学分"].strip() == credits, row
    expect(person.page.locator("main")).to_contain_text(title)


def to_credits(
    sign_in: Callable[[str], Visitor],
    organizer: str,
    officer: str,
    title: str,
    days: TwoDays,
    learner: Learner,
    folder: Path,
    *,
    hours: str = "16",
    credits: str = "16",
    rank: str = "",
    held: Callable[[Visitor], None] | None = None,
) -> None:
    """An approved activity takes place, and one person gets its credits; `held` is what its form asks in between."""
    clerk = sign_in(f"{organizer}@example.com")
    put_down(clerk, title, learner)
    pass_until(clerk, days.last + timedelta(days=1))
    if held is not None:
        held(clerk)
    enter(clerk, title, learner, folder, hours=hours, rank=rank)
    person = sign_in(learner.login_name)
    confirm(person, title)
    release(sign_in(f"{organizer}-manager@example.com"), title)
    credit(sign_in(officer), title)
    see_credits(person, title, days, credits)

"""A class of forty on its first morning: the sheet keyed back without a mouse, a telephone at the code (E3, E8).

How long the typing takes is counted in keys, which is the same on every machine.
"""

import io
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from app import create_app
from domain.periods import china_date
from models import Account, db
from services import accounts
from services.transaction import transaction
from tests import database
from tests.browser.journey import PASSWORD
from tests.browser.running_site import CLOCK_START, Site, chromium, running
from tests.browser.visitor import PHONE, Visitor, visiting
from tests.class_makers import as_person, make_class, put_down, session_of
from tests.services.result_makers import make_city, make_employer, make_people

pytestmark = pytest.mark.browser

_FIRST_DAY = china_date(datetime.fromisoformat(CLOCK_START))
# Forty people, six of them away: a key for each digit and blank, and one to confirm each of the two pages.
_MOST_KEYS = 24
_TRIES = 3


@dataclass(frozen=True)
class Class:
    """A site with the class; sign-in names of its clerk and of the person in row 5."""

    site: Site
    address: str
    clerk: str
    person: str
    person_name: str


@pytest.fixture
def lesson(tmp_path: Path) -> Iterator[Class]:
    instance = tmp_path / "making"
    instance.mkdir()
    with database.fresh() as url:
        settings = {**database.KEYS, "WUXUE_ENV": "demo", "WUXUE_DATABASE_URL": url, "WUXUE_INSTANCE": str(instance)}
        app = create_app(settings | {"WUXUE_CLOCK_START": CLOCK_START})
        with app.app_context():
            city, base, factory = make_city(), make_employer("training_base"), make_employer()
            people = make_people(city, factory, 40)
            filing = make_class(city, base, days=(_FIRST_DAY,))
            put_down(filing, base, people)
            person = as_person(people[4])
            names = [_give_password(account_id or 0) for account_id in (base.clerk.account_id, person.account_id)]
            address = f"/filings/{filing.id}/attendance/{session_of(filing).id}"
            person_name = city.persons[people[4]][0]
            db.session.remove()
            db.engine.dispose()
        with running(url, tmp_path) as site:
            yield Class(site, address, *names, person_name)


def _give_password(account_id: int) -> str:
    with transaction():
        account = db.session.get_one(Account, account_id)
        account.password_hash = accounts.hash_password(PASSWORD)
        return account.login_name


def _signed_in(visitor: Visitor, name: str) -> Visitor:
    visitor.go("/sign-in")
    visitor.fill({"登录名、证件号码或手机号": name, "密码": PASSWORD})
    visitor.press("登录")
    return visitor


class Keyboard:
    """Counts what is pressed."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed = 0

    def type(self, text: str) -> None:
        for key in text:
            self.page.keyboard.press("Enter" if key == "\n" else key)
            self.pressed += 1


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_sheet_of_forty_is_keyed_with_two_dozen_keys(
    lesson: Class, visit_of: Callable[..., Visitor], scripts: bool
) -> None:
    clerk = _signed_in(visit_of(lesson.site, "clerk", scripts=scripts), lesson.clerk)
    clerk.go(lesson.address)
    keys = Keyboard(clerk.page)
    expect(clerk.page.get_by_label("缺席的行号")).to_be_focused()
    keys.type("3 7 12 18-20\n")
    expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("核对")
    clerk.arrive()
    clerk.sees("缺席 6 人", "其余 34 人")
    expect(clerk.page.get_by_role("button", name="确认登记")).to_be_focused()
    keys.type("\n")
    expect(clerk.page.locator("main")).to_contain_text("录入签到表")
    clerk.arrive()
    assert "已登记：实到 34 人，缺席 6 人。" in clerk.page.locator("#messages").inner_text()
    absent = [row["行号"] for row in clerk.rows() if "缺席" in row["考勤"]]
    assert absent == ["3", "7", "12", "18", "19", "20"]
    assert keys.pressed <= _MOST_KEYS


def test_each_printed_page_of_the_sheet_says_what_it_belongs_to(
    lesson: Class, visit_of: Callable[..., Visitor], tmp_path: Path
) -> None:
    clerk = _signed_in(visit_of(lesson.site, "clerk"), lesson.clerk)
    clerk.go(f"{lesson.address}/paper")
    clerk.page.pdf(path=tmp_path / "sheet.pdf", prefer_css_page_size=True)
    subprocess.run(["pdftoppm", "-r", "100", "-png", "sheet.pdf", "sheet"], cwd=tmp_path, check=True)
    pages = sorted(tmp_path.glob("sheet-*.png"))
    assert len(pages) >= 2
    codes = [zxingcpp.read_barcodes(Image.open(page)) for page in pages]
    assert {len(each) for each in codes} == {1}
    assert len({each[0].text for each in codes}) == 1 and "/sheets/" in codes[0][0].text


def test_a_person_checks_in_by_the_code_on_the_screen(lesson: Class, visit_of: Callable[..., Visitor]) -> None:
    clerk = _signed_in(visit_of(lesson.site, "clerk"), lesson.clerk)
    clerk.go(f"{lesson.address}/screen")
    phone = visit_of(lesson.site, "phone", width=PHONE)
    for _ in range(_TRIES):
        # A slow machine may take longer than the code lasts; then it is scanned again, as people do.
        response = phone.page.goto(_scan(clerk.page))
        if response is not None and response.ok:
            break
    phone.arrive()
    phone.fill({"登录名、证件号码或手机号": lesson.person, "密码": PASSWORD})
    phone.press("登录")
    phone.on("签到")
    phone.press("签到")
    assert "签到成功" in phone.page.locator("#messages").inner_text()
    clerk.go(lesson.address)
    (row,) = [row for row in clerk.rows() if row["行号"] == "5"]
    assert lesson.person_name in row["姓名"]
    assert "待核定" in row["考勤"] and "未签退" in row["考勤"] and "扫码签到" in row["方式和提示"]


def test_who_ticks_the_box_adds_near_or_far(lesson: Class, visit_of: Callable[..., Visitor]) -> None:
    clerk = _signed_in(visit_of(lesson.site, "clerk"), lesson.clerk)
    clerk.go(lesson.address.rpartition("/")[0])
    clerk.follow("签到位置提示")
    clerk.fill({"坐标或地图链接": "https://uri.amap.com/marker?position=119.647424,29.079175"})
    clerk.press("保存坐标")
    clerk.sees("GCJ-02")
    phone = visit_of(lesson.site, "phone", width=PHONE)
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": 29.2, "longitude": 119.6, "accuracy": 20})
    clerk.go(f"{lesson.address}/screen")
    for _ in range(_TRIES):
        response = phone.page.goto(_scan(clerk.page))
        if response is not None and response.ok:
            break
    phone.fill({"登录名、证件号码或手机号": lesson.person, "密码": PASSWORD})
    phone.press("登录")
    phone.tick("这次附上手机位置")
    expect(phone.page.locator("main")).to_contain_text("已得到位置")
    phone.press("签到")
    assert "位置记为“距培训地点较远”" in phone.page.locator("#messages").inner_text()
    clerk.go(lesson.address)
    (row,) = [row for row in clerk.rows() if row["行号"] == "5"]
    assert "手机位置较远" in row["方式和提示"] and "未签退" in row["考勤"]


def test_the_camera_reads_what_a_person_shows(
    lesson: Class, visit_of: Callable[..., Visitor], chrome: Browser, tmp_path: Path
) -> None:
    phone = _signed_in(visit_of(lesson.site, "phone", width=PHONE), lesson.person)
    seen = tmp_path / "camera.mjpeg"
    flags = ["--no-sandbox", "--headless=new", "--disable-gpu", "--use-fake-ui-for-media-stream"]
    flags += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={seen}"]
    _show(phone, seen)
    with (
        chrome.browser_type.launch(executable_path=chromium(), args=flags) as with_camera,
        visiting(with_camera, lesson.site, "clerk") as clerk,
    ):
        _signed_in(clerk, lesson.clerk)
        clerk.go(lesson.address)
        # The code of the minute, before the camera is opened: signing in may have taken longer.
        _show(phone, seen)
        clerk.follow("用摄像头扫码")
        clerk.page.get_by_role("button", name="打开摄像头").click()
        expect(clerk.page.locator("#scanned")).to_contain_text(f"5 号 {lesson.person_name} 已签到")
        clerk.arrive()
        clerk.go(lesson.address)
        (row,) = [row for row in clerk.rows() if row["行号"] == "5"]
        assert "工作人员核验" in row["方式和提示"]


def _show(phone: Visitor, camera: Path) -> None:
    """Hold the person's code before the camera that reads this file."""
    phone.go("/check-in/code")
    code = Image.open(io.BytesIO(phone.page.locator("svg.own-qr").screenshot())).convert("RGB")
    frame = Image.new("RGB", (640, 480), "#777777")
    frame.paste(code.resize((300, 300)), (170, 90))
    frame.save(camera, "JPEG", quality=90)


def _scan(page: Page) -> str:
    """What a telephone reads off the screen."""
    picture = Image.open(io.BytesIO(page.locator("svg.screen-code").screenshot()))
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return found[0].text

"""A video is sent in pieces: the page is closed half way, the web server is killed half way, and every byte arrives."""

import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask.sessions import SecureCookieSessionInterface
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app import create_app
from models import Account, ResultReport, StoredFile, db
from services import accounts, evidence
from services.transaction import transaction
from tests.browser.running_site import Site
from tests.browser.visitor import PHONE, Visitor
from tests.services import result_makers as make

pytestmark = pytest.mark.browser

_SIZE = 24 * 1024 * 1024
_PER_SECOND = 6 * 1024 * 1024


@pytest.fixture
def lesson(site: Site) -> Iterator[SimpleNamespace]:
    """A report that is being entered, and the clerk's cookie."""
    app = create_app(site.environment)
    with app.app_context():
        city, employer = make.make_city(), make.make_employer()
        report = make.make_report(city, employer, make.make_people(city, employer, 1))
        clerk = employer.clerk
        with transaction():
            account = db.session.get_one(Account, clerk.account_id)
            token = accounts.begin_session(account, ip="127.0.0.1", user_agent="t", membership_id=clerk.membership_id)
        signing = SecureCookieSessionInterface().get_signing_serializer(app)
        assert signing is not None
        made = SimpleNamespace(app=app, report_id=report.id, cookie=signing.dumps({"_user_id": token}))
    yield made
    with app.app_context():
        db.engine.dispose()


def test_a_video_that_was_cut_off_twice_arrives_whole(
    site: Site, lesson: SimpleNamespace, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    clip = tmp_path / "上课.mp4"
    clip.write_bytes(make.clip(os.urandom(_SIZE), datetime(2026, 6, 8, 1, 30, tzinfo=UTC)))
    clerk = visit("clerk", width=PHONE)
    clerk.context.add_cookies([{"name": "wuxue", "value": lesson.cookie, "url": site.address}])
    address = f"/results/{lesson.report_id}/evidence"

    page = clerk.page
    _choose(page, address, clip)
    _until(page, 40)
    page.close()

    page = clerk.context.new_page()
    _slow_down(page)
    page.goto(address)
    left = page.locator("[data-upload-left]")
    expect(left).to_contain_text("再次选择这个文件即可继续")
    page.set_input_files("#video-files", clip)
    expect(left).to_be_hidden()
    assert _percent(page) > 25, "it began anew"
    page.get_by_role("button", name="暂停").click()
    expect(page.locator(".uploads [role=status]")).to_have_text("已暂停")
    page.get_by_role("button", name="继续").click()
    _until(page, 65)

    site.kill_web()
    expect(page.locator(".uploads [role=status]")).to_contain_text("正在重新连接")
    site.start_web()
    expect(page.locator("#present"), page.locator("#videos").inner_text()).to_contain_text("上课.mp4", timeout=120_000)
    expect(page.locator("#meter")).to_contain_text("5 / 5 件")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('upload'))") == []

    with lesson.app.app_context():
        report = db.session.get_one(ResultReport, lesson.report_id)
        video = evidence.of_report(report)[-1]
        assert evidence.placed([video]) == {video.id: report.filing.sessions[0].id}
        kept = db.session.scalars(select(StoredFile).where(StoredFile.id == video.file_id)).one()
        assert kept.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()


def _choose(page: Page, address: str, clip: Path) -> None:
    _slow_down(page)
    page.goto(address)
    page.set_input_files("#video-files", clip)


def _slow_down(page: Page) -> None:
    """As a line of the country is, so that there is something to cut off."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    limits = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": _PER_SECOND}
    session.send("Network.emulateNetworkConditions", limits)


def _percent(page: Page) -> int:
    return _until(page, 1)


def _until(page: Page, percent: int) -> int:
    """Look again and again until so much has been sent; the page's own rules forbid to let it wait by itself."""
    bar = page.locator("[data-upload-list] progress")
    for _ in range(800):
        sent = int(bar.evaluate("bar => bar.value")) if bar.count() else 0
        if sent >= percent:
            return sent
        page.wait_for_timeout(50)
    raise AssertionError(f"{percent} % was not reached: {page.locator('#videos').inner_text()}")

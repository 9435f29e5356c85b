"""Every kind of page of a small demo city, for every role: light and dark, usual and large type, down to 320 px."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error

from services import demo_accounts
from tests.browser.running_site import Site, running
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

# One account of each role: what the others see are the same pages.
ACCOUNTS = ("jishi", "shuxi", "qianchui2", "fangyan", "fangyan2", "yongkang", "shi", "zhongxin", "shenji")
BEGINNINGS = ("/", "/register", "/forgot", "/sign-in", "/verify", "/demo/outbox", "/demo/clock")
_NARROW = 320
_SINGLE_USE = re.compile(r"/(confirm|activate)/")
_FILES = re.compile(r"\.(pdf|xlsx|csv|ics|txt|json|py|zip)$|^/files/|/original$|/licence$")


@pytest.fixture
def city(database_url: str, tmp_path: Path) -> Iterator[Site]:
    with running(database_url, tmp_path, prepare=[["seed-demo", "--scale", "0.1"]]) as site:
        yield site
        site.assert_no_failure()


def test_every_kind_of_page_is_open_to_everybody(city: Site, visit_of: Callable[..., Visitor]) -> None:
    seen: set[str] = set()
    for account in (None, *ACCOUNTS):
        visitor = visit_of(city, account or "anybody", width=_NARROW)
        if account:
            visitor.go("/sign-in")
            visitor.fill({"登录名、证件号码或手机号": account, "密码": demo_accounts.PASSWORD})
            visitor.press("登录")
        to_see = ["/account", "/notices", visitor.page.url] if account else list(BEGINNINGS)
        while to_see:
            address = to_see.pop().removeprefix(city.address)
            if _kind(address) not in seen and not _FILES.search(address.split("?")[0]):
                seen.add(_kind(address))
                to_see += _look_at(visitor, address)
        visitor.close()
    # Fewer would mean that a link to a whole part of the site is gone.
    assert len(seen) > 60, sorted(seen)


def _kind(address: str) -> str:
    """The address without what differs between pages of one kind."""
    path, _, query = address.partition("?")
    path = re.sub(r"/[A-Z]+\d[\w-]+|/\d[\d-]*|(?<=/v)/\w+", "/…", path.partition("#")[0])
    return path + ("?" + "&".join(sorted(part.partition("=")[0] for part in query.split("&"))) if query else "")


def _look_at(visitor: Visitor, address: str) -> list[str]:
    """Open it with all that is folded, look at it in each way it can be shown, and say where it leads."""
    page = visitor.page
    try:
        response = page.goto(address)
    except Error as refused:
        if "Download is starting" in refused.message:
            return []  # a file, whatever its address looks like
        raise
    if response is not None and response.status == 404 and _SINGLE_USE.match(address):
        return []  # somebody of the demo city has used it
    assert response is not None and response.status == 200, f"{visitor.name}: {address} says {response}"
    page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
    visitor.arrive()
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.evaluate("document.documentElement.classList.add('large')")
    visitor.arrive(rules=("color-contrast", "target-size"))
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    links = page.locator("a[href^='/']:not([download])")
    return [str(link) for link in links.evaluate_all("links => links.map((link) => link.getAttribute('href'))")]

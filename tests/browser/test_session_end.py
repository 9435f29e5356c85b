"""Before a session ends for want of use the page says so; what was typed survives either way (experience 31)."""

from collections.abc import Callable

import pytest

from tests.browser.journey import activate
from tests.browser.running_site import Site
from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser


def test_the_end_of_a_session_is_announced_and_put_off(site: Site, visit: Callable[..., Visitor]) -> None:
    said = site.flask(
        *("accounts", "invite", "--role", "county_officer", "--region", "330784"),
        *("--name", "胡建国", "--email", "hu@yongkang.example"),
    )
    officer = visit("officer", width=PHONE)
    page = officer.page
    page.clock.install()
    activate(officer, said, name="胡建国", born="19780101")
    officer.go("/account")
    officer.fill({"登录手机号": "13812345678"})
    dialog = page.get_by_role("dialog")
    page.clock.fast_forward("27:00")
    assert not dialog.is_visible()
    page.clock.fast_forward("01:30")
    dialog.wait_for()
    assert "将自动退出登录" in dialog.inner_text()

    dialog.get_by_role("button", name="继续使用").click()
    dialog.wait_for(state="hidden")
    page.clock.fast_forward("27:00")
    assert not dialog.is_visible()

    page.clock.fast_forward("04:00")
    dialog.get_by_role("link", name="重新登录").wait_for()
    assert "您填写的内容仍在本页" in dialog.inner_text()
    assert dialog.get_by_role("link").get_attribute("href") == "/sign-in?next=%2Faccount"
    assert page.get_by_label("登录手机号").input_value() == "13812345678"
    assert officer.troubles == []

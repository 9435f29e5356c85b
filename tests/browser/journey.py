"""What a journey knows as it goes on, and the acts that several of its steps share."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from domain.identity import id_check_digit
from tests.browser.given_files import GivenFiles
from tests.browser.running_site import Site
from tests.browser.visitor import Visitor

PASSWORD = "三江口的早市 4 点开"
CLERK, MANAGER = "李霞", "周国强"
CLERK_MAIL, MANAGER_MAIL = "lixia@yongli.example", "zhouguoqiang@yongli.example"
OFFICER = "胡建国"
TITLE = "数控加工新工艺企业内训（2026年第1期）"


@dataclass
class Journey:
    """One employer's way from its registration to a proof in a stranger's hands.

    `visit` makes people at browsers of their own; with `scripts` off none of theirs runs any.
    """

    site: Site
    files: GivenFiles
    make_visitor: Callable[..., Visitor]
    scripts: bool = True

    def visit(self, name: str, **how: int) -> Visitor:
        return self.make_visitor(name, scripts=self.scripts, **how)

    def visit_as(self, visitor: Visitor) -> Visitor:
        """A second window of somebody who is signed in."""
        window = self.visit(f"{visitor.name}-again")
        window.context.add_cookies(visitor.context.cookies())  # type: ignore[arg-type]
        return window

    def letter_to(self, address: str, subject: str = "请启用您的账号") -> str:
        """The newest mail on this subject to this address, as the outbox of the demo shows it."""
        mailbox = self.visit("mailbox")
        mailbox.go("/demo/outbox")
        letters = mailbox.page.locator("article", has_text=f"发给 {address}")
        letter = letters.filter(has_text=subject).first.inner_text()
        mailbox.close()
        return letter

    def pass_days(self, days: int) -> None:
        """Let the scheme's clock be this many days later."""
        visitor = self.visit("time")
        visitor.go("/demo/clock")
        visitor.fill({"向前调整天数": str(days)})
        visitor.press("向前调整")
        visitor.sees(f"演示时钟已向前调整 {days} 天")
        visitor.close()


def activate(visitor: Visitor, letter: str, *, name: str, born: str) -> None:
    """Follow the link of a letter and take the account over."""
    visitor.go(link_in(letter))
    visitor.on("启用账号")
    first = f"330784{born}001"
    visitor.fill({"本人姓名": name, "本人证件号码": first + id_check_digit(first), "设置密码": PASSWORD})
    visitor.tick("我承诺")
    visitor.press("启用账号并登录")
    visitor.sees("账号已启用")


def link_in(letter: str) -> str:
    """The address by which the reader takes an account over."""
    found = re.search(r"https?://\S+/activate/\S+", letter)
    assert found, letter
    return found[0]


def sign_in(visitor: Visitor, name: str) -> None:
    """Sign in on another browser."""
    visitor.go("/sign-in")
    visitor.fill({"登录名、证件号码或手机号": name, "密码": PASSWORD})
    visitor.press("登录")
    visitor.sees("上次登录")

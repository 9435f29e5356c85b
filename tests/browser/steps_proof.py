"""Steps 6 and 7: a technician sees the year on a phone and issues the proof, and a stranger verifies it."""

import re
import subprocess
from pathlib import Path

from tests.browser.journey import PASSWORD, TITLE, Journey
from tests.browser.visitor import PHONE, Visitor


def take_slip(journey: Journey, clerk: Visitor) -> str:
    """The clerk prints the slip of one person; the address on it."""
    name, number = journey.files.passed()[0]
    clerk.go("/staff")
    clerk.fill({"姓名": name})
    clerk.press("查询")
    clerk.follow(name)
    clerk.misses(number)
    clerk.press("为此人生成激活单")
    clerk.sees(name)
    return clerk.page.locator(".slip-link").inner_text()


def see_the_year(journey: Journey, slip: str) -> Visitor:
    """On a phone: activate, and see the total, each floor, what is missing, and where each credit comes from."""
    _, number = journey.files.passed()[0]
    technician = journey.visit("technician", width=PHONE)
    technician.go(slip)
    technician.fill({"本人证件号码": journey.files.passed()[1][1], "设置密码": PASSWORD})
    technician.press("启用账号并登录")
    technician.sees("与名册登记的证件号码不一致")
    technician.fill({"本人证件号码": number, "设置密码": PASSWORD, "登录手机号（选填）": "13900001111"})
    technician.press("启用账号并登录")
    technician.on("2026 年度学分")
    technician.sees("本年度还未达标", "16 / 60 学分", "还差 44", "还差 6", "还差 28", "须通过专项知识考试取得", TITLE)
    technician.page.get_by_text("这些数字是怎么算出来的").click()
    technician.arrive()
    technician.sees("第二十条", "征求意见稿")
    technician.go("/me/entries")
    technician.sees(TITLE, "公共科目", "专业科目")
    technician.go("/me")
    return technician


def issue_proof(journey: Journey, technician: Visitor, folder: Path) -> tuple[str, str]:
    """Ask for the proof and download it; its number and its code."""
    technician.follow(re.compile("开具学分证明"))
    technician.fill({"年度": "2026年度（未达到要求）"})
    technician.press("开具证明")
    technician.await_text(re.compile("有效.*下载 PDF", re.DOTALL))
    paper = folder / "proof.pdf"
    paper.write_bytes(technician.download(re.compile("下载 PDF")))
    assert paper.read_bytes().startswith(b"%PDF")
    said = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"JHJX-2026-\d{8}", technician.page.locator("#proof-list").inner_text())
    assert number is not None
    name, id_number = journey.files.passed()[0]
    for words in (number[0], name, journey.files.name, TITLE[:6], "尚缺学分", "28"):
        assert words in said, said
    assert id_number not in said
    code = re.search(r"(?:[0-9A-Z]{4} ){6}[0-9A-Z]{2}", said)
    assert code is not None, said
    return number[0], code[0]


def verify_proof(journey: Journey, number: str, code: str) -> None:
    """Typed by hand, and by the address in the QR code: the same facts, and not the whole name."""
    name, id_number = journey.files.passed()[0]
    stranger = journey.visit("stranger", width=PHONE)
    stranger.go("/")
    stranger.follow("核验一张证明")
    stranger.press("核验")
    stranger.sees("提交的内容有误")
    stranger.fill({"核验码": "0000-0000"})
    stranger.press("核验")
    stranger.sees("核验码共 26 位，您输入了 8 位")
    stranger.fill({"核验码": "0" * 26})
    stranger.press("核验")
    stranger.sees("没有与这个核验码对应的证明")
    stranger.follow("重新输入")
    stranger.fill({"核验码": code.lower()})
    stranger.press("核验")
    stranger.on("有效")
    stranger.sees(number, TITLE, journey.files.name, "未达到")
    stranger.misses(name, id_number)
    # Compared line by line: between the two looks the night's head may be sealed, of which the page tells too.
    typed = lines_of(stranger.text())
    stranger.go(f"/v/{code.replace(' ', '')}")
    scanned = lines_of(stranger.text())
    differing = [line for line in (*typed, *scanned) if (line in typed) != (line in scanned)]
    assert not [line for line in differing if "日志" not in line], differing
    stranger.go(f"/v/{'0' * len(code.replace(' ', ''))}", status=404)


def lines_of(text: str) -> list[str]:
    """What a page says, but for the minute it was looked at."""
    return [line.strip() for line in text.splitlines() if line.strip() and "核验时间" not in line]

"""Makes docs/images from a running demo site; a maintainer runs it after pages have changed, and looks at the result.

    python3 dev.py run                                # a fresh demo city, in another terminal
    .venv/bin/python tools/screenshots.py             # or with the address of the site

It looks and changes nothing. Needs what `python3 dev.py setup --test` installs.
"""

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from services.demo_accounts import PASSWORD  # noqa: E402 - run in place, not installed

IMAGES = ROOT / "docs" / "images"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PHONE, DESK = (390, 780), (1280, 900)
MOST_BYTES = 150_000


@contextmanager
def window(browser: Browser, address: str, size: tuple[int, int], login_name: str | None) -> Iterator[Page]:
    """A browser of its own, signed in with a demo account."""
    width, height = size
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        device_scale_factor=2 if size == PHONE else 1,
        is_mobile=size == PHONE,
        has_touch=size == PHONE,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    if login_name is not None:
        page.goto("/sign-in")
        page.get_by_label("登录名、证件号码或手机号").fill(login_name)
        page.get_by_label(re.compile("^密码")).fill(PASSWORD)
        page.locator("main").get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))
    yield page
    context.close()


def keep(name: str, picture: bytes) -> None:
    """Write it with as many colours as the limit of the repository allows."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            out, "PNG", optimize=True
        )
        if out.tell() <= MOST_BYTES:
            break
    else:
        raise SystemExit(f"{name}: {out.tell()} bytes, more than {MOST_BYTES}")
    (IMAGES / name).write_bytes(out.getvalue())
    print(f"{name}: {image.width} × {image.height}, {out.tell()} bytes, {colours} colours")


def shoot(page: Page, name: str, *, height: int | None = None) -> None:
    """The page from its top, as high as the window or as said."""
    page.wait_for_load_state("networkidle")
    # A row under the pointer has another colour.
    page.mouse.move(0, 0)
    size = page.viewport_size
    clip = {"x": 0, "y": 0, "width": size["width"], "height": height or size["height"]}
    keep(name, page.screenshot(full_page=True, clip=clip))


def case(page: Page, kind: str, words: str) -> None:
    """Open the first case of this kind in the officer's inbox whose row has these words."""
    page.goto(f"/bureau?kind={kind}")
    page.locator("main tbody tr", has_text=words).first.get_by_role("link").first.click()
    page.locator("main h1").wait_for()
    page.wait_for_url(re.compile(r"/bureau/cases/\d+"))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("address", nargs="?", default="http://127.0.0.1:5000", help="of the running demo site")
    address = options.parse_args().address.rstrip("/")
    IMAGES.mkdir(parents=True, exist_ok=True)
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--lang=zh-CN"])
        with window(browser, address, PHONE, "jishi2") as page:
            page.goto("/me")
            shoot(page, "year-on-a-phone.png", height=900)
        with window(browser, address, DESK, "qianchui") as page:
            page.goto("/staff/import")
            page.get_by_role("link", name=re.compile(r"新进职工名册")).click()
            page.get_by_role("link", name="下载标注了错误的文件").wait_for()
            shoot(page, "staff-import.png")
        with window(browser, address, DESK, "yongkang") as page:
            case(page, "activity_filing", "审核中")
            shoot(page, "filing-review.png", height=1100)
            case(page, "result_report", "剩余")
            shoot(page, "results-review.png", height=1300)
        with window(browser, address, PHONE, "jishi") as page:
            page.goto("/me/proofs")
            item = page.locator("#proof-list")
            verify = item.get_by_role("link", name="核验页面").first.get_attribute("href")
            with page.expect_download() as waiting:
                item.get_by_role("link", name=re.compile("下载 PDF")).first.click()
            paper = Path(folder, "proof.pdf")
            waiting.value.save_as(paper)
        with window(browser, address, PHONE, None) as page:
            page.goto(verify or "")
            shoot(page, "verification-on-a-phone.png", height=900)
        browser.close()
        pdftoppm = shutil.which("pdftoppm") or "pdftoppm"
        drawn = Path(folder, "proof")
        command = [pdftoppm, "-png", "-r", "96", "-f", "1", "-l", "1", "-singlefile", paper, drawn]
        subprocess.run(command, check=True)  # noqa: S603 - our own paper
        keep("proof.png", drawn.with_suffix(".png").read_bytes())


if __name__ == "__main__":
    main()

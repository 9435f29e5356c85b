"""Somebody at a browser: every page they come to is checked for access barriers, errors and width."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Download, Locator, Page, Request, Response, expect
from playwright.sync_api import TimeoutError as Missing

from tests.browser.running_site import Site
from tests.database import ROOT

PHONE, DESK = 375, 1280
# For a part that is to come, in milliseconds; a machine may be busy with other tests.
_PATIENCE = 20_000
_HEIGHTS = {320: 640, PHONE: 812, DESK: 900}
_AXE = (ROOT / "tests" / "vendor" / "axe-4.14.1.min.js").read_text("utf-8")
_AXE_RUN = """async (only) => {
  const found = await axe.run(document, {runOnly: only, resultTypes: ["violations"], preload: false});
  return found.violations.map((each) => `${each.id}: ${each.help}: ` + each.nodes.map((node) => node.html).join(" | "));
}"""
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Boosted links and polling pieces swap parts of a page that stays.
_SETTLED = """() => document.readyState === "complete"
  && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")"""
_WIDE = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const box = element.getBoundingClientRect();
  return box.width && box.right > document.documentElement.clientWidth + 1 && !element.closest(".table-wrap, dialog");
}).slice(0, 3).map((element) => element.outerHTML.slice(0, 160))"""
_OWN_LINE = re.compile(r"status of (422|409|429|404|403|401)")


class Visitor:
    """One person with one browser, `width` pixels wide.

    Each act that leads to a page looks at it: no axe violation of WCAG 2.2 AA, no console error or violation of the
    content policy, no answer of 500 and above, nothing from another host, no sideways scrolling at either width.
    """

    def __init__(self, browser: Browser, site: Site, name: str, *, width: int = DESK, scripts: bool = True) -> None:
        self.site, self.name, self.width, self.scripts = site, name, width, scripts
        self.visited: list[str] = []
        self.troubles: list[str] = []
        expect.set_options(timeout=_PATIENCE)
        self.context = browser.new_context(
            base_url=site.address,
            viewport={"width": width, "height": _HEIGHTS[width]},
            has_touch=width <= PHONE,
            is_mobile=width <= PHONE,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.context.set_default_timeout(_PATIENCE)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.troubles.append(f"page error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        # Pages under way: what htmx does not show, site.js has the browser load as a page of its own.
        self._coming: set[Request] = set()
        self.page.on("requestfinished", lambda request: self._coming.discard(request))
        self.page.on("requestfailed", lambda request: self._coming.discard(request))

    def close(self) -> None:
        self.context.close()

    # --- what the browser tells ---------------------------------------------------------------------------------------

    def _heard(self, message: ConsoleMessage) -> None:
        # Refused forms are pages like others here; a status that was not meant fails the step that meets it.
        if message.type in ("error", "warning") and not _OWN_LINE.search(message.text):
            self.troubles.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.site.address, "data:", "blob:")):
            self.troubles.append(f"asked another host: {request.url}")
        if request.is_navigation_request():
            self._coming.add(request)

    def _answered(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            self.troubles.append(f"{response.status} {response.request.method} {response.url}")

    # --- acts ---------------------------------------------------------------------------------------------------------

    def go(self, address: str, *, status: int = 200) -> None:
        """Open an address, as typed."""
        response = self.page.goto(address)
        assert response is not None and response.status == status, f"{address}: {response and response.status}"
        self.arrive()

    def follow(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> None:
        """Click the link of this name and look at where it leads."""
        self._click(self._found((within or self.page).get_by_role("link", name=name, exact=True).first))

    def press(self, name: str | re.Pattern[str], *, within: Locator | None = None, confirm: bool = False) -> None:
        """Press the button of this name and look at what comes; `confirm` says yes to the question in between."""
        button = self._found((within or self.page).get_by_role("button", name=name, exact=True).first)
        if confirm and self.scripts:
            button.click()
            button = self.page.locator("dialog[open]").get_by_role("button", name="确定")
        self._click(button)

    def _click(self, what: Locator) -> None:
        if not self.scripts:
            with self.page.expect_navigation():
                what.click()
        else:
            # Both a page that is loaded and a piece that is swapped begin with a request.
            with self.page.expect_event("requestfinished", _is_for_content):
                what.click()
        self.arrive()

    def fill(self, values: Mapping[str, str], *, within: Locator | None = None) -> None:
        """Type into the fields with these labels, or choose the option with that label."""
        for label, value in values.items():
            field = self.field(label, within=within)
            if field.evaluate("element => element.tagName") == "SELECT":
                field.select_option(label=value)
            else:
                field.fill(value)

    def field(self, label: str, *, within: Locator | None = None) -> Locator:
        """The one input with this label, with or without the mark of what must be filled in."""
        return self._found((within or self.page).get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$")).first)

    def tick(self, *labels: str, within: Locator | None = None) -> None:
        """Tick boxes and choose among radio buttons; a label may be given by its beginning."""
        for label in labels:
            self._found((within or self.page).get_by_label(re.compile(rf"^\s*{re.escape(label)}")).first).check()

    def _found(self, what: Locator) -> Locator:
        try:
            what.wait_for()
        except Missing:
            raise AssertionError(f"{self.name} finds no {what} at {self.page.url}:\n{self.text()}") from None
        return what

    def attach(self, label: str, *files: Path) -> None:
        """Choose files."""
        self.field(label).set_input_files(list(files))

    def download(self, name: str | re.Pattern[str], *, within: Locator | None = None) -> bytes:
        """What comes behind a link."""
        with self.page.expect_download() as waiting:
            (within or self.page).get_by_role("link", name=name).first.click()
        download: Download = waiting.value
        return Path(download.path()).read_bytes()

    def await_text(self, text: str | re.Pattern[str], *, seconds: float = 60, address: str | None = None) -> None:
        """Wait until the page says this by itself; without scripts, load it again until it does."""
        if self.scripts:
            expect(self.page.locator("main")).to_contain_text(text, timeout=seconds * 1000)
        else:
            for _ in range(int(seconds * 4)):
                if re.search(text, self.text()):
                    break
                self.page.wait_for_timeout(250)
                self.page.goto(address or self.page.url)
        self.sees(text)
        self.arrive()

    # --- sights -------------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """What the main part of the page says."""
        return self.page.locator("main").inner_text()

    def heading(self) -> str:
        return self.page.locator("h1").first.inner_text().strip()

    def on(self, heading: str) -> None:
        """Be on the page with this heading."""
        actual = self.heading()
        assert heading in actual, f"{self.name} is on “{actual}” ({self.page.url}), not on “{heading}”:\n{self.text()}"

    def sees(self, *texts: str | re.Pattern[str]) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)

    def misses(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("main")).not_to_contain_text(text)

    def rows(self) -> list[dict[str, str]]:
        """The first table, as texts by column."""
        names = self.page.locator("main thead th").all_inner_texts()
        rows = self.page.locator("main tbody tr").all()
        return [dict(zip(names, row.locator("td, th").all_inner_texts(), strict=False)) for row in rows]

    # --- the checks ---------------------------------------------------------------------------------------------------

    def arrive(self, *, rules: Sequence[str] = WCAG) -> None:
        """Look at the page that has just come; `rules` are names or tags of what axe is to check."""
        self._settle()
        where = f"{self.name} at {self.page.url} (“{self.page.title()}”)"
        self.visited.append(where)
        violations = self._axe(rules)
        wide = [f"{width} px: {found}" for width in self._widths() if (found := self._too_wide(width))]
        assert not violations, f"{where}: axe:\n" + "\n".join(violations)
        assert not wide, f"{where}: wider than the screen at " + "\n".join(wide)
        assert not self.troubles, f"{where}:\n" + "\n".join(self.troubles)

    def _settle(self) -> None:
        self.page.wait_for_load_state("load")
        if self.scripts:
            self.page.wait_for_function(_SETTLED)
            while self._coming:
                self.page.wait_for_timeout(20)
                self.page.wait_for_load_state("load")

    def _axe(self, rules: Sequence[str]) -> Sequence[str]:
        if not self.scripts:
            # The same pages as with scripts, and axe itself is one.
            return []
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(_AXE)
        found: Sequence[str] = self.page.evaluate(_AXE_RUN, list(rules))
        return found

    def _widths(self) -> Iterator[int]:
        """Every width a page is looked at in; its own comes last, so that the page is left as it was."""
        for width in (PHONE, DESK):
            if width != self.width:
                self.page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})
                yield width
        self.page.set_viewport_size({"width": self.width, "height": _HEIGHTS[self.width]})
        yield self.width

    def _too_wide(self, width: int) -> Any:
        self._picture(width)
        sideways = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return self.page.evaluate(_WIDE) or ["the page"] if self.page.evaluate(sideways) else []

    def _picture(self, width: int) -> None:
        folder = os.environ.get("WUXUE_SCREENSHOTS")
        if not folder:
            return
        Path(folder).mkdir(parents=True, exist_ok=True)
        words = re.sub(r"[^\w]+", "-", self.page.title().split(" - ")[0])
        number = f"{self.site.logs.parent.name}-{len(list(Path(folder).glob(f'*-{width}.png'))):03}"
        self.page.screenshot(path=Path(folder, f"{number}-{self.name}-{words}-{width}.png"), full_page=True)


def _is_for_content(request: Request) -> bool:
    return request.resource_type in ("document", "xhr", "fetch")


@contextmanager
def visiting(browser: Browser, site: Site, name: str, *, width: int = DESK, scripts: bool = True) -> Iterator[Visitor]:
    """A visitor for the length of a block."""
    visitor = Visitor(browser, site, name, width=width, scripts=scripts)
    try:
        yield visitor
    finally:
        visitor.close()

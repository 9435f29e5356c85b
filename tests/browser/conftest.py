"""A running site and a real Chromium for the tests of this folder."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests import database
from tests.browser.running_site import Site, chromium, running
from tests.browser.visitor import DESK, Visitor, visiting


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    flags = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield browser
        browser.close()


def _without_lottery(folder: Path) -> str:
    """The shipped policy with nobody drawn for a second review: a journey ends the same each time."""
    pack = json.loads((database.ROOT / "policies" / "JH-2020-DRAFT.json").read_text("utf-8"))
    for key in ("review.second_share", "review.second_share_medium", "review.second_share_high"):
        pack["figures"][key]["value"] = 0
    file = folder / "no-lottery.json"
    file.write_text(json.dumps(pack, ensure_ascii=False), "utf-8")
    return str(file)


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    """A site nobody has used yet: regions, calendar and policies, and no account."""
    with running(database_url, tmp_path, prepare=[["policy", "adopt", _without_lottery(tmp_path)]]) as site:
        yield site
        # Before it is told to stop: what a process says while it is being ended is no fault of a page.
        site.assert_no_failure()


@pytest.fixture
def visit_of(chrome: Browser) -> Iterator[Callable[..., Visitor]]:
    """Makes visitors of a site: `visit_of(site, "technician", width=PHONE)`."""
    with ExitStack() as stack:

        def make(site: Site, name: str, *, width: int = DESK, scripts: bool = True) -> Visitor:
            return stack.enter_context(visiting(chrome, site, name, width=width, scripts=scripts))

        yield make


@pytest.fixture
def visit(visit_of: Callable[..., Visitor], site: Site) -> Callable[..., Visitor]:
    """Makes visitors of the site: `visit("clerk")`."""
    return partial(visit_of, site)

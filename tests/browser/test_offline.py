"""A paper checked with the network unplugged: typed, by a photo, by the telephone's own camera, and after a reload."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app import create_app
from models import db
from services import pdf, proof_tokens
from tests import database, proof_samples
from tests.browser.running_site import Site
from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser


def printed(site: Site, url: str, folder: Path) -> tuple[str, Path]:
    """What the second code of a paper of this site holds, and a photo of the paper."""
    folder.mkdir()
    app = create_app({**database.KEYS, "WUXUE_ENV": "test", "WUXUE_DATABASE_URL": url, "WUXUE_INSTANCE": str(folder)})
    facts = replace(proof_samples.failing_year(), verify_page=f"{site.address}/verify")
    with app.app_context():
        address = proof_tokens.address(facts)
        db.session.remove()
        db.engine.dispose()
    (folder / "paper.pdf").write_bytes(pdf.render_proof(facts, offline=address))
    subprocess.run(["pdftoppm", "-r", "300", "-l", "1", "-png", folder / "paper.pdf", folder / "photo"], check=True)
    (photo,) = folder.glob("photo*.png")
    return address, photo


def test_a_paper_is_checked_with_the_network_unplugged(
    site: Site, visit: Callable[..., Visitor], database_url: str, tmp_path: Path
) -> None:
    address, photo = printed(site, database_url, tmp_path / "office")
    stranger = visit("stranger", width=PHONE)
    stranger.go("/verify")
    stranger.follow("打开离线核验页")
    page = stranger.page
    expect(page.get_by_text("本页已保存在这个浏览器里")).to_be_visible()

    stranger.context.set_offline(True)
    page.get_by_label("或粘贴其他软件扫出的文字").fill(address)
    page.get_by_role("button", name="核验", exact=True).click()
    expect(page.get_by_role("heading", name="签名有效")).to_be_focused()
    shown = page.locator("[data-offline-facts]")
    for words in ("张晓明", "JHJX-2026-00000123", "未达到规定要求", "2026年1月8日 09:30"):
        expect(shown).to_contain_text(words)

    place = len(address) - 150
    forged = address[:place] + ("A" if address[place] != "A" else "B") + address[place + 1 :]
    page.get_by_label("或粘贴其他软件扫出的文字").fill(forged)
    page.get_by_role("button", name="核验", exact=True).click()
    expect(page.get_by_role("heading", name="签名不符")).to_be_visible()
    expect(shown).to_be_hidden()

    page.get_by_label("或选择一张二维码的照片").set_input_files(photo)
    # The library that reads it takes a while on a busy machine.
    expect(page.get_by_role("heading", name="签名有效")).to_be_visible(timeout=60_000)

    # As the camera of the telephone opens it: the line is behind #, and does not stay in the address bar.
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_role("heading", name="签名有效")).to_be_visible()
    assert page.url == f"{site.address}/verify/offline"
    page.get_by_label("或粘贴其他软件扫出的文字").fill(f"{site.address}/v/{proof_samples.CODE}")
    page.get_by_role("button", name="核验", exact=True).click()
    expect(page.get_by_role("heading", name="这是联网核验的二维码")).to_be_visible()
    page.get_by_label("或粘贴其他软件扫出的文字").fill("别的东西")
    page.get_by_role("button", name="核验", exact=True).click()
    expect(page.get_by_role("heading", name="没有认出来")).to_be_visible()
    # Pictures and styles that were not asked for again are no trouble: what was said above is what counts.
    stranger.troubles.clear()

"""A paper checked with the network unplugged: typed, by a photo, by a camera, by the telephone's own scanner."""

import base64
import io
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from PIL import Image
from playwright.sync_api import expect

from app import create_app
from domain import proof_token
from models import ProofKey, db
from services import pdf, proof_tokens
from services.transaction import transaction
from tests import database, proof_samples
from tests.browser.running_site import Site
from tests.browser.visitor import DESK, PHONE, Visitor

pytestmark = pytest.mark.browser

PHOTO, LINE = "或选择一张二维码的照片", "或粘贴其他软件扫出的文字"


@dataclass(frozen=True)
class Papers:
    """What the second codes of two papers hold, one signed by a key that nobody published; the page of the good one."""

    good: str
    unknown: str
    page: Image.Image


@pytest.fixture
def papers(site: Site, database_url: str, tmp_path: Path) -> Papers:
    facts = replace(proof_samples.failing_year(), verify_page=f"{site.address}/verify")
    settings = {"WUXUE_ENV": "test", "WUXUE_DATABASE_URL": database_url, "WUXUE_INSTANCE": str(tmp_path / "office")}
    first = ProofKey(
        key_id=proof_samples.FIRST_KEY, spki=proof_samples.FIRST_KEY_SPKI, published_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    with create_app({**database.KEYS, **settings}).app_context():
        good = proof_tokens.address(facts)
        with transaction():
            db.session.add(first)
        db.session.remove()
        db.engine.dispose()
    body = proof_token.body(facts, b"\xff\xff")
    r, s = decode_dss_signature(generate_private_key(SECP256R1()).sign(body, ECDSA(SHA256())))
    unknown = proof_token.written(body, r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    file = tmp_path / "paper.pdf"
    file.write_bytes(pdf.render_proof(facts, offline=good))
    subprocess.run(["pdftoppm", "-r", "150", "-l", "1", "-singlefile", "-png", file, tmp_path / "paper"], check=True)
    with Image.open(tmp_path / "paper.png") as page:
        return Papers(good, unknown, page.convert("L"))


def as_photo(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=40)
    return out.getvalue()


def kept_page(visit: Callable[..., Visitor], width: int) -> Visitor:
    """Somebody who opened the page once and then lost the network."""
    stranger = visit("stranger", width=width)
    stranger.go("/verify")
    stranger.follow("打开离线核验页")
    expect(stranger.page.get_by_text("本页已保存在这个浏览器里")).to_be_visible()
    stranger.arrive()
    stranger.context.set_offline(True)
    return stranger


def unplugged(stranger: Visitor) -> None:
    """What the browser says of requests that found no network is no trouble; everything else is."""
    stranger.troubles[:] = [each for each in stranger.troubles if "ERR_INTERNET_DISCONNECTED" not in each]
    stranger.arrive()


def type_line(stranger: Visitor, text: str, heading: str) -> None:
    stranger.page.get_by_label(LINE).fill(text)
    stranger.page.get_by_role("button", name="核验", exact=True).click()
    expect(stranger.page.get_by_role("heading", name=heading, exact=True)).to_be_focused()
    expect(stranger.page.locator("[data-outcome]:visible")).to_have_count(1)


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_paper_is_checked_with_the_network_unplugged(
    site: Site, visit: Callable[..., Visitor], papers: Papers, width: int
) -> None:
    stranger = kept_page(visit, width)
    page, shown = stranger.page, stranger.page.locator("[data-offline-facts]")
    page.goto("about:blank")
    page.goto("/verify/offline")

    type_line(stranger, papers.good, "签名有效")
    said = (
        "金华市技能人才继续教育学分证明", "张晓明", "JHJX-2026-00000123", "330*************15", "总学分尚缺26学分",
        "2026年1月8日 09:30",
    )  # fmt: skip
    for words in said:
        expect(shown).to_contain_text(words)
    expect(shown.get_by_role("link", name=re.compile("联网核验"))).to_have_attribute("href", f"/v/{proof_samples.CODE}")
    unplugged(stranger)

    place = len(papers.good) - 150
    altered = f"{papers.good[:place]}{(int(papers.good[place]) + 1) % 10}{papers.good[place + 1 :]}"
    type_line(stranger, altered, "签名不符")
    expect(shown).to_be_hidden()
    unplugged(stranger)

    type_line(stranger, papers.unknown, "不能判断")
    type_line(stranger, proof_samples.FIRST_LINE, "签名有效")
    expect(shown).to_contain_text("2025年度继续教育学分达到规定要求。")
    expect(shown).to_contain_text("2026年1月8日 09:30")
    for wrong in ("别的东西", "1" * 5000, papers.good[:-80] + "甲", "", "2" * 40):
        type_line(stranger, wrong, "没有认出来")
    type_line(stranger, f"{site.address}/v/{proof_samples.CODE}", "这是联网核验的二维码")
    expect(shown).to_be_hidden()

    # As the scanner of the telephone opens it: the line is behind #, and does not stay in the address bar.
    page.goto("about:blank")
    page.goto(papers.good)
    expect(page.get_by_role("heading", name="签名有效")).to_be_focused()
    assert page.url == f"{site.address}/verify/offline"
    unplugged(stranger)


def test_a_photo_is_read_with_the_network_unplugged(visit: Callable[..., Visitor], papers: Papers) -> None:
    stranger = kept_page(visit, PHONE)
    page = stranger.page
    askew = papers.page.rotate(17, Image.Resampling.BICUBIC, expand=True, fillcolor=140)
    page.get_by_label(PHOTO).set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": as_photo(askew)})
    expect(page.get_by_role("heading", name="签名有效")).to_be_focused(timeout=60_000)
    expect(page.locator("[data-offline-facts]")).to_contain_text("张晓明")
    unplugged(stranger)

    # In the same moment as the next photo is chosen: nothing stands there that was said of the last one.
    blank = base64.b64encode(as_photo(Image.new("L", (1200, 900), 190))).decode()
    left = page.evaluate(
        """async (photo) => {
          const field = document.querySelector("[data-offline-photo]"), given = new DataTransfer();
          const bytes = Uint8Array.from(atob(photo), (character) => character.charCodeAt(0));
          given.items.add(new File([bytes], "b.jpg", { type: "image/jpeg" }));
          field.files = given.files;
          field.dispatchEvent(new Event("change", { bubbles: true }));
          return {
            verdicts: document.querySelectorAll("[data-outcome]:not([hidden])").length,
            facts: document.querySelectorAll("[data-offline-fact]:not(:empty)").length,
            status: document.querySelector("[data-offline-status]").innerText,
          };
        }""",
        blank,
    )
    assert left == {"verdicts": 0, "facts": 0, "status": "正在识别照片中的二维码，请稍候"}
    expect(page.get_by_role("heading", name="照片里没有认出二维码")).to_be_focused(timeout=60_000)
    expect(page.locator("[data-offline-status]")).to_have_text("")
    unplugged(stranger)

    page.get_by_label(PHOTO).set_input_files({"name": "c.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    expect(page.get_by_role("heading", name="这张照片打不开")).to_be_focused()


def test_a_browser_without_webassembly_reads_a_clear_photo(visit: Callable[..., Visitor], papers: Papers) -> None:
    stranger = visit("stranger", width=PHONE)
    stranger.context.route("**/*.wasm*", lambda route: route.abort())
    # Not with an eye on what the browser says: it has much to say of a file that does not come.
    stranger.page.goto("/verify/offline")
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": as_photo(papers.page)}
    stranger.page.get_by_label(PHOTO).set_input_files(photo)
    expect(stranger.page.get_by_role("heading", name="签名有效")).to_be_focused(timeout=120_000)
    assert any("ERR_FAILED" in each for each in stranger.troubles), "the wasm was not asked for"


# A camera that holds the picture before it, in place of the machine's, which has none.
_CAMERA = """async (photo) => {
  const bytes = Uint8Array.from(atob(photo), (character) => character.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.width, height: picture.height });
  const draw = () => { canvas.getContext("2d").drawImage(picture, 0, 0); requestAnimationFrame(draw); };
  draw();
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10);
}"""


def test_a_camera_reads_the_paper_held_before_it(visit: Callable[..., Visitor], papers: Papers) -> None:
    stranger = visit("stranger", width=PHONE)
    stranger.go("/verify/offline")
    page = stranger.page
    width, height = papers.page.size
    # The whole sheet is never in the picture of a camera that is near enough.
    near = papers.page.crop((0, round(height * 0.7), width, height)).rotate(4, expand=True, fillcolor=140)
    page.evaluate(_CAMERA, base64.b64encode(as_photo(near)).decode())
    page.get_by_role("button", name="打开摄像头扫码").click()
    expect(page.get_by_role("heading", name="签名有效")).to_be_focused(timeout=60_000)
    expect(page.locator("video")).to_be_hidden()
    expect(page.get_by_role("button", name="打开摄像头扫码")).to_be_visible()
    stranger.arrive()


def test_the_page_without_scripts_leads_to_the_other_check(visit: Callable[..., Visitor]) -> None:
    stranger = visit("stranger", width=PHONE, scripts=False)
    stranger.go("/verify/offline")
    expect(stranger.page.get_by_role("button", name="打开摄像头扫码")).to_be_hidden()
    stranger.follow("联网核验")
    stranger.on("核验")

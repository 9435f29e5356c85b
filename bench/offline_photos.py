"""How many photos of a paper each reader of QR codes gets the second code from, beside jsQR as the page first had it.

Photos are made: the page at so many dots an inch, turned, askew, creased, blurred, noisy, in bad light, saved as JPEG
of quality 40. Every reader gets the same pixels in the same Chromium; a photo counts when the text is the one printed.
The site's own reader is the worker of the page; `--packages` names a folder where `npm install` put others to compare:
@zxing/library, @nuintun/qrcode, @undecaf/zbar-wasm, qr.

    python bench/offline_photos.py [--rounds 2] [--dpi 100 150 200 300] [--paper FILE.pdf] [--packages FOLDER]
"""

import argparse
import base64
import io
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import zxingcpp
from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import Page, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app import create_app  # noqa: E402 - the program is run from its folder, not installed
from models import db  # noqa: E402
from services import pdf, proof_tokens  # noqa: E402
from tests import database, proof_samples  # noqa: E402

_FINE = 400
_QUALITY = 40
_MM = 25.4

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Spoil:
    """What is wrong with a photo: degrees, how far corners move (part of the side), depth of a crease (millimetres),
    blur (millimetres on the paper), noise (grey levels), light left in the darkest corner, contrast left."""

    turn: float = 0
    askew: float = 0
    crease: float = 0
    blur: float = 0
    noise: float = 0
    light: float = 1
    contrast: float = 1


CONDITIONS = {
    "flat": Spoil(),
    "turned": Spoil(turn=17),
    "upside down": Spoil(turn=176),
    "askew": Spoil(askew=0.06),
    "very askew": Spoil(askew=0.14, turn=5),
    "creased": Spoil(crease=1.2, askew=0.02),
    "blurred": Spoil(blur=0.12),
    "more blurred": Spoil(blur=0.2),
    "noisy": Spoil(noise=28),
    "shadow": Spoil(light=0.3),
    "dim": Spoil(contrast=0.35, light=0.7, noise=6),
    "by hand": Spoil(turn=6, askew=0.05, crease=0.8, blur=0.1, noise=8, light=0.55),
    "old telephone": Spoil(turn=-11, askew=0.08, crease=1.0, blur=0.16, noise=14, light=0.5, contrast=0.7),
}


# --- Photos -----------------------------------------------------------------------------------------------------------


def photo(page: Image.Image, dpi: int, spoil: Spoil, seed: int) -> bytes:
    """The page as somebody photographs it, `dpi` dots to an inch of paper."""
    chance = random.Random(seed)
    fine = page.filter(ImageFilter.GaussianBlur(_FINE / dpi * 0.35 + spoil.blur / _MM * _FINE))
    fine = _creased(fine, spoil.crease / _MM * _FINE, chance)
    size = (round(page.width * dpi / _FINE), round(page.height * dpi / _FINE))
    picture = _askew(fine, size, spoil.askew, chance)
    if spoil.turn:
        picture = picture.rotate(
            spoil.turn + chance.uniform(-2, 2), Image.Resampling.BICUBIC, expand=True, fillcolor=150
        )
    picture = _lit(picture, spoil, chance)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _creased(page: Image.Image, depth: float, chance: random.Random) -> Image.Image:
    """Folded once across and once down the codes, and not quite flat again: parts are drawn wider or narrower."""
    if not depth:
        return page
    # The codes stand in the lower left quarter.
    x, y = round(page.width * chance.uniform(0.28, 0.42)), round(page.height * chance.uniform(0.8, 0.86))
    shift, sink = chance.choice((-1, 1)) * depth, chance.choice((-1, 1)) * depth
    w, h = page.size
    mesh = []
    for left, top, right, bottom in ((0, 0, x, y), (x, 0, w, y), (0, y, x, h), (x, y, w, h)):

        def moved(px: int, py: int) -> Point:
            # Only where the folds run does the paper move.
            return (px + (shift if px == x else 0), py + (sink if py == y else 0))

        corners = (moved(left, top), moved(left, bottom), moved(right, bottom), moved(right, top))
        mesh.append(((left, top, right, bottom), tuple(value for corner in corners for value in corner)))
    folded = page.transform(page.size, Image.Transform.MESH, mesh, Image.Resampling.BICUBIC, fillcolor=230)
    line = Image.new("L", page.size, 255)
    thick = max(2, round(0.25 / _MM * _FINE))
    line.paste(185, (x - thick, 0, x + thick, h))
    line.paste(185, (0, y - thick, w, y + thick))
    return ImageChops.multiply(folded, line.filter(ImageFilter.GaussianBlur(thick)))


def _askew(page: Image.Image, size: tuple[int, int], askew: float, chance: random.Random) -> Image.Image:
    w, h = size
    far = askew * min(size)
    corners = [
        (x + chance.uniform(0, far) * (1 if x == 0 else -1), y + chance.uniform(0, far) * (1 if y == 0 else -1))
        for x, y in ((0, 0), (w, 0), (w, h), (0, h))
    ]
    whole = [(0.0, 0.0), (page.width, 0.0), (page.width, page.height), (0.0, page.height)]
    return page.transform(
        size, Image.Transform.PERSPECTIVE, _perspective(corners, whole), Image.Resampling.BICUBIC, fillcolor=150
    )


def _perspective(seen: list[Point], real: list[Point]) -> list[float]:
    """The eight coefficients that take points of the photo to points of the page (Gaussian elimination)."""
    rows = []
    for (x, y), (u, v) in zip(seen, real, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    for at in range(8):
        best = max(range(at, 8), key=lambda row: abs(rows[row][at]))
        rows[at], rows[best] = rows[best], rows[at]
        for row in range(8):
            if row != at:
                part = rows[row][at] / rows[at][at]
                rows[row] = [a - part * b for a, b in zip(rows[row], rows[at], strict=True)]
    return [rows[at][8] / rows[at][at] for at in range(8)]


def _lit(picture: Image.Image, spoil: Spoil, chance: random.Random) -> Image.Image:
    if spoil.contrast < 1:
        picture = picture.point([round(40 + value * spoil.contrast) for value in range(256)])
    if spoil.light < 1:
        shade = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(picture.size)
        dark = round(255 * spoil.light)
        picture = ImageChops.multiply(
            picture, shade.point([dark + value * (255 - dark) // 255 for value in range(256)])
        )
    if spoil.noise:
        levels = (min(255, max(0, round(chance.gauss(128, spoil.noise)))) for _ in range(512 * 512))
        grain = Image.frombytes("L", (512, 512), bytes(levels))
        tiled = Image.new("L", picture.size)
        for left in range(0, picture.width, 512):
            for top in range(0, picture.height, 512):
                tiled.paste(grain.rotate(90 * chance.randrange(4)), (left, top))
        picture = ImageChops.add(picture, tiled, 1, -128)
    return picture


# --- Readers ---------------------------------------------------------------------

_PAGE = """<!doctype html><meta charset="utf-8"><title>readers</title>
<script src="/static/vendor/jsqr-1.4.0.js"></script>
<script src="/static/vendor/zxing-wasm-3.1.4.js"></script>
<script src="/static/js/codes.js?plain" data-worker="/static/js/code-reader.js?plain" data-script="/none.js"
  data-wasm="/none" data-fallback="/static/vendor/jsqr-1.4.0.js"></script>
<script>globalThis.plain = codes;</script>
<script src="/static/js/codes.js" data-worker="/static/js/code-reader.js"
  data-script="/static/vendor/zxing-wasm-3.1.4.js" data-wasm="/static/vendor/zxing-wasm-3.1.4.wasm"
  data-fallback="/static/vendor/jsqr-1.4.0.js"></script>
"""
_OTHERS = {
    "@zxing/library": '<script src="/packages/@zxing/library/umd/index.min.js"></script>',
    "@nuintun/qrcode": '<script type="module">import * as it from "/packages/@nuintun/qrcode/esm/index.js";'
    "globalThis.nuintun = it;</script>",
    "@undecaf/zbar-wasm": '<script type="module">import * as it from "/packages/@undecaf/zbar-wasm/dist/main.mjs";'
    "globalThis.zbar = it;</script>",
    "qr": '<script type="module">import it from "/packages/qr/decode.js"; globalThis.decodeQR = it;</script>',
}
_OURS = ("jsQR as it was", "zxing-wasm", "the page", "the page without wasm")
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".html": "text/html"}
_HOST = "http://readers.test"


def serve(page: Page, packages: Path | None) -> list[str]:
    """Open a page that has all readers; their names."""
    others = [name for name in _OTHERS if packages and (packages / "node_modules" / name).exists()]

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(_HOST).partition("?")[0]
        if path == "/":
            body = (
                _PAGE + "".join(_OTHERS[name] for name in others) + '<script src="/bench/offline_readers.js"></script>'
            )
            return route.fulfill(body=body, content_type="text/html; charset=utf-8")
        file = ROOT / path[1:]
        if path.startswith("/packages/") and packages:
            file = packages / "node_modules" / path.removeprefix("/packages/")
        if not file.is_file():
            return route.fulfill(status=404)
        return route.fulfill(body=file.read_bytes(), content_type=_TYPES.get(file.suffix, "text/plain"))

    page.route(f"{_HOST}/**", answer)
    page.goto(f"{_HOST}/", wait_until="load")
    return [*_OURS, *others]


@dataclass
class Score:
    """How a reader did: photos read by resolution and by what was wrong with them, and milliseconds a photo."""

    by_dpi: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    by_condition: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    times: list[float] = field(default_factory=list)

    @property
    def read(self) -> int:
        return sum(map(sum, self.by_dpi.values()))

    def line(self, name: str, control: int) -> str:
        shares = "  ".join(f"{dpi}: {sum(got):3}/{len(got)}" for dpi, got in self.by_dpi.items())
        ratio = f"{self.read / control:6.1f}" if control else "     -"
        worst = ", ".join(f"{what} {sum(got)}/{len(got)}" for what, got in self.by_condition.items() if not all(got))
        return (
            f"{name:24} {shares}  all {self.read:3}/{len(self.times)}  ratio {ratio}  "
            f"{statistics.median(self.times):5.0f} ms, at most {max(self.times):5.0f}   {worst}"
        )


def paper(given: Path | None, folder: Path) -> tuple[Image.Image, str]:
    """The page at 400 dpi, and what its second code holds: of a file, or of a sample printed now."""
    if given is None:
        given = folder / "paper.pdf"
        settings = {"WUXUE_ENV": "test", "WUXUE_DATABASE_URL": f"sqlite:///{folder}/bench.db"}
        facts = replace(
            proof_samples.failing_year(),
            verify_page="https://wuxue.jinhua.gov.cn/verify",
            verify_url=f"https://wuxue.jinhua.gov.cn/v/{proof_samples.CODE}",
        )
        with create_app({**database.KEYS, **settings, "WUXUE_INSTANCE": str(folder)}).app_context():
            db.create_all()
            given.write_bytes(pdf.render_proof(facts, offline=proof_tokens.address(facts)))
    command = ["pdftoppm", "-r", str(_FINE), "-gray", "-l", "1", "-singlefile", str(given), str(folder / "page")]
    subprocess.run(command, check=True)
    with Image.open(folder / "page.pgm") as picture:
        page = picture.convert("L")
    found = [code.text for code in zxingcpp.read_barcodes(page) if "#" in code.text]
    if len(found) != 1:
        raise SystemExit(f"{given} has no second code that can be read")
    return page, found[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--dpi", type=int, nargs="+", default=[100, 150, 200, 300])
    parser.add_argument("--paper", type=Path, help="a PDF to photograph in place of a sample")
    parser.add_argument("--packages", type=Path, help="a folder with node_modules of others to compare")
    parser.add_argument("--readers", nargs="+", help="only these")
    asked = parser.parse_args()
    scores: dict[str, Score] = defaultdict(Score)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page, wanted = paper(asked.paper, Path(folder))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--headless=new", "--disable-gpu"]
        )
        tab = browser.new_page()
        names = [name for name in serve(tab, asked.packages) if not asked.readers or name in asked.readers]
        for dpi, (what, spoil), seed in product(asked.dpi, CONDITIONS.items(), range(asked.rounds)):
            taken = base64.b64encode(photo(page, dpi, spoil, seed)).decode()
            for name in names:
                texts, took = tab.evaluate("([name, photo]) => one(name, photo)", [name, taken])
                scores[name].by_dpi[dpi].append(wanted in texts)
                scores[name].by_condition[what].append(wanted in texts)
                scores[name].times.append(took)
        browser.close()
    control = scores[_OURS[0]].read if _OURS[0] in scores else 0
    for name in names:
        print(scores[name].line(name, control), flush=True)


if __name__ == "__main__":
    main()

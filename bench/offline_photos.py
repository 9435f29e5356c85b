"""How many photos of a paper each reader of QR codes gets the second code from, beside jsQR as the page first had it.

Photos are made: the page at so many dots an inch, turned, askew, creased, blurred, noisy, in bad light, saved as JPEG of
quality 40. Every reader gets the same pixels in the same Chromium. A photo counts when the text is the one printed. The
site's own reader is the worker of the page; `--packages` names a folder where `npm install` put others to compare:
@zxing/library, @nuintun/qrcode, @undecaf/zbar-wasm, qr.

    python bench/offline_photos.py [--rounds 2] [--dpi 100 150 200 300] [--paper FILE.pdf] [--packages FOLDER]
"""

import argparse
import base64
import io
import json
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
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
    chance = random.Random(seed)  # noqa: S311 - photos, not secrets
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
        grain = Image.frombytes(
            "L", (512, 512), bytes(min(255, max(0, round(chance.gauss(128, spoil.noise)))) for _ in range(512 * 512))
        )
        tiled = Image.new("L", picture.size)
        for left in range(0, picture.width, 512):
            for top in range(0, picture.height, 512):
                tiled.paste(grain.rotate(90 * chance.randrange(4)), (left, top))
        picture = ImageChops.add(picture, tiled, 1, -128)
    return picture

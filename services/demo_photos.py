"""Class photos of the demo city, drawn: each class in a room of its own, each photo with its own moment and view."""

import io
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from random import Random

from PIL import Image, ImageDraw, ImageFont, ImageOps

from config import ROOT

_ROOM = (900, 600)
_SIZE = (480, 320)
_TAKEN_AT = 306  # the EXIF tag DateTime
_FONT = ROOT / "static" / "fonts" / "NotoSerifSC-common.ttf"

_WALLS = ("#e9e4d6", "#dfe7ea", "#eee8e2", "#d9d5c8", "#e4ece0", "#f0efe9")
_FLOORS = ("#b9a58a", "#8d8f92", "#9aa79a", "#a58a6a", "#c3b8a6")
_BOARDS = ("#21493f", "#2a3a36", "#1d3f4a")
_CLOTHES = ("#30507f", "#4d6b8a", "#70583f", "#a03030", "#c8c8c0", "#303030", "#2f6b4f")


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), size)


def class_photo(taken_at: datetime | None, room: int, serial: int, word: str = "") -> bytes:
    """A class in this room as a camera would have taken it at this (China) time, the challenge word on the board.

    The same room and serial are the same picture; without a time the camera did not say it.
    """
    return _jpeg(_photo(room, serial, word), taken_at)


def used_again(photo: bytes, taken_at: datetime) -> bytes:
    """The picture as somebody would hand it in a second time: mirrored, cut a little, saved anew, with another time."""
    picture = ImageOps.mirror(Image.open(io.BytesIO(photo)).convert("RGB"))
    width, height = picture.size
    return _jpeg(picture.crop((width // 40, height // 30, width, height)).resize(_SIZE), taken_at)


def _jpeg(picture: Image.Image, taken_at: datetime | None) -> bytes:
    exif = Image.Exif()
    if taken_at is not None:
        exif[_TAKEN_AT] = f"{taken_at:%Y:%m:%d %H:%M:%S}"
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=78, exif=exif)
    return out.getvalue()


def _photo(room: int, serial: int, word: str) -> Image.Image:
    fixed, moment = Random(room), Random(room * 100_003 + serial)  # noqa: S311 - drawings
    width, height = _ROOM
    floor = fixed.randrange(320, 420)
    picture = Image.new("RGB", _ROOM, fixed.choice(_WALLS))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, floor, width, height), fill=fixed.choice(_FLOORS))
    board = (fixed.randrange(120, 330), fixed.randrange(40, 90), fixed.randrange(560, 800), fixed.randrange(220, 290))
    for x in _windows(fixed, board):
        pen.rectangle(
            (x, board[1] - 10, x + fixed.randrange(60, 100), board[3] - 20), fill="#a9cfe6", outline="#ffffff", width=5
        )
    if fixed.random() < 0.5:  # a machine or a cupboard at the wall
        x = fixed.randrange(0, width - 180)
        pen.rectangle(
            (x, floor - 110, x + fixed.randrange(80, 180), floor + 12),
            fill=fixed.choice(("#6d7378", "#40505f", "#8a5a2a")),
        )
    pen.rectangle(board, fill=fixed.choice(_BOARDS), outline="#8a6a42", width=7)
    _write(pen, board, moment, word)
    _teacher(pen, moment, floor)
    _people(pen, fixed, moment, floor)
    share = moment.uniform(0.78, 0.97)
    cut = (width * share, height * share)
    left, top = moment.uniform(0, width - cut[0]), moment.uniform(0, height - cut[1])
    small = picture.resize(_SIZE, Image.Resampling.BOX, box=(left, top, left + cut[0], top + cut[1]))
    light = moment.uniform(0.85, 1.1)
    return small.point([min(255, round(level * light)) for level in range(256)] * 3)


def _windows(fixed: Random, board: Sequence[int]) -> list[int]:
    places = [x for x in (10, board[0] - 110, board[2] + 20, _ROOM[0] - 105) if x + 100 < board[0] or x > board[2]]
    return fixed.sample(places, min(len(places), fixed.randrange(1, 3)))


def _write(pen: ImageDraw.ImageDraw, board: Sequence[int], moment: Random, word: str) -> None:
    left, top, right, bottom = board
    chalk = "#e6efe8"
    if word:
        pen.text((left + 22, top + 12), word, fill=chalk, font=_font(54))
    for line in range(moment.randrange(2, 5)):
        y = top + (90 if word else 34) + line * 26
        if y < bottom - 16:
            pen.line(
                (left + 26, y, left + 26 + moment.randrange(80, max(90, right - left - 60)), y), fill=chalk, width=4
            )


def _teacher(pen: ImageDraw.ImageDraw, moment: Random, floor: int) -> None:
    x = moment.randrange(60, _ROOM[0] - 120)
    pen.ellipse((x, floor - 170, x + 48, floor - 122), fill="#e0b48f")
    pen.rounded_rectangle((x - 12, floor - 122, x + 60, floor + 10), 12, fill=moment.choice(_CLOTHES))


def _people(pen: ImageDraw.ImageDraw, fixed: Random, moment: Random, floor: int) -> None:
    rows, seats = fixed.randrange(2, 5), fixed.randrange(5, 9)
    for row in range(rows):
        size = 26 + 9 * row
        for seat in range(seats):
            if moment.random() < 0.15:
                continue
            x = 30 + seat * (_ROOM[0] - 60) // seats + moment.randrange(-10, 11)
            y = floor - 14 + row * (_ROOM[1] - floor) // rows + moment.randrange(-6, 7)
            pen.ellipse((x, y, x + size, y + size), fill=moment.choice(("#3a2c25", "#22201e", "#5a4a3a")))
            pen.rounded_rectangle(
                (x - size // 3, y + size - 4, x + size * 4 // 3, y + size * 2), 10, fill=moment.choice(_CLOTHES)
            )

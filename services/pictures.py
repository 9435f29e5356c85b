"""How photos look: hashes of what pages show of them, and the search for photos that show nearly the same (E12)."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from PIL import Image, ImageChops, ImageStat
from sqlalchemy import insert, select, union_all

from domain.pictures import ALIKE, COLUMNS, FARTHEST, ROWS, bands, distance, hash_of, mirrored, probes, signed, unsigned
from models import Attachment, PictureHash, StoredFile, db
from services import files

_BANDS = (PictureHash.band_a, PictureHash.band_b, PictureHash.band_c)
# What is left out at the left, top, right and bottom: whoever cuts a photo on record comes near one of these.
_SIDE = 0.08
_CUTS = (
    (0.0, 0.0, 0.0, 0.0),
    *((cut, cut, cut, cut) for cut in (0.03, 0.06)),
    *((_SIDE, 0.0, 0.0, 0.0), (0.0, _SIDE, 0.0, 0.0), (0.0, 0.0, _SIDE, 0.0), (0.0, 0.0, 0.0, _SIDE)),
    *((_SIDE, _SIDE, 0.0, 0.0), (0.0, _SIDE, _SIDE, 0.0), (_SIDE, 0.0, 0.0, _SIDE), (0.0, 0.0, _SIDE, _SIDE)),
)
# So many of the nearest are laid over the picture.
_MOST_COMPARED = 8

_GREY = (192, 144)
_LAID = (48, 36)
# Two pictures that differ so much when laid over each other roughly do not become the same by moving one a little.
_HOPELESS = 4 * ALIKE
_SPREAD = 48


@dataclass(frozen=True)
class Look:
    """What is searched for: the grey picture and its hashes, by the part of it and as a looking-glass shows it."""

    grey: Image.Image

    @cached_property
    def hashes(self) -> tuple[int | None, ...]:
        """By which it will be found: the whole of it, and parts."""
        return tuple(hash_of(_grid(self.grey, *cut)) for cut in _CUTS)


@dataclass(frozen=True, kw_only=True)
class Twin:
    """An earlier photo that shows nearly the same."""

    attachment_id: int
    mirrored: bool


def look_of(shown: bytes) -> Look:
    """How the copy that pages show looks: turned upright already, so that a turned original is the same."""
    picture = Image.open(io.BytesIO(shown), formats=("JPEG",))
    picture.draft("L", _GREY)
    return Look(picture.convert("L").resize(_GREY, Image.Resampling.BOX))


def _grid(grey: Image.Image, left: float, top: float, right: float, bottom: float) -> Sequence[int]:
    width, height = grey.size
    box = (width * left, height * top, width * (1 - right), height * (1 - bottom))
    return grey.resize((COLUMNS, ROWS), Image.Resampling.BOX, box=box).tobytes()


def keep(attachment_id: int, look: Look) -> None:
    """Let this photo be found; one that is as even as a wall is not, for it would be found for every other wall."""
    rows = [
        {
            "attachment_id": attachment_id,
            "cut": index,
            "bits": signed(bits),
            **{column.key: band for column, band in zip(_BANDS, bands(bits), strict=True)},
        }
        for index, bits in enumerate(look.hashes)
        if bits is not None
    ]
    if rows:
        db.session.execute(insert(PictureHash), rows)


def twins(look: Look) -> list[Twin]:
    """The photos on record that show nearly the same, upright or mirrored; a picture is laid over the nearest only."""
    whole = _grid(look.grey, *_CUTS[0])
    near = sorted(
        [
            *((far, attachment_id, False) for attachment_id, far in _near(hash_of(whole)).items()),
            *((far, attachment_id, True) for attachment_id, far in _near(hash_of(mirrored(whole))).items()),
        ]
    )[:_MOST_COMPARED]
    turned = Look(look.grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    found: dict[int, Twin] = {}
    for _, attachment_id, is_mirrored in near:
        other = _look_of_attachment(attachment_id)
        if other is not None and attachment_id not in found and is_same(turned if is_mirrored else look, other):
            found[attachment_id] = Twin(attachment_id=attachment_id, mirrored=is_mirrored)
    return list(found.values())


def _near(bits: int | None) -> dict[int, int]:
    """How far the hash of each photo is that lies near enough, by its attachment."""
    if bits is None:
        return {}
    rows = db.session.execute(
        union_all(
            *(
                select(PictureHash.attachment_id, PictureHash.bits).where(column.in_(values))
                for column, values in zip(_BANDS, probes(bits), strict=True)
            )
        )
    )
    found: dict[int, int] = {}
    for attachment_id, stored in rows:
        far = distance(unsigned(stored), bits)
        if far <= FARTHEST:
            found[attachment_id] = min(far, found.get(attachment_id, far))
    return found


def _look_of_attachment(attachment_id: int) -> Look | None:
    stored = db.session.scalar(
        select(StoredFile)
        .join(Attachment, Attachment.display_file_id == StoredFile.id)
        .where(Attachment.id == attachment_id, Attachment.removed_at.is_(None))
    )
    return look_of(files.read(stored)) if stored is not None and files.is_there(stored) else None


# --- Laying one picture over another ----------------------------------------------------------------------------------

_Box = tuple[float, float, float, float]


def is_same(one: Look, other: Look) -> bool:
    """Whether one of two pictures is the other, or a part of it: the camera did not move, and nobody in it did."""
    return min(difference(one.grey, other.grey), difference(other.grey, one.grey)) <= ALIKE


def difference(large: Image.Image, small: Image.Image) -> float:
    """By how many grey levels `small` differs on the average from that part of `large` which it fits best.

    Both are brought to the same brightness and contrast first.
    """
    wanted = _even(small.resize(_LAID, Image.Resampling.BOX))
    width, height = large.size

    def differs(box: _Box) -> float:
        part = _even(large.resize(_LAID, Image.Resampling.BOX, box=box))
        return ImageStat.Stat(ImageChops.difference(part, wanted)).mean[0]

    starts = [
        (width * cut * x, height * cut * y, width * (1 - cut + cut * x), height * (1 - cut + cut * y))
        for cut, places in ((0.0, (0.0,)), (0.05, (0.0, 0.5, 1.0)), (0.1, (0.0, 0.5, 1.0)))
        for x in places
        for y in places
    ]
    best, box = min((differs(start), start) for start in starts)
    if best > _HOPELESS:
        return best
    for step in (0.025, 0.012, 0.006):
        for _ in range(3):
            moved = [(differs(each), each) for each in _moved(box, step, width, height)]
            nearer = min(moved, default=(best, box))
            if nearer[0] >= best:
                break
            best, box = nearer
    return best


def _moved(box: _Box, step: float, width: int, height: int) -> Iterable[_Box]:
    """The box with one of its sides moved a little, within the picture."""
    for side in range(4):
        for sign in (1, -1):
            sides = list(box)
            limit = width if side % 2 == 0 else height
            sides[side] = min(max(sides[side] + sign * step * limit, 0.0), float(limit))
            moved = (sides[0], sides[1], sides[2], sides[3])
            if moved != box and moved[2] - moved[0] > width / 2 and moved[3] - moved[1] > height / 2:
                yield moved


def _even(grey: Image.Image) -> Image.Image:
    """The picture at the same brightness and contrast as every other."""
    stat = ImageStat.Stat(grey)
    middle, spread = stat.mean[0], max(stat.stddev[0], 1.0)
    return grey.point([max(0, min(255, round(128 + (level - middle) * _SPREAD / spread))) for level in range(256)])

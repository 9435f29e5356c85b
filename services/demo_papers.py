"""Pictures and papers of the demo city: drawn class photos, plans as Word files, licences; each a file of its own."""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from random import Random
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

_SIZE = (480, 320)
_TAKEN_AT = 306  # the EXIF tag DateTime

_CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONSHIPS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="word/document.xml" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>'
)
_DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
)


def word_document(title: str, paragraphs: Sequence[str]) -> bytes:
    """A plain .docx that any word processor opens."""
    body = _paragraph(title, '<w:b/><w:sz w:val="32"/>') + "".join(_paragraph(text) for text in paragraphs)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (
            ("[Content_Types].xml", _CONTENT_TYPES),
            ("_rels/.rels", _RELATIONSHIPS),
            ("word/document.xml", _DOCUMENT.format(body)),
        ):
            # With a date of its own the archive would be another file each time.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), text)
    return out.getvalue()


def _paragraph(text: str, look: str = "") -> str:
    properties = f"<w:rPr>{look}</w:rPr>" if look else ""
    return f'<w:p><w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def class_photo(taken_at: datetime, variant: int) -> bytes:
    """A drawn class room as a camera would have taken it at this (China) time; no two are the same file."""
    exif = Image.Exif()
    exif[_TAKEN_AT] = f"{taken_at:%Y:%m:%d %H:%M:%S}"
    out = io.BytesIO()
    _class_room(variant % 6).save(out, "JPEG", quality=70, exif=exif)
    return out.getvalue()


@lru_cache
def _class_room(variant: int) -> Image.Image:
    draw = Random(variant)  # noqa: S311 - a drawing
    wall = draw.choice(("#e9e4d6", "#dfe7ea", "#eee8e2"))
    picture = Image.new("RGB", _SIZE, wall)
    pen = ImageDraw.Draw(picture)
    width, height = _SIZE
    pen.rectangle((0, 210, width, height), fill="#b9a58a")
    pen.rectangle((110, 30, 370, 130), fill="#21493f", outline="#8a6a42", width=6)
    pen.rectangle((118, 38, 362, 60), fill="#b3202a")
    for line in range(3):
        pen.line((136, 76 + line * 16, 136 + draw.randrange(90, 200), 76 + line * 16), fill="#d8e6df", width=3)
    for x in (20, 400):
        pen.rectangle((x, 40, x + 60, 120), fill="#a9cfe6", outline="#ffffff", width=5)
    pen.ellipse((388, 108, 412, 132), fill="#e0b48f")
    pen.rectangle((382, 132, 418, 205), fill=draw.choice(("#2f4a7c", "#5b2f3a", "#33513a")))
    for row in range(3):
        for seat in range(7):
            x, y = 24 + seat * 64 + draw.randrange(-4, 5), 176 + row * 44 + draw.randrange(-3, 4)
            if draw.random() < 0.1:
                continue
            pen.ellipse((x, y, x + 22, y + 22), fill="#3a2c25")
            pen.rounded_rectangle(
                (x - 8, y + 20, x + 30, y + 46), 8, fill=draw.choice(("#30507f", "#4d6b8a", "#70583f"))
            )
    return picture


def licence(name: str, uscc: str) -> bytes:
    """A picture that stands for a scanned business licence; the bars keep two of them apart."""
    picture = Image.new("RGB", (420, 300), "#f7f1de")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((10, 10, 410, 290), outline="#b0894b", width=5)
    pen.ellipse((190, 24, 230, 64), fill="#c0272d")
    for index, character in enumerate(name + uscc):
        x, y = 40 + index % 20 * 17, 100 + index // 20 * 40
        pen.rectangle((x, y, x + 2 + ord(character) % 11, y + 16), fill="#4a4a4a")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()

"""Papers of the demo city: plans as Word files, licences; each a file of its own."""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from PIL import Image, ImageDraw

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

"""The code of a photographed sign-in sheet: says to which session the sheet belongs (E8)."""

import io

import zxingcpp
from PIL import Image

from services import sign_in_sheets

# Enough for a code of two centimetres on a photo of a whole sheet; more only takes longer.
_SIDE = 2400
_QR = zxingcpp.barcode_formats_from_str("QRCode")


def session_in(photo: bytes) -> int | None:
    """The session whose sheet the photo shows, or None: no code, one we did not sign, or one that cannot be read.

    Only for pictures that `files.check` has let in: the number of their points is limited.
    """
    try:
        picture = Image.open(io.BytesIO(photo), formats=("JPEG", "PNG", "WEBP"))
        picture.draft("L", (_SIDE, _SIDE))
        grey = picture.convert("L")
        grey.thumbnail((_SIDE, _SIDE))
    except (OSError, SyntaxError, ValueError):
        return None
    codes = zxingcpp.read_barcodes(grey, formats=_QR)
    return next((found for code in codes if (found := sign_in_sheets.read(code.text)) is not None), None)

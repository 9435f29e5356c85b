"""Codes read from photographs: QR codes on a sheet, on a telephone, on a screen."""

import io

import zxingcpp
from PIL import Image

# Enough for a code of two centimetres on a photo of a whole sheet; more only takes longer.
_SIDE = 2400
_QR = zxingcpp.barcode_formats_from_str("QRCode")


def texts_in(photo: bytes) -> list[str]:
    """What the QR codes in the photo say; empty where there is none, or the photo cannot be read.

    Only for pictures that `files.check` has let in: the number of their points is limited.
    """
    try:
        picture = Image.open(io.BytesIO(photo), formats=("JPEG", "PNG", "WEBP"))
        picture.draft("L", (_SIDE, _SIDE))
        grey = picture.convert("L")
        grey.thumbnail((_SIDE, _SIDE))
    except (OSError, SyntaxError, ValueError):
        return []
    return [code.text for code in zxingcpp.read_barcodes(grey, formats=_QR)]

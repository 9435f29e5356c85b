"""The code of a photographed sign-in sheet: says to which session the sheet belongs (E8)."""

from services import picture_codes, sign_in_sheets


def session_in(photo: bytes) -> int | None:
    """The session whose sheet the photo shows, or None: no code, one we did not sign, or one that cannot be read.

    Only for pictures that `files.check` has let in.
    """
    found = (sign_in_sheets.read(text) for text in picture_codes.texts_in(photo))
    return next((session_id for session_id in found if session_id is not None), None)

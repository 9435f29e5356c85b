"""Short texts signed by this site: what a QR code on a screen or a sheet carries, and nobody else can make."""

import hashlib
import hmac

from flask import current_app

from config import Settings

_LENGTH = 20


def digest(purpose: str, text: str) -> bytes:
    """Thirty-two bytes over the purpose and the text, which only this site can make."""
    settings: Settings = current_app.extensions["settings"]
    return hmac.digest(settings.index_key, f"{purpose}\n{text}".encode(), hashlib.sha256)


def signature(purpose: str, text: str) -> str:
    """Eighty bits of that: short enough for a QR code, and nobody can try so many."""
    return digest(purpose, text).hex()[:_LENGTH]


def sign(purpose: str, *parts: int) -> str:
    """Numbers as one word with its signature."""
    text = ".".join(_letters(part) for part in parts)
    return f"{text}.{signature(purpose, text)}"


def read(purpose: str, word: str, count: int) -> tuple[int, ...] | None:
    """The numbers of a word this site signed for this purpose, or None."""
    text, _, mark = word.strip().rpartition(".")
    parts = text.split(".")
    if len(word) > 200 or len(parts) != count or not word.isascii():
        return None
    if not hmac.compare_digest(signature(purpose, text), mark):
        return None
    return tuple(int(part, 36) for part in parts)


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _letters(number: int) -> str:
    """The number in base 36."""
    letters = ""
    while True:
        number, rest = divmod(number, 36)
        letters = _DIGITS[rest] + letters
        if not number:
            return letters

"""Sealing of personal numbers and files, their blind index, and random tokens."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from config import Settings

_KEY_ID = "k1"
_NONCE = 12


class SealBroken(RuntimeError):
    """A sealed value was changed, or the key is not the one it was sealed with."""


def _settings() -> Settings:
    return current_app.extensions["settings"]


def seal_bytes(data: bytes, purpose: str) -> bytes:
    """AES-256-GCM; `purpose` is bound in, so a value cannot be moved to another column or file."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_settings().field_key).encrypt(nonce, data, purpose.encode())


def open_bytes(sealed: bytes, purpose: str) -> bytes:
    """What was sealed; raises SealBroken when a byte, the purpose or the key differs."""
    try:
        return AESGCM(_settings().field_key).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
    except InvalidTag as error:
        raise SealBroken(f"sealed value for {purpose} cannot be opened with key {_KEY_ID}") from error


def seal(value: str, purpose: str) -> str:
    """A short text sealed for a column, with the id of its key."""
    return f"{_KEY_ID}:{urlsafe_b64encode(seal_bytes(value.encode(), purpose)).decode()}"


def unseal(value: str, purpose: str) -> str:
    """The text behind `seal`; raises SealBroken."""
    key_id, _, body = value.partition(":")
    if key_id != _KEY_ID:
        raise SealBroken(f"unknown key {key_id}")
    return open_bytes(urlsafe_b64decode(body), purpose).decode()


def blind_index(id_number: str) -> str:
    """The keyed hash of a normalised ID number: equal numbers meet, and nobody without the key can list them."""
    return hmac.new(_settings().index_key, id_number.encode(), hashlib.sha256).hexdigest()


def new_token() -> str:
    """256 random bits for a link or a session, safe in a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()

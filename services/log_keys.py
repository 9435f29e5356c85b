"""The key that signs the heads of the public log: an Ed25519 key of the site, made when it is first needed.

Only the worker needs it. Whoever follows the log knows its public half from the heads they kept, so a key that was
replaced is seen; that is why it needs no certificate.
"""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from flask import current_app

from config import Settings
from domain.errors import RuleError
from domain.public_log import BadNote, Head, key_id, read_key, read_note, write_key, write_note
from services import signing

_ALLOWED_MODE = 0o600


class NoLogKey(RuleError):
    """The file of the key cannot be used; the sentence says what to do."""

    code = "no_log_key"


def origin() -> str:
    """The name of this site's log: its host, as heads and keys bear it."""
    settings: Settings = current_app.extensions["settings"]
    return f"{urlsplit(settings.base_url).netloc}/log"


def sign(head: Head) -> tuple[str, str]:
    """The signed note of a head, and the public key that checks it."""
    key = _key()
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signature = key.sign(head.text().encode())
    return write_note(head, key_id(head.origin, public), signature), write_key(head.origin, public)


def check(note: str, key: str) -> Head:
    """The head of a note that this key signed; raises BadNote for any other."""
    name, public = read_key(key)
    found = read_note(note)
    if found.head.origin != name or found.key_id != key_id(name, public):
        raise BadNote("日志头不是用这把公钥签名的")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(found.signature, found.head.text().encode())
    except InvalidSignature as error:
        raise BadNote("日志头的签名不正确") from error
    return found.head


def check_any(note: str, keys: Iterable[str]) -> Head | None:
    """The head of a note that one of these keys signed, or None."""
    for key in keys:
        try:
            return check(note, key)
        except BadNote:
            continue
    return None


def _key() -> Ed25519PrivateKey:
    settings: Settings = current_app.extensions["settings"]
    file = settings.log_key_file or settings.instance / "signing" / "log.pem"
    if not file.exists():
        _make(file)
    try:
        if file.stat().st_mode & 0o777 & ~_ALLOWED_MODE:
            raise NoLogKey(f"公开日志的私钥文件 {file.name} 的权限过宽，请改为仅属主可读写（0600）")
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise NoLogKey(f"公开日志的私钥文件 {file.name} 无法读取") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise NoLogKey(f"公开日志的私钥文件 {file.name} 不是 Ed25519 私钥")
    return key


def _make(file: Path) -> None:
    """A key, written whole or not at all. Of two that make one, the first stays."""
    key = Ed25519PrivateKey.generate()
    signing.keep_secret(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

"""The key of the signed line in a proof's second QR code, its public half on the site, and the line itself.

The key is the worker's and signs nothing else. Its certificate is the verification page, which names every key that
was ever used: whoever opened that page once can check papers without a network.
"""

import base64
import hashlib
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)
from flask import current_app
from sqlalchemy import select

from config import Settings
from domain import proof_token
from domain.proof_facts import ProofFacts
from domain.proof_token import Token
from domain.roles import SYSTEM
from models import ProofKey, db
from services import audit, clock, signing
from services.signing import SigningRefused
from services.transaction import transaction

_HALF = proof_token.SIGNATURE_BYTES // 2
_ALLOWED_MODE = 0o600
# Of a key's digest, as the table knows it; a line holds the first two.
_NAME_BYTES = 4
_one_publishes = threading.Lock()


@dataclass(frozen=True, kw_only=True)
class PublicKey:
    """A key of the site: its short name in the line, and the key as WebCrypto takes it (SPKI, base 64)."""

    key_id: str
    spki: str


@dataclass(frozen=True)
class _Key:
    private: EllipticCurvePrivateKey

    @property
    def spki(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.spki).digest()[:_NAME_BYTES]


def address(facts: ProofFacts) -> str:
    """What the second QR code holds: the page that checks, and the line behind #, which no browser sends anywhere.

    The same facts and key give the same line. The key is named on the site before any paper bears its signature.
    """
    key = _key()
    _publish(key)
    body = proof_token.body(facts, key.key_id)
    pair = decode_dss_signature(key.private.sign(body, ECDSA(hashes.SHA256(), deterministic_signing=True)))
    return f"{facts.verify_page}/o#{proof_token.written(body, b''.join(n.to_bytes(_HALF, 'big') for n in pair))}"


def published() -> list[PublicKey]:
    """Every key a paper of ours may be signed with, the newest first."""
    return [
        PublicKey(key_id=row.key_id, spki=row.spki)
        for row in db.session.scalars(select(ProofKey).order_by(ProofKey.published_at.desc(), ProofKey.key_id))
    ]


def check(line: str, keys: list[PublicKey]) -> Token | None:
    """What a line says if one of these keys signed it: what the page does in the browser, for tests and auditors."""
    try:
        body, signature = proof_token.split(line)
        token = proof_token.read(body)
    except ValueError:
        return None
    named = [key for key in keys if key.key_id.startswith(token.key_id.hex())]
    return token if any(_signed(body, signature, key) for key in named) else None


def _signed(body: bytes, signature: bytes, key: PublicKey) -> bool:
    public = load_der_public_key(base64.b64decode(key.spki))
    assert isinstance(public, EllipticCurvePublicKey)  # noqa: S101 - no other is ever published
    numbers = (int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big"))
    try:
        public.verify(encode_dss_signature(*numbers), body, ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _publish(key: _Key) -> None:
    # Papers of a batch are signed by several threads at once.
    with _one_publishes:
        if db.session.get(ProofKey, key.key_id.hex()) is not None:
            return
        with transaction():
            if db.session.get(ProofKey, key.key_id.hex()) is None:
                spki = base64.b64encode(key.spki).decode()
                published = ProofKey(key_id=key.key_id.hex(), spki=spki, published_at=clock.machine_now())
                db.session.add(published)
                audit.record("proof.publish_key", actor=SYSTEM, object_kind="proof_key", row=published)


def _key() -> _Key:
    settings: Settings = current_app.extensions["settings"]
    file = settings.offline_key_file or settings.instance / "signing" / "offline.pem"
    if not file.exists():
        made = generate_private_key(SECP256R1())
        signing.keep_secret(file, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return _read(file)


@cache
def _read(file: Path) -> _Key:
    try:
        if file.stat().st_mode & 0o777 & ~_ALLOWED_MODE:
            raise SigningRefused(f"离线核验私钥文件 {file.name} 的权限过宽，请改为仅属主可读写（0600）")
        key = load_pem_private_key(file.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise SigningRefused(f"离线核验私钥文件 {file.name} 无法读取") from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise SigningRefused(f"离线核验私钥文件 {file.name} 不是 P-256 私钥")
    return _Key(key)

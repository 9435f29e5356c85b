"""The office's key in hardware: an HSM or USB token reached by PKCS#11. The private key never leaves it.

A token locks for good after a few wrong PINs, and a worker that systemd starts again every two seconds would use them
up. So a PIN that was refused is noted beside the development keys, and not tried again until its file is written anew.
"""

import fcntl
import hashlib
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, CertificateType, Mechanism, ObjectClass, Session, Token, TokenFlag, exceptions

from config import TokenSettings
from services.signing import SigningRefused, is_development, read_secret

_log = logging.getLogger(__name__)

_LAST_TRIES = TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED
_WRONG_PIN = (
    exceptions.PinIncorrect,
    exceptions.PinInvalid,
    exceptions.PinLenRange,
    exceptions.PinExpired,
    exceptions.PinLocked,
)
_BY_ID = "id="
_PROBE = b"does the key belong to the certificate"

# The library is told that one thread alone uses it (C_Initialize without locks), and opening ends all its sessions.
_one_at_a_time = threading.RLock()


def _unlock() -> None:
    global _one_at_a_time
    _one_at_a_time = threading.RLock()


# The thread that held the lock did not come along.
os.register_at_fork(after_in_child=_unlock)


class TokenKey:
    """A private key in a token, its certificate and the chain above it; as `signing.KeyPair` to whoever signs with it.

    Signs for several threads in turn. A session that is lost (token pulled, HSM restarted, process forked) is opened
    anew once for each signature. Raises SigningRefused when the token, its key or its certificate are not to be had.
    """

    def __init__(self, at: TokenSettings, notes: Path) -> None:
        self._at, self._notes = at, notes
        self._process = 0
        self._key: Any
        with _one_at_a_time:
            session = self._open()
            try:
                self.certificate, *chain = self._from_file() or _from_token(session, self._key)
            except exceptions.PKCS11Error as error:
                raise self._refusal(error) from error
        self.chain = tuple(chain)
        try:
            self._public = self.certificate.public_key()
        except (UnsupportedAlgorithm, ValueError) as error:
            raise SigningRefused("签章令牌的证书不是 RSA 或 ECDSA 证书；国密（SM2）印章请配置电子签章服务") from error
        self.sign(_PROBE)

    @property
    def development(self) -> bool:
        return any(is_development(certificate) for certificate in (self.certificate, *self.chain))

    def sign(self, data: bytes) -> bytes:
        """The signature of these bytes, checked with the certificate before it is given out."""
        with _one_at_a_time:
            if self._process != os.getpid():
                self._open()
            try:
                signature = self._ask(data)
            except exceptions.PKCS11Error as lost:
                _log.warning("the token's session is lost (%s): opened anew", type(lost).__name__)
                self._open()
                try:
                    signature = self._ask(data)
                except exceptions.PKCS11Error as error:
                    raise self._refusal(error) from error
        try:
            if isinstance(self._public, RSAPublicKey):
                self._public.verify(signature, data, PKCS1v15(), hashes.SHA256())
            elif isinstance(self._public, EllipticCurvePublicKey):
                self._public.verify(signature, data, ECDSA(hashes.SHA256()))
        except InvalidSignature as error:
            raise SigningRefused("签章令牌中的密钥与签章证书不配套，请核对密钥标签和证书") from error
        return signature

    def _ask(self, data: bytes) -> bytes:
        if isinstance(self._public, RSAPublicKey):
            return bytes(self._key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
        if not isinstance(self._public, EllipticCurvePublicKey):
            raise SigningRefused("签章令牌的证书不是 RSA 或 ECDSA 证书")
        # Every token signs a digest; that it also makes it, few do. The answer is r and s, one after the other.
        pair = bytes(self._key.sign(hashlib.sha256(data).digest(), mechanism=Mechanism.ECDSA))
        half = len(pair) // 2
        return encode_dss_signature(int.from_bytes(pair[:half]), int.from_bytes(pair[half:]))

    def _open(self) -> Session:
        try:
            library = pkcs11.lib(str(self._at.module))
            # A token that came back, and a process that was forked, are known to a library only that begins again.
            library.reinitialize()
            session = self._logged_in(library.get_token(token_label=self._at.label))
            label, number = _named(self._at.key)
            self._key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=label, id=number)
        except exceptions.PKCS11Error as error:
            raise self._refusal(error) from error
        self._process = os.getpid()
        return session

    def _logged_in(self, token: Token) -> Session:
        file = self._at.pin_file
        with _noted(self._notes) as notes:
            try:
                pin = read_secret(file, "签章令牌的密码文件").decode().strip()
            except UnicodeDecodeError:
                # Not "from" it: it carries what the file holds.
                raise self._wrong_pin() from None
            written = str(file.stat().st_mtime_ns)
            if notes.read_text("ascii") == written or not pin:
                raise self._wrong_pin()
            if token.flags & _LAST_TRIES:
                raise SigningRefused("签章令牌已锁定，或只剩最后一次输入密码的机会；请先用令牌自带的工具核对密码或解锁")
            try:
                session = token.open(user_pin=pin)
            except _WRONG_PIN:
                notes.write_text(written, "ascii")
                raise
            notes.write_text("", "ascii")
        return session

    def _from_file(self) -> list[x509.Certificate]:
        file = self._at.certificate_file
        if file is None:
            return []
        try:
            return x509.load_pem_x509_certificates(file.read_bytes())
        except (OSError, ValueError) as error:
            raise SigningRefused(f"签章证书文件 {file.name} 无法读取，应为 PEM 格式") from error

    def _wrong_pin(self) -> SigningRefused:
        said = "签章令牌的密码不正确，为免令牌锁死，平台不再尝试；请核对后重新保存密码文件"
        return SigningRefused(f"{said} {self._at.pin_file.name}")

    def _refusal(self, error: exceptions.PKCS11Error) -> SigningRefused:
        """What is wrong, and who can do what about it."""
        _log.warning("the token refuses: %s", type(error).__name__)
        if isinstance(error, _WRONG_PIN):
            return self._wrong_pin()
        if isinstance(error, exceptions.NoSuchToken):
            said = f"没有找到签章令牌“{self._at.label}”，请检查令牌是否插好、密码机是否运行，然后重新开具"
        elif isinstance(error, exceptions.NoSuchKey | exceptions.MultipleObjectsReturned):
            said = f"签章令牌中没有唯一的密钥“{self._at.key}”，请核对密钥标签或编号"
        else:
            said = "签章令牌没有应答，请检查令牌、密码机和驱动，然后重新开具"
        return SigningRefused(said)


def _named(key: str) -> tuple[str | None, bytes | None]:
    """The label of the key, or its number."""
    if not key.startswith(_BY_ID):
        return key, None
    try:
        return None, bytes.fromhex(key.removeprefix(_BY_ID))
    except ValueError as error:
        raise SigningRefused("WUXUE_SIGNING_PKCS11_KEY 中 id= 之后应为十六进制的密钥编号") from error


def _from_token(session: Session, key: Any) -> list[x509.Certificate]:
    """The certificate that bears the number of the key, and those above it that the token holds."""
    kind = {Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.CERTIFICATE_TYPE: CertificateType.X_509}
    found = [
        (each[Attribute.ID], x509.load_der_x509_certificate(each[Attribute.VALUE]))
        for each in session.get_objects(kind)
    ]
    number = key[Attribute.ID]
    chain = [certificate for held, certificate in found if number and held == number][:1]
    if not chain:
        raise SigningRefused("签章令牌中没有与密钥配套的证书，请导入证书，或配置 WUXUE_SIGNING_CERTIFICATE_FILE")
    others = [certificate for _, certificate in found if certificate not in chain]
    while above := [each for each in others if each.subject == chain[-1].issuer]:
        chain.append(above[0])
        others.remove(above[0])
    return chain


@contextmanager
def _noted(file: Path) -> Iterator[Path]:
    """The note on a refused PIN, for one process at a time: of two that start together, only one tries it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600)) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield file

"""Who signs papers: the office's PKCS#12 or its key in hardware, or a development certificate that calls itself one.

A paper leaves through one door, `sealer().seal(document)`.
"""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from flask import current_app

from config import SealSettings, Settings, TokenSettings
from domain.errors import RuleError
from services import clock

if TYPE_CHECKING:
    from services.signature_field import SealMark
    from services.timestamps import AnyAuthority

DEVELOPMENT = "开发用证书"
_NOT_IN_PRODUCTION = f"{DEVELOPMENT}不能用于正式环境，请配置依法取得的签章证书"
AnyKey = RSAPrivateKey | EllipticCurvePrivateKey
# Wide enough for every day the demo clock can show.
_SINCE, _YEARS = datetime(2020, 1, 1, tzinfo=UTC), 30
_ALLOWED_MODE = 0o600


class SigningRefused(RuleError):
    """No paper is signed with this certificate, or there is none; the sentence says what to do."""

    code = "signing_refused"


class Sealer(Protocol):
    """What signs documents. `development` papers are worth nothing, and say so.

    `mark` is what a document must leave room for besides the signature, None for nothing.
    """

    def __hash__(self) -> int: ...

    @property
    def development(self) -> bool: ...

    @property
    def mark(self) -> "SealMark | None": ...

    def seal(self, document: bytes, number: str = "") -> bytes:
        """The document, whose place for the signature was left free, signed as a whole.

        A seal service is told the `number` of the paper. Raises SigningRefused.
        """
        ...


class SigningKey(Protocol):
    """What a signature is made with, wherever the private key is kept."""

    @property
    def certificate(self) -> x509.Certificate: ...

    @property
    def chain(self) -> tuple[x509.Certificate, ...]: ...

    @property
    def development(self) -> bool: ...

    def sign(self, data: bytes) -> bytes:
        """RSA (PKCS#1 v1.5) or ECDSA (DER) over SHA-256; raises SigningRefused when the key is out of reach."""
        ...


@dataclass(frozen=True)
class KeyPair:
    """A private key kept loaded (reading an RSA key checks it for 50 ms), its certificate and the chain above it."""

    key: AnyKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    def sign(self, data: bytes) -> bytes:
        """The signature of these bytes. The same bytes give the same signature: RFC 6979 for ECDSA."""
        if isinstance(self.key, RSAPrivateKey):
            return self.key.sign(data, PKCS1v15(), hashes.SHA256())
        return self.key.sign(data, ECDSA(hashes.SHA256(), deterministic_signing=True))

    @property
    def development(self) -> bool:
        return any(is_development(certificate) for certificate in (self.certificate, *self.chain))


def is_development(certificate: x509.Certificate) -> bool:
    """Whether the certificate was made by `make_development`, or issued under one that was."""
    names = (*certificate.subject, *certificate.issuer)
    return any(name.oid == NameOID.ORGANIZATION_NAME and name.value == DEVELOPMENT for name in names)


def sealer() -> Sealer:
    """What signs the papers of this site; raises SigningRefused when production has no certificate of its own."""
    settings: Settings = current_app.extensions["settings"]
    signer = _signer(settings)
    return _sealed(settings.seal_service, signer, settings.is_production) if settings.seal_service else signer


def _signer(settings: Settings) -> Sealer:
    from services import timestamps

    stamps = timestamps.authority()
    if settings.signing_token is not None:
        notes = settings.instance / "signing" / "token-pin-refused"
        return _hardware(settings.signing_token, notes, settings.is_production, stamps, settings.timestamp_required)
    if settings.signing_file is not None:
        return _pades(
            settings.signing_file, settings.signing_password, settings.is_production, stamps,
            settings.timestamp_required,
        )  # fmt: skip
    if settings.is_production:
        raise SigningRefused("平台尚未配置签章证书，暂不能开具证明，请联系平台服务电话")
    file = settings.instance / "signing" / "development.p12"
    if not file.exists():
        make_development(file, "学分证明")
    return _pades(file, "", False, stamps)


@cache
def _pades(
    file: Path, password: str, production: bool, stamps: "AnyAuthority | None" = None, required: bool = False
) -> Sealer:
    from services.pades import PadesSealer

    return PadesSealer(read(file, password, production=production), stamps, stamps_required=required)


@cache
def _sealed(at: SealSettings, signer: Sealer, production: bool) -> Sealer:
    from services.seal_service import SealedSealer, SealService
    from services.signature_field import SealMark

    service = SealService(at)
    if production and service.development:
        raise SigningRefused(_NOT_IN_PRODUCTION)
    return SealedSealer(service, SealMark(subfilter=at.subfilter, reserved=at.reserved), signer)


@cache
def _hardware(
    token: TokenSettings, notes: Path, production: bool, stamps: "AnyAuthority | None", required: bool
) -> Sealer:
    from services.pades import PadesSealer
    from services.token_keys import TokenKey

    key = TokenKey(token, notes)
    _refuse_unfit(key, production=production)
    return PadesSealer(key, stamps, stamps_required=required)


def read_secret(file: Path, called: str) -> bytes:
    """What stands in a file of keys or passwords; raises SigningRefused when others than its owner may open it."""
    try:
        if file.stat().st_mode & 0o777 & ~_ALLOWED_MODE:
            raise SigningRefused(f"{called} {file.name} 的权限过宽，请改为仅属主可读写（0600）")
        return file.read_bytes()
    except OSError as error:
        raise SigningRefused(f"{called} {file.name} 无法读取") from error


def read(file: Path, password: str, *, production: bool) -> KeyPair:
    """The key and its certificates; raises SigningRefused when they may not sign."""
    data = read_secret(file, "签章证书文件")
    try:
        loaded = pkcs12.load_pkcs12(data, password.encode() or None)
    except ValueError as error:
        raise SigningRefused(f"签章证书文件 {file.name} 无法读取或密码不正确") from error
    key = loaded.key
    if loaded.cert is None or not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise SigningRefused(f"签章证书文件 {file.name} 中没有可用的 RSA 或 ECDSA 私钥和证书")
    found = KeyPair(key, loaded.cert.certificate, tuple(other.certificate for other in loaded.additional_certs))
    _refuse_unfit(found, production=production)
    return found


def _refuse_unfit(key: SigningKey, *, production: bool) -> None:
    if production and key.development:
        raise SigningRefused(_NOT_IN_PRODUCTION)
    if not key.certificate.not_valid_before_utc <= clock.machine_now() <= key.certificate.not_valid_after_utc:
        raise SigningRefused("签章证书不在有效期内，请更换")


def make_development(file: Path, purpose: str, *, stamps: bool = False) -> None:
    """A certificate for development, under a root whose key is thrown away. Of two that make one, the first stays."""
    root_key, key = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    root_name = _name(f"{DEVELOPMENT}：{purpose}的根（不具法律效力）")
    root = (
        _certificate(root_name, root_name, root_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    builder = (
        _certificate(_name(f"{DEVELOPMENT}：{purpose}（不具法律效力）"), root_name, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
    )
    if stamps:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    leaf = builder.sign(root_key, hashes.SHA256())
    data = pkcs12.serialize_key_and_certificates(DEVELOPMENT.encode(), key, leaf, [root], NoEncryption())
    keep_secret(file, data)


def keep_secret(file: Path, data: bytes) -> None:
    """Write a file of keys for its owner alone; one that is there already stays as it is."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = file.with_name(f"{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ALLOWED_MODE), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(partial, file)
        except FileExistsError:
            return
    finally:
        partial.unlink(missing_ok=True)


def _name(common: str) -> x509.Name:
    parts = ((NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, DEVELOPMENT), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])


def _certificate(subject: x509.Name, issuer: x509.Name, key: AnyKey) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_SINCE)
        .not_valid_after(_SINCE + timedelta(days=365 * _YEARS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, content_commitment=not signs_certificates, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip

"""Settings from the environment, and the refusals of a start that would be unsafe."""

import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).parent
ENVIRONMENTS = ("demo", "production", "test")
_KEY_BYTES = 32
# Of 32 random bytes about thirty differ; of a key somebody typed, or copied from a test, a few.
_LEAST_VARIETY = 16


class UnsafeConfiguration(RuntimeError):
    """The program refuses to start; the message says what to set."""


@dataclass(frozen=True, kw_only=True)
class TokenSettings:
    """Where the office's key lies in hardware: the token's driver (PKCS#11) and label, the key's label or id=hex.

    Not the number of a slot, which changes with what else is plugged in. `certificate_file` (PEM, the chain after it)
    is for tokens that hold no certificate.
    """

    module: Path
    label: str
    key: str
    pin_file: Path
    certificate_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class SealSettings:
    """The city's seal service (docs/seal-service.md): its address, the key it is asked to seal with, what it answers.

    `certificate_file` holds the certificate agreed on, and after it that of the seal's maker if it was agreed on too.
    `secret_file` signs our requests, `client_file` is our certificate for mutual TLS, `ca_file` what the server's
    certificate is checked with. `reserved` is the room in a paper for a value, in bytes.
    """

    url: str
    key: str
    certificate_file: Path
    form: str
    subfilter: str
    reserved: int
    secret_file: Path | None = None
    client_file: Path | None = None
    ca_file: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says; read once at start.

    `field_key` seals personal numbers, `index_key` makes their blind index; both are 32 bytes and live outside the
    database and its backups. `max_video_bytes` is the size of one video, `max_evidence_bytes` what an organisation may
    bring as evidence in a year. `proxies` are the reverse proxies in front of the site, whose word on the visitor's
    address is taken; with a wrong number visitors choose the address they are counted under, or share one.
    `signing_file` holds the certificate that signs papers, and only the worker needs it; in its place `signing_token`
    names a key in hardware. `seal_service` seals papers besides (SM2). `seal_lawful` is the word of the operator that
    these certificates and the seal on the paper have force in law. `log_key_file` signs the heads of the public log
    (the worker makes a key if there is none), `log_feed` is the folder the heads are written to for others to fetch,
    `log_witnesses` are the mail addresses they are sent to. `timestamp_url` is the time stamp authority (RFC 3161);
    with `timestamp_required` no paper leaves without its stamp. `offline_key_file` signs the second QR code of papers
    (the worker makes a key if there is none); workers on several machines share it.
    """

    environment: str
    instance: Path
    database_url: str
    base_url: str
    secret_key: str
    field_key: bytes
    index_key: bytes
    fonts_folder: Path | None
    smtp_url: str | None
    clock_start: datetime | None
    max_upload_bytes: int = 60 * 1024 * 1024
    max_video_bytes: int = 200 * 1024 * 1024
    max_evidence_bytes: int = 100 * 1024 * 1024 * 1024
    proxies: int = 0
    immediate_jobs: bool = False
    signing_file: Path | None = None
    signing_password: str = field(default="", repr=False)
    signing_token: TokenSettings | None = None
    seal_service: SealSettings | None = None
    seal_lawful: bool = False
    log_key_file: Path | None = None
    log_feed: Path | None = None
    log_witnesses: tuple[str, ...] = ()
    timestamp_url: str | None = None
    timestamp_required: bool = False
    offline_key_file: Path | None = None

    @property
    def is_demo(self) -> bool:
        return self.environment == "demo"

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def hosts(self) -> list[str]:
        """The host names the site answers to; any other Host header is refused."""
        own = urlsplit(self.base_url).hostname or "localhost"
        return [own] if self.is_production else [own, "localhost", "127.0.0.1"]


def _secrets(path: Path) -> dict[str, str]:
    """The lines NAME=value of the secrets file that dev.py made, or an operator wrote."""
    if not path.exists():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text("utf-8").splitlines() if "=" in line and line[0] != "#")
    return {name.strip(): value.strip() for name, value in pairs}


def _key(values: dict[str, str], name: str) -> bytes:
    try:
        key = bytes.fromhex(values.get(name, ""))
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise UnsafeConfiguration(f"{name} must be {_KEY_BYTES} random bytes in hexadecimal")
    return key


def _whole(values: dict[str, str], name: str, default: int) -> int:
    text = values.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and int(text)):
        raise UnsafeConfiguration(f"{name} must be a whole number above nought")
    return int(text)


_TOKEN = (
    "WUXUE_SIGNING_PKCS11_MODULE",
    "WUXUE_SIGNING_PKCS11_TOKEN",
    "WUXUE_SIGNING_PKCS11_KEY",
    "WUXUE_SIGNING_PKCS11_PIN_FILE",
)


def _token(values: dict[str, str]) -> TokenSettings | None:
    named = {name: values.get(name) or "" for name in _TOKEN}
    if not any(named.values()):
        return None
    if missing := [name for name, value in named.items() if not value]:
        raise UnsafeConfiguration(f"a key in hardware needs {', '.join(missing)} too")
    if values.get("WUXUE_SIGNING_FILE"):
        raise UnsafeConfiguration("papers are signed by WUXUE_SIGNING_FILE or by WUXUE_SIGNING_PKCS11_MODULE, not both")
    certificate = values.get("WUXUE_SIGNING_CERTIFICATE_FILE")
    module, label, key, pin_file = named.values()
    return TokenSettings(
        module=Path(module),
        label=label,
        key=key,
        pin_file=Path(pin_file),
        certificate_file=Path(certificate) if certificate else None,
    )


_SEAL = (
    "WUXUE_SEAL_URL",
    "WUXUE_SEAL_KEY",
    "WUXUE_SEAL_CERTIFICATE_FILE",
    "WUXUE_SEAL_SECRET_FILE",
    "WUXUE_SEAL_CLIENT_FILE",
    "WUXUE_SEAL_CA_FILE",
)
# The names that readers of sealed PDF files know these values by (docs/decisions/0022-keys-and-seals-elsewhere.md).
_SUBFILTERS = {"ses": "GM.sm2seal", "cms": "GM.SM2"}


def _seal(values: dict[str, str], *, is_production: bool) -> SealSettings | None:
    url, key, certificate, secret, client, ca = (values.get(name) or "" for name in _SEAL)
    if not (url or key or certificate or secret or client or ca):
        return None
    if not (url and key and certificate):
        raise UnsafeConfiguration("a seal service needs WUXUE_SEAL_URL, WUXUE_SEAL_KEY and WUXUE_SEAL_CERTIFICATE_FILE")
    if not url.startswith("https://" if is_production else ("https://", "http://")):
        raise UnsafeConfiguration("WUXUE_SEAL_URL must be the https address of the seal service")
    if is_production and not (secret or client):
        raise UnsafeConfiguration("the seal service must know us: set WUXUE_SEAL_SECRET_FILE or WUXUE_SEAL_CLIENT_FILE")
    if is_production and not (values.get("WUXUE_SIGNING_FILE") or values.get("WUXUE_SIGNING_PKCS11_MODULE")):
        raise UnsafeConfiguration("beside WUXUE_SEAL_URL papers need a signature: set WUXUE_SIGNING_FILE")
    form = values.get("WUXUE_SEAL_FORM") or "ses"
    subfilter = values.get("WUXUE_SEAL_SUBFILTER") or _SUBFILTERS.get(form, "")
    if form not in _SUBFILTERS:
        raise UnsafeConfiguration(f"WUXUE_SEAL_FORM must be one of {', '.join(_SUBFILTERS)}")
    if not re.fullmatch(r"[A-Za-z0-9.]{1,40}", subfilter):
        raise UnsafeConfiguration("WUXUE_SEAL_SUBFILTER must be letters, digits and dots")
    return SealSettings(
        url=url,
        key=key,
        certificate_file=Path(certificate),
        form=form,
        subfilter=subfilter,
        reserved=_whole(values, "WUXUE_SEAL_KB", 32) * 1024,
        secret_file=Path(secret) if secret else None,
        client_file=Path(client) if client else None,
        ca_file=Path(ca) if ca else None,
    )


def load(overrides: dict[str, str] | None = None) -> Settings:
    """The settings of this process.

    Raises UnsafeConfiguration when a secret is missing or short, or production is asked for with values of the demo.
    """
    environ = dict(os.environ)
    instance = Path((overrides or {}).get("WUXUE_INSTANCE") or environ.get("WUXUE_INSTANCE") or ROOT / "instance")
    secrets_path = environ.get("WUXUE_SECRETS") or str(instance / "secrets.env")
    values = {**_secrets(Path(secrets_path)), **environ, **(overrides or {})}
    environment = values.get("WUXUE_ENV", "production")
    if environment not in ENVIRONMENTS:
        raise UnsafeConfiguration(f"WUXUE_ENV must be one of {', '.join(ENVIRONMENTS)}")
    secret_key = values.get("WUXUE_SECRET_KEY", "")
    if len(secret_key) < _KEY_BYTES:
        raise UnsafeConfiguration("WUXUE_SECRET_KEY must be at least 32 random characters")
    base_url = values.get("WUXUE_BASE_URL", "" if environment == "production" else "http://127.0.0.1:5000").rstrip("/")
    if environment == "production" and not base_url.startswith("https://"):
        raise UnsafeConfiguration("WUXUE_BASE_URL must be the https address of the site")
    clock_start = values.get("WUXUE_CLOCK_START")
    if clock_start and environment == "production":
        raise UnsafeConfiguration("WUXUE_CLOCK_START moves the clock and is refused in production")
    field_key, index_key = _key(values, "WUXUE_FIELD_KEY"), _key(values, "WUXUE_INDEX_KEY")
    if environment == "production" and (
        field_key == index_key or min(len(set(field_key)), len(set(index_key))) < _LEAST_VARIETY
    ):
        raise UnsafeConfiguration("WUXUE_FIELD_KEY and WUXUE_INDEX_KEY must be random and not the same")
    proxies = values.get("WUXUE_PROXIES") or "0"
    if not (proxies.isascii() and proxies.isdigit()):
        raise UnsafeConfiguration("WUXUE_PROXIES must be the number of reverse proxies in front of the site")
    video_megabytes = _whole(values, "WUXUE_MAX_VIDEO_MB", 200)
    evidence_gigabytes = _whole(values, "WUXUE_EVIDENCE_GB", 100)
    seal_lawful = values.get("WUXUE_SEAL_LAWFUL") == "yes"
    if seal_lawful and environment != "production":
        raise UnsafeConfiguration("WUXUE_SEAL_LAWFUL says that papers have force in law and is for production alone")
    signing_file = values.get("WUXUE_SIGNING_FILE")
    log_key_file, log_feed = values.get("WUXUE_LOG_KEY_FILE"), values.get("WUXUE_LOG_FEED")
    witnesses = (values.get("WUXUE_LOG_WITNESSES") or "").split(",")
    offline_key_file = values.get("WUXUE_OFFLINE_KEY_FILE")
    timestamp_url = values.get("WUXUE_TIMESTAMP_URL") or None
    if timestamp_url and not timestamp_url.startswith(("https://", "http://")):
        raise UnsafeConfiguration("WUXUE_TIMESTAMP_URL must be the http or https address of an RFC 3161 authority")
    fonts = values.get("WUXUE_FONTS")
    return Settings(
        environment=environment,
        instance=instance,
        database_url=values.get("WUXUE_DATABASE_URL") or f"sqlite:///{(instance / 'wuxue.db').absolute()}",
        base_url=base_url,
        secret_key=secret_key,
        field_key=field_key,
        index_key=index_key,
        fonts_folder=Path(fonts) if fonts else None,
        smtp_url=values.get("WUXUE_SMTP_URL") or None,
        clock_start=datetime.fromisoformat(clock_start) if clock_start else None,
        max_video_bytes=video_megabytes * 1024 * 1024,
        max_evidence_bytes=evidence_gigabytes * 1024 * 1024 * 1024,
        proxies=int(proxies),
        immediate_jobs=environment == "test",
        signing_file=Path(signing_file) if signing_file else None,
        signing_password=values.get("WUXUE_SIGNING_PASSWORD", ""),
        signing_token=_token(values),
        seal_service=_seal(values, is_production=environment == "production"),
        seal_lawful=seal_lawful,
        log_key_file=Path(log_key_file) if log_key_file else None,
        log_feed=Path(log_feed) if log_feed else None,
        log_witnesses=tuple(address.strip() for address in witnesses if address.strip()),
        timestamp_url=timestamp_url,
        offline_key_file=Path(offline_key_file) if offline_key_file else None,
        timestamp_required=values.get("WUXUE_TIMESTAMP_REQUIRED") == "yes",
    )

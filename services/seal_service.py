"""The city's seal service: asked over HTTP for a seal (GB/T 38540) over a digest, as docs/seal-service.md says.

The paper itself never leaves: the service gets an SM3 digest, the paper's number and the name of the key. What it
answers is put into the paper only after it was checked here against the certificate agreed on.
"""

import hashlib
import hmac
import http.client
import json
import logging
import ssl
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress

from asn1crypto import pem, x509

from config import SealSettings
from services import clock, seal_values, sm2
from services.seal_values import BadSeal, Form
from services.signature_field import SealMark, covered, gap
from services.signing import DEVELOPMENT, Sealer, SigningRefused, read_secret

_log = logging.getLogger(__name__)

VERSION = 1
_SECONDS = 10
_TRIES = 2
_CHUNK = 16 * 1024
_SILENCE_SECONDS = 60


class NoAnswer(RuntimeError):
    """The service is down, too slow, or says that it cannot at the moment."""


class SealService:
    """A seal service and what was agreed with it."""

    def __init__(self, at: SealSettings, seconds: float = _SECONDS) -> None:
        self._at, self._seconds = at, seconds
        self._secret = read_secret(at.secret_file, "签章服务的密钥文件").strip() if at.secret_file else b""
        self.pinned = _certificates(at)
        handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect()]
        if at.url.startswith("https://"):
            handlers.append(urllib.request.HTTPSHandler(context=_tls(at)))
        self._opener = urllib.request.build_opener(*handlers)

    @property
    def development(self) -> bool:
        """Whether a certificate agreed on was made for development, and seals nothing in earnest."""
        names = [name.native for each in self.pinned for name in (each.subject, each.issuer)]
        return any(name.get("organization_name") == DEVELOPMENT for name in names)

    def value(self, digest: bytes, number: str) -> bytes:
        """The service's answer for the paper of this SM3 digest; checked. Raises NoAnswer and BadSeal.

        The same paper has the same request id however often it is asked for, so that a service may answer it with the
        seal it has set already.
        """
        request = hashlib.sha256(b"\0".join((self._at.key.encode(), number.encode(), digest))).hexdigest()[:32]
        told = {"version": VERSION, "request": request, "key": self._at.key, "number": number, "form": self._at.form,
                "digest_algorithm": "SM3", "digest": digest.hex()}  # fmt: skip
        body = json.dumps(told, ensure_ascii=False).encode()
        for tries_left in reversed(range(_TRIES)):
            try:
                answer = self._ask(body)
                break
            except NoAnswer as error:
                _log.warning("the seal service does not answer request %s: %s", request, error)
                if not tries_left:
                    raise
        seal = seal_values.read(answer, digest, Form(self._at.form))
        seal_values.accept(seal, self.pinned, clock.machine_now())
        return answer

    def _ask(self, body: bytes) -> bytes:
        at = str(int(clock.machine_now().timestamp()))
        mac = hmac.new(self._secret, f"{at}\n".encode() + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Wuxue-Time": at}
        if self._secret:
            headers["Authorization"] = f"WUXUE-HMAC-SHA256 {mac}"
        asked = urllib.request.Request(self._at.url, body, headers, method="POST")  # noqa: S310 - checked by config.py
        until = time.monotonic() + self._seconds
        try:
            with self._opener.open(asked, timeout=self._seconds) as answer:
                return _taken(answer, self._at.reserved, until)
        except urllib.error.HTTPError as error:
            with error:
                if error.code >= 500:
                    raise NoAnswer(f"status {error.code}") from error
                raise BadSeal(f"the service refuses: status {error.code}") from error
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error


class SealedSealer:
    """Has the seal service seal a document, and then signs it as papers without a seal are signed.

    A service that does not answer is left alone for a minute, or a thousand papers would wait for it one by one. No
    paper leaves without the seal: who has configured one means it.
    """

    def __init__(self, service: SealService, mark: SealMark, signer: Sealer) -> None:
        self.mark, self.development = mark, signer.development or service.development
        self._service, self._signer = service, signer
        self._ask_again_at = 0.0
        self._lock = threading.Lock()

    def seal(self, document: bytes, number: str = "") -> bytes:
        """The sealed and signed document; ValueError when it has no place for both. Raises SigningRefused."""
        start, end = gap(document, reserved=self.mark.reserved)
        first, second, length = covered(document, start)
        view = memoryview(document)
        value = self._value(sm2.digest(view[:first], view[second : second + length]), number)
        filled = b"<" + value.hex().encode().ljust(end - start - 2, b"0") + b">"
        return self._signer.seal(document[:start] + filled + document[end:], number)

    def _value(self, digest: bytes, number: str) -> bytes:
        if time.monotonic() >= self._ask_again_at:
            with suppress(NoAnswer):
                try:
                    return self._service.value(digest, number)
                except BadSeal as error:
                    _log.error("the seal service answered what is no seal: %s", error)
                    raise SigningRefused(
                        "电子签章服务返回的签章没有通过核对，文件没有签发，请联系签章服务的运维人员"
                    ) from error
            with self._lock:
                self._ask_again_at = time.monotonic() + _SILENCE_SECONDS
        raise SigningRefused("电子签章服务暂时没有应答，文件没有签发，请稍后再试")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        """None: an answer from elsewhere is no answer of the service."""


def _taken(answer: http.client.HTTPResponse, most: int, until: float) -> bytes:
    """The body, unless it is too long or comes too slowly; each piece has the connection's own limit besides."""
    pieces, length = [], 0
    while piece := answer.read1(_CHUNK):
        length += len(piece)
        if length > most:
            raise BadSeal(f"more than {most} bytes")
        if time.monotonic() > until:
            raise NoAnswer("it answers too slowly")
        pieces.append(piece)
    return b"".join(pieces)


def _certificates(at: SealSettings) -> tuple[x509.Certificate, ...]:
    try:
        data = at.certificate_file.read_bytes()
        found = tuple(x509.Certificate.load(der, strict=True) for _, _, der in pem.unarmor(data, multiple=True))
    except (OSError, ValueError) as error:
        raise SigningRefused(f"签章服务的证书文件 {at.certificate_file.name} 无法读取，应为 PEM 格式") from error
    return found


def _tls(at: SealSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=at.ca_file)
    if at.client_file is not None:
        read_secret(at.client_file, "签章服务的客户端证书文件")
        try:
            context.load_cert_chain(at.client_file)
        except OSError as error:
            raise SigningRefused(f"签章服务的客户端证书文件 {at.client_file.name} 应为含私钥和证书的 PEM") from error
    return context

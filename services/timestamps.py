"""Time stamps (RFC 3161): of the authority the office has chosen, or of one made for development that says so.

A time stamp shows that a signature existed at an hour even after its certificate has ended. The authority is asked over
the network, in the worker, with a digest alone; what it does not answer in time a paper does without, or waits for:
see services/pades.py.
"""

import hashlib
import urllib.request
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from flask import current_app
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import handle_tsp_response, set_tsp_headers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from config import Settings
from services import clock, der, signing
from services.signing import KeyPair

DIGEST = "sha256"
_SECONDS = 5
# A token with a chain of certificates takes six thousand bytes.
_MOST_BYTES = 64 * 1024


class NoTimeStamp(RuntimeError):
    """The authority did not answer, refused, or answered something else than was asked."""


class Authority(TimeStamper):
    """A time stamp authority, asked over HTTP."""

    development = False

    def __init__(self, url: str, seconds: float = _SECONDS) -> None:
        super().__init__()
        self._url, self._seconds = url, seconds

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self.ask(req))

    def ask(self, req: tsp.TimeStampReq) -> bytes:
        """What the authority answers; raises OSError when it does not."""
        asked = urllib.request.Request(self._url, req.dump(), set_tsp_headers({}), method="POST")  # noqa: S310 - checked
        with urllib.request.urlopen(asked, timeout=self._seconds) as answer:  # noqa: S310 - http or https by config.py
            found: bytes = answer.read(_MOST_BYTES)
            return found


class DevelopmentAuthority(DummyTimeStamper):
    """Stamps with a key of our own, by the clock of the site: worth nothing, and its certificate says so.

    pyHanko's own knows RSA alone, and reads its key anew for each stamp, which takes fifty times as long as using it.
    """

    development = True

    def __init__(self, pair: KeyPair) -> None:
        self._pair = pair
        certificates = [
            asn1_x509.Certificate.load(each.public_bytes(Encoding.DER)) for each in (pair.certificate, *pair.chain)
        ]
        super().__init__(certificates[0], None, certs_to_embed=SimpleCertificateStore.from_certs(certificates))
        # Written out once: asn1crypto takes longer over these two than over all the rest of a stamp.
        self._same_each_time = [
            simple_cms_attribute("content_type", "tst_info").dump(),
            simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(self.tsa_cert)).dump(),
        ]

    def ask(self, req: tsp.TimeStampReq) -> bytes:
        """A stamp of this moment."""
        self.fixed_dt = clock.now().replace(microsecond=0)
        answer: bytes = self.request_tsa_response(req).dump()
        return answer

    def _sign_tst_info(self, tst_info_data: bytes, md_algorithm: str, dt: datetime) -> tuple[bytes, cms.CMSAttributes]:
        attributes = cms.CMSAttributes(
            [
                *map(cms.CMSAttribute.load, self._same_each_time),
                simple_cms_attribute("signing_time", cms.Time({"utc_time": core.UTCTime(dt)})),
                simple_cms_attribute("message_digest", hashlib.new(md_algorithm, tst_info_data).digest()),
            ]
        )
        return self._pair.sign(attributes.dump()), attributes

    def _build_signed_data(self, *arguments: Any) -> dict[str, Any]:
        signed: dict[str, Any] = super()._build_signed_data(*arguments)
        signed["signer_infos"][0]["signature_algorithm"] = {"algorithm": f"{DIGEST}_ecdsa"}
        return signed


AnyAuthority = Authority | DevelopmentAuthority


def token(authority: AnyAuthority, signature: bytes) -> bytes:
    """The stamp over a signature, as it was sent (RFC 3161, 2.4.2).

    Raises NoTimeStamp when there is none, or one over something else.
    """
    digest = hashlib.new(DIGEST, signature).digest()
    nonce, request = authority.request_cms(digest, DIGEST)
    try:
        answer = authority.ask(request)
        found = handle_tsp_response(tsp.TimeStampResp.load(answer), nonce)
        stamped = found["content"]["encap_content_info"]["content"].parsed["message_imprint"]["hashed_message"].native
        _status, stamp = der.pieces(answer)
    # Whatever a server far away sends in place of a stamp, it is none: the reader raises what it likes.
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NoTimeStamp(f"{type(error).__name__}: {error}") from error
    if stamped != digest:
        raise NoTimeStamp("the stamp is over another signature")
    return stamp


def authority() -> AnyAuthority | None:
    """Who stamps the papers of this site; None in production without the address of an authority."""
    settings: Settings = current_app.extensions["settings"]
    if settings.timestamp_url is not None:
        return _far(settings.timestamp_url)
    if settings.is_production:
        return None
    file = settings.instance / "signing" / "development-timestamps.p12"
    if not file.exists():
        signing.make_development(file, "时间戳", stamps=True)
    return _development(file)


_far = cache(Authority)


@cache
def _development(file: Path) -> DevelopmentAuthority:
    return DevelopmentAuthority(signing.read(file, "", production=False))

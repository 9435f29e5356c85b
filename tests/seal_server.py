"""A seal service for tests: real HTTP, a throw-away SM2 key, seals as docs/seal-service.md wants them."""

import hashlib
import hmac
import json
import secrets
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import gmssl_pyx
from asn1crypto import cms, core, keys, pem, x509

from config import SealSettings
from services import clock, seal_values, sm2

HOLDER = "金华市人力资源和社会保障局"
SEAL_NAME = "金华市人力资源和社会保障局学分证明专用章"
SECRET = "a secret that both know"
_ALGORITHM = {"algorithm": sm2.SM2_WITH_SM3}
_GM_DATA, _GM_SIGNED_DATA = "1.2.156.10197.6.1.4.2.1", "1.2.156.10197.6.1.4.2.2"


@dataclass
class Key:
    """A throw-away SM2 key and its certificate, by itself."""

    name: str
    organization: str = ""
    ends: datetime | None = None
    public: bytes = field(init=False)
    private: bytes = field(init=False, repr=False)
    certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        self.public, self.private = gmssl_pyx.sm2_key_generate()
        now = datetime.now(UTC).replace(microsecond=0)
        name = {"common_name": self.name, "organization_name": self.organization or "某某认证中心"}
        told = x509.TbsCertificate(
            {
                "version": "v3",
                "serial_number": secrets.randbits(64),
                "signature": _ALGORITHM,
                "issuer": x509.Name.build(name),
                "validity": {
                    "not_before": x509.Time({"utc_time": now - timedelta(days=30)}),
                    "not_after": x509.Time({"utc_time": self.ends or now + timedelta(days=365)}),
                },
                "subject": x509.Name.build(name),
                "subject_public_key_info": {
                    "algorithm": {
                        "algorithm": "ec",
                        "parameters": keys.ECDomainParameters(name="named", value=keys.NamedCurve(sm2.CURVE)),
                    },
                    "public_key": keys.ECPointBitString(b"\x04" + self.public),
                },
            }
        )
        self.certificate = x509.Certificate(
            {"tbs_certificate": told, "signature_algorithm": _ALGORITHM, "signature_value": self.sign(told.dump())}
        )

    def sign(self, data: bytes) -> bytes:
        return gmssl_pyx.sm2_sign(self.private, self.public, data)


class SealServer:
    """The service. `answer` says what it does with a request; `asked` are the requests whose HMAC was right."""

    def __init__(self, folder: Path, holder: Key | None = None, maker: Key | None = None, *,
                 tls: ssl.SSLContext | None = None) -> None:  # fmt: skip
        self.holder, self.maker = holder or Key(HOLDER), maker or Key("某某制章机构")
        self.folder = folder
        self.asked: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, bytes]] = lambda asked: (200, self.value(asked))
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = f"{self.headers['X-Wuxue-Time']}\n".encode() + body
                mac = hmac.new(SECRET.encode(), told, hashlib.sha256).hexdigest()
                if self.headers["Authorization"] != f"WUXUE-HMAC-SHA256 {mac}":
                    self.send_response(401)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                server.asked.append(json.loads(body))
                status, answer = server.answer(server.asked[-1])
                self.send_response(status)
                if 300 <= status < 400:
                    self.send_header("Location", answer.decode())
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_arguments: object) -> None:
                """A client that did not wait is what some tests are about."""

        self.http = Server(("127.0.0.1", 0), Handler)
        if tls:
            self.http.socket = tls.wrap_socket(self.http.socket, server_side=True)
        self.thread = threading.Thread(target=self.http.serve_forever)
        self.thread.start()
        self.url = f"http{'s' if tls else ''}://127.0.0.1:{self.http.server_port}/seal"
        (folder / "secret").write_text(f"{SECRET}\n")
        (folder / "secret").chmod(0o600)
        chain = (self.holder, self.maker)
        (folder / "seal.pem").write_bytes(b"".join(pem.armor("CERTIFICATE", each.certificate.dump()) for each in chain))

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def settings(self, form: str = "ses", **changes: Any) -> SealSettings:
        told: dict[str, Any] = {
            "url": self.url, "key": "xuefen-2026", "certificate_file": self.folder / "seal.pem", "form": form,
            "subfilter": {"ses": "GM.sm2seal", "cms": "GM.SM2"}[form], "reserved": 8 * 1024,
            "secret_file": self.folder / "secret",
        }  # fmt: skip
        return SealSettings(**{**told, **changes})

    def value(self, asked: dict[str, Any], **changes: Any) -> bytes:
        digest = bytes.fromhex(asked["digest"])
        return self.message(digest, **changes) if asked["form"] == "cms" else self.seal(digest, **changes)

    def seal(self, digest: bytes, *, signer: Key | None = None, at: datetime | None = None, days: int = 300,
             listed: Key | None = None, by_digest: bool = False, version: int = 4,
             picture: bytes = b"\x89PNG") -> bytes:  # fmt: skip
        """SES_Signature over the digest."""
        signer, now = signer or self.holder, (at or clock.machine_now()).replace(microsecond=0)
        held = (listed or signer).certificate.dump()
        kind: Any = (1, seal_values._Certificates([held]))
        if by_digest:
            kind = (2, seal_values._Digests([{"type": "1.2.156.10197.1.401", "value": sm2.digest(held)}]))
        info = seal_values._SealInfo(
            {
                "header": {"id": "ES", "version": version, "vid": "TEST"},
                "es_id": "33070020260001",
                "property": {
                    "type": 1, "name": SEAL_NAME, "cert_list_type": kind[0], "cert_list": kind[1],
                    "create_date": now - timedelta(days=1), "valid_start": now - timedelta(days=1),
                    "valid_end": now + timedelta(days=days),
                },
                "picture": {"type": "PNG", "data": picture, "width": 40, "height": 40},
            }
        )  # fmt: skip
        seal = {
            "info": info, "cert": self.maker.certificate.dump(), "algorithm": sm2.SM2_WITH_SM3,
            "signature": self.maker.sign(info.dump()),
        }  # fmt: skip
        told = seal_values._ToSign(
            {"version": version, "seal": seal, "time": now, "data_hash": digest, "property": "ByteRange"}
        )
        return seal_values.SealedValue(
            {
                "to_sign": told, "cert": signer.certificate.dump(), "algorithm": sm2.SM2_WITH_SM3,
                "signature": signer.sign(told.dump()),
            }
        ).dump()  # fmt: skip

    def message(self, digest: bytes, *, signer: Key | None = None) -> bytes:
        """SignedData of GB/T 35275 over the digest."""
        signer = signer or self.holder
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": [cms.ContentType(_GM_DATA)]},
                {"type": "message_digest", "values": [core.OctetString(digest)]},
            ]
        )
        told = cms.SignedData(
            {
                "version": "v1",
                "digest_algorithms": [{"algorithm": sm2.SM3}],
                "encap_content_info": {"content_type": _GM_DATA},
                "certificates": [signer.certificate],
                "signer_infos": [
                    {
                        "version": "v1",
                        "sid": cms.SignerIdentifier(
                            "issuer_and_serial_number",
                            {"issuer": signer.certificate.issuer, "serial_number": signer.certificate.serial_number},
                        ),
                        "digest_algorithm": {"algorithm": sm2.SM3},
                        "signed_attrs": attributes,
                        "signature_algorithm": _ALGORITHM,
                        "signature": signer.sign(attributes.dump()),
                    }
                ],
            }
        )
        return seal_values._Message({"type": _GM_SIGNED_DATA, "content": told}).dump()

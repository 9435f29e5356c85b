"""Time stamps: in the signature and found there by others, and papers all the same when the authority is silent."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from asn1crypto import tsp
from flask import Flask
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

import config
from services import clock, der, pades, pdf, signing, timestamps
from services.pades import PadesSealer
from services.timestamps import Authority, DevelopmentAuthority, NoTimeStamp
from tests import proof_samples

AT = datetime(2026, 1, 8, 2, tzinfo=UTC)
Answer = Callable[[bytes], tuple[int, bytes]]


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    return pdf.render_proof(proof_samples.facts())


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> signing.KeyPair:
    file = tmp_path_factory.mktemp("keys") / "key.p12"
    signing.make_development(file, "学分证明")
    return signing.read(file, "", production=False)


@pytest.fixture
def stamps(app_context: None, tmp_path: Path) -> Iterator[DevelopmentAuthority]:
    signing.make_development(tmp_path / "stamps.p12", "时间戳", stamps=True)
    with clock.at(AT):
        yield DevelopmentAuthority(signing.read(tmp_path / "stamps.p12", "", production=False))


class Server:
    """An authority on this machine; `answer` says what it does."""

    def __init__(self) -> None:
        self.answer: Answer = lambda body: (500, b"")
        self.asked: list[bytes] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.asked.append(body)
                status, answer = server.answer(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/"

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def answer_of(stamps: DevelopmentAuthority) -> Answer:
    stamps.fixed_dt = AT
    return lambda body: (200, stamps.request_tsa_response(tsp.TimeStampReq.load(body)).dump())


def test_a_paper_bears_a_time_stamp_that_another_program_finds_good(
    key: signing.KeyPair, stamps: DevelopmentAuthority, unsigned: bytes
) -> None:
    document = PadesSealer(key, stamps).seal(unsigned)
    found = pades.check(document)
    assert (found.whole, found.stamped_at) == (True, AT)
    assert signing.DEVELOPMENT in found.stamped_by
    (signature,) = PdfFileReader(io.BytesIO(document)).embedded_signatures
    roots = [each for each in (*signature.other_embedded_certs, *stamps.certs_to_embed) if each.self_issued]
    context = ValidationContext(trust_roots=roots, allow_fetching=False)
    with ThreadPoolExecutor(1) as thread:
        status = thread.submit(validate_pdf_signature, signature, context).result()
    assert status.bottom_line
    stamp = status.timestamp_validity
    assert (stamp.valid, stamp.intact, stamp.trusted) == (True, True, True)
    assert "time_stamping" in str(stamps.tsa_cert.extended_key_usage_value.native)


def test_a_stamp_stands_in_the_paper_as_it_was_sent(
    key: signing.KeyPair, stamps: DevelopmentAuthority, unsigned: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []
    ask = stamps.ask
    monkeypatch.setattr(stamps, "ask", lambda req: sent.append(ask(req)) or sent[-1])
    document = PadesSealer(key, stamps).seal(unsigned)
    _status, stamp = der.pieces(sent[0])
    assert stamp.hex().encode() in document.lower()


def test_a_stamp_of_another_signature_is_no_stamp(
    key: signing.KeyPair, stamps: DevelopmentAuthority, unsigned: bytes
) -> None:
    document = PadesSealer(key, stamps).seal(unsigned)
    other = timestamps.token(stamps, b"another signature")
    sealer = PadesSealer(key, stamps)
    sealer._stamp = lambda signature: other  # type: ignore[method-assign]
    moved = pades.check(sealer.seal(unsigned))
    assert (moved.stamped_at, moved.stamped_by) == (None, "")
    assert pades.check(document).stamped_at == AT


def test_an_authority_is_asked_over_the_network_with_a_digest_alone(
    key: signing.KeyPair, stamps: DevelopmentAuthority, unsigned: bytes, server: Server
) -> None:
    server.answer = answer_of(stamps)
    found = pades.check(PadesSealer(key, Authority(server.url)).seal(unsigned))
    assert found.stamped_at == AT
    assert len(server.asked) == 1
    assert len(server.asked[0]) < 100


@pytest.mark.parametrize(
    "answer", [(500, b""), (404, b"not here"), (200, b""), (200, b"<html>"), (200, b"0\x03\x02\x01\x00")]
)
def test_what_is_no_stamp_is_none(server: Server, answer: tuple[int, bytes]) -> None:
    server.answer = lambda body: answer
    with pytest.raises(NoTimeStamp):
        timestamps.token(Authority(server.url), b"signature")


def test_a_refusal_an_old_answer_and_silence_are_no_stamps(stamps: DevelopmentAuthority, server: Server) -> None:
    # The answer as RFC 3161 has it: a status, and no token.
    refused = bytes.fromhex("30053003020102")
    server.answer = lambda body: (200, refused)
    with pytest.raises(NoTimeStamp):
        timestamps.token(Authority(server.url), b"signature")
    server.answer = lambda body: (200, stamps.request_tsa_response(stamps.request_cms(b"0" * 32, "sha256")[1]).dump())
    with pytest.raises(NoTimeStamp):
        timestamps.token(Authority(server.url), b"signature")
    nobody = Authority("http://127.0.0.1:9/", seconds=0.5)
    with pytest.raises(NoTimeStamp):
        timestamps.token(nobody, b"signature")


def test_without_an_answer_papers_leave_without_a_stamp_and_it_is_not_asked_for_each(
    key: signing.KeyPair, unsigned: bytes, server: Server, stamps: DevelopmentAuthority
) -> None:
    sealer = PadesSealer(key, Authority(server.url))
    for _ in range(3):
        found = pades.check(sealer.seal(unsigned))
        assert (found.whole, found.stamped_at) == (True, None)
    assert len(server.asked) == 1
    server.answer = answer_of(stamps)
    sealer._ask_again_at = 0.0
    assert pades.check(sealer.seal(unsigned)).stamped_at == AT


def test_an_office_that_requires_stamps_signs_nothing_without(
    key: signing.KeyPair, unsigned: bytes, server: Server
) -> None:
    sealer = PadesSealer(key, Authority(server.url), stamps_required=True)
    for _ in range(2):
        with pytest.raises(signing.SigningRefused, match="时间戳"):
            sealer.seal(unsigned)


def test_only_the_address_of_an_authority_is_asked_in_production(app: Flask, settings: dict[str, str]) -> None:
    given: config.Settings = app.extensions["settings"]
    with app.app_context():
        assert isinstance(timestamps.authority(), DevelopmentAuthority)
        app.extensions["settings"] = replace(given, environment="production")
        assert timestamps.authority() is None
        app.extensions["settings"] = replace(given, environment="production", timestamp_url="https://tsa.example.cn/")
        assert isinstance(timestamps.authority(), Authority)
        assert timestamps.authority() is timestamps.authority()
    with pytest.raises(config.UnsafeConfiguration, match="WUXUE_TIMESTAMP_URL"):
        config.load({**settings, "WUXUE_TIMESTAMP_URL": "file:///etc/passwd"})

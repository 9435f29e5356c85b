"""Seals of a city's service (SM2): asked for over real HTTP, checked before they are taken, whole in the paper."""

import io
import ipaddress
import logging
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto.algos import DSASignature
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask
from pikepdf import Pdf
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

import config
from domain.proof_facts import ProofFacts
from services import pades, pdf, seal_values, signing, sm2
from services.pades import PadesSealer
from services.seal_service import NoAnswer, SealedSealer, SealService
from services.seal_values import BadSeal, Form
from services.signature_field import SealMark
from services.signing import SigningRefused
from tests import proof_samples, seal_server
from tests.seal_server import HOLDER, SEAL_NAME, Key, SealServer
from tests.services.test_papers import SAMPLES
from tests.services.test_signing import office_certificate, poppler_says, production, with_an_update

FORMS = ("ses", "cms")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SealServer]:
    (tmp_path / "seal").mkdir()
    made = SealServer(tmp_path / "seal")
    yield made
    made.close()


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> PadesSealer:
    file = tmp_path_factory.mktemp("keys") / "key.p12"
    signing.make_development(file, "学分证明")
    return PadesSealer(signing.read(file, "", production=False))


def sealer_of(
    server: SealServer, signer: PadesSealer, form: str = "ses", seconds: float = 5, **changes: Any
) -> SealedSealer:
    at = server.settings(form, **changes)
    return SealedSealer(SealService(at, seconds), SealMark(subfilter=at.subfilter, reserved=at.reserved), signer)


def sealed(sealer: SealedSealer, facts: ProofFacts | None = None) -> bytes:
    facts = facts or proof_samples.facts()
    return sealer.seal(pdf.render_proof(facts, seal=sealer.mark), facts.number)


# --- The paper that comes out -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", SAMPLES)
def test_a_paper_bears_both_and_three_programs_are_content(
    server: SealServer, signer: PadesSealer, kind: str, form: str, tmp_path: Path
) -> None:
    facts = SAMPLES[kind]()
    document = sealed(sealer_of(server, signer, form), facts)
    first, second = poppler_says(document, tmp_path).split("Signature #2")
    assert "Signature Field Name: Seal" in first
    for words in (
        "Signature Field Name: Signature",
        "Total document signed",
        "ETSI.CAdES.detached",
        "Signature is Valid",
    ):
        assert words in second
    assert "Not total" not in second
    with Pdf.open(io.BytesIO(document)) as read:
        assert read.check_pdf_syntax() == []
        assert not read.get_warnings()
    (signature,) = PdfFileReader(io.BytesIO(document)).embedded_signatures
    root = [each for each in signature.other_embedded_certs if each.self_issued]
    context = ValidationContext(trust_roots=root, allow_fetching=False)
    # A browser in this process has an event loop that runs all the time.
    with ThreadPoolExecutor(1) as thread:
        status = thread.submit(validate_pdf_signature, signature, context).result()
    assert status.bottom_line
    found = pades.check(document)
    assert found.whole and found.seal is not None
    assert (found.seal.name, found.seal.signer) == (SEAL_NAME if form == "ses" else HOLDER, HOLDER)
    told = subprocess.run(["pdfinfo", tmp_path / "paper.pdf"], capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")
    assert "Tagged:          yes" in told.stdout


def test_the_service_learns_the_digest_and_the_number_and_nothing_else(server: SealServer, signer: PadesSealer) -> None:
    facts = proof_samples.facts()
    document = sealed(sealer_of(server, signer), facts)
    (asked,) = server.asked
    fields = PdfFileReader(io.BytesIO(document)).root["/AcroForm"]["/Fields"]
    value = fields[0].get_object()["/V"]
    _, first, second, length = value["/ByteRange"]
    # All of the first revision but the seal's own bytes.
    assert document[: second + length].endswith(b"%%EOF\n")
    assert document[first + 1 : second - 1].strip(b"0123456789abcdef") == b""
    assert asked == {
        "version": 1, "request": asked["request"], "key": "xuefen-2026", "number": facts.number, "form": "ses",
        "digest_algorithm": "SM3", "digest": sm2.digest(document[:first], document[second : second + length]).hex(),
    }  # fmt: skip
    for secret in (facts.person.name, facts.person.id_masked, facts.code):
        assert secret not in str(asked)


def test_the_same_paper_is_asked_for_under_the_same_request(server: SealServer, signer: PadesSealer) -> None:
    """A worker that died after the seal and before the store gets the seal it had, if the service keeps it."""
    kept: dict[str, bytes] = {}
    server.answer = lambda asked: (200, kept.setdefault(asked["request"], server.value(asked)))
    sealer = sealer_of(server, signer)
    one, again = sealed(sealer), sealed(sealer)
    other = sealed(sealer, replace(proof_samples.facts(), number="JHJX-2026-99999999"))
    assert one == again != other
    assert len(server.asked) == 3 and len(kept) == 2


@pytest.mark.parametrize("way", ["a bit", "a bit of the seal", "another seal", "an update", "cut short"])
def test_what_was_tampered_with_is_told(server: SealServer, signer: PadesSealer, way: str) -> None:
    sealer = sealer_of(server, signer)
    document = sealed(sealer)
    at = document.index(b"/Contents <30") + 11
    other = sealed(sealer, replace(proof_samples.facts(), number="JHJX-2026-99999999"))
    changed = {
        "a bit": lambda: document.replace(b"/v/7K3", b"/v/7K4", 1),
        "a bit of the seal": lambda: document[: at + 900] + bytes([document[at + 900] ^ 1]) + document[at + 901 :],
        "another seal": lambda: document[:at] + other[at : at + 3000] + document[at + 3000 :],
        "an update": lambda: with_an_update(document),
        "cut short": lambda: document[: document.index(b"%%EOF") + 6],
    }[way]()
    assert changed != document
    try:
        assert not pades.check(changed).whole
    # What cannot be read at all cannot be taken for whole either.
    except Exception as error:
        assert not isinstance(error, AssertionError)


def test_a_seal_that_does_not_fit_makes_a_signed_paper_not_whole(server: SealServer, signer: PadesSealer) -> None:
    """The signature covers the seal, so only who signs could change it: the seal is checked by itself all the same."""
    sealer = sealer_of(server, signer)
    unsigned = pdf.render_proof(proof_samples.facts(), seal=sealer.mark)
    value = server.seal(sm2.digest(b"another document"))
    start = unsigned.index(b"/Contents <0") + 11
    forged = unsigned[:start] + value.hex().encode() + unsigned[start + 2 * len(value) :]
    found = pades.check(signer.seal(forged))
    assert (found.whole, found.seal) == (False, None)


# --- What is no seal --------------------------------------------------------------------------------------------------


def flipped(value: bytes) -> bytes:
    return value[:-3] + bytes([value[-3] ^ 1]) + value[-2:]


Answer = Callable[[SealServer, dict[str, Any]], bytes]
WRONG: dict[str, Answer] = {
    "another digest": lambda server, asked: server.value({**asked, "digest": sm2.digest(b"another").hex()}),
    "another key": lambda server, asked: server.value(asked, signer=Key("某人")),
    "a bit": lambda server, asked: flipped(server.value(asked)),
    "the other form": lambda server, asked: server.value(
        {**asked, "form": {"ses": "cms", "cms": "ses"}[asked["form"]]}
    ),
    "garbage": lambda server, asked: "<html>网关</html>".encode(),
    "nothing": lambda server, asked: b"",
    "something behind it": lambda server, asked: server.value(asked) + b"\0",
}
WRONG_SEALS: dict[str, Answer] = {
    "for somebody else": lambda server, asked: server.value(asked, listed=Key("某人")),
    "its days are over": lambda server, asked: server.value(asked, days=-2),
    "from the future": lambda server, asked: server.value(asked, at=datetime.now(UTC) + timedelta(days=1)),
    "more than there is room for": lambda server, asked: server.value(asked, picture=bytes(9 * 1024)),
    "of an older standard": lambda server, asked: server.value(asked, version=1),
}


@pytest.mark.parametrize(
    ("form", "way"), [*((form, way) for form in FORMS for way in WRONG), *(("ses", way) for way in WRONG_SEALS)]
)
def test_what_is_no_seal_is_not_taken(server: SealServer, form: str, way: str) -> None:
    wrong = {**WRONG, **WRONG_SEALS}[way]
    server.answer = lambda asked: (200, wrong(server, asked))
    with pytest.raises(BadSeal):
        SealService(server.settings(form)).value(sm2.digest(b"paper"), "JHJX-1")
    assert len(server.asked) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("by_digest", [False, True])
def test_a_right_one_is_taken(server: SealServer, form: str, by_digest: bool) -> None:
    digest = sm2.digest(b"paper")
    if form == "ses":
        server.answer = lambda asked: (200, server.value(asked, by_digest=by_digest))
    value = SealService(server.settings(form)).value(digest, "JHJX-1")
    # As it stands in a paper, with zeros behind it.
    assert seal_values.found(value + bytes(100), digest) == seal_values.read(value, digest, Form(form))


def test_a_refused_answer_stops_the_paper_and_names_no_inside(
    server: SealServer, signer: PadesSealer, caplog: pytest.LogCaptureFixture
) -> None:
    server.answer = lambda asked: (200, b"garbage")
    with pytest.raises(SigningRefused, match="没有通过核对") as refused:
        sealed(sealer_of(server, signer))
    assert "garbage" not in refused.value.message
    assert seal_server.SECRET not in caplog.text


def test_a_certificate_agreed_on_that_is_over_or_is_the_makers_alone(tmp_path: Path) -> None:
    (tmp_path / "seal").mkdir()
    old = SealServer(tmp_path / "seal", Key(HOLDER, ends=datetime.now(UTC) - timedelta(days=1)))
    try:
        with pytest.raises(BadSeal, match="not in its dates"):
            SealService(old.settings()).value(sm2.digest(b"paper"), "JHJX-1")
    finally:
        old.close()


def test_the_maker_of_the_seal_is_the_one_agreed_on(server: SealServer) -> None:
    service = SealService(server.settings())
    server.maker = Key("另一家制章机构")
    with pytest.raises(BadSeal, match="another maker"):
        service.value(sm2.digest(b"paper"), "JHJX-1")


def test_the_example_of_the_standard_fits() -> None:
    """GM/T 0003.5 (GB/T 32918.5), annex A.2: the curve, SM3, the usual identity."""
    key = Key("A")
    point = bytes.fromhex(
        "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    key.certificate["tbs_certificate"]["subject_public_key_info"]["public_key"] = point
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    assert sm2.fits(key.certificate, b"message digest", DSASignature({"r": r, "s": s}).dump())
    assert not sm2.fits(key.certificate, b"message digest", DSASignature({"r": r, "s": s ^ 1}).dump())
    assert not sm2.fits(key.certificate, b"message digesT", DSASignature({"r": r, "s": s}).dump())
    for pair in ({"r": 0, "s": s}, {"r": r, "s": sm2._ORDER}, {"r": -r, "s": s}):
        with pytest.raises(ValueError):
            sm2.fits(key.certificate, b"message digest", DSASignature(pair).dump())
    # GB/T 32905, annex A.1.
    assert sm2.digest(b"a", b"bc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


# --- A service that does not answer -----------------------------------------------------------------------------------


def test_a_fault_is_tried_once_more_under_the_same_request(server: SealServer, signer: PadesSealer) -> None:
    answers = iter([(503, b""), None])
    server.answer = lambda asked: next(answers) or (200, server.value(asked))
    assert pades.check(sealed(sealer_of(server, signer))).seal
    assert len({asked["request"] for asked in server.asked}) == 1 and len(server.asked) == 2


@pytest.mark.parametrize("way", ["down", "slow", "dripping", "hangs up", "faulty"])
def test_a_silent_service_refuses_the_paper_in_time_and_is_then_left_alone(
    server: SealServer, signer: PadesSealer, way: str
) -> None:
    over = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    url, taken = f"http://127.0.0.1:{listening.getsockname()[1]}/", []

    def silent() -> None:
        while True:
            try:
                taken.append(listening.accept()[0])
            except OSError:
                return
            connection = taken[-1]
            with suppress(OSError):
                if way == "dripping":
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
                    while not over.wait(0.1):
                        connection.sendall(b"0")
                elif way == "faulty":
                    connection.recv(65536)
                    connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
            if way != "slow":
                connection.close()

    thread = threading.Thread(target=silent)
    if way == "down":
        listening.close()
    else:
        thread.start()
    try:
        sealer = sealer_of(server, signer, seconds=0.5, url=url)
        for _ in range(3):
            with pytest.raises(SigningRefused, match="暂时没有应答"):
                sealed(sealer)
        # Tried twice for the first paper, and not at all for the next two.
        assert len(taken) == (0 if way == "down" else 2)
    finally:
        over.set()
        if way != "down":
            listening.shutdown(socket.SHUT_RDWR)
            listening.close()
            thread.join()
        for connection in taken:
            connection.close()
    # The minute is over, and the service is back.
    sealer._ask_again_at, sealer._service = 0.0, SealService(server.settings())
    assert pades.check(sealed(sealer)).seal


@pytest.mark.parametrize("status", [400, 401, 403, 302])
def test_a_refusal_is_not_asked_for_again(server: SealServer, status: int) -> None:
    server.answer = lambda asked: (status, f"{server.url}/elsewhere".encode())
    with pytest.raises(BadSeal, match=f"status {status}"):
        SealService(server.settings()).value(sm2.digest(b"paper"), "JHJX-1")
    assert len(server.asked) == 1


def test_who_does_not_know_the_secret_gets_no_seal(server: SealServer) -> None:
    (server.folder / "secret").write_text("another")
    with pytest.raises(BadSeal, match="status 401"):
        SealService(server.settings()).value(sm2.digest(b"paper"), "JHJX-1")
    assert not server.asked


# --- Mutual TLS -------------------------------------------------------------------------------------------------------


def tls_pair(folder: Path, name: str) -> Path:
    """A key and its own certificate, in one file."""
    key, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    file.chmod(0o600)
    return file


def test_both_sides_know_each_other_by_certificate(tmp_path: Path) -> None:
    ours, theirs, strangers = (tls_pair(tmp_path, name) for name in ("ours", "theirs", "strangers"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(theirs)
    context.load_verify_locations(ours)
    context.verify_mode = ssl.CERT_REQUIRED
    (tmp_path / "seal").mkdir()
    server = SealServer(tmp_path / "seal", tls=context)
    try:
        digest = sm2.digest(b"paper")
        assert SealService(server.settings(client_file=ours, ca_file=theirs)).value(digest, "JHJX-1")
        for changes in (
            {"ca_file": theirs},
            {"client_file": strangers, "ca_file": theirs},
            {"client_file": ours, "ca_file": strangers},
            {"client_file": ours},
        ):
            with pytest.raises(NoAnswer):
                SealService(server.settings(**changes)).value(digest, "JHJX-1")
        assert len(server.asked) == 1
    finally:
        server.close()


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_production_seals_and_signs(app: Flask, server: SealServer, tmp_path: Path) -> None:
    production(
        app, signing_file=office_certificate(tmp_path), signing_password="geheim", seal_service=server.settings()
    )
    with app.app_context():
        sealer = signing.sealer()
        assert signing.sealer() is sealer and not sealer.development
        facts = proof_samples.facts()
        found = pades.check(sealer.seal(pdf.render_proof(facts, seal=sealer.mark), facts.number))
    assert found.whole and found.seal is not None and not found.development


def test_production_refuses_a_seal_made_for_development(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "seal").mkdir()
    server = SealServer(tmp_path / "seal", Key(HOLDER, organization=signing.DEVELOPMENT))
    try:
        at = server.settings()
        production(app, signing_file=office_certificate(tmp_path), signing_password="geheim", seal_service=at)
        with app.app_context(), pytest.raises(SigningRefused, match="不能用于正式环境"):
            signing.sealer()
        assert SealedSealer(SealService(at), SealMark(subfilter="x", reserved=1), NotForDevelopment()).development
    finally:
        server.close()


class NotForDevelopment:
    development, mark = False, None

    def seal(self, document: bytes, number: str = "") -> bytes:
        return document


@pytest.mark.parametrize(
    ("file", "mode", "content", "said"),
    [
        ("secret", 0o644, "x", "权限过宽"),
        ("seal.pem", 0o600, "x", "PEM"),
        ("seal.pem", 0o600, "", "PEM"),
        ("client.pem", 0o644, "x", "权限过宽"),
        ("client.pem", 0o600, "x", "PEM"),
    ],
)
def test_what_cannot_be_used_is_named(server: SealServer, file: str, mode: int, content: str, said: str) -> None:
    (server.folder / file).write_text(content)
    (server.folder / file).chmod(mode)
    at = server.settings(url="https://127.0.0.1/", client_file=server.folder / "client.pem")
    if file != "client.pem":
        at = server.settings()
    with pytest.raises(SigningRefused, match=said):
        SealService(at)


SEAL = {
    "WUXUE_SEAL_URL": "https://seal.example.gov.cn/seal",
    "WUXUE_SEAL_KEY": "xuefen-2026",
    "WUXUE_SEAL_CERTIFICATE_FILE": "/etc/wuxue/seal.pem",
    "WUXUE_SEAL_SECRET_FILE": "/etc/wuxue/seal.secret",
}


def test_the_settings_of_a_seal_service(settings: dict[str, str]) -> None:
    assert config.load(settings).seal_service is None
    found = config.load({**settings, **SEAL}).seal_service
    assert found is not None
    assert (found.form, found.subfilter, found.reserved) == ("ses", "GM.sm2seal", 32 * 1024)
    for changes, named in (
        ({"WUXUE_SEAL_URL": ""}, "WUXUE_SEAL_URL"),
        ({"WUXUE_SEAL_KEY": ""}, "WUXUE_SEAL_KEY"),
        ({"WUXUE_SEAL_CERTIFICATE_FILE": ""}, "WUXUE_SEAL_CERTIFICATE_FILE"),
        ({"WUXUE_SEAL_URL": "file:///etc/passwd"}, "WUXUE_SEAL_URL"),
        ({"WUXUE_SEAL_FORM": "ofd"}, "WUXUE_SEAL_FORM"),
        ({"WUXUE_SEAL_SUBFILTER": "x>>/JS"}, "WUXUE_SEAL_SUBFILTER"),
        ({"WUXUE_SEAL_KB": "-1"}, "WUXUE_SEAL_KB"),
    ):
        with pytest.raises(config.UnsafeConfiguration, match=named):
            config.load({**settings, **SEAL, **changes})


def test_the_library_is_quiet_about_seals_it_does_not_read(
    server: SealServer, signer: PadesSealer, caplog: pytest.LogCaptureFixture
) -> None:
    document = sealed(sealer_of(server, signer))
    with caplog.at_level(logging.WARNING):
        pades.check(document)
    assert not caplog.records

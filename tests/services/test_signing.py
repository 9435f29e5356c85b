"""The signature of a paper: valid for others' readers, broken by one bit, and never a development key in earnest."""

import io
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from flask import Flask
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

import config
from domain.proof_facts import ProofFacts
from services import pades, pdf, signing
from services.signature_field import RESERVED
from services.signing import SigningRefused
from tests import proof_samples


@pytest.fixture(scope="session")
def development(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("signing") / "development.p12"
    signing.make_development(file, "学分证明")
    return file


@pytest.fixture(scope="session")
def root(development: Path) -> asn1_x509.Certificate:
    """The root a stranger would have to be given by another way."""
    pair = signing.read(development, "", production=False)
    return asn1_x509.Certificate.load(pair.chain[0].public_bytes(Encoding.DER))


@pytest.fixture(scope="session")
def signed(development: Path) -> bytes:
    """A proof of two pages, signed."""
    facts = proof_samples.facts(entries=proof_samples.entries(30))
    return signing._pades(development, "", False).seal(pdf.render_proof(facts))


def poppler_says(document: bytes, folder: Path) -> str:
    file = folder / "paper.pdf"
    file.write_bytes(document)
    return subprocess.run(["pdfsig", "-nocert", file], capture_output=True, text=True).stdout


def pyhanko_says(document: bytes, root: asn1_x509.Certificate) -> bool:
    """Whether the signature is that of our certificate, fits, and nothing was added that it does not allow."""
    (signature,) = PdfFileReader(io.BytesIO(document)).embedded_signatures
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    # Aside, for a browser test of the same process leaves its event loop in this thread.
    with ThreadPoolExecutor(1) as thread:
        status = thread.submit(validate_pdf_signature, signature, context).result()
    return bool(status.bottom_line)


def test_two_other_programs_find_the_signature_valid(
    signed: bytes, root: asn1_x509.Certificate, tmp_path: Path
) -> None:
    said = poppler_says(signed, tmp_path)
    for words in ("Signature is Valid", "Total document signed", "ETSI.CAdES.detached", signing.DEVELOPMENT):
        assert words in said
    assert "Not total" not in said
    assert pyhanko_says(signed, root)
    found = pades.check(signed)
    assert (found.whole, found.development, found.signed_at) == (True, True, datetime(2026, 1, 8, 1, 30, tzinfo=UTC))


def places(document: bytes) -> list[int]:
    """Bytes all over the document: the pages, the fonts, the enclosed file, the catalogue, the last line.

    What lies between the brackets of the signature it cannot cover; there only its own value counts.
    """
    start = document.index(b"/Contents <")
    around = [20, *range(1000, len(document), len(document) // 12), len(document) - 3]
    value = document.index(b"00" * 40, start) - 20
    return [*(place for place in around if not start <= place <= start + 2 * RESERVED + 20), value]


def test_one_flipped_bit_breaks_it_wherever_it_is(signed: bytes, tmp_path: Path) -> None:
    assert len(places(signed)) > 10
    for place in places(signed):
        broken = bytearray(signed)
        broken[place] ^= 1
        assert "Signature is Valid" not in poppler_says(bytes(broken), tmp_path), place


def test_pyhanko_finds_the_flipped_bit_too(signed: bytes, root: asn1_x509.Certificate) -> None:
    broken = bytearray(signed)
    broken[signed.index(b"stream") + 40] ^= 1
    assert not pyhanko_says(bytes(broken), root)
    assert not pades.check(bytes(broken)).whole


def with_an_update(document: bytes) -> bytes:
    """The same document with other words on its first page, appended the way editors do it."""
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    page = writer.root["/Pages"]["/Kids"][0]
    words = generic.StreamObject(stream_data=b"BT /F1 40 Tf 100 400 Td (60 credits) Tj ET")
    old = page.raw_get("/Contents")
    page["/Contents"] = generic.ArrayObject([old, writer.add_object(words)])
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_an_incremental_update_is_told_by_both(signed: bytes, root: asn1_x509.Certificate, tmp_path: Path) -> None:
    changed = with_an_update(signed)
    assert changed.startswith(signed)
    # poppler calls the signature valid, for the bytes it covers are untouched: its second line is the one to read.
    assert "Not total document signed" in poppler_says(changed, tmp_path)
    assert not pyhanko_says(changed, root)
    assert not pades.check(changed).whole


def test_the_document_is_sound(signed: bytes, tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(signed)
    told = subprocess.run(["pdfinfo", tmp_path / "paper.pdf"], capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "")
    assert signed.count(b"%%EOF") == 1


def test_the_frozen_facts_are_inside(signed: bytes, tmp_path: Path) -> None:
    facts = proof_samples.facts(entries=proof_samples.entries(30))
    (tmp_path / "paper.pdf").write_bytes(signed)
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "paper.pdf"], check=True)
    text = (tmp_path / f"{facts.number}.json").read_text("utf-8")
    assert (text, ProofFacts.from_json(text)) == (facts.to_json(), facts)


def test_the_same_facts_give_the_same_signed_bytes(signed: bytes, development: Path) -> None:
    """A worker that died after signing and before storing leaves no second paper behind."""
    again = pdf.render_proof(proof_samples.facts(entries=proof_samples.entries(30)))
    assert signing._pades(development, "", False).seal(again) == signed


def test_a_document_without_a_place_is_not_signed(development: Path) -> None:
    with pytest.raises(ValueError):
        signing._pades(development, "", False).seal(b"%PDF-1.7\n")


# --- The keys ---------------------------------------------------------------------------------------------------------


def test_the_development_certificate_is_made_once_and_for_its_owner_alone(app: Flask) -> None:
    settings = app.extensions["settings"]
    file = settings.instance / "signing" / "development.p12"
    with app.app_context():
        first = signing.sealer()
        assert first.development
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        made = file.read_bytes()
        signing.make_development(file, "学分证明")
        beside = file.with_name("development-timestamps.p12")
        assert (file.read_bytes(), set(file.parent.iterdir())) == (made, {file, beside})
        assert signing.sealer() is first


def office_certificate(folder: Path, *, ends: datetime | None = None, mode: int = 0o600) -> Path:
    """What a certification authority would give an office: RSA, with its chain, behind a password."""
    now = datetime.now(UTC)
    keys = {name: generate_private_key(65537, 2048) for name in ("authority", "office")}
    names = {
        name: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, said)])
        for name, said in (("authority", "某某认证中心"), ("office", "金华市人力资源和社会保障局"))
    }
    made = {
        name: x509.CertificateBuilder()
        .subject_name(names[name])
        .issuer_name(names["authority"])
        .public_key(keys[name].public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(ends or now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=name == "authority", path_length=None), critical=True)
        .add_extension(signing._usage(signs_certificates=name == "authority"), critical=True)
        .sign(keys["authority"], hashes.SHA256())
        for name in ("authority", "office")
    }
    file = folder / "office.p12"
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"office", keys["office"], made["office"], [made["authority"]], BestAvailableEncryption(b"geheim")
        )
    )
    file.chmod(mode)
    return file


def production(app: Flask, **changes: object) -> None:
    settings: config.Settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, environment="production", **changes)  # type: ignore[arg-type]


def test_production_signs_with_the_certificate_of_the_office(app: Flask, tmp_path: Path) -> None:
    production(app, signing_file=office_certificate(tmp_path), signing_password="geheim")
    with app.app_context():
        sealer = signing.sealer()
        document = sealer.seal(pdf.render_proof(proof_samples.facts()))
    found = pades.check(document)
    assert (sealer.development, found.whole, found.signer) == (False, True, "金华市人力资源和社会保障局")
    said = poppler_says(document, tmp_path)
    assert "Signature is Valid" in said and "Not total" not in said


def test_production_without_a_certificate_signs_nothing(app: Flask) -> None:
    production(app)
    with app.app_context(), pytest.raises(SigningRefused, match="尚未配置"):
        signing.sealer()
    assert not (app.extensions["settings"].instance / "signing").exists()


def test_production_refuses_the_development_certificate(app: Flask, development: Path) -> None:
    production(app, signing_file=development)
    with app.app_context(), pytest.raises(SigningRefused, match="不能用于正式环境"):
        signing.sealer()


def test_what_cannot_sign_is_refused_with_its_reason(app: Flask, tmp_path: Path) -> None:
    over = datetime.now(UTC) - timedelta(days=1)
    for changes, password, said in (
        ({}, "falsch", "密码不正确"),
        ({"mode": 0o640}, "geheim", "权限过宽"),
        ({"ends": over}, "geheim", "有效期"),
    ):
        production(app, signing_file=office_certificate(tmp_path, **changes), signing_password=password)
        with app.app_context(), pytest.raises(SigningRefused, match=said) as refused:
            signing.sealer()
        assert password not in refused.value.message
        signing._pades.cache_clear()
    production(app, signing_file=tmp_path / "nowhere.p12")
    with app.app_context(), pytest.raises(SigningRefused, match="无法读取"):
        signing.sealer()


def test_only_production_may_say_that_its_seal_has_force(settings: dict[str, str]) -> None:
    with pytest.raises(config.UnsafeConfiguration, match="WUXUE_SEAL_LAWFUL"):
        config.load({**settings, "WUXUE_SEAL_LAWFUL": "yes"})


def test_the_password_is_not_in_what_is_printed_of_the_settings(settings: dict[str, str]) -> None:
    assert "geheim" not in repr(config.load({**settings, "WUXUE_SIGNING_PASSWORD": "geheim"}))

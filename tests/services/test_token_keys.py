"""Papers signed by a key in a token (PKCS#11), on a real module: valid for others' readers, and what goes wrong."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pkcs11
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_curve_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from flask import Flask

import config
from services import pades, pdf, signing
from services.pades import PadesSealer
from services.signing import SigningRefused
from services.token_keys import TokenKey
from tests import proof_samples, tokens
from tests.services.test_signing import poppler_says, production, pyhanko_says
from tests.tokens import SoftToken

Key = RSAPrivateKey | EllipticCurvePrivateKey
KEYS = {
    "RSA": lambda: generate_private_key(65537, 2048),
    "P-256": lambda: generate_curve_key(SECP256R1()),
    "P-384": lambda: generate_curve_key(SECP384R1()),
}
OFFICE = "金华市人力资源和社会保障局"


def certificates(key: Key, *, ends: datetime | None = None) -> list[x509.Certificate]:
    """The office's and that of the authority above it."""
    above, now = generate_curve_key(SECP256R1()), datetime.now(UTC)

    def made(subject: str, of: Key, *, is_authority: bool) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "某某认证中心")]))
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=3))
            .not_valid_after(ends or now + timedelta(days=365))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(signing._usage(signs_certificates=is_authority), critical=True)
            .sign(above, hashes.SHA256())
        )

    return [made(OFFICE, key, is_authority=False), made("某某认证中心", above, is_authority=True)]


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoftToken]:
    monkeypatch.setenv("SOFTHSM2_CONF", "")
    yield SoftToken.make(tmp_path / "hsm")
    signing._hardware.cache_clear()


def filled(token: SoftToken, kind: str = "P-256") -> list[x509.Certificate]:
    key = KEYS[kind]()
    chain = certificates(key)
    token.put_key(key)
    token.put_certificate(chain[0])
    token.put_certificate(chain[1], number="ca")
    return chain


def notes(token: SoftToken) -> Path:
    return token.folder / "signing" / "token-pin-refused"


def opened(token: SoftToken, **changes: object) -> TokenKey:
    return TokenKey(replace(token.settings, **changes), notes(token))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KEYS)
def test_a_paper_signed_in_the_token_is_valid_for_two_other_programs(
    token: SoftToken, kind: str, tmp_path: Path
) -> None:
    chain = filled(token, kind)
    document = PadesSealer(opened(token)).seal(pdf.render_proof(proof_samples.facts()))
    said = poppler_says(document, tmp_path)
    for words in ("Signature is Valid", "Total document signed", "ETSI.CAdES.detached", OFFICE):
        assert words in said
    assert "Not total" not in said
    assert pyhanko_says(document, asn1_x509.Certificate.load(chain[1].public_bytes(Encoding.DER)))
    assert pades.check(document).whole


def test_production_signs_with_the_token(app: Flask, token: SoftToken) -> None:
    filled(token)
    production(app, signing_token=token.settings)
    with app.app_context():
        sealer = signing.sealer()
        document = sealer.seal(pdf.render_proof(proof_samples.facts()))
        assert signing.sealer() is sealer
    assert (sealer.development, pades.check(document).signer) == (False, OFFICE)


def test_production_refuses_a_development_certificate_in_a_token(app: Flask, token: SoftToken, tmp_path: Path) -> None:
    signing.make_development(tmp_path / "development.p12", "学分证明")
    pair = signing.read(tmp_path / "development.p12", "", production=False)
    token.put_key(pair.key)
    token.put_certificate(pair.certificate)
    production(app, signing_token=token.settings)
    with app.app_context(), pytest.raises(SigningRefused, match="不能用于正式环境"):
        signing.sealer()


def test_the_key_may_be_named_by_its_number_and_the_certificate_lie_in_a_file(token: SoftToken) -> None:
    key = KEYS["P-256"]()
    chain = certificates(key)
    token.put_key(key)
    file = token.folder / "office.pem"
    file.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in chain))
    found = opened(token, key=f"id={tokens.NUMBER}", certificate_file=file)
    assert [found.certificate, *found.chain] == chain


# --- What goes wrong --------------------------------------------------------------------------------------------------


def low_count(token: SoftToken) -> bool:
    library = pkcs11.lib(str(tokens.module()))
    library.reinitialize()
    return bool(library.get_token(token_label=tokens.LABEL).flags & pkcs11.TokenFlag.USER_PIN_COUNT_LOW)


def test_a_wrong_pin_is_tried_once_and_then_not_again_until_its_file_is_written_anew(
    token: SoftToken, caplog: pytest.LogCaptureFixture
) -> None:
    filled(token)
    file = token.folder / "pin"
    file.write_text("31415")
    with pytest.raises(SigningRefused, match="密码不正确") as refused:
        opened(token)
    assert low_count(token)
    assert "31415" not in refused.value.message + caplog.text + notes(token).read_text()
    # Were it tried again, it would fit now.
    token.change_pin("31415")
    for _ in range(5):
        with pytest.raises(SigningRefused, match="不再尝试"):
            opened(token)
    # A worker that was started anew knows as much.
    child = os.fork()
    if not child:
        try:
            opened(token)
        except SigningRefused:
            os._exit(7)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    os.utime(file, ns=(1, 1))
    assert opened(token).sign(b"")


def test_a_pin_that_stops_fitting_is_not_tried_again_for_the_next_paper(token: SoftToken) -> None:
    filled(token)
    key = opened(token)
    # Which ends the session, too.
    token.change_pin("27182")
    with pytest.raises(SigningRefused, match="密码不正确"):
        key.sign(b"one")
    assert low_count(token)
    # Were it tried again, it would fit again.
    token.change_pin(tokens.PIN, old="27182")
    with pytest.raises(SigningRefused, match="不再尝试"):
        key.sign(b"two")


@pytest.mark.parametrize(
    ("mode", "content", "said"),
    [(0o640, tokens.PIN, "权限过宽"), (0o600, "", "密码不正确"), (0o600, "\xff", "密码不正确")],
)
def test_the_file_of_the_pin_is_for_its_owner_alone(token: SoftToken, mode: int, content: str, said: str) -> None:
    filled(token)
    (token.folder / "pin").write_text(content, "latin-1")
    (token.folder / "pin").chmod(mode)
    with pytest.raises(SigningRefused, match=said):
        opened(token)
    assert not low_count(token)


def test_what_is_missing_is_named(token: SoftToken, tmp_path: Path) -> None:
    with pytest.raises(SigningRefused, match="没有唯一的密钥“seal 2026”"):
        opened(token)
    key = KEYS["P-256"]()
    token.put_key(key)
    with pytest.raises(SigningRefused, match="没有与密钥配套的证书"):
        opened(token)
    for changes, said in (
        ({"label": "another"}, "没有找到签章令牌“another”"),
        ({"module": tmp_path / "nowhere.so"}, "没有应答"),
        ({"pin_file": tmp_path / "nowhere"}, "无法读取"),
        ({"certificate_file": tmp_path / "nowhere"}, "无法读取"),
        ({"key": "id=0x0a"}, "十六进制"),
    ):
        with pytest.raises(SigningRefused, match=said):
            opened(token, **changes)


def test_a_certificate_of_another_key_is_told_before_anything_is_signed(token: SoftToken) -> None:
    token.put_key(KEYS["P-256"]())
    token.put_certificate(certificates(KEYS["P-256"]())[0])
    with pytest.raises(SigningRefused, match="不配套"):
        opened(token)


def test_a_certificate_that_is_over_signs_nothing(app: Flask, token: SoftToken) -> None:
    key = KEYS["P-256"]()
    token.put_key(key)
    token.put_certificate(certificates(key, ends=datetime.now(UTC) - timedelta(days=1))[0])
    production(app, signing_token=token.settings)
    with app.app_context(), pytest.raises(SigningRefused, match="有效期"):
        signing.sealer()


# --- Tokens come and go -----------------------------------------------------------------------------------------------


def test_a_token_that_was_pulled_between_two_papers_is_opened_anew(token: SoftToken) -> None:
    filled(token)
    sealer = PadesSealer(opened(token))
    unsigned = pdf.render_proof(proof_samples.facts())
    assert pades.check(sealer.seal(unsigned)).whole
    token.pull()
    with pytest.raises(SigningRefused, match=r"没有找到签章令牌|没有应答"):
        sealer.seal(unsigned)
    token.put_back()
    assert pades.check(sealer.seal(unsigned)).whole
    # As after a restart of the machine that holds the keys: the sessions are gone, the keys are not.
    pkcs11.lib(str(tokens.module())).reinitialize()
    assert pades.check(sealer.seal(unsigned)).whole


def test_a_token_that_came_back_with_another_key_signs_nothing(token: SoftToken) -> None:
    filled(token)
    key = opened(token)
    token.empty()
    with pytest.raises(SigningRefused, match="没有唯一的密钥"):
        key.sign(b"one")
    token.put_key(KEYS["P-256"]())
    with pytest.raises(SigningRefused, match="不配套"):
        key.sign(b"two")


def test_threads_sign_in_turn(token: SoftToken) -> None:
    filled(token)
    key = opened(token)
    with ThreadPoolExecutor(4) as threads:
        # Each signature is checked with the certificate before it is given out.
        made = list(threads.map(key.sign, [b"paper %d" % number for number in range(200)]))
    assert len(set(made)) == 200


def test_two_keys_of_one_token_do_not_end_each_other(token: SoftToken) -> None:
    filled(token)
    first, second = opened(token), opened(token)
    with ThreadPoolExecutor(2) as threads:
        assert all(threads.map(lambda number: (first, second)[number % 2].sign(b"paper"), range(20)))


def test_a_child_of_the_process_opens_the_token_for_itself(token: SoftToken) -> None:
    filled(token)
    key = opened(token)
    child = os.fork()
    if not child:
        # Whatever hangs must not hang the tests.
        signal.alarm(60)
        try:
            key.sign(b"in the child")
            os._exit(7 if key._process == os.getpid() else 1)
        finally:
            os._exit(2)
    assert key.sign(b"in the parent")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert key.sign(b"in the parent, afterwards")


# --- Settings ---------------------------------------------------------------------------------------------------------


def test_half_a_setting_is_refused(settings: dict[str, str]) -> None:
    whole = {f"WUXUE_SIGNING_PKCS11_{part}": "x" for part in ("MODULE", "TOKEN", "KEY", "PIN_FILE")}
    assert config.load({**settings, **whole}).signing_token is not None
    for name in whole:
        with pytest.raises(config.UnsafeConfiguration, match=name):
            config.load({**settings, **whole, name: ""})
    with pytest.raises(config.UnsafeConfiguration, match="not both"):
        config.load({**settings, **whole, "WUXUE_SIGNING_FILE": "x.p12"})

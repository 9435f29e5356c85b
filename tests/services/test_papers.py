"""Every kind of paper as it leaves, judged by poppler, pyHanko and qpdf, and again once it was tampered with."""

import io
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pikepdf import Pdf

from domain.proof_facts import ProofFacts, grouped
from services import pades, pdf, signing
from services.pades import PadesSealer
from tests import proof_samples
from tests.services.test_signing import poppler_says, with_an_update

OFFLINE = "https://jx.example.gov.cn/verify/o#" + "33010337888144638097879580012238" * 12
SAMPLES: dict[str, Callable[[], ProofFacts]] = {
    "annual": proof_samples.failing_year,
    "transcript": proof_samples.transcript,
    "examiner": proof_samples.purpose,
}


@pytest.fixture(scope="module")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> PadesSealer:
    file = tmp_path_factory.mktemp("keys") / "key.p12"
    signing.make_development(file, "学分证明")
    return PadesSealer(signing.read(file, "", production=False))


@pytest.fixture(scope="module", params=SAMPLES)
def paper(request: pytest.FixtureRequest, sealer: PadesSealer) -> tuple[ProofFacts, bytes]:
    facts = SAMPLES[request.param]()
    return facts, sealer.seal(pdf.render_proof(facts, offline=OFFLINE))


def flipped(document: bytes, place: int) -> bytes:
    changed = bytearray(document)
    changed[place] ^= 1
    return bytes(changed)


def test_each_kind_is_valid_whole_archival_and_tagged(paper: tuple[ProofFacts, bytes], tmp_path: Path) -> None:
    facts, document = paper
    said = poppler_says(document, tmp_path)
    assert "Signature is Valid" in said and "Total document signed" in said and "Not total" not in said
    assert pades.check(document).whole
    told = subprocess.run(["pdfinfo", "-meta", tmp_path / "paper.pdf"], capture_output=True, text=True).stdout
    assert 'pdfaid:part="3" pdfaid:conformance="A"' in told
    plain = subprocess.run(["pdfinfo", tmp_path / "paper.pdf"], capture_output=True, text=True).stdout
    assert "Tagged:          yes" in plain
    structure = subprocess.run(["pdfinfo", "-struct-text", tmp_path / "paper.pdf"], capture_output=True, text=True)
    # What a screen reader says, line after line.
    text = "".join("".join(re.findall(r'^ *"(.*)"$', structure.stdout, re.MULTILINE)).split())
    for words in (facts.title, facts.person.name, facts.person.id_masked, facts.number, facts.issuer.unit):
        assert "".join(words.split()) in text, words
    # The closing block runs in a margin, which is no reason to keep it from those who listen.
    assert "核验码" + grouped(facts.code).replace(" ", "") + "核验网址" + facts.verify_page in text
    assert text.rindex(facts.issuer.unit) > text.index("核验网址") and "不具法律效力" in text
    for element in ("H1 (block)", "Table (block)", "TH ", "TD"):
        assert element in structure.stdout


def test_each_kind_is_sound(paper: tuple[ProofFacts, bytes]) -> None:
    with Pdf.open(io.BytesIO(paper[1])) as read:
        assert read.check_pdf_syntax() == []
        assert not read.get_warnings()


def test_each_kind_is_drawn_the_same_again(paper: tuple[ProofFacts, bytes], sealer: PadesSealer) -> None:
    facts, document = paper
    assert sealer.seal(pdf.render_proof(ProofFacts.from_json(facts.to_json()), offline=OFFLINE)) == document


@pytest.mark.parametrize("way", ["a bit", "an update", "cut short", "other facts", "another signature"])
def test_what_was_tampered_with_is_told_of_each_kind(
    paper: tuple[ProofFacts, bytes], sealer: PadesSealer, way: str, tmp_path: Path
) -> None:
    facts, document = paper
    changed = {
        "a bit": lambda: flipped(document, document.index(b"stream") + 40),
        "an update": lambda: with_an_update(document),
        "cut short": lambda: document[:-2000],
        "other facts": lambda: document.replace(b"/v/7K3", b"/v/7K4", 1),
        "another signature": lambda: moved_signature(document, sealer, facts),
    }[way]()
    assert changed != document
    said = poppler_says(changed, tmp_path)
    assert "Signature is Valid" not in said or "Not total document signed" in said
    try:
        assert not pades.check(changed).whole
    # What cannot be read at all cannot be taken for whole either.
    except Exception as error:
        assert not isinstance(error, AssertionError)


def moved_signature(document: bytes, sealer: PadesSealer, facts: ProofFacts) -> bytes:
    """The document with the signature of another one of the same length of signature."""
    other = sealer.seal(pdf.render_proof(replace(facts, employer="另一家单位"), offline=OFFLINE))
    start, end = (document.index(b"/Contents <") + 10, document.index(b">", document.index(b"/Contents <")))
    from_start = other.index(b"/Contents <") + 10
    return document[:start] + other[from_start : from_start + (end - start)] + document[end:]

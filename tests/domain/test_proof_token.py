"""The line of the second QR code: it says what the paper says, and reads back as it was written."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import proof_token
from domain.proof_facts import proof_number
from domain.proof_kinds import ProofKind
from domain.verification_code import decode, encode
from tests import proof_samples

KEY, SIGNATURE = b"\x01\x02\x03\x04", bytes(range(64))


def test_a_line_reads_back_as_it_was_written() -> None:
    facts = proof_samples.facts()
    body, signature = proof_token.split(proof_token.written(proof_token.body(facts, KEY), SIGNATURE))
    found = proof_token.read(body)
    assert signature == SIGNATURE
    assert (found.key_id, found.code, found.number, found.kind) == (KEY[:2], facts.code, facts.number, "annual")
    assert (found.name, found.id_masked) == (facts.person.name, facts.person.id_masked)
    assert (found.issued_at, found.conclusion) == ("2026-01-08T09:30:00+08:00", facts.conclusion)
    assert facts.sha256().startswith(found.fingerprint)
    assert len(found.fingerprint) == 12


_CHARACTERS = st.one_of(st.sampled_from("张㐂䶮𠮷𬭬·A9，；（）"), st.characters(exclude_categories=("Cc", "Cs")))
_TEXT = st.text(_CHARACTERS, min_size=1)


@given(
    name=_TEXT,
    conclusion=st.lists(st.one_of(_TEXT, st.sampled_from(proof_token.PHRASES))).map("".join),
    number=st.one_of(st.integers(0, 99_999_999).map(lambda serial: proof_number("JHJX", 2026, serial)), _TEXT),
    kind=st.sampled_from(ProofKind),
)
def test_whatever_a_paper_says_reads_back(name: str, conclusion: str, number: str, kind: ProofKind) -> None:
    facts = replace(proof_samples.named(name), conclusion=conclusion, number=number, kind=kind.value)
    body, _ = proof_token.split(proof_token.written(proof_token.body(facts, KEY), SIGNATURE))
    found = proof_token.read(body)
    said = f"{conclusion[:90]}…" if len(conclusion) > 90 else conclusion
    shown = (found.name, found.conclusion, found.number)
    assert shown == tuple(" ".join(text.split()) for text in (name, said, number))
    assert found.kind == kind.value


def test_what_papers_are_printed_with_keeps_its_place() -> None:
    """A changed order would make one kind of paper, or one phrase of a conclusion, pass for another."""
    assert sorted(proof_token.KINDS) == sorted(ProofKind)
    assert len(proof_token.phrases()) == len(proof_token.PHRASES)
    frozen = "\n".join((*proof_token.KINDS[:12], *proof_token.PHRASES[:29]))
    assert hashlib.sha256(frozen.encode()).hexdigest().startswith("ab686dc99c0d9c80")


def test_a_line_is_digits_alone() -> None:
    line = proof_token.written(proof_token.body(proof_samples.failing_year(), KEY), SIGNATURE)
    assert line.isascii() and line.isdigit()


def test_a_line_of_the_first_form_is_still_read() -> None:
    body, _ = proof_token.split(proof_samples.FIRST_LINE)
    found = proof_token.read(body)
    assert found.key_id.hex() == proof_samples.FIRST_KEY
    assert (found.kind, found.number, found.name) == ("annual", "JHJX-2026-00000123", "张晓明")
    assert (found.code, found.issued_at) == (proof_samples.CODE, "2026-01-08T09:30:00+08:00")
    assert found.conclusion == "2025年度继续教育学分达到规定要求。"


def test_what_breaks_lines_cannot_shift_a_field() -> None:
    facts = replace(proof_samples.named("张\n三\t李"), conclusion="甲\r\n乙")
    found = proof_token.read(proof_token.body(facts, KEY))
    assert (found.name, found.conclusion) == ("张 三 李", "甲 乙")


def test_a_long_conclusion_is_cut_so_that_the_code_can_be_read() -> None:
    facts = replace(proof_samples.facts(), conclusion="未" * 500)
    assert proof_token.read(proof_token.body(facts, KEY)).conclusion == "未" * 90 + "…"


_HEAD = f"02{'00' * 24}"


@pytest.mark.parametrize(
    "line",
    ["", "A", "AAAAAAAA", "0189", "测试", "AE" * 200, "BA" * 20, "9" * 300, "9" * 9000, "１２３", "²"]
    # A kind that is none, before the first and after the last; a text of too few fields.
    + [str(int(f"{_HEAD}{kind}{'00' * 4}{'0a' * 3}{'41' * 64}", 16)) for kind in ("00", "0d", "80", "7f")]
    + [str(int(f"{_HEAD}01{'00' * 4}{'0a' * 2}{'41' * 64}", 16))],
)
def test_what_is_no_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        body, _ = proof_token.split(line)
        proof_token.read(body)


def test_a_signature_has_its_length() -> None:
    with pytest.raises(ValueError):
        proof_token.written(b"x", b"short")


@pytest.mark.parametrize("data", [bytes(16), b"\xff" * 16, bytes(range(16))])
def test_a_code_is_sixteen_bytes_and_back(data: bytes) -> None:
    assert decode(encode(data)) == data


@pytest.mark.parametrize("code", ["", "7k3m9qw2xv5t8hbn4rz6cjpdgf", "7K3M 9QW2", "U" * 26])
def test_only_a_code_as_we_write_it_has_bytes(code: str) -> None:
    with pytest.raises(ValueError):
        decode(code)

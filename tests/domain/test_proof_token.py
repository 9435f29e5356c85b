"""The line of the second QR code: it says what the paper says, and reads back as it was written."""

from dataclasses import replace

import pytest

from domain import proof_token
from domain.verification_code import decode, encode
from tests import proof_samples

KEY, SIGNATURE = b"\x01\x02\x03\x04", bytes(range(64))


def test_a_line_reads_back_as_it_was_written() -> None:
    facts = proof_samples.facts()
    body, signature = proof_token.split(proof_token.written(proof_token.body(facts, KEY), SIGNATURE))
    found = proof_token.read(body)
    assert signature == SIGNATURE
    assert (found.key_id, found.code, found.number, found.kind) == (KEY, facts.code, facts.number, "annual")
    assert (found.name, found.id_masked) == (facts.person.name, facts.person.id_masked)
    assert (found.issued_at, found.conclusion) == ("2026-01-08T09:30:00+08:00", facts.conclusion)
    assert facts.sha256().startswith(found.fingerprint)
    assert len(found.fingerprint) == 16


def test_a_line_is_capitals_and_digits_alone() -> None:
    line = proof_token.written(proof_token.body(proof_samples.failing_year(), KEY), SIGNATURE)
    assert line.isascii() and line.isalnum() and line == line.upper()


def test_what_breaks_lines_cannot_shift_a_field() -> None:
    facts = replace(proof_samples.named("张\n三\t李"), conclusion="甲\r\n乙")
    found = proof_token.read(proof_token.body(facts, KEY))
    assert (found.name, found.conclusion) == ("张 三 李", "甲 乙")


def test_a_long_conclusion_is_cut_so_that_the_code_can_be_read() -> None:
    facts = replace(proof_samples.facts(), conclusion="未" * 500)
    assert proof_token.read(proof_token.body(facts, KEY)).conclusion == "未" * 90 + "…"


@pytest.mark.parametrize("line", ["", "A", "AAAAAAAA", "0189", "测试", "AE" * 200, "BA" * 20])
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

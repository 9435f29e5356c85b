"""The signature in the second QR code: made by the site's own key, checked by the keys it publishes and no others."""

import stat
from pathlib import Path

import pytest
from flask import Flask

from domain import proof_token
from models import ProofKey, db
from services import proof_tokens, signing
from tests import proof_samples


def line_of(address: str) -> str:
    return address.partition("#")[2]


@pytest.mark.usefixtures("app_context")
def test_a_line_is_checked_by_the_key_that_is_published_with_it() -> None:
    facts = proof_samples.facts()
    address = proof_tokens.address(facts)
    assert address.startswith(f"{facts.verify_page}/offline#")
    found = proof_tokens.check(line_of(address), proof_tokens.published())
    assert found is not None
    assert (found.number, found.name) == (facts.number, facts.person.name)
    assert proof_tokens.address(facts) == address
    assert len(proof_tokens.published()) == 1


@pytest.mark.usefixtures("app_context")
def test_one_changed_character_breaks_it_wherever_it_is() -> None:
    line = line_of(proof_tokens.address(proof_samples.facts()))
    keys = proof_tokens.published()
    for place in range(len(line)):
        other = "A" if line[place] != "A" else "B"
        changed = line[:place] + other + line[place + 1 :]
        # The last character may hold bits that mean nothing: base 32 drops them.
        if proof_token_bytes(changed) != proof_token_bytes(line):
            assert proof_tokens.check(changed, keys) is None, place


def proof_token_bytes(line: str) -> tuple[bytes, bytes] | None:
    try:
        return proof_token.split(line)
    except ValueError:
        return None


@pytest.mark.usefixtures("app_context")
def test_a_key_nobody_published_is_worth_nothing() -> None:
    line = line_of(proof_tokens.address(proof_samples.facts()))
    (key,) = proof_tokens.published()
    assert proof_tokens.check(line, []) is None
    other = proof_tokens.PublicKey(key_id="00000000", spki=key.spki)
    assert proof_tokens.check(line, [other]) is None


def test_the_key_is_its_owners_alone_and_papers_outlive_it(app: Flask) -> None:
    file: Path = app.extensions["settings"].instance / "signing" / "offline.pem"
    facts = proof_samples.facts()
    with app.app_context():
        old = line_of(proof_tokens.address(facts))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.unlink()
        proof_tokens._read.cache_clear()
        new = line_of(proof_tokens.address(facts))
        keys = proof_tokens.published()
        assert len(keys) == 2
        assert proof_tokens.check(old, keys) is not None
        assert proof_tokens.check(new, keys) is not None
        file.chmod(0o644)
        proof_tokens._read.cache_clear()
        with pytest.raises(signing.SigningRefused, match="权限过宽"):
            proof_tokens.address(facts)
        proof_tokens._read.cache_clear()
        assert db.session.query(ProofKey).count() == 2

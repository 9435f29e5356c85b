"""The signature in the second QR code: made by the site's own key, checked by the keys it publishes and no others."""

import stat
from pathlib import Path

import pytest
from flask import Flask

from models import ProofKey, db
from services import proof_tokens, signing
from tests import proof_samples


def line_of(address: str) -> str:
    return address.partition("#")[2]


@pytest.mark.usefixtures("app_context")
def test_a_line_is_checked_by_the_key_that_is_published_with_it() -> None:
    facts = proof_samples.facts()
    address = proof_tokens.address(facts)
    assert address.startswith(f"{facts.verify_page}/o#")
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
        changed = line[:place] + ("3" if line[place] != "3" else "7") + line[place + 1 :]
        assert proof_tokens.check(changed, keys) is None, place


@pytest.mark.usefixtures("app_context")
def test_a_paper_printed_with_the_first_form_of_the_line_is_checked() -> None:
    key = proof_tokens.PublicKey(key_id=proof_samples.FIRST_KEY, spki=proof_samples.FIRST_KEY_SPKI)
    found = proof_tokens.check(proof_samples.FIRST_LINE, [key])
    assert found is not None
    assert (found.number, found.name) == ("JHJX-2026-00000123", "张晓明")
    altered = proof_samples.FIRST_LINE.replace("7", "3", 1)
    assert proof_tokens.check(altered, [key]) is None


@pytest.mark.usefixtures("app_context")
def test_of_keys_with_one_short_name_any_may_have_signed() -> None:
    line = line_of(proof_tokens.address(proof_samples.facts()))
    (key,) = proof_tokens.published()
    twin = proof_tokens.PublicKey(key_id=f"{key.key_id[:4]}ffff", spki=proof_samples.FIRST_KEY_SPKI)
    assert proof_tokens.check(line, [twin]) is None
    assert proof_tokens.check(line, [twin, key]) is not None


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

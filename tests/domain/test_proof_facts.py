"""The frozen facts of a proof: one canonical text, exact tenths, nothing lost on the way back."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from domain.proof_facts import ProofFacts, grouped, proof_number
from tests import proof_samples


@pytest.mark.parametrize(
    "facts", [proof_samples.facts(), proof_samples.failing_year(), proof_samples.facts(entries=(), certificates=())]
)
def test_facts_come_back_from_their_text_as_they_were(facts: ProofFacts) -> None:
    again = ProofFacts.from_json(facts.to_json())
    assert again == facts
    assert again.to_json() == facts.to_json()
    assert again.sha256() == facts.sha256()


def test_the_text_is_canonical() -> None:
    text = proof_samples.facts().to_json()
    assert text == json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert "张晓明" in text


def test_amounts_are_tenths_and_moments_are_of_china() -> None:
    facts = proof_samples.facts().to_dict()
    assert facts["floors"][0]["earned"] == "88.5"
    assert facts["floors"][0]["required"] == "60.0"
    assert facts["entries"][0]["occurred_on"] == "2025-01-10"
    assert facts["issued_at"] == "2026-01-08T09:30:00+08:00"


def test_the_same_moment_and_amount_written_otherwise_give_the_same_text() -> None:
    facts = proof_samples.facts()
    first = replace(facts.entries[0], hours=Decimal("8"), credits=Decimal("8.00"), counted=Decimal("0.8E1"))
    other = replace(
        facts,
        issued_at=facts.issued_at.astimezone(timezone(timedelta(hours=-5))),
        entries=(first, *facts.entries[1:]),
    )
    assert other.sha256() == facts.sha256()


@pytest.mark.parametrize("amount", ["8.05", "0.01", "-3.14"])
def test_an_amount_finer_than_a_tenth_is_not_frozen(amount: str) -> None:
    facts = proof_samples.facts()
    with pytest.raises(ValueError, match="tenths"):
        replace(facts, entries=(replace(facts.entries[0], credits=Decimal(amount)),)).to_json()


def test_a_moment_without_a_zone_is_not_frozen() -> None:
    with pytest.raises(ValueError, match="time zone"):
        proof_samples.facts(issued_at=datetime(2026, 1, 8, 9, 30)).to_json()  # noqa: DTZ001 - the mistake itself


def _without(facts: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in facts.items() if key != name}


@pytest.mark.parametrize("name", sorted({*proof_samples.facts().to_dict()} - {"ledger_position", "replaces", "title"}))
def test_a_text_that_lacks_a_fact_is_refused(name: str) -> None:
    with pytest.raises((TypeError, KeyError)):
        ProofFacts.from_json(json.dumps(_without(proof_samples.facts().to_dict(), name)))


def test_a_text_with_an_unknown_fact_is_refused() -> None:
    facts = proof_samples.facts().to_dict()
    with pytest.raises(TypeError):
        ProofFacts.from_json(json.dumps({**facts, "colour": "red"}))
    with pytest.raises(TypeError):
        ProofFacts.from_json(json.dumps({**facts, "person": {**facts["person"], "id_number": "330702199001011234"}}))


def test_every_fact_changes_the_fingerprint() -> None:
    facts = proof_samples.facts()
    changed = [
        replace(facts, number="JHJX-2026-00000124"),
        replace(facts, compliant=False),
        replace(facts, issued_at=datetime(2026, 1, 8, 1, 30, 1, tzinfo=UTC)),
        replace(facts, person=replace(facts.person, name="张晓鸣")),
        replace(facts, entries=facts.entries[:-1]),
        replace(facts, ledger_position=None),
    ]
    assert len({one.sha256() for one in [facts, *changed]}) == len(changed) + 1


def test_numbers_and_codes_are_written_for_people() -> None:
    assert proof_number("JHJX", 2026, 123) == "JHJX-2026-00000123"
    assert grouped("7K3M9QW2XV5T8HBN4RZ6CJPDGF") == "7K3M 9QW2 XV5T 8HBN 4RZ6 CJPD GF"
    assert grouped("") == ""

"""Packs and entries for the tests of the credit rules."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain.credit_policy import Entry
from domain.policy import Policy
from domain.policy_pack import parse_pack

_ROOT = Path(__file__).parents[2]
PACKS = sorted([*(_ROOT / "policies").glob("*.json"), *(_ROOT / "tests/domain/packs").glob("*.json")])
DRAFT_FILE = _ROOT / "policies/JH-2020-DRAFT.json"


def pack(path: Path) -> Policy:
    return parse_pack(path.read_text("utf-8"))


def draft_json() -> dict[str, Any]:
    return json.loads(DRAFT_FILE.read_text("utf-8"))


DRAFT = pack(DRAFT_FILE)
TRIAL = pack(_ROOT / "policies/JH-2020-TRIAL.json")


def entry(number: int, subject: str, credits: str, **more: Any) -> Entry:
    """An entry of the middle of 2025 unless told otherwise."""
    return Entry(
        **{
            "id": number,
            "earned_on": date(2025, 6, 30),
            "subject": subject,
            "credits": Decimal(credits),
            "form": "F1",
            **more,
        }
    )


def enough(first_id: int = 100) -> list[Entry]:
    """60/10/40 with the exam, exactly."""
    return [
        entry(first_id, "PUBLIC", "10"),
        entry(first_id + 1, "PROFESSIONAL", "40"),
        entry(first_id + 2, "PROFESSIONAL", "10", exam=True, form="EXAM"),
    ]

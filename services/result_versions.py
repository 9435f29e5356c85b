"""The versions of an activity's results: what was released each time and what corrections made of it (INV-33)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from domain.result_rules import Difference, differences
from models import CaseSnapshot, ResultReport, db


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of the results: how it came about, and what differs from the one before."""

    round: int
    taken_at: datetime
    said: str
    sha256: str
    changes: list[Difference]


def of_report(report: ResultReport) -> list[Version]:
    """Every version of the results that was released or corrected, newest first (INV-33)."""
    query = select(CaseSnapshot).where(CaseSnapshot.case_id == report.case_id).order_by(CaseSnapshot.round)
    kept = list(db.session.scalars(query))
    steps = {step.content_sha256: step.action for step in report.case.steps if step.action in ("release", "correct")}
    found = [
        Version(
            round=snapshot.round,
            taken_at=snapshot.taken_at,
            said="更正" if steps.get(snapshot.sha256) == "correct" else "报送",
            sha256=snapshot.sha256,
            changes=differences(before.content, snapshot.content) if before else [],
        )
        for before, snapshot in zip([None, *kept], kept, strict=False)
    ]
    return found[::-1]

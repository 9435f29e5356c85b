"""Every issued proof derived anew from its sources as they stood at issue, and compared with what was frozen (P-29).

What a paper says follows from the ledger's first n entries, the register, the policy in force and the results, all as
of the moment of issue. Of two things no history is kept, so that they are taken from the paper: the address of the
site, and whether the seal was a lawful one (docs/decisions/0021).
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from domain.errors import RuleError
from domain.proof_differences import Difference, differences
from domain.proof_facts import ProofFacts
from domain.proof_kinds import ProofKind
from domain.roles import CITY, SYSTEM, Permission
from models import (
    CreditEntry,
    Proof,
    ProofCode,
    ProofDifference,
    ProofNumber,
    ProofRecheck,
    Technician,
    db,
)
from services import as_of, clock, jobs, learning_proofs, notices, policies, proof_content, proof_purposes  # noqa: F401 - what builds their facts registers itself
from services.proof_content import Asked
from services.transaction import release, transaction

JOB = "proof_recheck"
AT_ONCE = 100
"""How many proofs are derived before the work gives way to others."""

_SECOND = timedelta(seconds=1)
# A posting may commit so long after the moment it bears: until then a proof cannot have known it.
_POSTED_WITHIN = timedelta(minutes=10)

Place = tuple[int, int]
"""The person and the id of a proof: the order in which all are looked at."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A proof that does not say what its sources give."""

    place: Place
    number: str
    differences: list[Difference]


# --- One proof --------------------------------------------------------------------------------------------------------


def check(proof: Proof) -> list[Difference]:
    """Every field in which the frozen facts differ from what is derived now; empty where they are equal to the byte."""
    try:
        frozen = ProofFacts.from_json(proof.facts)
    except (ValueError, KeyError, TypeError):
        return [Difference(path="facts", frozen="无法读取", derived="")]
    found = []
    if (sha256 := frozen.sha256()) != proof.facts_sha256:
        found.append(Difference(path="facts_sha256", frozen=sha256, derived=proof.facts_sha256))
    if frozen.first_year != proof.first_year:
        found.append(Difference(path="first_year", frozen=str(frozen.first_year), derived=str(proof.first_year)))
    try:
        derived = _derived(proof, frozen)
    except RuleError as error:
        return [*found, Difference(path="facts", frozen=frozen.conclusion, derived=error.message)]
    found += differences(frozen.to_dict(), derived.to_dict())
    found += _policy_in_force(proof, frozen)
    if not found and derived.to_json() != proof.facts:
        found.append(Difference(path="facts", frozen="不是规范的文本", derived=""))
    return found


def _derived(proof: Proof, frozen: ProofFacts) -> ProofFacts:
    """What the proof would say if it were issued at its moment again."""
    known = as_of.of_proof(proof, _last_entry(proof, frozen))
    person = db.session.get_one(Technician, proof.technician_id)
    asked = Asked(kind=ProofKind(proof.kind), year=proof.year, topic=proof.topic)
    facts = proof_content.build(person, asked, known).facts
    site = frozen.verify_page.removesuffix("/verify")
    number, code = db.session.get(ProofNumber, proof.number), db.session.get(ProofCode, proof.code)
    return replace(
        facts,
        number=proof.number if _names(number, proof) else "",
        code=proof.code if _names(code, proof) else "",
        verify_url=f"{site}/v/{proof.code}",
        verify_page=f"{site}/verify",
        seal=replace(facts.seal, lawful=frozen.seal.lawful),
        replaces=frozen.replaces if _was_replaceable(proof, frozen.replaces) else "",
    )


def _names(row: ProofNumber | ProofCode | None, proof: Proof) -> bool:
    return row is not None and (row.technician_id, row.proof_id) == (proof.technician_id, proof.id)


def _was_replaceable(proof: Proof, number: str) -> bool:
    """Whether there is an earlier proof of this number, of the same person, kind and topic."""
    earlier = select(Proof.id).where(
        Proof.technician_id == proof.technician_id,
        Proof.kind == proof.kind,
        Proof.topic == proof.topic,
        Proof.id < proof.id,
        Proof.number == number,
    )
    return db.session.scalar(earlier) is not None


def _last_entry(proof: Proof, frozen: ProofFacts) -> int | None:
    """The last entry that the proof names and could know, or that it must have known; None where it names none."""
    named = frozen.ledger_position
    if named is None:
        return None
    entries = select(CreditEntry.id, CreditEntry.posted_at).where(CreditEntry.technician_id == proof.technician_id)
    known = [
        entry.id
        for entry in db.session.execute(entries)
        # The moment of issue is frozen to the second.
        if (entry.id <= named and entry.posted_at < proof.issued_at + _SECOND)
        or entry.posted_at < proof.issued_at - _POSTED_WITHIN
    ]
    return max(known, default=0)


def _policy_in_force(proof: Proof, frozen: ProofFacts) -> list[Difference]:
    """Nothing, if the policy that judged was the one in force; an activity is proved by that of its results."""
    if proof.kind == ProofKind.LEARNING.value:
        return []
    in_force = [policies.version_at(proof.issued_at), policies.version_at(proof.issued_at + _SECOND)]
    if proof.policy_version_id in {version.id for version in in_force}:
        return []
    version = f"{in_force[0].key} {in_force[0].sha256[:12]}"
    return [
        Difference(path="policy.version", frozen=f"{frozen.policy.key} {frozen.policy.version}", derived=version),
    ]


# --- All proofs -------------------------------------------------------------------------------------------------------


def _issued() -> Select[Proof]:
    """All that anybody may hold as a paper, in one order."""
    return select(Proof).where(Proof.state != "failed").order_by(Proof.technician_id, Proof.id)


def part(after: Place, most: int = AT_ONCE) -> tuple[list[Place], list[Finding]]:
    """The next proofs after this one, and those among them that differ."""
    later = tuple_(Proof.technician_id, Proof.id) > tuple_(*after)
    seen = db.session.scalars(_issued().where(later).limit(most)).all()
    findings = []
    for proof in seen:
        if found := check(proof):
            findings.append(Finding(place=(proof.technician_id, proof.id), number=proof.number, differences=found))
    return [(proof.technician_id, proof.id) for proof in seen], findings


def check_all() -> Iterator[tuple[int, list[Finding]]]:
    """How many proofs were looked at and which of them differ, part by part."""
    after = (0, 0)
    while True:
        places, findings = part(after)
        if not places:
            return
        after = places[-1]
        yield len(places), findings
        db.session.expunge_all()


# --- Every night ------------------------------------------------------------------------------------------------------


@jobs.every_minute
def begin_once_a_day() -> None:
    """The worker's minute: one look at a table, but in the first minute of a day in China."""
    today = clock.today()
    if db.session.get(ProofRecheck, today) is not None:
        return
    try:
        with transaction():
            db.session.execute(
                insert(ProofRecheck).values(
                    day=today, started_at=clock.now(), after_technician_id=0, after_proof_id=0, checked=0, differing=0
                )
            )
            jobs.ask(JOB, actor=SYSTEM, day=today.isoformat())
    except IntegrityError:
        # Another worker was quicker.
        return


@jobs.handler(JOB, priority=1)
def work(run: jobs.Run, day: str) -> dict[str, Any]:
    """Look at the next proofs of this night's round, keep what was found, and give way; the Centre is told at the end.

    A part done twice after a crash finds the same.
    """
    on = date.fromisoformat(day)
    round_ = db.session.get_one(ProofRecheck, on)
    after = (round_.after_technician_id, round_.after_proof_id)
    places, findings = part(after)
    release()
    with transaction():
        _remember(places, findings)
        moved = update(ProofRecheck).where(
            ProofRecheck.day == on,
            ProofRecheck.after_technician_id == after[0],
            ProofRecheck.after_proof_id == after[1],
            ProofRecheck.finished_at.is_(None),
        )
        if places:
            db.session.execute(
                moved.values(
                    after_technician_id=places[-1][0],
                    after_proof_id=places[-1][1],
                    checked=ProofRecheck.checked + len(places),
                    differing=ProofRecheck.differing + len(findings),
                )
            )
            return jobs.AGAIN
        ended = db.session.execute(moved.values(finished_at=clock.now()))
        differing = db.session.scalars(select(ProofRecheck.differing).where(ProofRecheck.day == on)).one()
        if ended.rowcount and differing:  # type: ignore[attr-defined]
            _tell(differing)
    return {}


def _remember(places: Collection[Place], findings: Collection[Finding]) -> None:
    now = clock.now()
    found = {finding.place: json.dumps([asdict(each) for each in finding.differences]) for finding in findings}
    known = {
        (row.technician_id, row.proof_id): row
        for row in db.session.scalars(
            select(ProofDifference).where(
                tuple_(ProofDifference.technician_id, ProofDifference.proof_id).in_(list(places))
            )
        )
    }
    for place, content in found.items():
        row = known.get(place)
        if row is None:
            db.session.add(
                ProofDifference(technician_id=place[0], proof_id=place[1], content=content, found_at=now, seen_at=now)
            )
        else:
            row.content, row.seen_at, row.resolved_at = content, now, None
    for place, row in known.items():
        if place not in found and row.resolved_at is None:
            row.resolved_at = now


def _tell(differing: int) -> None:
    notices.tell_region(
        CITY,
        f"{differing} 份证明与其依据的数据不一致",
        "每夜按签发时的学分账、登记库和学分政策重新计算全部证明，有证明与计算结果不同。请逐项核对原因。",
        "/proof-checks",
        permission=Permission.PROOF_CHECK,
    )


# --- What was found ---------------------------------------------------------------------------------------------------


def rounds(most: int = 7) -> list[ProofRecheck]:
    """The last nights, newest first."""
    return list(db.session.scalars(select(ProofRecheck).order_by(ProofRecheck.day.desc()).limit(most)))


def found() -> Select[*tuple[Any, ...]]:
    """The proofs that differ, or did, as rows for a list: open ones first, the newest first among them."""
    return (
        select(
            Proof.number, Proof.kind, Proof.first_year, Proof.year, Proof.state, Proof.superseded_by_id,
            ProofDifference.found_at, ProofDifference.seen_at, ProofDifference.resolved_at,
        )
        .join(
            ProofDifference,
            (ProofDifference.technician_id == Proof.technician_id) & (ProofDifference.proof_id == Proof.id),
        )
        .order_by(ProofDifference.resolved_at.is_not(None), ProofDifference.found_at.desc(), Proof.id)
    )  # fmt: skip


def open_count() -> int:
    """How many proofs differed when they were last looked at."""
    query = select(func.count()).select_from(ProofDifference).where(ProofDifference.resolved_at.is_(None))
    return db.session.scalar(query) or 0


def kept(proof: Proof) -> ProofDifference | None:
    """What the nightly round keeps of a proof."""
    return db.session.get(ProofDifference, (proof.technician_id, proof.id))

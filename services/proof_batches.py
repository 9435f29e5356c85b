"""Proofs for many at once: made a few at a time on all cores, cancelled, taken up again, and given out as one ZIP."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, insert, select, update

from domain.errors import RuleError
from domain.people_lines import UnreadableLines, people_in, these
from domain.proof_facts import ProofFacts
from domain.proof_kinds import ProofKind
from domain.roles import Actor, Role
from models import Job, Proof, ProofBatch, ProofBatchItem, Technician, db
from services import audit, clock, crypto, jobs, proof_consents, proof_papers, proofs, registry
from services.proof_content import Asked
from services.transaction import release, transaction

# So many are made before the worker looks whether somebody waits for a single one: two seconds on one core.
AT_ONCE = 8
# The employer's own staff list has no more; one statement inserts so many rows.
_ROWS_AT_ONCE = 500
_FAILED = "未能生成，请重试；多次失败请联系平台服务电话"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a batch is, in persons."""

    total: int
    issued: int
    left_out: int

    @property
    def done(self) -> int:
        return self.issued + self.left_out

    @property
    def waiting(self) -> int:
        return self.total - self.done


def start(kind: ProofKind, year: int, *, actor: Actor) -> ProofBatch:
    """Begin a batch for all of the employer's present staff who consented. Raises RuleError if nobody has."""
    organization_id = actor.organization_id or 0
    people = list(db.session.scalars(proof_consents.agreed(organization_id)))
    if not people:
        raise RuleError("还没有职工同意由单位代开证明，请先征求职工同意")
    return _begin(organization_id, Asked(kind=kind, year=year, topic=str(year)), people, "", actor)


def start_at_window(kind: ProofKind, year: int, lines: str, basis: str, *, actor: Actor) -> ProofBatch:
    """Begin a batch for the persons of these lines (name and number), whose written authorisations the officer holds.

    Raises UnreadableLines for a line that is none, and names the lines whose person is not in the actor's register.
    """
    people = people_in(lines)
    if not people:
        raise UnreadableLines("请粘贴姓名和证件号码，每行一人")
    indexes = [crypto.blind_index(each.number) for each in people]
    ids = registry.ids_by_blind_index(indexes)
    known = {
        person.id: person.name
        for part in registry.chunks(ids.values())
        for person in db.session.scalars(registry.visible_to(actor).where(Technician.id.in_(part)))
    }
    strangers = [
        each.line for each, index in zip(people, indexes, strict=True) if known.get(ids.get(index, 0)) != each.name
    ]
    if strangers:
        raise UnreadableLines(f"辖区登记库中没有{these(strangers)}的人员，请核对姓名和证件号码")
    chosen = list(dict.fromkeys(ids[index] for index in indexes))
    return _begin(None, Asked(kind=kind, year=year, topic=str(year)), chosen, basis, actor)


def _begin(organization_id: int | None, asked: Asked, people: Sequence[int], basis: str, actor: Actor) -> ProofBatch:
    batch = ProofBatch(
        organization_id=organization_id,
        kind=asked.kind.value,
        year=asked.year,
        topic=asked.topic,
        state="running",
        basis=basis,
        requested_by_id=actor.account_id,
        created_at=clock.now(),
    )
    db.session.add(batch)
    db.session.flush()
    rows = [
        {"technician_id": person, "batch_id": batch.id, "position": position, "state": "waiting", "message": ""}
        for position, person in enumerate(people, 1)
    ]
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        db.session.execute(insert(ProofBatchItem), rows[first : first + _ROWS_AT_ONCE])
    audit.record("proof.batch", actor=actor, object_kind="proof_batch", object_id=batch.id, count=len(rows))
    batch.job_id = jobs.ask("proof_batch", actor=actor, total=len(rows), batch_id=batch.id).id
    return batch


def of_organization(organization_id: int) -> Select[ProofBatch]:
    """The batches of an employer, newest first."""
    return select(ProofBatch).where(ProofBatch.organization_id == organization_id).order_by(ProofBatch.id.desc())


def of_window(actor: Actor) -> Select[ProofBatch]:
    """The batches this officer began, newest first."""
    return (
        select(ProofBatch)
        .where(ProofBatch.organization_id.is_(None), ProofBatch.requested_by_id == actor.account_id)
        .order_by(ProofBatch.id.desc())
    )


def find(batch_id: int, *, seen_by: Actor) -> ProofBatch | None:
    """The batch if it is of the reader's organisation, or the officer's own."""
    if seen_by.organization_id is not None:
        query = of_organization(seen_by.organization_id)
    else:
        query = of_window(seen_by)
    return db.session.scalar(query.where(ProofBatch.id == batch_id))


def progress(batch_id: int) -> Progress:
    """How far the batch is now."""
    return progress_of([batch_id])[batch_id]


def progress_of(batch_ids: Sequence[int]) -> dict[int, Progress]:
    """How far each of these batches is now."""
    rows = db.session.execute(
        select(ProofBatchItem.batch_id, ProofBatchItem.state, func.count())
        .where(ProofBatchItem.batch_id.in_(batch_ids))
        .group_by(ProofBatchItem.batch_id, ProofBatchItem.state)
    )
    found: dict[int, dict[str, int]] = {batch_id: {} for batch_id in batch_ids}
    for batch_id, state, number in rows:
        found[batch_id][state] = number
    return {
        batch_id: Progress(
            total=sum(states.values()), issued=states.get("issued", 0), left_out=states.get("left_out", 0)
        )
        for batch_id, states in found.items()
    }


def left_out(batch_id: int) -> list[Any]:
    """Who got no proof, and why, in the order of the batch."""
    return list(
        db.session.execute(
            select(Technician.name, ProofBatchItem.message)
            .join(Technician, Technician.id == ProofBatchItem.technician_id)
            .where(ProofBatchItem.batch_id == batch_id, ProofBatchItem.state == "left_out")
            .order_by(ProofBatchItem.position)
        )
    )


def cancel(batch: ProofBatch, *, actor: Actor) -> None:
    """Make no more of them; what is being printed is finished, what was issued stays valid."""
    if not _move(batch.id, ("running",), "cancelled"):
        raise RuleError("这一批已经结束，请刷新后查看")
    audit.record("proof.batch_cancel", actor=actor, object_kind="proof_batch", object_id=batch.id)


def resume(batch: ProofBatch, *, actor: Actor) -> None:
    """Go on where a cancelled or broken batch ended; nobody gets a second proof."""
    if not _move(batch.id, ("cancelled", "stopped"), "running"):
        raise RuleError("这一批没有中断，请刷新后查看")
    audit.record("proof.batch_resume", actor=actor, object_kind="proof_batch", object_id=batch.id)
    job = db.session.get(Job, batch.job_id)
    # One that was cancelled a moment ago may not have noticed yet: it goes on, and no second one is needed.
    if job is None or job.state not in ("queued", "running"):
        again = jobs.ask("proof_batch", actor=actor, total=progress(batch.id).total, batch_id=batch.id)
        db.session.execute(update(ProofBatch).where(ProofBatch.id == batch.id).values(job_id=again.id))


def _move(batch_id: int, origins: Sequence[str], target: str, message: str = "") -> bool:
    moved = db.session.execute(
        update(ProofBatch)
        .where(ProofBatch.id == batch_id, ProofBatch.state.in_(origins))
        .values(state=target, message=message[:200], finished_at=None if target == "running" else clock.now())
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def _stop(message: str, batch_id: int) -> None:
    _move(batch_id, ("running",), "stopped", message)


# --- The work ---------------------------------------------------------------------------------------------------------


@jobs.handler("proof_batch", priority=1, give_up=_stop)
def work(run: jobs.Run, batch_id: int) -> dict[str, Any]:
    """Make the next few proofs of a batch and give way.

    What was frozen before a crash is printed first, so that no number is lost; of several workers each takes its own.
    """
    with transaction():
        frozen = _freeze(batch_id)
    release()
    papers = _print([(each, ProofFacts.from_json(text)) for each, text in frozen])
    with transaction():
        for each, data in papers:
            _hand_over(each, data)
        done = progress(batch_id)
        still = db.session.scalar(
            select(func.count())
            .select_from(ProofBatchItem)
            .where(ProofBatchItem.batch_id == batch_id, ProofBatchItem.state == "printing")
        )
        ended = done.waiting == 0 and _move(batch_id, ("running",), "done")
        goes_on = not ended and (
            bool(still) or db.session.scalar(select(ProofBatch.state).where(ProofBatch.id == batch_id)) == "running"
        )
    run.progress(done.done, done.total)
    return jobs.AGAIN if goes_on else {}


@dataclass(frozen=True)
class _Item:
    batch_id: int
    technician_id: int
    proof_id: int


def _freeze(batch_id: int) -> list[tuple[_Item, str]]:
    """Freeze the facts of the next few persons; what an earlier run has frozen and not printed comes first."""
    batch = db.session.get_one(ProofBatch, batch_id)
    states = ("printing", "waiting") if batch.state == "running" else ("printing",)
    items = db.session.scalars(
        select(ProofBatchItem)
        .where(ProofBatchItem.batch_id == batch_id, ProofBatchItem.state.in_(states))
        .order_by(ProofBatchItem.state, ProofBatchItem.position)
        .limit(AT_ONCE)
    ).all()
    asked = Asked(kind=ProofKind(batch.kind), year=batch.year, topic=batch.topic)
    agreed = set(
        db.session.scalars(
            proof_consents.agreed(batch.organization_id or 0).where(
                Technician.id.in_([item.technician_id for item in items])
            )
        )
    )
    actor = Actor(role=Role.SYSTEM, name="系统", account_id=batch.requested_by_id)
    frozen = []
    for item in items:
        if item.state == "waiting":
            if not batch.basis and item.technician_id not in agreed:
                item.state, item.message = "left_out", "本人已撤回同意，或已不在本单位"
                continue
            try:
                proof, _ = proofs.issue(db.session.get_one(Technician, item.technician_id), asked, actor)
            except RuleError as error:
                item.state, item.message = "left_out", error.message[:200]
                continue
            item.proof_id, item.state = proof.id, "issued" if proof.state == "valid" else "printing"
        if item.state == "printing":
            proof = db.session.get_one(Proof, (item.technician_id, item.proof_id))
            if proof.state == "issuing":
                frozen.append((_Item(batch_id, item.technician_id, proof.id), proof.facts))
            else:
                _settle(item, proof.state)
    return frozen


def _settle(item: ProofBatchItem, state: str) -> None:
    """The proof of an item was printed, replaced or lost by other hands."""
    if state == "valid":
        item.state = "issued"
    else:
        item.state, item.message = "left_out", "开具时学分有变更，请重新开具" if state == "superseded" else _FAILED


def _print(items: Sequence[tuple[_Item, ProofFacts]]) -> list[tuple[_Item, bytes | None]]:
    """The papers, drawn on all cores; None for one that could not be made."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def one(item: tuple[_Item, ProofFacts]) -> tuple[_Item, bytes | None]:
        each, facts = item
        with app.app_context():
            try:
                return each, proof_papers.signed(facts)
            except Exception:
                app.logger.exception("proof %s of a batch could not be printed", facts.number)
                return each, None

    if len(items) < 2:
        return [one(item) for item in items]
    with ThreadPoolExecutor(max_workers=min(len(items), os.cpu_count() or 1)) as pool:
        return list(pool.map(one, items))


def _hand_over(each: _Item, data: bytes | None) -> None:
    item = db.session.get_one(ProofBatchItem, (each.technician_id, each.batch_id))
    if item.state != "printing":
        return
    if data is None:
        proofs.give_up(_FAILED, each.technician_id, each.proof_id)
        item.state, item.message = "left_out", _FAILED
    elif proofs.take_effect(each.proof_id, each.technician_id, data):
        item.state = "issued"
    else:
        _settle(item, db.session.get_one(Proof, (each.technician_id, each.proof_id), populate_existing=True).state)
    db.session.flush()

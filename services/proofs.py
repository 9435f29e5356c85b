"""Official proofs: facts frozen at issue, a paper made from them by the worker, a state a stranger can ask for."""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, func, or_, select, update

from domain import proof_sharing
from domain.errors import RuleError
from domain.periods import china_date
from domain.proof_facts import NUMBER_PREFIX, ProofFacts, proof_number
from domain.proof_kinds import ProofKind
from domain.proof_sharing import Shown
from domain.public_log import LeafKind
from domain.roles import SYSTEM, Actor
from domain.verification_code import encode, normalise
from models import CreditEntry, Job, Proof, ProofCode, ProofNumber, StoredFile, Technician, db
from services import (
    as_of,
    audit,
    clock,
    files,
    jobs,
    ledger,
    notices,
    numbers,
    pdf,
    proof_content,
    proof_papers,
    public_log,
    register_history,
)
from services.proof_content import Asked, Content, settings
from services.transaction import release, transaction

JOB = "proof"
# What may be revoked: whatever a stranger may hold as a paper.
REVOCABLE = ("valid", "superseded")


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What anybody with the code is told: the frozen facts, the state now, and what changed since."""

    proof: Proof
    facts: ProofFacts
    later_entries: int
    superseded_by: str | None
    shown: Shown


def of_technician(technician_id: int) -> list[Proof]:
    """The person's proofs, newest first."""
    return list(db.session.scalars(select(Proof).where(Proof.technician_id == technician_id).order_by(Proof.id.desc())))


def find(proof_id: int, *, technician_id: int) -> Proof | None:
    """The proof if it is this person's."""
    return db.session.scalar(select(Proof).where(Proof.technician_id == technician_id, Proof.id == proof_id))


def find_by_number(number: str) -> Proof | None:
    """The proof with this printed number, for officers."""
    known = db.session.get(ProofNumber, number)
    return find(known.proof_id, technician_id=known.technician_id) if known else None


def issued(search: str = "") -> Select[*tuple[Any, ...]]:
    """All proofs, newest first, as rows for a list; of those whose number or holder's name has these characters."""
    query: Select[*tuple[Any, ...]] = (
        select(
            Proof.number,
            Proof.kind,
            Proof.first_year,
            Proof.year,
            Proof.state,
            Proof.superseded_by_id,
            Proof.issued_at,
            Technician.name,
        )
        .join(Technician, Technician.id == Proof.technician_id)
        .order_by(Proof.id.desc())
    )
    if not search:
        return query
    columns = (Proof.number, Technician.name)
    return query.where(or_(*(column.icontains(search, autoescape=True) for column in columns)))


def title_of(kind: str, first_year: int, year: int) -> str:
    """What a proof is called in lists: 2026年度学分证明, 学分情况证明（申请等级晋升用，2023—2026年度）."""
    years = f"{year}年度" if first_year == year else f"{first_year}—{year}年度"
    if kind == ProofKind.ANNUAL:
        return f"{years}学分证明"
    paper = ProofKind(kind).paper
    return f"{paper[:-1]}，{years}）" if paper.endswith("）") else f"{paper}（{years}）"


def title(proof: Proof) -> str:
    """The same of one proof; a learning proof is called by its activity."""
    if proof.kind == ProofKind.LEARNING.value:
        return f"{ProofKind.LEARNING.label}：{json.loads(proof.facts)['activity']}"
    return title_of(proof.kind, proof.first_year, proof.year)


def paper(proof: Proof) -> bytes:
    """The PDF as it was made; raises RuleError while it is not ready."""
    stored = db.session.get(StoredFile, proof.file_id) if proof.file_id is not None else None
    if stored is None:
        raise RuleError("证明正在生成，请稍候刷新页面")
    return files.read(stored)


def verify(typed: str) -> Verification | None:
    """What a code says, or None: a code never issued and a string that is none get the same answer (P-33)."""
    # What can be no code is looked for as well: the answer takes the same steps for both.
    found = db.session.get(ProofCode, normalise(typed) or "")
    if found is None:
        return None
    proof = find(found.proof_id, technician_id=found.technician_id)
    if proof is None or proof.state == "failed":
        return None
    facts = ProofFacts.from_json(proof.facts)
    # Counted, for ids tell the order in which entries were minted, not the one in which they were committed.
    now = db.session.scalar(
        select(func.count())
        .select_from(CreditEntry)
        .where(
            CreditEntry.technician_id == proof.technician_id,
            CreditEntry.year.between(proof.first_year, proof.year),
        )
    )
    return Verification(
        proof=proof,
        facts=facts,
        later_entries=max(0, (now or 0) - facts.posted) if facts.posted is not None else 0,
        superseded_by=_stands_for(proof),
        shown=proof_sharing.shown(proof.share_until, proof.share_detail, clock.now()),
    )


def _stands_for(proof: Proof) -> str | None:
    """The number of the proof that is held in place of this one, if any."""
    last = proof
    # What replaced it may have been replaced in its turn.
    while last.superseded_by_id is not None:
        last = db.session.get_one(Proof, (proof.technician_id, last.superseded_by_id))
    if last.state == "superseded":
        # Taken out of force by a reversal: nothing replaced it at that hour, but its holder may have asked since.
        return db.session.scalar(
            select(Proof.number).where(
                Proof.technician_id == proof.technician_id,
                Proof.kind == proof.kind,
                Proof.topic == proof.topic,
                Proof.state == "valid",
                Proof.id > last.id,
            )
        )
    return last.number if last is not proof else None


def request(
    technician: Technician, year: int, *, actor: Actor, kind: ProofKind = ProofKind.ANNUAL, topic: str | None = None
) -> tuple[Proof, Job | None]:
    """Freeze the facts now and ask the worker for the paper; an unchanged valid proof is given again.

    `topic` as in `Asked`; it is the year where it is left out. Raises RuleError when there is nothing to prove, or a
    character of the facts cannot be printed.
    """
    proof, is_new = issue(technician, Asked(kind=kind, year=year, topic=str(year) if topic is None else topic), actor)
    if not is_new:
        return proof, None
    return proof, jobs.ask(JOB, actor=actor, technician_id=technician.id, proof_id=proof.id)


def issue(technician: Technician, asked: Asked, actor: Actor) -> tuple[Proof, bool]:
    """Freeze the facts now, give them a number and a code; whoever asks sees to the paper (`make`).

    An unchanged valid proof is given again, with False. Raises as `request` does.
    """
    content, register_position = _content_now(technician, asked)
    facts = content.facts
    before = [
        proof
        for proof in of_technician(technician.id)
        if (proof.kind, proof.topic) == (asked.kind, asked.topic) and proof.state in ("issuing", "valid")
    ]
    for proof in before:
        if _same(ProofFacts.from_json(proof.facts), facts):
            return proof, False
    missing = pdf.missing_glyphs(facts.to_json(), settings().fonts_folder)
    if missing:
        raise pdf.MissingGlyph(missing)
    facts = _numbered(replace(facts, replaces=before[0].number if before else ""))
    proof = Proof(
        technician_id=technician.id,
        number=facts.number,
        code=facts.code,
        kind=asked.kind.value,
        topic=asked.topic,
        first_year=facts.first_year,
        year=facts.year,
        state="issuing",
        facts=facts.to_json(),
        facts_sha256=facts.sha256(),
        policy_version_id=content.version.id,
        register_position=register_position,
        requested_by_id=actor.account_id,
        issued_at=facts.issued_at,
        state_changed_at=facts.issued_at,
        # What its owner closed stays closed, whoever has it made anew.
        share_until=None
        if before and before[0].share_until is None
        else proof_sharing.until(max(proof_sharing.PERIODS), facts.issued_at),
        share_detail=before[0].share_detail if before else Shown.WHOLE.value,
    )
    db.session.add(proof)
    db.session.flush()
    db.session.add_all(
        (
            ProofCode(code=facts.code, technician_id=technician.id, proof_id=proof.id),
            ProofNumber(number=facts.number, technician_id=technician.id, proof_id=proof.id),
        )
    )
    audit.record("proof.request", actor=actor, object_kind="proof", object_id=proof.id, number=facts.number)
    return proof, True


def _content_now(technician: Technician, asked: Asked) -> tuple[Content, int]:
    """The facts and the state of the register they were read from, which nobody may have changed meanwhile."""
    before = register_history.position(technician.id)
    while True:
        content = proof_content.build(technician, asked, as_of.now())
        after = register_history.position(technician.id)
        if after == before:
            return content, after
        before = after


def share(proof: Proof, ends: datetime | None, detail: Shown, *, actor: Actor) -> None:
    """Let strangers with the code see so much of the proof until then; None closes it at once."""
    db.session.execute(
        update(Proof)
        .where(Proof.technician_id == proof.technician_id, Proof.id == proof.id)
        .values(share_until=ends, share_detail=detail.value)
    )
    audit.record(
        "proof.share",
        actor=actor,
        object_kind="proof",
        object_id=proof.id,
        ends=ends.isoformat() if ends else "",
        detail=detail,
    )


def give_up(message: str, technician_id: int, proof_id: int) -> None:
    """No paper could be made: the person may ask again, and gets another proof."""
    _move(technician_id, proof_id, "issuing", "failed", message)


@jobs.handler(JOB, priority=10, give_up=give_up)
def make(run: jobs.Run, technician_id: int, proof_id: int) -> dict[str, object]:
    """Print and sign the frozen facts and let the proof take effect. Printing twice gives the same bytes."""
    proof = find(proof_id, technician_id=technician_id)
    if proof is None or proof.state != "issuing":
        return {}
    facts = ProofFacts.from_json(proof.facts)
    release()
    data = proof_papers.signed(facts)
    with transaction():
        take_effect(proof_id, technician_id, data)
    return {"proof_id": str(proof_id)}


def take_effect(proof_id: int, technician_id: int, data: bytes) -> bool:
    """The paper of a proof is made: it is valid from now on, and what it replaces no longer.

    False, and nothing done, when credits were taken back, or a newer proof made, while this one was printed.
    """
    if not _move(technician_id, proof_id, "issuing", "valid"):
        return False
    proof = db.session.get_one(Proof, (technician_id, proof_id), populate_existing=True)
    stored = files.store(data, name=f"{proof.number}.pdf", media_type="application/pdf", actor=SYSTEM)
    proof.file_id = stored.id
    db.session.flush()
    public_log.tell_of_proofs(LeafKind.ISSUED, [(proof_id, proof.facts_sha256, stored.id)])
    # An earlier one still being printed is replaced too: of a topic one proof is valid, whoever prints faster.
    _supersede(
        update(Proof)
        .where(
            Proof.technician_id == technician_id,
            Proof.kind == proof.kind,
            Proof.topic == proof.topic,
            Proof.state.in_(("issuing", "valid")),
            Proof.id < proof_id,
        )
        .values(
            state="superseded",
            superseded_by_id=proof_id,
            state_changed_at=clock.now(),
            state_reason="已重新开具，由新证明替代",
        )
    )
    notices.tell_technicians(
        [technician_id],
        f"{title_of(proof.kind, proof.first_year, proof.year)}已开具",
        f"证明编号 {proof.number}，可以下载。",
        "/me/proofs",
    )
    return True


def revoke(proof: Proof, reason: str) -> None:
    """Take a proof back, once two people have decided so; its page stays for ever, with date and reason (INV-37)."""
    if proof.state not in REVOCABLE:
        raise RuleError("只有已签发的证明可以撤销，请刷新后核对其状态")
    if not _move(proof.technician_id, proof.id, proof.state, "revoked", reason):
        raise RuleError("该证明的状态已经变化，请刷新后核对")
    public_log.tell_of_proofs(LeafKind.REVOKED, [(proof.id, proof.facts_sha256, proof.file_id)])
    notices.tell_technicians(
        [proof.technician_id], f"学分证明 {proof.number} 已被撤销", f"撤销原因：{reason}", "/me/proofs"
    )


@ledger.on_reversal
def _supersede_after_reversal(entry: CreditEntry) -> None:
    """Credits a proof rests on were taken back: it is no longer what the ledger says (P-31)."""
    _supersede(
        update(Proof)
        .where(
            Proof.technician_id == entry.technician_id,
            Proof.first_year <= entry.year,
            Proof.year >= entry.year,
            # A learning proof speaks of one activity, whatever else the year holds.
            or_(Proof.kind != ProofKind.LEARNING.value, Proof.topic == str(entry.source_id)),
            Proof.state.in_(("valid", "issuing")),
        )
        .values(state="superseded", state_changed_at=clock.now(), state_reason="证明所依据的学分已被冲销，内容已变更")
    )


def supersede(proof: Proof, reason: str) -> None:
    """What the proof says is so no longer: it is replaced, by nothing yet."""
    _supersede(
        update(Proof)
        .where(Proof.technician_id == proof.technician_id, Proof.id == proof.id, Proof.state.in_(("valid", "issuing")))
        .values(state="superseded", state_changed_at=clock.now(), state_reason=reason[:200])
    )


def _supersede(statement: Update) -> None:
    """Replace the proofs of this statement, and tell the public log of those that were printed."""
    moved = db.session.execute(statement.returning(Proof.id, Proof.facts_sha256, Proof.file_id))
    public_log.tell_of_proofs(LeafKind.SUPERSEDED, [(row.id, row.facts_sha256, row.file_id) for row in moved])


def _move(technician_id: int, proof_id: int, origin: str, target: str, reason: str = "") -> bool:
    moved = db.session.execute(
        update(Proof)
        .where(Proof.technician_id == technician_id, Proof.id == proof_id, Proof.state == origin)
        .values(state=target, state_reason=reason[:200], state_changed_at=clock.now())
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def _same(issued: ProofFacts, now: ProofFacts) -> bool:
    """Whether a proof already says exactly this: all but its number, code, addresses, time, what it replaced, and
    the place in the ledger: a later entry of another year changes nothing here."""
    return (
        replace(
            now,
            number=issued.number,
            code=issued.code,
            verify_url=issued.verify_url,
            verify_page=issued.verify_page,
            issued_at=issued.issued_at,
            replaces=issued.replaces,
            ledger_position=issued.ledger_position,
        )
        == issued
    )


def _numbered(facts: ProofFacts) -> ProofFacts:
    code = encode(secrets.token_bytes(16))
    issued_year = china_date(facts.issued_at).year
    return replace(
        facts,
        number=proof_number(NUMBER_PREFIX, issued_year, numbers.next_in(f"{NUMBER_PREFIX}-{issued_year}")),
        code=code,
        verify_url=f"{settings().base_url}/v/{code}",
    )

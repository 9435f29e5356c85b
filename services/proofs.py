"""Official proofs: facts frozen at issue, a paper made from them by the worker, a state a stranger can ask for."""

import secrets
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import Select, func, select, update

from config import Settings
from domain import proof_sharing
from domain.credit_entries import from_tenths
from domain.credit_policy import Policy as CreditPolicy
from domain.errors import RuleError
from domain.identity import IdType, Sex
from domain.ledger_rules import EntryKind
from domain.periods import china_date
from domain.proof_facts import (
    Certificate,
    Entry,
    Floor,
    Issuer,
    Person,
    Policy,
    ProofFacts,
    Seal,
    proof_number,
)
from domain.proof_sharing import Shown
from domain.roles import SYSTEM, Actor
from domain.skills import CertificateKind
from domain.verification_code import encode, normalise
from models import CreditEntry, Job, Proof, ProofCode, ProofNumber, StoredFile, Technician, db
from services import (
    audit,
    clock,
    compliance,
    files,
    jobs,
    ledger,
    notices,
    numbers,
    pdf,
    reference,
    registry,
    result_posting,
    signing,
)
from services.compliance import Standing
from services.transaction import release, transaction

_PREFIX = "JHJX"
_ISSUER = Issuer(unit="金华市人力资源和社会保障局", region="金华市")
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


def issued(number: str = "") -> Select[*tuple[Any, ...]]:
    """All proofs, newest first, as rows for a list; of those whose number holds these characters."""
    query: Select[*tuple[Any, ...]] = (
        select(Proof.number, Proof.year, Proof.state, Proof.issued_at, Technician.name)
        .join(Technician, Technician.id == Proof.technician_id)
        .order_by(Proof.id.desc())
    )
    return query.where(Proof.number.contains(number, autoescape=True)) if number else query


def paper(proof: Proof) -> bytes:
    """The PDF as it was made; raises RuleError while it is not ready."""
    stored = db.session.get(StoredFile, proof.file_id) if proof.file_id is not None else None
    if stored is None:
        raise RuleError("证明正在生成，请稍候刷新页面")
    return files.read(stored)


def verify(typed: str) -> Verification | None:
    """What a code says, or None: a code never issued and a string that is none get the same answer (P-33)."""
    code = normalise(typed)
    found = db.session.get(ProofCode, code) if code else None
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
        .where(CreditEntry.technician_id == proof.technician_id, CreditEntry.year == proof.year)
    )
    successor = (
        find(proof.superseded_by_id, technician_id=proof.technician_id) if proof.superseded_by_id is not None else None
    )
    return Verification(
        proof=proof,
        facts=facts,
        later_entries=max(0, (now or 0) - len(facts.entries)),
        superseded_by=successor.number if successor else None,
        shown=proof_sharing.shown(proof.share_until, proof.share_detail, clock.now()),
    )


def request(technician: Technician, year: int, *, actor: Actor) -> tuple[Proof, Job | None]:
    """Freeze the facts of a year and ask the worker for the paper; an unchanged valid proof is given again.

    Raises RuleError when the year holds nothing to prove, or a character of the facts cannot be printed.
    """
    standing = compliance.standing(technician.id, year)
    if not standing.of_year():
        raise RuleError(f"{year}年度还没有学分记录，暂不能开具证明")
    facts = _facts(technician, year, standing)
    for proof in of_technician(technician.id):
        if (
            proof.year == year
            and proof.state in ("issuing", "valid")
            and _same(ProofFacts.from_json(proof.facts), facts)
        ):
            return proof, None
    missing = pdf.missing_glyphs(facts.to_json(), _settings().fonts_folder)
    if missing:
        raise pdf.MissingGlyph(missing)
    facts = _numbered(facts)
    proof = Proof(
        technician_id=technician.id,
        number=facts.number,
        code=facts.code,
        year=year,
        state="issuing",
        facts=facts.to_json(),
        facts_sha256=facts.sha256(),
        policy_version_id=standing.version.id,
        requested_by_id=actor.account_id,
        issued_at=facts.issued_at,
        state_changed_at=facts.issued_at,
        share_until=proof_sharing.until(max(proof_sharing.PERIODS), facts.issued_at),
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
    job = jobs.ask("proof", actor=actor, technician_id=technician.id, proof_id=proof.id)
    return proof, job


def share(proof: Proof, days: int | None, detail: Shown, *, actor: Actor) -> None:
    """Let strangers with the code see the proof for so many days from now on; None closes it at once."""
    ends = proof_sharing.until(days, clock.now()) if days else None
    db.session.execute(
        update(Proof)
        .where(Proof.technician_id == proof.technician_id, Proof.id == proof.id)
        .values(share_until=ends, share_detail=detail.value)
    )
    audit.record("proof.share", actor=actor, object_kind="proof", object_id=proof.id, days=days or 0, detail=detail)


def _give_up(message: str, technician_id: int, proof_id: int) -> None:
    """No paper could be made: the person may ask again, and gets another proof."""
    _move(technician_id, proof_id, "issuing", "failed", message)


@jobs.handler("proof", priority=10, give_up=_give_up)
def make(run: jobs.Run, technician_id: int, proof_id: int) -> dict[str, object]:
    """Print and sign the frozen facts and let the proof take effect. Printing twice gives the same bytes."""
    proof = find(proof_id, technician_id=technician_id)
    if proof is None or proof.state != "issuing":
        return {}
    facts = ProofFacts.from_json(proof.facts)
    release()
    data = _signed(facts)
    with transaction():
        if not _move(technician_id, proof_id, "issuing", "valid"):
            # Credits were taken back, or a newer proof made, while this one was printed.
            return {}
        stored = files.store(data, name=f"{facts.number}.pdf", media_type="application/pdf", actor=SYSTEM)
        db.session.execute(
            update(Proof).where(Proof.technician_id == technician_id, Proof.id == proof_id).values(file_id=stored.id)
        )
        # An earlier one still being printed is replaced too: of a year one proof is valid, whoever prints faster.
        db.session.execute(
            update(Proof)
            .where(
                Proof.technician_id == technician_id,
                Proof.year == facts.year,
                Proof.state.in_(("issuing", "valid")),
                Proof.id < proof_id,
            )
            .values(
                state="superseded",
                superseded_by_id=proof_id,
                state_changed_at=clock.now(),
                state_reason="本人重新开具，已由新证明替代",
            )
        )
        notices.tell_technicians(
            [technician_id],
            f"{facts.year}年度学分证明已开具",
            f"证明编号 {facts.number}，可以下载。",
            "/me/proofs",
        )
    return {"proof_id": str(proof_id)}


def _signed(facts: ProofFacts) -> bytes:
    sealer = signing.sealer()
    if facts.seal.lawful and sealer.development:
        raise signing.SigningRefused("有法律效力的证明不能用开发用证书签名，请配置签章证书")
    return sealer.seal(pdf.render_proof(facts, fonts_folder=_settings().fonts_folder))


def revoke(proof: Proof, reason: str) -> None:
    """Take a proof back, once two people have decided so; its page stays for ever, with date and reason (INV-37)."""
    if proof.state not in REVOCABLE:
        raise RuleError("只有已签发的证明可以撤销，请刷新后核对其状态")
    if not _move(proof.technician_id, proof.id, proof.state, "revoked", reason):
        raise RuleError("该证明的状态已经变化，请刷新后核对")
    notices.tell_technicians(
        [proof.technician_id], f"学分证明 {proof.number} 已被撤销", f"撤销原因：{reason}", "/me/proofs"
    )


@ledger.on_reversal
def _supersede_after_reversal(entry: CreditEntry) -> None:
    """Credits a proof rests on were taken back: it is no longer what the ledger says (P-31)."""
    db.session.execute(
        update(Proof)
        .where(
            Proof.technician_id == entry.technician_id,
            Proof.year == entry.year,
            Proof.state.in_(("valid", "issuing")),
        )
        .values(state="superseded", state_changed_at=clock.now(), state_reason="证明所依据的学分已被冲销，内容已变更")
    )


def _move(technician_id: int, proof_id: int, origin: str, target: str, reason: str = "") -> bool:
    moved = db.session.execute(
        update(Proof)
        .where(Proof.technician_id == technician_id, Proof.id == proof_id, Proof.state == origin)
        .values(state=target, state_reason=reason[:200], state_changed_at=clock.now())
    )
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _same(issued: ProofFacts, now: ProofFacts) -> bool:
    """Whether a proof already says exactly this: all but its number, code, addresses and time."""
    return (
        replace(
            now,
            number=issued.number,
            code=issued.code,
            verify_url=issued.verify_url,
            verify_page=issued.verify_page,
            issued_at=issued.issued_at,
        )
        == issued
    )


def _numbered(facts: ProofFacts) -> ProofFacts:
    code = encode(secrets.token_bytes(16))
    issued_year = china_date(facts.issued_at).year
    return replace(
        facts,
        number=proof_number(_PREFIX, issued_year, numbers.next_in(f"{_PREFIX}-{issued_year}")),
        code=code,
        verify_url=f"{_settings().base_url}/v/{code}",
    )


def _late(entry: CreditEntry, policy: CreditPolicy) -> list[str]:
    """What a proof says of credits that came after the year was closed (P-09)."""
    late = result_posting.is_closed(entry.year, china_date(entry.posted_at), policy)
    return ["关账后补录"] if late and entry.kind == EntryKind.AWARD else []


def _facts(technician: Technician, year: int, standing: Standing) -> ProofFacts:
    """What the proof of this year says now, without number and code."""
    evaluation, policy = standing.evaluation, standing.policy
    employer = registry.present_employer(technician.id)
    counted = standing.of_year()
    return ProofFacts(
        number="",
        code="",
        verify_url="",
        verify_page=f"{_settings().base_url}/verify",
        issued_at=clock.now().replace(microsecond=0),
        issuer=_ISSUER,
        # Until a lawful seal is configured, the paper and the verification page say that it is none.
        seal=Seal(text=_ISSUER.unit, lawful=_settings().seal_lawful),
        person=Person(
            name=technician.name,
            sex=Sex(technician.sex).label,
            id_type=IdType(technician.id_type).label,
            id_masked=registry.masked_id(technician),
        ),
        certificates=tuple(
            Certificate(
                kind=CertificateKind(certificate.kind).label,
                occupation=certificate.occupation,
                level=reference.level_names()[certificate.level] if certificate.level else "",
                number=certificate.number,
                issued_on=certificate.issued_on,
                issuer=certificate.issuer,
            )
            for certificate in registry.certificates_of([technician.id]).get(technician.id, [])
            if certificate.state == "valid"
        ),
        employer=employer.name if employer else "灵活就业",
        year=year,
        policy=Policy(
            key=policy.key,
            name=policy.name,
            version=standing.version.sha256[:12],
            articles=tuple(f"第{article}条" for article in sorted({f.article for f in evaluation.floors if f.article})),
        ),
        floors=tuple(
            Floor(
                key=floor.key,
                label=floor.label,
                required=floor.required,
                earned=floor.counted,
                missing=floor.missing,
                met=floor.met,
                article=f"第{floor.article}条" if floor.article else "",
            )
            for floor in evaluation.floors
        ),
        compliant=evaluation.compliant,
        conclusion=evaluation.summary,
        entries=tuple(
            Entry(
                occurred_on=entry.occurred_on,
                title=entry.source_title,
                form=policy.form(entry.form).label,
                subject=policy.subject(entry.subject).label,
                hours=from_tenths(entry.hours_tenths),
                credits=from_tenths(entry.credits_tenths),
                counted=outcome.counted,
                reason="、".join([*sorted({cut.rule for cut in outcome.cuts}), *_late(entry, policy)]),
            )
            for entry, outcome in counted
        ),
        ledger_position=max(entry.id for entry, _ in counted),
    )

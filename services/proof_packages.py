"""The proofs of a batch as one ZIP with an index, put together while it is sent: never whole in memory or on disk."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from domain import proof_states
from domain.identity import mask_id
from domain.proof_facts import grouped
from domain.roles import Actor
from models import Proof, ProofBatch, ProofBatchItem, StoredFile, Technician, db
from services import (
    audit,
    clock,
    crypto,
    files,
    proof_consents,
    proofs,
    record_looks,
    registry,
    sheet_writing,
    zip_stream,
)
from services.transaction import release
from services.zip_stream import Member

_HEADERS = ("序号", "姓名", "证件号码", "证明编号", "结论", "核验码", "现在的状态", "文件", "说明")
_WIDTHS = (6, 12, 22, 24, 60, 36, 14, 44, 40)
# What no file system takes in a name.
_UNSAFE = str.maketrans(dict.fromkeys('\\/:*?"<>|', "_"))


@dataclass(frozen=True, kw_only=True)
class Package:
    """A ZIP on its way: its name, and its bytes in order."""

    name: str
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class _Line:
    technician_id: int
    values: tuple[object, ...]
    path: str
    file_id: int | None


def pack(batch: ProofBatch, *, actor: Actor) -> Package:
    """The valid proofs of the batch; in a transaction, for it is noted, and told to each, who took them away.

    Left out is whoever has taken consent back or left the employer since: the index says so (INV-21).
    """
    audit.record("proof.batch_download", actor=actor, object_kind="proof_batch", object_id=batch.id)
    lines = _lines(batch)
    given = [line.technician_id for line in lines if line.file_id is not None]
    record_looks.note_all(given, record_looks.Page.PROOF, actor=actor)
    index = sheet_writing.write_table(_HEADERS, (line.values for line in lines), title="索引", widths=_WIDTHS)
    papers = [(line.path, line.file_id) for line in lines if line.file_id is not None]
    members = [Member(path="索引.xlsx", chunks=lambda: [index]), *(_paper(path, each) for path, each in papers)]
    return Package(
        name=f"{proofs.title_of(batch.kind, batch.year, batch.year)}-{len(papers)}份.zip",
        chunks=zip_stream.stream(members, at=clock.now()),
    )


def _lines(batch: ProofBatch) -> list[_Line]:
    agreed = set(db.session.scalars(proof_consents.agreed(batch.organization_id or 0)))
    rows = db.session.execute(
        select(
            ProofBatchItem.position,
            ProofBatchItem.technician_id,
            ProofBatchItem.state.label("item_state"),
            ProofBatchItem.message,
            Technician.name,
            Technician.id_number_sealed,
            Proof.number,
            Proof.code,
            Proof.state,
            Proof.superseded_by_id,
            Proof.file_id,
            Proof.facts,
        )
        .join(Technician, Technician.id == ProofBatchItem.technician_id)
        .outerjoin(
            Proof,
            (Proof.technician_id == ProofBatchItem.technician_id) & (Proof.id == ProofBatchItem.proof_id),
        )
        .where(ProofBatchItem.batch_id == batch.id)
        .order_by(ProofBatchItem.position)
    )
    lines = []
    for row in rows:
        allowed = bool(batch.basis) or row.technician_id in agreed
        given = allowed and row.item_state == "issued" and row.state == "valid" and row.file_id is not None
        path = f"{row.position:04d}-{row.name.translate(_UNSAFE)}-{row.number}.pdf" if given else ""
        if given:
            note = ""
        elif not allowed:
            note = "本人已撤回同意，或已不在本单位，未附证明"
        else:
            note = row.message or ("尚未开具" if row.item_state in ("waiting", "printing") else "证明已失效，未附")
        told = allowed and row.number is not None
        values = (
            row.position,
            row.name,
            mask_id(crypto.unseal(row.id_number_sealed, registry.ID_NUMBER)),
            row.number if told else "",
            json.loads(row.facts)["conclusion"] if told else "",
            grouped(row.code) if told else "",
            proof_states.LABELS[proof_states.said(row.state, row.superseded_by_id)] if told else "",
            path,
            note,
        )
        lines.append(_Line(row.technician_id, values, path, row.file_id if given else None))
    return lines


def _paper(path: str, file_id: int) -> Member:
    def chunks() -> Iterable[bytes]:
        # One read after another: between them nothing holds a snapshot of the database open.
        stored = db.session.get_one(StoredFile, file_id)
        data = files.read(stored)
        db.session.expunge(stored)
        release()
        return [data]

    return Member(path=path, chunks=chunks)

"""The public log: leaves written with what they tell of, and what anybody may read of it (trust in proofs, art. 10)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, insert, select

from config import ROOT
from domain import merkle
from domain.errors import RuleError
from domain.periods import china_date
from domain.public_log import LeafKind, proof_leaf
from models import LogBlock, LogHead, LogLeaf, LogPlace, Proof, SealedDay, StoredFile, db
from services import clock

# How many leaves a stored subtree holds: a power of two, so that the trees of the proofs are made of whole ones.
BLOCK = 256


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A leaf in the log, with the first head that holds it; head and position are None until its day is sealed."""

    kind: LeafKind
    content: str
    recorded_at: datetime
    position: int | None
    head_day: date | None
    head_size: int | None


@dataclass(frozen=True, kw_only=True)
class Inclusion:
    """The proof that a leaf stands at its place in the log of so many leaves."""

    position: int
    size: int
    leaf_hash: bytes
    root: bytes
    path: list[bytes]


# --- Writing: in the transaction of what the leaf tells of ------------------------------------------------------------


def tell_of_proofs(kind: LeafKind, proofs: Iterable[tuple[int, str, int | None]]) -> None:
    """Tell that these proofs were issued, replaced or revoked: (id, hash of the facts, file). One without a file was
    never in anybody's hands, and the log says nothing of it."""
    printed = [(proof_id, facts, file_id) for proof_id, facts, file_id in proofs if file_id is not None]
    if not printed:
        return
    files = {
        row.id: row.sha256
        for row in db.session.execute(
            select(StoredFile.id, StoredFile.sha256).where(StoredFile.id.in_([file_id for *_, file_id in printed]))
        )
    }
    now = clock.now()
    rows = [
        {
            "kind": kind.value,
            "proof_id": proof_id,
            "content": proof_leaf(kind, facts_sha256=facts, file_sha256=files[file_id], on=china_date(now)),
            "recorded_at": now,
        }
        for proof_id, facts, file_id in printed
    ]
    db.session.execute(insert(LogLeaf), rows)


# --- Reading ----------------------------------------------------------------------------------------------------------


def heads() -> Select[*tuple[Any, ...]]:
    """The signed heads as rows for a list, newest first."""
    return select(LogHead.day, LogHead.size, LogHead.root, LogHead.signed_at).order_by(LogHead.day.desc())


def latest() -> LogHead | None:
    """The newest head, or None before the first day was sealed."""
    return db.session.scalar(select(LogHead).order_by(LogHead.day.desc()).limit(1))


def head_of(day: date) -> LogHead | None:
    return db.session.get(LogHead, day)


def head_before(day: date) -> LogHead | None:
    """The head before that of this day."""
    return db.session.scalar(select(LogHead).where(LogHead.day < day).order_by(LogHead.day.desc()).limit(1))


def head_of_size(size: int) -> LogHead | None:
    """The first head that covers exactly so many leaves."""
    return db.session.scalar(select(LogHead).where(LogHead.size == size).order_by(LogHead.day).limit(1))


def notes() -> list[dict[str, Any]]:
    """All heads for programs, oldest first."""
    rows = db.session.execute(
        select(LogHead.day, LogHead.size, LogHead.root, LogHead.note, LogHead.key).order_by(LogHead.day)
    )
    return [
        {"day": row.day.isoformat(), "size": row.size, "root": row.root, "note": row.note, "key": row.key}
        for row in rows
    ]


def script() -> bytes:
    """The program with which anybody checks the log on a machine of their own."""
    return (ROOT / "reference" / "log_check.py").read_bytes()


def leaves(start: int, end: int) -> list[tuple[int, str, str]]:
    """The published leaves from position `start` to before `end`: position, content, hash."""
    rows = db.session.execute(
        select(LogPlace.position, LogLeaf.content, LogPlace.hash)
        .join(LogLeaf, LogLeaf.id == LogPlace.leaf_id)
        .where(LogPlace.position >= start, LogPlace.position < end)
        .order_by(LogPlace.position)
    )
    return [(row.position, row.content, row.hash) for row in rows]


def entries_of(proof: Proof) -> list[Entry]:
    """What the log says of a proof, oldest first."""
    return [
        Entry(
            kind=LeafKind(row.kind),
            content=row.content,
            recorded_at=row.recorded_at,
            position=row.position,
            head_day=head.day if head else None,
            head_size=head.size if head else None,
        )
        for row in db.session.execute(
            select(LogLeaf.kind, LogLeaf.content, LogLeaf.recorded_at, LogPlace.position)
            .outerjoin(LogPlace, LogPlace.leaf_id == LogLeaf.id)
            .where(LogLeaf.proof_id == proof.id)
            .order_by(LogLeaf.id)
        )
        for head in [_first_head_with(row.position)]
    ]


def _first_head_with(position: int | None) -> Any:
    if position is None:
        return None
    return db.session.execute(
        select(LogHead.day, LogHead.size).where(LogHead.size > position).order_by(LogHead.size, LogHead.day).limit(1)
    ).first()


def sealed_days() -> dict[str, int]:
    """How many days of each book are sealed."""
    return {row[0]: row[1] for row in db.session.execute(select(SealedDay.book, func.count()).group_by(SealedDay.book))}


def inclusion(position: int, size: int) -> Inclusion:
    """The proof that the leaf at `position` is among the first `size`. Raises RuleError when the log is not so long."""
    _check_within(size)
    if not 0 <= position < size:
        raise RuleError(f"日志在该时只有 {size} 条，没有第 {position} 条（从 0 数起）", code="no_leaf")
    tree = _Stored()
    return Inclusion(
        position=position,
        size=size,
        leaf_hash=tree.subtree(position, position + 1),
        root=tree.subtree(0, size),
        path=merkle.inclusion_path(position, size, tree.subtree),
    )


def consistency(old: int, new: int) -> list[bytes]:
    """The proof that the log of `new` leaves begins with the whole log of `old`. Raises RuleError as `inclusion`."""
    _check_within(new)
    if not 0 < old <= new:
        raise RuleError("较早的日志必须至少有一条记录，且不能比较新的日志更长", code="no_leaf")
    return merkle.consistency_path(old, new, _Stored().subtree)


def root(size: int) -> bytes:
    """The root over the first `size` leaves."""
    return _Stored().subtree(0, size) if size else merkle.EMPTY_ROOT


def _check_within(size: int) -> None:
    # Only what a published head covers is proved: a longer log may still lose its end to a restored backup.
    newest = latest()
    if newest is None or size > newest.size:
        raise RuleError("日志还没有这么长，请以最新公布的日志头为准", code="no_leaf")


class _Stored:
    """Subtrees of the stored log, for one proof: whole blocks by their stored roots, the rest leaf by leaf."""

    def __init__(self) -> None:
        self._leaves: dict[int, list[bytes]] = {}

    def subtree(self, start: int, end: int) -> bytes:
        size = end - start
        if size <= BLOCK and start // BLOCK == (end - 1) // BLOCK:
            first = start - start % BLOCK
            return merkle.root_of(self._block(first)[start - first : end - first])
        if start % BLOCK == 0 and end % BLOCK == 0:
            return merkle.root_of(_block_roots(start // BLOCK, end // BLOCK))
        middle = start + (1 << (size - 1).bit_length() - 1)
        return merkle.node_hash(self.subtree(start, middle), self.subtree(middle, end))

    def _block(self, first: int) -> list[bytes]:
        if first not in self._leaves:
            self._leaves[first] = [
                bytes.fromhex(value)
                for value in db.session.scalars(
                    select(LogPlace.hash)
                    .where(LogPlace.position >= first, LogPlace.position < first + BLOCK)
                    .order_by(LogPlace.position)
                )
            ]
        return self._leaves[first]


def _block_roots(first: int, last: int) -> list[bytes]:
    rows = db.session.scalars(
        select(LogBlock.root).where(LogBlock.block >= first, LogBlock.block < last).order_by(LogBlock.block)
    )
    return [bytes.fromhex(value) for value in rows]

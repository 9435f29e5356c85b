"""The whole public log checked from its first leaf: places, heads, sealed days, proofs, copies kept elsewhere."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import func, select

from domain.book_checks import Problem
from domain.merkle import Tree, leaf_hash, root_of
from domain.proof_facts import ProofFacts
from domain.public_log import BadNote, Book, LeafKind, day_leaf, note_hash
from models import (
    LogBlock,
    LogHead,
    LogLeaf,
    LogPlace,
    Proof,
    ProofCode,
    ProofNumber,
    ProofRevocation,
    SealedDay,
    StoredFile,
    db,
)
from services import clock, log_books, log_keys, log_standing, public_log, registers
from services.log_books import Day

# The next sealing gives a leaf its place; after two nights it was forgotten.
_PLACED_WITHIN = timedelta(days=2)
_ONE_ACT = timedelta(minutes=1)
_STREAMED = {"stream_results": True, "yield_per": 1000}


@dataclass(frozen=True, kw_only=True)
class Totals:
    """How much was checked."""

    leaves: int
    heads: int
    days: int
    rows: int


def totals() -> Totals:
    days = db.session.execute(
        select(func.count(), func.coalesce(func.sum(SealedDay.entries), 0)).select_from(SealedDay)
    )
    counted = days.one()
    return Totals(
        leaves=db.session.scalar(select(func.count()).select_from(LogPlace)) or 0,
        heads=db.session.scalar(select(func.count()).select_from(LogHead)) or 0,
        days=counted[0],
        rows=counted[1],
    )


def verify(limit: int = 20, copies: Iterable[Path] = ()) -> list[Problem]:
    """The first `limit` problems of each check; `copies` are heads kept elsewhere, as files or folders of files."""
    checks = (
        _tree(),
        _waiting(),
        _sealed_days(),
        _proofs(),
        _reasons(),
        _codes(),
        _registers(),
        _outside([log_standing.feed_folder(), *copies]),
    )
    return [problem for check in checks for problem in islice(check, limit)]


# --- The log by itself ------------------------------------------------------------------------------------------------


def _tree() -> Iterator[Problem]:
    """Every leaf is where it was, and every head says what the leaves before it come to."""
    heads = list(db.session.scalars(select(LogHead).order_by(LogHead.day)))
    blocks = {row.block: row.root for row in db.session.execute(select(LogBlock.block, LogBlock.root))}
    yield from _heads_alone(heads)
    tree, block, expected = Tree(), Tree(), 0
    waiting = sorted(heads, key=lambda head: (head.size, head.day))
    while waiting and waiting[0].size == 0:
        yield from _root_of(waiting.pop(0), tree)
    query = (
        select(LogPlace.position, LogPlace.hash, LogLeaf.content)
        .outerjoin(LogLeaf, LogLeaf.id == LogPlace.leaf_id)
        .order_by(LogPlace.position)
    )
    with db.session.connection().execute(query, execution_options=_STREAMED) as rows:
        for row in rows:
            if row.position != expected:
                yield Problem("places", f"leaf {expected}", f"is missing; the next one there is {row.position}")
                return
            hashed = leaf_hash((row.content or "").encode())
            if hashed.hex() != row.hash:
                yield Problem("leaves", f"leaf {row.position}", "its content is not what was hashed")
            tree.add(hashed)
            block.add(hashed)
            expected += 1
            if expected % public_log.BLOCK == 0:
                if blocks.pop(expected // public_log.BLOCK - 1, None) != block.root().hex():
                    yield Problem("blocks", f"block {expected // public_log.BLOCK - 1}", "its stored root is another")
                block = Tree()
            while waiting and waiting[0].size == expected:
                yield from _root_of(waiting.pop(0), tree)
    for head in waiting:
        yield Problem("heads", f"head of {head.day}", f"covers {head.size} leaves, there are {expected}")
    for number in sorted(blocks):
        yield Problem("blocks", f"block {number}", "is stored, but its leaves are not there")


def _root_of(head: LogHead, tree: Tree) -> Iterator[Problem]:
    if tree.root().hex() != head.root:
        yield Problem("heads", f"head of {head.day}", f"its root is not that of the first {head.size} leaves")


def _heads_alone(heads: list[LogHead]) -> Iterator[Problem]:
    """Each head is signed, says what its row says, names the one before and is no shorter than it."""
    previous, size = "", 0
    for head in heads:
        where = f"head of {head.day}"
        try:
            read = log_keys.check(head.note, head.key)
        except BadNote as error:
            yield Problem("heads", where, f"its signature does not hold: {error.message}")
            read = None
        if read is not None:
            if (read.day, read.size, read.root.hex()) != (head.day, head.size, head.root):
                yield Problem("heads", where, "its row says something else than its note")
            if read.previous != previous:
                yield Problem("heads", where, "does not follow the head before it")
        if head.size < size:
            yield Problem("heads", where, f"covers {head.size} leaves, the head before it {size}")
        previous, size = note_hash(head.note), head.size


def _waiting() -> Iterator[Problem]:
    """No leaf waits for its place longer than to the next sealing."""
    long_ago = clock.now() - _PLACED_WITHIN
    newest = public_log.latest()
    if newest is None or newest.signed_at < long_ago:
        # Nothing was sealed lately: not the leaf's fault, and said by the heads' page.
        return
    query = (
        select(LogLeaf.id, LogLeaf.content)
        .outerjoin(LogPlace, LogPlace.leaf_id == LogLeaf.id)
        .where(LogPlace.leaf_id.is_(None), LogLeaf.recorded_at < long_ago)
        .order_by(LogLeaf.id)
    )
    for row in db.session.execute(query):
        yield Problem("places", f"leaf with id {row.id}", f"never got a place: {row.content}")


# --- The books --------------------------------------------------------------------------------------------------------


def _sealed_days() -> Iterator[Problem]:
    """Each sealed day of a book holds the very rows it held, and no row came to a day that was over."""
    newest = public_log.latest()
    for book in Book:
        sealed = {
            row.day: row
            for row in db.session.execute(
                select(SealedDay.day, SealedDay.entries, SealedDay.root, SealedDay.salt, LogLeaf.content)
                .outerjoin(LogLeaf, LogLeaf.id == SealedDay.leaf_id)
                .where(SealedDay.book == book.value)
                .order_by(SealedDay.day)
            )
        }
        until = max([newest.day, *sealed] if newest else sealed, default=None)
        if until is None:
            continue
        for found in log_books.days(book, None, until + timedelta(days=1)):
            row = sealed.pop(found.day, None)
            if row is None:
                ids = ", ".join(str(row_id) for row_id, _ in log_books.hashes(found.rows)[:5])
                yield Problem(book.value, f"{found.day}", f"{found.entries} rows came to a day that was over: {ids}")
                continue
            root, salt = _bytes(row.root), _bytes(row.salt)
            if row.content != day_leaf(book, day=row.day, entries=row.entries, root=root, salt=salt):
                yield Problem(book.value, f"{row.day}", "the sealed day is not the one the log tells of")
            kept = _kept_rows(found)
            if found.root != root:
                yield from _rows_that_differ(found, root, kept)
            elif kept != found.rows:
                yield Problem(book.value, f"{row.day}", "the hashes kept of its rows were changed")
        for day in sealed:
            yield Problem(book.value, f"{day}", f"all its {sealed[day].entries} rows are gone")


def _bytes(text: str) -> bytes:
    """What a hexadecimal text says; nothing for what is none any more, which fits no leaf."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def _kept_rows(found: Day) -> bytes:
    """The hashes of the rows as they were kept when the day was sealed."""
    where = (SealedDay.book == found.book.value, SealedDay.day == found.day)
    return db.session.scalar(select(SealedDay.rows).where(*where)) or b""


def _rows_that_differ(found: Day, root: bytes, packed: bytes) -> Iterator[Problem]:
    """Which rows of the day were changed, removed or added: by the hashes that were kept when it was sealed."""
    where = f"{found.day}"
    kept, now = log_books.hashes(packed), log_books.hashes(found.rows)
    if root_of(hashed for _, hashed in kept) != root:
        yield Problem(found.book.value, where, "its rows differ, and the hashes kept of them were changed too")
        return
    lost, new = set(kept) - set(now), set(now) - set(kept)
    lost_ids, new_ids = {row_id for row_id, _ in lost}, {row_id for row_id, _ in new}
    for row_id in sorted(lost_ids | new_ids):
        what = "was added later" if row_id not in lost_ids else "is gone" if row_id not in new_ids else "was changed"
        yield Problem(found.book.value, f"{where} row {row_id}", what)
    if not lost and not new:
        yield Problem(found.book.value, where, "its rows are in another order, or one is there twice")


# --- Proofs -----------------------------------------------------------------------------------------------------------

# What a row repeats of its facts, so that it can be searched for.
_FROZEN = (Proof.number, Proof.code, Proof.kind, Proof.first_year, Proof.year, Proof.issued_at)
_STATES = {"superseded": LeafKind.SUPERSEDED, "revoked": LeafKind.REVOKED}


def _proofs() -> Iterator[Problem]:
    """What the log says of a proof is what the register says, in both directions."""
    leaves: dict[int, dict[str, str]] = {}
    about = select(LogLeaf.proof_id, LogLeaf.kind, LogLeaf.content).where(LogLeaf.proof_id.is_not(None))
    for proof_id, kind, content in db.session.execute(about):
        leaves.setdefault(proof_id or 0, {})[kind] = content
    query = (
        select(Proof.id, *_FROZEN, Proof.state, Proof.facts, Proof.facts_sha256, StoredFile.sha256)
        .join(StoredFile, StoredFile.id == Proof.file_id)
        .order_by(Proof.id)
    )
    with db.session.connection().execute(query, execution_options=_STREAMED) as rows:
        for row in rows:
            told = leaves.pop(row.id, {})
            where = f"proof {row.number}"
            facts = _facts_of(row.facts)
            if facts is None or facts.sha256() != row.facts_sha256:
                yield Problem("proofs", where, "its facts are not those it was issued with")
            elif changed := [
                column.key for column in _FROZEN if getattr(row, column.key) != getattr(facts, column.key)
            ]:
                yield Problem("proofs", where, f"says another {', '.join(changed)} than its facts")
            if LeafKind.ISSUED not in told:
                yield Problem("proofs", where, "was issued without being told of")
            for name, content in told.items():
                if not _is_about(content, name, row.facts_sha256, row.sha256):
                    yield Problem("proofs", where, f"is not the one the log tells of ({name})")
            wanted = _STATES.get(row.state)
            if wanted and wanted not in told:
                yield Problem("proofs", where, f"is {row.state}, and the log does not say so")
            for end in (LeafKind.SUPERSEDED, LeafKind.REVOKED):
                # A replaced proof may be revoked later, a revoked one is nothing else any more.
                if end in told and row.state not in (end.value, LeafKind.REVOKED.value):
                    yield Problem("proofs", where, f"is {row.state}, but the log says {end.value}")
    for lost in leaves:
        yield Problem("proofs", f"proof with id {lost}", "the log tells of it, and it is not there")


def _is_about(content: str, kind: str, facts_sha256: str, file_sha256: str) -> bool:
    try:
        told = json.loads(content)
    except ValueError:
        return False
    return (told.get("kind"), told.get("facts"), told.get("file")) == (kind, facts_sha256, file_sha256)


def _facts_of(text: str) -> ProofFacts | None:
    """Frozen facts, or None for what is none any more."""
    try:
        return ProofFacts.from_json(text)
    except (ValueError, KeyError, TypeError):
        return None


def _reasons() -> Iterator[Problem]:
    """What the page of a revoked proof says for ever is what the officers decided (INV-37)."""
    said = (ProofRevocation.technician_id == Proof.technician_id) & (ProofRevocation.proof_id == Proof.id)
    query = (
        select(Proof.number, Proof.state, Proof.state_reason, Proof.state_changed_at, ProofRevocation)
        .join(ProofRevocation, said)
        .where(ProofRevocation.state == "confirmed")
        .order_by(Proof.id)
    )
    for number, state, reason, changed_at, decided in db.session.execute(query):
        # Of one act, a moment apart.
        at_once = decided.decided_at is not None and abs(changed_at - decided.decided_at) < _ONE_ACT
        if (state, reason, at_once) != ("revoked", decided.reason, True):
            yield Problem("proofs", f"proof {number}", "its revocation is not the one two officers decided")


def _codes() -> Iterator[Problem]:
    """A code and a number lead to the proof that bears them, and to no other."""
    for name, table, column in (("code", ProofCode, ProofCode.code), ("number", ProofNumber, ProofNumber.number)):
        own = getattr(Proof, name)
        same = (Proof.technician_id == table.technician_id) & (Proof.id == table.proof_id) & (own == column)
        lost = select(Proof.number).outerjoin(table, same).where(column.is_(None)).order_by(Proof.id)
        for number in db.session.scalars(lost):
            yield Problem("codes", f"proof {number}", f"its {name} does not lead to it")
        stray = select(table.proof_id).outerjoin(Proof, same).where(Proof.id.is_(None)).order_by(table.proof_id)
        for proof_id in db.session.scalars(stray):
            yield Problem("codes", f"proof with id {proof_id}", f"a {name} that is not its own leads to it")


def _registers() -> Iterator[Problem]:
    """Revocations, consents, keys, letters and archives are what the last act on each, by the sealed trail, left."""
    for row in registers.differing():
        yield Problem("registers", row.row, row.found)


# --- Copies -----------------------------------------------------------------------------------------------------------


def _outside(places: list[Path]) -> Iterator[Problem]:
    """Every head that somebody kept is one of ours still: whoever rewrites the whole log cannot rewrite those."""
    ours = {head.day: head for head in db.session.scalars(select(LogHead))}
    keys = {head.key for head in ours.values()}
    given_up = log_standing.given_up()
    for file in sorted(_files(places)):
        note = file.read_text("utf-8", "replace")
        kept = log_keys.check_any(note, keys)
        head = ours.get(kept.day) if kept else None
        if kept is None:
            yield Problem("copies", file.name, "is no head signed with a key of this log")
        elif note_hash(note) in given_up:
            continue
        elif head is None:
            yield Problem("copies", f"head of {kept.day}", f"{file.name} has it ({kept.size} leaves), the log does not")
        elif head.note != note:
            yield Problem("copies", f"head of {kept.day}", f"{file.name} has another one than the log")


def _files(places: list[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from place.glob("*.txt")
        elif place.exists():
            yield place

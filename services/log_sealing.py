"""Once a day: the days of the books that are over are sealed, the leaves get their places, a head is signed and sent.

What is sent outside is the head alone. Whoever keeps one can show that the log, and with it every book, was changed.
"""

import os
import secrets
from datetime import date, datetime, time, timedelta

from flask import current_app
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from config import Settings
from domain.merkle import leaf_hash, root_of
from domain.periods import CHINA, say_date
from domain.public_log import Book, Head, LeafKind, day_leaf, note_hash
from ids import new_id
from models import LogBlock, LogHead, LogLeaf, LogPlace, SealedDay, db
from services import clock, jobs, letters, log_books, log_keys, log_standing, notices, public_log
from services.log_books import Day
from services.transaction import after_commit, transaction

# A posting that began before midnight is in the database by now: no transaction takes so long.
_GRACE = timedelta(minutes=30)
_LATE_AFTER = timedelta(hours=2)
_MOST_ROWS = 200_000
_SALT_BYTES = 16


@jobs.every_minute
def seal_once_a_day() -> None:
    """The worker's minute: one look at a table, but in the first minute after a day is over."""
    seal()
    _write_missing()


def seal() -> date | None:
    """Seal what is over; returns the day of the new head, or None if it is there already or the day not over yet."""
    day = _last_over(clock.now())
    if db.session.get(LogHead, day) is not None or _was_signed(day):
        return None
    try:
        while part := _next_part(day):
            with transaction():
                _seal_days(part)
        with transaction():
            _close(day)
    except IntegrityError:
        # Another worker was quicker, and has written the same.
        return None
    return day


def _was_signed(day: date) -> bool:
    """Whether a head of this day was published by the database that an older one took the place of."""
    until = log_standing.signed_until()
    return until is not None and day <= until


def seal_within(day: date) -> None:
    """The same in the present transaction: the demo city has closed many days when it opens."""
    while part := _next_part(day):
        _seal_days(part)
    _close(day)


def _last_over(now: datetime) -> date:
    return (now - _GRACE).astimezone(CHINA).date() - timedelta(days=1)


def _next_part(day: date) -> list[Day]:
    """The next days of the books up to this one that are not sealed yet: whole days, a limited number of rows."""
    part: list[Day] = []
    rows = 0
    for book in Book:
        last = db.session.scalar(select(func.max(SealedDay.day)).where(SealedDay.book == book.value))
        since = None if last is None else last + timedelta(days=1)
        for found in log_books.days(book, since, day + timedelta(days=1)):
            part.append(found)
            rows += found.entries
            if rows >= _MOST_ROWS:
                return part
    return part


def _seal_days(days: list[Day]) -> None:
    now = clock.now()
    leaves, sealed = [], []
    for each in days:
        salt, leaf_id = secrets.token_bytes(_SALT_BYTES), new_id()
        content = day_leaf(each.book, day=each.day, entries=each.entries, root=each.root, salt=salt)
        leaves.append(
            {"id": leaf_id, "kind": LeafKind.DAY_SEALED.value, "proof_id": None, "content": content, "recorded_at": now}
        )
        sealed.append(
            {"book": each.book.value, "day": each.day, "leaf_id": leaf_id, "entries": each.entries,
             "root": each.root.hex(), "salt": salt.hex(), "rows": each.rows}
        )  # fmt: skip
    db.session.execute(insert(LogLeaf), leaves)
    db.session.execute(insert(SealedDay), sealed)


def _close(day: date) -> None:
    """Give the leaves their places, sign the head of the day and send it."""
    now = clock.now()
    size = _place(now)
    previous = public_log.latest()
    head = Head(
        origin=log_keys.origin(),
        size=size,
        root=public_log.root(size),
        day=day,
        previous=note_hash(previous.note) if previous else "",
        signed_at=now.replace(microsecond=0),
    )
    note, key = log_keys.sign(head)
    db.session.add(LogHead(day=day, size=size, root=head.root.hex(), note=note, key=key, signed_at=head.signed_at))
    db.session.flush()
    letter = letters.log_head(say_date(day), note, key)
    for witness in _settings().log_witnesses:
        notices.send_mail(witness, letter.subject, letter.body)
    after_commit(_write_missing)


def _place(now: datetime) -> int:
    """The leaves recorded by now that have no place get the next ones, oldest first; returns the size of the log."""
    size = db.session.scalar(select(func.coalesce(func.max(LogPlace.position) + 1, 0))) or 0
    waiting = db.session.execute(
        select(LogLeaf.id, LogLeaf.content)
        .outerjoin(LogPlace, LogPlace.leaf_id == LogLeaf.id)
        .where(LogPlace.leaf_id.is_(None), LogLeaf.recorded_at <= now)
        .order_by(LogLeaf.id)
    ).all()
    rows = [
        {"position": size + number, "leaf_id": leaf.id, "hash": leaf_hash(leaf.content.encode()).hex()}
        for number, leaf in enumerate(waiting)
    ]
    if rows:
        db.session.execute(insert(LogPlace), rows)
        _fill_blocks(size, size + len(rows))
    return size + len(rows)


def _fill_blocks(old: int, new: int) -> None:
    blocks = []
    for block in range(old // public_log.BLOCK, new // public_log.BLOCK):
        first = block * public_log.BLOCK
        found = db.session.scalars(
            select(LogPlace.hash)
            .where(LogPlace.position >= first, LogPlace.position < first + public_log.BLOCK)
            .order_by(LogPlace.position)
        )
        blocks.append({"block": block, "root": root_of(bytes.fromhex(value) for value in found).hex()})
    if blocks:
        db.session.execute(insert(LogBlock), blocks)


# --- The feed: a folder of files for whoever carries them elsewhere ---------------------------------------------------


def _write_missing() -> None:
    """Write the heads that are not in the folder yet: it may have been out of reach."""
    log_standing.keep_newest()
    folder = log_standing.feed_folder()
    folder.mkdir(parents=True, exist_ok=True)
    there = {file.stem for file in folder.glob("*.txt")}
    days = [day for day in db.session.scalars(select(LogHead.day)) if day.isoformat() not in there]
    for day in days:
        head = db.session.get_one(LogHead, day)
        partial = folder / f"{secrets.token_hex(8)}.part"
        partial.write_text(head.note, "utf-8")
        # What was published is never written over: a head that differs is for `flask log verify` to name.
        try:
            os.link(partial, folder / f"{day.isoformat()}.txt")
        except FileExistsError:
            pass
        finally:
            partial.unlink(missing_ok=True)


def is_late(now: datetime) -> bool:
    """Whether the last day that is over has no head although the worker had two hours for it."""
    day = _last_over(now - _LATE_AFTER)
    if _was_signed(day):
        return False
    return db.session.get(LogHead, day) is None and db.session.scalar(select(LogLeaf.id).limit(1)) is not None


def opened_at(day: date) -> datetime:
    """From when on the head of a day is signed."""
    return datetime.combine(day + timedelta(days=1), time(), CHINA) + _GRACE


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings

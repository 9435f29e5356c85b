"""Whether the database is as new as the newest head of the public log that was published (B-07).

An older backup put back makes a past in which no proof was revoked, and it fits together perfectly. What does not fit
are the heads that left the database: the folder they are published to, and a copy of the newest one in a file beside
it. While they do not fit, nothing is written, and every page says why.
"""

import logging
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from domain.periods import say_date
from domain.public_log import Head, note_hash
from models import LogHead, LogRestoration, db
from services import log_keys, public_log, transaction

_log = logging.getLogger(__name__)

# An older database seldom comes under a running program: one look a minute. Once it is found, the way back is looked
# for all the time, so that the word of two officers takes effect in every process at once.
_FINE_SECONDS, _BEHIND_SECONDS = 60.0, 1.0
_KNOWN = "known-head.txt"
# Strange files in the folder, with later names than any day, must not hide the newest head.
_READ_AT_MOST = 16
_SEEN = "log_standing"


@dataclass(frozen=True, kw_only=True)
class Behind:
    """The newest published head, which this database does not have, and the newest one that it has (size 0: none)."""

    day: date
    size: int
    own_day: date | None
    own_size: int

    def __str__(self) -> str:
        own = f"its newest is {self.own_size} of {self.own_day}" if self.own_day else "it has none"
        return f"the database is older than published checkpoint {self.size} of {self.day}: {own}"

    @property
    def sentence(self) -> str:
        """The same for everybody who opens a page."""
        return (
            f"平台现在只能查阅：数据库早于已公布的日志头（{say_date(self.day)}，共 {self.size} 条），"
            "可能恢复了较早的备份。核实以前不能登录和办理，页面内容可能不是最新的。"
        )


@dataclass(frozen=True)
class _Seen:
    """What the last look found, and until when (monotonic seconds) it is believed."""

    behind: Behind | None
    until: float


def behind() -> Behind | None:
    """What was published and is not here, or None; looked up again after a while."""
    seen: _Seen | None = current_app.extensions.get(_SEEN)
    if seen is None or seen.until < time.monotonic():
        try:
            found = look()
        except SQLAlchemyError:
            # There is no database, or none with tables yet: that is for others to say, and nothing is written anyway.
            return seen.behind if seen else None
        if found is not None and (seen is None or seen.behind != found):
            _log.error("nothing is written: %s", found)
        seen = _Seen(found, time.monotonic() + (_BEHIND_SECONDS if found else _FINE_SECONDS))
        current_app.extensions[_SEEN] = seen
    return seen.behind


@transaction.door
def _refuse_writing() -> str | None:
    found = behind()
    return found.sentence if found else None


def look() -> Behind | None:
    """The same, looked up now."""
    own = public_log.latest()
    if own is None and not _settings().is_production:
        # A demo city is made anew beside the heads of the one before.
        return None
    keys = _keys()
    for places in ([known_file()], _newest_files()):
        newest = next(_signed(places, keys), None)
        if newest is not None and not _is_ours(*newest):
            head, _ = newest
            return Behind(
                day=head.day, size=head.size, own_day=own.day if own else None, own_size=own.size if own else 0
            )
    return None


def lost() -> list[tuple[Head, str]]:
    """The published heads, with their notes, that this database neither has nor has given up; oldest first."""
    heads = {note: head for head, note in _signed([known_file(), *_files()], _keys()) if not _is_ours(head, note)}
    return sorted(((head, note) for note, head in heads.items()), key=lambda pair: pair[0].day)


def given_up() -> set[str]:
    """The hashes of the published notes that two officers gave up when they let an older database go on."""
    return set(chain.from_iterable(db.session.scalars(select(LogRestoration.lost))))


def signed_until() -> date | None:
    """Up to which day heads were published that this database has given up: of a day only one is ever signed."""
    return db.session.scalar(select(LogRestoration.lost_day).order_by(LogRestoration.lost_day.desc()).limit(1))


def forget() -> None:
    """Look again at once: something was decided."""
    current_app.extensions.pop(_SEEN, None)


# --- What lies outside the database -----------------------------------------------------------------------------------


def feed_folder() -> Path:
    """Where the heads lie as files, `2026-11-22.txt`: to be mirrored by another machine."""
    settings = _settings()
    return settings.log_feed or settings.instance / "log"


def keep_newest() -> None:
    """Keep the newest head with its key beside the database. Never goes back to an older one."""
    newest = public_log.latest()
    kept = next(_signed([known_file()], _keys()), None)
    if newest is None or (kept is not None and kept[0].day >= newest.day):
        return
    file = known_file()
    partial = file.with_name(f"{secrets.token_hex(8)}.part")
    with partial.open("w", encoding="utf-8") as out:
        out.write(f"{newest.key}\n{newest.note}")
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)


def known_file() -> Path:
    """The newest head and its key, beside the database and outside it."""
    return _settings().instance / _KNOWN


def _files() -> list[Path]:
    return sorted(feed_folder().glob("*.txt"), reverse=True)


def _newest_files() -> Iterator[Path]:
    return islice(_files(), _READ_AT_MOST)


def _keys() -> set[str]:
    """The keys a head of this log may be signed with: those of the database, and the one kept outside it."""
    keys = set(db.session.scalars(select(LogHead.key).distinct()))
    known = _read(known_file())
    return keys | {known.partition("\n")[0]} if known else keys


def _signed(places: Iterable[Path], keys: set[str]) -> Iterator[tuple[Head, str]]:
    """The heads in these files that bear one of the keys, each with its note."""
    for file in places:
        text = _read(file)
        note = text.partition("\n")[2] if file.name == _KNOWN else text
        head = log_keys.check_any(note, keys)
        if head is not None:
            yield head, note


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def _is_ours(head: Head, note: str) -> bool:
    own = public_log.head_of(head.day)
    return (own is not None and own.note == note) or note_hash(note) in given_up()


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings

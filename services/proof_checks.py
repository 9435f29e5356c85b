"""How often a proof was verified, by hour and way, for its owner. Of who verified it, nothing is kept.

A verification only reads. What it leaves behind is a line at the end of a file beside the database, which the worker
adds up once a minute: whoever verifies waits for no writer, and a thousand at one moment cost a thousand short lines.
A line that was written outlives its process; the last seconds before a power cut may be missing.
"""

import fcntl
import logging
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select

from config import Settings
from domain.public_log import Way
from models import Proof, ProofCheck, Setting, db
from services import clock, jobs
from services.insert_or import insert_or
from services.transaction import transaction

_log = logging.getLogger(__name__)

_MOST = 100
# A hundred thousand lines. Beyond, nobody has added up for long, and each is written to the database at once.
_MOST_BYTES = 4 * 1024 * 1024
_FOLDED = "proof_checks_folded"
_NEW, _TAKEN = "new", "taken-"


@dataclass(frozen=True, kw_only=True)
class Checks:
    """So many verifications in the hour that begins at `hour`."""

    hour: datetime
    way: Way
    times: int

    @property
    def until(self) -> datetime:
        """The end of the hour."""
        return self.hour + timedelta(hours=1)


@dataclass(frozen=True)
class _Line:
    """One verification as it stands in the file."""

    technician_id: int
    proof_id: int
    hour: datetime
    way: str

    def __str__(self) -> str:
        return f"{self.technician_id} {self.proof_id} {int(self.hour.timestamp())} {self.way}\n"

    @classmethod
    def read(cls, text: str) -> "_Line | None":
        """The line of a text, or None for half a line, which a full disk leaves."""
        try:
            technician, proof, hour, way = text.split()
            return cls(int(technician), int(proof), datetime.fromtimestamp(int(hour), UTC), Way(way).value)
        except ValueError:
            return None


# --- Writing ----------------------------------------------------------------------------------------------------------


def note(technician_id: int, proof_id: int, way: Way) -> None:
    """Count one verification; never keeps whoever verifies from the answer."""
    line = _line(technician_id, proof_id, way)
    try:
        if _append(str(line).encode()):
            return
    except OSError:
        _log.exception("a verification of proof %s could not be counted", proof_id)
        return
    with transaction():
        _add(Counter([line]))


def note_at_once(technician_id: int, proof_id: int, way: Way) -> None:
    """The same in the present transaction: for a city that is made with its past."""
    _add(Counter([_line(technician_id, proof_id, way)]))


def _line(technician_id: int, proof_id: int, way: Way) -> _Line:
    return _Line(technician_id, proof_id, clock.now().replace(minute=0, second=0, microsecond=0), way.value)


def _append(line: bytes) -> bool:
    """Write a line at the end of the file; False when the file is full."""
    while True:
        descriptor = os.open(_folder() / _NEW, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            found = os.fstat(descriptor)
            # Taken away between opening and locking: whoever took it may have read it to its end.
            if found.st_nlink == 0 or not _is_new(found):
                continue
            if found.st_size >= _MOST_BYTES:
                return False
            os.write(descriptor, line)
            return True
        finally:
            os.close(descriptor)


def _is_new(found: os.stat_result) -> bool:
    try:
        return (_folder() / _NEW).stat().st_ino == found.st_ino
    except FileNotFoundError:
        return False


@jobs.every_minute
def fold() -> None:
    """Add the lines of the file to the counts, each once, whatever is killed when."""
    with _alone() as alone:
        if not alone:
            return
        new = _folder() / _NEW
        if new.exists():
            # The names sort by age.
            new.rename(_folder() / f"{_TAKEN}{clock.machine_now():%Y%m%d%H%M%S%f}-{secrets.token_hex(4)}")
        for file in sorted(_folder().glob(f"{_TAKEN}*")):
            _fold_one(file)


def _fold_one(file: Path) -> None:
    with file.open("rb") as taken:
        # Waits for those who are writing their line at this moment.
        fcntl.flock(taken, fcntl.LOCK_EX)
        lines = list(_read(taken.read()))
    with transaction():
        folded = db.session.get(Setting, _FOLDED)
        # Committed and killed before the file was gone.
        if folded is None or folded.value != file.name:
            _add(Counter(lines))
            db.session.merge(Setting(key=_FOLDED, value=file.name))
    file.unlink()


def _add(counted: "Counter[_Line]") -> None:
    for line, times in counted.items():
        values = {
            "technician_id": line.technician_id,
            "proof_id": line.proof_id,
            "hour": line.hour,
            "way": line.way,
            "times": times,
        }
        statement = insert_or(ProofCheck).values(values)
        db.session.execute(
            statement.on_conflict_do_update(
                index_elements=["technician_id", "proof_id", "hour", "way"],
                set_={"times": ProofCheck.times + statement.excluded.times},
            )
        )


# --- Reading ----------------------------------------------------------------------------------------------------------


def of_proof(proof: Proof) -> list[Checks]:
    """The verifications of a proof, newest hour first."""
    counted = _waiting(proof)
    rows = db.session.execute(
        select(ProofCheck.hour, ProofCheck.way, ProofCheck.times)
        .where(ProofCheck.technician_id == proof.technician_id, ProofCheck.proof_id == proof.id)
        .order_by(ProofCheck.hour.desc(), ProofCheck.way)
        .limit(_MOST)
    )
    for row in rows:
        counted[row.hour, row.way] += row.times
    newest = sorted(counted.items(), key=lambda item: (-item[0][0].timestamp(), item[0][1]))
    return [Checks(hour=hour, way=Way(way), times=times) for (hour, way), times in newest[:_MOST]]


def count(proof: Proof) -> int:
    """How often the proof was verified in all."""
    waiting = _waiting(proof).total()
    kept = db.session.scalar(
        select(func.coalesce(func.sum(ProofCheck.times), 0)).where(
            ProofCheck.technician_id == proof.technician_id, ProofCheck.proof_id == proof.id
        )
    )
    return waiting + (kept or 0)


def _waiting(proof: Proof) -> "Counter[tuple[datetime, str]]":
    """What nobody has added up yet."""
    counted: Counter[tuple[datetime, str]] = Counter()
    for file in (_folder() / _NEW, *_folder().glob(f"{_TAKEN}*")):
        try:
            lines = _read(file.read_bytes())
        except FileNotFoundError:
            continue
        key = (proof.technician_id, proof.id)
        counted.update((line.hour, line.way) for line in lines if (line.technician_id, line.proof_id) == key)
    return counted


def _read(data: bytes) -> Iterable[_Line]:
    return (line for text in data.decode("ascii", "replace").splitlines() if (line := _Line.read(text)) is not None)


def _folder() -> Path:
    settings: Settings = current_app.extensions["settings"]
    folder = settings.instance / "verified"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else adds up at this moment."""
    with (_folder() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True

"""The public log: what its leaves say, the signed heads of its days, and how a row of a book becomes a hash.

A leaf names nobody. It holds hashes over papers that bear a random code of 128 bits, and over days of a book with a
random salt: whoever holds the paper can find its leaf, nobody else can guess what a leaf is about.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from domain.errors import RuleError
from domain.merkle import leaf_hash
from domain.periods import say_date

_VERSION = 1


class LeafKind(StrEnum):
    """What a leaf tells of."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    DAY_SEALED = "day_sealed"

    @property
    def label(self) -> str:
        return {
            LeafKind.ISSUED: "签发证明",
            LeafKind.SUPERSEDED: "证明被替代",
            LeafKind.REVOKED: "撤销证明",
            LeafKind.DAY_SEALED: "封存一天的记录",
        }[self]


class Book(StrEnum):
    """The append-only books whose days are sealed."""

    LEDGER = "ledger"
    STEPS = "steps"
    AUDIT = "audit"

    @property
    def label(self) -> str:
        return {Book.LEDGER: "学分账", Book.STEPS: "办件记录", Book.AUDIT: "操作日志"}[self]


class Way(StrEnum):
    """How a proof was verified."""

    CODE = "code"
    FILE = "file"

    @property
    def label(self) -> str:
        return {Way.CODE: "扫码或输入核验码", Way.FILE: "上传文件比对"}[self]


class BadNote(RuleError):
    """A text that is no signed head of the log."""

    code = "bad_note"
    message = "这不是公开日志的签名日志头"


# --- leaves -----------------------------------------------------------------------------------------------------------


def proof_leaf(kind: LeafKind, *, facts_sha256: str, file_sha256: str, on: date) -> str:
    """What the log says of a proof: hashes of its frozen facts and of its file, and the day."""
    return _canonical(
        {"facts": facts_sha256, "file": file_sha256, "kind": kind.value, "on": on.isoformat(), "v": _VERSION}
    )


def day_leaf(book: Book, *, day: date, entries: int, root: bytes, salt: bytes) -> str:
    """What the log says of a day of a book: how many rows it has, and a commitment to all of them."""
    return _canonical(
        {
            "book": book.value,
            "commitment": commitment(root, salt),
            "day": day.isoformat(),
            "entries": entries,
            "kind": LeafKind.DAY_SEALED.value,
            "v": _VERSION,
        }
    )


def commitment(root: bytes, salt: bytes) -> str:
    """The root of a day hidden by a salt: a day of one row would be guessed from its root alone."""
    return hashlib.sha256(salt + root).hexdigest()


def say_leaf(content: str) -> str:
    """A leaf in words."""
    told = json.loads(content)
    kind = LeafKind(told["kind"])
    if kind is LeafKind.DAY_SEALED:
        day = say_date(date.fromisoformat(told["day"]))
        return f"封存{Book(told['book']).label}：{day}，共 {told['entries']} 条"
    return f"{kind.label}：{say_date(date.fromisoformat(told['on']))}"


def row_hash(values: Sequence[Any]) -> bytes:
    """The hash of a row of a book: its values in the order of the columns; moments in UTC, objects with sorted keys."""
    return leaf_hash(_canonical([_plain(value) for value in values]).encode())


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# --- signed heads -----------------------------------------------------------------------------------------------------
# The format is that of the transparency logs of Go and of C2SP (tlog-checkpoint, signed-note), so that their tools
# read our heads as they are.

_MARK = "— "
_ED25519 = b"\x01"


@dataclass(frozen=True, kw_only=True)
class Head:
    """The state of the log after a day. `previous` is the SHA-256 of the note before, empty for the first."""

    origin: str
    size: int
    root: bytes
    day: date
    previous: str
    signed_at: datetime

    def text(self) -> str:
        """What is signed."""
        lines = [
            self.origin,
            str(self.size),
            base64.b64encode(self.root).decode(),
            f"day {self.day.isoformat()}",
            f"previous {self.previous or '-'}",
            f"time {self.signed_at.astimezone(UTC).strftime('%Y-%m-%dT%H:%M:%SZ')}",
        ]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, kw_only=True)
class Note:
    """A head with its signature, as it was read."""

    head: Head
    key_id: bytes
    signature: bytes


def write_note(head: Head, key_id: bytes, signature: bytes) -> str:
    """The signed note: the text, an empty line, the signature line."""
    mark = base64.b64encode(key_id + signature).decode()
    return f"{head.text()}\n{_MARK}{head.origin} {mark}\n"


def read_note(note: str) -> Note:
    """The head and the signature of a note; raises BadNote. The signature is not checked here."""
    try:
        text, _, marks = note.partition("\n\n")
        origin, size, root, day, previous, time = text.split("\n")
        name, _, mark = marks.removesuffix("\n").removeprefix(_MARK).rpartition(" ")
        signed = base64.b64decode(mark, validate=True)
        head = Head(
            origin=origin,
            size=int(size),
            root=base64.b64decode(root, validate=True),
            day=date.fromisoformat(day.removeprefix("day ")),
            previous=previous.removeprefix("previous ").strip("-"),
            signed_at=datetime.fromisoformat(time.removeprefix("time ")),
        )
    except ValueError as error:
        raise BadNote() from error
    found = Note(head=head, key_id=signed[:4], signature=signed[4:])
    if name != origin or write_note(head, found.key_id, found.signature) != note:
        raise BadNote()
    return found


def note_hash(note: str) -> str:
    """By what the next head names this one."""
    return hashlib.sha256(note.encode()).hexdigest()


def write_key(origin: str, public: bytes) -> str:
    """An Ed25519 public key (32 bytes) as verifiers of signed notes take it: name, id and key in one word."""
    return f"{origin}+{key_id(origin, public).hex()}+{base64.b64encode(_ED25519 + public).decode()}"


def read_key(key: str) -> tuple[str, bytes]:
    """The name and the 32 bytes of a key; raises BadNote."""
    name, _, rest = key.partition("+")
    given, _, text = rest.partition("+")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise BadNote("公开日志的公钥格式不正确") from error
    if len(data) != 33 or data[:1] != _ED25519 or key_id(name, data[1:]).hex() != given:
        raise BadNote("公开日志的公钥格式不正确")
    return name, data[1:]


def key_id(origin: str, public: bytes) -> bytes:
    """Four bytes by which a signature names its key."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + public).digest()[:4]

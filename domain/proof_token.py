"""The signed line in the second QR code of a proof: what a stranger can check without a network.

One version byte, two bytes that name the key, sixteen of the verification code, six of the fingerprint of the facts,
one of the kind, four of the second of issue, the text, and sixty-four bytes of signature (ECDSA P-256, SHA-256, r and
s): one number, written in decimal digits, which a QR code packs most densely and an address may end in.

The text is number, name, masked number and conclusion in GB 18030, two bytes a character where UTF-8 has three, with a
control character in place of each phrase of the site. Papers last longer than the form of their code: version 1, in
base 32 and UTF-8, is still read.
"""

import base64
import struct
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.frozen_json import plain
from domain.proof_facts import ProofFacts
from domain.proof_kinds import ProofKind
from domain.verification_code import decode, encode

VERSION = 2
KEY_ID_BYTES = 2
SIGNATURE_BYTES = 64
_FINGERPRINT_BYTES = 6
_FIRST_VERSION = 1
_FIRST_HEAD = struct.Struct(">x4s16s8s")
_HEAD = struct.Struct(">B2s16s6sBI")
# A code of more modules is too fine for a phone at the size it is printed.
_MOST_CHARACTERS = 90
_BETWEEN = "\n"
# Python and the browsers do not agree on these in GB 18030; a text that holds one is in UTF-8 and says so in the kind.
_DISPUTED = frozenset(("\u1e3f", *map(chr, range(0xE000, 0xF900))))
_UTF8 = 0x80

# A kind is its place, counted from one, and a phrase its control character: only ever add at the end.
KINDS = (
    ProofKind.ANNUAL,
    ProofKind.TRANSCRIPT,
    ProofKind.LEARNING,
    ProofKind.PROMOTION,
    ProofKind.THEORY_EXEMPTION,
    ProofKind.EXAMINER,
    ProofKind.JUDGE,
    ProofKind.SUPERVISOR,
    ProofKind.TALENT_PROJECT,
    ProofKind.TEACHER_TITLE,
    ProofKind.MASTER_STUDIO,
    ProofKind.SUBSIDY,
)
PHRASES = (
    "*" * 13,
    "JHJX-20",
    "-0000",
    " 年度总学分 ",
    "，已达到年度要求",
    "，未达到年度要求：",
    "还差 ",
    " 学分",
    "公共科目",
    "专业科目",
    "总学分",
    "，须通过专项知识考试取得",
    "专项知识考试",
    "在补足上述科目后，",
    "，任一科目均可",
    "，已不能补足",
    "符合该项资格对继续教育学分的要求",
    "可作为",
    "供评审单位参考",
    "资格认定、复核用：",
    "达到要求",
    "年度",
    "共登记",
    "达到年度要求的有",
    "没有达到要求的年度",
    "考核合格，实到 ",
    " 学时，计 ",
    "不作要求",
    "继续教育",
)
_CONTROLS = tuple(map(chr, (number for number in range(1, 0x20) if chr(number) != _BETWEEN)))
_PACKED = dict(sorted(zip(PHRASES, _CONTROLS, strict=False), key=lambda pair: -len(pair[0])))


@dataclass(frozen=True, kw_only=True)
class Token:
    """What the line says. `key_id` and `fingerprint` are the beginnings of what they are named after: the SHA-256 of
    the public key, and that of the facts, as the verification page shows it; `issued_at` is an instant in ISO 8601."""

    key_id: bytes
    code: str
    fingerprint: str
    kind: str
    number: str
    name: str
    id_masked: str
    issued_at: str
    conclusion: str


def phrases() -> dict[str, str]:
    """What each control character of a text stands for."""
    return {control: phrase for phrase, control in _PACKED.items()}


def body(facts: ProofFacts, key_id: bytes) -> bytes:
    """What is signed: the facts a stranger compares with the paper in hand."""
    conclusion = facts.conclusion
    if len(conclusion) > _MOST_CHARACTERS:
        conclusion = f"{conclusion[:_MOST_CHARACTERS]}…"
    shown = (facts.number, facts.person.name, facts.person.id_masked, conclusion)
    text = _BETWEEN.join(" ".join(each.split()) for each in shown)
    kind = KINDS.index(ProofKind(facts.kind)) + 1
    encoding = "gb18030"
    if not _DISPUTED.isdisjoint(text):
        kind, encoding = kind | _UTF8, "utf-8"
    for phrase, control in _PACKED.items():
        text = text.replace(phrase, control)
    fingerprint = bytes.fromhex(facts.sha256())[:_FINGERPRINT_BYTES]
    second = int(facts.issued_at.timestamp())
    head = _HEAD.pack(VERSION, key_id[:KEY_ID_BYTES], decode(facts.code), fingerprint, kind, second)
    return head + text.encode(encoding)


def written(signed_body: bytes, signature: bytes) -> str:
    """The line as it stands in the address of the QR code."""
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError("a signature of this line is r and s of P-256")
    return str(int.from_bytes(signed_body + signature, "big"))


def split(line: str) -> tuple[bytes, bytes]:
    """What is signed, and the signature; ValueError for what is no such line."""
    if line.isascii() and line.isdigit():
        number = int(line)
        data, version, head = number.to_bytes((number.bit_length() + 7) // 8, "big"), VERSION, _HEAD
    else:
        data, version, head = base64.b32decode(line + "=" * (-len(line) % 8)), _FIRST_VERSION, _FIRST_HEAD
    if len(data) <= head.size + SIGNATURE_BYTES or data[0] != version:
        raise ValueError("not the line of a proof")
    return data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]


def read(signed_body: bytes) -> Token:
    """What a signed body says; ValueError when it is not one of ours."""
    if signed_body[0] == _FIRST_VERSION:
        return _first(signed_body)
    _, key_id, code, fingerprint, kind, second = _HEAD.unpack_from(signed_body)
    place = (kind & ~_UTF8) - 1
    if not 0 <= place < len(KINDS):
        raise ValueError("a kind of proof that is not known here")
    text = signed_body[_HEAD.size :].decode("utf-8" if kind & _UTF8 else "gb18030")
    for phrase, control in _PACKED.items():
        text = text.replace(control, phrase)
    number, name, id_masked, conclusion = text.split(_BETWEEN)
    return Token(
        key_id=key_id,
        code=encode(code),
        fingerprint=fingerprint.hex(),
        kind=KINDS[place].value,
        number=number,
        name=name,
        id_masked=id_masked,
        issued_at=str(plain(datetime.fromtimestamp(second, UTC))),
        conclusion=conclusion,
    )


def _first(signed_body: bytes) -> Token:
    key_id, code, fingerprint = _FIRST_HEAD.unpack_from(signed_body)
    text = signed_body[_FIRST_HEAD.size :].decode()
    kind, number, name, id_masked, issued_at, conclusion = text.split(_BETWEEN)
    return Token(
        key_id=key_id,
        code=encode(code),
        fingerprint=fingerprint.hex(),
        kind=kind,
        number=number,
        name=name,
        id_masked=id_masked,
        issued_at=issued_at,
        conclusion=conclusion,
    )

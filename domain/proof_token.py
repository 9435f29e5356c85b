"""The signed line in the second QR code of a proof: what a stranger can check without a network.

One version byte, four bytes that name the key, sixteen of the verification code, eight of the fingerprint of the facts,
the text in UTF-8 and sixty-four bytes of signature (ECDSA P-256, SHA-256, r and s), all in base 32: its characters are
the ones a QR code packs most densely, and an address may end in them.
"""

import base64
from dataclasses import dataclass

from domain.proof_facts import ProofFacts
from domain.verification_code import decode, encode

VERSION = 1
KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
_CODE_BYTES, _PRINT_BYTES = 16, 8
_HEAD = 1 + KEY_ID_BYTES + _CODE_BYTES + _PRINT_BYTES
# A code of more modules is too fine for a phone at the size it is printed.
_MOST_CHARACTERS = 90
_BETWEEN = "\n"


@dataclass(frozen=True, kw_only=True)
class Token:
    """What the line says. `fingerprint` is the beginning of the facts' SHA-256, as the verification page shows it."""

    key_id: bytes
    code: str
    fingerprint: str
    kind: str
    number: str
    name: str
    id_masked: str
    issued_at: str
    conclusion: str


def body(facts: ProofFacts, key_id: bytes) -> bytes:
    """What is signed: the facts a stranger compares with the paper in hand."""
    conclusion = facts.conclusion
    if len(conclusion) > _MOST_CHARACTERS:
        conclusion = f"{conclusion[:_MOST_CHARACTERS]}…"
    shown = (
        facts.kind,
        facts.number,
        facts.person.name,
        facts.person.id_masked,
        str(facts.to_dict()["issued_at"]),
        conclusion,
    )
    text = _BETWEEN.join(" ".join(each.split()) for each in shown)
    head = bytes([VERSION]) + key_id + decode(facts.code) + bytes.fromhex(facts.sha256())[:_PRINT_BYTES]
    return head + text.encode()


def written(signed_body: bytes, signature: bytes) -> str:
    """The line as it stands in the address of the QR code."""
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError("a signature of this line is r and s of P-256")
    return base64.b32encode(signed_body + signature).decode().rstrip("=")


def split(line: str) -> tuple[bytes, bytes]:
    """What is signed, and the signature; ValueError for what is no such line."""
    data = base64.b32decode(line + "=" * (-len(line) % 8))
    if len(data) <= _HEAD + SIGNATURE_BYTES or data[0] != VERSION:
        raise ValueError("not the line of a proof")
    return data[:-SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]


def read(signed_body: bytes) -> Token:
    """What a signed body says; ValueError when it is not one of ours."""
    head, text = signed_body[:_HEAD], signed_body[_HEAD:].decode()
    kind, number, name, id_masked, issued_at, conclusion = text.split(_BETWEEN)
    code_at = 1 + KEY_ID_BYTES
    return Token(
        key_id=head[1:code_at],
        code=encode(head[code_at : code_at + _CODE_BYTES]),
        fingerprint=head[code_at + _CODE_BYTES :].hex(),
        kind=kind,
        number=number,
        name=name,
        id_masked=id_masked,
        issued_at=issued_at,
        conclusion=conclusion,
    )

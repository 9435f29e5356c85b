"""What a seal service answers, and its check: a seal (GB/T 38540, version 4) or an SM2 message (GB/T 35275).

The structures are those that public readers of such seals take; the standards themselves were not at hand (ADR 0022).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from asn1crypto import cms, core, x509

from services import sm2

_VERSION = 4
_BY_CERTIFICATE, _BY_DIGEST = 1, 2
_SIGNED_DATA = ("1.2.156.10197.6.1.4.2.2", "1.2.840.113549.1.7.2")
# By how much the clock of the service may be ahead of ours.
_AHEAD = timedelta(minutes=10)


class BadSeal(ValueError):
    """What the service sent is no seal over this document by the certificate agreed on; the sentence says why not."""


class Form(StrEnum):
    """What a seal service gives: `ses` of GB/T 38540, or `cms` of GB/T 35275."""

    SES = "ses"
    CMS = "cms"


@dataclass(frozen=True, kw_only=True)
class Seal:
    """A seal that fits its document: what it is called, who holds its key, and when it was set (None in cms).

    The certificates are those of the holder and of the seal's maker (none in cms), as DER.
    """

    name: str
    signer: str
    sealed_at: datetime | None
    signer_certificate: bytes
    maker_certificate: bytes | None = None


class _Header(core.Sequence):
    _fields = [("id", core.IA5String), ("version", core.Integer), ("vid", core.IA5String)]


class _Digest(core.Sequence):
    _fields = [("type", core.PrintableString), ("value", core.OctetString)]


class _Certificates(core.SequenceOf):
    _child_spec = core.OctetString


class _Digests(core.SequenceOf):
    _child_spec = _Digest


class _Property(core.Sequence):
    _fields = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list_type", core.Integer),
        ("cert_list", core.Any),
        ("create_date", core.GeneralizedTime),
        ("valid_start", core.GeneralizedTime),
        ("valid_end", core.GeneralizedTime),
    ]


class _Picture(core.Sequence):
    _fields = [("type", core.IA5String), ("data", core.OctetString), ("width", core.Integer), ("height", core.Integer)]


class _SealInfo(core.Sequence):
    _fields = [
        ("header", _Header),
        ("es_id", core.IA5String),
        ("property", _Property),
        ("picture", _Picture),
        ("extensions", core.Any, {"optional": True}),
    ]


class _Seal(core.Sequence):
    _fields = [
        ("info", _SealInfo),
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
    ]


class _ToSign(core.Sequence):
    _fields = [
        ("version", core.Integer),
        ("seal", _Seal),
        ("time", core.GeneralizedTime),
        ("data_hash", core.OctetBitString),
        ("property", core.IA5String),
        ("extensions", core.Any, {"optional": True}),
    ]


class SealedValue(core.Sequence):
    """SES_Signature: a seal set under a digest."""

    _fields = [
        ("to_sign", _ToSign),
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
        ("time_stamp", core.Any, {"optional": True}),
    ]


class _Message(core.Sequence):
    _fields = [("type", core.ObjectIdentifier), ("content", cms.SignedData, {"explicit": 0})]


def read(value: bytes, digest: bytes, form: Form) -> Seal:
    """The seal in these bytes; raises BadSeal unless it fits the SM3 `digest` and its own certificates."""
    try:
        return _read_seal(value, digest) if form is Form.SES else _read_message(value, digest)
    except BadSeal:
        raise
    # Whatever a server far away sends in place of a seal, it is none: the reader raises what it likes.
    except Exception as error:
        raise BadSeal(f"unreadable: {type(error).__name__}") from error


def found(contents: bytes, digest: bytes) -> Seal:
    """The seal that stands in a paper, with the zeros behind it; raises BadSeal as `read` does."""
    try:
        value = contents[: len(core.Any.load(contents).dump())]
        form = Form.CMS if isinstance(core.Sequence.load(value)[0], core.ObjectIdentifier) else Form.SES
    except (ValueError, TypeError, IndexError) as error:
        raise BadSeal(f"unreadable: {type(error).__name__}") from error
    return read(value, digest, form)


def accept(seal: Seal, pinned: tuple[x509.Certificate, ...], now: datetime) -> None:
    """Raises BadSeal unless the seal is that of the certificate agreed on, and that is in its dates.

    `pinned` are the certificate of the seal's holder and, if it was agreed on too, that of the seal's maker.
    """
    if seal.signer_certificate != pinned[0].dump():
        raise BadSeal("sealed with another certificate than the one agreed on")
    if seal.maker_certificate is not None and len(pinned) > 1 and seal.maker_certificate != pinned[1].dump():
        raise BadSeal("the seal was made by another maker than the one agreed on")
    if not pinned[0].not_valid_before <= now <= pinned[0].not_valid_after:
        raise BadSeal("the certificate is not in its dates")
    if seal.sealed_at is not None and seal.sealed_at > now + _AHEAD:
        raise BadSeal("sealed in the future")


def _read_seal(value: bytes, digest: bytes) -> Seal:
    whole = SealedValue.load(value, strict=True)
    told, seal = whole["to_sign"], whole["to_sign"]["seal"]
    signer = x509.Certificate.load(whole["cert"].native, strict=True)
    maker = x509.Certificate.load(seal["cert"].native, strict=True)
    for part in (whole, seal):
        if part["algorithm"].native != sm2.SM2_WITH_SM3:
            raise BadSeal("not signed with SM2 and SM3")
    if told["version"].native != _VERSION or seal["info"]["header"]["version"].native != _VERSION:
        raise BadSeal("not of version 4")
    if told["data_hash"].native != digest:
        raise BadSeal("over another document")
    if not sm2.fits(signer, told.dump(), whole["signature"].native):
        raise BadSeal("the signature does not fit")
    if not sm2.fits(maker, seal["info"].dump(), seal["signature"].native):
        raise BadSeal("the maker's signature of the seal does not fit")
    about = seal["info"]["property"]
    if not _is_listed(signer, about):
        raise BadSeal("the seal is not for this certificate")
    if not about["valid_start"].native <= told["time"].native <= about["valid_end"].native:
        raise BadSeal("the seal is not in its dates")
    return Seal(
        name=about["name"].native,
        signer=_name(signer),
        sealed_at=told["time"].native,
        signer_certificate=signer.dump(),
        maker_certificate=maker.dump(),
    )


def _is_listed(signer: x509.Certificate, about: _Property) -> bool:
    kind = about["cert_list_type"].native
    if kind == _BY_CERTIFICATE:
        return signer.dump() in [each.native for each in about["cert_list"].parse(_Certificates)]
    return kind == _BY_DIGEST and sm2.digest(signer.dump()) in [
        each["value"].native for each in about["cert_list"].parse(_Digests)
    ]


def _read_message(value: bytes, digest: bytes) -> Seal:
    message = _Message.load(value, strict=True)
    if message["type"].native not in _SIGNED_DATA:
        raise BadSeal("no signed data")
    told = message["content"]
    (about,) = told["signer_infos"]
    if about["digest_algorithm"]["algorithm"].dotted != sm2.SM3:
        raise BadSeal("not over an SM3 digest")
    attributes = {each["type"].native: each["values"] for each in about["signed_attrs"]}
    if [each.native for each in attributes["message_digest"]] != [digest]:
        raise BadSeal("over another document")
    sid = about["sid"].chosen
    (signer,) = [
        each.chosen
        for each in told["certificates"]
        if (each.chosen.issuer, each.chosen.serial_number) == (sid["issuer"], sid["serial_number"].native)
    ]
    # What is signed is the set of attributes as such, without the tag it has in its place (RFC 5652, 5.4).
    if not sm2.fits(signer, about["signed_attrs"].untag().dump(), about["signature"].native):
        raise BadSeal("the signature does not fit")
    return Seal(name=_name(signer), signer=_name(signer), sealed_at=None, signer_certificate=signer.dump())


def _name(certificate: x509.Certificate) -> str:
    return str(certificate.subject.native.get("common_name", ""))

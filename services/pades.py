"""PAdES signatures (level B-T, or B-B without an authority), made and checked by pyHanko, which loads at first use."""

import asyncio
import hashlib
import io
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from services import der, seal_values, sm2, timestamps
from services.seal_values import BadSeal, Seal
from services.signature_field import SEAL, gap
from services.signing import SigningKey, SigningRefused, is_development
from services.timestamps import AnyAuthority

Result = TypeVar("Result")

_log = logging.getLogger(__name__)
# It warns, with a traceback, of each seal of another kind than it reads; those are read here.
logging.getLogger("pyhanko.sign.validation.pdf_embedded").setLevel(logging.ERROR)

_DIGEST = "sha256"
_SILENCE_SECONDS = 60
_STAMP_ATTRIBUTE: bytes = cms.CMSAttributeType("signature_time_stamp_token").dump()
# The tag of unsignedAttrs in SignerInfo.
_UNSIGNED = 1
_NO_DIGEST = hashlib.sha256(b"in place of the digest of a document").digest()


@dataclass(frozen=True, kw_only=True)
class SignatureCheck:
    """What a signature is worth by itself: `whole` if it fits every byte of the file, and whose it is.

    `stamped_at` and `stamped_by` are of a time stamp that fits the signature, None and empty if there is none. `seal`
    is what the city's seal service set under it (SM2), None for none; one that does not fit makes it not `whole`.
    """

    whole: bool
    signer: str
    signed_at: datetime | None
    development: bool
    stamped_at: datetime | None = None
    stamped_by: str = ""
    seal: Seal | None = None


class _KeptKey(Signer):
    """Signs with a key that stays loaded. The same document gives the same signature: RFC 6979 for ECDSA."""

    def __init__(self, pair: SigningKey) -> None:
        store = SimpleCertificateStore.from_certs([_asn1(certificate) for certificate in pair.chain])
        super().__init__(signing_cert=_asn1(pair.certificate), cert_registry=store)
        self._pair = pair

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        return self._pair.sign(data)


class PadesSealer:
    """Signs documents that come with the place for it (services/signature_field.py).

    What pyHanko makes of one key differs from document to document in the digest and the signature alone, and making
    it takes ten times as long as both: it is made once, and these two are put in; the time stamp beside them.

    An authority that does not answer is left alone for a minute, or a thousand papers would wait for it one by one.
    Without its stamp a paper is signed all the same, unless the office has said that it requires one.
    """

    mark = None

    def __init__(self, pair: SigningKey, stamps: AnyAuthority | None = None, *, stamps_required: bool = False) -> None:
        self.development = pair.development
        self._pair, self._stamps, self._required = pair, stamps, stamps_required
        self._ask_again_at = 0.0
        self._signer = _KeptKey(pair)
        message = _aside(lambda: asyncio.run(self._signer.async_sign(_NO_DIGEST, _DIGEST, use_pades=True))).dump()
        if message.count(_NO_DIGEST) != 1:
            raise RuntimeError("the digest is not where it can be replaced")
        # ContentInfo, SignedData and its one SignerInfo (RFC 5652, 3, 5.1 and 5.3); the last piece of each is left out.
        self._kind, signed_data = der.pieces(message)
        *self._data, signers = der.pieces(der.pieces(signed_data)[0])
        *self._about, self._attributes, self._algorithm, _signature = der.pieces(der.pieces(signers)[0])

    def seal(self, document: bytes, number: str = "") -> bytes:
        """The signed document; ValueError when it has no place for a signature."""
        start, end = gap(document)
        digest = hashlib.sha256(document[:start])
        digest.update(memoryview(document)[end:])
        out = io.BytesIO(document)
        PreparedByteRangeDigest(digest.digest(), start, end).fill_with_cms(out, self._message(digest.digest()))
        return out.getvalue()

    def _message(self, digest: bytes) -> bytes:
        """The signature of a digest, and its stamp, as ContentInfo."""
        attributes = self._attributes.replace(_NO_DIGEST, digest)
        # What is signed is the set of attributes as such, without the tag it has in its place (RFC 5652, 5.4).
        signature = self._pair.sign(der.whole(der.SET, *der.pieces(attributes)))
        signer = [*self._about, attributes, self._algorithm, der.octets(signature)]
        if (stamp := self._stamp(signature)) is not None:
            attribute = der.whole(der.SEQUENCE, _STAMP_ATTRIBUTE, der.whole(der.SET, stamp))
            signer.append(der.whole(_UNSIGNED, attribute, of=der.CONTEXT))
        signers = der.whole(der.SET, der.whole(der.SEQUENCE, *signer))
        data = der.whole(der.SEQUENCE, *self._data, signers)
        return der.whole(der.SEQUENCE, self._kind, der.whole(0, data, of=der.CONTEXT))

    def _stamp(self, signature: bytes) -> bytes | None:
        if self._stamps is None:
            return None
        if time.monotonic() >= self._ask_again_at:
            try:
                return timestamps.token(self._stamps, signature)
            except timestamps.NoTimeStamp as error:
                self._ask_again_at = time.monotonic() + _SILENCE_SECONDS
                _log.warning("the time stamp authority does not answer: %s", error)
        if self._required:
            raise SigningRefused("时间戳服务暂时没有应答，证明没有签发，请稍后再试")
        return None


def check(document: bytes) -> SignatureCheck:
    """Check the signature of a document of ours. Never given what strangers bring: only what equals our own bytes."""
    reader = PdfFileReader(io.BytesIO(document))
    (signature,) = reader.embedded_signatures
    certificate = x509.load_der_x509_certificate(signature.signer_cert.dump())
    chain = [other for other in signature.other_embedded_certs if other.self_issued]
    context = ValidationContext(trust_roots=chain or [signature.signer_cert], allow_fetching=False)
    status = _aside(lambda: validate_pdf_signature(signature, signer_validation_context=context))
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.intact and stamp.valid):
        stamp = None
    try:
        seal, fits = _seal(reader, document), True
    except BadSeal:
        seal, fits = None, False
    return SignatureCheck(
        whole=fits and status.intact and status.valid and status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        seal=seal,
        signer=str(names[0].value) if names else "",
        signed_at=status.signer_reported_dt,
        development=is_development(certificate),
        stamped_at=stamp.timestamp if stamp else None,
        stamped_by=str(stamp.signing_cert.subject.native.get("common_name", "")) if stamp else "",
    )


def _seal(reader: PdfFileReader, document: bytes) -> Seal | None:
    """The seal of a document of ours, checked with the certificates it brings; raises BadSeal if it does not fit."""
    fields = {each.get_object()["/T"]: each.get_object() for each in reader.root["/AcroForm"]["/Fields"]}
    if SEAL not in fields:
        return None
    value = fields[SEAL]["/V"]
    _, first, second, length = value["/ByteRange"]
    digest = sm2.digest(document[:first], document[second : second + length])
    return seal_values.found(bytes(value["/Contents"]), digest)


def _aside(work: Callable[[], Result]) -> Result:
    """What pyHanko does in an event loop of its own, which a thread that has one already would refuse."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))

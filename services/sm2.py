"""SM3 digests and SM2 signatures (GB/T 32905, GB/T 32918.2), checked by GmSSL. The only module that knows it."""

import gmssl_pyx
from asn1crypto import x509
from asn1crypto.algos import DSASignature
from cryptography.hazmat.primitives import hashes

CURVE = "1.2.156.10197.1.301"
SM3 = "1.2.156.10197.1.401"
SM2_WITH_SM3 = "1.2.156.10197.1.501"
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_POINT = 65
_UNCOMPRESSED = 4


def digest(*pieces: bytes | memoryview) -> bytes:
    """SM3 of these bytes, one after the other."""
    found = hashes.Hash(hashes.SM3())
    for piece in pieces:
        found.update(piece)
    return found.finalize()


def fits(certificate: x509.Certificate, data: bytes, signature: bytes) -> bool:
    """Whether this is the certificate's SM2 signature of the data (GB/T 35276: the usual identity, r and s as DER).

    ValueError when the certificate's key is no SM2 key, or the signature no pair of numbers.
    """
    key = certificate["tbs_certificate"]["subject_public_key_info"]
    point: bytes = key["public_key"].native
    if key["algorithm"]["algorithm"].native != "ec" or key["algorithm"]["parameters"].chosen.dotted != CURVE:
        raise ValueError("the certificate's key is not on the SM2 curve")
    if len(point) != _POINT or point[0] != _UNCOMPRESSED:
        raise ValueError("the certificate's key is no point")
    pair = DSASignature.load(signature, strict=True)
    r, s = pair["r"].native, pair["s"].native
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        raise ValueError("the signature is out of range")
    # Written anew, for the C library is to see no other form of it.
    return bool(gmssl_pyx.sm2_verify(point[1:], data, DSASignature({"r": r, "s": s}).dump()))

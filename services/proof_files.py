"""A proof's PDF in a stranger's hands: compared with the issued one, and forgotten."""

from dataclasses import dataclass
from datetime import datetime

from domain.document_check import Change, Comparison, code_in, compare
from domain.errors import RuleError
from models import StoredFile, db
from services import files, proofs
from services.proofs import Verification

MOST_BYTES = 5 * 1024 * 1024
TOO_LARGE = (
    f"文件超过 {MOST_BYTES // 1024 // 1024} MB，不是本平台签发的证明原件。"
    "请向持有人索取原件，或扫描证明上的二维码、输入核验码核验"
)
_PDF = b"%PDF-"


class NoPaper(RuleError):
    """What was brought is no PDF that could be a proof; the sentence says what to bring."""

    code = "no_paper"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """Who signed the issued document, and whether the certificate has no force (made for development).

    `stamped_at` is when a time stamp authority, `stamped_by`, saw the signature; None if it was issued without. `seal`
    is the name of the city's electronic seal (SM2), `sealed_by` its holder; empty if the document bears none.
    """

    whole: bool
    signer: str
    development: bool
    stamped_at: datetime | None
    stamped_by: str
    seal: str
    sealed_by: str


@dataclass(frozen=True, kw_only=True)
class FileVerification:
    """What the file is worth: the proof it bears the code of, how it differs from it, and its signature if it does not.

    `comparison` is None for a proof that has no file to compare with: it was replaced before it was printed.
    """

    verification: Verification
    comparison: Comparison | None
    signature: Signature | None

    @property
    def genuine(self) -> bool:
        return self.comparison is not None and self.comparison.change is Change.NONE


def verify(document: bytes) -> FileVerification | None:
    """What became of the document; None if no proof of ours has the code it bears, or it bears none (P-33).

    The document is searched and compared, never parsed. Raises NoPaper for what is no PDF or too large for a proof.
    """
    if not document.startswith(_PDF):
        raise NoPaper(
            "这不是 PDF 文件。请上传收到的 PDF 原件；纸质证明、照片和截图请扫描上面的二维码，或输入核验码核验"
        )
    if len(document) > MOST_BYTES:
        raise NoPaper(TOO_LARGE)
    code = code_in(document)
    found = proofs.verify(code) if code else None
    if found is None:
        return None
    stored = db.session.get(StoredFile, found.proof.file_id) if found.proof.file_id is not None else None
    if stored is None:
        return FileVerification(verification=found, comparison=None, signature=None)
    comparison = compare(files.read(stored), document)
    signature = _signature(document) if comparison.change is Change.NONE else None
    return FileVerification(verification=found, comparison=comparison, signature=signature)


def _signature(document: bytes) -> Signature:
    from services import pades

    found = pades.check(document)
    return Signature(
        whole=found.whole,
        signer=found.signer,
        development=found.development,
        stamped_at=found.stamped_at,
        stamped_by=found.stamped_by,
        seal=found.seal.name if found.seal else "",
        sealed_by=found.seal.signer if found.seal else "",
    )

"""From frozen facts to the signed paper: drawn in a process of its own, signed here, where the keys are."""

from flask import current_app

from config import Settings
from domain.proof_facts import ProofFacts
from services import press, proof_tokens, signing


def signed(facts: ProofFacts) -> bytes:
    """The paper as it is issued. Asked for again it differs in its time stamp alone.

    Raises MissingGlyph, RenderFault and SigningRefused. Outside a transaction, for drawing takes its time.
    """
    settings: Settings = current_app.extensions["settings"]
    sealer = signing.sealer()
    if facts.seal.lawful and sealer.development:
        raise signing.SigningRefused("有法律效力的证明不能用开发用证书签名，请配置签章证书")
    offline = proof_tokens.address(facts)
    drawn = press.render_proof(facts, fonts_folder=settings.fonts_folder, offline=offline, seal=sealer.mark)
    return sealer.seal(drawn, facts.number)

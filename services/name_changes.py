"""A person takes another name: the register follows, and so do the proofs that bear the old one (J14)."""

from contextlib import suppress

from domain.errors import RuleError
from domain.identity import check_name
from domain.proof_kinds import ProofKind
from domain.roles import Actor
from models import Proof, Technician, db
from services import audit, notices, pdf, proofs
from services.proof_content import settings


def rename(technician: Technician, name: str, reason: str, *, actor: Actor) -> list[Proof]:
    """Enter the new name and have every proof in force made anew; each new one replaces its old one and names it.

    The old papers stay as they were issued, and their pages say what replaced them. Returns the new proofs.
    Raises RuleError for a name that is the old one, IdentityProblem for what is none, MissingGlyph for one that no font
    of ours can print.
    """
    new = check_name(name)
    if new == technician.name:
        raise RuleError("新姓名与登记的姓名相同，不需要变更")
    if missing := pdf.missing_glyphs(new, settings().fonts_folder):
        raise pdf.MissingGlyph(missing)
    in_force = [proof for proof in proofs.of_technician(technician.id) if proof.state in ("issuing", "valid")]
    technician.name = new
    db.session.flush()
    audit.record("technician.rename", actor=actor, object_kind="technician", object_id=technician.id, reason=reason)
    made = []
    for proof in reversed(in_force):
        # What could not be proved today any more is not proved anew; the old paper was true on its day and stays.
        with suppress(RuleError):
            again, _ = proofs.request(
                technician, proof.year, kind=ProofKind(proof.kind), topic=proof.topic, actor=actor
            )
            made.append(again)
    notices.tell_technicians(
        [technician.id],
        "您的登记姓名已变更",
        f"有效的证明正按新姓名重新开具（{len(made)} 份），旧证明由新证明替代。"
        if made
        else "以后开具的证明使用新姓名。",
        "/me/proofs",
    )
    return made

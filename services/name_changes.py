"""A person takes another name (J14): one officer asks on a paper, another decides; then the proofs follow."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from domain.errors import NotAllowed, RuleError
from domain.identity import check_name
from domain.proof_kinds import ProofKind
from domain.register_rows import RegisterPart
from domain.roles import Actor, Permission
from models import Account, NameChange, Proof, StoredFile, Technician, db
from services import audit, clock, files, notices, pdf, proofs, register_history, two_officers
from services.proof_content import settings

_LONGEST = 200
_NOT_YOU = "不是您本人申请的，请立即联系当地人力社保部门。"
_NOT_OWN = "不能办理本人的姓名变更"
_TAKEN = "该姓名变更申请已由他人处理，请刷新后核对"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The last request about a person, and whether the reader may decide it or take it back."""

    state: str
    old_name: str
    new_name: str
    reason: str
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    remark: str
    may_confirm: bool
    is_own: bool


# --- Reads ------------------------------------------------------------------------------------------------------------


def _newest(technician_id: int) -> Select[NameChange]:
    query = select(NameChange).where(NameChange.technician_id == technician_id)
    return query.order_by(NameChange.requested_at.desc(), NameChange.id.desc()).limit(1)


def last(technician: Technician, *, seen_by: Actor) -> Asked | None:
    """The last request about the person, or None."""
    found = db.session.scalar(_newest(technician.id))
    if found is None:
        return None
    asker = db.session.get_one(Account, found.requested_by_id)
    decider = db.session.get(Account, found.decided_by_id) if found.decided_by_id is not None else None
    return Asked(
        state=found.state,
        old_name=found.old_name,
        new_name=found.new_name,
        reason=found.reason,
        requested_by=asker.display_name,
        requested_at=found.requested_at,
        decided_by=decider.display_name if decider is not None else "",
        decided_at=found.decided_at,
        remark=found.remark,
        may_confirm=_refusal(found, seen_by) is None,
        is_own=found.requested_by_id == seen_by.account_id,
    )


def paper(technician: Technician) -> StoredFile | None:
    """The evidence of the last request."""
    found = db.session.scalar(_newest(technician.id))
    return db.session.get_one(StoredFile, found.file_id) if found is not None else None


def waiting(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The requests nobody has decided about the persons this actor acts for, oldest first, as rows for a list."""
    asker = aliased(Account)
    query = (
        select(
            NameChange.technician_id,
            NameChange.old_name,
            NameChange.new_name,
            NameChange.requested_at,
            asker.display_name.label("asker"),
        )
        .join(Technician, Technician.id == NameChange.technician_id)
        .join(asker, asker.id == NameChange.requested_by_id)
        .where(NameChange.state == "requested")
        .order_by(NameChange.requested_at)
    )
    return query if actor.sees_city else query.where(Technician.region_code == actor.region_code)


# --- Acts -------------------------------------------------------------------------------------------------------------


def request(technician: Technician, name: str, reason: str, *, data: bytes, file_name: str, actor: Actor) -> NameChange:
    """Ask that the person be entered under the new name, with the paper that says so; nothing changes yet.

    Raises RuleError for a name that is the old one, IdentityProblem for what is none, MissingGlyph for one that no font
    of ours can print, files.BadFile for a paper that is none.
    """
    if not reason.strip():
        raise RuleError("变更姓名必须写明依据", code="remark_required")
    new = _checked(name, technician)
    two_officers.check_not_about_oneself(technician.id, actor, _NOT_OWN)
    # Whoever asks meanwhile waits for this row.
    db.session.execute(select(Technician.id).where(Technician.id == technician.id).with_for_update())
    newest = db.session.scalar(_newest(technician.id))
    if newest is not None and newest.state == "requested":
        raise RuleError("此人已有待确认的姓名变更申请，请刷新后核对", code="under_way")
    stored = files.store(data, name=file_name, media_type=files.check(data, files.DOCUMENT), actor=actor)
    asked = NameChange(
        technician_id=technician.id,
        state="requested",
        old_name=technician.name,
        new_name=new,
        reason=reason.strip()[:_LONGEST],
        file_id=stored.id,
        requested_by_id=actor.account_id or 0,
        requested_at=clock.now(),
    )
    db.session.add(asked)
    db.session.flush()
    audit.record(
        "technician.ask_rename",
        actor=actor,
        object_kind="technician",
        object_id=technician.id,
        reason=asked.reason,
        file_id=stored.id,
    )
    notices.tell_region(
        technician.region_code,
        "姓名变更待确认",
        f"{actor.name}申请把“{asked.old_name}”的登记姓名变更为“{new}”。须由另一人核对证明材料后确认。",
        f"/bureau/register/{technician.id}/proofs",
        permission=Permission.PROOF_ISSUE,
    )
    notices.tell_technicians(
        [technician.id],
        "有人申请变更您的登记姓名",
        f"人力社保部门收到把您的登记姓名变更为“{new}”的申请，由另一名工作人员核对后生效。{_NOT_YOU}",
        "/me/proofs",
    )
    return asked


def confirm(technician: Technician, *, actor: Actor) -> list[Proof]:
    """Enter the new name and have every proof in force made anew. Not by who asked, under whatever account (P-14).

    The old papers stay as they were issued, and their pages say what replaced them. Returns the new proofs.
    """
    asked = _open(technician)
    refusal = _refusal(asked, actor)
    if refusal is not None:
        raise NotAllowed(refusal)
    two_officers.check_not_about_oneself(technician.id, actor, _NOT_OWN)
    if technician.name != asked.old_name:
        raise RuleError("登记姓名在申请之后已有变动，不能按这项申请办理，请选择不同意后重新申请", code="name_moved")
    new = _checked(asked.new_name, technician)
    two_officers.decide(asked, "confirmed", "", actor, taken=_TAKEN)
    in_force = [proof for proof in proofs.of_technician(technician.id) if proof.state in ("issuing", "valid")]
    register_history.keep(RegisterPart.NAME, [(technician.id, technician.id)])
    technician.name = new
    db.session.flush()
    audit.record(
        "technician.rename",
        actor=actor,
        object_kind="technician",
        object_id=technician.id,
        reason=asked.reason,
        requested_by=asked.requested_by_id,
    )
    made = []
    for proof in reversed(in_force):
        # What could not be proved today any more is not proved anew; the old paper was true on its day and stays.
        with suppress(RuleError):
            again, _ = proofs.request(
                technician, proof.year, kind=ProofKind(proof.kind), topic=proof.topic, actor=actor
            )
            made.append(again)
    anew = (
        f"有效的证明正按新姓名重新开具（{len(made)} 份），旧证明由新证明替代。"
        if made
        else "以后开具的证明使用新姓名。"
    )
    notices.tell_technicians([technician.id], "您的登记姓名已变更", f"新姓名为“{new}”。{anew}{_NOT_YOU}", "/me/proofs")
    return made


def decline(technician: Technician, remark: str, *, actor: Actor) -> None:
    """Leave the name as it is, with a reason; who asked may take the request back in the same way."""
    if not remark.strip():
        raise RuleError("不同意变更姓名必须写明理由", code="remark_required")
    asked = _open(technician)
    two_officers.decide(asked, "declined", remark.strip()[:_LONGEST], actor, taken=_TAKEN)
    audit.record("technician.decline_rename", actor=actor, object_kind="technician", object_id=technician.id)
    notices.tell_technicians(
        [technician.id],
        "登记姓名没有变更",
        f"把您的登记姓名变更为“{asked.new_name}”的申请没有办理：{asked.remark}",
        "/me/proofs",
    )


def _checked(name: str, technician: Technician) -> str:
    """The name as it is kept, if it is another one and our fonts can print it."""
    new = check_name(name)
    if new == technician.name:
        raise RuleError("新姓名与登记的姓名相同，不需要变更")
    if missing := pdf.missing_glyphs(new, settings().fonts_folder):
        raise pdf.MissingGlyph(missing)
    return new


def _open(technician: Technician) -> NameChange:
    asked = db.session.scalar(_newest(technician.id))
    if asked is None or asked.state != "requested":
        raise RuleError("没有待确认的姓名变更申请，请刷新后核对")
    return asked


def _refusal(asked: NameChange, actor: Actor) -> str | None:
    """Why this actor may not confirm, or None."""
    return two_officers.refusal(
        asked, actor, Permission.PROOF_ISSUE, not_yours="该姓名变更申请不能由您确认",
        not_alone="姓名变更须由两人办理，申请人不能确认自己的申请",
    )  # fmt: skip

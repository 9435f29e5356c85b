"""The public notice of a base to be recognised: anybody may object, the bureau answers (art. 9, INV-39)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select

from domain.base_workflow import NOTICE
from domain.errors import NotAllowed, RuleError
from domain.identity import mask_name, mask_phone
from domain.roles import Actor, Permission
from models import BaseObjection, Case, db
from services import audit, case_lock, cases, clock, crypto, notices
from services.base_applications import KIND

_NAME, _CONTACT = "base_objection.name", "base_objection.contact"
# What a person can read in the days of a notice; more than this is an attack.
_MOST = 500


class NoticeOver(RuleError):
    """Nobody can object any more."""

    code = "notice_over"
    message = "公示已经结束，不能再提出异议。有问题请向人力社保部门反映"


@dataclass(frozen=True, kw_only=True)
class Shown:
    """An objection as officers see it: name and contact masked."""

    id: int
    name: str
    contact: str
    content: str
    made_at: datetime
    upheld: bool | None
    answer: str
    answered_at: datetime | None


def on_notice() -> Select[Case]:
    """The cases on public notice today, the one that ends first at the top."""
    return (
        select(Case)
        .where(Case.kind == KIND, Case.state == NOTICE, Case.due_on >= clock.today())
        .order_by(Case.due_on, Case.id)
    )


def find_on_notice(case_id: int) -> Case | None:
    """The case if it is on public notice."""
    return db.session.scalar(on_notice().where(Case.id == case_id))


def unopposed() -> Select[Case]:
    """The cases whose notice is over and against which nobody said anything."""
    said = select(BaseObjection.id).where(BaseObjection.case_id == Case.id).exists()
    return (
        select(Case)
        .where(Case.kind == KIND, Case.state == NOTICE, Case.due_on < clock.today(), ~said)
        .order_by(Case.due_on, Case.id)
    )


def object_to(case: Case, *, name: str, contact: str, content: str) -> BaseObjection:
    """Write down what somebody says against the base, and tell the bureau. Raises NoticeOver or RuleError."""
    case_lock.hold(case.id)
    db.session.refresh(case)
    if find_on_notice(case.id) is None:
        raise NoticeOver()
    count = db.session.scalar(select(func.count()).where(BaseObjection.case_id == case.id)) or 0
    if count >= _MOST:
        raise RuleError("本次公示收到的异议过多，请直接向人力社保部门反映", code="too_many")
    objection = BaseObjection(
        case_id=case.id,
        name_sealed=crypto.seal(name, _NAME),
        contact_sealed=crypto.seal(contact, _CONTACT),
        content=content,
        made_at=clock.now(),
    )
    db.session.add(objection)
    db.session.flush()
    notices.tell_region(
        case.region_code,
        f"公示异议：{case.title}",
        f"公示期间收到对“{case.title}”的异议，请核实后答复。",
        f"/bureau/objections/{objection.id}",
        permission=Permission.BASE_REVIEW,
        case_id=case.id,
    )
    return objection


def find(objection_id: int, *, seen_by: Actor) -> BaseObjection | None:
    """The objection if this official may know of its case."""
    known = cases.visible_to(seen_by).with_only_columns(Case.id)
    query = select(BaseObjection).where(BaseObjection.id == objection_id, BaseObjection.case_id.in_(known))
    return db.session.scalar(query) if seen_by.can(Permission.CASE_READ) else None


def shown(objection: BaseObjection) -> Shown:
    """The objection with whoever made it masked."""
    contact = crypto.unseal(objection.contact_sealed, _CONTACT)
    return Shown(
        id=objection.id,
        name=mask_name(crypto.unseal(objection.name_sealed, _NAME)),
        contact=_mask_contact(contact),
        content=objection.content,
        made_at=objection.made_at,
        upheld=objection.upheld,
        answer=objection.answer,
        answered_at=objection.answered_at,
    )


def _mask_contact(contact: str) -> str:
    name, at, host = contact.partition("@")
    return f"{name[:1]}***@{host}" if at else mask_phone(contact)


def may_answer(objection: BaseObjection, actor: Actor) -> bool:
    """Whether this official may answer it: of the bureau whose case it is, and not of the applicant's people."""
    return (
        objection.upheld is None
        and actor.can(Permission.BASE_REVIEW)
        and actor.region_code == objection.case.region_code
        and objection.case.state == NOTICE
        and not cases.works_for_applicant(objection.case, actor)
    )


def answer(objection: BaseObjection, *, upheld: bool, text: str, actor: Actor) -> None:
    """Say whether the objection holds, and why; whoever left an e-mail address is told. Raises NotAllowed."""
    case_lock.hold(objection.case_id)
    db.session.refresh(objection)
    if not may_answer(objection, actor):
        raise NotAllowed("这条异议已经答复，或不由您办理")
    # All at once: asking for the time reads, and reading writes what was changed so far.
    now = clock.now()
    objection.upheld, objection.answer = upheld, text
    objection.answered_by_id, objection.answered_at = actor.account_id, now
    db.session.flush()
    audit.record("base_objection.answer", actor=actor, object_kind="case", object_id=objection.case_id, upheld=upheld)
    contact = crypto.unseal(objection.contact_sealed, _CONTACT)
    if "@" in contact:
        found = "经核实，您反映的问题成立" if upheld else "经核实，您反映的问题不成立"
        notices.send_mail(contact, f"关于公示异议的答复：{objection.case.title}", f"{found}。\n\n{text}")

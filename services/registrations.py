"""Employers that ask to be admitted (用人单位注册): the application, its private link, and what an approval brings."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from domain.errors import RuleError
from domain.identity import check_uscc, mask_phone
from domain.roles import Actor, Role
from domain.workflows import CaseKind
from models import (
    Attachment,
    Case,
    CaseSnapshot,
    CaseStep,
    EmployerRegistration,
    Organization,
    OrganizationCapacity,
    Region,
    StoredFile,
    SupplementItem,
    db,
)
from services import activation, cases, clock, crypto, files, jobs, letters, notices
from services.transaction import transaction

KIND = CaseKind.EMPLOYER_REGISTRATION
LICENCE = "business_licence"
CAPACITY = "employer"

# What a supplement notice may point at; the keys are those of the form's fields.
SECTIONS = {
    "uscc": "统一社会信用代码",
    "name": "单位名称",
    "region_code": "所在地区",
    "address": "单位地址",
    "contact_name": "经办人姓名",
    "contact_phone": "联系电话",
    "contact_email": "电子邮箱",
    "licence": "营业执照或登记证书",
}
_FIELDS = tuple(key for key in SECTIONS if key != "licence")
EDITABLE = ("draft", "supplement")
_DRAFT_LIFE = timedelta(days=7)


class Taken(RuleError):
    """The organisation is in the register, or its registration is under way."""

    code = "uscc_taken"


@dataclass(frozen=True, kw_only=True)
class Licence:
    """The uploaded licence, checked by content."""

    data: bytes
    name: str
    media_type: str

    @cached_property
    def shown(self) -> bytes | None:
        """The copy that pages show, None for a document; asked for before the transaction, for drawing takes a while.

        Raises files.BadFile for a picture that is not whole.
        """
        return files.display_copy(self.data) if self.media_type.startswith("image/") else None


@dataclass(frozen=True, kw_only=True)
class Change:
    """One item a resubmission says otherwise."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Review:
    """What the officer's page shows of a registration; a decision names `content_sha256` (P-13).

    The phone is masked in `rows`: in full it is for whoever decides.
    """

    registration: EmployerRegistration
    rows: list[tuple[str, str]]
    changes: list[Change]
    hints: list[str]
    content_sha256: str


# --- reads ------------------------------------------------------------------------------------------------------------


def region_choices() -> list[tuple[str, str]]:
    """The counties and zones an employer may belong to, as (code, name)."""
    query = select(Region.code, Region.name).where(Region.kind.in_(("county", "zone"))).order_by(Region.code)
    return [(code, name) for code, name in db.session.execute(query)]


def taken(uscc: str, *, but: int | None = None) -> str | None:
    """The sentence that says why this organisation cannot ask now, or None. `but` is the case that asks."""
    if db.session.scalar(select(Organization.id).where(Organization.uscc == uscc)) is not None:
        return "该单位已经注册。请让本单位已有账号的同事在“经办人”中邀请您，或拨打服务电话。"
    pending = db.session.scalar(select(EmployerRegistration.case_id).where(EmployerRegistration.pending_uscc == uscc))
    if pending is not None and pending != but:
        return "该单位的注册申请正在审核中，不能重复提交。请用提交时收到的专用链接查看进度。"
    return None


def access_token(case_id: int) -> str:
    """The secret in the applicant's private link: made from a key, so that letters can name it and no row holds it."""
    return crypto.blind_index(f"registration access\n{case_id}")


def link_of(case_id: int) -> str:
    """The applicant's private link in full."""
    return letters.address_of(f"/register/{access_token(case_id)}")


def find(token: str) -> EmployerRegistration | None:
    """The registration behind a private link."""
    return db.session.scalar(
        select(EmployerRegistration).where(EmployerRegistration.access_hash == crypto.token_hash(token))
    )


def of_case(case: Case) -> EmployerRegistration:
    """The registration of a case of this kind."""
    return db.session.scalars(select(EmployerRegistration).where(EmployerRegistration.case_id == case.id)).one()


def applicant(registration: EmployerRegistration) -> Actor:
    """Whoever holds the private link acts as the applicant of this one case."""
    return Actor(role=Role.APPLICANT, name=registration.contact_name, case_id=registration.case_id)


def licence_of(case: Case) -> Attachment | None:
    """The licence as it stands."""
    kept = [each for each in case.attachments if each.kind == LICENCE and each.removed_at is None]
    return kept[-1] if kept else None


def rows(registration: EmployerRegistration) -> list[tuple[str, str, str]]:
    """(key, label, value) of everything stated, in the order of the form."""
    region = db.session.get(Region, registration.region_code)
    shown = {key: getattr(registration, key) for key in _FIELDS}
    shown["region_code"] = region.name if region else registration.region_code
    licence = licence_of(registration.case)
    shown["licence"] = licence.file.original_name if licence else ""
    return [(key, label, shown[key]) for key, label in SECTIONS.items()]


def points(case: Case) -> list[SupplementItem]:
    """The points of the newest supplement notice while the case waits for the applicant; none otherwise."""
    if case.state != "supplement":
        return []
    step = db.session.scalar(
        select(CaseStep.id)
        .where(CaseStep.case_id == case.id, CaseStep.action == "return")
        .order_by(CaseStep.id.desc())
        .limit(1)
    )
    return list(db.session.scalars(select(SupplementItem).where(SupplementItem.step_id == step)))


def _content(registration: EmployerRegistration) -> dict[str, Any]:
    licence = licence_of(registration.case)
    content = {key: getattr(registration, key) for key in _FIELDS}
    return {**content, "licence": licence.file.original_name if licence else "", "licence_sha256": _hash_of(licence)}


def _hash_of(licence: Attachment | None) -> str:
    return licence.file.sha256 if licence else ""


def _sha256(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _rounds(case: Case, count: int) -> list[CaseSnapshot]:
    query = select(CaseSnapshot).where(CaseSnapshot.case_id == case.id).order_by(CaseSnapshot.round.desc())
    return list(db.session.scalars(query.limit(count)))


def changes(case: Case) -> list[Change]:
    """What the newest submission says otherwise than the one before; nothing for a first one."""
    newest = _rounds(case, 2)
    if len(newest) < 2:
        return []
    after, before = newest[0].content, newest[1].content
    names = dict(region_choices())
    found = []
    for key, label in SECTIONS.items():
        sealed = f"{key}_sha256"
        if before.get(key) != after.get(key) or before.get(sealed) != after.get(sealed):
            old, new = (str(content.get(key) or "") for content in (before, after))
            found.append(Change(label=label, before=names.get(old, old), after=names.get(new, new)))
    return found


def review(case: Case) -> Review:
    """Everything of a submitted registration its review page shows."""
    registration = of_case(case)
    code = check_uscc(registration.uscc)
    hints = [f"登记管理部门：{code.department}，机构类别：{code.kind}"]
    region = db.session.get(Region, code.region_code)
    if code.region_code != registration.region_code:
        where = region.name if region else f"代码 {code.region_code}"
        hints.append(f"信用代码的登记地（{where}）与所选地区不同，请核对是否属本地区管理")
    same = db.session.scalar(
        select(func.count())
        .select_from(Organization)
        .where(Organization.name == registration.name, Organization.uscc != registration.uscc)
    )
    if same:
        hints.append("已有同名单位注册，请核对是否重复")
    return Review(
        registration=registration,
        rows=[
            (label, mask_phone(value) if key == "contact_phone" else value) for key, label, value in rows(registration)
        ],
        changes=changes(case),
        hints=hints,
        content_sha256=_sha256(_content(registration)),
    )


@cases.seal(KIND)
def _seal(case: Case) -> str:
    return _sha256(_content(of_case(case)))


# --- acts of the applicant --------------------------------------------------------------------------------------------


def draft(values: Mapping[str, str], licence: Licence) -> EmployerRegistration:
    """A new application, not yet submitted; raises Taken."""
    _refuse_taken(values["uscc"])
    actor = Actor(role=Role.APPLICANT, name=values["contact_name"])
    case = cases.open_case(KIND, title=values["name"], region_code=values["region_code"], actor=actor)
    registration = EmployerRegistration(
        case_id=case.id,
        access_hash=crypto.token_hash(access_token(case.id)),
        **{key: values[key] for key in _FIELDS},
    )
    db.session.add(registration)
    _keep_licence(case, licence, actor)
    return registration


def change(registration: EmployerRegistration, values: Mapping[str, str], licence: Licence | None) -> None:
    """Correct the application before it is submitted (again); raises Taken or RuleError."""
    case = registration.case
    if case.state not in EDITABLE:
        raise RuleError("申请已提交，审核期间不能修改；需要修改请先撤回")
    _refuse_taken(values["uscc"], but=case.id)
    for key in _FIELDS:
        setattr(registration, key, values[key])
    if case.state == "supplement":
        registration.pending_uscc = values["uscc"]
    case.title, case.region_code = values["name"], values["region_code"]
    if licence is not None:
        old = licence_of(case)
        if old is not None:
            old.removed_at = clock.now()
        _keep_licence(case, licence, applicant(registration))
    db.session.flush()


def _refuse_taken(uscc: str, *, but: int | None = None) -> None:
    sentence = taken(uscc, but=but)
    if sentence is not None:
        raise Taken(sentence)


def _keep_licence(case: Case, licence: Licence, actor: Actor) -> None:
    stored = files.store(licence.data, name=licence.name, media_type=licence.media_type, actor=actor)
    shown = None
    if licence.shown is not None:
        shown = files.store(licence.shown, name=licence.name, media_type="image/jpeg", actor=actor).id
    paper = Attachment(
        case_id=case.id, file_id=stored.id, display_file_id=shown, kind=LICENCE, label=SECTIONS["licence"]
    )
    db.session.add(paper)
    db.session.flush()
    db.session.expire(case, ["attachments"])


def submit(registration: EmployerRegistration) -> None:
    """Hand the application in, for the first time or corrected; raises Taken, WrongState or RuleError."""
    case = registration.case
    action = "resubmit" if case.state == "supplement" else "submit"
    _refuse_taken(registration.uscc, but=case.id)
    registration.pending_uscc = registration.uscc
    try:
        db.session.flush()
    except IntegrityError as error:
        # Another application of the same organisation was submitted at this moment: the constraint is the rule.
        raise Taken("该单位的注册申请正在审核中，不能重复提交。请用提交时收到的专用链接查看进度。") from error
    cases.act(case, action, actor=applicant(registration))


def withdraw(registration: EmployerRegistration) -> None:
    """Take the application back while nobody has decided; raises WrongState."""
    cases.act(registration.case, "withdraw", actor=applicant(registration))


# --- what the steps cause ---------------------------------------------------------------------------------------------


@cases.effect(KIND, "submit", "resubmit")
def _keep_round(case: Case, _step: CaseStep, _actor: Actor) -> None:
    registration = of_case(case)
    content = _content(registration)
    newest = _rounds(case, 1)
    db.session.add(
        CaseSnapshot(
            case_id=case.id,
            round=newest[0].round + 1 if newest else 1,
            content=content,
            sha256=_sha256(content),
            taken_at=clock.now(),
        )
    )
    due = f"{case.due_on.year}年{case.due_on.month}月{case.due_on.day}日" if case.due_on else ""
    letter = letters.registration_received(registration.contact_name, case.number or "", due, link_of(case.id))
    notices.send_mail(registration.contact_email, letter.subject, letter.body)


@cases.effect(KIND, "approve")
def _admit(case: Case, _step: CaseStep, actor: Actor) -> None:
    registration = of_case(case)
    if db.session.scalar(select(Organization.id).where(Organization.uscc == registration.uscc)) is not None:
        raise Taken("该单位已经注册，不能重复准予；请不予通过并写明理由")
    organization = Organization(
        **{key: getattr(registration, key) for key in _FIELDS},
        created_at=clock.now(),
    )
    db.session.add(organization)
    db.session.flush()
    db.session.add(OrganizationCapacity(organization_id=organization.id, capacity=CAPACITY, since=clock.today()))
    registration.organization_id = organization.id
    activation.invite_operator(
        email=registration.contact_email,
        name=registration.contact_name,
        role=Role.EMPLOYER_CLERK,
        organization_id=organization.id,
        actor=actor,
    )


@cases.effect(KIND, "approve", "reject", "withdraw", "expire")
def _free_code(case: Case, _step: CaseStep, _actor: Actor) -> None:
    of_case(case).pending_uscc = None


@cases.effect(KIND, "approve", "reject", "return", "expire")
def _tell_applicant(case: Case, step: CaseStep, _actor: Actor) -> None:
    registration = of_case(case)
    what = cases.workflow_of(case).done_label(step.action)
    letter = letters.registration_moved(
        registration.contact_name, case.number or "", what, step.remark, link_of(case.id)
    )
    notices.send_mail(registration.contact_email, letter.subject, letter.body)


# --- drafts nobody submitted ------------------------------------------------------------------------------------------


@jobs.every_minute
def sweep() -> None:
    """Forget applications that were begun a week ago and never submitted, with their papers."""
    old = (
        select(Case.id)
        .where(Case.kind == KIND.value, Case.state == "draft", Case.opened_at < clock.now() - _DRAFT_LIFE)
        .limit(20)
    )
    if db.session.scalar(old) is None:
        return
    with transaction():
        for case in db.session.scalars(select(Case).where(Case.id.in_(old))).all():
            kept = [number for each in case.attachments for number in (each.file_id, each.display_file_id) if number]
            db.session.execute(delete(Attachment).where(Attachment.case_id == case.id))
            for paper in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(kept))).all():
                files.discard(paper)
            db.session.execute(delete(EmployerRegistration).where(EmployerRegistration.case_id == case.id))
            db.session.delete(case)

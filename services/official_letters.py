"""Official letters (公文): written with an act, printed and sealed by the worker, kept with the papers of the case."""

from datetime import UTC, datetime, time
from typing import Any

from flask import current_app
from sqlalchemy import select, update

from config import Settings
from domain.errors import RuleError
from domain.official_letters import (
    About,
    LetterFacts,
    LetterKind,
    letter_number,
    paragraphs_of,
    series_of,
    title_of,
)
from domain.periods import CHINA
from domain.proof_facts import Seal
from domain.roles import SYSTEM, Actor
from models import Attachment, Case, CaseStep, Job, OfficialLetter, Region, db
from services import audit, clock, files, jobs, letters, numbers, pdf, policies, press, signing
from services.signature_field import Place, SealMark, Wording
from services.transaction import release, transaction

ATTACHMENT = "official_letter"
_AT_ONCE = 10
# Told of every decision: who publishes the bases (art. 7).
_COPIES = "金华市职业技能管理服务中心"


# --- Reads ------------------------------------------------------------------------------------------------------------


def of_case(case: Case) -> list[OfficialLetter]:
    """The letters about a case, the oldest first."""
    query = select(OfficialLetter).where(OfficialLetter.case_id == case.id).order_by(OfficialLetter.id)
    return list(db.session.scalars(query))


def find_public(letter_id: int) -> OfficialLetter | None:
    """The letter if anybody may read it."""
    letter = db.session.get(OfficialLetter, letter_id)
    return letter if letter is not None and LetterKind(letter.kind).is_public else None


def public_of(organization_id: int | None) -> list[OfficialLetter]:
    """The letters about an organisation that anybody may read, the newest first."""
    public = [kind.value for kind in LetterKind if kind.is_public]
    query = (
        select(OfficialLetter)
        .join(Case, Case.id == OfficialLetter.case_id)
        .where(Case.organization_id == organization_id, OfficialLetter.kind.in_(public))
        .order_by(OfficialLetter.id.desc())
    )
    return list(db.session.scalars(query))


def facts_of(letter: OfficialLetter) -> LetterFacts:
    return LetterFacts.from_dict(letter.facts)


def bureau_name(region: Region) -> str:
    """What the bureau of a region signs with: 永康市人力资源和社会保障局."""
    return f"{region.name}人力资源和社会保障局"


# --- Acts -------------------------------------------------------------------------------------------------------------


def about(case: Case, **more: Any) -> About:
    """What every letter about a case may speak of; the rest comes by name."""
    policy = policies.active_policy()
    known = {
        "organization": case.organization.name if case.organization else case.title,
        "bureau": bureau_name(case.region),
        "policy": policy.document.get("name", policy.name),
        "case_number": case.number or "",
        "submitted_on": case.submitted_at.astimezone(CHINA).date() if case.submitted_at else None,
        "on": clock.today(),
        "phone": current_app.config["SITE"]["phone"],
        "address": letters.address_of("/bases/notices"),
        "appeal_days": int(policy.figure("appeal.window_days")),
    }
    return About(**{**known, **more})


def write(
    case: Case,
    kind: LetterKind,
    *,
    actor: Actor,
    step: CaseStep | None = None,
    addressee: str | None = None,
    **more: Any,
) -> OfficialLetter:
    """Write a letter of this kind about the case in the present transaction; the worker prints it.

    `more` are fields of domain/official_letters.About: reason, points, since, until, workdays, level, scope,
    base_number, articles. The addressee is the case's organisation; a public notice has none.
    """
    told = about(case, **more)
    year, region = told.on.year, case.region_code
    if addressee is None:
        addressee = "" if kind is LetterKind.PUBLIC_NOTICE else told.organization
    facts = LetterFacts(
        kind=kind,
        form=kind.form,
        number=letter_number(region, year, numbers.next_in(series_of(region, year))),
        title_lines=title_of(kind, told),
        issuer=told.bureau,
        region=case.region.name,
        addressee=addressee,
        paragraphs=paragraphs_of(kind, told),
        copies=_COPIES if kind.form == "document" else "",
        issued_on=told.on,
        case_number=told.case_number,
        seal=Seal(text=told.bureau, lawful=_settings().seal_lawful),
    )
    letter = OfficialLetter(
        case_id=case.id,
        step_id=step.id if step else None,
        kind=kind.value,
        number=facts.number,
        title=facts.title[:200],
        issued_on=told.on,
        facts=facts.to_dict(),
        facts_sha256=facts.sha256(),
    )
    db.session.add(letter)
    db.session.flush()
    audit.record(
        "official_letter.write",
        actor=actor,
        object_kind="case",
        object_id=case.id,
        number=facts.number,
        row=letter,
    )
    # What the demo city writes in its own past is in no hurry: it is printed by and by.
    if not clock.is_stopped():
        jobs.ask("letter", actor=SYSTEM, letter_id=letter.id)
    return letter


def _give_up(message: str, letter_id: int) -> None:
    db.session.execute(update(OfficialLetter).where(OfficialLetter.id == letter_id).values(problem=message[:200]))


@jobs.handler("letter", priority=8, give_up=_give_up)
def make(_run: jobs.Run | None, letter_id: int) -> dict[str, object]:
    """Print and seal a letter and put it to the papers of its case. Printing twice gives the same bytes."""
    letter = db.session.get_one(OfficialLetter, letter_id)
    if letter.attachment_id is not None:
        return {}
    facts = facts_of(letter)
    if facts.sha256() != letter.facts_sha256:
        raise RuleError("公文内容与存档不一致，不能制作，请联系平台服务电话", code="facts_changed")
    release()
    data = printed(facts)
    with transaction():
        letter = db.session.scalars(
            select(OfficialLetter).where(OfficialLetter.id == letter_id).with_for_update()
        ).one()
        if letter.attachment_id is not None:
            return {}
        stored = files.store(data, name=f"{letter.number}.pdf", media_type="application/pdf", actor=SYSTEM)
        paper = Attachment(
            case_id=letter.case_id, file_id=stored.id, kind=ATTACHMENT, label=f"{letter.title}（{letter.number}）"[:200]
        )
        db.session.add(paper)
        db.session.flush()
        letter.attachment_id, letter.problem = paper.id, None
        audit.record(
            "official_letter.print", actor=SYSTEM, object_kind="case", object_id=letter.case_id, number=letter.number,
            row=letter,
        )  # fmt: skip
    return {}


@jobs.every_minute
def print_waiting() -> None:
    """Print letters that nobody asked the worker for, a few at a time."""
    print_some(_AT_ONCE)


def print_some(most: int) -> None:
    """Print the newest letters without a paper, unless the worker is about to."""
    query = select(OfficialLetter.id).where(OfficialLetter.attachment_id.is_(None), OfficialLetter.problem.is_(None))
    under_way = select(Job.id).where(Job.kind == "letter", Job.state.in_(("queued", "running"))).exists()
    if db.session.scalar(select(under_way)):
        return
    for letter_id in list(db.session.scalars(query.order_by(OfficialLetter.id.desc()).limit(most))):
        try:
            make(None, letter_id)
        except RuleError as refusal:
            with transaction():
                _give_up(refusal.message, letter_id)


def printed(facts: LetterFacts) -> bytes:
    """The sealed PDF of a letter."""
    sealer = signing.sealer()
    if facts.seal.lawful and sealer.development:
        raise signing.SigningRefused("有法律效力的公文不能用开发用证书签名，请配置签章证书")
    return sealer.seal(drawn(facts, sealer.mark), facts.number)


def drawn(facts: LetterFacts, seal: SealMark | None = None) -> bytes:
    """The PDF of a letter, its signature still to come, and with `seal` the seal service's too.

    The same facts give the same bytes.
    """
    # A letter has a day and no hour: it bears noon of it.
    at = datetime.combine(facts.issued_on, time(12), CHINA).astimezone(UTC)
    reason = f"{facts.title} {facts.number}"[:200]
    return press.render_document(
        "letter",
        facts.to_dict(),
        fonts_folder=_settings().fonts_folder,
        enclosed=pdf.Enclosed(name="letter.json", description="公文内容", text=facts.to_json(), at=at),
        place=Place(Wording(signer=facts.issuer, reason=reason, place=facts.region, contact="", at=at), seal),
    )


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings

"""What a proof says, frozen now: one builder for each kind, and the head they all share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app

from config import Settings
from domain import cut_reasons
from domain.articles import cited
from domain.credit_entries import from_tenths
from domain.credit_policy import Policy as CreditPolicy
from domain.errors import RuleError
from domain.evaluation import EntryOutcome, Evaluation
from domain.identity import IdType, Sex
from domain.ledger_rules import EntryKind
from domain.periods import china_date
from domain.proof_facts import AnnualFacts, Certificate, Entry, Floor, Issuer, Person, Policy, ProofFacts, Seal
from domain.proof_kinds import ProofKind
from domain.skills import CertificateKind
from models import CreditEntry, PolicyVersion, Technician
from services import compliance, reference, register_history, registry, result_posting
from services.as_of import AsOf
from services.compliance import Standing

_ISSUER = Issuer(unit="金华市人力资源和社会保障局", region="金华市")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which proof somebody wants: a kind, its last year, and whatever else tells it from others of its kind.

    `topic` names it among the proofs of one person and kind: a newer one of the same topic replaces an older one. It
    is the year of an annual proof, the years of a transcript, the activity of a learning proof, nothing for a purpose.
    """

    kind: ProofKind
    year: int
    topic: str


@dataclass(frozen=True, kw_only=True)
class Content:
    """The facts without number and code, and the version of the policy they were judged by."""

    facts: ProofFacts
    version: PolicyVersion


Builder = Callable[[Technician, Asked, AsOf], Content]
_builders: dict[ProofKind, Builder] = {}


def builds(*kinds: ProofKind) -> Callable[[Builder], Builder]:
    """Register what freezes the facts of these kinds; it raises RuleError when there is nothing to prove."""

    def register(function: Builder) -> Builder:
        _builders.update(dict.fromkeys(kinds, function))
        return function

    return register


def build(technician: Technician, asked: Asked, known: AsOf) -> Content:
    """What the proof says as of a moment; RuleError when there is nothing to prove.

    The same moment always gives the same facts, but for what is the paper's own: number, code, addresses, seal.
    """
    return _builders[asked.kind](technician, asked, known)


def settings() -> Settings:
    """The settings of the running application."""
    found: Settings = current_app.extensions["settings"]
    return found


def head(
    technician: Technician, known: AsOf, policy: CreditPolicy, version: PolicyVersion, articles: set[int]
) -> dict[str, Any]:
    """The part of the facts that every kind has, number and code still empty."""
    sheet = register_history.sheet(technician.id, known, on=china_date(known.at))
    return {
        "number": "",
        "code": "",
        "verify_url": "",
        "verify_page": f"{settings().base_url}/verify",
        "issued_at": known.at.replace(microsecond=0),
        "issuer": _ISSUER,
        # Until a lawful seal is configured, the paper and the verification page say that it is none.
        "seal": Seal(text=_ISSUER.unit, lawful=settings().seal_lawful),
        "person": Person(
            name=sheet.name,
            sex=Sex(technician.sex).label,
            id_type=IdType(technician.id_type).label,
            id_masked=registry.masked_id(technician),
        ),
        "certificates": tuple(
            Certificate(
                kind=CertificateKind(certificate.kind).label,
                occupation=certificate.occupation,
                level=reference.level_names()[certificate.level] if certificate.level else "",
                number=certificate.number,
                issued_on=certificate.issued_on,
                issuer=certificate.issuer,
            )
            for certificate in sheet.certificates
            if certificate.state == "valid"
        ),
        "employer": sheet.employer or "灵活就业",
        "policy": Policy(
            key=policy.key,
            name=policy.document["name"],
            version=version.sha256[:12],
            articles=tuple(map(cited, sorted(articles))),
        ),
    }


def floors_of(evaluation: Evaluation) -> tuple[Floor, ...]:
    """The floors of a year as a paper prints them."""
    return tuple(
        Floor(
            key=floor.key,
            label=floor.label,
            required=floor.required,
            earned=floor.counted,
            missing=floor.missing,
            met=floor.met,
            article=cited(floor.article) if floor.article else "",
        )
        for floor in evaluation.floors
    )


def entries_of(counted: list[tuple[CreditEntry, EntryOutcome]], policy: CreditPolicy) -> tuple[Entry, ...]:
    """The entries of a year as a paper prints them."""
    return tuple(
        Entry(
            occurred_on=entry.occurred_on,
            title=entry.source_title,
            form=policy.form(entry.form).label,
            subject=policy.subject(entry.subject).label,
            hours=from_tenths(entry.hours_tenths),
            credits=from_tenths(entry.credits_tenths),
            counted=outcome.counted,
            reason="、".join([*(cut_reasons.said(cut, policy) for cut in outcome.cuts), *_late(entry, policy)]),
        )
        for entry, outcome in counted
    )


def conclusion_of(evaluation: Evaluation) -> str:
    """How a year ended, as a paper prints it: a sentence without the spaces that set off figures on a screen."""
    return f"{evaluation.summary.replace(' ', '')}。"


def articles_of(standing: Standing) -> set[int]:
    """The articles the floors of a year rest on."""
    return {floor.article for floor in standing.evaluation.floors if floor.article}


def _late(entry: CreditEntry, policy: CreditPolicy) -> list[str]:
    """What a proof says of credits that came after the year was closed (P-09)."""
    late = result_posting.is_closed(entry.year, china_date(entry.posted_at), policy)
    return ["关账后补录"] if late and entry.kind == EntryKind.AWARD else []


@builds(ProofKind.ANNUAL)
def _annual(technician: Technician, asked: Asked, known: AsOf) -> Content:
    book = compliance.book(technician.id, known)
    standing = book.standing(asked.year)
    counted = standing.of_year()
    if not counted:
        raise RuleError(f"{asked.year}年度还没有学分记录，暂不能开具证明")
    facts = AnnualFacts(
        **head(technician, known, standing.policy, standing.version, articles_of(standing)),
        year=asked.year,
        floors=floors_of(standing.evaluation),
        compliant=standing.evaluation.compliant,
        conclusion=conclusion_of(standing.evaluation),
        entries=entries_of(counted, standing.policy),
        ledger_position=book.last_entry,
    )
    return Content(facts=facts, version=standing.version)

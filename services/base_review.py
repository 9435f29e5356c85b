"""The bureau's review of a base application: a finding for each condition by two persons, and what a decision needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from domain.base_content import BaseContent, condition_key, condition_label, from_canonical
from domain.base_purpose import Purpose
from domain.base_shown import Change, Words, changes, words
from domain.base_workflow import NOTICE
from domain.errors import NotAllowed, RuleError, WrongState
from domain.periods import china_date
from domain.roles import Actor
from models import Attachment, BaseFinding, BaseObjection, Case, CaseStep, db
from services import audit, base_applications, base_purposes, case_lock, cases, clock, policies, reference
from services.base_applications import KIND
from services.calendar import working_calendar

# The action that hands in the findings of a stage.
HANDS_IN = {1: "examine", 2: "confirm"}
STAGE_LABELS = {1: "审核", 2: "复核"}


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The findings of one stage; `is_whole` when all that are `needed` are there and speak of the present content."""

    stage: int
    label: str
    findings: dict[int, BaseFinding]
    needed: tuple[int, ...]
    is_whole: bool
    may_write: bool = False

    @property
    def met(self) -> int:
        return sum(finding.met for finding in self.findings.values())


@dataclass(frozen=True, kw_only=True)
class Review:
    """What the officer's page shows of an application; a decision names `content_sha256` (P-13)."""

    case: Case
    content: BaseContent
    evidence: dict[int, list[Attachment]]
    sheets: list[Sheet]
    objections: list[BaseObjection]
    changes: list[Change]
    purpose: Purpose
    against_published: list[Change]
    round: int
    notice_until: date | None
    notice_open: bool
    content_sha256: str
    papers: tuple[Attachment, ...] = ()


def review(case: Case) -> Review:
    """Everything of a submitted application its page shows."""
    rounds = base_applications.snapshots(case)
    content = from_canonical(rounds[0].content)
    return Review(
        case=case,
        content=content,
        evidence=evidence_of(case, content),
        sheets=[sheet for stage in HANDS_IN if (sheet := sheet_of(case, stage)).findings],
        objections=objections_of(case),
        changes=changes(in_words(from_canonical(rounds[1].content)), in_words(content)) if len(rounds) > 1 else [],
        purpose=base_purposes.purpose_of(case),
        against_published=against_published(case, content),
        round=rounds[0].round,
        notice_until=notice_until(case),
        notice_open=case.state == NOTICE and case.due_on is not None and case.due_on >= clock.today(),
        content_sha256=rounds[0].sha256,
    )


def against_published(case: Case, content: BaseContent) -> list[Change]:
    """What the application says otherwise than what is published now; nothing for a first recognition."""
    earlier = base_purposes.before(case)
    return changes(in_words(earlier), in_words(content)) if earlier else []


def in_words(content: BaseContent) -> list[Words]:
    """Everything the application states, as pages show it."""
    subjects = {each.key: each.label for each in policies.active_policy().subjects}
    return words(content, levels=reference.level_names(), subjects=subjects)


def evidence_of(case: Case, content: BaseContent) -> dict[int, list[Attachment]]:
    """The files that were submitted to each condition, also when they were taken out of the draft since."""
    found: dict[int, list[Attachment]] = {}
    for number, condition in enumerate(content.conditions, 1):
        wanted = {paper.sha256 for paper in condition.papers}
        mine = (each for each in case.attachments if each.kind == condition_key(number))
        found[number] = list({each.file.sha256: each for each in mine if each.file.sha256 in wanted}.values())
    return found


def objections_of(case: Case) -> list[BaseObjection]:
    """What was said against the base, oldest first."""
    query = select(BaseObjection).where(BaseObjection.case_id == case.id).order_by(BaseObjection.id)
    return list(db.session.scalars(query))


def sheet_of(case: Case, stage: int, actor: Actor | None = None) -> Sheet:
    """The review sheet of a stage; with an actor it says whether this one may write it now."""
    query = select(BaseFinding).where(BaseFinding.case_id == case.id, BaseFinding.stage == stage)
    findings = {each.condition: each for each in db.session.scalars(query.order_by(BaseFinding.condition))}
    seal = base_applications.seal_of(case)
    return Sheet(
        stage=stage,
        label=STAGE_LABELS[stage],
        findings=findings,
        needed=base_purposes.conditions_for(case),
        is_whole=set(findings) == set(base_purposes.conditions_for(case))
        and all(each.content_sha256 == seal for each in findings.values()),
        may_write=actor is not None and _may_write(case, stage, actor),
    )


def stage_now(case: Case) -> int | None:
    """The stage whose sheet is being written now."""
    return {"review": 1, "second": 2}.get(case.state)


def _may_write(case: Case, stage: int, actor: Actor) -> bool:
    return any(move.action == HANDS_IN[stage] for move in cases.actions(case, actor))


def find_out(case: Case, findings: Mapping[int, tuple[bool, str]], *, actor: Actor) -> None:
    """Write the sheet of the present stage: for each condition whether it is met, and why not (INV-07).

    Raises WrongState, NotAllowed or RuleError.
    """
    case_lock.hold(case.id)
    db.session.refresh(case)
    stage = stage_now(case)
    if stage is None:
        raise WrongState("填写审核表", cases.state_of(case).label)
    if not _may_write(case, stage, actor):
        raise NotAllowed(cases.obstacle(case, actor) or "审核与复核须由不同的人办理")
    if set(findings) != set(base_purposes.conditions_for(case)):
        raise RuleError("请对表上的条件逐项填写意见", code="findings")
    for number, (met, remark) in findings.items():
        if not met and not remark.strip():
            raise RuleError(f"{condition_label(number)}：认为不符合的，必须写明理由", code="remark_required")
    seal, now = base_applications.seal_of(case), clock.now()
    db.session.execute(delete(BaseFinding).where(BaseFinding.case_id == case.id, BaseFinding.stage == stage))
    db.session.add_all(
        BaseFinding(
            case_id=case.id,
            stage=stage,
            condition=number,
            met=met,
            remark=remark.strip(),
            account_id=actor.account_id,
            found_by=actor.name,
            content_sha256=seal,
            found_at=now,
        )
        for number, (met, remark) in findings.items()
    )
    db.session.flush()
    audit.record("base_application.find", actor=actor, object_kind="case", object_id=case.id, stage=stage)


# --- what the steps need ----------------------------------------------------------------------------------------------


@cases.effect(KIND, "examine", "confirm")
def _needs_own_sheet(case: Case, step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    stage = 1 if step.action == HANDS_IN[1] else 2
    sheet = sheet_of(case, stage)
    if not sheet.is_whole or any(each.account_id != actor.account_id for each in sheet.findings.values()):
        raise RuleError(f"请先由您本人填写{sheet.label}表，对条件逐项写明意见", code="no_sheet")


@cases.effect(KIND, "approve", "approve_change")
def _needs_all_conditions(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    for stage in HANDS_IN:
        sheet = sheet_of(case, stage)
        if not sheet.is_whole or sheet.met != len(sheet.needed):
            raise RuleError(
                f"{sheet.label}意见：{len(sheet.needed)} 项条件中符合 {sheet.met} 项。"
                "全部符合才能同意（第九条），否则应不予同意",
                code="conditions",
            )


def notice_until(case: Case) -> date | None:
    """The last day of the public notice; None before there is one."""
    step = next((step for step in reversed(case.steps) if step.action == "approve"), None)
    if step is None:
        return None
    if case.state == NOTICE and case.due_on is not None:
        return case.due_on
    days = int(policies.active_policy().figure("base.publicity_workdays"))
    return working_calendar().add_working_days(china_date(step.at), days)


@cases.effect(KIND, "recognise", "conclude")
def _needs_end_of_notice(case: Case, _step: CaseStep, _actor: Actor, **_inputs: Any) -> None:
    until = notice_until(case)
    if until is None or clock.today() <= until:
        raise RuleError("公示期还没有结束，期满后才能认定", code="notice")
    objections = objections_of(case)
    if any(each.upheld is None for each in objections):
        raise RuleError("还有异议没有答复，请经办人先核实答复", code="objections")
    if any(each.upheld for each in objections):
        raise RuleError("有异议经核实成立，不能认定，请不予认定并写明理由", code="objections")

"""The letters that the steps of a base application cause: from the acceptance slip to the notice of recognition."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from domain.base_content import SECTION_LABELS, BaseContent
from domain.base_purpose import Purpose
from domain.base_shown import Change, show_levels
from domain.official_letters import LetterKind
from domain.periods import china_date
from domain.roles import Actor
from models import Case, CaseStep, SupplementItem, db
from services import base_applications, base_purposes, base_review, cases, official_letters, policies, reference
from services.base_applications import KIND

# How long a change may be to be said in a letter, and how many of them.
_SHORT, _MOST_POINTS = 80, 20
Told = Callable[[Case, CaseStep], dict[str, Any]]


def scope_in_words(content: BaseContent) -> str:
    """The occupations and levels in one line, as letters name them."""
    levels = reference.level_names()
    return "、".join(f"{line.occupation}（{show_levels(line, levels)}）" for line in content.scope)


def _figure(key: str) -> int:
    return int(policies.active_policy().figure(key))


def _accepted(case: Case, _step: CaseStep) -> dict[str, Any]:
    return {"until": case.due_on, "workdays": _figure("base.review_workdays")}


def _change_accepted(case: Case, _step: CaseStep) -> dict[str, Any]:
    return {"until": case.due_on, "workdays": _figure("base.change_workdays")}


def _changed(case: Case, _step: CaseStep) -> dict[str, Any]:
    content = base_applications.submitted_content(case)
    found = base_review.against_published(case, content) if content else []
    points = [_in_short(each) for each in found]
    return {"points": (*points[:_MOST_POINTS], *(["其他内容见平台公布的页面"] if len(points) > _MOST_POINTS else []))}


def _in_short(change: Change) -> str:
    if len(change.before + change.after) > _SHORT:
        return f"{change.label}的内容"
    return f"{change.label}：由“{change.before or '无'}”变更为“{change.after or '无'}”"


def _points(case: Case, step: CaseStep) -> dict[str, Any]:
    query = select(SupplementItem).where(SupplementItem.step_id == step.id).order_by(SupplementItem.id)
    points = tuple(f"{SECTION_LABELS.get(each.section, '')}：{each.message}" for each in db.session.scalars(query))
    return {"until": case.due_on, "points": points}


def _reason(_case: Case, step: CaseStep) -> dict[str, Any]:
    return {"reason": step.remark or ""}


def _extended(case: Case, step: CaseStep) -> dict[str, Any]:
    return {"until": case.due_on, "reason": step.remark or ""}


def _base(case: Case) -> dict[str, Any]:
    content = base_applications.submitted_content(case)
    return {"level": content.basics.level.label, "scope": scope_in_words(content)} if content else {}


def _on_notice(case: Case, step: CaseStep) -> dict[str, Any]:
    days = _figure("base.publicity_workdays")
    return {**_base(case), "since": china_date(step.at), "until": case.due_on, "workdays": days}


def _recognised(case: Case, _step: CaseStep) -> dict[str, Any]:
    return _base(case)


_LETTERS: dict[str, tuple[LetterKind, Told]] = {
    "accept": (LetterKind.ACCEPTANCE, _accepted),
    "deem": (LetterKind.ACCEPTANCE, _accepted),
    "accept_change": (LetterKind.ACCEPTANCE, _change_accepted),
    "deem_change": (LetterKind.ACCEPTANCE, _change_accepted),
    "approve_change": (LetterKind.CHANGE, _changed),
    "reject_change": (LetterKind.CHANGE_REFUSAL, _reason),
    "return": (LetterKind.SUPPLEMENT, _points),
    "decline": (LetterKind.NOT_ACCEPTED, _reason),
    "extend": (LetterKind.EXTENSION, _extended),
    "reject": (LetterKind.REFUSAL, _reason),
    "approve": (LetterKind.PUBLIC_NOTICE, _on_notice),
    "recognise": (LetterKind.RECOGNITION, _recognised),
    "conclude": (LetterKind.RECOGNITION, _recognised),
}


_MATTERS = {
    Purpose.FIRST: "继续教育基地认定申请",
    Purpose.RENEWAL: "继续教育基地续期申请",
    Purpose.CHANGE: "变更继续教育基地公布内容的申请",
}


@cases.effect(KIND, *_LETTERS)
def _write(case: Case, step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    kind, told = _LETTERS[step.action]
    matter = _MATTERS[base_purposes.purpose_of(case)]
    official_letters.write(case, kind, actor=actor, step=step, matter=matter, **told(case, step))

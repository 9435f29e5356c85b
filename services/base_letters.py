"""The letters that the steps of a base application cause: from the acceptance slip to the notice of recognition."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from domain.base_content import SECTION_LABELS, BaseContent
from domain.base_shown import show_levels
from domain.official_letters import LetterKind
from domain.periods import china_date
from domain.roles import Actor
from models import Case, CaseStep, SupplementItem, db
from services import base_applications, cases, official_letters, policies, reference
from services.base_applications import KIND

Told = Callable[[Case, CaseStep], dict[str, Any]]


def scope_in_words(content: BaseContent) -> str:
    """The occupations and levels in one line, as letters name them."""
    levels = reference.level_names()
    return "、".join(f"{line.occupation}（{show_levels(line, levels)}）" for line in content.scope)


def _figure(key: str) -> int:
    return int(policies.active_policy().figure(key))


def _accepted(case: Case, _step: CaseStep) -> dict[str, Any]:
    return {"until": case.due_on, "workdays": _figure("base.review_workdays")}


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
    "return": (LetterKind.SUPPLEMENT, _points),
    "decline": (LetterKind.NOT_ACCEPTED, _reason),
    "extend": (LetterKind.EXTENSION, _extended),
    "reject": (LetterKind.REFUSAL, _reason),
    "approve": (LetterKind.PUBLIC_NOTICE, _on_notice),
    "recognise": (LetterKind.RECOGNITION, _recognised),
    "conclude": (LetterKind.RECOGNITION, _recognised),
}


@cases.effect(KIND, *_LETTERS)
def _write(case: Case, step: CaseStep, actor: Actor, **_inputs: Any) -> None:
    kind, told = _LETTERS[step.action]
    official_letters.write(case, kind, actor=actor, step=step, **told(case, step))

"""Becoming a training base: the organisation's own page, one application, its task list, check and submission."""

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.base_content import CONDITIONS, SECTIONS, condition_key
from domain.base_measures import Measure
from domain.base_parse import section_states
from domain.filing_reader import Problem
from domain.filing_rules import SectionState
from domain.roles import Permission
from domain.workflows import Side
from models import BaseApplication, TrainingBase
from services import (
    base_applications,
    base_measures,
    base_review,
    bases,
    case_history,
    cases,
    clock,
    official_letters,
    policies,
    reference,
)
from services.transaction import transaction
from views.access import current_actor, requires

bp = Blueprint("base_applications", __name__, url_prefix="/base")

SECTION_OF = {section.key: section for section in SECTIONS}


def application_or_404(case_id: int) -> BaseApplication:
    return base_applications.find(case_id, seen_by=current_actor()) or abort(404)


def draft_or_404(case_id: int) -> BaseApplication:
    """An application this account may write in now; one it may only read sends to its page."""
    application = application_or_404(case_id)
    if not base_applications.is_editable(application, current_actor()):
        abort(redirect(url_for(".show", case_id=case_id), 303))
    return application


# --- The organisation's page ------------------------------------------------------------------------------------------


@bp.get("")
@requires(Permission.FILING_READ)
def index():
    actor = current_actor()
    base = bases.of_organization(actor.organization_id)
    return render_template(
        "organizer/bases/index.html",
        base=base,
        state=cases.state_of(base.case) if base else None,
        renewing=base is not None and bases.is_renewal(base, clock.today()),
        applications=[
            (each, cases.state_of(each.case)) for each in base_applications.of_organization(actor.organization_id)
        ],
        present=base_applications.under_way(actor.organization_id),
        may_apply=actor.can(Permission.BASE_APPLY),
        barred=_barred_until(base),
        measures=[
            (each, Measure(each.measure), cases.state_of(each.case))
            for each in (base_measures.of_base(base) if base else ())
        ],
        conditions=CONDITIONS,
    )


def _barred_until(base: TrainingBase | None) -> date | None:
    """Until when a base that was revoked cannot apply again; None when it can."""
    until = base_applications.barred_until(base) if base is not None else None
    return until if until is not None and clock.today() < until else None


@bp.post("/new")
@requires(Permission.BASE_APPLY)
def create():
    with transaction():
        application = base_applications.start(actor=current_actor())
        case_id = application.case_id
    return redirect(url_for(".hub", case_id=case_id), 303)


@bp.get("/<int:case_id>")
@requires(Permission.FILING_READ)
def show(case_id: int):
    application, actor = application_or_404(case_id), current_actor()
    case = application.case
    if case.submitted_at is None and base_applications.is_editable(application, actor):
        return redirect(url_for(".hub", case_id=case_id), 303)
    content = base_applications.submitted_content(case)
    if content is None:
        content = base_applications.examine(application)[0] or abort(404)
    base = bases.of_organization(application.organization_id)
    return render_template(
        "organizer/bases/show.html",
        application=application,
        case=case,
        state=cases.state_of(case),
        with_bureau=cases.state_of(case).side is Side.BUREAU,
        deadline=case_history.deadline(case),
        content=content,
        evidence=base_review.evidence_of(case, content),
        labels=labels(),
        against_published=base_review.against_published(case, content),
        steps=case_history.timeline(case, {section.key: section.label for section in SECTIONS}),
        points=_point_rows(application),
        editable=base_applications.is_editable(application, actor),
        actions={move.action for move in cases.actions(case, actor)},
        base=base if base is not None and base.case_id == case.id else None,
        notice_until=base_review.notice_until(case),
        letters=official_letters.of_case(case),
    )


def labels() -> dict[str, Any]:
    """What the pages need to say a content in words."""
    return {
        "levels": reference.level_names(),
        "subjects": {each.key: each.label for each in policies.active_policy().subjects},
        "conditions": CONDITIONS,
    }


def _point_rows(application: BaseApplication) -> list[dict[str, str | None]]:
    return [
        {
            "section": base_applications.section_label(point.section),
            "message": point.message,
            "url": url_for(".section", case_id=application.case_id, key=point.section)
            if point.section in SECTION_OF
            else None,
        }
        for point in base_applications.points(application.case)
    ]


# --- The task list ----------------------------------------------------------------------------------------------------


@bp.get("/<int:case_id>/edit")
@requires(Permission.BASE_APPLY)
def hub(case_id: int):
    application = draft_or_404(case_id)
    states = states_of(application, base_applications.examine(application)[1])
    points: dict[str, list[str]] = {}
    for point in base_applications.points(application.case):
        points.setdefault(point.section, []).append(point.message)
    return render_template(
        "organizer/bases/hub.html",
        application=application,
        case=application.case,
        sections=[
            {
                "section": section,
                "state": states[section.key],
                "url": url_for(
                    ".section",
                    case_id=case_id,
                    key=section.key,
                    check=1 if states[section.key] is SectionState.STARTED else None,
                ),
                "points": points.get(section.key, []),
            }
            for section in SECTIONS
        ],
        complete=sum(state is SectionState.COMPLETE for state in states.values()),
    )


def states_of(application: BaseApplication, problems: list[Problem]) -> dict[str, SectionState]:
    return section_states(application.draft, problems, base_applications.papers_of(application.case))


# --- Check and submit -------------------------------------------------------------------------------------------------


@bp.get("/<int:case_id>/check")
@requires(Permission.BASE_APPLY)
def check(case_id: int):
    return _check_page(draft_or_404(case_id))


def _check_page(application: BaseApplication, status: int = 200):
    case = application.case
    content, problems = base_applications.examine(application)
    return render_template(
        "organizer/bases/check.html",
        application=application,
        case=case,
        content=content,
        evidence={number: base_applications.papers_of(case)[condition_key(number)] for number in CONDITIONS},
        labels=labels(),
        against_published=base_review.against_published(case, content) if content else [],
        errors=[
            {
                "label": base_applications.section_label(each.section),
                "message": each.message,
                "url": url_for(".section", case_id=application.case_id, key=each.section, check=1),
            }
            for each in problems
            if not each.hint
        ],
        points=_point_rows(application),
        move=base_applications.submit_action(case),
    ), status


@bp.post("/<int:case_id>/submit")
@requires(Permission.BASE_APPLY)
def submit(case_id: int):
    application = draft_or_404(case_id)
    try:
        with transaction():
            base_applications.submit(application, actor=current_actor())
    except base_applications.Incomplete:
        return _check_page(application, 422)
    flash(f"申请已提交，受理编号 {application.case.number}。", "success")
    return redirect(url_for(".show", case_id=case_id), 303)


@bp.post("/<int:case_id>/withdraw")
@requires(Permission.BASE_APPLY)
def withdraw(case_id: int):
    application = application_or_404(case_id)
    was_draft = application.case.submitted_at is None
    with transaction():
        base_applications.withdraw(application, actor=current_actor(), version=request.form.get("version", type=int))
    flash("草稿已删除。" if was_draft else "申请已撤回。", "success")
    return redirect(url_for(".index") if was_draft else url_for(".show", case_id=case_id), 303)

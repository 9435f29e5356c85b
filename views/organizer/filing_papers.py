"""The files of an activity filing: its plan, and what a commissioned one must show besides."""

from typing import Any

from flask import flash, redirect, render_template

from domain.errors import RuleError
from domain.roles import Permission
from forms.filings import PlanForm
from models import ActivityFiling
from services import filing_tables, filings
from services.files import DOCUMENT
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.filing_draft import draft_or_404, section_or_404, section_url
from views.organizer.filings import bp, paper_rows


@bp.get("/<int:filing_id>/edit/plan")
@requires(Permission.FILING_WRITE)
def papers(filing_id: int):
    filing = draft_or_404(filing_id)
    return _plan_page(filing, _plan_form(filing, formdata=None))


def _plan_page(filing: ActivityFiling, form: PlanForm, status: int = 200):
    part = section_or_404(filing, "plan")
    return render_template(
        "organizer/filings/sections/plan.html",
        filing=filing,
        case=filing.case,
        part=part,
        place=len(filings.sections(filing)),
        parts=len(filings.sections(filing)),
        form=form,
        papers=paper_rows(filing, removable=True),
        limits=DOCUMENT.limits,
        most=filings.MOST_PAPERS,
        points=[point.message for point in filings.points(filing.case) if point.section == part.key],
        hints=[],
    ), status


def _plan_form(filing: ActivityFiling, **how: Any) -> PlanForm:
    """Adding a file; what kind it is, is asked where a government body has entrusted somebody (art. 38)."""
    form = PlanForm(**how)
    if (filing.draft.get("fees") or {}).get("commissioned") != "yes":
        del form.kind
    return form


@bp.post("/<int:filing_id>/edit/plan")
@requires(Permission.FILING_WRITE)
def add_paper(filing_id: int):
    filing = draft_or_404(filing_id)
    form = _plan_form(filing)
    if not form.validate():
        return _plan_page(filing, form, 422)
    upload = form.file.data
    try:
        with transaction():
            kind = form.kind.data if form.kind else filing_tables.PLAN
            filings.attach_plan(filing, upload.read(), upload.filename or "", actor=current_actor(), kind=kind)
    except RuleError as refusal:
        form.file.errors = [refusal.message]
        return _plan_page(filing, form, 422)
    flash("文件已上传。", "success")
    return redirect(section_url(filing, "plan"), 303)


@bp.post("/<int:filing_id>/edit/plan/<int:attachment_id>/remove")
@requires(Permission.FILING_WRITE)
def remove_plan(filing_id: int, attachment_id: int):
    filing = draft_or_404(filing_id)
    with transaction():
        filings.remove_plan(filing, attachment_id, actor=current_actor())
    flash("文件已移除。", "success")
    return redirect(section_url(filing, "plan"), 303)

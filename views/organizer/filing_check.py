"""The last look at an activity filing before it goes to the bureau, and its submission."""

from flask import redirect, render_template, url_for

from domain.filing_changes import differences
from domain.roles import Permission
from models import ActivityFiling
from services import cases, filing_tables, filings
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.filing_draft import draft_or_404, earliest_for, section_url, states_of
from views.organizer.filings import bp, filing_or_404, paper_rows, point_rows


@bp.get("/<int:filing_id>/check")
@requires(Permission.FILING_WRITE)
def check(filing_id: int):
    return _check_page(draft_or_404(filing_id))


def _check_page(filing: ActivityFiling, status: int = 200):
    parsed, problems = filings.examine(filing)
    errors = [problem for problem in problems if not problem.hint]
    content = parsed.content
    before = filing_tables.submitted_content(filing.case)
    figures = filings.figures_for(filing.case, filing.form)
    sections = filings.sections(filing)
    labels = {section.key: section.label for section in sections}
    return render_template(
        "organizer/filings/check.html",
        filing=filing,
        case=filing.case,
        content=parsed,
        figures=figures,
        errors=[
            {
                "label": labels[problem.section],
                "message": problem.message,
                "url": section_url(filing, problem.section, check=True, anchor=problem.field or None),
            }
            for problem in errors
        ],
        hints=[problem.message for problem in problems if problem.hint],
        change_urls={section.key: section_url(filing, section.key) for section in sections},
        changes=differences(before, content, figures.subjects) if before and content else [],
        resubmitted=before is not None,
        papers=paper_rows(filing),
        earliest=earliest_for(filing, figures),
        states=states_of(filing, problems),
        points=point_rows(filing),
        move=cases.workflow_of(filing.case).find(filings.submit_action(filing.case, content) or "", filing.case.state),
    ), status


@bp.post("/<int:filing_id>/submit")
@requires(Permission.FILING_WRITE)
def submit(filing_id: int):
    filing = filing_or_404(filing_id)
    try:
        with transaction():
            filings.submit(filing, actor=current_actor())
    except filings.Incomplete:
        return _check_page(filing, 422)
    return redirect(url_for(".submitted", filing_id=filing.id), 303)

"""Activity filings of an organisation: the list, one filing, its papers, and what may be done with it as a whole."""

from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.filing_content import PAPER_KINDS, SECTION_LABELS
from domain.filing_review import phase_on
from domain.filing_rules import earliest_start
from domain.filing_workflow import IN_FORCE
from domain.roles import Permission
from domain.workflows import WORKFLOWS, CaseKind, Side
from forms.filings import CancelForm
from models import ActivityFiling, Attachment
from services import (
    activity_changes,
    case_history,
    cases,
    clock,
    early_ends,
    filing_forms,
    filing_lists,
    filing_tables,
    filings,
    results,
)
from services.calendar import working_calendar
from services.transaction import transaction
from views.access import current_actor, requires
from views.filters import china_time
from views.htmx import render_page_or_part
from views.lists import page_of_rows

bp = Blueprint("filings", __name__, url_prefix="/filings")

_WORKFLOW = WORKFLOWS[CaseKind.ACTIVITY_FILING]


def filing_or_404(filing_id: int) -> ActivityFiling:
    """The filing if the organisation of this request may know of it."""
    return filings.find(filing_id, seen_by=current_actor()) or abort(404)


@bp.get("")
@requires(Permission.FILING_READ)
def index():
    actor = current_actor()
    search = request.args.get("q", "").strip()[:100]
    state = request.args.get("state", "")
    year = request.args.get("year", type=int)
    year = year if year and 2000 <= year <= 2100 else None
    sort, down = request.args.get("sort", ""), request.args.get("down") == "1"
    counts = filing_lists.counts(actor, search=search, year=year)
    page = page_of_rows(
        filing_lists.listing(actor, search=search, state=state, year=year, sort=sort, down=down), per_page=20
    )
    today = clock.today()
    return render_page_or_part(
        "organizer/filings/index.html",
        "organizer/filings/_list.html",
        page=page,
        rows=[
            {
                "row": row,
                "state": _WORKFLOW.state(row.state),
                "phase": filing_lists.phase_of(row, today),
                "deadline": case_history.deadline_of(CaseKind.ACTIVITY_FILING, row.state, row.due_on),
            }
            for row in page.items
        ],
        search=search,
        state=state,
        year=year,
        sort=sort,
        down=down,
        years=filing_lists.years(actor),
        tabs=_tabs(counts, state),
        anything=bool(counts) or bool(search or year),
        may_write=actor.can(Permission.FILING_WRITE),
    )


def _tabs(counts: dict[str, int], state: str) -> list[tuple[str, str, bool, int]]:
    """All, and each state that something stands in; the query of the page is kept."""
    kept = {name: value for name, value in request.args.items() if name in ("q", "year", "sort", "down") and value}

    def address(**more: str) -> str:
        return f"{url_for('.index')}?{urlencode({**kept, **more})}"

    tabs = [("全部", address(), state == "", sum(counts.values()))]
    for each in _WORKFLOW.states:
        if counts.get(each.name) or each.name == state:
            tabs.append((each.label, address(state=each.name), state == each.name, counts.get(each.name, 0)))
    return tabs


@bp.get("/new")
@requires(Permission.FILING_WRITE)
def new():
    actor = current_actor()
    forms = filing_forms.offered(actor)
    figures = {form.key: filing_forms.figures(form.key, actor.organization_id) for form in forms}
    today, calendar = clock.today(), working_calendar()
    return render_template(
        "organizer/filings/new.html",
        forms=forms,
        figures=figures,
        earliest={key: earliest_start(each, today, calendar) for key, each in figures.items()},
        earlier=page_of_rows(filing_lists.listing(actor), per_page=5).items,
    )


@bp.post("/new")
@requires(Permission.FILING_WRITE)
def create():
    with transaction():
        filing = filings.start(request.form.get("form") or None, actor=current_actor())
    return redirect(url_for(".hub", filing_id=filing.id), 303)


@bp.post("/<int:filing_id>/copy")
@requires(Permission.FILING_WRITE)
def copy(filing_id: int):
    source = filing_or_404(filing_id)
    with transaction():
        filing = filings.copy(source, actor=current_actor())
    flash("已复制为新的草稿。请在“课次安排”中整体改期，确认权益保障，并上传本次的培训计划。", "success")
    return redirect(url_for(".hub", filing_id=filing.id), 303)


@bp.get("/<int:filing_id>")
@requires(Permission.FILING_READ)
def show(filing_id: int):
    filing = filing_or_404(filing_id)
    if filing.case.state == "draft" and filings.is_editable(filing, current_actor()):
        return redirect(url_for(".hub", filing_id=filing.id), 303)
    return _filing_page(filing, CancelForm(formdata=None))


def _filing_page(filing: ActivityFiling, form: CancelForm, status: int = 200):
    actor, case = current_actor(), filing.case
    content = filing_tables.submitted_content(case) or filings.examine(filing)[0]
    report = results.of_filing(filing)
    return render_template(
        "organizer/filings/show.html",
        filing=filing,
        case=case,
        state=cases.state_of(case),
        with_bureau=cases.state_of(case).side is Side.BUREAU,
        deadline=case_history.deadline(case),
        content=content,
        figures=filings.figures_for(filing.case, filing.form),
        papers=paper_rows(filing),
        steps=case_history.timeline(case, SECTION_LABELS),
        points=point_rows(filing),
        phase=_phase(filing, report),
        report=report,
        editable=filings.is_editable(filing, actor),
        actions={move.action for move in cases.actions(case, actor)},
        may_write=actor.can(Permission.FILING_WRITE),
        can_change=activity_changes.can_change(filing, actor),
        may_end_early=bool(early_ends.choices(filing, actor)),
        early_end=early_ends.of_filing(filing),
        pending_changes=activity_changes.pending(filing),
        form=form,
    ), status


def _phase(filing: ActivityFiling, report):
    if filing.case.state not in IN_FORCE or filing.starts_on is None or filing.ends_on is None:
        return None
    sent = filing_lists.results_sent(report.case.state if report else None)
    return phase_on(clock.today(), starts_on=filing.starts_on, ends_on=filing.ends_on, results_sent=sent)


def paper_rows(filing: ActivityFiling, *, removable: bool = False) -> list[dict[str, object]]:
    """The files of the filing as macros/cases.html attachments shows them."""
    rows = paper_list(filing_tables.papers_of(filing.case))
    if removable:
        for row in rows:
            row["remove_url"] = url_for(".remove_plan", filing_id=filing.id, attachment_id=row["id"])
    return rows


def paper_list(papers: list[Attachment]) -> list[dict[str, object]]:
    """These files to look at; of what is no plan it says what it is."""
    return [
        {
            "id": paper.id,
            "label": paper.label,
            "name": ("" if paper.kind == filing_tables.PLAN else f"{PAPER_KINDS[paper.kind]} · ")
            + f"{china_time(paper.file.uploaded_at)} 上传",
            "size": paper.file.size,
            "url": url_for("files.show", attachment_id=paper.id),
        }
        for paper in papers
    ]


def point_rows(filing: ActivityFiling) -> list[dict[str, str | None]]:
    """The points of the open supplement notice, each with the page where it is answered."""
    return [
        {
            "section": SECTION_LABELS.get(point.section, point.section),
            "message": point.message,
            "url": url_for(".section", filing_id=filing.id, key=point.section)
            if point.section in SECTION_LABELS
            else None,
        }
        for point in filings.points(filing.case)
    ]


@bp.get("/<int:filing_id>/print")
@requires(Permission.FILING_READ)
def paper(filing_id: int):
    filing = filing_or_404(filing_id)
    content = filing_tables.submitted_content(filing.case) or abort(404)
    return render_template(
        "organizer/filings/print.html",
        filing=filing,
        case=filing.case,
        state=cases.state_of(filing.case),
        content=content,
        figures=filings.figures_for(filing.case, filing.form),
        papers=paper_rows(filing),
    )


@bp.get("/<int:filing_id>/submitted")
@requires(Permission.FILING_READ)
def submitted(filing_id: int):
    filing = filing_or_404(filing_id)
    if filing.case.number is None:
        return redirect(url_for(".show", filing_id=filing.id), 303)
    return render_template(
        "organizer/filings/submitted.html",
        filing=filing,
        case=filing.case,
        state=cases.state_of(filing.case),
        deadline=case_history.deadline(filing.case),
        calendar=working_calendar(),
    )


@bp.post("/<int:filing_id>/withdraw")
@requires(Permission.FILING_WRITE)
def withdraw(filing_id: int):
    filing = filing_or_404(filing_id)
    was_draft = filing.case.submitted_at is None
    with transaction():
        filings.withdraw(filing, actor=current_actor(), version=request.form.get("version", type=int))
    if was_draft:
        flash("草稿已删除。", "success")
        return redirect(url_for(".index"), 303)
    flash("备案已撤回。需要再次办理时，可复制为新的备案。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/<int:filing_id>/cancel")
@requires(Permission.FILING_WRITE)
def cancel(filing_id: int):
    filing = filing_or_404(filing_id)
    form = CancelForm()
    if not form.validate():
        return _filing_page(filing, form, 422)
    version = request.form.get("version", type=int)
    with transaction():
        filings.cancel(filing, remark=form.remark.data, actor=current_actor(), version=version)
    flash("活动已取消，已通知人力社保部门。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)

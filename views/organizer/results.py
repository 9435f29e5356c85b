"""Results of activities (成绩报送): the list, one report from the first row to the ledger, submission and release."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.errors import RuleError
from domain.result_rows import Outcome
from domain.roles import Permission
from domain.workflows import WORKFLOWS, CaseKind
from forms.results import EnterForm, ReleaseForm, SendBackForm, enter_form
from models import ResultReport
from services import (
    case_history,
    cases,
    corrections,
    filings,
    result_checking,
    result_content,
    result_disputes,
    result_review,
    results,
    worklist,
)
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.lists import page_of_list, page_of_rows

bp = Blueprint("results", __name__, url_prefix="/results")

# What the releaser compares with the sign-in sheets, drawn from the seal so that nobody chooses.
_SAMPLE = 5
_WORKFLOW = WORKFLOWS[CaseKind.RESULT_REPORT]


def report_or_404(report_id: int) -> ResultReport:
    """The report if the organisation of this request may know of it."""
    return results.find(report_id, seen_by=current_actor()) or abort(404)


def editable_or_away(report_id: int) -> ResultReport:
    """A report this account may change now; one it may only read sends to its page."""
    report = report_or_404(report_id)
    if not result_content.is_editable(report, current_actor()):
        abort(redirect(url_for("results.show", report_id=report.id), 303))
    return report


@bp.get("")
@requires(Permission.FILING_READ)
def index():
    actor = current_actor()
    page = page_of_rows(results.listing(actor), per_page=20)
    return render_template(
        "organizer/results/index.html",
        page=page,
        rows=[
            {
                "row": row,
                "state": _WORKFLOW.state(row.state),
                "deadline": case_history.deadline_of(CaseKind.RESULT_REPORT, row.state, row.due_on),
            }
            for row in page.items
        ],
        to_open=results.to_open(actor),
        may_write=actor.can(Permission.RESULT_WRITE),
    )


@bp.post("/open/<int:filing_id>")
@requires(Permission.RESULT_WRITE)
def open_report(filing_id: int):
    filing = filings.find(filing_id, seen_by=current_actor()) or abort(404)
    with transaction():
        report = results.open_report(filing, actor=current_actor())
    return redirect(url_for(".show", report_id=report.id), 303)


@bp.get("/<int:report_id>")
@requires(Permission.FILING_READ)
def show(report_id: int):
    report, actor = report_or_404(report_id), current_actor()
    case = report.case
    return render_template(
        "organizer/results/show.html",
        report=report,
        case=case,
        state=cases.state_of(case),
        deadline=case_history.deadline(case),
        review=result_review.of_report(report),
        points=_points(report),
        sent_back=results.sent_back(case),
        steps=case_history.timeline(case, results.SECTIONS),
        editable=result_content.is_editable(report, actor),
        corrections=corrections.of_report(report),
        may_correct=actor.can(Permission.RESULT_WRITE) and corrections.under_way(report) is None,
        may_release=actor.can(Permission.RESULT_RELEASE) and case.state == "entered",
        lonely=worklist.second_person_missing(actor),
        disputes=result_disputes.open_count(report),
    )


def _points(report: ResultReport) -> list[dict[str, str]]:
    """The bureau's points with the page where each is put right."""
    pages = {"rows": "results_rows.index", "evidence": "results_evidence.index", "note": "results.check"}
    return [
        {
            "section": results.SECTIONS.get(point.section, point.section),
            "message": point.message,
            "url": url_for(pages.get(point.section, "results.show"), report_id=report.id),
        }
        for point in results.points(report.case)
    ]


# --- Entering ---------------------------------------------------------------------------------------------------------


@bp.get("/<int:report_id>/submit")
@requires(Permission.RESULT_WRITE)
def check(report_id: int):
    report = editable_or_away(report_id)
    doubts = result_checking.doubts(report)
    answers = {f"answer_{each.check.key}": each.answer for each in doubts}
    form = _enter_form(doubts)(formdata=None, version=report.case.version, note=report.evidence_note, **answers)
    return _check_page(report, doubts, form)


def _enter_form(doubts: list[result_checking.Checked]) -> type[EnterForm]:
    return enter_form((each.check.key, each.check.label, each.check.question) for each in doubts)


def _check_page(report: ResultReport, doubts: list[result_checking.Checked], form: EnterForm, status: int = 200):
    return render_template(
        "organizer/results/check.html",
        report=report,
        case=report.case,
        review=result_review.of_report(report),
        points=_points(report),
        doubts=[(each, form[f"answer_{each.check.key}"]) for each in doubts],
        form=form,
    ), status


@bp.post("/<int:report_id>/submit")
@requires(Permission.RESULT_WRITE)
def enter(report_id: int):
    report = editable_or_away(report_id)
    doubts = result_checking.doubts(report)
    form = _enter_form(doubts)()
    if not form.validate():
        return _check_page(report, doubts, form, 422)
    try:
        with transaction():
            answers = {each.check.key: form[f"answer_{each.check.key}"].data for each in doubts}
            result_checking.answer(report, answers, actor=current_actor())
            results.enter(report, note=form.note.data or "", actor=current_actor(), version=form.version.data)
    except RuleError as refusal:
        if refusal.code == "evidence_unexplained":
            form.note.errors = [refusal.message]
        else:
            form.form_errors.append(refusal.message)
        return _check_page(report, doubts, form, 422)
    flash("已提交本单位审核人。审核发布后，报送人力社保部门。", "success")
    return redirect(url_for(".show", report_id=report.id), 303)


# --- Releasing --------------------------------------------------------------------------------------------------------


def _entered_or_away(report_id: int) -> ResultReport:
    report = report_or_404(report_id)
    if report.case.state != "entered":
        abort(redirect(url_for(".show", report_id=report.id), 303))
    return report


@bp.get("/<int:report_id>/release")
@requires(Permission.RESULT_RELEASE)
def review(report_id: int):
    return _release_page(_entered_or_away(report_id))


def _release_page(
    report: ResultReport, form: ReleaseForm | None = None, back: SendBackForm | None = None, status: int = 200
):
    seen, version = result_review.of_report(report), report.case.version
    return render_template(
        "organizer/results/release.html",
        report=report,
        case=report.case,
        review=seen,
        sample=seen.sample(_SAMPLE),
        obstacle=results.release_obstacle(report, current_actor()),
        form=form or ReleaseForm(formdata=None, version=version),
        back=back or SendBackForm(formdata=None, version=version),
    ), status


@bp.post("/<int:report_id>/release")
@requires(Permission.RESULT_RELEASE)
def release(report_id: int):
    report = _entered_or_away(report_id)
    form = ReleaseForm()
    if not form.validate():
        return _release_page(report, form=form, status=422)
    with transaction():
        results.release(report, actor=current_actor(), version=form.version.data)
    return redirect(url_for(".released", report_id=report.id), 303)


@bp.post("/<int:report_id>/send-back")
@requires(Permission.RESULT_RELEASE)
def send_back(report_id: int):
    report = _entered_or_away(report_id)
    form = SendBackForm()
    if not form.validate():
        return _release_page(report, back=form, status=422)
    with transaction():
        results.send_back(report, remark=form.remark.data, actor=current_actor(), version=form.version.data)
    flash("已退回经办人修改。", "success")
    return redirect(url_for(".show", report_id=report.id), 303)


@bp.get("/<int:report_id>/released")
@requires(Permission.FILING_READ)
def released(report_id: int):
    report = report_or_404(report_id)
    if report.case.number is None:
        return redirect(url_for(".show", report_id=report.id), 303)
    return render_template(
        "organizer/results/released.html",
        report=report,
        case=report.case,
        state=cases.state_of(report.case),
        deadline=case_history.deadline(report.case),
        persons=sum(result_content.counts(report).values()),
    )


# --- The rows as a table ----------------------------------------------------------------------------------------------


def rows_context(seen: result_review.Review, address: str) -> dict[str, Any]:
    """What shared/_result_rows.html shows: the rows of one outcome, page by page; `address` is the page's own."""
    outcome = request.args.get("outcome", "")
    tabs = [("全部", address, outcome == "", len(seen.rows))]
    for each, number in seen.counts.items():
        tabs.append((each.label, f"{address}?outcome={each.value}", outcome == each.value, number))
    nothing = len(seen.of_outcome("nothing"))
    if nothing:
        tabs.append(("合格但不得学分", f"{address}?outcome=nothing", outcome == "nothing", nothing))
    known = {"", "nothing", *(each.value for each in Outcome)}
    return {
        "review": seen,
        "page": page_of_list(seen.of_outcome(outcome if outcome in known else "")),
        "tabs": tabs,
    }


@bp.get("/<int:report_id>/table")
@requires(Permission.FILING_READ)
def table(report_id: int):
    report = report_or_404(report_id)
    return render_page_or_part(
        "organizer/results/table.html",
        "shared/_result_rows.html",
        report=report,
        case=report.case,
        edit=None,
        **rows_context(result_review.of_report(report), url_for(".table", report_id=report.id)),
    )

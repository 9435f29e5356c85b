"""The rows of a report by hand: look through them, add a person, change or take out one."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.credit_entries import from_tenths, say, tenths
from domain.errors import RuleError
from domain.identity import check_id_number
from domain.result_rows import Outcome
from domain.result_rules import Plan
from domain.roles import Permission
from forms.results import NewRowForm, RowForm
from models import ResultReport, ResultRow
from services import clock, participants, result_content, result_review
from services.result_content import RowValues
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.organizer.results import editable_or_away, rows_context

bp = Blueprint("results_rows", __name__, url_prefix="/results/<int:report_id>/rows")


@bp.get("")
@requires(Permission.RESULT_WRITE)
def index(report_id: int):
    report = editable_or_away(report_id)
    return render_page_or_part(
        "organizer/results/rows.html",
        "shared/_result_rows.html",
        report=report,
        case=report.case,
        edit=lambda technician_id: url_for(".edit", report_id=report.id, technician_id=technician_id),
        **rows_context(result_review.of_report(report), url_for(".index", report_id=report.id)),
    )


def _plan(report: ResultReport) -> Plan:
    return result_content.plan_of(report.filing)


@bp.get("/new")
@requires(Permission.RESULT_WRITE)
def new(report_id: int):
    report = editable_or_away(report_id)
    plan = _plan(report)
    form = NewRowForm(formdata=None, plan=plan, hours=say(plan.hours), outcome="passed")
    return _new_page(report, form)


def _new_page(report: ResultReport, form: NewRowForm, status: int = 200):
    return render_template("organizer/results/new_row.html", report=report, case=report.case, form=form), status


@bp.post("/new")
@requires(Permission.RESULT_WRITE)
def create(report_id: int):
    report = editable_or_away(report_id)
    form = NewRowForm(plan=_plan(report))
    technician_id = _identified(report, form) if form.validate() else None
    if technician_id is None:
        return _new_page(report, form, 422)
    with transaction():
        result_content.put_rows(report, [_values(form, technician_id, form.name.data, "")], actor=current_actor())
    flash(f"已添加{form.name.data}。", "success")
    return redirect(url_for(".index", report_id=report.id), 303)


def _identified(report: ResultReport, form: NewRowForm) -> int | None:
    """Who is meant; what is wrong stands at the field."""
    try:
        number = check_id_number(form.id_number.data, today=clock.today()).number
    except RuleError as error:
        form.id_number.errors = [error.message]
        return None
    who = participants.identify(report.filing, {number: form.name.data})[number]
    if who.technician_id is None:
        (form.name if who.column == "name" else form.id_number).errors = [who.problem]
        return None
    if result_content.row_of(report, who.technician_id) is not None:
        form.id_number.errors = ["此人已在名单中，请在名单中修改"]
        return None
    return who.technician_id


def _values(form: RowForm, technician_id: int, name: str, occupation: str) -> RowValues:
    return RowValues(
        technician_id=technician_id,
        name=name,
        occupation=occupation,
        hours_tenths=tenths(form.hours_read),
        score_tenths=None if form.score_read is None else tenths(form.score_read),
        outcome=Outcome(form.outcome.data),
        **form.won,
        remark=form.remark.data or "",
    )


def _row_or_404(report: ResultReport, technician_id: int) -> ResultRow:
    return result_content.row_of(report, technician_id) or abort(404)


@bp.get("/<int:technician_id>")
@requires(Permission.RESULT_WRITE)
def edit(report_id: int, technician_id: int):
    report = editable_or_away(report_id)
    row = _row_or_404(report, technician_id)
    form = RowForm(
        formdata=None,
        plan=_plan(report),
        hours=say(from_tenths(row.hours_tenths)),
        score="" if row.score_tenths is None else say(from_tenths(row.score_tenths)),
        outcome=row.outcome,
        event=row.event,
        rank=row.rank,
        remark=row.remark,
    )
    return _edit_page(report, row, form)


def _edit_page(report: ResultReport, row: ResultRow, form: RowForm, status: int = 200):
    return render_template("organizer/results/row.html", report=report, case=report.case, row=row, form=form), status


@bp.post("/<int:technician_id>")
@requires(Permission.RESULT_WRITE)
def update(report_id: int, technician_id: int):
    report = editable_or_away(report_id)
    row = _row_or_404(report, technician_id)
    form = RowForm(plan=_plan(report))
    if not form.validate():
        return _edit_page(report, row, form, 422)
    with transaction():
        changed = result_content.put_rows(
            report, [_values(form, technician_id, row.name, row.occupation)], actor=current_actor()
        )
    flash(
        "没有任何变化。" if changed.nothing else f"已更新{row.name}的成绩。", "info" if changed.nothing else "success"
    )
    return redirect(url_for(".index", report_id=report.id), 303)


@bp.post("/<int:technician_id>/remove")
@requires(Permission.RESULT_WRITE)
def remove(report_id: int, technician_id: int):
    report = editable_or_away(report_id)
    name = _row_or_404(report, technician_id).name
    with transaction():
        result_content.remove_row(report, technician_id, actor=current_actor())
    flash(f"已将{name}移出名单。", "success")
    return redirect(url_for(".index", report_id=report.id), 303)

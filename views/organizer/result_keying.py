"""Results without a file: keyed line by line, begun from attendance, or pasted from a spreadsheet."""

from flask import Blueprint, flash, redirect, render_template, url_for

from domain.errors import RuleError
from domain.keyed_results import read
from domain.roles import Permission
from forms.result_keying import KeyForm, PasteForm
from models import ResultReport
from services import result_content, result_keying
from services.result_keying import Seat
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.results import editable_or_away

bp = Blueprint("results_keying", __name__, url_prefix="/results/<int:report_id>/keying")


@bp.get("")
@requires(Permission.RESULT_WRITE)
def index(report_id: int):
    return _key_page(editable_or_away(report_id), KeyForm(formdata=None))


def _key_page(report: ResultReport, form: KeyForm, several: list[Seat] | None = None, status: int = 200):
    seats = result_keying.seats(report)
    form.person.choices = {str(seat.technician_id): f"{seat.name}（{seat.id_masked}）" for seat in several or []}
    return render_template(
        "organizer/results/keying.html",
        report=report,
        case=report.case,
        form=form,
        contest=result_content.plan_of(report.filing).contest,
        several=several,
        missing=[seat for seat in seats if seat.row is None],
        listed=sum(1 for seat in seats if seat.row is not None),
    ), status


@bp.post("")
@requires(Permission.RESULT_WRITE)
def key(report_id: int):
    report = editable_or_away(report_id)
    form = KeyForm()
    if not form.validate():
        return _key_page(report, form, status=422)
    try:
        keyed = read(form.line.data or "", result_content.plan_of(report.filing).contest)
        found = result_keying.matching(report, keyed.digits)
        if len(found) > 1 and form.person.data:
            found = [seat for seat in found if str(seat.technician_id) == form.person.data]
        if len(found) > 1:
            form.person.errors = ["有几位的号码以此结尾，请选择，再按回车"]
            return _key_page(report, form, found, 422)
        if not found:
            raise RuleError(f"名单中没有证件号码以 {keyed.digits} 结尾的人，请核对；不在名单中的，请逐人添加")
        with transaction():
            result_keying.key(report, found[0], keyed, actor=current_actor())
    except RuleError as problem:
        form.line.errors = [problem.message]
        return _key_page(report, form, status=422)
    flash(f"已录入 {result_keying.said(report, found[0])}。", "success")
    return redirect(url_for(".index", report_id=report_id), 303)


@bp.post("/prefill")
@requires(Permission.RESULT_WRITE)
def prefill(report_id: int):
    report = editable_or_away(report_id)
    with transaction():
        changed = result_keying.prefill(report, actor=current_actor())
    flash(f"已按报名和考勤生成 {changed.added} 人，请逐人核对学时和结果，并录入成绩。", "success")
    return redirect(url_for("results_rows.index", report_id=report_id), 303)


@bp.get("/paste")
@requires(Permission.RESULT_WRITE)
def paste(report_id: int):
    return _paste_page(editable_or_away(report_id), PasteForm(formdata=None))


def _paste_page(report: ResultReport, form: PasteForm, status: int = 200):
    return render_template("organizer/results/paste.html", report=report, case=report.case, form=form), status


@bp.post("/paste")
@requires(Permission.RESULT_WRITE)
def pasted(report_id: int):
    report = editable_or_away(report_id)
    form = PasteForm()
    if not form.validate():
        return _paste_page(report, form, 422)
    try:
        with transaction():
            batch = result_keying.paste(report, form.rows.data or "", actor=current_actor())
    except RuleError as problem:
        form.rows.errors = [problem.message]
        return _paste_page(report, form, 422)
    return redirect(url_for("results_import.show", report_id=report_id, batch_id=batch.id), 303)

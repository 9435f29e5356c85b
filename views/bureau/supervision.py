"""The bases a bureau supervises, and measures on them with their impact (arts. 6, 12, 34)."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.base_content import BaseLevel
from domain.base_measures import Choice, Measure
from domain.base_workflow import SHOWN
from domain.errors import NotAllowed, RuleError
from domain.filing_content import Employment
from domain.roles import Permission
from domain.workflows import WORKFLOWS, CaseKind
from forms.base_measures import MeasureForm
from models import TrainingBase
from services import base_measures, base_reports, base_shortfalls, base_supervision, base_teachers, cases
from services.base_supervision import Filters
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.lists import page_of_rows

bp = Blueprint("supervision", __name__, url_prefix="/bureau/training-bases")


@bp.get("")
@requires(Permission.CASE_READ)
def index():
    actor = current_actor()
    filters = Filters(search=request.args.get("q", "").strip()[:100], state=request.args.get("state", "")[:16])
    page = page_of_rows(base_supervision.listing(actor, filters), per_page=20)
    workflow = WORKFLOWS[CaseKind.BASE_APPLICATION]
    return render_page_or_part(
        "bureau/supervision/index.html",
        "bureau/supervision/_list.html",
        page=page,
        rows=[(row, workflow.state(row.state), BaseLevel(row.level).label) for row in page.items],
        filters=filters,
        states=[workflow.state(name) for name in SHOWN],
    )


def _base_or_404(base_id: int) -> TrainingBase:
    return base_supervision.find(base_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:base_id>")
@requires(Permission.CASE_READ)
def show(base_id: int):
    base, actor = _base_or_404(base_id), current_actor()
    measures = base_measures.of_base(base)
    return render_template(
        "bureau/supervision/show.html",
        base=base,
        state=cases.state_of(base.case),
        level=BaseLevel(base.level).label,
        teachers=[(each, Employment(each.employment)) for each in base_teachers.of_base(base)],
        staffing=base_teachers.staffing_of(base),
        measures=[(each, Measure(each.measure), cases.state_of(each.case)) for each in measures],
        possible=base_measures.possible(base) if base_supervision.supervises(base, actor) else [],
        under_way=base_measures.under_way(base),
        years=[
            (year, report, cases.state_of(report.case) if report else None, due)
            for year, report, due in base_reports.years_of(base)
        ],
        grades={year: (grade, total) for year, grade, total in base_reports.grades_of(base)},
    )


def _measure_or_404(base: TrainingBase, name: str) -> Measure:
    """The measure of this name if it may be proposed for the base now."""
    actor = current_actor()
    offered = base_measures.possible(base) if base_supervision.supervises(base, actor) else []
    return next((each for each in offered if each.value == name), None) or abort(404)


@bp.get("/<int:base_id>/measures/<measure>")
@requires(Permission.BASE_REVIEW)
def measure(base_id: int, measure: str):
    base = _base_or_404(base_id)
    now = base_measures.preview(base, _measure_or_404(base, measure))
    return _measure_page(base, now, _form(now, formdata=None))


def _form(now: base_measures.Preview, **more: object) -> MeasureForm:
    """The form with the classes of which something may be chosen."""

    def open_to(choice: Choice):
        return [each for each in now.classes if choice in now.offered(each)]

    return MeasureForm(open_classes=open_to(Choice.STOP), credited=open_to(Choice.REVERSE), **more)


def _measure_page(base: TrainingBase, now: base_measures.Preview, form: MeasureForm, status: int = 200):
    return render_template(
        "bureau/supervision/measure.html",
        base=base,
        measure=now.measure,
        preview=now,
        shortfalls=base_shortfalls.of_classes(now.effects.reversed),
        form=form,
        stop_boxes={int(option.data): option for option in form.stopped},
        reverse_boxes={int(option.data): option for option in form.reversed},
    ), status


@bp.post("/<int:base_id>/measures/<measure>")
@requires(Permission.BASE_REVIEW)
def propose(base_id: int, measure: str):
    base = _base_or_404(base_id)
    kind = _measure_or_404(base, measure)
    form = _form(base_measures.preview(base, kind))
    if not form.validate():
        return _measure_page(base, base_measures.preview(base, kind, form.chosen()), form, 422)
    if "preview" in request.form:
        return _measure_page(base, base_measures.preview(base, kind, form.chosen()), form)
    try:
        with transaction():
            case_id = base_measures.propose(
                base,
                kind,
                reason=form.reason.data or "",
                grounds=form.cited(),
                choices=form.chosen(),
                actor=current_actor(),
            ).case_id
    except NotAllowed:
        raise
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _measure_page(base, base_measures.preview(base, kind, form.chosen()), form, 409)
    flash(
        f"已提出“{kind.label}”的意见，等待{'单位陈述申辩后由' if kind is Measure.REVOKE else ''}负责人决定。", "success"
    )
    return redirect(url_for("bureau.case", case_id=case_id), 303)

"""The directory of training bases, each with what it discloses; and the public notices anybody may object to."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for

from domain.base_measures import Measure, ground_label
from domain.base_workflow import PUBLISHED
from domain.errors import RuleError
from domain.filing_content import Employment
from domain.workflows import WORKFLOWS
from forms.bases import ObjectionForm
from models import Case, TrainingBase, db
from services import (
    base_applications,
    base_directory,
    base_measures,
    base_objections,
    base_reports,
    base_teachers,
    bases,
    cases,
    official_letters,
    policies,
    reference,
    throttle,
)
from services.base_directory import Filters
from services.transaction import transaction
from views.access import anyone
from views.htmx import render_page_or_part
from views.lists import page_of_rows

bp = Blueprint("bases", __name__, url_prefix="/bases")

_PER_PAGE = 20
_LONGEST = 100


def _filters() -> Filters:
    def given(name: str) -> str:
        return request.args.get(name, "").strip()[:_LONGEST]

    return Filters(region=given("region"), occupation=given("occupation"), level=given("level"), search=given("q"))


@bp.get("")
@anyone
def index():
    filters = _filters()
    page = page_of_rows(base_directory.listing(filters), per_page=_PER_PAGE)
    workflow = WORKFLOWS[base_applications.KIND]
    return render_page_or_part(
        "public/bases/index.html",
        "public/bases/_list.html",
        page=page,
        rows=[(row, workflow.state(row.state)) for row in page.items],
        occupations=base_directory.occupations_of([row.id for row in page.items]),
        filters=filters,
        options=base_directory.options(),
        notices=len(_notices()),
    )


def _base_or_404(base_id: int) -> TrainingBase:
    return base_directory.find(base_id) or abort(404)


@bp.get("/<int:base_id>")
@anyone
def show(base_id: int):
    base = _base_or_404(base_id)
    asked = request.args.get("version", type=int)
    version = asked if asked and 1 <= asked <= base.version else base.version
    content = bases.content_of(base, version) or abort(404)
    return render_template(
        "public/bases/show.html",
        base=base,
        state=cases.state_of(base.case),
        in_force=base.case.state == PUBLISHED,
        content=content,
        version=version,
        publications=bases.publications(base),
        teachers=[(each, Employment(each.employment)) for each in base_teachers.of_base(base)],
        staffing=base_teachers.staffing_of(base),
        grades=base_reports.grades_of(base),
        measures=[
            (each, Measure(each.measure), [ground_label(number) for number in each.grounds])
            for each in base_measures.decided(base)
        ],
        letters=official_letters.public_of(base.organization_id),
        classes=base_directory.current_classes(base),
        levels=reference.level_names(),
        subjects={each.key: each.label for each in policies.active_policy().subjects},
    )


# --- Public notices ---------------------------------------------------------------------------------------------------


def _notices() -> list[Case]:
    return list(db.session.scalars(base_objections.on_notice()))


@bp.get("/notices")
@anyone
def notices():
    return render_template("public/bases/notices.html", cases=_notices())


def _notice_or_404(case_id: int) -> Case:
    return base_objections.find_on_notice(case_id) or abort(404)


@bp.get("/notices/<int:case_id>")
@anyone
def notice(case_id: int):
    return _notice_page(_notice_or_404(case_id), ObjectionForm(formdata=None))


def _notice_page(case: Case, form: ObjectionForm, status: int = 200):
    response = current_app.make_response(
        (
            render_template(
                "public/bases/notice.html",
                case=case,
                content=base_applications.submitted_content(case),
                form=form,
                letters=official_letters.public_of(case.organization_id),
                levels=reference.level_names(),
                subjects={each.key: each.label for each in policies.active_policy().subjects},
            ),
            status,
        )
    )
    # What was typed must not come back by the Back button of a shared computer.
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/notices/<int:case_id>")
@anyone
def object_to(case_id: int):
    case = _notice_or_404(case_id)
    form = ObjectionForm()
    if not form.validate():
        return _notice_page(case, form, 422)
    try:
        with transaction():
            throttle.count("objection", address=request.remote_addr or "")
            base_objections.object_to(
                case, name=form.name.data or "", contact=form.contact.data or "", content=form.content.data or ""
            )
    except throttle.TooMany as refusal:
        form.form_errors.append(refusal.message)
        return _notice_page(case, form, 429)
    except RuleError as refusal:
        form.form_errors.append(refusal.message)
        return _notice_page(case, form, 409)
    flash("已收到您的异议，人力社保部门会核实。留有电子邮箱的，结果会发到邮箱。", "success")
    return redirect(url_for(".notice", case_id=case_id), 303)

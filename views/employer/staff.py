"""The employer's staff register: who works here, with which certificates."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.identity import Sex
from domain.roles import Permission
from domain.skills import CertificateKind
from forms.staff import IdNumberForm, LeaveForm
from models import Technician
from services import employments, record_looks, reference, registry
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.lists import page_of_rows

bp = Blueprint("staff", __name__, url_prefix="/staff")


@bp.get("")
@requires(Permission.STAFF_READ)
def index():
    actor = current_actor()
    search = request.args.get("q", "").strip()[:100]
    occupation = request.args.get("occupation", "")[:64]
    page = page_of_rows(registry.staff(actor, search=search, occupation=occupation))
    return render_page_or_part(
        "employer/staff/index.html",
        "employer/staff/_list.html",
        page=page,
        people=_people(page.items),
        search=search,
        occupation=occupation,
        occupations=registry.occupations_of_staff(actor),
        may_write=actor.can(Permission.STAFF_WRITE),
        form=IdNumberForm(formdata=None),
    )


@bp.post("/find")
@requires(Permission.STAFF_READ)
def find():
    form = IdNumberForm()
    person = registry.find_by_id_number(form.number.data, seen_by=current_actor()) if form.validate() else None
    if person is None:
        flash("名册中没有这个证件号码的人员，请核对号码", "warning")
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".show", technician_id=person.id), 303)


def _people(rows):
    """The rows of a page with what a reader may see: masked numbers; certificates only of who agreed."""
    certificates = registry.certificates_of([row.id for row in rows if row.state == "active"])
    return [
        {
            "id": row.id,
            "name": row.name,
            "id_masked": registry.masked_id(row),
            "since": row.started_on,
            "claimed": row.state == "claimed",
            "certificates": [
                f"{certificate.occupation} {reference.level_names()[certificate.level]}".strip()
                for certificate in certificates.get(row.id, [])
            ],
        }
        for row in rows
    ]


def _person_or_404(technician_id: int) -> Technician:
    return registry.find(technician_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:technician_id>")
@requires(Permission.STAFF_READ)
def show(technician_id: int):
    person = _person_or_404(technician_id)
    with transaction():
        record_looks.note(technician_id, record_looks.Page.STAFF, actor=current_actor())
    return _person_page(person, LeaveForm())


def _person_page(person: Technician, form: LeaveForm, status: int = 200):
    actor = current_actor()
    employment = next(
        each for each in registry.employments_of(person.id) if each.organization_id == actor.organization_id
    )
    agreed = employment.state == "active"
    return render_template(
        "employer/staff/show.html",
        person=person,
        id_masked=registry.masked_id(person),
        phone_masked=registry.masked_phone(person) if agreed else "",
        employment=employment,
        certificates=registry.certificates_of([person.id]).get(person.id, []) if agreed else [],
        level_names=reference.level_names(),
        certificate_kinds={kind.value: kind.label for kind in CertificateKind},
        sex_label=Sex(person.sex).label,
        form=form,
        may_write=actor.can(Permission.STAFF_WRITE),
    ), status


@bp.post("/<int:technician_id>/leave")
@requires(Permission.STAFF_WRITE)
def leave(technician_id: int):
    person = _person_or_404(technician_id)
    form = LeaveForm()
    if not form.validate():
        return _person_page(person, form, 422)
    with transaction():
        employments.end_employment(technician_id, on=form.ended_on.data, actor=current_actor())
    return redirect(url_for(".index"), 303)

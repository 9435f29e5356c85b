"""The register of persons as the bureau sees it: look somebody up, see certificates, employment and the ledger."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.identity import Sex
from domain.roles import Permission
from domain.skills import CertificateKind
from forms.staff import IdNumberForm
from models import Technician, db
from services import audit, clock, compliance, name_changes, owed_results, record_looks, reference, registry
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import render_page_or_part
from views.lists import page_of_rows
from views.past_day import past_page
from views.slips import slips_page

bp = Blueprint("register", __name__, url_prefix="/bureau/register")

_MOST_WAITING = 20


@bp.get("")
@requires(Permission.REGISTER_READ)
def index():
    actor = current_actor()
    search = request.args.get("q", "").strip()[:100]
    region_code = request.args.get("region", "")[:12]
    page = page_of_rows(registry.people(actor, search=search, region_code=region_code))
    names = {region.code: region.name for region in reference.regions()}
    return render_page_or_part(
        "bureau/register/index.html",
        "bureau/register/_list.html",
        page=page,
        people=[
            {
                "id": row.id,
                "name": row.name,
                "id_masked": registry.masked_id(row),
                "sex": Sex(row.sex).label,
                "region": names.get(row.region_code, row.region_code),
            }
            for row in page.items
        ],
        search=search,
        region_code=region_code,
        regions=[region for region in reference.regions() if region.kind != "province"] if actor.sees_city else [],
        form=IdNumberForm(formdata=None),
        may_issue=actor.can(Permission.PROOF_ISSUE),
        name_changes=db.session.execute(name_changes.waiting(actor).limit(_MOST_WAITING)).all()
        if actor.can(Permission.PROOF_ISSUE)
        else [],
    )


@bp.post("/find")
@requires(Permission.REGISTER_READ)
def find():
    form = IdNumberForm()
    person = registry.find_by_id_number(form.number.data, seen_by=current_actor()) if form.validate() else None
    if person is None:
        flash("辖区登记库中没有这个证件号码的人员，请核对号码", "warning")
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".show", technician_id=person.id), 303)


def _person_or_404(technician_id: int) -> Technician:
    return registry.find(technician_id, seen_by=current_actor()) or abort(404)


@bp.get("/<int:technician_id>")
@requires(Permission.REGISTER_READ)
def show(technician_id: int):
    person = _person_or_404(technician_id)
    with transaction():
        record_looks.note(technician_id, record_looks.Page.REGISTER, actor=current_actor())
    year = request.args.get("year", clock.today().year, type=int)
    years = compliance.years_with_entries(person.id)
    standing = compliance.standing(person.id, year if year in years else years[0])
    return render_template(
        "bureau/register/show.html",
        person=person,
        id_masked=registry.masked_id(person),
        phone_masked=registry.masked_phone(person),
        sex_label=Sex(person.sex).label,
        certificates=registry.certificates_of([person.id]).get(person.id, []),
        certificate_kinds={kind.value: kind.label for kind in CertificateKind},
        level_names=reference.level_names(),
        employments=registry.employments_of(person.id),
        standing=standing,
        evaluation=standing.evaluation,
        outlook=owed_results.outlook(person.id, standing),
        entries=standing.of_year()[::-1],
        years=years,
        may_issue=current_actor().can(Permission.PROOF_ISSUE),
        may_recover=current_actor().can(Permission.ACCOUNT_RECOVER),
    )


@bp.get("/<int:technician_id>/past")
@requires(Permission.REGISTER_READ)
def past(technician_id: int):
    """The year as it was known on a day or when a proof was issued; the person sees who looked."""
    person = _person_or_404(technician_id)
    with transaction():
        record_looks.note(technician_id, record_looks.Page.PAST, actor=current_actor())
    return past_page("bureau/register/past.html", ".past", person, technician_id=technician_id)


@bp.post("/<int:technician_id>/slip")
@requires(Permission.ACCOUNT_RECOVER)
def slip(technician_id: int):
    """A way in for somebody at the window who has no account, or has forgotten the password."""
    return slips_page([_person_or_404(technician_id)], actor=current_actor())


@bp.post("/<int:technician_id>/seen")
@requires(Permission.REGISTER_READ)
def reveal(technician_id: int):
    """The whole number, for a stated reason; the look is in the audit trail and shown once."""
    person = _person_or_404(technician_id)
    reason = request.form.get("reason", "").strip()[:200]
    if not reason:
        flash("查看完整号码必须写明事由", "warning")
        return redirect(url_for(".show", technician_id=technician_id), 303)
    with transaction():
        audit.record(
            "technician.reveal", actor=current_actor(), object_kind="technician", object_id=person.id, reason=reason
        )
        number = registry.id_number(person)
    return render_template("bureau/register/reveal.html", person=person, number=number, reason=reason)

"""Staff and activities (职工报名), for the employer: requests answered, names put down in bulk (art. 5)."""

from itertools import groupby

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.enrolment_rules import OPEN, EnrolmentState, needs_cost_agreement
from domain.people_lines import numbers_in
from domain.roles import Permission
from forms.enrolments import CancelForm, StaffForm
from models import ActivityFiling, Enrolment
from services import enrolling, enrolments, public_activities
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_objects, page_of_rows
from views.organizer.attendance import session_label, session_times
from views.staff_choice import chosen_staff, staff_choices

bp = Blueprint("staff_enrolments", __name__, url_prefix="/staff/enrolments")


@bp.get("")
@requires(Permission.STAFF_READ)
def index():
    actor = current_actor()
    page = page_of_objects(enrolments.of_staff(actor))
    requests = [each for each in page.items if each.state == EnrolmentState.REQUESTED.value]
    others = page.items[len(requests) :]
    return render_template(
        "employer/enrolments/index.html",
        page=page,
        requests=requests,
        requested=enrolments.requests_of_staff(actor),
        groups=[(filing, list(people)) for filing, people in groupby(others, key=lambda each: each.filing)],
        numbers=enrolments.staff_in(actor, {each.filing_id for each in others}),
        labels={state.value: state.label for state in EnrolmentState},
        may_write=actor.can(Permission.STAFF_WRITE),
    )


@bp.get("/new")
@requires(Permission.STAFF_WRITE)
def choose():
    page = page_of_rows(public_activities.open_to_enrol(current_actor()), per_page=20)
    return render_template("employer/enrolments/choose.html", page=page, lines=public_activities.lines(page.items))


def _filing_or_404(activity_id: int) -> ActivityFiling:
    """An activity the staff of this employer may take part in."""
    filing, own = public_activities.find(activity_id), current_actor().organization_id
    hosts = (filing.organization_id, filing.case.partner_id) if filing else ()
    if filing is None or (filing.form == enrolments.OWN_STAFF and own not in hosts):
        abort(404)
    return filing


@bp.get("/new/<int:activity_id>")
@requires(Permission.STAFF_WRITE)
def new(activity_id: int):
    filing = _filing_or_404(activity_id)
    own = filing.organization_id == current_actor().organization_id
    return _page(filing, StaffForm(formdata=None, cost_agreement=filing.cost_agreement if own else ""))


def _page(filing: ActivityFiling, form: StaffForm, status: int = 200):
    there = {each.technician_id for each in enrolments.of_filing(filing) if EnrolmentState(each.state) in OPEN}
    form.people.choices = staff_choices(current_actor(), there)
    return render_template(
        "employer/enrolments/new.html",
        filing=filing,
        places=enrolments.places(filing),
        closing=enrolments.closing(filing),
        why_not=enrolments.why_not_open(filing),
        sessions=[(session_label(session), session_times(session)) for session in filing.sessions],
        asks_costs=needs_cost_agreement(filing.leave_mode, by_employer=True),
        form=form,
    ), status


@bp.post("/new/<int:activity_id>")
@requires(Permission.STAFF_WRITE)
def create(activity_id: int):
    filing, actor, form = _filing_or_404(activity_id), current_actor(), StaffForm()
    people = chosen_staff(form, actor, numbers_in)
    if needs_cost_agreement(filing.leave_mode, by_employer=True) and not form.cost_agreement.data:
        form.cost_agreement.errors = ["请写明费用由谁承担和相关待遇（第五条）"]
    if form.errors:
        return _page(filing, form, 422)
    with transaction():
        done = enrolling.enrol_staff(filing, people, cost_agreement=form.cost_agreement.data or "", actor=actor)
    parts = [f"已报名 {done.enrolled} 人"]
    parts += [f"{done.waiting} 人候补"] if done.waiting else []
    parts += [f"{done.known} 人之前已报名"] if done.known else []
    flash("，".join(parts) + "，已通知本人。", "success")
    return redirect(url_for(".index"), 303)


def _enrolment_or_404(filing_id: int, technician_id: int) -> Enrolment:
    """An open enrolment of the present staff that names this employer (INV-21)."""
    return enrolments.find_of_staff(filing_id, technician_id, seen_by=current_actor()) or abort(404)


@bp.post("/<int:filing_id>/<int:technician_id>/consent")
@requires(Permission.STAFF_WRITE)
def consent(filing_id: int, technician_id: int):
    enrolment = _enrolment_or_404(filing_id, technician_id)
    with transaction():
        enrolling.consent(enrolment, actor=current_actor())
    flash("已同意，并通知本人。", "success")
    return redirect(url_for(".index"), 303)


@bp.get("/<int:filing_id>/<int:technician_id>/end")
@requires(Permission.STAFF_WRITE)
def ending(filing_id: int, technician_id: int):
    return _end_page(_enrolment_or_404(filing_id, technician_id), CancelForm(formdata=None))


def _end_page(enrolment: Enrolment, form: CancelForm, status: int = 200):
    return render_template(
        "employer/enrolments/end.html",
        enrolment=enrolment,
        refuses=enrolment.state == EnrolmentState.REQUESTED.value,
        form=form,
    ), status


@bp.post("/<int:filing_id>/<int:technician_id>/end")
@requires(Permission.STAFF_WRITE)
def end(filing_id: int, technician_id: int):
    """The employer does not consent, or takes a name off the list."""
    enrolment, form = _enrolment_or_404(filing_id, technician_id), CancelForm()
    if not form.validate():
        return _end_page(enrolment, form, 422)
    act = enrolling.refuse if enrolment.state == EnrolmentState.REQUESTED.value else enrolling.cancel
    with transaction():
        act(enrolment, reason=form.reason.data or "", actor=current_actor())
    flash("已办理，并通知本人。", "success")
    return redirect(url_for(".index"), 303)

"""Who takes part in an activity (参训人员), for its organiser: names put down, the waiting list, names struck off."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.enrolment_rules import HOLDS_PLACE, OPEN, EnrolmentState
from domain.errors import RuleError
from domain.people_lines import numbers_in, people_in
from domain.roles import Permission
from forms.enrolments import CancelForm, RegisterForm, StaffForm
from models import ActivityFiling
from services import attendance, enrolling, enrolments, filings, participants, registry
from services.transaction import transaction
from views.access import current_actor, requires
from views.staff_choice import chosen_staff, staff_choices

bp = Blueprint("filings_people", __name__, url_prefix="/filings/<int:filing_id>/people")


def held_or_404(filing_id: int) -> ActivityFiling:
    """An activity of this organisation that takes place or took place."""
    filing = filings.find(filing_id, seen_by=current_actor())
    if filing is None or not attendance.is_held(filing):
        abort(404)
    return filing


def is_own_staff(filing: ActivityFiling) -> bool:
    """Whether the activity is the employer's own, so that names come from its staff list."""
    return filing.form == enrolments.OWN_STAFF and current_actor().can(Permission.STAFF_READ)


@bp.get("")
@requires(Permission.FILING_READ)
def index(filing_id: int):
    return _page(held_or_404(filing_id))


def _page(
    filing: ActivityFiling,
    register: RegisterForm | None = None,
    staff: StaffForm | None = None,
    status: int = 200,
):
    people = enrolments.of_filing(filing)
    own = is_own_staff(filing)
    if own and staff is None:
        staff = StaffForm(formdata=None)
    if staff is not None:
        staff.people.choices = staff_choices(current_actor(), {each.technician_id for each in people if _open(each)})
    return render_template(
        "organizer/class/people.html",
        filing=filing,
        places=enrolments.places(filing),
        groups=[
            (state, [each for each in people if each.state == state.value])
            for state in (EnrolmentState.ENROLLED, EnrolmentState.REQUESTED, EnrolmentState.WAITING)
        ],
        ended=[each for each in people if not _open(each)],
        masked={each.technician_id: registry.masked_id(each.technician) for each in people if _open(each)},
        numbered=sorted((each for each in people if each.state == "enrolled"), key=lambda each: each.number or 0),
        register=None if own else (register or RegisterForm(formdata=None)),
        staff=staff if own else None,
        form=register or staff,
        why_not=enrolling.why_not_registered(filing),
        may_write=current_actor().can(Permission.RESULT_WRITE),
        work_time=filing.leave_mode in ("full", "half"),
    ), status


def _open(enrolment) -> bool:
    return EnrolmentState(enrolment.state) in OPEN


@bp.post("")
@requires(Permission.RESULT_WRITE)
def add(filing_id: int):
    filing, actor = held_or_404(filing_id), current_actor()
    if is_own_staff(filing):
        return _add_staff(filing)
    form = RegisterForm()
    try:
        lines = people_in(form.people.data or "") if form.validate() else []
        if not lines and not form.errors:
            raise RuleError("请粘贴参训人员的姓名和证件号码，每行一人")
        found = participants.identify(filing, {line.number: line.name for line in lines})
        for line in lines:
            if found[line.number].technician_id is None:
                raise RuleError(f"第 {line.line} 行：{found[line.number].problem}")
    except RuleError as refusal:
        form.people.errors = [refusal.message]
    if form.errors:
        return _page(filing, register=form, status=422)
    people = list(dict.fromkeys(found[line.number].technician_id or 0 for line in lines))
    with transaction():
        done = enrolling.register(filing, people, consented=bool(form.consented.data), actor=actor)
    _say(done)
    return redirect(url_for(".index", filing_id=filing.id), 303)


def _add_staff(filing: ActivityFiling):
    form, actor = StaffForm(), current_actor()
    people = chosen_staff(form, actor, numbers_in)
    if form.errors:
        return _page(filing, staff=form, status=422)
    with transaction():
        done = enrolling.register(filing, people, consented=True, actor=actor)
    _say(done)
    return redirect(url_for(".index", filing_id=filing.id), 303)


def _say(done: enrolling.Entered) -> None:
    parts = [f"已登记 {done.enrolled} 人"]
    parts += [f"{done.requested} 人待用人单位同意"] if done.requested else []
    parts += [f"{done.waiting} 人候补"] if done.waiting else []
    parts += [f"{done.known} 人之前已在名单中"] if done.known else []
    flash("，".join(parts) + "。", "success")


@bp.get("/<int:technician_id>/cancel")
@requires(Permission.RESULT_WRITE)
def leaving(filing_id: int, technician_id: int):
    return _cancel_page(held_or_404(filing_id), technician_id, CancelForm(formdata=None))


def _cancel_page(filing: ActivityFiling, technician_id: int, form: CancelForm, status: int = 200):
    enrolment = enrolments.find(filing.id, technician_id)
    if enrolment is None or not _open(enrolment):
        abort(404)
    return render_template(
        "organizer/class/cancel.html",
        filing=filing,
        enrolment=enrolment,
        holds_place=EnrolmentState(enrolment.state) in HOLDS_PLACE,
        form=form,
    ), status


@bp.post("/<int:technician_id>/cancel")
@requires(Permission.RESULT_WRITE)
def cancel(filing_id: int, technician_id: int):
    filing, form = held_or_404(filing_id), CancelForm()
    enrolment = enrolments.find(filing.id, technician_id) or abort(404)
    if not form.validate():
        return _cancel_page(filing, technician_id, form, 422)
    with transaction():
        enrolling.cancel(enrolment, reason=form.reason.data or "", actor=current_actor())
    flash("已取消报名，并通知本人。", "success")
    return redirect(url_for(".index", filing_id=filing.id), 303)

"""A person's own enrolments (我的报名): asking for a place, agreeing to the costs, giving the place up."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.enrolment_rules import OPEN, EnrolmentState
from domain.roles import Permission
from forms.enrolments import CancelForm
from models import ActivityFiling, Enrolment
from services import check_in, clock, discipline, early_ends, enrolling, enrolments, public_activities
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.attendance import session_label, session_times
from views.technician.record import own_record

bp = Blueprint("enrolments", __name__, url_prefix="/me/enrolments")

_WORDS = {
    EnrolmentState.ENROLLED: "报名成功，请按时参加。",
    EnrolmentState.REQUESTED: "已提交，等待您的单位同意。名额已为您保留。",
    EnrolmentState.WAITING: "名额已满，您已进入候补名单。有人取消时按申请先后自动递补，并通知您。",
}


@bp.get("")
@requires(Permission.OWN_RECORD)
def index():
    person, today = own_record(), clock.today()
    found = enrolments.of_person(person.id)
    return render_template(
        "technician/enrolments/index.html",
        coming=[each for each in found if each.filing.ends_on and each.filing.ends_on >= today][::-1],
        past=[each for each in found if not (each.filing.ends_on and each.filing.ends_on >= today)],
        labels={state.value: state.label for state in EnrolmentState},
        sessions=[
            {"session": session, "label": session_label(session), "times": session_times(session)}
            for session in check_in.open_sessions(person.id)
        ],
    )


def _filing_or_404(activity_id: int) -> tuple[ActivityFiling, Enrolment | None]:
    """A public activity, or one the person's name is down for."""
    enrolment = enrolments.find(activity_id, own_record().id)
    filing = enrolment.filing if enrolment else public_activities.find(activity_id)
    return filing or abort(404), enrolment


@bp.get("/<int:activity_id>")
@requires(Permission.OWN_RECORD)
def show(activity_id: int):
    filing, enrolment = _filing_or_404(activity_id)
    return _page(filing, enrolment, CancelForm(formdata=None))


def _page(filing: ActivityFiling, enrolment: Enrolment | None, form: CancelForm, status: int = 200):
    person, begins = own_record(), enrolments.begins_at(filing)
    state = EnrolmentState(enrolment.state) if enrolment else None
    is_open = state in OPEN
    return render_template(
        "technician/enrolments/show.html",
        filing=filing,
        enrolment=enrolment,
        state=state,
        is_open=is_open,
        words=_WORDS.get(state, "") if state else "",
        early_end=early_ends.of_filing(filing),
        called_off=filing.case.state == "cancelled",
        places=enrolments.places(filing),
        closing=enrolments.closing(filing),
        why_not=enrolments.why_not_open(filing),
        for_me=bool(enrolments.may_take_part(filing, [person.id])),
        may_cancel=is_open and begins is not None and clock.now() < begins,
        sessions=[
            (session_label(session), session_times(session), session.place or filing.place)
            for session in filing.sessions
        ],
        events=[event for event in discipline.of_filing(filing) if event.technician_id == person.id],
        form=form,
    ), status


@bp.post("/<int:activity_id>/ask")
@requires(Permission.OWN_RECORD)
def ask(activity_id: int):
    filing, _ = _filing_or_404(activity_id)
    with transaction():
        state = enrolling.ask(filing, actor=current_actor())
    flash(_WORDS[state], "success")
    return redirect(url_for(".show", activity_id=filing.id), 303)


@bp.post("/<int:activity_id>/agree")
@requires(Permission.OWN_RECORD)
def agree(activity_id: int):
    filing, enrolment = _filing_or_404(activity_id)
    with transaction():
        enrolling.agree(enrolment or abort(404), actor=current_actor())
    flash("已确认费用分担和相关待遇。", "success")
    return redirect(url_for(".show", activity_id=filing.id), 303)


@bp.post("/<int:activity_id>/cancel")
@requires(Permission.OWN_RECORD)
def cancel(activity_id: int):
    filing, enrolment = _filing_or_404(activity_id)
    form = CancelForm()
    if not form.validate():
        return _page(filing, enrolment, form, 422)
    with transaction():
        enrolling.cancel(enrolment or abort(404), reason=form.reason.data or "", actor=current_actor())
    flash("报名已取消。", "success")
    return redirect(url_for(".show", activity_id=filing.id), 303)

"""Ending an activity before its time: which sessions were held, what was taught in them, why."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.errors import RuleError
from domain.filing_content import show_hours, total_hours
from domain.roles import Permission
from forms.activity_changes import EarlyEndForm
from models import ActivityFiling
from services import activity_changes, early_ends, filings
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.filings import filing_or_404

bp = Blueprint("early_end", __name__, url_prefix="/filings/<int:filing_id>/early-end")

_BACK = "filings.show"


def _endable_or_away(filing_id: int) -> tuple[ActivityFiling, range]:
    """An activity this account may end early now, with how many sessions may have been held; another to its page."""
    filing = filing_or_404(filing_id)
    offered = early_ends.choices(filing, current_actor())
    if not offered:
        abort(redirect(url_for(_BACK, filing_id=filing.id), 303))
    return filing, offered


@bp.get("")
@requires(Permission.FILING_WRITE)
def index(filing_id: int):
    filing, offered = _endable_or_away(filing_id)
    held = request.args.get("held", type=int)
    held = held if held is not None and held in offered else offered[-1]
    return _page(filing, offered, _fresh(filing, held), held)


def _fresh(filing: ActivityFiling, held: int) -> EarlyEndForm:
    """The form with the hours as the filing divides them."""
    hours = [{"hours": show_hours(each)} for each in early_ends.proposed_hours(filing, held)]
    return EarlyEndForm(formdata=None, data={"held": held, "subjects": hours, "version": filing.case.version})


def _page(filing: ActivityFiling, offered: range, form: EarlyEndForm, held: int, status: int = 200):
    content = activity_changes.in_force(filing)
    return render_template(
        "organizer/changes/early_end.html",
        filing=filing,
        case=filing.case,
        form=form,
        content=content,
        held=held,
        hours=total_hours(content.sessions[:held]),
        offered=[(each, content.sessions[each - 1].label) for each in offered],
        figures=filings.figures_for(filing.case, filing.form),
        people=len(activity_changes.participants(filing)),
    ), status


@bp.post("")
@requires(Permission.FILING_WRITE)
def end(filing_id: int):
    filing, offered = _endable_or_away(filing_id)
    form = EarlyEndForm()
    held = form.held.data
    if held is None or held not in offered or len(form.subjects) != len(filing.subject_lines):
        form = _fresh(filing, offered[-1])
        form.form_errors.append("页面内容与活动不一致，请核对后再办理")
        return _page(filing, offered, form, offered[-1], 422)
    if not form.validate():
        return _page(filing, offered, form, held, 422)
    try:
        with transaction():
            early_ends.end(
                filing,
                held,
                form.taught(),
                reason=form.reason.data or "",
                actor=current_actor(),
                version=form.version.data,
            )
    except RuleError as refusal:
        if refusal.code not in ("hours", "stale"):
            raise
        form.form_errors.append(refusal.message)
        return _page(filing, offered, form, held, 409)
    flash("活动已提前结束，已通知参训人员。请按已举办的课次报送成绩。", "success")
    return redirect(url_for(_BACK, filing_id=filing.id), 303)

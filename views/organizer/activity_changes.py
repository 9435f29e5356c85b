"""Changing an approved activity: what is to be otherwise, the last look, and postponing it as a whole (D11, D12)."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.activity_changes import first_free_day, most_people
from domain.errors import RuleError
from domain.filing_draft import blank_row, is_blank_row
from domain.filing_timetable import next_row
from domain.roles import Permission
from forms.activity_changes import ChangeForm, PostponeForm, typed
from forms.filings import EMPLOYMENTS, HALVES
from models import ActivityFiling
from services import activity_changes, clock, filings
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.filings import filing_or_404

bp = Blueprint("changes", __name__, url_prefix="/filings/<int:filing_id>/change")

_BACK = "filings.show"


def _changeable_or_away(filing_id: int) -> ActivityFiling:
    """An activity this account may change now; another sends to its page."""
    filing = filing_or_404(filing_id)
    if not activity_changes.can_change(filing, current_actor()):
        abort(redirect(url_for(_BACK, filing_id=filing.id), 303))
    return filing


# --- What is to be otherwise ------------------------------------------------------------------------------------------


@bp.get("")
@requires(Permission.FILING_WRITE)
def edit(filing_id: int):
    filing = _changeable_or_away(filing_id)
    words = activity_changes.words_of(filing)
    errors = activity_changes.examine(filing, words).errors if "check" in request.args else ()
    return _edit_page(filing, words, errors)


def _edit_page(filing: ActivityFiling, words: dict[str, Any], errors: Any = (), status: int = 200):
    content = activity_changes.in_force(filing)
    fixed = activity_changes.fixed_count(filing)
    teachers = [(row.get("key", ""), row.get("name", "")) for row in words["teachers"] if row.get("name", "").strip()]
    form = ChangeForm.of(words, employments=EMPLOYMENTS, halves=HALVES, teachers=teachers)
    form.mark(errors, fixed=fixed)
    limits = activity_changes.figures()
    return render_template(
        "organizer/changes/edit.html",
        filing=filing,
        case=filing.case,
        form=form,
        content=content,
        figures=filings.figures_for(filing.case, filing.form),
        labels={section.key: section.label for section in filings.sections(filing)},
        fixed=content.sessions[:fixed],
        kind=words.get("kind", "change"),
        begun=filing.change_draft is not None,
        free=first_free_day(clock.now(), limits),
        most=most_people(activity_changes.approved_quota(filing), limits),
    ), status


@bp.post("")
@requires(Permission.FILING_WRITE)
def save(filing_id: int):
    """Keep what was typed; the button says what next: look at the whole, or something with the rows."""
    filing = _changeable_or_away(filing_id)
    words, act = typed(request.form), request.form.get("act", "check")
    anchor = _press(filing, words, act)
    try:
        with transaction():
            activity_changes.keep(filing, words, actor=current_actor())
    except RuleError as refusal:
        if refusal.code not in ("too_many_rows", "too_long"):
            raise
        flash(refusal.message, "danger")
        return redirect(url_for(".edit", filing_id=filing_id), 303)
    if anchor:
        return redirect(url_for(".edit", filing_id=filing.id, _anchor=anchor), 303)
    words = activity_changes.words_of(filing)
    examined = activity_changes.examine(filing, words)
    if examined.errors:
        return _edit_page(filing, words, examined.errors, 422)
    return redirect(url_for(".check", filing_id=filing.id), 303)


def _press(filing: ActivityFiling, words: dict[str, Any], act: str) -> str:
    """Do to the rows what the button says; where on the page to go on, empty for the last look."""
    for section in ("teachers", "sessions"):
        rows: list[dict[str, str]] = words[section]
        if act == f"add-{section}":
            figures = filings.figures_for(filing.case, filing.form)
            rows.append(next_row(rows, figures) if section == "sessions" else blank_row(section, rows))
            return f"{section}-{len(rows)}"
        if act.startswith(f"remove-{section}-") and act.rpartition("-")[2].isdecimal():
            index = int(act.rpartition("-")[2])
            del rows[index : index + 1]
            return f"{section}-{max(1, min(index + 1, len(rows)))}"
        rows[:] = [row for row in rows if not is_blank_row(row)]
    return ""


@bp.post("/discard")
@requires(Permission.FILING_WRITE)
def discard(filing_id: int):
    filing = _changeable_or_away(filing_id)
    with transaction():
        activity_changes.drop(filing, actor=current_actor())
    flash("已放弃未提交的修改。", "success")
    return redirect(url_for(_BACK, filing_id=filing.id), 303)


# --- Postponing -------------------------------------------------------------------------------------------------------


@bp.get("/postpone")
@requires(Permission.FILING_WRITE)
def postpone(filing_id: int):
    return _postpone_page(_changeable_or_away(filing_id), PostponeForm(formdata=None, data={"working_days": True}))


def _postpone_page(filing: ActivityFiling, form: PostponeForm, status: int = 200):
    content = activity_changes.in_force(filing)
    fixed = activity_changes.fixed_count(filing)
    return render_template(
        "organizer/changes/postpone.html",
        filing=filing,
        case=filing.case,
        form=form,
        fixed=content.sessions[:fixed],
        movable=content.sessions[fixed:],
        free=first_free_day(clock.now(), activity_changes.figures()),
    ), status


@bp.post("/postpone")
@requires(Permission.FILING_WRITE)
def move(filing_id: int):
    filing = _changeable_or_away(filing_id)
    form = PostponeForm()
    if not form.validate():
        return _postpone_page(filing, form, 422)
    with transaction():
        activity_changes.postpone(
            filing,
            form.first.data,
            reason=form.reason.data,
            working_days=form.working_days.data,
            actor=current_actor(),
        )
    examined = activity_changes.examine(filing, activity_changes.words_of(filing))
    if examined.errors:
        form.first.errors = [problem.message for problem in examined.errors]
        return _postpone_page(filing, form, 422)
    return redirect(url_for(".check", filing_id=filing.id), 303)


# --- The last look ----------------------------------------------------------------------------------------------------


@bp.get("/check")
@requires(Permission.FILING_WRITE)
def check(filing_id: int):
    filing = _changeable_or_away(filing_id)
    examined = activity_changes.examine(filing, activity_changes.words_of(filing))
    if examined.errors:
        return redirect(url_for(".edit", filing_id=filing.id, check=1), 303)
    words = activity_changes.words_of(filing)
    return render_template(
        "organizer/changes/check.html",
        filing=filing,
        case=filing.case,
        reason=words["reason"],
        postponing=words.get("kind") == "postpone",
        changes=examined.changes,
        hints=[problem.message for problem in examined.problems if problem.hint],
        promised=activity_changes.promised_on(examined),
        people=len(activity_changes.participants(filing)),
    )


@bp.post("/submit")
@requires(Permission.FILING_WRITE)
def submit(filing_id: int):
    filing = _changeable_or_away(filing_id)
    try:
        with transaction():
            activity_changes.propose(filing, actor=current_actor(), version=request.form.get("version", type=int))
    except activity_changes.CannotChange as refusal:
        return _edit_page(filing, activity_changes.words_of(filing), refusal.problems, 422)
    flash("变更申请已提交。人力社保部门同意之前，仍按原备案举办。", "success")
    return redirect(url_for(_BACK, filing_id=filing.id), 303)


@bp.post("/withdraw")
@requires(Permission.FILING_WRITE)
def withdraw(filing_id: int):
    filing = filing_or_404(filing_id)
    with transaction():
        activity_changes.withdraw(filing, actor=current_actor(), version=request.form.get("version", type=int))
    flash("变更申请已撤回，活动按原备案举办。", "success")
    return redirect(url_for(_BACK, filing_id=filing.id), 303)

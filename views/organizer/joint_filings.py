"""What an employer files together with this base: reading it, confirming it, or saying why not."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain.errors import NotAllowed, RuleError
from domain.filing_content import SECTION_LABELS, content_sha256
from domain.filing_workflow import CHANGE_PENDING
from domain.roles import Permission
from forms.decisions import DecisionForm, ReasonForm
from models import ActivityFiling
from services import activity_changes, case_history, cases, filings, joint_filings
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_objects
from views.organizer.filings import paper_list

bp = Blueprint("joint_filings", __name__, url_prefix="/joint-filings")


def _filing_or_404(filing_id: int) -> ActivityFiling:
    return joint_filings.find(filing_id, seen_by=current_actor()) or abort(404)


@bp.get("")
@requires(Permission.FILING_READ)
def index():
    page = page_of_objects(joint_filings.listing(current_actor()), per_page=20)
    rows = [
        {
            "filing": filing,
            "state": cases.state_of(filing.case),
            "deadline": case_history.deadline(filing.case),
            "asked": joint_filings.change_of(filing) is not None,
        }
        for filing in page.items
    ]
    return render_template("organizer/joint_filings/index.html", page=page, rows=rows)


@bp.get("/<int:filing_id>")
@requires(Permission.FILING_READ)
def show(filing_id: int):
    return _page(_filing_or_404(filing_id))


def _page(filing: ActivityFiling, wrong: ReasonForm | None = None, moved: str = "", status: int = 200):
    case, change = filing.case, joint_filings.change_of(filing)
    content = change or joint_filings.content_of(filing)
    sha256 = content_sha256(content)
    seen = {"formdata": None, "version": case.version, "content_sha256": sha256}
    if wrong is not None:
        wrong.show_as_of(case.version, sha256)
    return render_template(
        "organizer/joint_filings/show.html",
        filing=filing,
        case=case,
        state=cases.state_of(case),
        deadline=case_history.deadline(case),
        content=content,
        changes=activity_changes.pending(filing) if change is not None else [],
        figures=filings.figures_for(case, filing.form),
        papers=paper_list(joint_filings.papers_of(filing)),
        steps=case_history.timeline(case, SECTION_LABELS),
        actions={
            move.action
            for move in cases.actions(case, current_actor())
            if change is not None or move.action not in ("confirm_change", "decline_change")
        },
        agree=DecisionForm(prefix="agree-", **seen),
        refuse=wrong or ReasonForm(prefix="refuse-", **seen),
        moved=moved,
    ), status


@bp.post("/<int:filing_id>/confirm")
@requires(Permission.FILING_WRITE)
def confirm(filing_id: int):
    filing, form = _filing_or_404(filing_id), DecisionForm(prefix="agree-")
    if not form.validate():
        return _page(filing, moved="页面已过期，请核对下面的最新内容后重试", status=422)
    try:
        with transaction():
            changing = filing.case.state == CHANGE_PENDING
            answer = joint_filings.confirm_change if changing else joint_filings.confirm
            answer(filing, seen_sha256=form.content_sha256.data or "", actor=current_actor(), version=form.version.data)
    except NotAllowed:
        raise
    except RuleError as refusal:
        return _page(filing, moved=refusal.message, status=409)
    done = f"已确认联合举办，{filing.case.number} 已送人力社保部门审核。"
    flash("已确认变更，由人力社保部门审核。" if changing else done, "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)


@bp.post("/<int:filing_id>/decline")
@requires(Permission.FILING_WRITE)
def decline(filing_id: int):
    filing, form = _filing_or_404(filing_id), ReasonForm(prefix="refuse-")
    if not form.validate():
        return _page(filing, form, status=422)
    try:
        with transaction():
            changing = filing.case.state == CHANGE_PENDING
            answer = joint_filings.decline_change if changing else joint_filings.decline
            answer(filing, remark=form.remark.data, actor=current_actor(), version=form.version.data)
    except NotAllowed:
        raise
    except RuleError as refusal:
        return _page(filing, form, moved=refusal.message, status=409)
    flash("已告知申请单位，按原备案举办。" if changing else "已退回申请单位，并告知理由。", "success")
    return redirect(url_for(".show", filing_id=filing.id), 303)

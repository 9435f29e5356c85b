"""The bureau's desk: what waits, all cases, one case on one page, and the decisions on it (arts. 6, 16, 19)."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from domain.errors import NotAllowed, RuleError, WrongState
from domain.result_risk import Level
from domain.roles import Permission, Role
from domain.workflows import WORKFLOWS, CaseKind, Transition
from forms.decisions import DecisionForm, ReasonForm, ReturnForm
from models import Case
from services import case_history, cases, desk
from services.cases import StaleCase
from services.transaction import transaction
from views.access import current_actor, requires
from views.bureau.content import CONTENT_PIECES
from views.filters import china_time
from views.htmx import render_page_or_part, wants_part
from views.lists import page_of_rows

bp = Blueprint("bureau", __name__, url_prefix="/bureau")

_RETURN = "return"


# --- lists ------------------------------------------------------------------------------------------------------------


def _filters() -> desk.Filters:
    asked = request.args
    return desk.Filters(
        kind=asked.get("kind", ""),
        region=asked.get("region", ""),
        due=asked.get("due", ""),
        side=asked.get("side", ""),
        risk=asked.get("risk", ""),
        search=asked.get("q", "").strip(),
        sort=asked.get("sort", ""),
        down=asked.get("down") == "1",
    )


@bp.get("")
@requires(Permission.CASE_READ)
def inbox():
    actor = current_actor()
    if actor.role is Role.AUDITOR:
        # Nothing ever waits for whoever only reads.
        return redirect(url_for(".cases"), 303)
    filters = _filters()
    page = page_of_rows(desk.waiting(actor, filters))
    return render_page_or_part(
        "bureau/cases/inbox.html",
        "bureau/cases/_list.html",
        page=page,
        rows=_rows(page.items),
        filters=filters,
        sort=filters.sort or "due",
        counts=desk.waiting_counts(actor),
        kinds=[(kind.value, kind.label) for kind in CaseKind],
        regions=[],
        endpoint="bureau.inbox",
    )


@bp.get("/cases", endpoint="cases")
@requires(Permission.CASE_READ)
def all_cases():
    actor, filters = current_actor(), _filters()
    page = page_of_rows(desk.all_cases(actor, filters))
    return render_page_or_part(
        "bureau/cases/index.html",
        "bureau/cases/_list.html",
        page=page,
        rows=_rows(page.items),
        filters=filters,
        sort=filters.sort or "submitted",
        kinds=[(kind.value, kind.label) for kind in CaseKind],
        regions=desk.regions(actor),
        endpoint="bureau.cases",
    )


def _rows(rows):
    """The rows of a list in words."""
    for row in rows:
        state = WORKFLOWS[CaseKind(row.kind)].state(row.state)
        yield {
            "id": row.id,
            "number": row.number,
            "title": row.title,
            "kind": CaseKind(row.kind).label,
            "state": state.label,
            "tone": state.tone,
            "region": row.region,
            "organization": row.organization,
            "submitted_at": row.submitted_at,
            "deadline": case_history.deadline_of(row.kind, row.state, row.due_on),
            "risk": Level(row.risk_level) if row.risk_level else None,
        }


# --- one case ---------------------------------------------------------------------------------------------------------


def _case_or_404(case_id: int) -> Case:
    return cases.find(case_id, seen_by=current_actor()) or abort(404)


@bp.get("/cases/<int:case_id>")
@requires(Permission.CASE_READ)
def case(case_id: int):
    return _case_page(_case_or_404(case_id))


def _case_page(case: Case, form: DecisionForm | None = None, wrong: str = "", moved: str = "", status: int = 200):
    """The whole page; `form` is the one of the action `wrong` that was refused, `moved` says what changed meanwhile."""
    actor = current_actor()
    piece = CONTENT_PIECES[CaseKind(case.kind)]
    content = piece.load(case)
    moves = cases.actions(case, actor)
    forms = {move.action: _decision_form(move, case, content) for move in moves}
    if form is not None and wrong in forms:
        # What was typed is kept; version and content are those of the page shown now.
        form.show_as_of(case.version, _sha256_of(content))
        forms[wrong] = form
    before, after = desk.neighbours(actor, case.id)
    return render_template(
        "bureau/cases/show.html",
        case=case,
        kind=CaseKind(case.kind),
        state=cases.state_of(case),
        deadline=case_history.deadline(case),
        content=content,
        piece=piece.template,
        **piece.more(content),
        papers=getattr(content, "papers", [each for each in case.attachments if each.removed_at is None]),
        steps=case_history.timeline(case, piece.sections_of(case)),
        moves=moves,
        forms=forms,
        form=form if wrong in forms else None,
        obstacle=cases.obstacle(case, actor),
        moved=moved,
        before=before,
        after=after,
    ), status


def _sha256_of(content) -> str:
    return getattr(content, "content_sha256", "") or ""


def _decision_form(move: Transition, case: Case, content=None) -> DecisionForm:
    """The form of a move: bound to what was sent if `content` is None, else empty and naming what is on the page."""
    data: dict[str, Any] = {"prefix": f"{move.action}-"}
    if content is not None:
        data |= {"formdata": None, "version": case.version, "content_sha256": _sha256_of(content)}
    if move.action == _RETURN:
        piece = CONTENT_PIECES[CaseKind(case.kind)]
        return ReturnForm(sections=piece.sections_of(case), phrases=piece.phrases, **data)
    return (ReasonForm if move.remark else DecisionForm)(**data)


@bp.post("/cases/<int:case_id>/<action>")
@requires(Permission.CASE_READ)
def decide(case_id: int, action: str):
    case, actor = _case_or_404(case_id), current_actor()
    workflow = cases.workflow_of(case)
    moves = (each for each in workflow.transitions if each.action == action and not each.own_page)
    move = next(moves, None) or abort(404)
    form = _decision_form(move, case)
    if isinstance(form, ReturnForm) and "add" in request.form:
        form.add_point()
        if wants_part():
            return render_template("bureau/cases/_return.html", case=case, move=move, form=form)
        return _case_page(case, form, action)
    if not form.validate():
        return _case_page(case, form, action, status=422)
    try:
        with transaction():
            content = CONTENT_PIECES[CaseKind(case.kind)].load(case)
            if form.content_sha256.data != _sha256_of(content):
                raise StaleCase()
            points = form.stated() if isinstance(form, ReturnForm) else None
            remark = form.remark.data or (f"共 {len(points)} 项需要补正" if points else None)
            cases.act(case, action, actor=actor, remark=remark, version=form.version.data, items=points)
    except NotAllowed:
        raise
    except (WrongState, StaleCase) as refusal:
        return _case_page(case, form, action, moved=_what_changed(case, refusal), status=409)
    except RuleError as refusal:
        return _case_page(case, form, action, moved=refusal.message, status=409)
    flash(f"{case.number} {workflow.done_label(action)}。", "success")
    return redirect(url_for(".case", case_id=case.id), 303)


def _what_changed(case: Case, refusal: RuleError) -> str:
    """Who dealt with the case meanwhile, and how; the refusal's own words if nobody did."""
    if not case.steps:
        return refusal.message
    last = case.steps[-1]
    done = cases.workflow_of(case).done_label(last.action)
    state = cases.state_of(case).label
    by = f"此件已由{last.actor_name}（{Role(last.actor_role).label}）于 {china_time(last.at)} 办理：{done}"
    return f"{by}，当前状态“{state}”。您的操作没有执行，请按下面的最新内容核对。"

"""Writing a base application: a page for each section, rows, autosave, and the evidence of the conditions."""

import secrets
from typing import Any, cast

from flask import abort, flash, redirect, render_template, request, url_for

from domain.base_content import CONDITION_OF, CONDITIONS, SECTIONS
from domain.base_parse import MOST_PAPERS, MOST_ROWS, ROW_FIELDS, typed
from domain.errors import RuleError
from domain.filing_content import Section
from domain.filing_reader import Problem
from domain.filing_rules import SectionState
from domain.periods import CHINA
from domain.roles import Permission
from forms.bases import EMPLOYMENTS, SECTION_FORMS, UNITS, EvidenceForm
from forms.filings import SectionForm
from models import BaseApplication
from services import base_applications, clock, reference
from services.files import DOCUMENT
from services.transaction import transaction
from views.access import current_actor, requires
from views.filters import china_time
from views.htmx import wants_part
from views.organizer.base_applications import SECTION_OF, application_or_404, bp, draft_or_404, labels, states_of


def _section_or_404(key: str) -> Section:
    return SECTION_OF.get(key) or abort(404)


@bp.get("/<int:case_id>/edit/<key>")
@requires(Permission.BASE_APPLY)
def section(case_id: int, key: str):
    application, part = draft_or_404(case_id), _section_or_404(key)
    form = _form(application, key, application.draft.get(key) or {})
    if "check" in request.args:
        form.mark(_errors(application, key))
    return _section_page(application, part, form)


def _form(application: BaseApplication, key: str, values: dict[str, Any]) -> SectionForm:
    """The form of a section with these values, and with the choices its selects offer."""
    choices: dict[str, list[tuple[str, str]]] = {}
    if key == "scope":
        levels = [(str(rank), name) for rank, name in reference.level_names().items() if rank]
        choices = {"subjects": list(labels()["subjects"].items()), "lowest": levels, "highest": levels}
    elif key == "teachers":
        choices = {"employment": EMPLOYMENTS}
    elif key == "fees":
        choices = {"unit": UNITS}
    form = SECTION_FORMS[key].of(values, **choices)
    if key == "basics":
        allowed = [each.value for each in base_applications.levels_for(application)]
        level = cast(Any, form).level
        level.choices = {value: label for value, label in level.choices.items() if value in allowed}
    return form


def _errors(application: BaseApplication, key: str) -> list[Problem]:
    return [each for each in base_applications.examine(application)[1] if each.section == key and not each.hint]


def _section_page(
    application: BaseApplication,
    part: Section,
    form: SectionForm,
    status: int = 200,
    *,
    seen: int | None = None,
    focus_row: int | None = None,
    upload: EvidenceForm | None = None,
):
    case, key = application.case, part.key
    piece = wants_part() and key in ROW_FIELDS
    template = "condition" if key in CONDITION_OF else key
    return render_template(
        "organizer/bases/_rows.html" if piece else f"organizer/bases/sections/{template}.html",
        application=application,
        case=case,
        part=part,
        place=list(SECTION_OF).index(key) + 1,
        parts=len(SECTIONS),
        form=form,
        window=request.form.get("window") or secrets.token_hex(8),
        seen=seen
        if seen is not None
        else request.form.get("seen", base_applications.saved_mark(application, key), type=int),
        points=[point.message for point in base_applications.points(case) if point.section == key],
        papers=_paper_rows(application, key),
        limits=DOCUMENT.limits,
        most=MOST_PAPERS,
        upload=upload or EvidenceForm(formdata=None),
        occupations=[each.name for each in reference.occupations()],
        conditions=CONDITIONS,
        number=CONDITION_OF.get(key),
        focus_row=focus_row,
    ), status


def _paper_rows(application: BaseApplication, key: str) -> list[dict[str, Any]]:
    return [
        {
            "label": paper.label,
            "name": f"{china_time(paper.file.uploaded_at)} 上传",
            "size": paper.file.size,
            "url": url_for("files.show", attachment_id=paper.id),
            "remove_url": url_for(".detach", case_id=application.case_id, attachment_id=paper.id),
        }
        for paper in base_applications.papers_of(application.case).get(key, [])
    ]


def _sent(key: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    return request.form.to_dict(), {name: request.form.getlist(name) for name in ("subjects",)}


def _store(application: BaseApplication, key: str, fields: dict[str, str], lists: dict[str, list[str]]) -> None:
    with transaction():
        base_applications.save_section(
            application,
            key,
            fields,
            lists,
            actor=current_actor(),
            window=request.form.get("window", ""),
            seen=request.form.get("seen", type=int),
        )


@bp.post("/<int:case_id>/edit/<key>")
@requires(Permission.BASE_APPLY)
def save(case_id: int, key: str):
    """Save the section; the button says what next: go on, stop here, add or remove a row."""
    application, part = draft_or_404(case_id), _section_or_404(key)
    act = request.form.get("act", "save")
    fields, lists = _sent(key)
    try:
        _store(application, key, fields, lists)
    except base_applications.StaleSection as stale:
        form = _form(application, key, typed(key, fields, lists))
        form.form_errors.append(stale.message)
        # From now on this page has seen the other one: saving it once more is the clerk's decision.
        return _section_page(application, part, form, 409, seen=base_applications.saved_mark(application, key))
    except RuleError as refusal:
        if refusal.code not in ("too_many_rows", "too_long"):
            raise
        form = _form(application, key, application.draft.get(key) or {})
        form.form_errors.append(refusal.message)
        return _section_page(application, part, form, 422)
    values = dict(application.draft[key])
    if key in ROW_FIELDS and (act == "add" or act.startswith("remove-")):
        return _with_rows(application, part, values, act)
    errors = _errors(application, key)
    if act == "save" and errors:
        form = _form(application, key, values)
        form.mark(errors)
        return _section_page(application, part, form, 422)
    return redirect(_after(application, key) if act == "save" else url_for(".hub", case_id=case_id), 303)


def _with_rows(application: BaseApplication, part: Section, values: dict[str, Any], act: str):
    """The page with a row more or less; what was typed is saved already."""
    rows, focus = list(values["rows"]), None
    if act == "add" and len(rows) < MOST_ROWS[part.key]:
        rows.append({name: "" for name in ROW_FIELDS[part.key]})
        focus = len(rows) - 1
    elif act[7:].isdecimal() and act.startswith("remove-"):
        del rows[int(act[7:]) : int(act[7:]) + 1]
        focus = max(0, min(int(act[7:]), len(rows) - 1))
        with transaction():
            fields = {f"rows-{index}-{name}": text for index, row in enumerate(rows) for name, text in row.items()}
            fields |= {name: value for name, value in values.items() if isinstance(value, str)}
            lists = {name: value for name, value in values.items() if isinstance(value, list) and name != "rows"}
            base_applications.save_section(
                application, part.key, fields, lists, actor=current_actor(), window=request.form.get("window", "")
            )
    form = _form(application, part.key, {**values, "rows": rows})
    return _section_page(application, part, form, focus_row=focus)


def _after(application: BaseApplication, key: str) -> str:
    """The next section that is not complete, or the page to check everything."""
    states = states_of(application, base_applications.examine(application)[1])
    order = list(SECTION_OF)
    for each in order[order.index(key) + 1 :] + order[: order.index(key)]:
        if states[each] is not SectionState.COMPLETE:
            check = 1 if states[each] is SectionState.STARTED else None
            return url_for(".section", case_id=application.case_id, key=each, check=check)
    return url_for(".check", case_id=application.case_id)


@bp.post("/<int:case_id>/edit/<key>/draft")
@requires(Permission.BASE_APPLY)
def autosave(case_id: int, key: str):
    """Keep what is in the page at this moment, right or wrong; the answer is a sentence."""
    application = application_or_404(case_id)
    _section_or_404(key)
    try:
        _store(application, key, *_sent(key))
    except RuleError as refusal:
        return render_template("organizer/bases/_saved.html", text=f"没有自动保存：{refusal.message}"), 409
    saved = clock.now().astimezone(CHINA)
    return render_template("organizer/bases/_saved.html", text=f"已于 {saved:%H:%M} 保存为草稿")


@bp.post("/<int:case_id>/edit/<key>/files")
@requires(Permission.BASE_APPLY)
def attach(case_id: int, key: str):
    application, part = draft_or_404(case_id), _section_or_404(key)
    if key not in CONDITION_OF:
        abort(404)
    upload = EvidenceForm()
    form = _form(application, key, application.draft.get(key) or {})
    if not upload.validate():
        return _section_page(application, part, form, 422, upload=upload)
    try:
        with transaction():
            data = upload.file.data
            base_applications.attach(application, key, data.read(), data.filename or "", actor=current_actor())
    except RuleError as refusal:
        upload.file.errors = [refusal.message]
        return _section_page(application, part, form, 422, upload=upload)
    flash("文件已上传。", "success")
    return redirect(url_for(".section", case_id=case_id, key=key, _anchor="papers"), 303)


@bp.post("/<int:case_id>/files/<int:attachment_id>/remove")
@requires(Permission.BASE_APPLY)
def detach(case_id: int, attachment_id: int):
    application = draft_or_404(case_id)
    with transaction():
        key = base_applications.detach(application, attachment_id, actor=current_actor())
    flash("文件已移除。", "success")
    return redirect(url_for(".section", case_id=case_id, key=key), 303)

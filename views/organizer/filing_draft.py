"""Writing an activity filing: the task list, a page for each section, autosave."""

import secrets
from typing import Any

from flask import abort, redirect, render_template, request, url_for

from domain.errors import RuleError
from domain.filing_content import SECTIONS, Half, Section, show_hours, total_hours
from domain.filing_draft import ROW_FIELDS, blank_row, is_blank_row, is_untouched
from domain.filing_parse import Problem, section_value
from domain.filing_rules import FilingFigures, SectionState, earliest_start, section_states
from domain.filing_timetable import generated_rows, moved_rows, next_row
from domain.periods import CHINA
from domain.roles import Permission
from domain.skills import LEVEL_NAMES
from forms.filing_parts import JUDGE_ROLES
from forms.filing_sections import SECTION_FORMS
from forms.filings import EMPLOYMENTS, HALVES, FillForm, MoveForm, SectionForm, typed
from models import ActivityFiling
from services import clock, filing_forms, filing_tables, filings, policies
from services.calendar import working_calendar
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import wants_part
from views.organizer.filings import bp, filing_or_404

_TOTALLED = ("subjects", "sessions")
_KEYS = {section.key for section in SECTIONS}


def draft_or_404(filing_id: int) -> ActivityFiling:
    """A filing this account may write in now; one it may only read sends to its page."""
    filing = filing_or_404(filing_id)
    if not filings.is_editable(filing, current_actor()):
        abort(redirect(url_for(".show", filing_id=filing.id), 303))
    return filing


def section_or_404(filing: ActivityFiling, key: str) -> Section:
    return next((section for section in filings.sections(filing) if section.key == key), None) or abort(404)


# --- The task list ----------------------------------------------------------------------------------------------------


@bp.get("/<int:filing_id>/edit")
@requires(Permission.FILING_WRITE)
def hub(filing_id: int):
    filing = draft_or_404(filing_id)
    parsed, problems = filings.examine(filing)
    states = states_of(filing, problems)
    before = filing_tables.submitted_content(filing.case)
    figures = filings.figures_for(filing.case, filing.form)
    sections = filings.sections(filing)
    points: dict[str, list[str]] = {}
    for point in filings.points(filing.case):
        points.setdefault(point.section, []).append(point.message)
    return render_template(
        "organizer/filings/hub.html",
        filing=filing,
        case=filing.case,
        sections=[
            {
                "section": section,
                "state": states[section.key],
                "url": section_url(filing, section.key, check=states[section.key] is SectionState.STARTED),
                "points": points.get(section.key, []),
                "changed": before is not None
                and section_value(before, section.key) != section_value(parsed, section.key),
            }
            for section in sections
        ],
        complete=sum(state is SectionState.COMPLETE for state in states.values()),
        general=[text for key, texts in points.items() for text in texts if key not in _KEYS],
        figures=figures,
        earliest=earliest_for(filing, figures),
    )


def states_of(filing: ActivityFiling, problems: tuple[Problem, ...]) -> dict[str, SectionState]:
    papers = len(filing_tables.papers_of(filing.case))
    return section_states(filing.draft, problems, papers=papers, sections=filings.sections(filing))


def earliest_for(filing: ActivityFiling, figures: FilingFigures):
    return earliest_start(figures, filings.filed_on(filing.case) or clock.today(), working_calendar())


def section_url(filing: ActivityFiling, key: str, *, check: bool = False, anchor: str | None = None) -> str:
    return url_for(".section", filing_id=filing.id, key=key, check=1 if check else None, _anchor=anchor)


# --- A section --------------------------------------------------------------------------------------------------------


@bp.get("/<int:filing_id>/edit/<key>")
@requires(Permission.FILING_WRITE)
def section(filing_id: int, key: str):
    filing = draft_or_404(filing_id)
    part = section_or_404(filing, key)
    form = _form(filing, key, filing.draft.get(key) or {})
    problems = filings.examine(filing)[1]
    if "check" in request.args:
        form.mark(_errors(problems, key))
    return _section_page(filing, part, form, problems)


def _form(filing: ActivityFiling, key: str, values: dict[str, Any]) -> SectionForm:
    """The form of a section with these values, and with the choices its selects offer."""
    choices: dict[str, list[tuple[str, str]]] = {}
    if key == "subjects":
        choices["subject"] = list(filings.figures_for(filing.case, filing.form).subjects.items())
    elif key == "teachers":
        choices["employment"] = EMPLOYMENTS
    elif key == "sessions":
        choices["half"] = HALVES
        choices["teacher"] = _teachers(filing)
    elif key == "judges":
        choices["role"] = JUDGE_ROLES
    elif key == "people":
        levels = [(str(rank), name) for rank, name in LEVEL_NAMES.items()]
        choices["lowest"] = choices["highest"] = [("", "不限"), *levels]
    elif key == "partner":
        choices["organization"] = list(filing_forms.choices(filing).partners.items())
    return SECTION_FORMS[key].of(values, **choices)


def _fill_form(filing: ActivityFiling, posted: Any) -> FillForm:
    form = FillForm(posted, data={"working_days": True}, prefix="fill-")
    teachers = _teachers(filing)
    form.teacher.choices = [("", "逐个选择"), *teachers]
    if posted is None and len(teachers) == 1:
        form.teacher.data = teachers[0][0]
    return form


def _with_teachers(filing: ActivityFiling) -> bool:
    return any(section.key == "teachers" for section in filings.sections(filing))


def _teachers(filing: ActivityFiling) -> list[tuple[str, str]]:
    rows = filing.draft.get("teachers", {}).get("rows", [])
    return [(row["key"], row["name"]) for row in rows if row["name"].strip()]


def _errors(problems: tuple[Problem, ...], key: str) -> list[Problem]:
    return [problem for problem in problems if problem.section == key and not problem.hint]


def _section_page(
    filing: ActivityFiling,
    part: Section,
    form: SectionForm,
    problems: tuple[Problem, ...],
    status: int = 200,
    *,
    fill: FillForm | None = None,
    move: MoveForm | None = None,
    focus_row: int | None = None,
    seen: int | None = None,
):
    figures = filings.figures_for(filing.case, filing.form)
    sections = filings.sections(filing)
    piece = wants_part() and part.key in ROW_FIELDS
    return render_template(
        "organizer/filings/_rows.html" if piece else f"organizer/filings/sections/{part.key}.html",
        filing=filing,
        case=filing.case,
        part=part,
        place=[section.key for section in sections].index(part.key) + 1,
        parts=len(sections),
        form=form,
        fill=fill or _fill_form(filing, None),
        move=move or MoveForm(formdata=None, prefix="move-"),
        begun=not is_untouched({part.key: filing.draft.get(part.key)}, part.key),
        window=request.form.get("window") or secrets.token_hex(8),
        seen=seen if seen is not None else request.form.get("seen", filings.saved_mark(filing, part.key), type=int),
        total=_total(filing, part.key),
        hints=[problem.message for problem in problems if problem.section == part.key and problem.hint],
        points=[point.message for point in filings.points(filing.case) if point.section == part.key],
        figures=figures,
        subjects=policies.active_policy().subjects,
        earliest=earliest_for(filing, figures),
        has_teachers=bool(_teachers(filing)) or not _with_teachers(filing),
        with_teachers=_with_teachers(filing),
        teachers=next((each for each in sections if each.key == "teachers"), None),
        focus_row=focus_row,
    ), status


def _total(filing: ActivityFiling, key: str) -> str:
    """How the hours add up, in words; of what can be read so far."""
    if key not in _TOTALLED:
        return ""
    parsed, _ = filings.examine(filing)
    if key == "subjects":
        return f"合计 {show_hours(total_hours(parsed.subjects))} 学时" if parsed.subjects else ""
    if not parsed.sessions:
        return ""
    total = f"课次合计 {show_hours(total_hours(parsed.sessions))} 学时"
    return f"{total}，科目合计 {show_hours(total_hours(parsed.subjects))} 学时" if parsed.subjects else total


@bp.post("/<int:filing_id>/edit/<key>")
@requires(Permission.FILING_WRITE)
def save(filing_id: int, key: str):
    """Save the section; the button says what next: go on, stop here, or something with the rows."""
    filing = draft_or_404(filing_id)
    part = section_or_404(filing, key)
    values, act = typed(key, request.form), request.form.get("act", "save")
    focus_row = None
    if key in ROW_FIELDS:
        refused, focus_row = _press(filing, part, values, act)
        if refused is not None:
            return refused
    refused = _store(filing, part, values)
    if refused is not None:
        return refused
    problems = filings.examine(filing)[1]
    if act not in ("save", "later"):
        if wants_part():
            return _section_page(filing, part, _form(filing, key, filing.draft[key]), problems, focus_row=focus_row)
        anchor = f"row-{focus_row + 1}" if focus_row is not None else "rows"
        return redirect(section_url(filing, key, anchor=anchor), 303)
    if act == "save" and _errors(problems, key):
        form = _form(filing, key, filing.draft[key])
        form.mark(_errors(problems, key))
        return _section_page(filing, part, form, problems, 422)
    return redirect(_after(filing, key, problems) if act == "save" else url_for(".hub", filing_id=filing.id), 303)


def _press(filing: ActivityFiling, part: Section, values: dict[str, Any], act: str):
    """Do to the rows what the button says: the page that refuses it, if any, and the row to go on in."""
    rows: list[dict[str, str]] = values["rows"]
    focus_row = None
    if act == "add":
        new = next_row(rows, filings.figures_for(filing.case, filing.form)) if part.key == "sessions" else None
        rows.append(new or blank_row(part.key, rows))
        focus_row = len(rows) - 1
    elif act.startswith("remove-") and act[7:].isdecimal():
        del rows[int(act[7:]) : int(act[7:]) + 1]
        focus_row = max(0, min(int(act[7:]), len(rows) - 1))
    elif act == "fill" and part.key == "sessions":
        fill = _fill_form(filing, request.form)
        if not fill.validate():
            return _refused(filing, part, values, "批量添加课次", fill, fill=fill), None
        rows += _filled(filing, rows, fill)
    elif act == "move" and part.key == "sessions":
        move = MoveForm(request.form, prefix="move-")
        move.timetable_has_days = any(row.get("on") for row in rows)
        if not move.validate():
            return _refused(filing, part, values, "整体改期", move, move=move), None
        rows[:] = moved_rows(rows, move.first.data)
    if focus_row is None:
        rows[:] = [row for row in rows if not is_blank_row(row)]
    return None, focus_row


def _refused(filing: ActivityFiling, part: Section, values: dict[str, Any], name: str, tool: Any, **tools: Any):
    """The page again, with what was typed and what is wrong with the tool that was used."""
    form = _form(filing, part.key, values)
    form.form_errors += [f"{name}：{error}" for field in tool for error in field.errors]
    return _section_page(filing, part, form, (), 422, **tools)


def _store(filing: ActivityFiling, part: Section, values: dict[str, Any]):
    """Save what was typed; the page that says why not, if it is refused."""
    try:
        with transaction():
            filings.save_section(
                filing,
                part.key,
                values,
                actor=current_actor(),
                window=request.form.get("window", ""),
                seen=request.form.get("seen", type=int),
            )
    except filings.StaleSection as stale:
        form = _form(filing, part.key, values)
        form.form_errors.append(stale.message)
        # From now on this page has seen the other one: saving it once more is the clerk's decision.
        seen = filings.saved_mark(filing, part.key)
        return _section_page(filing, part, form, (), 409, seen=seen)
    except RuleError as refusal:
        if refusal.code not in ("too_many_rows", "too_long"):
            raise
        form = _form(filing, part.key, values)
        form.form_errors.append(refusal.message)
        return _section_page(filing, part, form, (), 422)
    return None


def _filled(filing: ActivityFiling, rows: list[dict[str, str]], fill: FillForm) -> list[dict[str, str]]:
    return generated_rows(
        fill.first.data,
        fill.last.data,
        [Half(half) for half in fill.halves.data],
        filings.figures_for(filing.case, filing.form),
        calendar=working_calendar() if fill.working_days.data else None,
        taken=[(row.get("on", ""), row.get("half", "")) for row in rows],
        teacher=fill.teacher.data or "",
        topic=fill.topic.data or "",
    )


def _after(filing: ActivityFiling, key: str, problems: tuple[Problem, ...]) -> str:
    """The next section that is not complete, or the page to check everything."""
    states = states_of(filing, problems)
    order = [section.key for section in filings.sections(filing)]
    later = order[order.index(key) + 1 :] + order[: order.index(key)]
    for each in later:
        if states[each] is not SectionState.COMPLETE:
            return section_url(filing, each, check=states[each] is SectionState.STARTED)
    return url_for(".check", filing_id=filing.id)


@bp.post("/<int:filing_id>/edit/<key>/draft")
@requires(Permission.FILING_WRITE)
def autosave(filing_id: int, key: str):
    """Keep what is in the page at this moment, right or wrong; the answer is a sentence."""
    filing = filing_or_404(filing_id)
    if key not in SECTION_FORMS:
        abort(404)
    try:
        with transaction():
            filings.save_section(
                filing,
                key,
                typed(key, request.form),
                actor=current_actor(),
                window=request.form.get("window", ""),
                seen=request.form.get("seen", type=int),
            )
    except RuleError as refusal:
        return render_template(
            "organizer/filings/_saved.html", text=f"没有自动保存：{refusal.message}", total=None
        ), 409
    saved = clock.now().astimezone(CHINA)
    return render_template(
        "organizer/filings/_saved.html",
        text=f"已于 {saved:%H:%M} 保存为草稿",
        total=_total(filing, key) if key in _TOTALLED else None,
    )

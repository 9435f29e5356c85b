"""Attendance of an activity (考勤), for its organiser: the sessions, one session, the sheet keyed back, corrections."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for

from domain import sheet_keying
from domain.attendance_rules import HeldFor, Method, Standing
from domain.errors import RuleError
from domain.filing_content import WEEKDAYS, Half
from domain.periods import CHINA
from domain.roles import Permission
from forms.attendance import CodeForm, CorrectionForm, SheetForm
from models import ActivityFiling, ActivitySession
from services import attendance, challenge, check_in, enrolments, sign_in_sheets, venues
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.class_people import held_or_404
from views.qr import qr_code

bp = Blueprint("filings_attendance", __name__, url_prefix="/filings/<int:filing_id>/attendance")


def session_label(session: ActivitySession) -> str:
    """6月8日（周一）上午."""
    half = Half(session.half).label
    return f"{session.on.month}月{session.on.day}日（周{WEEKDAYS[session.on.weekday()]}）{half}"


def session_times(session: ActivitySession) -> str:
    """09:00–12:00."""
    begins, ends = session.starts_at.astimezone(CHINA), session.ends_at.astimezone(CHINA)
    return f"{begins:%H:%M}–{ends:%H:%M}"


def session_or_404(filing_id: int, activity_session_id: int) -> tuple[ActivityFiling, ActivitySession]:
    """A session of an activity of this organisation."""
    filing = held_or_404(filing_id)
    session = next((each for each in filing.sessions if each.id == activity_session_id), None) or abort(404)
    return filing, session


@bp.get("")
@requires(Permission.FILING_READ)
def index(filing_id: int):
    filing = held_or_404(filing_id)
    return render_template(
        "organizer/class/attendance.html",
        filing=filing,
        people=len(enrolments.participants(filing)),
        sessions=[
            {
                "session": session,
                "label": session_label(session),
                "times": session_times(session),
                "counts": _counts(session),
                "open": check_in.is_open(session),
            }
            for session in filing.sessions
        ],
        may_write=current_actor().can(Permission.RESULT_WRITE),
    )


def _counts(session: ActivitySession) -> dict[str, int]:
    rows = attendance.rows_of(session).values()
    return {each.value: sum(row.standing == each.value for row in rows) for each in Standing}


@bp.get("/<int:activity_session_id>")
@requires(Permission.FILING_READ)
def show(filing_id: int, activity_session_id: int):
    return _page(*session_or_404(filing_id, activity_session_id))


def _page(
    filing: ActivityFiling,
    session: ActivitySession,
    *,
    sheet: SheetForm | None = None,
    correction: CorrectionForm | None = None,
    code: CodeForm | None = None,
    status: int = 200,
):
    lines = _lines(filing, session)
    return render_template(
        "organizer/class/session.html",
        filing=filing,
        session=session,
        label=session_label(session),
        times=session_times(session),
        word=challenge.shown_word(session),
        lines=lines,
        totals={each: sum(line["standing"] is each for line in lines) for each in Standing},
        unmarked=sum(line["standing"] is None for line in lines),
        changes=attendance.changes_of(session),
        standings={each.value: each.label for each in Standing},
        why_closed=attendance.why_closed(session, filing),
        open=check_in.is_open(session),
        may_write=current_actor().can(Permission.RESULT_WRITE),
        sheet=sheet or SheetForm(formdata=None),
        correction=correction or CorrectionForm(formdata=None),
        code=code or CodeForm(formdata=None),
        form=sheet or correction or code,
    ), status


def _lines(filing: ActivityFiling, session: ActivitySession) -> list[dict[str, Any]]:
    """Everybody on the sheet with what is known of them."""
    rows = attendance.rows_of(session)
    shared, far = check_in.shared_devices(rows), venues.far_in(session)
    lines = []
    for person in sign_in_sheets.rows(filing):
        row = rows.get(person.technician_id)
        held = row is not None and row.standing == Standing.HELD.value
        lines.append(
            {
                "person": person,
                "row": row,
                "standing": Standing(row.standing) if row else None,
                "held_for": HeldFor(row.reason).label if row and held else "",
                "method": Method(row.method).label if row else "",
                "shared": person.technician_id in shared,
                "far": person.technician_id in far,
                "late": row is not None and check_in.is_late(row),
            }
        )
    return lines


# --- The sheet on paper -----------------------------------------------------------------------------------------------


@bp.get("/<int:activity_session_id>/paper")
@requires(Permission.FILING_READ)
def paper(filing_id: int, activity_session_id: int):
    filing, session = session_or_404(filing_id, activity_session_id)
    return render_template(
        "organizer/class/paper.html",
        filing=filing,
        session=session,
        label=session_label(session),
        times=session_times(session),
        word=challenge.shown_word(session),
        rows=sign_in_sheets.rows(filing),
        checks_out=check_in.asks_check_out(session),
        qr=qr_code(sign_in_sheets.address(session), "sheet-code"),
        reference=sign_in_sheets.reference(session),
    )


@bp.post("/<int:activity_session_id>/preview")
@requires(Permission.RESULT_WRITE)
def preview(filing_id: int, activity_session_id: int):
    filing, session = session_or_404(filing_id, activity_session_id)
    form, rows = SheetForm(), sign_in_sheets.rows(filing)
    keyed = _keyed(form, rows)
    if keyed is None:
        return _page(filing, session, sheet=form, status=422)
    return _preview_page(filing, session, form, rows, keyed)


def _keyed(form: SheetForm, rows: list[sign_in_sheets.SheetRow]) -> sheet_keying.Keyed | None:
    """What the text means on this sheet; what is wrong stands at the field."""
    if not form.validate():
        return None
    try:
        if not rows:
            raise RuleError("还没有参训人员，请先登记")
        return sheet_keying.read(form.absent.data or "", {row.number for row in rows})
    except RuleError as refusal:
        form.absent.errors = [refusal.message]
        return None


def _preview_page(
    filing: ActivityFiling,
    session: ActivitySession,
    form: SheetForm,
    rows: list[sign_in_sheets.SheetRow],
    keyed: sheet_keying.Keyed,
):
    form.seen.data = sign_in_sheets.fingerprint(rows)
    there = attendance.rows_of(session)
    named = {standing: [row for row in rows if keyed.marks.get(row.number) is standing] for standing in _AWAY}
    return render_template(
        "organizer/class/preview.html",
        filing=filing,
        session=session,
        label=session_label(session),
        form=form,
        named=named,
        present=len(rows) - len(keyed.marks),
        seen_there=[
            row for group in named.values() for row in group if (at := there.get(row.technician_id)) and at.in_at
        ],
        overwrites=sum(row.method == Method.SHEET.value for row in there.values()),
    )


_AWAY = (Standing.ABSENT, Standing.EXCUSED)


@bp.post("/<int:activity_session_id>/sheet")
@requires(Permission.RESULT_WRITE)
def key_in(filing_id: int, activity_session_id: int):
    filing, session = session_or_404(filing_id, activity_session_id)
    form, rows = SheetForm(), sign_in_sheets.rows(filing)
    keyed = _keyed(form, rows)
    if keyed is None:
        return _page(filing, session, sheet=form, status=422)
    if form.seen.data != sign_in_sheets.fingerprint(rows):
        flash("参训人员刚有变动，请核对后再确认。", "warning")
        return _preview_page(filing, session, form, rows, keyed)
    with transaction():
        noted = attendance.note(
            session, filing, sign_in_sheets.marks(rows, keyed), actor=current_actor(), reason="录入签到表"
        )
    _say(noted)
    return redirect(url_for(".show", filing_id=filing.id, activity_session_id=session.id), 303)


def _say(noted: attendance.Noted) -> None:
    parts = [f"实到 {noted.counted} 人", f"缺席 {noted.absent} 人"]
    parts += [f"请假 {noted.excused} 人"] if noted.excused else []
    flash("已登记：" + "，".join(parts) + "。", "success")
    if noted.clashing:
        flash(
            f"{len(noted.clashing)} 人同一时间在其他活动已有到课记录，暂不计入，请与本人核实。",
            "warning",
        )


# --- Corrections, codes typed -----------------------------------------------------------------------------------------


@bp.post("/<int:activity_session_id>/correct")
@requires(Permission.RESULT_WRITE)
def correct(filing_id: int, activity_session_id: int):
    filing, session = session_or_404(filing_id, activity_session_id)
    form, rows = CorrectionForm(), sign_in_sheets.rows(filing)
    by_number = {row.number: row.technician_id for row in rows}
    numbers: list[int] = []
    if form.validate():
        try:
            numbers = sheet_keying.numbers_in(form.numbers.data or "", by_number)
            if not numbers:
                raise RuleError("请填写要更正的行号，例如 3 7")
        except RuleError as refusal:
            form.numbers.errors = [refusal.message]
    if form.errors:
        return _page(filing, session, correction=form, status=422)
    marks = {by_number[number]: Standing(form.standing.data) for number in numbers}
    with transaction():
        noted = attendance.note(session, filing, marks, actor=current_actor(), reason=form.reason.data or "")
    _say(noted)
    return redirect(url_for(".show", filing_id=filing.id, activity_session_id=session.id), 303)


@bp.post("/<int:activity_session_id>/code")
@requires(Permission.RESULT_WRITE)
def take_code(filing_id: int, activity_session_id: int):
    filing, session = session_or_404(filing_id, activity_session_id)
    form, actor = CodeForm(), current_actor()
    if form.validate():
        try:
            person = check_in.person_of_code(filing, form.code.data or "")
            with transaction():
                stored = check_in.check(session, person, method=Method.SCAN, actor=actor)
        except RuleError as refusal:
            form.code.errors = [refusal.message]
    if form.errors:
        return _page(filing, session, code=form, status=422)
    name = next(row.name for row in sign_in_sheets.rows(filing) if row.technician_id == person)
    flash(f"{name} 已{'签退' if stored.out_at else '签到'}。", "success")
    return redirect(url_for(".show", filing_id=filing.id, activity_session_id=session.id), 303)


# --- The screen -------------------------------------------------------------------------------------------------------


@bp.get("/<int:activity_session_id>/screen")
@requires(Permission.RESULT_WRITE)
def screen(filing_id: int, activity_session_id: int):
    filing, session = session_or_404(filing_id, activity_session_id)
    return render_template(
        "organizer/class/screen.html",
        label=session_label(session),
        times=session_times(session),
        **_screen(filing, session),
    )


@bp.get("/<int:activity_session_id>/screen/code")
@requires(Permission.RESULT_WRITE)
def screen_code(filing_id: int, activity_session_id: int):
    return render_template(
        "organizer/class/_screen_code.html", **_screen(*session_or_404(filing_id, activity_session_id))
    )


def _screen(filing: ActivityFiling, session: ActivitySession) -> dict[str, Any]:
    """What the projector shows now; the next picture is asked for when this code ends."""
    opens, closes = check_in.opening(session)
    counts = _counts(session)
    is_open = check_in.is_open(session)
    return {
        "filing": filing,
        "session": session,
        "opens": opens,
        "closes": closes,
        "is_open": is_open,
        "qr": qr_code(check_in.screen_address(session), "screen-code") if is_open else None,
        "seconds": check_in.seconds_left() if is_open else 30,
        "word": challenge.shown_word(session),
        "people": len(enrolments.participants(filing)),
        "arrived": counts["counted"] + counts["held"],
        "left": counts["counted"],
        "checks_out": check_in.asks_check_out(session),
    }

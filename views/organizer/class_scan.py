"""The organiser's clerk scans what people show on their own telephones (E4): by camera, by photo."""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for

from domain.attendance_rules import Method
from domain.errors import RuleError
from domain.roles import Permission
from forms.attendance import ScanForm
from models import ActivityFiling, ActivitySession
from services import attendance, check_in, files, picture_codes, sign_in_sheets
from services.transaction import transaction
from views.access import current_actor, requires
from views.htmx import wants_part
from views.organizer.attendance import session_label, session_or_404, session_times
from views.permitted import CAMERA, may_use

bp = Blueprint(
    "filings_scan", __name__, url_prefix="/filings/<int:filing_id>/attendance/<int:activity_session_id>/scan"
)

_NONE_SEEN = "照片里没有找到签到码。请靠近、对准手机屏幕再拍一张，或在考勤页输入 8 位数字"


@bp.get("")
@requires(Permission.RESULT_WRITE)
def show(filing_id: int, activity_session_id: int):
    return _page(*session_or_404(filing_id, activity_session_id), ScanForm(formdata=None))


def _page(filing: ActivityFiling, session: ActivitySession, form: ScanForm, status: int = 200):
    rows = attendance.rows_of(session).values()
    page = render_template(
        "organizer/class/scan.html",
        filing=filing,
        session=session,
        label=session_label(session),
        times=session_times(session),
        why_closed=attendance.why_closed(session, filing),
        open=check_in.is_open(session),
        opens=check_in.opening(session)[0],
        arrived=sum(row.in_at is not None for row in rows),
        people=len(sign_in_sheets.rows(filing)),
        limits=files.PHOTO.limits,
        accept=",".join(sorted(files.PHOTO.media_types)),
        form=form,
        said="",
        tone="",
        number=None,
    )
    return may_use(make_response(page, status), CAMERA)


@bp.post("")
@requires(Permission.RESULT_WRITE)
def take(filing_id: int, activity_session_id: int):
    """A photo of a code, or what the camera of the page has read; a picture of the camera may well show none."""
    filing, session = session_or_404(filing_id, activity_session_id)
    form = ScanForm()
    if wants_part():
        return _live(filing, session)
    said = ""
    if form.validate():
        try:
            code = _code_in(form.photo.data.read())
            if code is None:
                raise RuleError(_NONE_SEEN)
            said = _check(filing, session, _row_of(filing, code))
        except RuleError as refusal:
            form.photo.errors = [refusal.message]
    if form.errors:
        return _page(filing, session, form, 422)
    flash(said, "success")
    return redirect(url_for(".show", filing_id=filing.id, activity_session_id=session.id), 303)


def _live(filing: ActivityFiling, session: ActivitySession):
    """The answer to the camera of the page: what was done in one line, or nothing when nothing was seen.

    It names the row, for the same telephone is before the camera for a while.
    """
    picture, row = request.files.get("photo"), None
    try:
        code = _code_in(picture.read()) if picture else check_in.code_in(request.form.get("text", ""))
        if code is None:
            return "", 204
        row = _row_of(filing, code)
        said, tone, status = _check(filing, session, row), "success", 200
    except RuleError as refusal:
        said, tone, status = f"{refusal.message}。", "warning", 422
    number = row.number if row else None
    return render_template("organizer/class/_scanned.html", said=said, tone=tone, number=number), status


def _code_in(photo: bytes) -> str | None:
    files.check(photo, files.PHOTO)
    found = (check_in.code_in(text) for text in picture_codes.texts_in(photo))
    return next((code for code in found if code is not None), None)


def _row_of(filing: ActivityFiling, code: str) -> sign_in_sheets.SheetRow:
    person = check_in.person_of_code(filing, code)
    return next(row for row in sign_in_sheets.rows(filing) if row.technician_id == person)


def _check(filing: ActivityFiling, session: ActivitySession, row: sign_in_sheets.SheetRow) -> str:
    try:
        with transaction():
            stored = check_in.check(session, row.technician_id, method=Method.SCAN, actor=current_actor())
    except RuleError as refusal:
        raise RuleError(f"{row.number} 号 {row.name}：{refusal.message}", code=refusal.code) from refusal
    return f"{row.number} 号 {row.name} 已{'签退' if stored.out_at else '签到'}。"

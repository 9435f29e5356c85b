"""The address in a sign-in sheet's QR code: a clerk who scans it comes to the session."""

from flask import Blueprint, abort, redirect, url_for

from domain.roles import Permission
from models import ActivitySession, db
from services import attendance, sign_in_sheets
from views.access import current_actor, requires

bp = Blueprint("sheets", __name__, url_prefix="/sheets")


@bp.get("/<reference>")
@requires(Permission.FILING_READ)
def open_sheet(reference: str):
    session_id = sign_in_sheets.read(reference)
    session = db.session.get(ActivitySession, session_id) if session_id is not None else None
    if session is None or not attendance.find_session(session.filing_id, session.id, seen_by=current_actor()):
        abort(404)
    return redirect(
        url_for("filings_attendance.show", filing_id=session.filing_id, activity_session_id=session.id), 303
    )

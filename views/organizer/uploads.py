"""Large videos in pieces, by the tus protocol 1.0: core, creation, expiration and termination."""

import binascii
from base64 import b64decode
from contextlib import suppress
from email.utils import format_datetime

from flask import Blueprint, Response, abort, jsonify, redirect, request, url_for
from werkzeug.exceptions import ClientDisconnected, HTTPException

from domain.errors import RuleError
from domain.roles import Permission
from models import Upload
from services import uploads
from services.transaction import transaction
from views.access import current_actor, requires
from views.organizer.results import editable_or_away, report_or_404

bp = Blueprint("uploads", __name__)

_VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
_STATUS = {"too_large": 413, "no_room": 413, "bad_file": 415, "busy": 423, "out_of_step": 409}


@bp.after_request
def _speak_tus(response: Response) -> Response:
    response.headers["Tus-Resumable"] = _VERSION
    return response


def _refusal(error: RuleError) -> tuple[Response, int]:
    """A sentence for the script that sends; forms get pages."""
    return jsonify(message=error.message), _STATUS.get(error.code, 409)


def _asked_in_tus() -> None:
    if request.headers.get("Tus-Resumable") != _VERSION:
        abort(412)


def _number(header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        abort(400)
    return int(text)


def _metadata() -> dict[str, str]:
    """`name base64,name base64`, as the protocol writes what is known of a file."""
    found = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            abort(400)
    return found


@bp.post("/results/<int:report_id>/evidence/uploads")
@requires(Permission.RESULT_WRITE)
def create(report_id: int):
    report = editable_or_away(report_id)
    _asked_in_tus()
    size, told = _number("Upload-Length"), _metadata()
    session = told.get("session", "")
    if session and not (session.isascii() and session.isdigit() and len(session) < 20):
        abort(400)
    try:
        with transaction():
            upload = uploads.begin(
                report,
                name=told.get("filename", ""),
                size=size,
                session_id=int(session) if session else None,
                actor=current_actor(),
            )
            upload_id = upload.id
    except RuleError as error:
        return _refusal(error)
    return Response(status=201, headers={"Location": url_for(".show", upload_id=upload_id), "Upload-Offset": "0"})


def _upload_or_404(upload_id: int) -> Upload:
    return uploads.find(upload_id, seen_by=current_actor()) or abort(404)


@bp.get("/uploads/<int:upload_id>")
@requires(Permission.RESULT_WRITE)
def show(upload_id: int):
    """How much of the file is there (HEAD, in headers), and what has become of it (GET)."""
    actor = current_actor()
    upload = uploads.find(upload_id, seen_by=actor)
    if upload is None:
        if uploads.kept(upload_id, seen_by=actor) is None:
            abort(404)
        return jsonify(state="kept", message="已保存")
    answer = jsonify(state=upload.state, message=upload.message)
    answer.headers["Upload-Offset"] = str(upload.received)
    answer.headers["Upload-Length"] = str(upload.size)
    answer.headers["Upload-Expires"] = format_datetime(upload.touched_at + uploads.IDLE, usegmt=True)
    return answer


@bp.patch("/uploads/<int:upload_id>")
@requires(Permission.RESULT_WRITE)
def append(upload_id: int):
    _asked_in_tus()
    if request.mimetype != PIECE:
        abort(415)
    if (request.content_length or 0) > uploads.MOST_CHUNK:
        abort(413)
    upload = _upload_or_404(upload_id)
    try:
        there = uploads.append(upload, _number("Upload-Offset"), _read, actor=current_actor())
    except RuleError as error:
        _hear_out()
        return _refusal(error)
    except OSError:
        _hear_out()
        raise
    return Response(status=204, headers={"Upload-Offset": str(there)})


def _read(most: int) -> bytes:
    """As much of the body as there is: what came before a line broke is kept."""
    try:
        return request.stream.read(most)
    except ClientDisconnected:
        return b""


def _hear_out() -> None:
    """Read the piece to its end: who is still sending does not listen, and takes a refusal for a broken line."""
    with suppress(HTTPException):
        while request.stream.read(65536):
            pass


@bp.delete("/uploads/<int:upload_id>")
@requires(Permission.RESULT_WRITE)
def delete(upload_id: int):
    _upload_or_404(upload_id)
    with transaction():
        uploads.discard(upload_id)
    return Response(status=204)


@bp.post("/results/<int:report_id>/evidence/uploads/<int:upload_id>/cancel")
@requires(Permission.RESULT_WRITE)
def cancel(report_id: int, upload_id: int):
    """The same by a button of the page."""
    report = report_or_404(report_id)
    if _upload_or_404(upload_id).report_id != report.id:
        abort(404)
    with transaction():
        uploads.discard(upload_id)
    return redirect(url_for("results_evidence.index", report_id=report_id), 303)

"""The papers of cases: whoever may know of the case may open them."""

from flask import Blueprint, abort

from domain.roles import Role
from models import Attachment, StoredFile, db
from services import cases, files
from views.access import current_actor, signed_in
from views.downloads import download

bp = Blueprint("files", __name__, url_prefix="/files")


@bp.get("/<int:attachment_id>")
@signed_in
def show(attachment_id: int):
    attachment = _attachment_or_404(attachment_id)
    copy = db.session.get(StoredFile, attachment.display_file_id) if attachment.display_file_id else None
    if copy is not None:
        # The copy we made: it fits a screen and carries neither place nor device of the camera.
        name = attachment.file.original_name.rsplit(".", 1)[0] + ".jpg"
        return download(files.read(copy), name, "image/jpeg", inline=True)
    return _original(attachment)


@bp.get("/<int:attachment_id>/small")
@signed_in
def small(attachment_id: int):
    """A photo as small as a list shows it."""
    attachment = _attachment_or_404(attachment_id)
    copy = db.session.get(StoredFile, attachment.display_file_id) if attachment.display_file_id else None
    if copy is None:
        abort(404)
    return download(files.display_copy(files.read(copy), files.SMALL_SIDE), "small.jpg", "image/jpeg", inline=True)


@bp.get("/<int:attachment_id>/original")
@signed_in
def original(attachment_id: int):
    attachment = _attachment_or_404(attachment_id)
    # A photo as it was taken tells where and on what: only an audit needs to know.
    if attachment.display_file_id is not None and current_actor().role is not Role.AUDITOR:
        abort(404)
    return _original(attachment)


def _attachment_or_404(attachment_id: int) -> Attachment:
    attachment = db.session.get(Attachment, attachment_id)
    if attachment is None or cases.find(attachment.case_id, seen_by=current_actor()) is None:
        abort(404)
    return attachment


def _original(attachment: Attachment):
    return download(files.read(attachment.file), attachment.file.original_name, attachment.file.media_type)

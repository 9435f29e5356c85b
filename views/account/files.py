"""The papers of cases: whoever may know of the case may open them."""

from flask import Blueprint, abort, render_template

from domain.roles import Role
from models import Attachment, StoredFile, db
from services import base_visits, cases, evidence, evidence_pieces, files, joint_filings
from views import downloads
from views.access import current_actor, signed_in
from views.downloads import download, download_stream

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
    if attachment is None:
        abort(404)
    actor = current_actor()
    if cases.find(attachment.case_id, seen_by=actor) is None and not joint_filings.has_paper(attachment, seen_by=actor):
        abort(404)
    if base_visits.keeps_from(attachment, actor):
        abort(404)
    return attachment


def _original(attachment: Attachment):
    stored = attachment.file
    if not files.is_there(stored):
        raise files.gone(stored)
    return download_stream(
        lambda *part: files.stream(stored, *part), stored.size, stored.original_name, stored.media_type
    )


def _video_or_404(attachment_id: int) -> Attachment:
    attachment = _attachment_or_404(attachment_id)
    if attachment.kind != evidence.VIDEO:
        abort(404)
    if not files.is_there(attachment.file):
        raise files.gone(attachment.file)
    return attachment


@bp.get("/<int:attachment_id>/play")
@signed_in
def play(attachment_id: int):
    """A page with the video."""
    attachment = _video_or_404(attachment_id)
    return render_template("account/files/play.html", attachment=attachment, stored=attachment.file)


@bp.get("/<int:attachment_id>/video")
@signed_in
def video(attachment_id: int):
    """The video itself, part by part."""
    stored = _video_or_404(attachment_id).file
    return downloads.play(
        lambda *part: files.stream(stored, *part), stored.size, stored.original_name, stored.media_type
    )


@bp.get("/<int:attachment_id>/compare")
@signed_in
def compare(attachment_id: int):
    """A photo beside those that show nearly the same: pictures only of cases this account may know of."""
    attachment = _attachment_or_404(attachment_id)
    pairs = evidence_pieces.comparisons(attachment, seen_by=current_actor())
    if not pairs:
        abort(404)
    return render_template("account/files/compare.html", attachment=attachment, pairs=pairs)

"""The files of teaching archives: whoever may open the archive may take them."""

from flask import Blueprint, Response, abort, stream_with_context

from domain.periods import china_date
from models import ArchivePaper, db
from services import archive_bundles, archives, files
from services.transaction import transaction
from views.access import current_actor, signed_in
from views.downloads import download_stream, download_unmeasured

bp = Blueprint("archive_files", __name__, url_prefix="/archive-files")


@bp.get("/papers/<int:paper_id>")
@signed_in
def paper(paper_id: int):
    found = db.session.get(ArchivePaper, paper_id)
    filing = archives.find(found.filing_id, seen_by=current_actor()) if found is not None else None
    if found is None or filing is None or found.removed_at is not None:
        abort(404)
    stored = found.file
    if not files.is_there(stored):
        raise files.gone(stored)
    return download_stream(
        lambda *part: files.stream(stored, *part), stored.size, stored.original_name, stored.media_type
    )


@bp.post("/bundles/<int:bundle_id>")
@signed_in
def bundle(bundle_id: int) -> Response:
    """A POST, for it is written down who took a bundle away."""
    found = archive_bundles.find(bundle_id, seen_by=current_actor()) or abort(404)
    with transaction():
        chunks = archive_bundles.download(found, actor=current_actor())
    name = f"教学档案核查包-{china_date(found.asked_at):%Y%m%d}-{found.id}.zip"
    return download_unmeasured(stream_with_context(chunks), name, "application/zip")

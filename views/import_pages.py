"""What the pages about an uploaded table share: how far its check is, its rows by outcome, the file with the errors."""

from typing import Any

from flask import Response, abort, request

from models import ImportBatch, StoredFile, db
from services import files, import_batches
from services.sheet_writing import XLSX
from views.downloads import download
from views.lists import page_of_rows

OUTCOMES = (
    ("reject", "有误", "danger"),
    ("new", "新增", "success"),
    ("changed", "更新", "info"),
    ("same", "无变化", "neutral"),
)


def batch_context(batch: ImportBatch) -> dict[str, Any]:
    """What the macros of macros/imports.html show; what is wrong comes first, unless something else is asked for."""
    counts = batch.counts
    asked = request.args.get("outcome", "reject" if counts.get("reject") else "")
    outcome = asked if asked in {key for key, _, _ in OUTCOMES} else ""
    return {
        "batch": batch,
        "job": batch.job,
        "page": page_of_rows(import_batches.rows(batch, outcome), per_page=100) if counts else None,
        "outcome": outcome,
        "outcomes": OUTCOMES,
        "to_write": counts.get("new", 0) + counts.get("changed", 0),
    }


def may_remove(batch: ImportBatch) -> bool:
    """Whether who is not in the file can be taken off the list: never on account of a file that has errors."""
    return bool(batch.counts.get("missing")) and not batch.counts.get("reject")


def marked_file(batch: ImportBatch) -> Response:
    """The uploaded file with what is wrong in it marked; 404 where nothing is."""
    stored = db.session.get(StoredFile, batch.annotated_file_id) if batch.annotated_file_id else None
    if stored is None:
        abort(404)
    return download(files.read(stored), stored.original_name, XLSX)

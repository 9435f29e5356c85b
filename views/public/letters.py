"""Official letters: whoever may know of the case may read them, and some of them anybody."""

from flask import Blueprint, abort

from models import OfficialLetter, db
from services import cases, files, official_letters
from views.access import anyone, viewer
from views.downloads import download

bp = Blueprint("official_letters", __name__, url_prefix="/letters")


def _letter_or_404(letter_id: int) -> OfficialLetter:
    letter = official_letters.find_public(letter_id)
    seen = viewer()
    if letter is None and seen is not None:
        letter = db.session.get(OfficialLetter, letter_id)
        if letter is not None and cases.find(letter.case_id, seen_by=seen.actor) is None:
            letter = None
    return letter or abort(404)


@bp.get("/<int:letter_id>")
@anyone
def show(letter_id: int):
    letter = _letter_or_404(letter_id)
    paper = letter.attachment or abort(404)
    return download(files.read(paper.file), f"{letter.number}.pdf", "application/pdf")

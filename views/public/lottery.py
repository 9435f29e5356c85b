"""The lottery of second reviews for everybody: hashes committed to, seeds of days that are over, and the draws."""

from flask import Blueprint, render_template

from services import second_review
from views.access import anyone

bp = Blueprint("lottery", __name__, url_prefix="/lottery")


@bp.get("")
@anyone
def index():
    return render_template("public/lottery.html", days=second_review.days())

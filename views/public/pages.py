"""The front page and what probes ask."""

from flask import Blueprint, render_template
from sqlalchemy import text

from models import db
from views.access import anyone

bp = Blueprint("public", __name__)


@bp.get("/")
@anyone
def home():
    return render_template("public/home.html")


@bp.get("/livez")
@anyone
def livez():
    return {"status": "ok"}


@bp.get("/readyz")
@anyone
def readyz():
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}

"""The front page and what probes ask."""

from flask import Blueprint, render_template
from sqlalchemy import text

from models import db
from services import clock, policies
from views.access import anyone

bp = Blueprint("public", __name__)


@bp.get("/")
@anyone
def home():
    policy = policies.active_policy()
    return render_template(
        "public/home.html",
        year=clock.today().year,
        policy_name=policy.name,
        floors=[
            (floor.label, f"{float(policy.minimum(floor)):g}")
            for floor in policy.floors
            if floor.window.kind == "PERIOD"
        ],
    )


@bp.get("/livez")
@anyone
def livez():
    return {"status": "ok"}


@bp.get("/readyz")
@anyone
def readyz():
    db.session.execute(text("SELECT 1"))
    return {"status": "ok"}

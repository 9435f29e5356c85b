"""A technician's own year: how many credits, against which floors, what is missing and why."""

from flask import Blueprint, abort, redirect, render_template, request, url_for

from domain import articles
from domain.roles import Permission
from models import Technician
from services import clock, compliance, employments, owed_results, record_looks, registry, result_confirmations
from services.transaction import transaction
from views.access import current_actor, requires
from views.past_day import past_page

bp = Blueprint("record", __name__, url_prefix="/me")


def own_record() -> Technician:
    """The register's row of the person who is signed in."""
    actor = current_actor()
    return registry.find(actor.technician_id or 0, seen_by=actor) or abort(404)


def asked_year() -> int:
    """The year of the query string, this year without one; 404 for what is no year of the scheme."""
    this_year = clock.today().year
    year = request.args.get("year", this_year, type=int)
    return year if 2020 <= year <= this_year else abort(404)


@bp.get("")
@requires(Permission.OWN_RECORD)
def year():
    person = own_record()
    standing = compliance.standing(person.id, asked_year())
    return render_template(
        "technician/record/year.html",
        person=person,
        standing=standing,
        evaluation=standing.evaluation,
        floors=_floors(standing),
        entries=standing.of_year()[-5:][::-1],
        entry_count=len(standing.of_year()),
        years=sorted({*compliance.years_with_entries(person.id), *owed_results.years(person.id)}, reverse=True),
        claims=[each for each in registry.employments_of(person.id) if each.state == "claimed"],
        to_confirm=result_confirmations.waiting_count(person.id),
        outlook=owed_results.outlook(person.id, standing),
        is_current=standing.evaluation.year == clock.today().year,
    )


def _floors(standing: compliance.Standing) -> list[dict[str, object]]:
    """The floors as bars: in tenths, against what this person owes."""
    return [
        {
            "label": floor.label,
            "earned": compliance.tenths(floor.counted),
            "required": compliance.tenths(floor.required),
            "article": articles.cited(floor.article) if floor.article else None,
            "exam": floor.exam,
            "is_total": floor.subject is None and not floor.exam,
        }
        for floor in standing.evaluation.floors
    ]


@bp.get("/entries")
@requires(Permission.OWN_RECORD)
def entries():
    person = own_record()
    standing = compliance.standing(person.id, asked_year())
    return render_template(
        "technician/record/entries.html",
        person=person,
        standing=standing,
        evaluation=standing.evaluation,
        entries=standing.of_year()[::-1],
        years=compliance.years_with_entries(person.id),
    )


@bp.get("/past")
@requires(Permission.OWN_RECORD)
def past():
    return past_page("technician/record/past.html", ".past", own_record())


@bp.get("/looks")
@requires(Permission.OWN_RECORD)
def looks():
    return render_template("technician/record/looks.html", looks=record_looks.of(own_record().id))


@bp.post("/employments/<int:employment_id>/<answer>")
@requires(Permission.OWN_RECORD)
def answer_claim(employment_id: int, answer: str):
    if answer not in ("agree", "refuse"):
        abort(404)
    with transaction():
        employments.answer_claim(employment_id, agrees=answer == "agree", actor=current_actor())
    return redirect(url_for(".year"), 303)

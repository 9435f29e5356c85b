"""What the two pages of a past day share: the day or the proof asked for, and the answer to what is neither."""

from typing import Any

from flask import abort, render_template, request, url_for

from domain.errors import RuleError
from models import Technician
from services import clock, past_years, proofs


def past_page(template: str, endpoint: str, person: Technician, **arguments: Any) -> tuple[str, int]:
    """The page of a person for the query's `on` (a day) or `proof` (a number of theirs); without both, only the form.

    422 with a sentence for what is no day, or none to be asked about; 404 for somebody else's proof.
    """
    on, number = request.args.get("on", "")[:32], request.args.get("proof", "")[:32]
    past, wrong = None, ""
    if number:
        proof = proofs.find_by_number(number)
        if proof is None or proof.technician_id != person.id:
            abort(404)
        past = past_years.look(person, past_years.of_proof(proof), request.args.get("year", proof.year, type=int))
    elif "on" in request.args:
        try:
            past = past_years.look(person, past_years.of_day(on), request.args.get("year", type=int))
        except RuleError as error:
            wrong = error.message
    asked: dict[str, Any] = {"proof": number} if number else {"on": on}
    years = past.years if past else []
    page = render_template(
        template,
        person=person,
        past=past,
        proof_number=number,
        tabs_of={year: url_for(endpoint, **arguments, **asked, year=year) for year in years},
        action=url_for(endpoint, **arguments),
        on=on,
        today=clock.today().isoformat(),
        wrong=wrong,
    )
    return page, 422 if wrong else 200

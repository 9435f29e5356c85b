"""Activation slips: a printed address and QR code for each chosen person, to take the own account over with."""

import segno
from flask import Blueprint, abort, render_template, request
from markupsafe import Markup

from domain.errors import RuleError
from domain.roles import Permission
from services import activation, registry
from services.transaction import transaction
from views.access import current_actor, requires
from views.lists import page_of_rows

bp = Blueprint("staff_activation", __name__, url_prefix="/staff/activation")

# Four slips on a page: a workshop's worth in one print.
MOST = 200


@bp.get("")
@requires(Permission.STAFF_WRITE)
def choose():
    page = page_of_rows(registry.staff(current_actor(), without_account=True), per_page=MOST)
    return render_template(
        "employer/staff_activation/choose.html",
        page=page,
        people=[{"id": row.id, "name": row.name, "id_masked": registry.masked_id(row)} for row in page.items],
    )


@bp.post("")
@requires(Permission.STAFF_WRITE)
def slips():
    actor = current_actor()
    chosen = list(dict.fromkeys(request.form.getlist("technician_id", type=int)))
    if not chosen:
        raise RuleError("请至少选择一名职工")
    if len(chosen) > MOST:
        raise RuleError(f"一次最多生成 {MOST} 张，请分批打印")
    with transaction():
        people = [registry.find(technician_id, seen_by=actor) or abort(404) for technician_id in chosen]
        made = [
            {
                "name": person.name,
                "id_masked": registry.masked_id(person),
                "link": activation.link_for_technician(person.id, actor=actor),
            }
            for person in people
        ]
    for slip in made:
        slip["qr"] = Markup(  # noqa: S704 - drawn here from our own address
            segno.make(slip["link"], error="m", boost_error=False, micro=False, mask=2).svg_inline(
                border=2, omitsize=True, svgclass="slip-code", lineclass=None
            )
        )
    return render_template("employer/staff_activation/slips.html", slips=made)

"""Activation slips: a printed address and QR code for each chosen person, to take the own account over with."""

from flask import Blueprint, abort, render_template, request

from domain.errors import RuleError
from domain.roles import Permission
from models import Technician, db
from services import registry
from views.access import current_actor, requires
from views.lists import page_of_rows
from views.slips import slips_page

bp = Blueprint("staff_activation", __name__, url_prefix="/staff/activation")

# Four slips on a page: a workshop's worth in one print, and a page of names that stays small.
MOST = 160


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
    # The same persons as offered: who has an account, or has not agreed to work here, is nobody's to hand a slip.
    offered = registry.staff(actor, without_account=True).where(Technician.id.in_(chosen))
    people = db.session.execute(offered).all()
    if len(people) != len(chosen):
        abort(404)
    return slips_page(people, actor=actor)

"""Activation slips on paper: for each person an address and its QR code, to take the own account over with."""

from collections.abc import Iterable
from typing import Any

from flask import render_template

from domain.roles import Actor
from services import activation, registry
from services.transaction import transaction
from views.qr import qr_code


def slips_page(people: Iterable[Any], *, actor: Actor) -> str:
    """Make a link for each of these rows of the register; they are on this page and nowhere else."""
    with transaction():
        made = [
            {
                "name": person.name,
                "id_masked": registry.masked_id(person),
                "link": activation.link_for_technician(person.id, actor=actor),
            }
            for person in people
        ]
    return render_template(
        "shared/slips.html", slips=[{**slip, "qr": qr_code(slip["link"], "slip-code")} for slip in made]
    )

"""Activation slips on paper: for each person an address and its QR code, to take the own account over with."""

from collections.abc import Iterable
from typing import Any

import segno
from flask import render_template
from markupsafe import Markup

from domain.roles import Actor
from services import activation, registry
from services.transaction import transaction


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
    return render_template("shared/slips.html", slips=[{**slip, "qr": _qr(slip["link"])} for slip in made])


def _qr(address: str) -> Markup:
    drawn = segno.make(address, error="m", boost_error=False, micro=False, mask=2)
    return Markup(drawn.svg_inline(border=2, omitsize=True, svgclass="slip-code", lineclass=None))  # noqa: S704 - drawn here

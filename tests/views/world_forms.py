"""The activities of a world that are no class: one of each form, with what somebody outside is asked to confirm."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.roles import Actor, Role
from models import OutboxMessage, db
from services import day_logs, filing_confirmations, notices
from services.filing_confirmations import Kind
from services.transaction import transaction
from tests.filing_makers import form_words, make_asked, make_form

_DAYS = [date(2026, 6, 4), date(2026, 6, 5)]
_LATER = [date(2026, 8, 3), date(2026, 8, 4)]


def marked(raw: dict[str, Any], text: Callable[[str], str]) -> dict[str, Any]:
    """The words of a draft as somebody of this world would have typed them."""
    wanted = ("title", "purpose", "place", "name", "unit", "topic", "host", "basis", "post", "tasks", "content", "goal")
    wanted += (
        "beneficiary",
        "contact",
        "work",
        "description",
        "reason",
        "counting",
        "duties",
        "credential",
        "standard",
    )
    for values in (each for key, each in raw.items() if key != "fees"):
        for holder in (values, *values.get("rows", [])):
            for name in wanted:
                if holder.get(name):
                    holder[name] = text(holder[name])
    return raw


def file_forms(actors: dict[Role, Actor], officer: Actor, people: list[int], text: Callable[[str], str]) -> list[str]:
    """Approved activities of every form, a joint one that waits; returns the tokens of the links to confirm."""
    clerk, base, other = actors[Role.EMPLOYER_CLERK], actors[Role.BASE_CLERK], actors[Role.ORGANIZER_CLERK]

    def made(form: str, actor: Actor, days: list[date]) -> Any:
        return make_form(form, actor, officer, days, **marked(form_words(form, days), text))

    make_asked(clerk, base, first=_LATER[0], **{"basics__title": text("联合内训")})
    for weeks, (form, actor) in enumerate((("F1", base), ("F2", other), ("F5", other)), 1):
        made(form, actor, [on + timedelta(weeks=weeks) for on in _LATER])
    service = made("F4_VOLUNTEER", other, _DAYS)
    training = made("F4", clerk, [on - timedelta(weeks=1) for on in _DAYS])
    mentor = training.teachers[0].name
    with transaction():
        _, address = filing_confirmations.ask(service, Kind.SERVICE, text("胡爱华"), "s@example.com", actor=other)
        day: dict[str, Any] = {"hours": Decimal(4), "mentor": mentor, "actor": clerk}
        day_logs.record(training, people[:1], on=training.sessions[0].on, done=text("装夹"), **day)
        day_logs.ask_mentor(training, mentor, "m@example.com", actor=clerk)
        day_logs.record(training, people[1:2], on=training.sessions[-1].on, done=text("对刀"), **day)
    mails = db.session.scalars(select(OutboxMessage).where(OutboxMessage.recipient == "m@example.com"))
    tokens = [address, *(notices.mail_body(mail) for mail in mails)]
    return [each.split("/confirm/")[1].split()[0] for each in tokens]

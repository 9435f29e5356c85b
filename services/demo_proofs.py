"""Proofs of the demo city beyond the yearly one: several years, one for a use, and a batch its people agreed to."""

from datetime import datetime, timedelta

from sqlalchemy import select

from domain.proof_kinds import ProofKind
from domain.roles import Actor, Role
from models import CreditEntry, Employment, Membership, Technician, db
from services import proof_batches, proof_consents, proof_purposes, proofs
from services.demo_organizations import Site
from services.demo_scenes import Scene

# As many as one part of a batch: the demo city is to be filled quickly.
_AGREE = 6


def several_years_scene(technician_id: int, first: int, last: int, at: datetime, actor: Actor) -> Scene:
    """Somebody asks for all years on one paper, and a minute later for what a talent project asks."""
    yield at
    years = proof_purposes.asked_for_years(first, last)
    person = db.session.get_one(Technician, technician_id)
    proofs.request(person, years.year, kind=years.kind, topic=years.topic, actor=actor)
    yield at + timedelta(minutes=1)
    use = proof_purposes.asked_for_use(ProofKind.TALENT_PROJECT)
    person = db.session.get_one(Technician, technician_id)
    proofs.request(person, use.year, kind=use.kind, topic=use.topic, actor=actor)


def batch_scene(site: Site, year: int, at: datetime) -> Scene:
    """An employer asks its staff; some agree, one thinks again; the proofs of the others are made."""
    yield at - timedelta(days=3)
    proof_consents.ask(actor=site.clerk)
    yield at - timedelta(days=2)
    learned = select(CreditEntry.technician_id).where(CreditEntry.year == year)
    own = select(Membership.technician_id).where(Membership.technician_id.is_not(None))
    people = db.session.scalars(
        select(Employment.technician_id)
        .where(Employment.organization_id == site.id, Employment.state == "active", Employment.ended_on.is_(None))
        .where(Employment.technician_id.in_(learned), Employment.technician_id.not_in(own))
        .order_by(Employment.technician_id)
        .limit(_AGREE + 1)
    ).all()
    for person in people:
        _say(person, site, agree=True)
    yield at - timedelta(days=1)
    for person in people[_AGREE:]:
        _say(person, site, agree=False)
    yield at
    if len(people) > 1:
        proof_batches.start(ProofKind.ANNUAL, year, actor=site.clerk)


def _say(technician_id: int, site: Site, *, agree: bool) -> None:
    actor = Actor(role=Role.TECHNICIAN, name="本人", technician_id=technician_id)
    proof_consents.say(technician_id, site.id, agree=agree, actor=actor)

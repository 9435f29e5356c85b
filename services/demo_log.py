"""The public log of the demo city: signed heads of the last days, and who looked at the papers of one person."""

from datetime import date, datetime, timedelta

from domain.public_log import Way
from models import Proof
from services import clock, log_sealing, proof_checks, proofs, public_log, record_looks
from services.demo_organizations import Staffing
from services.demo_people import Person
from services.record_looks import Page

_HEADS = 10
# Hours before now, the way, how often.
_CHECKS = ((1, Way.CODE, 2), (5, Way.FILE, 1), (26, Way.CODE, 3))


def seal_last_days(today: date, now: datetime) -> None:
    """Close the last days one after the other, as the worker would have done each night, where it has not done so."""
    newest = public_log.latest()
    for ago in range(_HEADS, 0, -1):
        day = today - timedelta(days=ago)
        night = log_sealing.opened_at(day)
        if night <= now and (newest is None or newest.day < day):
            with clock.at(night):
                log_sealing.seal_within(day)


def look_at(person: Person, staffing: Staffing, now: datetime) -> None:
    """Her bureau and her employer opened the record of this person, and strangers verified the newest proof."""
    site, officer = staffing.sites[person.organization], staffing.officers[person.region_code][0]
    for ago, page, actor in (
        (timedelta(days=6, hours=2), Page.STAFF, site.clerk),
        (timedelta(days=3, hours=1), Page.REGISTER, officer),
        (timedelta(days=1, hours=3), Page.STAFF, site.manager),
    ):
        with clock.at(now - ago):
            record_looks.note(person.id, page, actor=actor)
    newest: Proof | None = next((proof for proof in proofs.of_technician(person.id) if proof.state == "valid"), None)
    for hours, way, times in _CHECKS:
        at = now - timedelta(hours=hours)
        if newest is not None and at > newest.issued_at:
            with clock.at(at):
                for _ in range(times):
                    proof_checks.note_at_once(person.id, newest.id, way)

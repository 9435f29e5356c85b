"""Where a class is, and whether telephones were near it (E5): a flag that organiser and officer see, never a verdict.

A person gives the place each time by an act of the own, or not at all; what is kept is one word, for some weeks. The
figures a telephone sent are compared and forgotten.
"""

from datetime import timedelta

from sqlalchemy import delete, select

from domain.errors import NotAllowed, RuleError
from domain.places import Band, Datum, Point, Reading, band_of, read_place, to_wgs84
from domain.roles import Actor, Permission
from models import ActivityFiling, ActivitySession, ArrivalPlace, ResultReport, ResultRow, VenuePoint, db
from services import audit, clock, jobs, policies
from services.transaction import transaction

_MILLION = 1_000_000


# --- Reads ------------------------------------------------------------------------------------------------------------


def place_of(session: ActivitySession, filing: ActivityFiling) -> str:
    """Where a session is, in the words of the filing."""
    return session.place.strip() or filing.place.strip()


def places_of(filing: ActivityFiling) -> dict[str, VenuePoint | None]:
    """The places of an activity in the order of its sessions, each with its coordinates if they were given."""
    names = list(dict.fromkeys(place_of(session, filing) for session in filing.sessions))
    query = select(VenuePoint).where(VenuePoint.organization_id == filing.organization_id, VenuePoint.place.in_(names))
    known = {point.place: point for point in db.session.scalars(query)}
    return {name: known.get(name) for name in names}


def of_session(session: ActivitySession, filing: ActivityFiling) -> VenuePoint | None:
    """The coordinates of where a session is; None where nobody gave them, or the policy wants none."""
    if radius() is None:
        return None
    return db.session.scalars(
        select(VenuePoint).where(
            VenuePoint.organization_id == filing.organization_id, VenuePoint.place == place_of(session, filing)
        )
    ).one_or_none()


def degrees(venue: VenuePoint) -> Point:
    """The coordinates in WGS-84."""
    return Point(venue.latitude / _MILLION, venue.longitude / _MILLION)


def far_in(session: ActivitySession) -> set[int]:
    """Whose telephone was away from the place when checking in or out."""
    query = select(ArrivalPlace.technician_id).where(
        ArrivalPlace.session_id == session.id, ArrivalPlace.band == Band.FAR.value
    )
    return set(db.session.scalars(query))


def far_from(filing: ActivityFiling) -> list[str]:
    """The names of those in the activity's results whose telephone was away from the place, in the list's order."""
    query = (
        select(ResultRow.technician_id, ResultRow.name)
        .join(ResultReport, ResultReport.id == ResultRow.report_id)
        .join(ArrivalPlace, ArrivalPlace.technician_id == ResultRow.technician_id)
        .join(ActivitySession, ActivitySession.id == ArrivalPlace.session_id)
        .where(
            ResultReport.filing_id == filing.id,
            ActivitySession.filing_id == filing.id,
            ArrivalPlace.band == Band.FAR.value,
        )
        .order_by(ResultRow.position)
    )
    # Once for a person of several sessions; two of one name are two.
    return list({technician_id: name for technician_id, name in db.session.execute(query)}.values())


def radius() -> int | None:
    """How far from the place still counts as there, in metres; None where the policy wants no places."""
    metres = policies.active_policy().value("geo.radius_m", None)
    return None if metres is None else int(metres)


def kept_days() -> int:
    """For how many days the one word is kept."""
    return int(policies.active_policy().figure("geo.kept_days"))


# --- Giving a place ---------------------------------------------------------------------------------------------------


def give(filing: ActivityFiling, place: str, text: str, datum: Datum, *, actor: Actor) -> VenuePoint:
    """Say where a place of this organisation's is, in figures of `datum` or by the link of a map.

    Raises BadPlace, NotAllowed or RuleError.
    """
    known = _own_places(filing, place, actor)
    given, system = read_place(text, datum)
    point = to_wgs84(given, system)
    venue = known or VenuePoint(organization_id=filing.organization_id, place=place)
    venue.latitude, venue.longitude = round(point.latitude * _MILLION), round(point.longitude * _MILLION)
    venue.datum, venue.set_at, venue.set_by_id = system.value, clock.now(), actor.account_id
    db.session.add(venue)
    db.session.flush()
    audit.record("venue.give", actor=actor, object_kind="case", object_id=filing.case_id)
    return venue


def remove(filing: ActivityFiling, place: str, *, actor: Actor) -> None:
    """Ask for no place there any longer. What was noted meanwhile stays until its days are over."""
    known = _own_places(filing, place, actor)
    if known is not None:
        db.session.delete(known)
        audit.record("venue.remove", actor=actor, object_kind="case", object_id=filing.case_id)


def _own_places(filing: ActivityFiling, place: str, actor: Actor) -> VenuePoint | None:
    if actor.organization_id != filing.organization_id or not actor.can(Permission.RESULT_WRITE):
        raise NotAllowed("只有举办单位的经办人可以填写地点坐标")
    places = places_of(filing)
    if place not in places:
        raise RuleError("本活动没有这个地点", code="no_such_place")
    return places[place]


# --- Arrivals ---------------------------------------------------------------------------------------------------------


def note(session: ActivitySession, filing: ActivityFiling, technician_id: int, reading: Reading | None) -> Band | None:
    """Keep whether the telephone was near, after the person has checked in or out; far once is far.

    Says what is kept now; None where nothing is.
    """
    venue, within = of_session(session, filing), radius()
    if reading is None or venue is None or within is None:
        return None
    band = band_of(reading, degrees(venue), radius=within)
    if band is None:
        return None
    kept = db.session.get(ArrivalPlace, (technician_id, session.id), populate_existing=True)
    if kept is None:
        kept = ArrivalPlace(technician_id=technician_id, session_id=session.id, band=band.value)
        db.session.add(kept)
    elif band is Band.FAR:
        kept.band = band.value
    kept.noted_at = clock.now()
    db.session.flush()
    return Band(kept.band)


@jobs.every_minute
def forget() -> None:
    """Delete what was kept long enough."""
    with transaction():
        before = clock.now() - timedelta(days=kept_days())
        db.session.execute(delete(ArrivalPlace).where(ArrivalPlace.noted_at < before))

"""The classes of the demo city while they run: names put down, people checking in, sheets keyed back."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from random import Random

from domain.attendance_rules import HeldFor, Method, Standing, spread
from domain.discipline import Severity
from domain.places import Datum, Point, Reading
from domain.roles import Actor
from models import ActivityFiling, ActivitySession, db
from services import attendance, check_in, clock, discipline, enrolling, enrolments, venues
from services.presence import Presence, span_of, store

_ABSENT, _EXCUSED = 0.03, 0.02
_ARRIVED, _LEFT = 0.6, 0.95
# Somewhere in the city, as its map says it; who says where they are, and how far one of them is, in degrees.
_SCHOOL, _SAID_WHERE, _AWAY = "28.895120,120.047310", 6, 0.02


def put_down(filing: ActivityFiling, people: list[int], clerk: Actor, *, undecided: list[int]) -> None:
    """The organiser registers its people; the employers of the undecided have still to agree."""
    if undecided:
        enrolling.register(filing, undecided, consented=False, actor=clerk)
    enrolling.register(filing, [person for person in people if person not in undecided], consented=True, actor=clerk)


def attendance_scene(draw: Random, filing: ActivityFiling, clerk: Actor) -> Iterator[datetime]:
    """Session by session: people check in, and afterwards the clerk keys the sheet back."""
    for session in filing.sessions:
        yield session.starts_at - timedelta(minutes=10)
        _arrive(draw, session, filing)
        _say_where(session, filing, clerk)
        yield session.ends_at + timedelta(minutes=25)
        _leave(draw, session, filing)
        _key_in(draw, session, filing, clerk)


def _arrive(draw: Random, session: ActivitySession, filing: ActivityFiling) -> None:
    """Most check in by telephone, the first two on one; all in one go, for a class holds many and the city is big."""
    span = span_of(session)
    arrived = [
        Presence(
            technician_id=person,
            span=span,
            method=Method.QR,
            standing=Standing.HELD,
            reason=HeldFor.OPEN.value,
            hours_tenths=span.hours_tenths,
            in_at=clock.now() + timedelta(seconds=draw.randrange(900)),
            device_key=check_in.device_key("one for two" if place < 2 else f"telephone {person}"),
        )
        for place, person in enumerate(enrolments.participants(filing))
        if place < 2 or draw.random() < _ARRIVED
    ]
    store(filing.id, arrived, actor_id=None)


def _say_where(session: ActivitySession, filing: ActivityFiling, clerk: Actor) -> None:
    """The organiser has given the coordinates; a few choose to say where they are, and one is not there."""
    if venues.of_session(session, filing) is None:
        venues.give(filing, venues.place_of(session, filing), _SCHOOL, Datum.GCJ02, actor=clerk)
    venue = venues.of_session(session, filing)
    if venue is None:
        return
    there = venues.degrees(venue)
    for place, person in enumerate(sorted(attendance.rows_of(session))[:_SAID_WHERE]):
        away = Point(there.latitude + _AWAY, there.longitude)
        venues.note(session, filing, person, Reading(away if place == 2 else there, 15.0))


def _leave(draw: Random, session: ActivitySession, filing: ActivityFiling) -> None:
    """Most who checked in check out too; for the others the sheet tells."""
    span = span_of(session)
    left = [
        Presence(
            technician_id=person,
            span=span,
            method=Method.QR,
            standing=Standing.COUNTED,
            hours_tenths=span.hours_tenths,
            in_at=row.in_at,
            out_at=session.ends_at + timedelta(seconds=draw.randrange(900)),
            device_key=row.device_key,
        )
        for person, row in sorted(attendance.rows_of(session).items())
        if draw.random() < _LEFT
    ]
    store(filing.id, left, actor_id=None)
    db.session.expire_all()


def _key_in(draw: Random, session: ActivitySession, filing: ActivityFiling, clerk: Actor) -> None:
    there = attendance.rows_of(session)
    marks = {}
    for person in enrolments.participants(filing):
        chance = draw.random()
        away = Standing.ABSENT if chance < _ABSENT else Standing.EXCUSED if chance < _ABSENT + _EXCUSED else None
        marks[person] = Standing.COUNTED if person in there or away is None else away
    attendance.note(session, filing, marks, actor=clerk, reason="录入签到表")


def keep_for_results(filing: ActivityFiling, hours: Mapping[int, int], clerk: Actor) -> None:
    """The sheets behind known results: there as long as the hours (in tenths) last, then absent."""
    put_down(filing, list(hours), clerk, undecided=[])
    spans = {session.id: span_of(session) for session in filing.sessions}
    reached = {person: spread(tenths, spans.values()) for person, tenths in hours.items()}
    for session in filing.sessions:
        marks = {
            person: Standing.COUNTED if session.id in sessions else Standing.ABSENT
            for person, sessions in reached.items()
        }
        attendance.note(session, filing, marks, actor=clerk, reason="录入签到表")


def note_discipline(filing: ActivityFiling, clerk: Actor) -> None:
    """Somebody kept looking at a telephone."""
    people = enrolments.participants(filing)
    if people:
        discipline.record(
            filing.sessions[0],
            filing,
            people[-1],
            severity=Severity.MINOR,
            description="上课期间多次使用手机，经提醒后改正。",
            actor=clerk,
        )

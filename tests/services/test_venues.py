"""Places as a flag of check-in (E5): given by the organiser, compared by consent, kept as one word and not for long."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from domain import result_check_rules
from domain.attendance_rules import Method
from domain.errors import NotAllowed, RuleError
from domain.places import BadPlace, Band, Datum, Point, Reading, to_gcj02
from models import ActivityFiling, ActivitySession, ArrivalPlace, Attendance, VenuePoint, db
from services import check_in, result_facts, venues
from services.transaction import transaction
from tests import filing_makers
from tests.class_makers import MONDAY, as_person, at, make_class, put_down, session_of
from tests.services.result_makers import City, Employer, make_city, make_employer, make_people, report_on

SCHOOL = Point(29.079175, 119.647424)
HERE, AWAY, VAGUE = Reading(SCHOOL, 10), Reading(Point(29.2, 119.647424), 10), Reading(Point(29.081, 119.6474), 500)


@dataclass
class Class:
    """A class of three on its first morning, in a room whose coordinates are known."""

    city: City
    host: Employer
    filing: ActivityFiling
    morning: ActivitySession
    people: list[int]

    @property
    def room(self) -> str:
        return venues.place_of(self.morning, self.filing)

    def give(self, text: str = "29.079175,119.647424", datum: Datum = Datum.WGS84) -> VenuePoint:
        with transaction():
            return venues.give(self.filing, self.room, text, datum, actor=self.host.clerk)

    def note(self, place: int, reading: Reading | None) -> Band | None:
        with transaction():
            return venues.note(self.morning, self.filing, self.people[place], reading)


@pytest.fixture
def lesson(app: Flask) -> Iterator[Class]:
    with app.app_context(), filing_makers.at(MONDAY, 7):
        city, host = make_city(), make_employer("training_base")
        people = make_people(city, make_employer(), 3)
        filing = make_class(city, host, basics__place="实训楼 301 室")
        put_down(filing, host, people)
        yield Class(city, host, filing, session_of(filing), people)


def test_a_place_is_given_once_for_all_classes_in_it(lesson: Class) -> None:
    assert venues.of_session(lesson.morning, lesson.filing) is None
    lesson.give()
    same = {"basics__place": lesson.room}
    later = make_class(lesson.city, lesson.host, title="后一期", days=(MONDAY + timedelta(days=14),), **same)
    found = venues.of_session(session_of(later), later)
    assert found is not None and venues.degrees(found) == SCHOOL
    stranger = make_employer("training_base")
    other = make_class(lesson.city, stranger, title="别家的", days=(MONDAY + timedelta(days=21),), **same)
    assert venues.of_session(session_of(other), other) is None


def test_what_maps_shift_is_kept_as_telephones_say_it(lesson: Class) -> None:
    shifted = to_gcj02(SCHOOL)
    link = f"https://uri.amap.com/marker?position={shifted.longitude:.6f},{shifted.latitude:.6f}"
    kept = venues.degrees(lesson.give(link))
    assert abs(kept.latitude - SCHOOL.latitude) < 2e-5 and abs(kept.longitude - SCHOOL.longitude) < 2e-5
    assert lesson.note(0, HERE) is Band.NEAR
    lesson.give()  # given again, it is one place still
    assert db.session.scalar(sa.select(sa.func.count()).select_from(VenuePoint)) == 1
    db.session.rollback()


def test_only_the_organisers_clerk_gives_places_of_the_activity(lesson: Class) -> None:
    for actor in (make_employer().clerk, lesson.host.manager, lesson.city.officer):
        with pytest.raises(NotAllowed), transaction():
            venues.give(lesson.filing, lesson.room, "29.079175,119.647424", Datum.WGS84, actor=actor)
    with pytest.raises(RuleError, match="没有这个地点"), transaction():
        venues.give(lesson.filing, "别处", "29.079175,119.647424", Datum.WGS84, actor=lesson.host.clerk)
    with pytest.raises(BadPlace):
        lesson.give("学校门口")
    assert venues.places_of(lesson.filing)[lesson.room] is None
    db.session.rollback()


def test_near_far_and_nothing(lesson: Class) -> None:
    assert lesson.note(0, HERE) is None  # nobody has said where the room is
    lesson.give()
    assert [lesson.note(0, HERE), lesson.note(1, AWAY), lesson.note(2, VAGUE), lesson.note(2, None)] == [
        Band.NEAR,
        Band.FAR,
        None,
        None,
    ]
    assert venues.far_in(lesson.morning) == {lesson.people[1]}
    kept = db.session.execute(sa.select(ArrivalPlace.technician_id, ArrivalPlace.band)).all()
    assert sorted(kept) == sorted([(lesson.people[0], "near"), (lesson.people[1], "far")])
    db.session.rollback()


def test_far_once_is_far(lesson: Class) -> None:
    lesson.give()
    assert [lesson.note(0, AWAY), lesson.note(0, HERE)] == [Band.FAR, Band.FAR]
    assert [lesson.note(1, HERE), lesson.note(1, AWAY)] == [Band.NEAR, Band.FAR]


def test_no_table_has_room_for_where_a_person_was(lesson: Class) -> None:
    assert {column.name for column in ArrivalPlace.__table__.columns} == {
        "technician_id",
        "session_id",
        "band",
        "noted_at",
    }


def test_being_far_changes_no_presence(lesson: Class) -> None:
    lesson.give()
    person = as_person(lesson.people[0])
    for when in (lesson.morning.starts_at, lesson.morning.ends_at):
        with at(when), transaction():
            check_in.check(lesson.morning, lesson.people[0], method=Method.QR, actor=person)
            venues.note(lesson.morning, lesson.filing, lesson.people[0], AWAY)
    row = db.session.get_one(Attendance, (lesson.people[0], lesson.morning.id))
    assert (row.standing, row.hours_tenths) == ("counted", lesson.morning.hours_tenths)
    db.session.rollback()


def test_organiser_and_officer_see_it_as_a_hint(lesson: Class) -> None:
    lesson.give()
    lesson.note(1, AWAY)
    with filing_makers.at(MONDAY + timedelta(days=1)):
        report = report_on(lesson.city, lesson.host, lesson.people, lesson.filing, hours_tenths=80)
    found = {each.check.key: each for each in result_check_rules.run(result_facts.of(report))}
    assert found["place"].check.severity is result_check_rules.Severity.HINT
    assert lesson.city.persons[lesson.people[1]][0] in found["place"].detail
    assert lesson.city.persons[lesson.people[0]][0] not in found["place"].detail
    db.session.rollback()


def test_what_is_kept_is_forgotten_after_the_days_of_the_policy(lesson: Class) -> None:
    lesson.give()
    lesson.note(0, AWAY)
    days = timedelta(days=venues.kept_days())
    noted = db.session.scalars(sa.select(ArrivalPlace.noted_at)).one()
    for later, left in ((days - timedelta(minutes=1), 1), (days + timedelta(minutes=1), 0)):
        db.session.rollback()
        with at(noted + later):
            venues.forget()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ArrivalPlace)) == left
    db.session.rollback()


def test_where_nobody_asks_any_longer_nothing_is_noted(lesson: Class) -> None:
    lesson.give()
    with transaction():
        venues.remove(lesson.filing, lesson.room, actor=lesson.host.clerk)
    assert lesson.note(0, AWAY) is None

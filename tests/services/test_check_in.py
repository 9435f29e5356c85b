"""Checking in and out by phone: codes that change, windows, devices (E3, E4, E7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask

from domain.attendance_rules import Method, Standing
from domain.errors import RuleError
from domain.roles import Actor
from models import ActivityFiling, ActivitySession, db
from services import attendance, check_in
from services.check_in import BadCode, NotNow
from services.transaction import transaction
from tests import filing_makers
from tests.class_makers import MONDAY, as_person, at, make_class, put_down, session_of
from tests.services.result_makers import City, Employer, make_city, make_employer, make_people


@dataclass
class Class:
    """A class with four people, on its first morning."""

    city: City
    host: Employer
    filing: ActivityFiling
    morning: ActivitySession
    people: list[int]
    persons: list[Actor]

    @property
    def begins(self) -> datetime:
        return self.morning.starts_at

    @property
    def ends(self) -> datetime:
        return self.morning.ends_at

    def tap(self, place: int, when: datetime, device: str = "") -> str:
        """The person taps at this moment; says how the presence stands."""
        with at(when), transaction():
            stored = check_in.check(
                self.morning, self.people[place], method=Method.QR, actor=self.persons[place], device=device
            )
        return stored.standing.value


@pytest.fixture
def lesson(app: Flask) -> Iterator[Class]:
    with app.app_context(), filing_makers.at(MONDAY, 7):
        city = make_city()
        host, factory = make_employer("training_base"), make_employer()
        people = make_people(city, factory, 4)
        filing = make_class(city, host)
        put_down(filing, host, people)
        persons = [as_person(each) for each in people]
        yield Class(city, host, filing, session_of(filing), people, persons)


MINUTE = timedelta(minutes=1)


def test_in_and_out_make_a_presence(lesson: Class) -> None:
    assert lesson.tap(0, lesson.begins - 5 * MINUTE) == "held"
    row = attendance.rows_of(lesson.morning)[lesson.people[0]]
    assert (row.standing, row.reason, row.out_at) == ("held", "open", None)
    assert attendance.attended(lesson.filing) == {lesson.people[0]: 0}
    assert lesson.tap(0, lesson.ends) == "counted"
    row = attendance.rows_of(lesson.morning)[lesson.people[0]]
    assert (row.in_at, row.out_at) == (lesson.begins - 5 * MINUTE, lesson.ends)
    with pytest.raises(RuleError, match="已经签退"):
        lesson.tap(0, lesson.ends + MINUTE)


def test_the_window_is_half_an_hour_before_and_after(lesson: Class) -> None:
    with pytest.raises(NotNow, match="08:00 起"):
        lesson.tap(0, lesson.begins - 31 * MINUTE)
    lesson.tap(0, lesson.begins - 30 * MINUTE)
    with pytest.raises(NotNow, match="已过"):
        lesson.tap(0, lesson.ends + 31 * MINUTE)
    assert lesson.tap(0, lesson.ends + 30 * MINUTE) == "counted"
    with pytest.raises(NotNow, match="已过"):  # nobody comes when it is over
        lesson.tap(1, lesson.ends + MINUTE)


def test_a_second_tap_after_coming_does_not_end_the_morning(lesson: Class) -> None:
    lesson.tap(0, lesson.begins)
    with pytest.raises(NotNow, match="起可以签退"):
        lesson.tap(0, lesson.begins + MINUTE)
    assert attendance.rows_of(lesson.morning)[lesson.people[0]].out_at is None


def test_who_did_not_check_out_is_for_the_organizer_to_decide(lesson: Class) -> None:
    lesson.tap(0, lesson.begins)
    with at(lesson.ends + 60 * MINUTE), transaction():
        attendance.note(
            lesson.morning,
            lesson.filing,
            {lesson.people[0]: Standing.COUNTED},
            actor=lesson.host.clerk,
            reason="忘签退",
        )
    row = attendance.rows_of(lesson.morning)[lesson.people[0]]
    assert (row.standing, row.method, row.in_at) == ("counted", "qr", lesson.begins)
    assert attendance.attended(lesson.filing) == {lesson.people[0]: 40}


def test_strangers_are_sent_to_the_staff(lesson: Class) -> None:
    (stranger,) = make_people(lesson.city, make_employer(), 1)
    person = as_person(stranger)
    with at(lesson.begins), pytest.raises(RuleError, match="参训名单"), transaction():
        check_in.check(lesson.morning, stranger, method=Method.QR, actor=person)


# --- The code on the screen -------------------------------------------------------------------------------------------


def start_of_period(moment: datetime) -> datetime:
    return datetime.fromtimestamp(int(moment.timestamp()) // 20 * 20, tz=moment.tzinfo)


def test_the_code_changes_and_is_good_for_a_short_grace(lesson: Class) -> None:
    start = start_of_period(lesson.begins)
    with at(start):
        code = check_in.screen_code(lesson.morning)
        assert check_in.seconds_left() == 20
    with at(start + timedelta(seconds=19)):
        assert check_in.screen_code(lesson.morning) == code
        assert check_in.seconds_left() == 1
    with at(start + timedelta(seconds=20)):
        assert check_in.screen_code(lesson.morning) != code
    for seconds, good in ((0, True), (29, True), (30, False), (3600, False), (-1, False)):
        with at(start + timedelta(seconds=seconds)):
            if good:
                assert check_in.scanned(code, "phone")
            else:
                with pytest.raises(BadCode):
                    check_in.scanned(code, "phone")


def test_a_forwarded_arrival_is_good_in_no_other_browser(lesson: Class) -> None:
    with at(lesson.begins):
        word = check_in.scanned(check_in.screen_code(lesson.morning), "phone")
    with at(lesson.begins + 9 * MINUTE):
        session, scanned_at = check_in.arrived(word, "phone")
        assert (session.id, scanned_at) == (lesson.morning.id, lesson.begins)
        with pytest.raises(BadCode, match="本人手机"):
            check_in.arrived(word, "another phone")
    with at(lesson.begins + 11 * MINUTE), pytest.raises(BadCode):
        check_in.arrived(word, "phone")


@pytest.mark.parametrize("code", ["", ".", "..", "a.b.c", "1.2." + "0" * 20, "编.码.号", "9" * 500, "1.-2.x"])
def test_what_we_did_not_sign_is_refused(lesson: Class, code: str) -> None:
    with at(lesson.begins):
        with pytest.raises(BadCode):
            check_in.scanned(code, "phone")
        with pytest.raises(BadCode):
            check_in.arrived(code, "phone")


def test_a_code_of_one_session_is_none_of_another(lesson: Class) -> None:
    with at(lesson.begins):
        first, _, rest = check_in.screen_code(lesson.morning).partition(".")
        other = check_in.screen_code(session_of(lesson.filing, 1)).partition(".")[0]
        assert first != other
        with pytest.raises(BadCode):
            check_in.scanned(f"{other}.{rest}", "phone")


# --- The person's own code, devices -----------------------------------------------------------------------------------


def test_the_clerk_types_the_code_a_person_shows(lesson: Class) -> None:
    with at(lesson.begins):
        code = check_in.personal_code(lesson.people[2])
        assert len(code) == 8 and code.isdigit()
        assert check_in.person_of_code(lesson.filing, code) == lesson.people[2]
    with at(lesson.begins + MINUTE):  # the last one is still good
        assert check_in.person_of_code(lesson.filing, code) == lesson.people[2]
    with at(lesson.begins + 2 * MINUTE), pytest.raises(BadCode):
        check_in.person_of_code(lesson.filing, code)


def test_several_people_on_one_device_are_flagged(lesson: Class) -> None:
    for place, device in enumerate(["one", "one", "other", ""]):
        lesson.tap(place, lesson.begins, device)
    rows = attendance.rows_of(lesson.morning)
    assert check_in.shared_devices(rows) == set(lesson.people[:2])
    assert "one" not in {row.device_key for row in rows.values()}


def test_who_comes_late_is_flagged(lesson: Class) -> None:
    lesson.tap(0, lesson.begins + 30 * MINUTE)
    lesson.tap(1, lesson.begins + 31 * MINUTE)
    rows = attendance.rows_of(lesson.morning)
    assert [check_in.is_late(rows[each]) for each in lesson.people[:2]] == [False, True]


def test_the_persons_page_knows_what_is_open(lesson: Class) -> None:
    with at(lesson.begins - 31 * MINUTE):
        assert check_in.open_sessions(lesson.people[0]) == []
    with at(lesson.begins):
        assert [each.id for each in check_in.open_sessions(lesson.people[0])] == [lesson.morning.id]
    db.session.rollback()

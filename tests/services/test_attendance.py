"""Attendance: one place at one time (P-05), corrections with their authors, what results say of it (INV-20)."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from domain.attendance_rules import HeldFor, Method, Span, Standing
from domain.corrections import Origin, Values
from domain.discipline import Severity
from domain.errors import NotAllowed, RuleError
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.roles import SYSTEM
from models import ActivityFiling, Attendance, AttendanceChange, ResultReport, ResultRow, db
from services import (
    attendance,
    cases,
    clock,
    corrections,
    discipline,
    presence,
    presence_decisions,
    result_checking,
    result_content,
    result_disputes,
    result_holds,
    results,
)
from services.presence import Presence, store
from services.transaction import transaction
from tests import filing_makers
from tests.class_makers import MONDAY, at, make_class, moment, put_down, session_of
from tests.services import result_makers
from tests.services.result_makers import City, Employer, make_city, make_employer, make_people

PAST = (date(2026, 6, 4), date(2026, 6, 5))


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    with app.app_context(), filing_makers.at(MONDAY, 18):
        yield make_city()


@pytest.fixture
def base(city: City) -> Employer:
    return make_employer("training_base")


@pytest.fixture
def factory(city: City) -> Employer:
    return make_employer()


def everybody(filing: ActivityFiling, host: Employer, people: list[int], *, absent: tuple[int, ...] = ()) -> None:
    """The whole class was in every session, but for those."""
    for session in filing.sessions:
        with transaction():
            marks = {each: Standing.ABSENT if each in absent else Standing.COUNTED for each in people}
            attendance.note(session, filing, marks, actor=host.clerk)


def standings(filing: ActivityFiling) -> dict[tuple[int, int], tuple[str, str]]:
    db.session.expire_all()
    rows = db.session.scalars(sa.select(Attendance).where(Attendance.filing_id == filing.id))
    return {(row.technician_id, row.session_id): (row.standing, row.reason) for row in rows}


# --- Keeping ----------------------------------------------------------------------------------------------------------


def test_only_counted_sessions_give_hours(city: City, base: Employer, factory: Employer) -> None:
    people = make_people(city, factory, 3)
    filing = make_class(city, base)
    assert attendance.attended(filing) == {}
    put_down(filing, base, people)
    morning, afternoon = session_of(filing, 0), session_of(filing, 1)
    with transaction():
        attendance.note(morning, filing, dict.fromkeys(people, Standing.COUNTED), actor=base.clerk)
        noted = attendance.note(
            afternoon,
            filing,
            {people[0]: Standing.COUNTED, people[1]: Standing.ABSENT, people[2]: Standing.EXCUSED},
            actor=base.clerk,
        )
    assert (noted.counted, noted.absent, noted.excused, noted.clashing) == (1, 1, 1, ())
    assert attendance.attended(filing) == {people[0]: 80, people[1]: 40, people[2]: 40}
    assert [(each.technician_id, each.hours_tenths, each.counted) for each in attendance.summary(filing)] == [
        (people[0], 80, 2),
        (people[1], 40, 1),
        (people[2], 40, 1),
    ]


def test_every_change_is_kept_with_its_author(city: City, base: Employer, factory: Employer) -> None:
    people = make_people(city, factory, 2)
    filing = make_class(city, base)
    put_down(filing, base, people)
    session = session_of(filing)
    with transaction():
        attendance.note(session, filing, dict.fromkeys(people, Standing.COUNTED), actor=base.clerk)
    with transaction():
        attendance.note(session, filing, {people[1]: Standing.ABSENT}, actor=base.clerk, reason="代签")
    with transaction():  # nothing changes, nothing is written
        attendance.note(session, filing, {people[1]: Standing.ABSENT}, actor=base.clerk, reason="再录一次")
    changes = [
        (name, change.from_mark, change.to_mark, change.reason) for change, name in attendance.changes_of(session)
    ]
    assert changes[0] == (city.persons[people[1]][0], "counted", "absent", "代签")
    assert len(changes) == 3
    assert {change.actor_name for change, _ in attendance.changes_of(session)} == {base.clerk.name}


@pytest.mark.parametrize("statement", ["UPDATE attendance_change SET reason = ''", "DELETE FROM attendance_change"])
def test_nobody_rewrites_the_changes(city: City, base: Employer, factory: Employer, statement: str) -> None:
    people = make_people(city, factory, 1)
    filing = make_class(city, base)
    put_down(filing, base, people)
    everybody(filing, base, people)
    with pytest.raises(sa.exc.DatabaseError, match="append-only"), transaction():
        db.session.execute(sa.text(statement))


def test_who_is_not_enrolled_cannot_be_marked(city: City, base: Employer, factory: Employer) -> None:
    filing = make_class(city, base)
    (stranger,) = make_people(city, factory, 1)
    with pytest.raises(RuleError, match="未报名"), transaction():
        attendance.note(session_of(filing), filing, {stranger: Standing.COUNTED}, actor=base.clerk)


def test_only_the_organizer_keeps_attendance(city: City, base: Employer, factory: Employer) -> None:
    people = make_people(city, factory, 1)
    filing = make_class(city, base)
    put_down(filing, base, people)
    for actor in (factory.clerk, base.manager, city.officer):
        with pytest.raises(NotAllowed), transaction():
            attendance.note(session_of(filing), filing, {people[0]: Standing.COUNTED}, actor=actor)
    assert attendance.find_session(filing.id, session_of(filing).id, seen_by=factory.clerk) is None
    assert attendance.find_session(filing.id, session_of(filing).id, seen_by=base.clerk) is not None


def test_attendance_is_kept_from_the_opening_on(city: City, base: Employer, factory: Employer) -> None:
    people = make_people(city, factory, 1)
    filing = make_class(city, base, days=(date(2026, 6, 10),))
    put_down(filing, base, people)
    session, opens = session_of(filing), session_of(filing).starts_at - timedelta(minutes=30)
    with at(opens - timedelta(minutes=1)), pytest.raises(RuleError, match="还没有开始"), transaction():
        attendance.note(session, filing, {people[0]: Standing.COUNTED}, actor=base.clerk)
    with at(opens), transaction():
        attendance.note(session, filing, {people[0]: Standing.COUNTED}, actor=base.clerk)


def test_attendance_stands_still_once_results_are_entered(city: City, factory: Employer) -> None:
    people = make_people(city, factory, 2)
    report = result_makers.make_report(city, factory, people, days=PAST)
    filing = report.filing
    put_down(filing, factory, people)
    everybody(filing, factory, people)
    result_makers.enter(report, factory)
    with pytest.raises(RuleError, match="成绩已经提交"), transaction():
        attendance.note(session_of(filing), filing, {people[0]: Standing.ABSENT}, actor=factory.clerk)
    with transaction():
        results.send_back(report, remark="考勤有误", actor=factory.manager)
    with transaction():
        attendance.note(session_of(filing), filing, {people[0]: Standing.ABSENT}, actor=factory.clerk)


# --- One place at one time (P-05) -------------------------------------------------------------------------------------


def test_a_second_presence_at_the_same_time_is_held_across_counties(
    city: City, base: Employer, factory: Employer
) -> None:
    people = make_people(city, factory, 2)
    elsewhere = make_employer("training_base", region="330783")
    other_city = City(
        officer=filing_makers.make_officer("330783"), other_officer=city.other_officer, city_officer=city.city_officer
    )
    here, there = make_class(city, base), make_class(other_city, elsewhere)
    put_down(here, base, people)
    put_down(there, elsewhere, people[:1])
    everybody(here, base, people)
    with transaction():
        noted = attendance.note(session_of(there), there, {people[0]: Standing.COUNTED}, actor=elsewhere.clerk)
    assert noted.clashing == (people[0],)
    assert standings(there)[people[0], session_of(there).id] == ("held", "overlap")
    assert attendance.attended(there) == {people[0]: 0}
    # Given up there, it can be true here.
    with transaction():
        attendance.note(session_of(here), here, {people[0]: Standing.ABSENT}, actor=base.clerk, reason="代签")
    with transaction():
        assert attendance.note(
            session_of(there), there, {people[0]: Standing.COUNTED}, actor=elsewhere.clerk, reason="已核实"
        ).counted


def _insert(person: int, filing: ActivityFiling, session_id: int, begins: datetime, minutes: int) -> None:
    db.session.execute(
        sa.insert(Attendance),
        [
            {"technician_id": person, "session_id": session_id, "filing_id": filing.id, "starts_at": begins,
             "ends_at": begins + timedelta(minutes=minutes), "hours_tenths": 10, "method": "sheet",
             "standing": "counted", "recorded_at": clock.now()}
        ],
    )  # fmt: skip


def test_the_database_itself_refuses_two_places_at_once(city: City, base: Employer, factory: Employer) -> None:
    person, other = make_people(city, factory, 2)
    filing = make_class(city, base)
    morning, afternoon = session_of(filing, 0), session_of(filing, 1)
    begins = moment(MONDAY, 9)
    with transaction():
        _insert(person, filing, morning.id, begins, 60)
    for minutes_on, minutes in ((59, 10), (-10, 11), (10, 10), (-10, 500), (0, 60)):
        with pytest.raises(IntegrityError, match="ex_attendance_one_place"), transaction():
            _insert(person, filing, afternoon.id, begins + timedelta(minutes=minutes_on), minutes)
    with transaction():  # touching ends, and another person at the same time
        _insert(person, filing, afternoon.id, begins + timedelta(minutes=60), 60)
        _insert(other, filing, morning.id, begins, 60)
    with pytest.raises(IntegrityError, match="ex_attendance_one_place"), transaction():
        db.session.execute(
            sa.update(Attendance)
            .where(Attendance.technician_id == person, Attendance.session_id == afternoon.id)
            .values(starts_at=begins + timedelta(minutes=30))
        )


def test_what_is_held_or_absent_stands_against_nothing(city: City, base: Employer, factory: Employer) -> None:
    (person,) = make_people(city, factory, 1)
    filing = make_class(city, base)
    morning, afternoon = session_of(filing, 0), session_of(filing, 1)
    with transaction():
        _insert(person, filing, morning.id, moment(MONDAY, 9), 60)
        db.session.execute(sa.update(Attendance).values(standing="held", reason="overlap"))
        _insert(person, filing, afternoon.id, moment(MONDAY, 9), 60)
    with pytest.raises(IntegrityError, match="ex_attendance_one_place"), transaction():
        db.session.execute(sa.update(Attendance).values(standing="counted", reason=""))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 240), st.integers(1, 120), st.booleans()),
        max_size=12,
    )
)
def test_nobody_is_ever_counted_in_two_places(presence_city: Any, notes: list[tuple[int, int, int, int, bool]]) -> None:
    """Whatever is noted in whatever order: counted presences of a person never overlap, and none is lost (P-05)."""
    people, sessions, filing = presence_city
    with transaction():
        db.session.execute(sa.delete(Attendance))
    written = set()
    for who, which, start, minutes, there in notes:
        begins = moment(MONDAY, 8) + timedelta(minutes=start)
        span = Span(
            session_id=sessions[which], starts_at=begins, ends_at=begins + timedelta(minutes=minutes), hours_tenths=10
        )
        presence = Presence(
            technician_id=people[who],
            span=span,
            method=Method.SHEET,
            standing=Standing.COUNTED if there else Standing.ABSENT,
            hours_tenths=10,
        )
        with transaction():
            store(filing.id, [presence], actor_id=None)
        written.add((people[who], sessions[which]))
    rows = list(db.session.scalars(sa.select(Attendance).execution_options(populate_existing=True)))
    assert {(row.technician_id, row.session_id) for row in rows} == written
    counted = [row for row in rows if row.standing == "counted"]
    for first in counted:
        for second in counted:
            same = first.technician_id == second.technician_id and first.session_id != second.session_id
            assert not (same and first.starts_at < second.ends_at and second.starts_at < first.ends_at)


@pytest.fixture
def presence_city(city: City, base: Employer, factory: Employer) -> Any:
    people = make_people(city, factory, 2)
    filing = make_class(city, base, days=tuple(MONDAY + timedelta(days=n) for n in range(3)))
    return people, [session.id for session in filing.sessions], filing


def test_of_many_at_once_one_presence_is_counted(app: Flask, city: City, base: Employer, factory: Employer) -> None:
    """Six organisers count the same person at the same moment, each in an own class: five are told it clashes."""
    (person,) = make_people(city, factory, 1)
    classes = [make_class(city, base, title=f"第{n}班") for n in range(6)]
    for filing in classes:
        put_down(filing, base, [person])
    pairs = [(filing.id, session_of(filing).id) for filing in classes]
    start, failures = threading.Barrier(len(pairs)), []

    def count(filing_id: int, session_id: int) -> None:
        with app.app_context():
            try:
                start.wait(20)
                with transaction():
                    filing = db.session.get_one(ActivityFiling, filing_id)
                    session = next(each for each in filing.sessions if each.id == session_id)
                    attendance.note(session, filing, {person: Standing.COUNTED}, actor=base.clerk)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=count, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    db.session.rollback()
    found = sorted(
        db.session.execute(sa.select(Attendance.standing, Attendance.reason).where(Attendance.technician_id == person))
    )
    assert found == [("counted", "")] + [("held", "overlap")] * 5


# --- Results ----------------------------------------------------------------------------------------------------------


def test_results_above_the_attended_hours_are_named(city: City, factory: Employer) -> None:
    people = make_people(city, factory, 3)
    report = result_makers.make_report(city, factory, people, days=PAST)
    filing = report.filing
    assert _said_of_attendance(report) == []  # nobody kept any
    put_down(filing, factory, people)
    everybody(filing, factory, people, absent=(people[1],))
    with transaction():
        attendance.note(session_of(filing), filing, {people[1]: Standing.COUNTED}, actor=factory.clerk, reason="补录")
    assert _said_of_attendance(report) == [f"{city.persons[people[1]][0]}报送 16 学时，考勤只有 4 学时"]


def _said_of_attendance(report: ResultReport) -> list[str]:
    found = next(each for each in result_checking.checked(report) if each.check.key == "attendance")
    return [each.text for each in found.finding.found] if found.finding else []


def test_released_results_take_the_time_of_who_was_there(city: City, factory: Employer) -> None:
    """Two organisers report the same person for the same morning: the second is held, the others go on."""
    people, other = make_people(city, factory, 3), make_employer()
    first = result_makers.make_report(city, factory, people, days=PAST)
    result_makers.release(first, factory)
    assert set(standings(first.filing).values()) == {("counted", "")}
    assert attendance.attended(first.filing) == {}  # concluded, not kept
    elsewhere = make_people(city, other, 1)
    second = result_makers.make_report(city, other, elsewhere, days=PAST)
    with transaction():
        db.session.add(
            ResultRow(
                report_id=second.id,
                technician_id=people[0],
                position=9,
                name="学员甲",
                hours_tenths=40,
                outcome="passed",
            )
        )
        db.session.execute(sa.update(ResultRow).where(ResultRow.report_id == second.id).values(hours_tenths=40))
    result_makers.release(second, other)
    assert [row.technician_id for row in result_holds.waiting(second)] == [people[0]]
    morning = session_of(second.filing)
    assert standings(second.filing) == {
        (people[0], morning.id): ("held", HeldFor.OVERLAP.value),
        (elsewhere[0], morning.id): ("counted", ""),
    }
    decide = partial(result_disputes.decide, second, people[0], remark="核对门禁记录，本人在此", actor=city.officer)
    with pytest.raises(RuleError, match="先核定本人当时在哪里"), transaction():
        decide(result_disputes.values_of(result_holds.waiting(second)[0]))
    (elsewhere,) = presence_decisions.contrary(second.filing, people[0], 40)
    assert (elsewhere.title, elsewhere.credited) == (first.filing.title, False)
    with transaction():
        decide(result_disputes.values_of(result_holds.waiting(second)[0]), sets_aside=[elsewhere.session_id])
    assert standings(second.filing)[people[0], morning.id] == ("counted", "")
    assert standings(first.filing)[people[0], elsewhere.session_id] == ("held", HeldFor.ELSEWHERE.value)
    # Whoever is said to have been here waits there, where the presence does not count any more.
    assert [row.technician_id for row in result_holds.waiting(first)] == [people[0]]
    with transaction():  # as a correction or another release would do
        attendance.record_from_results(db.session.get_one(ResultReport, second.id))
    assert result_holds.waiting(second) == []


def test_what_is_credited_elsewhere_is_corrected_there_first(city: City, factory: Employer) -> None:
    """No officer takes another activity's credits away by a decision on a row here (P-06)."""
    (person,), other = make_people(city, factory, 1), make_employer()
    first = result_makers.make_report(city, factory, [person], days=PAST)
    result_makers.release(first, factory)
    result_makers.credit(first, city.officer)
    second = result_makers.make_report(city, other, make_people(city, other, 1), days=PAST)
    with transaction():
        result_content.put_rows(second, result_makers.rows_for(city, [person]), actor=other.clerk)
    result_makers.release(second, other)
    elsewhere = presence_decisions.against(second.filing, person)
    assert {each.credited for each in elsewhere} == {True}
    (row,) = result_holds.waiting(second)
    with pytest.raises(RuleError, match="先由当地通过成绩更正冲销"), transaction():
        result_disputes.decide(
            second,
            person,
            result_disputes.values_of(row),
            remark="门禁记录",
            actor=city.officer,
            sets_aside=[each.session_id for each in elsewhere],
        )
    assert {standing for standing, _ in standings(first.filing).values()} == {"counted"}


def test_hours_that_a_correction_adds_are_noted_as_presence(city: City, factory: Employer) -> None:
    """Where a sheet was keyed wrongly, the officer who agrees to the hours notes who was there after all (P-06)."""
    people = make_people(city, factory, 2)
    report = result_makers.make_report(city, factory, people, days=PAST)
    put_down(report.filing, factory, people)
    everybody(report.filing, factory, people)
    with transaction():
        absent = {people[0]: Standing.ABSENT}
        attendance.note(session_of(report.filing), report.filing, absent, actor=factory.clerk, reason="请假")
        fewer = result_makers.rows_for(city, people[:1], hours_tenths=120)
        result_content.put_rows(report, fewer, actor=factory.clerk)
    result_makers.release(report, factory)
    result_makers.credit(report, city.officer)
    assert presence.counted_hours(report.filing_id, people[0]) == 120
    with transaction():
        correction = corrections.begin(report, actor=factory.clerk)
        new = Values(hours_tenths=160, score_tenths=900, outcome=Outcome.PASSED)
        corrections.put(correction, people[0], new, remark="", actor=factory.clerk)
        corrections.submit(
            correction, origin=Origin.PERSON, reason=ReversalReason.WRONG_ENTRY, explanation="漏看一页",
            actor=factory.clerk,
        )  # fmt: skip
    with transaction():
        corrections.release(correction, actor=factory.manager)
    with transaction():
        sealed = corrections.seal(correction)
        cases.act(correction.case, "approve", actor=city.other_officer, content_sha256=sealed)
    assert presence.counted_hours(report.filing_id, people[0]) == 160
    assert next(change.to_mark for change, _ in attendance.changes_of(session_of(report.filing))) == "counted"
    assert result_holds.waiting(report) == []


def test_only_an_officer_of_the_place_lets_a_row_go_on(city: City, factory: Employer) -> None:
    people = make_people(city, factory, 2)
    report = result_makers.make_report(city, factory, people, days=PAST)
    result_makers.release(report, factory)
    with transaction():
        result_holds.hold(report, people[:1], reason="待核实", actor=SYSTEM)
    for stranger in (filing_makers.make_officer(filing_makers.OTHER_COUNTY), city.city_officer, factory.manager):
        with pytest.raises(NotAllowed), transaction():
            result_holds.free(report, people[0], remark="核实", actor=stranger)
    with transaction():
        result_holds.free(report, people[0], remark="核实", actor=city.officer)
    assert result_holds.waiting(report) == []


def test_hours_in_part_take_the_first_sessions(city: City, factory: Employer) -> None:
    people = make_people(city, factory, 1)
    report = result_makers.make_report(city, factory, people, days=PAST)
    with transaction():
        db.session.execute(sa.update(ResultRow).values(hours_tenths=60))
    result_makers.release(report, factory)
    rows = db.session.execute(
        sa.select(Attendance.hours_tenths, Attendance.method).order_by(Attendance.starts_at)
    ).all()
    assert [tuple(row) for row in rows] == [(40, "report"), (20, "report")]


def test_attendance_that_was_kept_is_not_overwritten_by_results(city: City, factory: Employer) -> None:
    people = make_people(city, factory, 2)
    report = result_makers.make_report(city, factory, people, days=PAST)
    with transaction():
        db.session.execute(sa.update(ResultRow).values(hours_tenths=40))
    put_down(report.filing, factory, people)
    with transaction():
        attendance.note(
            session_of(report.filing), report.filing, dict.fromkeys(people, Standing.COUNTED), actor=factory.clerk
        )
    with transaction():
        attendance.record_from_results(db.session.get_one(ResultReport, report.id))
    assert {row.method for row in db.session.scalars(sa.select(Attendance))} == {"sheet"}


def test_presences_set_aside_give_the_time_free(city: City, base: Employer, factory: Employer) -> None:
    (person,) = make_people(city, factory, 1)
    first, second = make_class(city, base), make_class(city, base, title="另一班")
    for filing in (first, second):
        put_down(filing, base, [person])
    everybody(first, base, [person])
    with transaction():
        attendance.set_aside(first, [person])
    assert {reason for _, reason in standings(first).values()} == {HeldFor.REVERSED.value}
    everybody(second, base, [person])
    assert {standing for standing, _ in standings(second).values()} == {"counted"}


# --- Discipline (art. 22) ---------------------------------------------------------------------------------------------


def test_a_serious_event_suggests_a_breach_until_it_is_withdrawn(city: City, base: Employer, factory: Employer) -> None:
    people = make_people(city, factory, 2)
    filing = make_class(city, base)
    put_down(filing, base, people)
    everybody(filing, base, people)
    with transaction():
        event = discipline.record(
            session_of(filing), filing, people[0], severity=Severity.SERIOUS, description="请人代签到", actor=base.clerk
        )
        discipline.record(
            session_of(filing), filing, people[1], severity=Severity.MINOR, description="迟到", actor=base.clerk
        )
    assert [each.breach for each in attendance.summary(filing)] == [True, False]
    with transaction():
        discipline.withdraw(event, filing, reason="核实后不是本人", actor=base.clerk)
    assert [each.breach for each in attendance.summary(filing)] == [False, False]
    assert len(discipline.of_filing(filing)) == 2
    with pytest.raises(RuleError, match="已经撤销"), transaction():
        discipline.withdraw(event, filing, reason="再撤", actor=base.clerk)
    with pytest.raises(NotAllowed), transaction():
        discipline.record(
            session_of(filing), filing, people[0], severity=Severity.MINOR, description="迟到", actor=factory.clerk
        )


def test_changes_are_about_persons_of_the_class_alone(city: City, base: Employer, factory: Employer) -> None:
    people = make_people(city, factory, 1)
    filing = make_class(city, base)
    put_down(filing, base, people)
    everybody(filing, base, people)
    found = db.session.scalars(sa.select(AttendanceChange.technician_id).distinct()).all()
    assert found == people

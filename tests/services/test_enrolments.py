"""Enrolment: places, the waiting list, the employer's consent, the last place asked for by many (arts. 5, 17)."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from domain.enrolment_rules import EnrolmentState
from domain.errors import NotAllowed, RuleError
from domain.roles import Actor
from models import ActivityFiling, Employment, Enrolment, Notice, db
from services import cases, enrolling, enrolments, filings
from services.transaction import transaction
from tests import filing_makers
from tests.class_makers import MONDAY, as_person, at, make_class, moment, put_down, session_of
from tests.services.result_makers import City, Employer, make_city, make_employer, make_people

TWO_DAYS_BEFORE = MONDAY - timedelta(days=2)


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    with app.app_context(), filing_makers.at(TWO_DAYS_BEFORE):
        yield make_city()


@pytest.fixture
def base(city: City) -> Employer:
    return make_employer("training_base")


@pytest.fixture
def factory(city: City) -> Employer:
    return make_employer()


def ask(filing: ActivityFiling, person: Actor) -> EnrolmentState:
    with transaction():
        return enrolling.ask(filing, actor=person)


def state(filing: ActivityFiling, technician_id: int) -> str:
    found = enrolments.find(filing.id, technician_id)
    assert found is not None
    return found.state


def told(actor: Actor) -> list[str]:
    query = sa.select(Notice.title).where(Notice.membership_id == actor.membership_id).order_by(Notice.id)
    return [title.partition("：")[0] for title in db.session.scalars(query)]


# --- By the person ----------------------------------------------------------------------------------------------------


def test_work_time_of_others_needs_the_employer(city: City, base: Employer, factory: Employer) -> None:
    (someone,) = make_people(city, factory, 1)
    person, filing = as_person(someone), make_class(city, base)
    assert ask(filing, person) is EnrolmentState.REQUESTED
    assert enrolments.participants(filing) == []
    assert told(factory.clerk) == ["职工申请参加活动"]
    (waiting,) = db.session.scalars(enrolments.of_staff(factory.clerk))
    assert enrolments.requests_of_staff(factory.clerk) == 1
    with transaction():
        enrolling.consent(db.session.merge(waiting), actor=factory.clerk)
    assert enrolments.participants(filing) == [someone]
    assert told(person) == ["单位已同意您参加"]


def test_off_hours_nobody_else_is_asked(city: City, base: Employer, factory: Employer) -> None:
    (someone,) = make_people(city, factory, 1)
    filing = make_class(city, base, leave_mode="off_hours")
    assert ask(filing, as_person(someone)) is EnrolmentState.ENROLLED


def test_an_employer_refuses_with_the_reason(city: City, base: Employer, factory: Employer) -> None:
    (someone,) = make_people(city, factory, 1)
    person, filing = as_person(someone), make_class(city, base)
    ask(filing, person)
    with transaction():
        enrolling.refuse(db.session.get_one(Enrolment, (someone, filing.id)), reason="当周赶订单", actor=factory.clerk)
    assert state(filing, someone) == "declined"
    assert told(person) == ["单位未同意您参加"]
    assert ask(filing, person) is EnrolmentState.REQUESTED  # may ask again


def test_another_employer_neither_sees_nor_answers(city: City, base: Employer, factory: Employer) -> None:
    (someone,) = make_people(city, factory, 1)
    filing, other = make_class(city, base), make_employer()
    ask(filing, as_person(someone))
    assert db.session.scalars(enrolments.of_staff(other.clerk)).all() == []
    assert enrolments.find_of_staff(filing.id, someone, seen_by=other.clerk) is None
    for actor in (other.clerk, base.clerk, factory.manager):
        with pytest.raises(NotAllowed), transaction():
            enrolling.consent(db.session.get_one(Enrolment, (someone, filing.id)), actor=actor)


def test_an_employer_sees_only_its_present_staff(city: City, base: Employer, factory: Employer) -> None:
    """Who has left is no longer the employer's to see or to decide on (INV-21)."""
    (someone,) = make_people(city, factory, 1)
    filing = make_class(city, base)
    ask(filing, as_person(someone))
    with transaction():
        db.session.execute(sa.update(Employment).values(ended_on=TWO_DAYS_BEFORE))
    assert db.session.scalars(enrolments.of_staff(factory.clerk)).all() == []
    with pytest.raises(NotAllowed), transaction():
        enrolling.consent(db.session.get_one(Enrolment, (someone, filing.id)), actor=factory.clerk)
    with pytest.raises(RuleError, match="不在本单位"), transaction():
        enrolling.enrol_staff(filing, [someone], cost_agreement="", actor=factory.clerk)


def test_an_employers_own_class_is_for_its_staff(city: City, factory: Employer) -> None:
    (own,), other = make_people(city, factory, 1), make_employer()
    (stranger,) = make_people(city, other, 1)
    filing = make_class(city, factory)
    assert ask(filing, as_person(own)) is EnrolmentState.ENROLLED
    with pytest.raises(RuleError, match="内部"):
        ask(filing, as_person(stranger))
    with pytest.raises(RuleError, match="内部"), transaction():
        enrolling.enrol_staff(filing, [stranger], cost_agreement="", actor=other.clerk)
    with pytest.raises(RuleError, match="内部"), transaction():
        enrolling.register(filing, [stranger], consented=True, actor=factory.clerk)


def test_names_are_taken_until_the_closing(city: City, base: Employer, factory: Employer) -> None:
    early, late = make_people(city, factory, 2)
    filing = make_class(city, base, leave_mode="off_hours")
    closing = enrolments.closing(filing)
    assert closing is not None and closing == session_of(filing).starts_at - timedelta(hours=12)
    first, second = as_person(early), as_person(late)
    with at(closing - timedelta(seconds=1)):
        ask(filing, first)
    with at(closing), pytest.raises(RuleError, match="截止"):
        ask(filing, second)
    put_down(filing, base, [late])
    assert enrolments.participants(filing) == [early, late]


def test_the_person_can_cancel_until_the_class_begins(city: City, base: Employer, factory: Employer) -> None:
    (someone,) = make_people(city, factory, 1)
    person, filing = as_person(someone), make_class(city, base, leave_mode="off_hours")
    ask(filing, person)
    begins = session_of(filing).starts_at
    with at(begins), pytest.raises(RuleError, match="已经开始"), transaction():
        enrolling.cancel(db.session.get_one(Enrolment, (someone, filing.id)), reason="有事", actor=person)
    with at(begins - timedelta(seconds=1)), transaction():
        enrolling.cancel(db.session.get_one(Enrolment, (someone, filing.id)), reason="有事", actor=person)
    assert state(filing, someone) == "cancelled"


# --- Places and the waiting list --------------------------------------------------------------------------------------


def test_who_comes_later_waits_and_moves_up_in_order(city: City, base: Employer, factory: Employer) -> None:
    people = make_people(city, factory, 4)
    persons = [as_person(each) for each in people]
    filing = make_class(city, base, quota=2, leave_mode="off_hours")
    assert [ask(filing, person) for person in persons] == [EnrolmentState.ENROLLED] * 2 + [EnrolmentState.WAITING] * 2
    seen = enrolments.places(filing)
    assert (seen.taken, seen.left, seen.waiting) == (2, 0, 2)
    with transaction():
        enrolling.cancel(db.session.get_one(Enrolment, (people[0], filing.id)), reason="有事", actor=persons[0])
    assert [state(filing, each) for each in people] == ["cancelled", "enrolled", "enrolled", "waiting"]
    assert told(persons[2]) == ["候补成功"]
    # Numbers on the sheets stay: the first one is never given again.
    numbers = {each.technician_id: each.number for each in enrolments.of_filing(filing)}
    assert [numbers[each] for each in people] == [1, 2, 3, None]
    with transaction():
        enrolling.cancel(db.session.get_one(Enrolment, (people[3], filing.id)), reason="不等了", actor=persons[3])
    assert enrolments.places(filing).taken == 2


def test_a_place_that_waits_for_the_employer_is_held_and_passed_on(
    city: City, base: Employer, factory: Employer
) -> None:
    people = make_people(city, factory, 2)
    filing = make_class(city, base, quota=1)
    assert [ask(filing, as_person(each)) for each in people] == [EnrolmentState.REQUESTED, EnrolmentState.WAITING]
    with transaction():
        enrolling.refuse(db.session.get_one(Enrolment, (people[0], filing.id)), reason="赶工", actor=factory.clerk)
    assert [state(filing, each) for each in people] == ["declined", "requested"]


def test_of_many_who_ask_for_the_last_place_one_gets_it(
    app: Flask, city: City, base: Employer, factory: Employer
) -> None:
    people = make_people(city, factory, 9)
    persons = [as_person(each) for each in people]
    filing = make_class(city, base, quota=2, leave_mode="off_hours")
    assert ask(filing, persons[0]) is EnrolmentState.ENROLLED
    filing_id, begin = filing.id, threading.Barrier(8)
    found: list[EnrolmentState | Exception] = []

    def one(person: Actor) -> None:
        with app.app_context():
            try:
                begin.wait(20)
                found.append(ask(db.session.get_one(ActivityFiling, filing_id), person))
            except Exception as error:
                found.append(error)

    threads = [threading.Thread(target=one, args=(person,)) for person in persons[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    assert sorted(map(str, found)) == ["enrolled"] + ["waiting"] * 7
    seen = enrolments.places(filing)
    assert (seen.taken, seen.waiting) == (2, 7)
    numbers = [each.number for each in enrolments.of_filing(filing) if each.state == "enrolled"]
    assert sorted(number or 0 for number in numbers) == [1, 2]


def test_asking_twice_at_once_makes_one_enrolment(app: Flask, city: City, base: Employer, factory: Employer) -> None:
    (someone,) = make_people(city, factory, 1)
    person, filing = as_person(someone), make_class(city, base, leave_mode="off_hours")
    filing_id, begin, found = filing.id, threading.Barrier(4), []

    def one() -> None:
        with app.app_context():
            try:
                begin.wait(20)
                found.append(ask(db.session.get_one(ActivityFiling, filing_id), person).value)
            except RuleError as error:
                found.append(error.code)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(found) == ["enrolled", "known", "known", "known"]


# --- By the employer and the organiser --------------------------------------------------------------------------------


def test_an_employer_puts_its_staff_down_and_consents_by_it(city: City, base: Employer, factory: Employer) -> None:
    people = make_people(city, factory, 3)
    filing = make_class(city, base, quota=2)
    with transaction():
        done = enrolling.enrol_staff(filing, people, cost_agreement="", actor=factory.clerk)
    assert (done.enrolled, done.waiting, done.known) == (2, 1, 0)
    with transaction():
        assert enrolling.enrol_staff(filing, people, cost_agreement="", actor=factory.clerk).known == 3
    enrolment = enrolments.find(filing.id, people[0])
    assert enrolment is not None and enrolment.consented_by_id == factory.clerk.account_id


def test_off_hours_the_employer_says_who_bears_the_costs(city: City, base: Employer, factory: Employer) -> None:
    """Art. 5: costs and treatment are agreed by both; the person agrees or gives the place up."""
    people = make_people(city, factory, 2)
    persons = [as_person(each) for each in people]
    filing = make_class(city, base, leave_mode="off_hours")
    with pytest.raises(RuleError, match="费用"), transaction():
        enrolling.enrol_staff(filing, people, cost_agreement="  ", actor=factory.clerk)
    with transaction():
        enrolling.enrol_staff(filing, people, cost_agreement="费用由单位承担，另调休一天", actor=factory.clerk)
    with transaction():
        enrolling.agree(db.session.get_one(Enrolment, (people[0], filing.id)), actor=persons[0])
    agreed = {each.technician_id: each.agreed_at is not None for each in enrolments.of_filing(filing)}
    assert agreed == {people[0]: True, people[1]: False}
    assert set(enrolments.participants(filing)) == set(people)  # a missing agreement is a warning, not a bar
    with pytest.raises(NotAllowed), transaction():
        enrolling.agree(db.session.get_one(Enrolment, (people[1], filing.id)), actor=persons[0])


def test_the_organizer_registers_with_or_without_the_employers_word(
    city: City, base: Employer, factory: Employer
) -> None:
    first, second = make_people(city, factory, 2)
    filing = make_class(city, base)
    with transaction():
        enrolling.register(filing, [first], consented=True, actor=base.clerk)
    with transaction():
        done = enrolling.register(filing, [second], consented=False, actor=base.clerk)
    assert done.requested == 1
    assert enrolments.participants(filing) == [first]
    assert told(factory.clerk) == ["职工申请参加活动"]
    with pytest.raises(NotAllowed), transaction():
        enrolling.register(filing, [second], consented=True, actor=factory.clerk)


def test_a_cancelled_activity_takes_no_names(city: City, base: Employer, factory: Employer) -> None:
    (someone,) = make_people(city, factory, 1)
    filing = make_class(city, base, leave_mode="off_hours")
    with transaction():
        filings.cancel(filing, remark="场地停电", actor=base.clerk, version=None)
    assert cases.state_of(filing.case).name == "cancelled"
    with pytest.raises(RuleError, match="不接受报名"):
        ask(filing, as_person(someone))
    with pytest.raises(RuleError), transaction():
        enrolling.register(filing, [someone], consented=True, actor=base.clerk)


def test_who_was_there_cannot_be_struck_off(city: City, base: Employer, factory: Employer) -> None:
    from domain.attendance_rules import Standing
    from services import attendance

    (someone,) = make_people(city, factory, 1)
    filing = make_class(city, base)
    put_down(filing, base, [someone])
    with at(moment(MONDAY, 12)):
        with transaction():
            attendance.note(session_of(filing), filing, {someone: Standing.COUNTED}, actor=base.clerk)
        with pytest.raises(RuleError, match="考勤记录"), transaction():
            enrolling.cancel(db.session.get_one(Enrolment, (someone, filing.id)), reason="误登", actor=base.clerk)

"""The bureau's lists: each official its own region's, narrowed, ordered, and never more than it may know of."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from domain.roles import CITY, Role
from models import Case, db
from services import cases, clock, desk, registrations
from services.desk import Filters
from services.transaction import transaction
from tests import account_makers as make

pytestmark = pytest.mark.usefixtures("app_context")


def titles(query):
    return [row.title for row in db.session.execute(query)]


def test_a_county_sees_its_own_and_the_city_all():
    here = make.make_registration()
    there = make.make_registration(region_code=make.OTHER_COUNTY)
    assert titles(desk.all_cases(make.make_officer(), Filters())) == [here.stated["name"]]
    assert set(titles(desk.all_cases(make.make_officer(CITY), Filters()))) == {
        here.stated["name"],
        there.stated["name"],
    }
    assert titles(desk.waiting(make.make_officer(CITY), Filters())) == []


def test_drafts_are_nobodys_business():
    with transaction():
        registrations.draft(make.stated(), make.LICENCE)
    assert titles(desk.all_cases(make.make_officer(CITY), Filters())) == []


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.EMPLOYER_CLERK, Role.CENTER_STAFF])
def test_others_see_none_of_it(role):
    make.make_registration()
    scope = {"region_code": CITY} if role is Role.CENTER_STAFF else {}
    scope = {"organization_id": make.make_organization()} if role is Role.EMPLOYER_CLERK else scope
    scope = {"technician_id": make.make_technician(make.id_number())} if role is Role.TECHNICIAN else scope
    assert titles(desk.all_cases(make.make_account(role, **scope), Filters())) == []


def test_a_search_takes_signs_as_they_are():
    made = make.make_registration(name="永康市100%五金_厂")
    make.make_registration(name="永康市100五金x厂")
    officer = make.make_officer()
    for words in ("100%", "五金_厂", db.session.get_one(Case, made.case_id).number):
        assert titles(desk.all_cases(officer, Filters(search=words))) == ["永康市100%五金_厂"], words
    assert titles(desk.all_cases(officer, Filters(search="%"))) == ["永康市100%五金_厂"]
    assert titles(desk.all_cases(officer, Filters(search="没有"))) == []


def test_the_inbox_is_narrowed_by_kind_region_side_and_deadline():
    late, soon, far = (make.make_registration() for _ in range(3))
    returned = make.make_registration()
    officer = make.make_officer()
    with transaction():
        cases.act(
            db.session.get_one(Case, returned.case_id), "return", actor=officer, remark="x", items=[("name", "x")]
        )
        for made, days in ((late, -1), (soon, 1), (far, 30)):
            due = clock.today() + timedelta(days=days)
            db.session.execute(update(Case).where(Case.id == made.case_id).values(due_on=due))
    names = {made.case_id: made.stated["name"] for made in (late, soon, far, returned)}
    assert titles(desk.waiting(officer, Filters())) == [names[late.case_id], names[soon.case_id], names[far.case_id]]
    assert titles(desk.waiting(officer, Filters(due="overdue"))) == [names[late.case_id]]
    assert titles(desk.waiting(officer, Filters(due="soon"))) == [names[soon.case_id]]
    assert titles(desk.waiting(officer, Filters(kind="activity_filing"))) == []
    assert titles(desk.all_cases(officer, Filters(side="applicant"))) == [names[returned.case_id]]
    assert titles(desk.all_cases(officer, Filters(region=make.OTHER_COUNTY))) == []
    assert len(titles(desk.waiting(officer, Filters(kind="nonsense", due="x", sort="y")))) == 3
    counts = desk.waiting_counts(officer)
    assert (counts["employer_registration"], counts["overdue"]) == (3, 1)


def test_the_order_is_the_one_asked_for():
    for name in ("乙", "甲", "丙"):
        make.make_registration(name=name)
    officer = make.make_officer()
    forward = titles(desk.all_cases(officer, Filters(sort="number")))
    assert forward == ["乙", "甲", "丙"]
    assert titles(desk.all_cases(officer, Filters(sort="number", down=True))) == forward[::-1]


def test_the_next_one_follows_the_order_of_the_inbox():
    made = [make.make_registration() for _ in range(3)]
    officer = make.make_officer()
    first, second, third = (each.case_id for each in made)
    assert desk.neighbours(officer, first) == (None, second)
    assert desk.neighbours(officer, second) == (first, third)
    assert desk.neighbours(officer, third) == (second, None)
    assert desk.neighbours(officer, 1) == (None, first)

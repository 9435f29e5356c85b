"""An employer that names somebody learns nothing of the person until the person agrees, and cannot become it."""

from datetime import date

import pytest
from sqlalchemy import func, select

from domain.roles import Role
from ids import new_id
from models import ActivationLink, Employment, SkillCertificate, Technician, db
from services import crypto, registry
from services.transaction import transaction
from tests.filing_makers import COUNTY, make_account, make_officer
from tests.services.result_makers import make_city, make_employer, make_people


@pytest.fixture
def people(app):
    """Two persons the employer hired; the second has agreed to nothing yet. Both are welders."""
    with app.app_context():
        employer, other = make_employer(), make_employer()
        city = make_city()
        hired = make_people(city, employer, 1)[0]
        claimed = make_people(city, other, 1)[0]
        with transaction():
            db.session.add(
                Employment(
                    technician_id=claimed, organization_id=employer.id, started_on=date(2026, 1, 1), state="claimed"
                )
            )
            for technician_id in (hired, claimed):
                db.session.get_one(Technician, technician_id).phone_sealed = crypto.seal("13812345678", registry.PHONE)
                db.session.add(
                    SkillCertificate(
                        technician_id=technician_id, id=new_id(), kind="skill_level", occupation="焊工", level=3,
                        number=f"N{technician_id}", issued_on=date(2020, 5, 8),
                    )
                )  # fmt: skip
        return employer, hired, claimed


def links_made(app):
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(ActivationLink))


def test_the_page_of_a_claimed_person_holds_what_the_employer_wrote_and_no_more(app, client, people):
    employer, hired, claimed = people
    client.sign_in(employer.clerk.account_id)
    agreed, not_yet = (client.get(f"/staff/{person}").text for person in (hired, claimed))
    for known in ("焊工", f"N{hired}", "138****5678"):
        assert known in agreed
    for unknown in ("焊工", f"N{claimed}", "138****5678"):
        assert unknown not in not_yet


def test_a_claimed_person_is_not_found_by_what_the_employer_may_not_know(app, client, people):
    employer, hired, claimed = people
    client.sign_in(employer.clerk.account_id)
    assert f"/staff/{claimed}" in client.get("/staff").text
    found = client.get("/staff?occupation=焊工").text
    assert f"/staff/{hired}" in found
    assert f"/staff/{claimed}" not in found


def test_a_slip_is_printed_for_staff_without_an_account_only(app, client, people):
    employer, hired, claimed = people
    client.sign_in(employer.clerk.account_id)
    offered = client.get("/staff/activation").text
    assert f'value="{hired}"' in offered
    assert f'value="{claimed}"' not in offered
    assert client.post("/staff/activation", data={"technician_id": claimed}).status_code == 404
    assert client.post("/staff/activation", data={"technician_id": [hired, claimed]}).status_code == 404
    assert links_made(app) == 0
    slip = client.post("/staff/activation", data={"technician_id": hired})
    assert slip.status_code == 200
    assert "/activate/" in slip.text
    assert links_made(app) == 1


def test_an_employer_cannot_reset_the_password_of_a_person_who_has_an_account(app, client, people):
    """It knows the numbers of its people: a slip would let it become them."""
    employer, hired, _ = people
    with app.app_context():
        make_account(Role.TECHNICIAN, technician_id=hired)
    client.sign_in(employer.clerk.account_id)
    assert client.post("/staff/activation", data={"technician_id": hired}).status_code == 404
    assert links_made(app) == 0


def test_the_bureaus_window_prints_a_slip_for_a_person_of_its_region(app, client, people):
    _, hired, _ = people
    with app.app_context():
        here, elsewhere = make_officer(COUNTY), make_officer("330783")
        auditor = make_account(Role.AUDITOR, region_code="330700")
    answers = {}
    for actor in (elsewhere, auditor, here):
        browser = app.test_client()
        browser.sign_in(actor.account_id)
        answers[actor] = browser.post(f"/bureau/register/{hired}/slip")
    assert [answer.status_code for answer in answers.values()] == [404, 403, 200]
    assert "/activate/" in answers[here].text
    assert links_made(app) == 1

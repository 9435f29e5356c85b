"""Registering an industry authority on a page: like a command, with the link in the mailbox only."""

import pytest

from domain.roles import CITY, Role
from models import Account, AuthorityOccupation, Membership, OutboxMessage, db
from services.transaction import transaction
from tests.filing_makers import make_account, make_officer

FORM = {
    "organization": "金华市经济和信息化局", "uscc": "11330700002592652B", "region_code": "330700",
    "occupations": "焊工\n电工、铣工", "name": "陈立新", "email": "chen@example.com",
}  # fmt: skip
PAGE = "/bureau/industry-authorities"


@pytest.fixture
def officer(app, client):
    with app.app_context():
        client.sign_in(make_account(Role.CITY_OFFICER, region_code=CITY).account_id)


def test_a_registered_authority_advises_on_its_occupations_and_its_person_is_mailed(app, client, officer):
    assert client.post(PAGE, data=FORM).status_code == 303
    page = client.get(PAGE).text
    assert "金华市经济和信息化局" in page and "陈立新" in page and "待启用" in page
    with app.app_context():
        assert {row.occupation for row in db.session.query(AuthorityOccupation)} == {"焊工", "电工", "铣工"}
        member = db.session.query(Membership).filter_by(role=Role.INDUSTRY_ADVISER.value).one()
        assert db.session.query(OutboxMessage).filter_by(recipient="chen@example.com").count() == 1
        person = member.id
    # Somebody else of the same authority, with one occupation more.
    more = {**FORM, "occupations": "车工", "email": "li@example.com", "name": "李晓东"}
    assert client.post(PAGE, data=more).status_code == 303
    assert client.post(f"{PAGE}/people/{person}/resend").status_code == 303
    assert client.post(f"{PAGE}/people/{person}/end").status_code == 303
    assert client.post(f"{PAGE}/people/{person}/end").status_code == 409
    page = client.get(PAGE).text
    assert "陈立新" not in page and "李晓东" in page and "车工" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"uscc": "11330700002592652A"}, "统一社会信用代码"),
        ({"occupations": "不存在的工种"}, "不在目录中"),
        ({"occupations": ""}, "每行一个"),
        ({"email": "nobody"}, "邮箱"),
        ({"region_code": "110000"}, "所在地区"),
    ],
)
def test_what_is_wrong_is_said_at_the_field_and_changes_nothing(app, client, officer, changes, words):
    answer = client.post(PAGE, data=FORM | changes)
    assert (answer.status_code, words in answer.text) == (422, True)
    with app.app_context(), transaction():
        assert db.session.query(AuthorityOccupation).count() == 0
        assert db.session.query(Account).filter_by(email="chen@example.com").count() == 0


def test_a_code_that_belongs_to_another_name_is_refused(client, officer):
    client.post(PAGE, data=FORM)
    answer = client.post(PAGE, data=FORM | {"organization": "金华市商务局", "email": "wang@example.com"})
    assert (answer.status_code, "已登记为" in answer.text) == (422, True)


def test_a_county_officer_does_not_appoint(app, client):
    with app.app_context():
        client.sign_in(make_officer().account_id)
    assert [client.get(PAGE).status_code, client.post(PAGE, data=FORM).status_code] == [403, 403]

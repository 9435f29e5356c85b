"""The account commands, and the refusal of demo accounts in production."""

import re

import pytest
from sqlalchemy import select, update

import config
from app import create_app
from domain.roles import Role
from models import Account, Membership, db
from services import clock
from services.transaction import transaction
from tests import account_makers as make


def invite(app, **changes):
    options = {"role": "city_officer", "region": "330700", "name": "方文清", "email": "Fang@Example.com", **changes}
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    return app.test_cli_runner().invoke(args=["accounts", "invite", *arguments])


def test_the_first_official_gets_a_link_and_takes_over(app, client):
    said = invite(app)
    assert said.exit_code == 0, said.output
    assert "login name: fang@example.com" in said.output
    path = re.search(r"/activate/[\w-]+", said.output)[0]
    data = {"name": "方文清", "id_type": "resident_id", "id_number": make.id_number(), "password": "quiet river stone",
            "own": "y"}  # fmt: skip
    answer = client.post(path, data=data)
    assert (answer.status_code, answer.location) == (303, "/bureau")
    with app.app_context():
        membership = db.session.scalars(select(Membership)).one()
        assert (membership.role, membership.region_code) == (Role.CITY_OFFICER, "330700")
    again = invite(app, role="auditor", email="fang@example.com")
    assert again.exit_code == 1
    assert "只能有一个身份" in again.output


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"region": "999999"}, "没有代码为 999999 的地区"),
        ({"email": "nonsense"}, "电子邮箱格式不正确"),
        ({"name": "<b>"}, "姓名中不能有"),
        ({"role": "employer_clerk"}, "is not one of"),
    ],
)
def test_what_is_wrong_is_said_and_makes_no_account(app, changes, sentence):
    said = invite(app, **changes)
    assert said.exit_code != 0
    assert sentence in said.output
    with app.app_context():
        assert db.session.scalars(select(Account)).all() == []


def test_a_shut_account_is_out(app, client):
    with app.app_context():
        officer = make.make_officer(login_name="hu@example.com")
    client.sign_in(officer.account_id)
    assert client.get("/bureau").status_code == 200
    assert app.test_cli_runner().invoke(args=["accounts", "disable", "hu@example.com"]).exit_code == 0
    assert client.get("/bureau").status_code == 303
    assert app.test_cli_runner().invoke(args=["accounts", "disable", "nobody"]).exit_code == 1


def test_production_refuses_a_database_with_demo_accounts(app, settings):
    production = {**settings, "WUXUE_ENV": "production", "WUXUE_BASE_URL": "https://wuxue.example"}
    with app.app_context():
        officer = make.make_officer(login_name="yongkang")
        with transaction():
            db.session.execute(update(Account).where(Account.id == officer.account_id).values(is_demo=True))
    with pytest.raises(config.UnsafeConfiguration, match="yongkang"):
        create_app(production)
    with app.app_context(), transaction():
        now = clock.machine_now()
        db.session.execute(update(Account).where(Account.id == officer.account_id).values(disabled_at=now))
    create_app(production)

"""The pages behind activation links, in the order people meet them."""

import pytest
from flask import Flask
from sqlalchemy import select

from domain.roles import SYSTEM, Role
from models import Account, Membership, db
from services import activation
from services.transaction import transaction
from tests import account_makers as make
from tests.conftest import Browser

PASSWORD = "quiet river stone"


@pytest.fixture
def operator_path(app: Flask):
    with app.app_context():
        organization_id = make.make_organization()
        with transaction():
            activation.invite_operator(
                email="second@example.com",
                name="王二",
                role=Role.EMPLOYER_MANAGER,
                organization_id=organization_id,
                actor=SYSTEM,
            )
        return make.link_in(make.letters_to("second@example.com")[0])


@pytest.fixture
def number() -> str:
    return make.id_number()


@pytest.fixture
def technician_path(app: Flask, number):
    with app.app_context():
        technician_id = make.make_technician(number)
        with transaction():
            return activation.link_for_technician(technician_id, actor=SYSTEM).removeprefix("http://127.0.0.1:5000")


def take_over(client: Browser, path: str, **changes):
    data = {"name": "程丽君", "id_type": "resident_id", "id_number": make.id_number(), "password": PASSWORD, "own": "y"}
    return client.post(path, data={**data, **changes})


def test_an_operator_activates_and_is_signed_in(app, client, operator_path):
    page = client.get(operator_path)
    assert page.status_code == 200
    assert "用人单位审核人" in page.text
    assert "至少10位" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    answer = take_over(client, operator_path)
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    again = client.get(operator_path)
    assert again.status_code == 404
    assert "链接无效" in again.text


def test_everything_that_is_wrong_is_said_at_once_and_the_link_stays(app, client, operator_path):
    answer = take_over(client, operator_path, name="", id_number="123", password="jinhua", own="")
    assert answer.status_code == 422
    for sentence in ("请填写姓名", "身份证号码应为18位", "密码至少10位", "请确认是本人使用"):
        assert sentence in answer.text
    assert 'value="jinhua"' not in answer.text
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.login_name == "second@example.com")).one()
        assert (account.password_hash, account.person_key) == (None, None)
    assert take_over(client, operator_path).status_code == 303


@pytest.mark.parametrize("password", ["程丽君的密码长又长", "second@example.com", "Password123"])
def test_names_and_common_words_make_no_password(client, operator_path, password):
    assert take_over(client, operator_path, password=password).status_code == 422


def test_a_kind_of_document_that_is_none_is_refused(client, operator_path):
    assert take_over(client, operator_path, id_type="driving_licence").status_code == 422


def test_the_same_person_with_a_second_account_is_warned(app, client, operator_path, number):
    with app.app_context():
        organization_id = db.session.scalar(select(Membership.organization_id))
        make.make_clerk(organization_id, person=number)
    answer = take_over(client, operator_path, id_number=number)
    assert answer.status_code == 303
    assert "按一人计算" in client.get(answer.location).text


@pytest.mark.parametrize("path", ["/activate/x", "/activate/" + "a" * 43, "/activate/%00", "/activate/..%2f"])
def test_a_link_that_never_was_gets_the_answer_of_one_that_is_over(client, operator_path, path):
    take_over(client, operator_path)
    used, strange = client.get(operator_path), client.get(path)
    assert used.status_code == 404
    assert strange.status_code in (400, 404)
    assert client.post(path, data={"password": PASSWORD}).status_code in (400, 404, 405)


def test_a_technician_activates_on_a_phone(client, technician_path, number):
    page = client.get(technician_path)
    assert "至少8位" in page.text
    assert "欧阳锋" not in page.text
    answer = client.post(technician_path, data={"id_number": number, "password": "kestrel7"})
    assert (answer.status_code, answer.location) == (303, "/me")
    assert number not in client.get("/account").text


def test_wrong_numbers_are_counted_down_to_the_end_of_the_link(client, technician_path, number):
    for left in (4, 3, 2, 1):
        answer = client.post(technician_path, data={"id_number": make.id_number(), "password": PASSWORD})
        assert answer.status_code == 422
        assert f"还可以再试 {left} 次" in answer.text
    assert client.post(technician_path, data={"id_number": make.id_number(), "password": PASSWORD}).status_code == 422
    assert client.get(technician_path).status_code == 404
    assert client.post(technician_path, data={"id_number": number, "password": PASSWORD}).status_code == 404


def test_a_weak_password_costs_no_try_and_is_not_compared(client, technician_path, number):
    answer = client.post(technician_path, data={"id_number": make.id_number(), "password": "123"})
    assert answer.status_code == 422
    assert "不一致" not in answer.text
    assert "最多可试 5 次" in client.get(technician_path).text
    assert client.post(technician_path, data={"id_number": number, "password": f"my{number}"}).status_code == 422


def test_a_taken_phone_is_said_at_its_field(app, client, technician_path, number):
    with app.app_context():
        from services import sign_in

        clerk = make.make_clerk()
        with transaction():
            sign_in.use_phone(db.session.get_one(Account, clerk.account_id), "13812345678")
    data = {"id_number": number, "password": PASSWORD, "phone": "138 1234 5678"}
    answer = client.post(technician_path, data=data)
    assert answer.status_code == 422
    assert "已用于登录另一个账号" in answer.text
    assert client.post(technician_path, data={**data, "phone": "13912345678"}).status_code == 303
    client.post("/sign-out")
    assert client.post("/sign-in", data={"identifier": "13912345678", "password": PASSWORD}).location == "/me"


def test_whoever_is_signed_in_joins_only_as_the_same_person(app, technician_path, number):
    with app.app_context():
        same, other = make.make_clerk(person=number), make.make_clerk()
    client, stranger = app.test_client(), app.test_client()
    stranger.sign_in(other.account_id)
    assert "加入当前账号" not in stranger.get(technician_path).text
    assert stranger.post(technician_path + "/join").status_code == 409
    client.sign_in(same.account_id)
    assert "加入当前账号" in client.get(technician_path).text
    assert client.post(technician_path + "/join").status_code == 303
    assert "技能人才" in client.get("/account").text
    assert app.test_client().post(technician_path + "/join").status_code == 404


def test_the_way_back_in_by_mail_answers_alike_for_everybody(app, client):
    with app.app_context():
        make.make_clerk(login_name="clerk@example.com")
    known = client.post("/forgot", data={"email": "clerk@example.com"})
    unknown = client.post("/forgot", data={"email": "nobody@example.com"})
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location) == (303, "/forgot/sent")
    assert client.post("/forgot", data={"email": "nonsense"}).status_code == 422
    with app.app_context():
        assert make.letters_to("nobody@example.com") == []
        path = make.link_in(make.letters_to("clerk@example.com")[0])
    assert client.post(path, data={"password": "short"}).status_code == 422
    assert client.post(path, data={"password": PASSWORD}).status_code == 303
    assert client.get(path).status_code == 404


def test_nobody_fills_a_mailbox(app, client):
    with app.app_context():
        make.make_clerk(login_name="clerk@example.com")
    statuses = [client.post("/forgot", data={"email": "clerk@example.com"}).status_code for _ in range(5)]
    assert statuses == [303, 303, 303, 429, 429]
    assert client.post("/forgot", data={"email": "other@example.com"}).status_code == 303
    with app.app_context():
        assert len(make.letters_to("clerk@example.com")) == 3


def test_links_are_made_from_the_sites_own_address(app, client):
    with app.app_context():
        make.make_clerk(login_name="clerk@example.com")
    answer = client.post("/forgot", data={"email": "clerk@example.com"}, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    client.post("/forgot", data={"email": "clerk@example.com"}, headers={"X-Forwarded-Host": "evil.example"})
    with app.app_context():
        assert all("evil" not in body for body in make.letters_to("clerk@example.com"))

"""The sign-in page: one answer for every mistake, a session that ends when it is ended, and nowhere to be led to."""

import re
import statistics
import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from domain.roles import Role
from models import Account, AuditEvent, Membership, UserSession, db
from services import clock
from services.transaction import transaction
from tests import account_makers as make
from tests.conftest import Browser


@pytest.fixture
def officer(app: Flask):
    with app.app_context():
        return make.make_officer(login_name="hu@example.com")


def sign_in(client: Browser, identifier="hu@example.com", password=make.PASSWORD, **more):
    return client.post("/sign-in", data={"identifier": identifier, "password": password, **more})


def said(response) -> str:
    """The page without what differs in every answer: tokens, and what was typed."""
    text = re.sub(r'name="csrf_token"[^>]*>|value="[^"]*"|请求编号[^<]*', "", response.text)
    return re.sub(r"\s+", " ", text)


def test_the_right_password_opens_the_home_of_the_role(client, officer):
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (303, "/bureau")
    page = client.get("/bureau")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("spelling", ["HU@EXAMPLE.COM", "  hu@example.com "])
def test_the_name_may_be_written_in_any_case(client, officer, spelling):
    assert sign_in(client, spelling).status_code == 303


def test_every_mistake_gets_the_same_answer(app, client, officer):
    with app.app_context():
        disabled = make.make_officer(login_name="gone@example.com")
        ended = make.make_officer(login_name="ended@example.com")
        make.make_account(Role.COUNTY_OFFICER, login_name="new@example.com", password=None, region_code="330784")
        with transaction():
            now = clock.machine_now()
            db.session.execute(update(Account).where(Account.id == disabled.account_id).values(disabled_at=now))
            db.session.execute(update(Membership).where(Membership.id == ended.membership_id).values(ended_at=now))
    answers = [
        sign_in(app.test_client(), name, password)
        for name, password in (
            ("hu@example.com", "wrong"),
            ("nobody@example.com", "wrong"),
            ("gone@example.com", make.PASSWORD),
            ("ended@example.com", make.PASSWORD),
            ("new@example.com", ""),
            ("new@example.com", "x"),
            (make.id_number(), "wrong"),
            ("13812345678", "wrong"),
        )
        if password
    ]
    assert {answer.status_code for answer in answers} == {422}
    assert len({said(answer) for answer in answers}) == 1
    assert len({len(said(answer)) for answer in answers}) == 1


def test_an_unknown_name_takes_as_long_as_a_wrong_password(app, officer):
    """Medians of the very calls the page makes; the password is hashed either way (ASVS 6.3.8)."""
    from services import sign_in as service

    def median(name):
        times = []
        for _ in range(9):
            began = time.perf_counter()
            assert service.verify(name, "wrong") is None
            times.append(time.perf_counter() - began)
        return statistics.median(times)

    with app.app_context():
        known, unknown = median("hu@example.com"), median("nobody@example.com")
    assert 0.5 < known / unknown < 2


def test_wrong_passwords_are_slowed_down_the_same_for_known_and_unknown_names(app, officer):
    messages = []
    for name in ("hu@example.com", "nobody@example.com"):
        client = app.test_client()
        statuses = [sign_in(client, name, "wrong").status_code for _ in range(4)]
        assert statuses == [422, 422, 422, 429]
        refused = sign_in(client, name, make.PASSWORD)
        assert refused.status_code == 429
        messages.append(re.sub(r"\d+ 秒", "n 秒", said(refused)))
    assert messages[0] == messages[1]
    assert "秒后再试" in messages[0]


def test_a_right_password_forgets_the_wrong_ones(app, client, officer):
    for _ in range(3):
        sign_in(client, password="wrong")
        sign_in(client, password="wrong")
        assert sign_in(client).status_code == 303


def test_empty_fields_are_said_at_the_fields_and_counted_as_nothing(client, officer):
    for _ in range(5):
        answer = sign_in(client, "", "")
        assert answer.status_code == 422
    assert "请填写登录名" in answer.text
    assert "请填写密码" in answer.text
    assert sign_in(client).status_code == 303


def test_a_password_is_never_sent_back(client, officer):
    answer = sign_in(client, password="my secret words")
    assert "my secret words" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("target", "goes_to"),
    [
        ("/bureau/cases?kind=x", "/bureau/cases?kind=x"),
        ("https://evil.example/", "/bureau"),
        ("//evil.example", "/bureau"),
        ("/\\evil.example", "/bureau"),
        ("\\\\evil.example", "/bureau"),
        ("javascript:alert(1)", "/bureau"),
        ("/%0d%0aLocation: x", "/%0d%0aLocation: x"),
        ("/x\nLocation: y", "/bureau"),
        ("", "/bureau"),
    ],
)
def test_after_signing_in_one_stays_on_this_site(client, officer, target, goes_to):
    answer = sign_in(client, next=target)
    assert answer.status_code == 303
    assert answer.location.replace("%20", " ") == goes_to
    assert "\n" not in answer.location


def test_whoever_is_signed_in_already_is_sent_on_and_not_elsewhere(client, officer):
    sign_in(client)
    assert client.get("/sign-in?next=//evil.example").location == "/bureau"
    assert client.get("/sign-in?next=/notices").location == "/notices"


def test_a_page_asked_for_comes_back_after_signing_in(client, officer):
    answer = client.get("/bureau/cases?side=bureau")
    assert answer.location == "/sign-in?next=/bureau/cases?side%3Dbureau"
    assert 'value="/bureau/cases?side=bureau"' in client.get(answer.location).text


def test_a_copied_cookie_is_worth_nothing_after_signing_out(app, client, officer):
    sign_in(client)
    cookie = client.get_cookie("wuxue").value
    thief = app.test_client()
    thief.set_cookie("wuxue", cookie)
    assert thief.get("/bureau").status_code == 200
    answer = client.post("/sign-out")
    assert answer.status_code == 303
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    assert thief.get("/bureau").status_code == 303


def test_each_sign_in_is_a_new_session(app, client, officer):
    client.get("/sign-in")
    planted = client.get_cookie("wuxue")
    sign_in(client)
    first = client.get_cookie("wuxue").value
    assert planted is None or planted.value != first
    sign_in(client)
    thief = app.test_client()
    thief.set_cookie("wuxue", first)
    # The session before ended when the same browser signed in again.
    assert thief.get("/bureau").status_code == 303


def test_an_edited_cookie_is_nobody(client, officer):
    sign_in(client)
    value = client.get_cookie("wuxue").value
    client.set_cookie("wuxue", value[:-2] + ("AA" if value[-2:] != "AA" else "BB"))
    assert client.get("/bureau").status_code == 303


def test_the_cookie_is_for_this_site_and_not_for_scripts(client, officer):
    answer = sign_in(client)
    cookie = next(value for name, value in answer.headers if name == "Set-Cookie" and value.startswith("wuxue="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "hu@example.com" not in cookie


@pytest.mark.parametrize(("role", "minutes", "hours"), [(Role.COUNTY_OFFICER, 30, 8), (Role.EMPLOYER_CLERK, 60, 24)])
def test_a_session_ends_when_nobody_uses_it_and_at_the_latest_after_its_life(
    app, client, monkeypatch, role, minutes, hours
):
    with app.app_context():
        actor = make.make_officer() if role is Role.COUNTY_OFFICER else make.make_clerk()
    client.sign_in(actor.account_id)
    start = clock.machine_now()

    def at(**time):
        monkeypatch.setattr(clock, "machine_now", lambda: start + timedelta(**time))
        return client.get("/account").status_code

    assert at(minutes=minutes - 1) == 200
    assert at(minutes=2 * minutes - 3) == 200
    assert at(minutes=3 * minutes) == 303
    monkeypatch.setattr(clock, "machine_now", lambda: start)
    client.sign_in(actor.account_id)
    for step in range(2 * hours - 1):
        assert at(minutes=29 * (step + 1)) == 200
    assert at(hours=hours, minutes=1) == 303


def test_a_closed_account_is_out_in_the_next_moment(app, client, officer):
    client.sign_in(officer.account_id)
    assert client.get("/bureau").status_code == 200
    with app.app_context(), transaction():
        now = clock.machine_now()
        db.session.execute(update(Account).where(Account.id == officer.account_id).values(disabled_at=now))
    assert client.get("/bureau").status_code == 303


def test_every_sign_in_is_in_the_trail_and_no_identifier_is(app, client, officer):
    number = make.id_number()
    sign_in(client, number, "wrong")
    sign_in(client)
    client.post("/sign-out")
    with app.app_context():
        events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [(event.action, event.outcome) for event in events] == [
            ("sign_in", "refused"),
            ("sign_in", "done"),
            ("sign_out", "done"),
        ]
        assert number not in str([event.details for event in events])
        assert events[1].account_id == events[2].account_id == officer.account_id
        assert events[0].ip == "127.0.0.1"


def test_the_last_sign_in_is_shown(client, officer):
    sign_in(client)
    assert "上次登录" not in client.get("/bureau").text
    sign_in(client)
    assert "上次登录" in client.get("/bureau").text


def test_a_person_with_two_capacities_switches_without_signing_out(app, client):
    with app.app_context():
        first, second = make.make_organization(), make.make_organization()
        clerk = make.make_clerk(first)
        stranger = make.make_clerk(second)
        with transaction():
            other_id = make.add_membership(clerk.account_id, Role.EMPLOYER_MANAGER, organization_id=second)
    client.sign_in(clerk.account_id)
    assert "邀请同事" in client.get("/operators").text
    assert client.post("/switch", data={"membership_id": other_id}).status_code == 303
    page = client.get("/operators").text
    with app.app_context():
        assert db.session.get_one(Account, stranger.account_id).display_name in page
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "account.switch")).one()
        assert event.account_id == clerk.account_id
    assert client.post("/switch", data={"membership_id": stranger.membership_id}).status_code == 409
    assert client.post("/switch", data={"membership_id": "x"}).status_code == 409


def test_the_capacity_last_acted_in_comes_back(app, client):
    with app.app_context():
        clerk = make.make_clerk(login_name="two@example.com")
        other = make.make_organization()
        with transaction():
            other_id = make.add_membership(clerk.account_id, Role.EMPLOYER_MANAGER, organization_id=other)
    sign_in(client, "two@example.com")
    client.post("/switch", data={"membership_id": other_id})
    client.post("/sign-out")
    sign_in(client, "two@example.com")
    with app.app_context():
        newest = db.session.scalars(select(UserSession).order_by(UserSession.id.desc())).first()
        assert newest.membership_id == other_id


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/sign-in"},
    ],
)
def test_no_act_comes_from_another_site_even_with_a_token(client, officer, headers):
    data = {"identifier": "hu@example.com", "password": make.PASSWORD}
    assert client.post("/sign-in", data=data, headers=headers).status_code == 400
    client.sign_in(officer.account_id)
    assert client.post("/sign-out", headers=headers).status_code == 400
    assert client.get("/bureau", headers=headers).status_code == 200
    assert client.post("/sign-out", headers={"Origin": "http://127.0.0.1:5000"}).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/localhost"},
    ],
)
def test_another_site_cannot_change_the_display(client, headers):
    answer = client.post("/display", data={"theme": "dark"}, headers=headers)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_the_display_is_kept_in_cookies_and_leads_nowhere_else(client, headers):
    answer = client.post("/display", data={"theme": "dark", "large": "1", "next": "//evil.example"}, headers=headers)
    assert answer.location == "/"
    assert client.get_cookie("theme").value == "dark"
    assert 'class="no-js large"' in client.get("/sign-in").text
    client.post("/display", data={"theme": "<script>"}, headers=headers)
    assert client.get_cookie("theme").value == "dark"

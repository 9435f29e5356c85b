"""The demo's mails and clock: there in a demo, and nowhere else."""

import pytest
from flask import Flask

from domain.roles import CITY
from models import AuditEvent, db
from services import clock, notices
from services.transaction import transaction
from tests import account_makers as make

ADDRESSES = ("/demo/outbox", "/demo/clock")


@pytest.mark.parametrize("address", ADDRESSES)
def test_elsewhere_there_is_no_such_page(client, address):
    assert client.get(address).status_code == 404
    assert "/demo/" not in client.get("/sign-in").text


def test_elsewhere_nobody_moves_the_clock(app, client):
    assert client.post("/demo/clock", data={"days": "7"}).status_code == 404
    with app.app_context():
        assert clock.demo_days() == 0


class TestInADemo:
    @pytest.fixture
    def settings(self, settings):
        return {**settings, "WUXUE_ENV": "demo", "WUXUE_BASE_URL": "http://127.0.0.1:5000"}

    def test_a_visitor_follows_the_link_of_a_mail(self, app: Flask, client):
        with app.app_context(), transaction():
            body = "您好 <b>x</b>：\n\nhttp://127.0.0.1:5000/activate/abc\n\nhttps://evil.example/x"
            notices.send_mail("a@example.com", "启用", body)
        page = client.get("/demo/outbox").text
        assert 'href="/activate/abc"' in page
        assert 'href="https://evil.example' not in page
        assert "&lt;b&gt;" in page
        assert "/demo/outbox" in client.get("/sign-in").text

    def test_an_empty_outbox_says_what_fills_it(self, client):
        assert "还没有邮件" in client.get("/demo/outbox").text

    def test_the_clock_goes_forward_and_deadlines_with_it(self, app, client):
        with app.app_context():
            made, officer = make.make_registration(), make.make_officer()
        client.sign_in(officer.account_id)
        assert "超期" not in client.get(f"/bureau/cases/{made.case_id}").text
        assert client.post("/demo/clock", data={"days": "30"}).status_code == 303
        assert "比实际快 30 天" in client.get("/demo/clock").text
        # Sessions go by the machine's clock, and so outlive the move.
        assert "超期" in client.get(f"/bureau/cases/{made.case_id}").text
        with app.app_context():
            event = db.session.scalars(db.select(AuditEvent).where(AuditEvent.action == "demo.clock")).one()
            assert event.details == {"days": 30}

    @pytest.mark.parametrize("days", ["0", "-1", "367", "1.5", "x", "", "９９９９", "1e3", "9" * 400])
    def test_it_does_not_go_back_nor_by_nonsense(self, app, client, days):
        answer = client.post("/demo/clock", data={"days": days})
        assert answer.status_code == 422
        assert "错误：" in answer.text
        with app.app_context():
            assert clock.demo_days() == 0

    def test_it_has_an_end(self, app, client):
        statuses = [client.post("/demo/clock", data={"days": "366"}).status_code for _ in range(11)]
        assert statuses == [303] * 10 + [409]
        assert client.get("/demo/clock").status_code == 200

    def test_the_city_sees_the_same(self, app, client):
        with app.app_context():
            officer = make.make_officer(CITY)
        client.sign_in(officer.account_id)
        for address in ADDRESSES:
            assert client.get(address).status_code == 200

"""The outbox: sent once, again when it fails, kept when there is no mail server."""

import smtplib
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from models import OutboxMessage, db
from services import clock, mail, notices
from services.transaction import transaction

pytestmark = pytest.mark.usefixtures("app_context")


class Server:
    """Stands for the mail server: keeps what it takes, refuses what it is told to."""

    def __init__(self):
        self.taken = []
        self.refuses = set()
        self.is_down = False
        self.secured = False
        self.signed_in = None

    def __call__(self, _host, _port, timeout, **_):
        if self.is_down:
            raise ConnectionRefusedError
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def starttls(self, context):
        assert context.check_hostname
        self.secured = True

    def login(self, user, password):
        assert self.secured
        self.signed_in = (user, password)

    def send_message(self, message):
        if message["To"] in self.refuses:
            raise smtplib.SMTPRecipientsRefused({message["To"]: (550, b"unknown")})
        self.taken.append(message_from_bytes(message.as_bytes(), policy=policy.default))


@pytest.fixture
def settings(settings):
    return {**settings, "WUXUE_SMTP_URL": "smtp://user:p%40ss@mail.example:587?from=wuxue@example.com"}


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(smtplib, "SMTP", server)
    return server


def queue(recipient="a@example.com", subject="注册申请", body="您好，程丽君。\n第二行"):
    with transaction():
        notices.send_mail(recipient, subject, body)


def waiting():
    return db.session.scalars(select(OutboxMessage).where(OutboxMessage.sent_at.is_(None))).all()


def later(monkeypatch, **time):
    moment = clock.machine_now() + timedelta(**time)
    monkeypatch.setattr(clock, "machine_now", lambda: moment)


def test_a_mail_is_sent_once_in_utf_8_over_tls(server):
    queue()
    mail.send_due()
    mail.send_due()
    (sent,) = server.taken
    assert sent["To"] == "a@example.com"
    assert sent["From"] == "wuxue@example.com"
    assert sent["Subject"] == "注册申请"
    assert sent.get_content().strip() == "您好，程丽君。\n第二行"
    assert server.signed_in == ("user", "p@ss")
    assert waiting() == []


def test_nobody_adds_headers(server):
    queue(subject="注册\r\nBcc: x@evil.example", recipient="a@example.com\nCc: y@evil.example")
    mail.send_due()
    (sent,) = server.taken
    assert sent["Bcc"] is None
    assert sent["Cc"] is None


def test_a_server_that_is_down_is_tried_again_later_each_time(server, monkeypatch):
    server.is_down = True
    queue()
    for minutes in (1, 5, 15):
        mail.send_due()
        (message,) = waiting()
        assert message.last_error == "ConnectionRefusedError"
        wait = message.next_try_at - clock.machine_now()
        assert timedelta(minutes=minutes, seconds=-5) < wait <= timedelta(minutes=minutes)
        later(monkeypatch, minutes=minutes, seconds=1)
    server.is_down = False
    mail.send_due()
    assert len(server.taken) == 1
    assert waiting() == []


def test_one_refused_address_does_not_hold_up_the_others(server):
    server.refuses = {"bad@example.com"}
    queue("a@example.com")
    queue("bad@example.com")
    queue("c@example.com")
    mail.send_due()
    assert [sent["To"] for sent in server.taken] == ["a@example.com", "c@example.com"]
    (message,) = waiting()
    assert message.last_error == "SMTPRecipientsRefused"


def test_it_is_given_up_in_the_end(server, monkeypatch):
    server.is_down = True
    queue()
    for _ in range(20):
        mail.send_due()
        later(monkeypatch, days=2)
    (message,) = waiting()
    assert message.tries == 9


def test_what_another_worker_is_sending_is_left_alone(server):
    queue()
    assert len(mail._take()) == 1
    mail.send_due()
    assert server.taken == []


def test_a_worker_that_died_gives_its_mail_back(server, monkeypatch):
    queue()
    mail._take()
    later(monkeypatch, minutes=5, seconds=1)
    mail.send_due()
    assert len(server.taken) == 1


def test_the_text_is_sealed_in_the_database():
    queue(body="链接 https://example.com/activate/secret")
    assert "secret" not in waiting()[0].body_sealed


class TestWithoutServer:
    @pytest.fixture
    def settings(self, settings):
        return {name: value for name, value in settings.items() if name != "WUXUE_SMTP_URL"}

    def test_everything_stays_queued(self, server):
        queue()
        mail.send_due()
        assert [message.tries for message in waiting()] == [0]
        assert server.taken == []

"""Sends what is in the outbox: by the worker, once a minute, again and later when the mail server refuses."""

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import parse_qs, unquote, urlsplit

from flask import current_app
from sqlalchemy import select, update

from config import Settings
from models import OutboxMessage, db
from services import clock, jobs, notices
from services.transaction import transaction

_log = logging.getLogger(__name__)

_BATCH = 20
_TIMEOUT = 30
# While one worker sends, no other takes the same message; a worker that dies gives it back after this time.
_LEASE = timedelta(minutes=5)
_LATER = (1, 5, 15, 60, 180, 360, 720, 1440)  # minutes until the next try, by the number of tries made
_LOCAL = ("localhost", "127.0.0.1", "::1")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def is_configured() -> bool:
    """Whether there is a mail server; a demo usually has none, and its outbox is a page."""
    return _settings().smtp_url is not None


@jobs.every_minute
def send_due() -> None:
    """Send what is due. Without a mail server (WUXUE_SMTP_URL) everything stays where it is."""
    if not is_configured():
        return
    due = _take()
    if not due:
        return
    try:
        with _connected() as server:
            for message_id in due:
                _send(server, message_id)
    except (OSError, smtplib.SMTPException) as error:
        # The messages that were taken come up again when their lease is over.
        _log.warning("mail server unavailable: %s", type(error).__name__)
        _note_failures(due, error)


def _take() -> list[int]:
    """Lease the messages that are due, so that each is sent by one worker."""
    now = clock.machine_now()
    due = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.sent_at.is_(None),
            OutboxMessage.next_try_at <= now,
            OutboxMessage.tries < len(_LATER) + 1,
        )
        .order_by(OutboxMessage.next_try_at)
        .limit(_BATCH)
    )
    if db.session.scalar(due.limit(1)) is None:
        return []
    with transaction():
        return list(
            db.session.scalars(
                update(OutboxMessage)
                .where(
                    OutboxMessage.id.in_(list(db.session.scalars(due))),
                    OutboxMessage.sent_at.is_(None),
                    OutboxMessage.next_try_at <= now,
                )
                .values(next_try_at=now + _LEASE, tries=OutboxMessage.tries + 1)
                .returning(OutboxMessage.id)
            )
        )


@contextmanager
def _connected() -> Iterator[smtplib.SMTP]:
    """A session with the mail server of WUXUE_SMTP_URL: smtps://user:password@host:465 or smtp://host:587.

    A name and password are sent over TLS only, whose certificate is checked; the server on this machine is trusted.
    """
    url = urlsplit(_settings().smtp_url or "")
    host, context = url.hostname or "localhost", ssl.create_default_context()
    server: smtplib.SMTP
    if url.scheme == "smtps":
        server = smtplib.SMTP_SSL(host, url.port or 465, timeout=_TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(host, url.port or 25, timeout=_TIMEOUT)
    with server:
        if url.scheme != "smtps" and host not in _LOCAL:
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server


def _sender() -> str:
    """Whom the mail is from: `?from=` of the address of the server, or no-reply at the host of the site."""
    settings = _settings()
    given = parse_qs(urlsplit(settings.smtp_url or "").query).get("from")
    return given[0] if given else f"no-reply@{urlsplit(settings.base_url).hostname or 'localhost'}"


def compose(message: OutboxMessage) -> EmailMessage:
    """The e-mail as it is sent; a line break in a header is made a space, so that nobody adds headers."""
    mail = EmailMessage()
    mail["From"] = _sender()
    mail["To"] = " ".join(message.recipient.split())
    mail["Subject"] = " ".join(message.subject.split())
    mail["Date"] = formatdate(message.created_at.timestamp())
    # The same for every try: a message sent twice after a crash is shown once.
    mail["Message-ID"] = f"<{message.id}@{urlsplit(_settings().base_url).hostname or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(notices.mail_body(message))
    return mail


def _send(server: smtplib.SMTP, message_id: int) -> None:
    message = db.session.get(OutboxMessage, message_id)
    if message is None:
        return
    try:
        server.send_message(compose(message))
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
        _note_failures([message_id], error)
        return
    with transaction():
        db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == message_id)
            .values(sent_at=clock.machine_now(), last_error=None)
        )


def _note_failures(message_ids: list[int], error: Exception) -> None:
    """Try again later, each time a longer while; the error is kept without the address it names."""
    now = clock.machine_now()
    with transaction():
        waiting = select(OutboxMessage).where(OutboxMessage.id.in_(message_ids), OutboxMessage.sent_at.is_(None))
        for message in db.session.scalars(waiting).all():
            message.last_error = type(error).__name__
            message.next_try_at = now + timedelta(minutes=_LATER[min(message.tries, len(_LATER)) - 1])

"""The challenge word of a session (口令): for the board, told to the organiser only around the session (E11)."""

import hashlib
import hmac
from datetime import timedelta

from flask import current_app

from config import Settings
from domain import challenge
from models import ActivitySession
from services import clock, policies


def word_of(session: ActivitySession) -> str:
    """The word, whoever asks and whenever: for officers, and for what is shown only while `is_revealed`."""
    settings: Settings = current_app.extensions["settings"]
    return challenge.word(hmac.digest(settings.index_key, f"challenge\n{session.id}".encode(), hashlib.sha256))


def is_revealed(session: ActivitySession) -> bool:
    """Whether the organiser may see the word now: from shortly before the session until its end.

    Whoever knew it days before could take the photos then; whoever saw it afterwards could draw it in.
    """
    figure = policies.active_policy().figures.get("challenge.before_minutes")
    before = timedelta(minutes=int(figure) if figure is not None else 0)
    return session.starts_at - before <= clock.now() <= session.ends_at


def shown_word(session: ActivitySession) -> str | None:
    """The word for pages of the organiser, or None outside its time."""
    return word_of(session) if is_revealed(session) else None

"""The challenge word of a session (口令): for the board, told to the organiser only around the session (E11)."""

from datetime import timedelta

from domain import challenge
from models import ActivitySession
from services import clock, keyed_signatures, policies


def word_of(session: ActivitySession) -> str:
    """The word, whoever asks and whenever: for officers, and for what is shown only while `is_revealed`."""
    return challenge.word(keyed_signatures.digest("challenge", str(session.id)))


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

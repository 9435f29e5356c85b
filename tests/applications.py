"""The application as the tests use it: of a test's own, or one that many tests have in turn.

Making it costs a tenth of a second, its first pages and statements several times that, and both say nothing new the
second time: what differs between two tests is the database and the folder it is given.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

import config

# Those that differ from test to test and are read anew from the settings by whoever asks.
_GIVEN_TO_EACH = {"WUXUE_INSTANCE", "WUXUE_CLOCK_START"}
_EVENTS = ("before_cursor_execute", "after_cursor_execute", "before_execute", "begin", "commit", "rollback")


class Browser(FlaskClient):
    """A client whose every request has its own app context, and so its own session and its own `g`.

    Otherwise the signed-in account leaks into the next request, and a change that nobody committed looks saved.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)

    def sign_in(self, account_id: int, *, membership_id: int | None = None) -> None:
        """Be signed in from now on, as the sign-in page would have it, without the time a password takes."""
        from models import Account, db
        from services import accounts
        from services.transaction import transaction

        with self.application.app_context(), transaction():
            account = db.session.get_one(Account, account_id)
            token = accounts.begin_session(account, ip="127.0.0.1", user_agent="test", membership_id=membership_id)
        with self.session_transaction() as session:
            session["_user_id"] = token


@contextmanager
def alone(settings: Mapping[str, str]) -> Iterator[Flask]:
    """An application that a test may change as it likes: give it another route, say."""
    app = _make(settings)
    try:
        yield app
    finally:
        _let_go(app)


@contextmanager
def in_turn(settings: Mapping[str, str]) -> Iterator[Flask]:
    """The application that a test before may have had; what that one set in it is as it was.

    It has answered a request, and so refuses further routes and hooks.
    """
    from services import clock

    app = _made(frozenset(pair for pair in settings.items() if pair[0] not in _GIVEN_TO_EACH))
    configured, extended = dict(app.config), dict(app.extensions)
    given = config.load(dict(settings))
    given.instance.mkdir(parents=True, exist_ok=True)
    app.extensions.update(settings=given, clock_base=clock.start_of(given))
    engine = _engine(app)
    heard = _listeners(engine)
    try:
        yield app
        assert _listeners(engine) == heard, "the test listens to the database and never ceases to"
    finally:
        _let_go(app)
        for shared, before in ((app.config, configured), (app.extensions, extended)):
            shared.clear()
            shared.update(before)


@lru_cache(maxsize=6)
def _made(settings: frozenset[tuple[str, str]]) -> Flask:
    app = _make(dict(settings))
    address = dict(settings).get("WUXUE_BASE_URL") or "http://localhost"
    assert app.test_client().get("/livez", base_url=address).status_code == 200
    return app


def _make(settings: Mapping[str, str]) -> Flask:
    """It raises what it does not expect and asks for no token against forged forms.

    tests/house/test_access.py sees to it that no form does without the token.
    """
    # Here and not above: the tests of domain/ start without the site.
    from app import create_app

    app = create_app(dict(settings))
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    return app


def _engine(app: Flask) -> Engine:
    from models import db

    with app.app_context():
        return db.engine


def _listeners(engine: Engine) -> dict[str, int]:
    return {name: len(getattr(engine.dispatch, name)) for name in _EVENTS}


def _let_go(app: Flask) -> None:
    """No connection lives on: the database behind it is about to be another."""
    _engine(app).dispose()

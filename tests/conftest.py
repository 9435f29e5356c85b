"""What every test may ask for: a fresh database, the application on it, and a client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import services  # noqa: F401 - before a test imports openpyxl: it says which XML parser that one takes
from tests import database

# Properties are about values; how long a busy machine takes over an example says nothing.
hypothesis_settings.register_profile("of the house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("of the house")


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


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        database.open_home()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        database.close_home()


def pytest_report_header() -> str:
    return f"database: {database.ENGINE}"


@pytest.fixture
def database_url() -> Iterator[str]:
    """A database of this test alone, with what a site has before its first account: regions, calendar, policies."""
    with database.fresh() as url:
        yield url


@pytest.fixture
def durable_database_url(tmp_path: Path) -> Iterator[str]:
    """The same on a server that waits for the disk: for tests that kill processes. Slow."""
    with database.durable(tmp_path) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of the application under test; a test that needs others defines this fixture over again."""
    instance = tmp_path / "instance"
    instance.mkdir()
    return {**database.KEYS, "WUXUE_ENV": "test", "WUXUE_DATABASE_URL": database_url, "WUXUE_INSTANCE": str(instance)}


@pytest.fixture
def app(settings: dict[str, str]) -> Iterator[Flask]:
    """The application, which raises what it does not expect and asks for no token against forged forms.

    tests/house/test_access.py sees to it that no form does without the token.
    """
    # Here and not above: the tests of domain/ start without the web framework.
    from app import create_app
    from models import db

    app = create_app(settings)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    app.test_client_class = Browser
    yield app
    with app.app_context():
        engines = list(db.engines.values())
    for engine in engines:
        engine.dispose()


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser that nobody has signed in to; `app.test_client()` is another one."""
    return cast(Browser, app.test_client())


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    """For tests of services and queries; one that also uses `client` opens a context of its own where it needs it."""
    with app.app_context():
        yield

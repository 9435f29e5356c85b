"""What every test may ask for: a fresh database, the application on it, and a client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import database


class Browser(FlaskClient):
    """A client whose every request has its own app context, and so its own session and its own `g`.

    Otherwise the signed-in account leaks into the next request, and a change that nobody committed looks saved.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        with self.application.app_context():
            return super().open(*args, **kwargs)


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
    """A database of this test alone: all tables, no rows but those of the migrations."""
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
    # Here and not above: the tests of domain/ start without the web framework.
    from app import create_app
    from models import db

    app = create_app(settings)
    app.test_client_class = Browser
    yield app
    with app.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()

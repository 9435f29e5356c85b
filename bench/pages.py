"""Pages against a bare Flask page under the same server: what a page costs as a multiple of what Flask itself costs.

One gunicorn (gthread, as `dev.py run` starts it) serves the site with the demo city, a second one an application of one
view that returns a string. Requests go over one connection each and take turns, so that a busy machine slows both.

    python bench/pages.py [--requests 200] [--database sqlite|postgresql+psycopg://…]
"""

import argparse
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from bench_site import ROOT, environment, table

_BARE = """
from flask import Flask

app = Flask(__name__)


@app.get("/")
def page():
    return "<!doctype html><title>a page</title><p>a page"
"""

# Who looks at which page; None is a stranger.
PAGES = (
    (None, "/", "front page"),
    (None, "/verify", "verification: ask"),
    ("jishi", "/me", "technician: the year"),
    ("jishi", "/me/entries", "technician: entries"),
    ("qianchui", "/work", "employer: what to do"),
    ("qianchui", "/staff", "employer: 50 of the staff"),
    ("qianchui", "/filings", "employer: filings"),
    ("yongkang", "/bureau", "officer: inbox"),
    ("yongkang", "/bureau/register", "officer: 50 of the register"),
)


@contextmanager
def served(target: str, folder: Path, settings: dict[str, str], port: int) -> Iterator[None]:
    """A gunicorn of one worker for `module:app`."""
    command = [sys.executable, "-m", "gunicorn", target, "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    command += ["--worker-class", "gthread", "--threads", "4", "--log-level", "error", "--no-control-socket"]
    server = subprocess.Popen(command, cwd=folder, env={**os.environ, **settings})
    try:
        for _ in range(150):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Visitor:
    """One connection and the cookie it has been given."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = ""

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, bytes]:
        headers = {"Cookie": self.cookie}
        if form is None:
            self.connection.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            self.connection.request("POST", path, urlencode(form), headers)
        answer = self.connection.getresponse()
        body = answer.read()
        for name, value in answer.getheaders():
            if name == "Set-Cookie" and value.startswith("wuxue="):
                self.cookie = value.split(";")[0]
        return answer.status, body

    def sign_in(self, login_name: str, password: str) -> None:
        _, page = self.ask("/sign-in")
        token = re.search(rb'name="csrf_token" value="([^"]+)"', page)
        if token is None:
            raise SystemExit("the sign-in page has no token")
        form = {"csrf_token": token[1].decode(), "identifier": login_name, "password": password, "next": ""}
        status, _ = self.ask("/sign-in", form)
        if status != 303:
            raise SystemExit(f"{login_name} cannot sign in: {status}")

    def time(self, path: str) -> tuple[float, int]:
        began = time.perf_counter()
        status, body = self.ask(path)
        took = time.perf_counter() - began
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        return took, len(body)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=200)
    options.add_argument("--database", default="sqlite")
    asked = options.parse_args()
    from services.demo_accounts import PASSWORD

    with environment(asked.database) as settings, tempfile.TemporaryDirectory() as folder:
        port, bare_port = free_port(), free_port()
        settings |= {"WUXUE_ENV": "demo", "WUXUE_BASE_URL": f"http://127.0.0.1:{port}"}
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app:create_app", "seed-demo"],
            cwd=ROOT, env={**os.environ, **settings}, check=True, capture_output=True,
        )  # fmt: skip
        (Path(folder) / "bare.py").write_text(_BARE)
        with (
            served("app:create_app()", ROOT, settings, port),
            served("bare:app", Path(folder), {}, bare_port),
        ):
            bare = Visitor(bare_port)
            rows, sizes = [], {}
            for login_name, path, name in PAGES:
                visitor = Visitor(port)
                if login_name is not None:
                    visitor.sign_in(login_name, PASSWORD)
                for _ in range(10):
                    visitor.time(path), bare.time("/")
                pairs = [(visitor.time(path), bare.time("/")) for _ in range(asked.requests)]
                page = statistics.median(took for (took, _), _ in pairs)
                control = statistics.median(took for _, (took, _) in pairs)
                sizes[name] = pairs[0][0][1]
                rows.append((name, page, f"{page / control:6.1f} bare pages   {sizes[name] / 1000:6.1f} kB"))
            print(f"{asked.requests} requests a page, medians; the bare page took {control * 1000:.2f} ms")
            print(table(rows))
            largest = max(sizes.values())
            print(f"largest page {largest / 1000:.0f} kB")


if __name__ == "__main__":
    main()

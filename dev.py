"""The two set-up commands: `python3 dev.py run` and `python3 dev.py test`; and the small verbs around them.

Standard library only, for it runs before anything is installed. Every step is skipped when its result is there.
"""

from __future__ import annotations

import argparse
import ctypes.util
import hashlib
import http.client
import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / ".installed"
LOCKS = {"run": ["requirements.txt"], "test": ["requirements.txt", "requirements-dev.txt"]}

# What comes from the system, each with the test that it is there and its Debian and Homebrew packages.
LIBRARIES = ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
KEYS = ("WUXUE_SECRET_KEY", "WUXUE_FIELD_KEY", "WUXUE_INDEX_KEY")
# Of what is wrong, so many lines stand at the end of `dev.py test`; all of them are further up.
MOST_LINES = 40
MOST_PROCESSES = 4
PDF_TOOLS = ("pdftotext", "pdftoppm", "pdffonts")


def main() -> int:
    if sys.version_info < (3, 11):  # noqa: UP036 - this is the file that says so to an older Python
        stop(f"This program needs Python 3.11 or newer; this is {platform.python_version()}.")
    if os.name != "posix":
        stop("This script needs Linux or macOS. On Windows, run it inside WSL.")
    options = parse()
    os.chdir(ROOT)
    try:
        return VERBS[options.verb](options)
    except KeyboardInterrupt:
        return 130


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py", description="Set up, run and check the program.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    run = verbs.add_parser("run", help="open the site with demo data, worker included")
    run.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    run.add_argument("--port", type=int, default=5000, help="port to listen on (default: 5000)")
    test = verbs.add_parser("test", help="every check: style, types, templates, and the tests on both databases")
    test.add_argument("--database", choices=["sqlite", "postgresql"], help="run the tests on this one only")
    test.add_argument("arguments", nargs="*", help="after --: arguments for pytest; style and types are then left out")
    flask = verbs.add_parser("flask", help="a flask command in the environment of `run`: dev.py flask routes")
    flask.add_argument("arguments", nargs=argparse.REMAINDER)
    setup = verbs.add_parser("setup", help="install what `run` needs, or with --test what `test` needs, and stop")
    setup.add_argument("--test", action="store_true")
    lock = verbs.add_parser("lock", help="write requirements*.txt anew from requirements*.in")
    lock.add_argument("arguments", nargs="*", help="after --: arguments for uv, as --upgrade-package NAME")
    return parser.parse_args()


# --- the verbs -------------------------------------------------------------------------------------------------------


def run(options: argparse.Namespace) -> int:
    refuse_taken_port(options.host, options.port)
    install("run")
    address = f"{bracketed(options.host)}:{options.port}"
    # The address in activation links and QR codes; to reach the site under another name, set it beforehand.
    environment = {"WUXUE_BASE_URL": f"http://{address}", **demo_environment()}
    say("Bringing the database up to date")
    flask("db", "upgrade", env=environment)
    flask("seed", env=environment)
    say("Filling an empty database with the demo city (the first time takes a while)")
    flask("seed-demo", env=environment)
    # gunicorn's control socket would be in the home folder, where two copies of the program fight over it.
    web = f"gunicorn app:create_app() --bind {address} --workers 2 --worker-class gthread --threads 4"
    worker = "huey_consumer worker.huey -w 1 -k process -d 0.1 -m 0.5 --quiet"
    children: dict[str, subprocess.Popen[bytes]] = {}
    turn_signals_into_interrupts()
    try:
        children["web server"] = start(f"{web} --no-control-socket --log-level warning", environment)
        children["worker"] = start(worker, environment)
        await_answer(options.host, options.port, children)
        flask("demo", "accounts", env=environment)
        say(f"Open http://{address}   (Ctrl-C stops it)")
        return watch(children)
    finally:
        halt(children)


def test(options: argparse.Namespace) -> int:
    install("test")
    # All of them run, so that one look shows everything that is wrong.
    outcomes = [] if options.arguments else check_sources()
    for database in [options.database] if options.database else ["sqlite", "postgresql"]:
        outcomes.append(check_behaviour(database, options.arguments))
    # Once more and last: of a long log, many a reader is shown no more than the end.
    say("What came out")
    for outcome in outcomes:
        say(f"{outcome.name}: {'ok' if outcome.ok else 'FAILED'} after {outcome.seconds:.0f} s{outcome.counts}")
        print("".join(f"    {line}\n" for line in outcome.failures), end="", flush=True)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


def run_flask(options: argparse.Namespace) -> int:
    install("run")
    return flask(*options.arguments, env=demo_environment(), check=False)


def setup(options: argparse.Namespace) -> int:
    install("test" if options.test else "run")
    demo_environment()
    return 0


def lock(options: argparse.Namespace) -> int:
    install("test")
    for name in ("requirements", "requirements-dev"):
        how = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header"]
        command = [str(VENV / "bin" / "uv"), "pip", "compile", "--quiet", *how, f"{name}.in", "-o", f"{name}.txt"]
        subprocess.run([*command, *options.arguments], check=True)
    return 0


VERBS = {"run": run, "test": test, "flask": run_flask, "setup": setup, "lock": lock}


# --- the checks ------------------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """How a check ended; `failures` are the lines that name what is wrong."""

    name: str
    ok: bool
    seconds: float
    counts: str = ""
    failures: Sequence[str] = ()


def check_sources() -> list[Outcome]:
    """Style, types and templates, two at a time: each of them uses one core."""
    checks = {
        "mypy": ["mypy"],
        "djlint": ["djlint", "--lint", "templates", "--quiet"],
        "ruff check": ["ruff", "check", "."],
        "ruff format": ["ruff", "format", "--check", "."],
    }

    def check(name: str) -> tuple[Outcome, str]:
        began = time.monotonic()
        command = [str(VENV / "bin" / checks[name][0]), *checks[name][1:]]
        out, err = subprocess.PIPE, subprocess.STDOUT
        done = subprocess.run(command, env=child_environment(), stdout=out, stderr=err, text=True)
        failures = done.stdout.strip().splitlines()[-MOST_LINES:] if done.returncode else []
        return Outcome(name, done.returncode == 0, time.monotonic() - began, failures=failures), done.stdout

    say("Checking " + ", ".join(checks))
    outcomes = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome, said in pool.map(check, checks):
            print(said, end="")
            say(f"{outcome.name}: {'ok' if outcome.ok else 'FAILED'} after {outcome.seconds:.0f} s")
            outcomes.append(outcome)
    return outcomes


def check_behaviour(database: str, arguments: list[str]) -> Outcome:
    """The tests on one database; all of them, or what the arguments name."""
    name = f"pytest on {database}"
    say(name)
    began = time.monotonic()
    # Tests of one group share what is made once for them, and so one process.
    everything = ["--numprocesses", str(max(2, min(os.cpu_count() or 2, MOST_PROCESSES))), "--dist", "loadgroup"]
    with tempfile.TemporaryDirectory() as folder:
        # tests/conftest.py writes it.
        summary = Path(folder, "summary")
        environment = {"WUXUE_TEST_DATABASE": database, "WUXUE_TEST_SUMMARY": str(summary)}
        command = [str(VENV / "bin" / "pytest"), *(arguments or everything)]
        code = subprocess.run(command, env={**child_environment(), **environment}).returncode
        lines = summary.read_text("utf-8").splitlines() if summary.exists() else [f"ended early, exit code {code}"]
    seconds = time.monotonic() - began
    return Outcome(name, code == 0, seconds, counts=f": {lines[0]}", failures=lines[1:][:MOST_LINES])


# --- setting up ------------------------------------------------------------------------------------------------------


def install(purpose: str) -> None:
    """What the system must hold, then the virtual environment."""
    system_packages(purpose)
    interpreter = VENV / "bin" / "python"
    present = STAMP.read_text().splitlines() if STAMP.exists() else [str(VENV)]
    # Its programs name the folder they were installed in, and the Python it was made from may be gone.
    works = interpreter.exists() and subprocess.run([interpreter, "-c", ""], capture_output=True).returncode == 0
    if not works or str(VENV) not in present:
        say("Making the virtual environment .venv")
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)
        present = []
    wanted = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in LOCKS[purpose]}
    if not set(wanted.values()) <= set(present):
        say("Installing " + " and ".join(wanted))
        command = [str(interpreter), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        for name in wanted:
            command += ["--require-hashes", "-r", name]
        if subprocess.run(command).returncode != 0:
            stop("pip could not install the locked packages; its own message stands above.")
        STAMP.write_text("\n".join([str(VENV), *wanted.values()]))


def system_packages(purpose: str) -> None:
    missing = missing_parts(purpose)
    if not missing:
        return
    if sys.platform == "darwin":
        stop("Please run: brew install " + " ".join(sorted({part[1] for part in missing})))
    packages = sorted({package for part in missing for package in part[0].split()})
    line = "apt-get install -y --no-install-recommends " + " ".join(packages)
    if not shutil.which("apt-get"):
        stop("Please install what these Debian packages hold, then run this again: " + " ".join(packages))
    if os.geteuid() == 0:
        prefix = []
    elif shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        prefix = ["sudo", "-n"]
    else:
        stop(f"Please run this line as root, then this command again:\n\n    {line}\n")
    say("Installing from the system's packages: " + " ".join(packages))
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], env=quiet)
    if subprocess.run([*prefix, *line.split(), "-qq"], env=quiet, stdout=subprocess.DEVNULL).returncode != 0:
        stop(f"The system's packages could not be installed. Please run this line yourself:\n\n    {line}\n")
    if still := missing_parts(purpose):
        stop("Still missing after the installation: " + " ".join(part[0] for part in still))


def missing_parts(purpose: str) -> list[tuple[str, str]]:
    """The (Debian packages, Homebrew packages) that hold what is not there yet."""
    # Homebrew's libraries are not where macOS looks for libraries.
    homebrew = [Path(folder, "lib") for folder in ("/opt/homebrew", "/usr/local")]

    def library(name: str) -> bool:
        return bool(ctypes.util.find_library(name)) or any(list(lib.glob(f"lib{name}.*dylib")) for lib in homebrew)

    missing = []
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode != 0:
        missing.append(("python3-venv", "python"))
    if not all(library(name) for name in LIBRARIES):
        missing.append(("libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0", "pango"))
    if not shutil.which("fc-list"):
        missing.append(("fontconfig", "fontconfig"))
    if purpose == "test":
        if find_browser() is None:
            missing.append(("chromium", "google-chrome"))
        if not all(shutil.which(tool) for tool in PDF_TOOLS):
            missing.append(("poppler-utils", "poppler"))
        # The second is a token of software, for what signs with a key in hardware (PKCS#11).
        tools = {"git": ("git", "git"), "softhsm2-util": ("softhsm2", "softhsm")}
        missing += [packages for tool, packages in tools.items() if not shutil.which(tool)]
    return missing


def find_browser() -> str | None:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or (str(MAC_BROWSER) if MAC_BROWSER.exists() else None)


def child_environment() -> dict[str, str]:
    environment = {**os.environ, "FLASK_APP": "app:create_app", "PYTHONUNBUFFERED": "1"}
    # Where `su` leaves root without them: the tests' PostgreSQL makes a user of its own.
    environment["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    if sys.platform == "darwin":
        environment.setdefault("DYLD_FALLBACK_LIBRARY_PATH", "/opt/homebrew/lib:/usr/local/lib:/usr/lib")
    return environment


def demo_environment() -> dict[str, str]:
    """The settings of a site that holds invented people only, with this folder's own secrets."""
    instance = Path(os.environ.get("WUXUE_INSTANCE", ROOT / "instance"))
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = child_environment()
    environment["WUXUE_INSTANCE"] = str(instance)
    environment.setdefault("WUXUE_ENV", "demo")
    environment.setdefault("WUXUE_DATABASE_URL", f"sqlite:///{instance / 'wuxue.db'}")
    environment["WUXUE_SECRETS"] = str(own_secrets(instance / "secrets.env"))
    return environment


def own_secrets(path: Path) -> Path:
    """The file of keys, made once with random ones; whoever loses it loses every encrypted field."""
    if not path.exists():
        say(f"Making random keys in {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")
        # The kind of site stands beside its keys, so that a plain `flask` command in this folder finds both.
        lines = ["WUXUE_ENV=demo\n", *(f"{name}={secrets.token_hex(32)}\n" for name in KEYS)]
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.writelines(lines)
    return path


# --- the two children ------------------------------------------------------------------------------------------------


def flask(*arguments: str, env: dict[str, str], check: bool = True) -> int:
    code = subprocess.run([VENV / "bin" / "flask", *arguments], env=env).returncode
    if check and code != 0:
        stop(f"`flask {' '.join(arguments)}` failed; its own message stands above.")
    return code


def start(command: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    program, *arguments = command.split()
    # In a session of its own, so that Ctrl-C reaches it through us alone and once.
    return subprocess.Popen([VENV / "bin" / program, *arguments], env=environment, start_new_session=True)


def watch(children: dict[str, subprocess.Popen[bytes]]) -> int:
    """Wait until one of them ends, which none should."""
    while True:
        for name, child in children.items():
            if child.poll() is not None:
                say(f"The {name} ended by itself (exit code {child.returncode}); its own message stands above.")
                return 1
        time.sleep(0.3)


def halt(children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Both finish what they are at, within ten seconds."""
    for child in children.values():
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
    for child in children.values():
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def turn_signals_into_interrupts() -> None:
    """A closed terminal or a plain `kill` ends the children too."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def refuse_taken_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            stop(f"Cannot listen on {host}, port {port}: {error.strerror}. Another one: dev.py run --port 5001")


def await_answer(host: str, port: int, children: dict[str, subprocess.Popen[bytes]]) -> None:
    """Until the site answers anything at all, a child has ended, or a minute is over."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not listened on
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and all(child.poll() is None for child in children.values()):
        connection = http.client.HTTPConnection(everywhere.get(host, host), port, timeout=30)
        try:
            connection.request("HEAD", "/")
            connection.getresponse()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def say(sentence: str) -> None:
    print(f"==> {sentence}", flush=True)


def stop(sentence: str) -> None:
    sys.exit(f"dev.py: {sentence}")


if __name__ == "__main__":
    sys.exit(main())

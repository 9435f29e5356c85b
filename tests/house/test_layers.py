"""Imports go one way, the rules know nothing of the web, and what may be done in one place only is done there."""

import sys

import pytest

from tests.house.sources import ROOT, Module, modules

# Each room, and the rooms it may import from besides itself.
MAY_IMPORT = {
    "domain": set(),
    "ids": set(),
    "config": set(),
    "tables": {"domain", "ids"},
    "models": {"tables"},
    "services": {"models", "domain", "ids", "config"},
    "forms": {"domain"},
    "views": {"forms", "services", "models", "domain", "config"},
    "cli": {"services", "models", "domain", "config"},
    "app": {"cli", "views", "forms", "services", "models", "domain", "config"},
    "worker": {"app", "services"},
    "dev": set(),
    # A script that is given away with archives: it must run anywhere, without us.
    "reference": set(),
}

# The only modules that may import a package, for what it does must have one door.
ONE_DOOR = {
    "weasyprint": {"services/pdf.py"},
    # Sealing in the one, the keys that sign papers in the others.
    "cryptography": {
        "services/crypto.py",
        "services/log_keys.py",
        "services/pades.py",
        "services/proof_tokens.py",
        "services/signing.py",
        "services/timestamps.py",
        "services/token_keys.py",
    },
    "pkcs11": {"services/token_keys.py"},
    "pyhanko": {"services/pades.py", "services/timestamps.py"},
    "argon2": {"services/accounts.py"},
    "huey": {"services/jobs.py"},
}

# Where the clock of the machine is read; everybody else asks services/clock.py or is given the time.
CLOCKS = {"services/clock.py", "app.py", "ids.py", "dev.py"}
READS_THE_CLOCK = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
)  # fmt: skip

each_module = pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)


@each_module
def test_imports_go_one_way(module: Module) -> None:
    assert module.room in MAY_IMPORT, f"a new room {module.room}: say in this test what it may import"
    rooms = {name.split(".")[0] for name in module.imported()} & set(MAY_IMPORT)
    assert rooms - {module.room} <= MAY_IMPORT[module.room]


def test_no_folder_takes_the_name_of_a_module() -> None:
    # Python would silently import the folder.
    assert [module.path for module in modules() if (ROOT / module.path.removesuffix(".py")).is_dir()] == []


@pytest.mark.parametrize("module", [m for m in modules() if m.room == "domain"], ids=lambda module: module.path)
def test_the_domain_is_the_standard_library_and_itself(module: Module) -> None:
    imported = {name.split(".")[0] for name in module.imported()} - {"domain"}
    assert imported <= sys.stdlib_module_names
    # No clock, no chance, no file, no network: a rule is a function of values.
    assert not imported & {"time", "random", "secrets", "os", "io", "pathlib", "socket", "sqlite3", "urllib", "logging"}


@each_module
def test_the_clock_is_read_in_one_place(module: Module) -> None:
    if module.path in CLOCKS:
        return
    assert [call for call in module.calls() if call[0].removeprefix("datetime.") in READS_THE_CLOCK] == []


@each_module
def test_only_the_transaction_commits(module: Module) -> None:
    if module.path == "services/transaction.py":
        return
    assert [call for call in module.calls() if call[0].endswith(("session.commit", "session.begin"))] == []


@each_module
def test_what_must_have_one_door_has_one(module: Module) -> None:
    packages = {name.split(".")[0] for name in module.imported()}
    assert [package for package in packages if module.path not in ONE_DOOR.get(package, {module.path})] == []


@each_module
def test_only_views_know_of_a_request(module: Module) -> None:
    if module.room in ("views", "app"):
        return
    web = {"flask.request", "flask.session", "flask.abort", "flask.redirect", "flask_login.current_user"}
    # Every line of the audit has the address it came from; no act need know of it for that. The one base of all forms
    # says what of a request may fill them, where Flask-WTF would take more.
    allowed = {"flask.request"} if module.path in ("services/audit.py", "forms/form.py") else set()
    assert module.imported() & web <= allowed

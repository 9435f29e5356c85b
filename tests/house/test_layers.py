"""Imports go one way, the rules know nothing of the web, and what may be done in one place only is done there."""

import sys
from typing import Any

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
        "services/sm2.py",
        "services/timestamps.py",
        "services/token_keys.py",
    },
    "pkcs11": {"services/token_keys.py"},
    "gmssl_pyx": {"services/sm2.py"},
    "pyhanko": {"services/pades.py", "services/timestamps.py"},
    "argon2": {"services/accounts.py"},
    "huey": {"services/jobs.py"},
}

# Where the clock of the machine is read; everybody else asks services/clock.py or is given the time.
CLOCKS = {"services/clock.py", "app.py", "ids.py", "dev.py"}
READS_THE_CLOCK = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "time.localtime",
)  # fmt: skip


def found(wrong: dict[str, Any]) -> dict[str, Any]:
    """The modules in which something is wrong; each test here has looked at many."""
    assert len(wrong) > 50
    return {path: faults for path, faults in wrong.items() if faults}


def test_imports_go_one_way() -> None:
    wrong = {}
    for module in modules():
        assert module.room in MAY_IMPORT, f"a new room {module.room}: say in this test what it may import"
        rooms = {name.split(".")[0] for name in module.imported} & set(MAY_IMPORT)
        wrong[module.path] = rooms - {module.room} - MAY_IMPORT[module.room]
    assert found(wrong) == {}


def test_no_folder_takes_the_name_of_a_module() -> None:
    # Python would silently import the folder.
    assert [module.path for module in modules() if (ROOT / module.path.removesuffix(".py")).is_dir()] == []


def test_the_domain_is_the_standard_library_and_itself() -> None:
    # No clock, no chance, no file, no network: a rule is a function of values.
    kept_out = {"time", "random", "secrets", "os", "io", "pathlib", "socket", "sqlite3", "urllib", "logging"}
    allowed = (sys.stdlib_module_names - kept_out) | {"domain"}
    domain = [module for module in modules() if module.room == "domain"]
    assert found({each.path: {name.split(".")[0] for name in each.imported} - allowed for each in domain}) == {}


def test_the_clock_is_read_in_one_place() -> None:
    def reads(module: Module) -> list[tuple[str, int]]:
        return [call for call in module.calls if call[0].removeprefix("datetime.") in READS_THE_CLOCK]

    assert found({module.path: reads(module) for module in modules() if module.path not in CLOCKS}) == {}


def test_only_the_transaction_commits() -> None:
    def commits(module: Module) -> list[tuple[str, int]]:
        return [call for call in module.calls if call[0].endswith(("session.commit", "session.begin"))]

    others = [module for module in modules() if module.path != "services/transaction.py"]
    assert found({module.path: commits(module) for module in others}) == {}


def test_what_must_have_one_door_has_one() -> None:
    def beside(module: Module) -> list[str]:
        packages = sorted({name.split(".")[0] for name in module.imported})
        return [package for package in packages if module.path not in ONE_DOOR.get(package, {module.path})]

    assert found({module.path: beside(module) for module in modules()}) == {}


def test_only_views_know_of_a_request() -> None:
    web = {"flask.request", "flask.session", "flask.abort", "flask.redirect", "flask_login.current_user"}
    # Every line of the audit has the address it came from; no act need know of it for that. The one base of all forms
    # says what of a request may fill them, where Flask-WTF would take more.
    allowed = {"services/audit.py": {"flask.request"}, "forms/form.py": {"flask.request"}}
    others = [module for module in modules() if module.room not in ("views", "app")]
    assert found({each.path: (each.imported & web) - allowed.get(each.path, set()) for each in others}) == {}

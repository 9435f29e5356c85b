"""The locks are those of requirements*.in, hashed, and each direct dependency has its reason on record."""

import re

import pytest

from tests.house.sources import ROOT

NAMES = ("requirements", "requirements-dev")
REASONS = ROOT / "docs" / "decisions" / "0002-dependencies.md"


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def direct(name: str) -> dict[str, str | None]:
    """The packages of a .in file, with the version where it is pinned."""
    packages: dict[str, str | None] = {}
    for line in (ROOT / f"{name}.in").read_text("utf-8").splitlines():
        if line.strip() and not line.startswith(("#", "-c")):
            package, _, version = line.strip().partition("==")
            packages[normalised(package.split("[")[0])] = version or None
    return packages


def locked(name: str) -> dict[str, set[str]]:
    """The packages of a lock, with their versions (two where they differ by platform)."""
    found: dict[str, set[str]] = {}
    text = (ROOT / f"{name}.txt").read_text("utf-8")
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, re.MULTILINE):
        found.setdefault(normalised(package), set()).add(version)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_lock_holds_what_is_asked_for(name: str) -> None:
    lock = locked(name)
    wrong = {p: v for p, v in direct(name).items() if p not in lock or (v is not None and lock[p] != {v})}
    assert wrong == {}, "run: python3 dev.py lock"


@pytest.mark.parametrize("name", NAMES)
def test_every_locked_package_has_a_hash(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text("utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 20
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_both_locks_agree() -> None:
    run, check = locked("requirements"), locked("requirements-dev")
    assert {package for package in run.keys() & check.keys() if run[package] != check[package]} == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_dependency_has_its_reason(name: str) -> None:
    reasons = {normalised(found) for found in re.findall(r"^\| `([^`]+)`", REASONS.read_text("utf-8"), re.MULTILINE)}
    assert set(direct(name)) - reasons == set()


def test_no_reason_is_given_for_what_is_gone() -> None:
    reasons = {normalised(found) for found in re.findall(r"^\| `([^`]+)`", REASONS.read_text("utf-8"), re.MULTILINE)}
    assert reasons - set(direct("requirements")) - set(direct("requirements-dev")) == set()

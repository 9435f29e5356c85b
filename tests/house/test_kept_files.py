"""Nothing in the repository ties it to one machine, one registry or one key."""

import re
from pathlib import Path

import pytest

from tests.house.sources import ROOT, kept_files

# Written so that this file does not name what it forbids.
FORBIDDEN = {
    "a package registry": re.compile(
        r"(?:pypi|pythonhosted|npmjs|npmmirror|yarnpkg|unpkg|jsdelivr)\.(?:org|com|net)|(?:deb|security)\.debian\.org"
        r"|mirrors?\.[a-z0-9-]+\.(?:edu|com)",
        re.IGNORECASE,
    ),
    "a path of one machine": re.compile(r"(?<![\w./~}-])/(?:root|work|home/\w+|Users/\w+)/"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
}
# As their authors published them.
VENDORED = ("static/vendor/", "tests/vendor/")
MOST_BYTES = 16 * 1024 * 1024


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what: str) -> None:
    found = []
    for path in kept_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        if not named(path).startswith(VENDORED):
            found += [f"{named(path)}: {match[0]}" for match in FORBIDDEN[what].finditer(text)]
    assert found == []


def test_no_file_is_a_database_a_key_or_what_a_run_left_behind() -> None:
    suffixes = {".db", ".sqlite", ".sqlite3", ".log", ".pyc", ".env", ".pem", ".key", ".p12"}
    assert [named(path) for path in kept_files() if path.suffix in suffixes or "instance" in path.parts] == []


def test_no_file_is_larger_than_a_font() -> None:
    assert [named(path) for path in kept_files() if path.stat().st_size > MOST_BYTES] == []

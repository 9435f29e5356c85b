"""The documents name what exists: files, tests, settings, commands, pictures, and the tables of the ledger's grants."""

import re
from pathlib import Path

import pytest
from flask import Flask

from tests.house.sources import ROOT, kept_files

DOCUMENTS = sorted(path for path in kept_files() if path.suffix == ".md" and "vendor" not in path.parts)
GUIDES = [path for path in DOCUMENTS if path.name.startswith("README")]
ARTICLES = ROOT / "docs" / "articles.md"
IMAGES = ROOT / "docs" / "images"
MOST_IMAGE_BYTES = 150_000
# What the guides name that stands on the reader's machine or is made by running the program.
ELSEWHERE = ("/", "instance", ".venv", "wheels", "entries.csv")

_QUOTED = re.compile(r"`([^`\s]+)`")
_CODE = re.compile(r"```.*?```|^    .*?$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"")
_TEST = re.compile(r"^(tests/[\w/]+\.py)::(test_\w+)$")
_PLACE = re.compile(r"^[\w.-]+(?:/[\w.*-]+)*(?:/|\.(?:py|md|json|html|sql|conf|service|csv|txt|in|example))$")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def defined(path: Path) -> set[str]:
    """The tests of a file."""
    return set(re.findall(r"^\s*def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_document_links_to_what_is_there(document: Path) -> None:
    links = [first or second for first, second in _LINK.findall(document.read_text("utf-8"))]
    inner = [link.split("#")[0] for link in links if not link.startswith(("http://", "https://", "#"))]
    assert [link for link in inner if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_a_document_names_files_and_tests_that_are_there(document: Path) -> None:
    lost = []
    for quoted in _QUOTED.findall(document.read_text("utf-8")):
        if test := _TEST.match(quoted):
            if not (ROOT / test[1]).is_file() or test[2] not in defined(ROOT / test[1]):
                lost.append(quoted)
        elif _PLACE.match(quoted) and "/" in quoted and not quoted.startswith(ELSEWHERE):
            if "*" in quoted:
                found = list(ROOT.glob(quoted))
            else:
                found = [place for place in (ROOT / quoted, document.parent / quoted) if place.exists()]
            lost += [] if found else [quoted]
    assert lost == []


def test_what_is_lost_would_be_found() -> None:
    assert _TEST.match("tests/house/test_documents.py::test_what_is_lost_would_be_found")
    assert defined(Path(__file__)) >= {"test_what_is_lost_would_be_found"}
    for place in ("domain/roles.py", "policies/*.json", "tests/house/", "deploy/nginx.conf"):
        assert _PLACE.match(place), place


def test_every_article_has_its_row() -> None:
    rows = [line.split("|")[1].strip() for line in ARTICLES.read_text("utf-8").splitlines() if line.startswith("| ")]
    assert [row for row in rows if row.isdigit()] == [str(article) for article in range(1, 41)]


def test_what_an_article_has_is_tested() -> None:
    """An article that is said to be there names a test."""
    untested = [
        line.split("|")[1].strip()
        for line in ARTICLES.read_text("utf-8").splitlines()
        if re.match(r"\| \d+ \|", line) and line.split("|")[3].strip().startswith("有") and "::test_" not in line
    ]
    assert untested == []


def test_the_guide_explains_every_setting_and_no_other() -> None:
    program = set(re.findall(r"WUXUE_[A-Z0-9_]+", (ROOT / "config.py").read_text("utf-8")))
    guide = (ROOT / "README.zh-CN.md").read_text("utf-8")
    assert set(re.findall(r"^\| `(WUXUE_[A-Z0-9_]+)` \|", guide, re.MULTILINE)) == program
    for example in (ROOT / "deploy").glob("*.env.example"):
        assert set(re.findall(r"^(WUXUE_[A-Z0-9_]+)=", example.read_text("utf-8"), re.MULTILINE)) <= program


def test_the_examples_of_settings_hold_no_key() -> None:
    example = (ROOT / "deploy" / "secrets.env.example").read_text("utf-8")
    assert re.findall(r"^WUXUE_\w+_KEY=(.*)$", example, re.MULTILINE) == ["", "", ""]


def test_every_command_of_the_documents_exists(app: Flask) -> None:
    unknown = []
    for document in DOCUMENTS:
        code = "\n".join(_CODE.findall(document.read_text("utf-8")))
        for words in re.findall(r"\bflask ((?:[a-z][a-z-]+ ?){1,2})", code):
            first, *rest = words.split()
            command = app.cli.commands.get(first)
            if command is None and first not in ("db", "routes", "shell"):
                unknown.append(f"{named(document)}: flask {first}")
            elif rest and rest[0] not in getattr(command, "commands", {rest[0]}):
                unknown.append(f"{named(document)}: flask {words}")
    assert unknown == []


def test_pictures_are_small_and_shown() -> None:
    pictures = sorted(IMAGES.glob("*"))
    assert pictures, "tools/screenshots.py makes them"
    assert [picture.name for picture in pictures if picture.stat().st_size > MOST_IMAGE_BYTES] == []
    shown = "".join(guide.read_text("utf-8") for guide in GUIDES)
    assert [picture.name for picture in pictures if picture.name not in shown] == []


def test_the_grants_leave_out_every_table_that_is_append_only() -> None:
    migration = "".join(path.read_text("utf-8") for path in (ROOT / "migrations" / "versions").glob("*.py"))
    guarded = {table for listed in re.findall(r"_APPEND_ONLY = \(([^)]*)\)", migration) for table in _names(listed)}
    grants = (ROOT / "deploy" / "postgresql-grants.sql").read_text("utf-8")
    revoked = re.search(r"^REVOKE UPDATE, DELETE ON ([\w, ]+) FROM wuxue_web;$", grants, re.MULTILINE)
    assert revoked is not None
    assert guarded
    assert set(revoked[1].split(", ")) == guarded


def _names(listed: str) -> set[str]:
    return set(re.findall(r'"(\w+)"', listed))

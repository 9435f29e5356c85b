"""The vendored front end is byte for byte what VENDOR.md says, and nothing else lies beside it."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "static" / "vendor" / "VENDOR.md"
_ROW = re.compile(r"^\| `(?P<path>[^`]+)` \|.*\| (?P<size>\d+) \| `(?P<digest>[0-9a-f]{64})` \|$", re.MULTILINE)

ROWS = [(m["path"], int(m["size"]), m["digest"]) for m in _ROW.finditer(LIST.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("path", "size", "digest"), ROWS, ids=[row[0] for row in ROWS])
def test_a_vendored_file_is_the_one_in_the_list(path: str, size: int, digest: str) -> None:
    content = (ROOT / path).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (size, digest)


def test_every_vendored_file_is_in_the_list() -> None:
    folders = (ROOT / "static" / "vendor", ROOT / "tests" / "vendor")
    found = {str(path.relative_to(ROOT)) for folder in folders for path in folder.rglob("*") if path.is_file()}
    assert found - {"static/vendor/VENDOR.md"} == {path for path, _, _ in ROWS}


def test_the_list_names_the_four_packages() -> None:
    text = LIST.read_text(encoding="utf-8")
    for name, version in (
        ("htmx.org", "2.0.11"), ("bootstrap", "5.3.9"), ("bootstrap-icons", "1.13.2"), ("axe-core", "4.14.1"),
    ):  # fmt: skip
        assert f"| {name} | {version} |" in text


def test_every_icon_a_template_names_is_in_the_sheet() -> None:
    sheet = (ROOT / "static" / "vendor" / "icons.svg").read_text(encoding="utf-8")
    there = set(re.findall(r'<symbol id="([^"]+)"', sheet))
    templates = (path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html"))
    named = {name for text in templates for name in re.findall(r"""\bicon\(["']([a-z0-9-]+)["']""", text)}
    assert named - there == set()

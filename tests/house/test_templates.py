"""Templates hold no style and no script, and a piece is one element that names itself and what it needs."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask

from tests.house.sources import TEMPLATES

# A pair's end tag is not written for these.
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
}  # fmt: skip
# Paper and letters are never swapped into a page; what begins with _ there is a macro or a block of text.
NOT_PIECES = {"pdf", "notices", "macros"}
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)

FILES = sorted(path for path in TEMPLATES.rglob("*") if path.is_file())
PIECES = [
    path for path in FILES if path.name.startswith("_") and path.relative_to(TEMPLATES).parts[0] not in NOT_PIECES
]


def named(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


class Elements(HTMLParser):
    """The elements of a template, whatever Jinja does with them, and which of them have no parent."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.roots: list[tuple[str, dict[str, str | None]]] = []
        self.loose: list[str] = []
        self._open: list[str] = []
        # A value becomes a letter, so that an attribute keeps one; a statement becomes nothing.
        self.feed(_JINJA.sub(lambda found: "x" if found[0].startswith("{{") else "", text))
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._take(tag, attributes)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._take(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._open and data.strip():
            self.loose.append(data.strip())

    def _take(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        element = (tag, dict(attributes))
        self.all.append(element)
        if not self._open:
            self.roots.append(element)


def inline_code(text: str) -> list[str]:
    """What the page's content security policy would refuse to run or to show."""
    found = []
    for tag, attributes in Elements(text).all:
        found += [f"{tag} {name}" for name in attributes if name == "style" or name.startswith(("on", "hx-on"))]
        found += [f"{tag} {name}" for name, value in attributes.items() if (value or "").startswith("javascript:")]
        if tag == "style" or (tag == "script" and not attributes.get("src")):
            found.append(tag)
    return found


def faults(text: str) -> list[str]:
    """What is wrong with a piece."""
    elements = Elements(text)
    found = []
    if not text.startswith("{# in:"):
        found.append("the first line does not say what it needs: {# in: ... #}")
    if len(elements.roots) != 1:
        found.append(f"{len(elements.roots)} root elements")
    elif "id" not in elements.roots[0][1]:
        found.append("the root element has no id")
    if elements.loose:
        found.append(f"text beside the root element: {elements.loose}")
    return found


def test_a_template_ends_in_html() -> None:
    # Jinja escapes what is put into these, and only these.
    assert [named(path) for path in FILES if path.suffix != ".html"] == []
    assert len(FILES) > 100


def test_a_template_has_no_style_and_no_script_of_its_own() -> None:
    found = {named(path): inline_code(path.read_text("utf-8")) for path in FILES}
    assert {name: code for name, code in found.items() if code} == {}


def test_a_template_switches_no_escaping_off() -> None:
    unescaped = re.compile(r"\|\s*safe\b|autoescape\s+false")
    assert [named(path) for path in FILES if unescaped.search(path.read_text("utf-8"))] == []


def test_a_piece_says_what_it_needs_and_is_one_element_with_an_id() -> None:
    found = {named(path): faults(path.read_text("utf-8")) for path in PIECES}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert len(PIECES) > 30


def test_an_address_written_out_in_a_template_is_one_the_site_has(app: Flask) -> None:
    addresses = app.url_map.bind("localhost")
    unknown = []
    for path in FILES:
        # A value may be any part of an address, so such an address is url_for's to make.
        for tag, attributes in Elements(path.read_text("utf-8")).all:
            for name, method in (("href", "GET"), ("action", (attributes.get("method") or "get").upper())):
                address = (attributes.get(name) or "").partition("?")[0].partition("#")[0]
                if address.startswith("/") and not addresses.test(address, method):
                    unknown.append(f"{named(path)}: {tag} {method} {address}")
    assert unknown == []


@pytest.mark.parametrize(
    "text",
    [
        '<p style="color: red">x</p>',
        '<button onclick="x()">x</button>',
        '<a href="javascript:x()">x</a>',
        "<script>x()</script>",
        "<style>p { color: red }</style>",
        "<p {% if x %}style='{{ y }}'{% endif %}>x</p>",
    ],
)
def test_code_in_a_template_is_found(text: str) -> None:
    assert len(inline_code(text)) == 1


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('{# in: x #}\n<div id="a"><p>x<br></div>\n', 0),
        ('{# in: x #}\n{% if x %}<div id="a">{{ "<p>" }}</div>{% endif %}\n', 0),
        ('<div id="a"></div>', 1),
        ("{# in: x #}\n<div></div>", 1),
        ('{# in: x #}\n<div id="a"></div><div id="b"></div>', 1),
        ('{# in: x #}\nx<div id="a"></div>', 1),
        ("{# in: x #}\nx", 2),
    ],
)
def test_a_fault_in_a_piece_is_found(text: str, wrong: int) -> None:
    assert len(faults(text)) == wrong


def test_a_piece_that_asks_for_itself_keeps_its_target_from_what_is_in_it() -> None:
    # Otherwise a link or a button inside puts the whole next page into the piece.
    inherited = [
        (named(path), tag)
        for path in FILES
        for tag, attributes in Elements(path.read_text()).all
        if attributes.get("hx-target") == "this"
        and (attributes.get("hx-trigger") or "").startswith("every")
        and attributes.get("hx-disinherit") != "hx-target hx-swap"
    ]
    assert inherited == []

"""The forms that stand on the pages of a walk: where they lead, and what a browser would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

from tests.views.walk import Visit

_TEXTS = ("text", "search", "email", "tel", "url", "number", "password", "date", "time", "textarea", "hidden", "")


@dataclass
class Field:
    """One control of a form; `label` is all that names it."""

    name: str
    kind: str
    value: str = ""
    label: str = ""
    sent: bool = True


@dataclass
class Form:
    """A form as it stands on a page."""

    method: str
    action: str
    fields: list[Field] = field(default_factory=list)

    @property
    def is_text(self) -> list[Field]:
        return [each for each in self.fields if each.kind in _TEXTS]

    def data(self) -> dict[str, list[str]]:
        """What is sent when nobody touches the form."""
        found: dict[str, list[str]] = {}
        for each in self.fields:
            if each.sent and each.kind != "file":
                found.setdefault(each.name, []).append(each.value)
        return found


class _Reader(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.forms: list[Form] = []
        self.labels: dict[str, str] = {}
        self._controls: list[tuple[Field, dict[str, str]]] = []
        self._form: Form | None = None
        self._label: str | None = None
        self._select: str | None = None
        self._area: Field | None = None

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in given}
        if tag == "form":
            self._form = Form(attributes.get("method", "get").lower(), attributes.get("action") or self.address)
            self.forms.append(self._form)
        elif tag == "label":
            self._label = attributes.get("for", "")
        elif tag == "option" and self._select is not None:
            self._add(Field(self._select, "option", attributes.get("value", ""), sent="selected" in attributes), {})
        elif tag == "select":
            self._select = attributes.get("name")
        elif tag in ("input", "textarea", "button") and attributes.get("name"):
            kind = attributes.get("type", "") if tag == "input" else tag
            held = kind not in ("checkbox", "radio", "button", "submit") or "checked" in attributes
            control = Field(attributes["name"], kind, attributes.get("value", ""), sent=held)
            self._add(control, attributes)
            self._area = control if tag == "textarea" else None

    def _add(self, control: Field, attributes: dict[str, str]) -> None:
        if self._form is not None:
            self._form.fields.append(control)
            self._controls.append((control, attributes))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "label":
            self._label = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, text: str) -> None:
        if self._label is not None:
            self.labels[self._label] = self.labels.get(self._label, "") + text.strip()
        if self._area is not None:
            self._area.value += text

    def close(self) -> None:
        super().close()
        for control, attributes in self._controls:
            named = (attributes.get("aria-label", ""), attributes.get("placeholder", ""))
            control.label = " ".join((self.labels.get(attributes.get("id", ""), ""), *named)).strip()


def forms_of(visit: Visit) -> list[Form]:
    """Every form of the page."""
    reader = _Reader(visit.url)
    reader.feed(visit.text)
    reader.close()
    return reader.forms


def endpoint_of(app: Flask, form: Form) -> tuple[str, dict[str, Any]] | None:
    """The view a form leads to, with the values in its address."""
    adapter = app.url_map.bind("127.0.0.1")
    try:
        return adapter.match(urlsplit(form.action).path, method=form.method.upper())
    except HTTPException:
        return None


def forms_by_endpoint(app: Flask, visits: list[Visit]) -> dict[tuple[str, str], list[tuple[Visit, Form]]]:
    """(method, endpoint) -> the forms that lead there, one for each page and role they stand on."""
    found: dict[tuple[str, str], list[tuple[Visit, Form]]] = {}
    seen = set()
    for visit in visits:
        if not visit.is_page or (visit.who, visit.endpoint, len(visit.body)) in seen:
            continue
        seen.add((visit.who, visit.endpoint, len(visit.body)))
        for form in forms_of(visit):
            target = endpoint_of(app, form)
            if target is not None:
                found.setdefault((form.method.upper(), target[0]), []).append((visit, form))
    return found

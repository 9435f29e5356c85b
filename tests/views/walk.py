"""Walking the routes: every address of every rule, what each answer wrote, and what is wrong with an answer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any, ClassVar

import sqlalchemy as sa
from flask import Flask, has_request_context, request
from werkzeug.datastructures import Headers, ImmutableMultiDict
from werkzeug.routing import Rule

from domain.roles import Permission, Role, can
from models import db
from tests.views.world import Site, World, fingerprints, sign_in_as, values
from views.access import ANYONE

READS = {"GET", "HEAD", "OPTIONS"}
# What a look or a refusal may write: the trail itself, the time a session was used last, the counters of failures, and
# for the person looked at, that somebody did.
TRAIL = frozenset({"audit_event", "user_session", "sign_in_attempt", "record_look", "proof_check"})

_MOST = 12
_WRITING = re.compile(r"\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)


def rules(app: Flask) -> list[Rule]:
    """The rules of the site's own views."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def access_of(app: Flask, rule: Rule) -> Any:
    return getattr(app.view_functions[rule.endpoint], "access", None)


def acts(rule: Rule) -> list[str]:
    return sorted((rule.methods or set()) - READS)


def may(role: Role, access: Any) -> bool:
    """What the table of grants says of a role and a view that is not public."""
    return not isinstance(access, Permission) or can(role, access)


def addresses(rule: Rule, world: World, most: int = _MOST) -> list[str]:
    """Addresses of this rule about things of the world, spread over all there are. Needs an app context."""
    names = sorted(rule.arguments)
    choices = list(product(*(values(world, name, rule.endpoint.split(".")[0]) for name in names)))
    step = max(1, -(-len(choices) // most))
    built = (rule.build(dict(zip(names, choice, strict=True))) for choice in choices[::step])
    return [found[1] for found in built if found is not None]


@dataclass
class Visit:
    """One request and its answer; `wrote` are the tables in which its committed statements wrote."""

    who: str
    method: str
    endpoint: str
    url: str
    status: int = 500
    headers: Any = field(default_factory=Headers)
    body: bytes = b""
    wrote: set[str] = field(default_factory=set)
    error: Exception | None = None

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def is_page(self) -> bool:
        return self.headers.get("Content-Type", "").startswith("text/html")

    def __str__(self) -> str:
        failed = f" {type(self.error).__name__}: {str(self.error)[:200]}" if self.error else ""
        return f"{self.who}: {self.method} {self.url[:120]} ({self.endpoint}) -> {self.status}{failed}"


@dataclass
class Walker:
    """Sends requests, keeps the visits."""

    app: Flask
    visits: list[Visit] = field(default_factory=list)
    _wrote: set[str] = field(default_factory=set)

    def go(self, client: Any, who: str, rule: Rule, method: str, url: str, **sent: Any) -> Visit:
        """One request, without following where it leads."""
        self._wrote.clear()
        visit = Visit(who=who, method=method, endpoint=rule.endpoint, url=url)
        try:
            answer = client.open(url, method=method, **sent)
            visit.status, visit.headers, visit.body = answer.status_code, answer.headers, answer.get_data()
        except Exception as error:
            # The application under test raises what it does not expect: to a visitor, this is a 500.
            visit.error = error
        visit.wrote = set(self._wrote)
        self.visits.append(visit)
        return visit

    @contextmanager
    def watching(self) -> Iterator["Walker"]:
        """Note into which tables committed transactions write, whoever writes."""
        with self.app.app_context():
            engine = db.engine
        pending: dict[int, set[str]] = {}

        def statement(connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
            if written := _WRITING.match(sql):
                pending.setdefault(id(connection.connection.dbapi_connection), set()).add(written[1].lower())

        def commit(connection: Any) -> None:
            self._wrote |= pending.pop(id(connection.connection.dbapi_connection), set())

        def rollback(connection: Any) -> None:
            pending.pop(id(connection.connection.dbapi_connection), None)

        listeners = {"before_cursor_execute": statement, "commit": commit, "rollback": rollback}
        for name, listener in listeners.items():
            sa.event.listen(engine, name, listener)
        try:
            yield self
        finally:
            for name, listener in listeners.items():
                sa.event.remove(engine, name, listener)


def tour(site: Site) -> list[Visit]:
    """Every role looks at everything of world A it may look at, and a stranger at what is public.

    `site.touched` are the tables that are not the same afterwards: something may write that is not seen to.
    """
    walker = Walker(site.app)
    with site.app.app_context():
        before = fingerprints(but=TRAIL)
    with walker.watching():
        for role in (*site.a.actors, *site.shared):
            look_around(walker, sign_in_as(site, site.actor(role)), role.value, site, role)
        look_around(walker, site.app.test_client(), "stranger", site, None)
    with site.app.app_context():
        after = fingerprints(but=TRAIL)
    site.touched = {name for name in after if after[name] != before[name]}
    return walker.visits


class Listening(ImmutableMultiDict[str, str]):
    """What a request sent, noting which names the views ask for: nobody has to list them."""

    asked: ClassVar[dict[str, set[str]]] = {}

    def _note(self, name: object) -> None:
        if isinstance(name, str) and has_request_context() and request.endpoint:
            self.asked.setdefault(request.endpoint, set()).add(name)

    def __contains__(self, name: object) -> bool:
        self._note(name)
        return super().__contains__(name)

    def __getitem__(self, name: str) -> str:
        self._note(name)
        return super().__getitem__(name)

    def get(self, name: str, *arguments: Any, **named: Any) -> Any:
        self._note(name)
        return super().get(name, *arguments, **named)

    def getlist(self, name: str, *arguments: Any, **named: Any) -> Any:
        self._note(name)
        return super().getlist(name, *arguments, **named)


def listen(app: Flask) -> None:
    """Let the application note what its views ask of a request."""
    app.request_class = type("ListeningRequest", (app.request_class,), {"parameter_storage_class": Listening})


def look_around(walker: Walker, client: Any, who: str, site: Site, role: Role | None) -> None:
    """GET every address of world A that the role may ask for."""
    for rule in rules(site.app):
        access = access_of(site.app, rule)
        if access == ANYONE:
            # One of those who are signed in stands for the others.
            invited = role is None or role is Role.EMPLOYER_CLERK
        else:
            invited = role is not None and may(role, access)
        if "GET" not in (rule.methods or ()) or not invited:
            continue
        with site.app.app_context():
            urls = addresses(rule, site.a)
        for url in urls:
            walker.go(client, who, rule, "GET", url)


# --- what may be wrong with an answer ---------------------------------------------------------------------------------

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def missing_headers(visit: Visit) -> list[str]:
    """The headers every answer carries (ASVS 3.4) that this one does not."""
    wrong = [name for name, value in _HEADERS.items() if visit.headers.get(name) != value]
    policy = visit.headers.get("Content-Security-Policy", "")
    if visit.url == "/verify/offline-reader.js":
        # The thread that reads codes compiles its decoder, and is no page.
        policy = policy.replace(" 'wasm-unsafe-eval'", "")
    if "default-src 'none'" not in policy or "unsafe" in policy:
        wrong.append("Content-Security-Policy")
    told = visit.body and not visit.headers.get("Content-Type", "").startswith("application/json")
    if visit.who != "stranger" and told and visit.headers.get("Cache-Control") != "no-store":
        wrong.append("Cache-Control")
    if visit.headers.get("Access-Control-Allow-Origin"):
        wrong.append("Access-Control-Allow-Origin")
    if visit.body and "charset=utf-8" not in visit.headers.get("Content-Type", "") and visit.is_page:
        wrong.append("Content-Type")
    return wrong


def leaks(visit: Visit, marks: set[str]) -> list[str]:
    """What of these strings the answer holds, body or headers, that was not in the question."""
    whole = visit.text + "\n" + str(visit.headers)
    return sorted(mark for mark in marks if mark in whole and mark not in visit.url)

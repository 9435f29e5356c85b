"""Whatever is sent to whichever route, the answer is a refusal in words or a page: never an error, never half an act.

The names a view reads are learnt from the forms on the pages and from the requests themselves; see walk.Listening.
"""

import io
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import pytest
from werkzeug.routing import IntegerConverter, Rule

from domain.roles import Role
from tests.views import walk, world
from tests.views.forms_found import Form, forms_by_endpoint
from tests.views.walk import TRAIL, Visit, Walker
from tests.views.world import Site
from views.access import ANYONE

# All of them look at the two worlds, which are built and walked once.
pytestmark = pytest.mark.xdist_group("worlds")

# A link bears a number of wrong tries: that counter moves when somebody is refused.
COUNTERS = TRAIL | {"activation_link"}
WORDS = (
    "",
    " ",
    "-1",
    "0",
    "99999999999999999999999",
    "1e309",
    "NaN",
    "٣",
    "%",
    "_\\",
    "' OR 1=1 --",
    "../../etc/passwd",
    "\u202e\u2066\u200b",
    "<img src=x onerror=1>{{7*7}}${7*7}",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "24:61",
    "𠀀" * 200,
    "a\r\nBcc: x@example.com",
    "A" * 10_000,
)
# In an address: the same, with what an address can and a form cannot be.
PLACES = ("%00", "%25", "..%2f..", "%ff%fe", "0", "%E2%80%AE", "x" * 2_000)
NUMBERS = ("0", "-1", "9223372036854775807", "9223372036854775808", "1" * 400)
ROUNDS = 3


def sender(site: Site, rule: Rule, clients: dict[str, Any]) -> tuple[str, Any]:
    """Somebody who may call the view; one browser for each role."""
    access = walk.access_of(site.app, rule)
    role = None
    if access != ANYONE:
        able = (Role.EMPLOYER_CLERK, Role.EMPLOYER_MANAGER, Role.COUNTY_OFFICER, Role.CITY_OFFICER, *Role)
        role = next(role for role in able if walk.may(role, access))
    if role is None:
        return "stranger", site.app.test_client()
    if role.value not in clients:
        clients[role.value] = world.sign_in_as(site, site.actor(role))
    return role.value, clients[role.value]


def twisted(names: list[str], given: dict[str, list[str]], turn: int) -> dict[str, list[str]]:
    """What a browser would send, with every third value replaced by a bad one; another third in each round."""
    bad = islice(cycle(WORDS), turn * 5, None)
    sent = {}
    for place, name in enumerate(names):
        sent[name] = [next(bad)] if (place + turn) % 3 == 0 or not given.get(name) else given[name]
    return sent


def attempts(rule: Rule, method: str, names: list[str], given: dict[str, list[str]]) -> Iterator[dict[str, Any]]:
    """The bad requests one view gets."""
    kind = "query_string" if method == "GET" else "data"
    for turn in range(ROUNDS):
        yield {kind: twisted(names, given, turn)}
    yield {kind: {name: ["1", "x", "1"] for name in names}}
    if method == "GET":
        return
    yield {"data": {}}
    yield {"data": {name: (io.BytesIO(b"PK\x03\x04"), "\u202e.xlsx") for name in names}}
    yield {"data": {**given, **{name: ["A" * 990_000] for name in names[:1]}}}
    yield {"data": b'{"a": 1', "content_type": "application/json"}
    yield {"data": b"--x\r\n", "content_type": "multipart/form-data; boundary=x"}


def bombard(site: Site, visits: list[Visit]) -> list[Visit]:
    """Every view, in its own words and in bad ones."""
    walker = Walker(site.app)
    forms: dict[tuple[str, str], list[tuple[Visit, Form]]] = forms_by_endpoint(site.app, visits)
    clients: dict[str, Any] = {}
    with walker.watching():
        for rule in walk.rules(site.app):
            # Signing out leaves nobody to send the rest.
            if rule.endpoint == "account.sign_out":
                continue
            for method in (*(["GET"] if "GET" in (rule.methods or ()) else []), *walk.acts(rule)):
                who, client = sender(site, rule, clients)
                found = forms.get((method, rule.endpoint), [])
                given = found[0][1].data() if found else {}
                with site.app.app_context():
                    urls = walk.addresses(rule, site.a, most=2)
                if urls:
                    walker.go(client, who, rule, method, urls[-1])
                asked = walk.Listening.asked.get(rule.endpoint, set())
                names = sorted({each.name for _, form in found for each in form.fields} | asked - {"csrf_token"})
                for url in urls[-1:]:
                    for sent in attempts(rule, method, names, given):
                        walker.go(client, who, rule, method, url, **sent)
                for url in strange_addresses(site, rule):
                    walker.go(client, who, rule, method, url)
    return walker.visits


def strange_addresses(site: Site, rule: Rule) -> Iterator[str]:
    """The addresses of the rule with one of their parts replaced."""
    with site.app.app_context():
        blueprint = rule.endpoint.split(".")[0]
        # What was sent before may have taken the last one away.
        given = {name: str((world.values(site.a, name, blueprint) or [1])[0]) for name in rule.arguments}
    for name, converter in rule._converters.items():
        for strange in NUMBERS if isinstance(converter, IntegerConverter) else PLACES:
            parts = {**given, name: strange}
            yield "".join(parts[part] if is_dynamic else part for is_dynamic, part in rule._trace[1:])


@pytest.fixture
def answers(spare_site: Site, visits: list[Visit]) -> list[Visit]:
    return bombard(spare_site, visits)


def test_bad_input_is_refused_and_changes_nothing(answers: list[Visit]) -> None:
    failed = [str(visit) for visit in answers if visit.status >= 500]
    assert "\n".join(sorted(set(failed))) == ""
    half_done = [f"{visit} {visit.wrote}" for visit in answers if visit.status >= 400 and visit.wrote - COUNTERS]
    assert half_done[:20] == []
    assert len(answers) > 500

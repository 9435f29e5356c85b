"""Every route against every role: who gets where, what a look changes, what of another county is seen.

Nothing here lists routes. A new one is walked as soon as it exists; only a parameter name that is new in an address has
to be explained, in tests/views/world.py.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import func, or_, select
from werkzeug.routing import IntegerConverter

from domain.roles import Permission, Role
from models import AuditEvent, Case, Organization, Proof, db
from services.transaction import transaction
from tests.views import walk, world
from tests.views.forms_found import forms_by_endpoint
from tests.views.walk import TRAIL, Visit, Walker
from tests.views.world import WORLD_ROLES, Site, World
from views.access import ANYONE, anyone, requires, signed_in

# All of them look at the two worlds, which are built and walked once.
pytestmark = pytest.mark.xdist_group("worlds")

ROLES = (*WORLD_ROLES, *world.CITY_ROLES)
# Pages that only a demo site has; tests/services and tests/browser know them.
# So is where the code of a screen leads: its address opens in the browser that scanned it and in no other.
NOT_HERE = {"demo.outbox", "demo.clock", "check_in.arrive"}
PERSONAL = re.compile(r"身份证|证件号|手机|电话号|id_?number|phone|mobile|idcard", re.IGNORECASE)


def told(wrong: list[Any]) -> list[str]:
    return [str(each) for each in wrong[:20]]


# --- who gets where ---------------------------------------------------------------------------------------------------


def test_every_page_is_seen_by_somebody(site: Site, visits: list[Visit]) -> None:
    """Otherwise the rest of this file says nothing about the page: give the worlds what it is about."""
    pages = {rule.endpoint for rule in walk.rules(site.app) if "GET" in (rule.methods or ())}
    reached = {visit.endpoint for visit in visits if visit.status < 400}
    assert pages - reached - NOT_HERE == set()


def test_whoever_may_ask_gets_an_answer(visits: list[Visit]) -> None:
    assert told([visit for visit in visits if visit.status >= 500 or visit.status in (401, 403)]) == []


def uninvited(site: Site, role: Role) -> Iterator[tuple[Visit, int]]:
    """Every view that is not for the role, called by it: the answer and how many denials were noted for it."""
    walker = Walker(site.app)
    client = world.sign_in_as(site, site.actor(role))
    with walker.watching():
        for rule in walk.rules(site.app):
            access = walk.access_of(site.app, rule)
            if access == ANYONE or walk.may(role, access):
                continue
            with site.app.app_context():
                urls = walk.addresses(rule, site.a, most=1)
                before = noted()
            for url in urls:
                for method in (*(["GET"] if "GET" in (rule.methods or ()) else []), *walk.acts(rule)):
                    # As htmx asks: the refusal is the same, and its page is drawn elsewhere often enough.
                    visit = walker.go(client, role.value, rule, method, url, headers={"HX-Request": "true"})
                    with site.app.app_context():
                        after = noted()
                    yield visit, after - before
                    before = after


def noted() -> int:
    return db.session.scalar(select(func.count()).where(AuditEvent.action == "access.denied")) or 0


@pytest.mark.parametrize("role", ROLES)
def test_what_is_not_granted_to_a_role_is_refused_to_it_and_noted(site: Site, role: Role) -> None:
    with site.app.app_context():
        secret = world.marks(site.a) - {site.a.label, site.a.latin}
        before = world.fingerprints(but=TRAIL)
    wrong = []
    called = 0
    for visit, denials in uninvited(site, role):
        called += 1
        allowed = {"audit_event", "user_session"}
        if visit.status != 403 or denials != 1 or visit.wrote - allowed or walk.leaks(visit, secret):
            wrong.append(visit)
    with site.app.app_context():
        assert world.fingerprints(but=TRAIL) == before
    assert told(wrong) == []
    assert called > 20


# --- what a look changes ----------------------------------------------------------------------------------------------


def test_looking_changes_nothing(visits: list[Visit]) -> None:
    assert told([(str(visit), visit.wrote) for visit in visits if visit.wrote - TRAIL]) == []


def test_after_all_looks_every_table_is_as_it_was(site: Site, visits: list[Visit]) -> None:
    """By hashes, for a trigger or another connection may write too."""
    assert visits
    assert site.touched == set()


# --- what of another county is seen -----------------------------------------------------------------------------------


def own_rows(of: World) -> dict[str, str]:
    """The rows of a world, by table: those about its organisations, people, accounts or cases. In an app context."""
    scope = {
        "organization_id": list(of.organizations.values()),
        "technician_id": list(of.people),
        "account_id": [actor.account_id for actor in of.actors.values()],
        "membership_id": [actor.membership_id for actor in of.actors.values()],
        "case_id": world.values(of, "case_id", ""),
        "filing_id": world.values(of, "filing_id", ""),
        "report_id": world.values(of, "report_id", ""),
    }
    found = {}
    for name, table in db.metadata.tables.items():
        columns = [table.c[column].in_(ids) for column, ids in scope.items() if column in table.c]
        if columns and name not in TRAIL:
            query = select(table).where(or_(*columns)).order_by(*table.primary_key.columns)
            found[name] = repr(db.session.execute(query).all())
    db.session.rollback()
    return found


def foreign(site: Site, role: Role, other: World) -> Iterator[Visit]:
    """Every view the role may call, called about things of another county, in the address and in the form."""
    walker = Walker(site.app)
    actor = site.actor(role)
    client = world.sign_in_as(site, actor)
    with site.app.app_context():
        ids = {
            name: str(world.values(other, name, "")[0])
            for name in ("technician_id", "membership_id", "filing_id", "attachment_id", "batch_id", "case_id")
        }
    with walker.watching():
        for rule in walk.rules(site.app):
            access = walk.access_of(site.app, rule)
            # A public page has its secret in the address: whoever holds it may see the page.
            if access == ANYONE or not walk.may(role, access) or not rule.arguments & set(_NAMES_THINGS):
                continue
            with site.app.app_context():
                urls = walk.addresses(rule, other, most=4)
            for url in urls:
                if "GET" in (rule.methods or ()):
                    yield walker.go(client, role.value, rule, "GET", url)
                    yield walker.go(client, role.value, rule, "GET", url, headers={"HX-Request": "true"})
                for method in walk.acts(rule):
                    yield walker.go(client, role.value, rule, method, url, data=ids)


_NAMES_THINGS = (
    *("filing_id", "case_id", "report_id", "attachment_id", "batch_id", "technician_id", "employment_id", "entry_id"),
    *("proof_id", "proof_batch_id", "membership_id", "session_id", "job_id", "notice_id", "number"),
)


def offences(found: Iterator[Visit], marks: set[str]) -> list[str]:
    """The answers that tell, do or admit something."""
    wrong = []
    for visit in found:
        admitted = visit.status < 300 or visit.status >= 500
        if admitted or walk.leaks(visit, marks) or visit.wrote - TRAIL:
            wrong.append(f"{visit} {walk.leaks(visit, marks)} {visit.wrote - TRAIL}")
    return wrong


@pytest.mark.parametrize("role", WORLD_ROLES)
def test_nothing_of_another_county_is_seen_or_moved(site: Site, role: Role) -> None:
    with site.app.app_context():
        marks, before = world.marks(site.b), own_rows(site.b)
    wrong = offences(foreign(site, role, site.b), marks)
    with site.app.app_context():
        after = own_rows(site.b)
    assert told(wrong) == []
    assert {name for name in after if after[name] != before[name]} == set()


def test_no_list_of_a_county_holds_anything_of_another(site: Site, visits: list[Visit]) -> None:
    with site.app.app_context():
        marks = world.marks(site.b)
    ours = {role.value for role in WORLD_ROLES}
    held = [visit for visit in visits if visit.who in ours and walk.leaks(visit, marks)]
    public = {rule.endpoint for rule in walk.rules(site.app) if walk.access_of(site.app, rule) == ANYONE}
    # Activities anybody may find in the calendar, listed for an employer to put its staff down.
    public.add("staff_enrolments.choose")
    assert told([visit for visit in held if visit.endpoint not in public]) == []


def test_forms_that_name_things_take_only_ones_own(site: Site, visits: list[Visit]) -> None:
    """The same for what a form carries: a membership, a person of a list."""
    with site.app.app_context():
        marks, before = world.marks(site.b), own_rows(site.b)
        known = {name: str(world.values(site.b, name, "")[0]) for name in _NAMES_THINGS if name.endswith("_id")}
    walker = Walker(site.app)
    tried = set()
    wrong = []
    with walker.watching():
        for (method, endpoint), found in forms_by_endpoint(site.app, visits).items():
            visit, form = found[0]
            names = {each.name for each in form.fields} & set(known)
            if method == "GET" or not names or visit.who == "stranger":
                continue
            tried.add(endpoint)
            client = world.sign_in_as(site, site.actor(Role(visit.who)))
            rule = next(rule for rule in walk.rules(site.app) if rule.endpoint == endpoint)
            sent = {**form.data(), **{name: known[name] for name in names}}
            answer = walker.go(client, visit.who, rule, method, form.action, data=sent)
            if answer.status < 400 or answer.wrote - TRAIL or walk.leaks(answer, marks):
                wrong.append(answer)
    with site.app.app_context():
        after = own_rows(site.b)
    assert {"staff_activation.slips"} <= tried
    assert told(wrong) == []
    assert {name for name in after if after[name] != before[name]} == set()


@pytest.mark.parametrize("role", [Role.CITY_OFFICER, Role.AUDITOR])
def test_the_city_sees_a_countys_cases_and_decides_on_none(site: Site, visits: list[Visit], role: Role) -> None:
    """Article 6, with the very form the county's officer has on the page."""
    walker = Walker(site.app)
    client = world.sign_in_as(site, site.actor(role))
    forms = [
        form
        for (method, endpoint), found in forms_by_endpoint(site.app, visits).items()
        if method == "POST" and endpoint == "bureau.decide"
        for _, form in found
    ]
    assert len(forms) >= 6
    rule = next(rule for rule in walk.rules(site.app) if rule.endpoint == "bureau.decide")
    with walker.watching():
        for form in forms:
            filled = {name: values or ["理由"] for name, values in form.data().items()}
            for name in filled:
                if name.endswith("remark"):
                    filled[name] = ["理由"]
            walker.go(client, role.value, rule, "POST", form.action, data=filled)
    assert told([visit for visit in walker.visits if visit.status < 400 or visit.wrote - TRAIL]) == []


# --- addresses and headers --------------------------------------------------------------------------------------------

# Numbers that are no ids.
_COUNTED = {"year", "position", "member"}
_WORDS = {"token", "code", "number", "key", "action", "answer", "use", "reference", "measure", "log_day"}


def test_ids_in_addresses_are_numbers_and_words_are_known(site: Site) -> None:
    wrong = []
    for rule in walk.rules(site.app):
        for name, converter in rule._converters.items():
            is_id = isinstance(converter, IntegerConverter) and name not in _COUNTED
            if is_id != name.endswith("_id") or not (is_id or name in _WORDS | _COUNTED) or PERSONAL.search(name):
                wrong.append(f"{rule} <{name}>")
    assert wrong == []


def test_no_address_can_carry_a_personal_number(site: Site, visits: list[Visit]) -> None:
    """Neither by a form that is sent by GET, nor by a name some page reads from its query."""
    wrong = [
        (visit.url, each.name, each.label)
        for (method, _), found in forms_by_endpoint(site.app, visits).items()
        for visit, form in found
        for each in form.fields
        if method == "GET" and (PERSONAL.search(each.name) or PERSONAL.search(each.label))
    ]
    assert wrong == []
    looks = {visit.endpoint for visit in visits}
    read = {(endpoint, name) for endpoint, names in walk.Listening.asked.items() for name in names if endpoint in looks}
    assert [pair for pair in read if PERSONAL.search(pair[1])] == []
    assert any(name == "page" for _, name in read)


def test_every_answer_carries_the_headers(visits: list[Visit]) -> None:
    wrong = [(str(visit), walk.missing_headers(visit)) for visit in visits if walk.missing_headers(visit)]
    assert told(wrong) == []


@pytest.mark.parametrize(
    "sent",
    [
        {"path": "/nowhere"},
        {"path": "/", "method": "PUT"},
        {"path": "/", "method": "TRACE"},
        {"path": "/", "headers": {"Host": "evil.example"}},
        {"path": "/static/site.css"},
        {"path": "/static/../app.py"},
        {"path": "/sign-in", "method": "POST", "data": {"identifier": "x" * 3_000_000}},
        {"path": "/sign-in", "method": "POST", "data": b"\xff\xfe", "content_type": "multipart/form-data"},
        {"path": "/v/x"},
        {"path": "/me"},
        {"path": "/", "headers": {"Origin": "https://evil.example"}},
    ],
)
def test_refusals_carry_the_headers_too(site: Site, sent: dict[str, Any]) -> None:
    answer = site.app.test_client().open(**sent)
    visit = Visit("stranger", sent.get("method", "GET"), "", sent["path"], answer.status_code, answer.headers)
    assert visit.status < 500
    assert walk.missing_headers(visit) == []


# --- the test of the tests --------------------------------------------------------------------------------------------


def plant(app: Flask, other: World) -> None:
    """Views as somebody might write them on a bad day."""

    @requires(Permission.FILING_READ)
    def leak(batch_id: int) -> str:
        return db.session.get_one(Organization, other.organizations["factory"]).name

    @signed_in
    def oracle(number: str) -> str:
        return "yes" if db.session.scalar(select(Proof.id).where(Proof.number == number)) else "no"

    @signed_in
    def counts_looks() -> str:
        with transaction():
            db.session.get_one(Organization, other.organizations["factory"]).address += " "
        return "seen"

    @signed_in
    def acts_for_anybody(case_id: int) -> tuple[str, int]:
        with transaction():
            db.session.get_one(Case, case_id).title = "taken"
        return "", 303

    @anyone
    def search(id_number: str) -> str:
        return id_number

    @signed_in
    def fails() -> str:
        raise ZeroDivisionError

    @signed_in
    def loosens() -> Response:
        return Response("", headers={"Content-Security-Policy": "default-src 'none'; script-src 'unsafe-inline'"})

    def silent() -> str:
        return "for whom?"

    for rule, view in (
        ("/planted/leak/<int:batch_id>", leak),
        ("/planted/oracle/<number>", oracle),
        ("/planted/counts", counts_looks),
        ("/planted/search/<id_number>", search),
        ("/planted/fails", fails),
        ("/planted/loosens", loosens),
        ("/planted/silent", silent),
    ):
        app.add_url_rule(rule, f"planted.{view.__name__}", view)
    app.add_url_rule("/planted/act/<int:case_id>", "planted.acts_for_anybody", acts_for_anybody, methods=["POST"])


def test_what_is_wrong_with_a_new_route_is_found(spare_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site = spare_site
    plant(site.app, site.b)
    every = walk.rules(site.app)
    monkeypatch.setattr(walk, "rules", lambda _app: [rule for rule in every if rule.endpoint.startswith("planted.")])
    with pytest.raises(AssertionError, match="id_number"):
        test_ids_in_addresses_are_numbers_and_words_are_known(site)
    with pytest.raises(LookupError, match="id_number"):
        walk.tour(site)
    monkeypatch.setattr(
        walk,
        "rules",
        lambda _app: [r for r in every if r.endpoint.startswith("planted.") and "search" not in r.endpoint],
    )
    visits = walk.tour(site)
    for test, found in (
        (test_whoever_may_ask_gets_an_answer, "planted.fails"),
        (test_whoever_may_ask_gets_an_answer, "planted.silent"),
        (test_looking_changes_nothing, "planted.counts_looks"),
        (test_every_answer_carries_the_headers, "planted.loosens"),
        (test_no_list_of_a_county_holds_anything_of_another, "planted.leak"),
    ):
        mine = [visit for visit in visits if visit.endpoint == found]
        assert mine
        with pytest.raises(AssertionError, match=found):
            test(*((site, mine) if test is test_no_list_of_a_county_holds_anything_of_another else (mine,)))
    with site.app.app_context():
        marks = world.marks(site.b)
    wrong = offences(foreign(site, Role.EMPLOYER_CLERK, site.b), marks)
    for found in ("planted.leak", "planted.oracle", "planted.acts_for_anybody"):
        assert found in str(wrong)
    with pytest.raises(AssertionError, match="planted"):
        test_nothing_of_another_county_is_seen_or_moved(site, Role.TECHNICIAN)

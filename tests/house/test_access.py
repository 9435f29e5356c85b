"""Every view says who may call it, and whoever may not gets nowhere."""

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

from tests.conftest import Browser
from views.access import ANYONE

READS = {"GET", "HEAD", "OPTIONS"}


def some_address(rule: Rule) -> str:
    """An address the rule matches, of something that is not there."""
    with_values = {name: 1 if isinstance(c, IntegerConverter) else "x" for name, c in rule._converters.items()}
    built = rule.build(with_values)
    assert built is not None
    return built[1]


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def test_every_view_says_who_may_call_it(app: Flask) -> None:
    silent = [n for n, view in app.view_functions.items() if n != "static" and not hasattr(view, "access")]
    assert silent == []


def test_what_reads_and_what_acts_are_two_functions(app: Flask) -> None:
    methods: dict[str, set[str]] = {}
    for rule in rules(app):
        methods.setdefault(rule.endpoint, set()).update(rule.methods or ())
    assert [name for name, both in methods.items() if "GET" in both and both - READS] == []


def test_a_stranger_gets_to_no_view_that_is_not_public(app: Flask, client: Browser) -> None:
    answered = {}
    for rule in rules(app):
        if getattr(app.view_functions[rule.endpoint], "access", None) == ANYONE:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(some_address(rule), method=method)
            if (answer.status_code, answer.headers.get("Location", "").split("?")[0]) != (303, "/sign-in"):
                answered[f"{method} {rule}"] = answer.status
    assert answered == {}


def test_no_act_is_done_without_the_token_of_our_own_forms(app: Flask, client: Browser) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    acts = [(method, rule) for rule in rules(app) for method in (rule.methods or set()) - READS]
    assert acts
    statuses = {f"{method} {rule}": client.open(some_address(rule), method=method).status_code for method, rule in acts}
    assert {act: status for act, status in statuses.items() if status != 400} == {}


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
def test_the_site_answers_under_its_own_name_only(client: Browser, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 400

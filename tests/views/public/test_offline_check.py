"""The page of the offline check brings the keys and names nobody; what checks without it leads on."""

import html
import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services import proof_tokens
from tests import proof_samples


def keys_on(page: str) -> dict[str, str]:
    start = page.index('data-keys="') + len('data-keys="')
    found: dict[str, str] = json.loads(html.unescape(page[start : page.index('"', start)]))
    return found


def test_the_page_brings_every_key_that_was_ever_used(app: Flask, client: FlaskClient) -> None:
    assert keys_on(client.get("/verify/offline").text) == {}
    with app.app_context():
        proof_tokens.address(proof_samples.facts())
        (key,) = proof_tokens.published()
    answer = client.get("/verify/offline")
    assert keys_on(answer.text) == {key.key_id: key.spki}
    assert "金华市技能人才继续教育学分证明" in answer.text
    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert "geolocation=()" in answer.headers["Permissions-Policy"]


def test_without_scripts_the_page_leads_to_the_other_check(client: FlaskClient) -> None:
    page = client.get("/verify/offline").text
    assert "<noscript>" in page
    assert 'href="/verify"' in page
    assert "/verify/offline" in client.get("/verify").text


def test_the_short_address_of_the_papers_is_the_same_page(client: FlaskClient) -> None:
    short, long = (client.get(address) for address in ("/verify/o", "/verify/offline"))
    assert short.status_code == 200
    assert short.headers["Permissions-Policy"] == long.headers["Permissions-Policy"]
    assert (keys_on(short.text), "<h1" in short.text) == (keys_on(long.text), True)


def test_only_the_thread_that_reads_codes_may_compile(client: FlaskClient) -> None:
    assert "unsafe" not in client.get("/verify/offline").headers["Content-Security-Policy"]
    with client.get("/verify/offline-reader.js") as answer:
        assert answer.mimetype == "text/javascript"
        policy = answer.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


@pytest.mark.parametrize("header", ["Content-Security-Policy", "X-Content-Type-Options"])
def test_the_worker_of_the_page_is_a_script_that_is_asked_for_anew(client: FlaskClient, header: str) -> None:
    with client.get("/verify/offline-worker.js") as answer:
        assert answer.mimetype == "text/javascript"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers[header]

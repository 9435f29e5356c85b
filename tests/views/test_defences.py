"""Defences that hold for every page: what is refused before a view meets it, and what a refusal leaves behind."""

import io
import itertools
import pickle
import re
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

import config
from domain.roles import CITY
from domain.verification_code import normalise
from models import AuditEvent, db
from tests.filing_makers import COUNTY, make_officer, make_organizer, make_submitted, shown_sha256
from tests.proof_samples import CODE

NUMBER = "330702199010010011"
REVOKED = "5G8N2TZ6QX4V7KHC9MW3RJPBDE"


@pytest.mark.parametrize("number", [2**63, 10**30, "1" * 5000, "٣", "-1", "1e3", "0x10"])
def test_a_number_that_can_be_no_id_leads_nowhere(app, client, number):
    with app.app_context():
        officer = make_officer(COUNTY)
    client.sign_in(officer.account_id)
    assert client.get(f"/bureau/cases/{number}").status_code == 404


@pytest.mark.parametrize(
    "sent",
    [
        {"path": "/v/%00"},
        {"path": "/verify?code=%00"},
        {"path": "/sign-in", "method": "POST", "data": {"identifier": "a\0b", "password": "x"}},
        {"path": "/sign-in", "method": "POST", "data": {"identifier\0": "a", "password": "x"}},
        {"path": "/sign-in", "method": "POST", "data": {"identifier": ["a", "b\0"], "password": "x"}},
        {"path": "/register", "method": "POST", "data": {"licence": (io.BytesIO(b"x"), "a\0.pdf")}},
    ],
)
def test_the_character_nul_is_refused_before_it_reaches_the_database(client, sent):
    assert client.open(**sent).status_code == 400


def test_an_error_of_the_database_does_not_tell_the_values_of_its_statement(app_context):
    with pytest.raises(DBAPIError) as failed:
        db.session.execute(text("SELECT 1 FROM nowhere WHERE number = :number"), {"number": NUMBER})
    assert NUMBER not in str(failed.value)


def denials(app):
    with app.app_context():
        return db.session.execute(
            select(AuditEvent.account_id, AuditEvent.details).where(
                AuditEvent.action == "access.denied", AuditEvent.outcome == "refused"
            )
        ).all()


def test_a_page_that_the_role_may_not_see_is_refused_and_noted(app, client):
    with app.app_context():
        clerk = make_organizer()
    client.sign_in(clerk.account_id)
    assert client.get("/bureau").status_code == 403
    assert denials(app) == [(clerk.account_id, {"endpoint": "bureau.inbox"})]


def test_an_act_on_what_lies_outside_the_scope_is_not_found_and_noted(app, client):
    with app.app_context():
        filing = make_submitted(make_organizer())
        stranger = make_organizer()
        filing_id = filing.id
    client.sign_in(stranger.account_id)
    assert client.post(f"/filings/{filing_id}/withdraw").status_code == 404
    assert denials(app) == [(stranger.account_id, {"endpoint": "filings.withdraw", "filing_id": str(filing_id)})]


def test_an_act_that_the_person_may_not_do_is_refused_and_noted(app, client):
    """The officer of the city sees the county's case and does not decide on it (art. 6)."""
    with app.app_context():
        filing = make_submitted(make_organizer())
        case_id, version, shown = filing.case_id, filing.case.version, shown_sha256(filing)
        officer = make_officer(CITY)
    client.sign_in(officer.account_id)
    answer = client.post(
        f"/bureau/cases/{case_id}/approve", data={"approve-version": version, "approve-content_sha256": shown}
    )
    assert answer.status_code == 409
    assert denials(app) == [(officer.account_id, {"endpoint": "bureau.decide", "case_id": str(case_id)})]


def test_what_was_not_signed_with_our_key_is_no_job(tmp_path, settings):
    """The queue holds pickles, which run code when they are opened."""
    from app import create_app

    demo = create_app({**settings, "WUXUE_ENV": "demo", "WUXUE_CLOCK_START": ""})
    queue = demo.extensions["queue"]
    with pytest.raises(ValueError, match="Signature"):
        queue.serializer.deserialize(pickle.dumps("anything") + b":unsigned")
    assert queue.serializer.deserialize(queue.serializer.serialize(["a job"])) == ["a job"]
    with demo.app_context():
        db.engine.dispose()


class TestProxies:
    """Whom a visitor is counted as: the socket's peer, or what the site's own proxies say."""

    @pytest.fixture
    def settings(self, settings, request):
        return {**settings, "WUXUE_PROXIES": request.param}

    @pytest.mark.parametrize(("settings", "seen"), [("", "127.0.0.1"), ("1", "198.51.100.7")], indirect=["settings"])
    def test_the_address_of_a_visitor_is_what_our_own_proxies_say(self, app, client, seen):
        with app.app_context():
            clerk = make_organizer()
        client.sign_in(clerk.account_id)
        client.get("/bureau", headers={"X-Forwarded-For": "203.0.113.1, 198.51.100.7"})
        with app.app_context():
            assert db.session.scalars(select(AuditEvent.ip).where(AuditEvent.action == "access.denied")).all() == [seen]


def test_a_number_of_proxies_that_is_none_refuses_the_start(settings):
    with pytest.raises(config.UnsafeConfiguration, match="WUXUE_PROXIES"):
        config.load({**settings, "WUXUE_PROXIES": "one"})


def test_codes_cannot_be_guessed_from_one_address_for_ever(client):
    """Wrong codes are answered some thirty times, and then with how long to wait (P-33)."""
    answers = [client.get("/v/x") for _ in range(43)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [404] * 30 + [429] * 13
    assert "输错核验码的次数过多，请在" in answers[-1].text
    assert "以后再试" in answers[-1].text
    seconds = int(answers[-1].headers["Retry-After"])
    assert 0 < seconds <= 15 * 60
    elsewhere = client.get("/v/x", environ_overrides={"REMOTE_ADDR": "198.51.100.9"})
    assert elsewhere.status_code == 404
    assert "Retry-After" not in elsewhere.headers


# Near the codes of a valid and of a revoked proof, of their form, and of none.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ANYTHING = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=300)


@st.composite
def _near(draw):
    code = draw(st.sampled_from((CODE, REVOKED)))
    place = draw(st.integers(0, len(code) - 1))
    other = draw(st.sampled_from([each for each in _ALPHABET if each != code[place]]))
    return draw(
        st.sampled_from(
            (
                f"{code[:place]}{other}{code[place + 1 :]}",
                code[:place] or "7",
                f"{code}{other}",
                code[::-1],
                f"{code}证",
            )
        )
    )


def test_whatever_is_no_code_of_ours_gets_one_answer(app, client):
    """Status, headers, text and what the database is asked are the same, near the mark and far from it (P-33)."""
    from tests.services.result_makers import make_city, make_employer, make_people

    with app.app_context():
        person = make_people(make_city(), make_employer(), 1)[0]
        issued(person)
        issued(person, code=REVOKED, number="JHJX-2", state="revoked")
        engine = db.engine
    visits, asked = itertools.count(1), []

    def note(_connection, _cursor, statement, *_others):
        asked.append(statement)

    def shape(typed):
        asked.clear()
        peer = f"2001:db8::{next(visits):x}"
        answer = client.get(f"/v/{quote(typed, safe='')}", environ_overrides={"REMOTE_ADDR": peer})
        # The page says the minute, and names its own address to whoever wants to sign in there.
        text = re.sub(r"/v/[^\"]*|\d\d?:\d\d", "", answer.text)
        headers = sorted((name, value) for name, value in answer.headers if name not in {"Date", "Content-Length"})
        return answer.status_code, headers, text, tuple(asked)

    @settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(st.one_of(_ANYTHING, _near(), st.text(_ALPHABET, min_size=26, max_size=26)))
    def one_answer(typed):
        assume(normalise(typed) not in {CODE, REVOKED} and typed not in {".", ".."})
        found = shape(typed)
        assert found == expected, typed

    event.listen(engine, "before_cursor_execute", note)
    try:
        expected = shape("7K3M9QW2XV5T8HBN4RZ6CJPDG0")
        assert expected[0] == 404
        one_answer()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert client.get(f"/v/{CODE}").status_code == 200
    assert "已被撤销" in client.get(f"/v/{REVOKED}").text


def test_right_codes_are_not_counted_and_wait_with_the_rest(app, client):
    from tests.services.result_makers import make_city, make_employer, make_people

    with app.app_context():
        code = issued(make_people(make_city(), make_employer(), 1)[0])
    assert {client.get(f"/v/{code}").status_code for _ in range(40)} == {200}
    for _ in range(31):
        client.get("/v/x")
    assert client.get(f"/v/{code}").status_code == 429


def issued(technician_id, *, code=CODE, number="JHJX-1", state="valid"):
    """The code of a proof of this person."""
    from models import PolicyVersion, Proof, ProofCode
    from services.transaction import transaction
    from tests.proof_samples import facts

    with transaction():
        now = datetime.now(UTC)
        version = db.session.scalars(select(PolicyVersion)).first()
        proof = Proof(
            technician_id=technician_id, number=number, code=code, topic=number, first_year=2026, year=2026,
            state=state, facts=facts().to_json(), facts_sha256=facts().sha256(), policy_version_id=version.id,
            issued_at=now, state_changed_at=now,
        )  # fmt: skip
        db.session.add(proof)
        db.session.flush()
        db.session.add(ProofCode(code=code, technician_id=technician_id, proof_id=proof.id))
    return code

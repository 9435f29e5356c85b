"""Transcripts and proofs for a use: asked for by their owner, repeated to strangers, replaced like any other."""

import json
from datetime import timedelta

import pytest

from domain.ledger_rules import ReversalReason
from domain.proof_facts import ProofFacts, PurposeFacts, TranscriptFacts
from domain.proof_kinds import PURPOSES, ProofKind
from domain.roles import Role
from ids import new_id
from models import CreditEntry, Proof, db
from services import clock, ledger
from services.transaction import transaction
from tests.filing_makers import make_account
from tests.services import result_makers


@pytest.fixture
def settings(settings):
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def owner(app, client):
    """The id of somebody with credits, signed in, and an officer."""
    with app.app_context():
        city, employer = result_makers.make_city(), result_makers.make_employer()
        technician_id = result_makers.make_people(city, employer, 1)[0]
        report = result_makers.make_report(city, employer, [technician_id])
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
        actor = make_account(Role.TECHNICIAN, technician_id=technician_id)
        client.sign_in(actor.account_id)
        return technician_id, city.other_officer


def the_proof(app):
    with app.app_context():
        proof = db.session.query(Proof).order_by(Proof.id.desc()).first()
        return proof, ProofFacts.from_json(proof.facts)


def test_a_transcript_holds_the_entries_of_its_years(app, client, owner):
    assert client.post("/me/proofs/transcript", data={"first": "2026", "last": "2026"}).status_code == 303
    proof, facts = the_proof(app)
    assert (proof.kind, proof.state, proof.topic, proof.first_year, proof.year) == (
        "transcript", "valid", "2026-2026", 2026, 2026,
    )  # fmt: skip
    assert isinstance(facts, TranscriptFacts)
    with app.app_context():
        entries = db.session.query(CreditEntry).filter_by(technician_id=owner[0]).all()
        assert facts.credits * 10 == sum(entry.credits_tenths for entry in entries)
    assert sum(entry.credits for year in facts.years for entry in year.entries) == facts.credits
    seen = app.test_client().get(f"/v/{proof.code}").text
    assert "历年学分登记表" in seen and "2026年度学分明细（" in seen and facts.years[0].entries[0].title in seen
    assert "历年学分登记表" in client.get("/me/proofs").text
    assert client.get(f"/me/proofs/{proof.id}.pdf").data.startswith(b"%PDF-")


def test_years_in_the_wrong_order_are_refused_at_the_field(app, client, owner):
    with app.app_context(), transaction():
        entry = db.session.query(CreditEntry).filter_by(technician_id=owner[0]).first()
        values = {column.name: getattr(entry, column.name) for column in CreditEntry.__table__.columns}
        db.session.add(CreditEntry(**{**values, "id": new_id(), "sequence": 7, "year": 2025}))
    answer = client.post("/me/proofs/transcript", data={"first": "2026", "last": "2025"})
    assert answer.status_code == 422
    assert "截止年度不能早于起始年度" in answer.text
    with app.app_context():
        assert db.session.query(Proof).count() == 0


@pytest.mark.parametrize("kind", PURPOSES)
def test_every_use_says_rule_window_and_figures_before_and_after(app, client, owner, kind):
    preview = client.get(f"/me/proofs/use/{kind.value}")
    assert preview.status_code == 200
    assert client.post(f"/me/proofs/use/{kind.value}").status_code == 303
    proof, facts = the_proof(app)
    assert isinstance(facts, PurposeFacts)
    assert (proof.kind, proof.state, facts.kind) == (kind.value, "valid", kind.value)
    seen = app.test_client().get(f"/v/{proof.code}").text
    for words in (facts.use.rule, facts.use.article, facts.use.strength, facts.window, facts.outcome_label):
        assert words and words in preview.text
        assert words in seen
    assert facts.valid_until.isoformat() in json.dumps(facts.to_dict())


def test_an_unknown_use_has_no_page(client, owner):
    assert client.get("/me/proofs/use/annual").status_code == 404
    assert client.post("/me/proofs/use/annual").status_code == 404
    assert client.get("/me/proofs/use", query_string={"use": "examiner"}).location.endswith("/use/examiner")
    assert client.get("/me/proofs/use", query_string={"use": "nonsense"}).location.endswith("/me/proofs")


def test_kinds_do_not_replace_each_other_and_one_of_a_kind_replaces_the_last(app, client, owner):
    for _ in range(2):
        client.post("/me/proofs", data={"year": "2026"})
        client.post("/me/proofs/transcript", data={"first": "2026", "last": "2026"})
        client.post("/me/proofs/use/subsidy")
    with app.app_context():
        assert sorted((proof.kind, proof.state) for proof in db.session.query(Proof)) == [
            ("annual", "valid"), ("subsidy", "valid"), ("transcript", "valid"),
        ]  # fmt: skip


def test_a_reversal_replaces_every_proof_whose_years_hold_the_entry(app, client, owner):
    technician_id, officer = owner
    client.post("/me/proofs", data={"year": "2026"})
    client.post("/me/proofs/transcript", data={"first": "2026", "last": "2026"})
    client.post("/me/proofs/use/subsidy")
    with app.app_context():
        entry = db.session.query(CreditEntry).filter_by(technician_id=technician_id).first()
        with transaction():
            ledger.reverse(entry, reason=ReversalReason.WRONG_ENTRY, remark="录入错误", actor=officer)
        codes = {proof.kind: proof.code for proof in db.session.query(Proof)}
    stranger = app.test_client()
    assert {kind: "内容已变更" in stranger.get(f"/v/{code}").text for kind, code in codes.items()} == {
        "annual": True,
        "transcript": True,
        # Its years end with 2026, the running one, which it shows.
        "subsidy": True,
    }


def test_a_proof_made_in_place_of_another_names_it(app, client, owner):
    client.post("/me/proofs/use/examiner")
    first, _ = the_proof(app)
    with app.app_context(), transaction():
        db.session.execute(db.text("UPDATE technician SET name = '新名字'"))
    client.post("/me/proofs/use/examiner")
    second, facts = the_proof(app)
    assert (facts.replaces, facts.kind) == (first.number, ProofKind.EXAMINER.value)
    seen = app.test_client().get(f"/v/{first.code}").text
    assert second.number in seen and "已被替代" in seen


def test_a_proof_for_a_use_says_when_its_time_is_over(app, client, owner):
    client.post("/me/proofs/use/examiner")
    proof, facts = the_proof(app)
    start = app.extensions["clock_base"]
    for days, over in ((30, False), (31, True)):
        with app.app_context():
            app.extensions["clock_base"] = start + timedelta(days=days)
            assert (clock.today() > facts.valid_until) is over
        assert ("使用期限已过" in app.test_client().get(f"/v/{proof.code}").text) is over

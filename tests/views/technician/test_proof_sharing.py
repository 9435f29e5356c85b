"""The owner of a proof says what strangers see of it; its state and number they always see."""

import re
from datetime import timedelta

import pytest

from domain.roles import Role
from models import AuditEvent, Proof, Technician, db
from services import clock, name_changes, proofs
from services.transaction import transaction
from tests.filing_makers import make_account, make_officer
from tests.services import result_makers


@pytest.fixture
def settings(settings):
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def owner(app, client):
    """The code and the id of a proof whose owner is signed in."""
    with app.app_context():
        city, employer = result_makers.make_city(), result_makers.make_employer()
        technician_id = result_makers.make_people(city, employer, 1)[0]
        report = result_makers.make_report(city, employer, [technician_id])
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
        actor = make_account(Role.TECHNICIAN, technician_id=technician_id)
        with transaction():
            proof, _ = proofs.request(db.session.get_one(Technician, technician_id), 2026, actor=actor)
        client.sign_in(actor.account_id)
        return proof.code, proof.id


DETAILS, RESULT = "学分明细（", "年度总学分"


def page(app, code):
    return app.test_client().get(f"/v/{code}").text


def set_share(client, proof_id, **data):
    return client.post(f"/me/proofs/{proof_id}/share", data=data)


def test_a_new_proof_is_shown_whole(app, client, owner):
    code, proof_id = owner
    assert DETAILS in page(app, code) and RESULT in page(app, code)
    assert "全部内容" in client.get(f"/me/proofs/{proof_id}/share").text


def test_the_owner_may_show_the_result_alone(app, client, owner):
    code, proof_id = owner
    assert set_share(client, proof_id, days="30", detail="result").status_code == 303
    seen = page(app, code)
    assert RESULT in seen and DETAILS not in seen and "本人只公开了结论" in seen


def test_the_owner_may_close_and_open_it_again(app, client, owner):
    code, proof_id = owner
    set_share(client, proof_id, days="0", detail="whole")
    with app.app_context():
        facts = proofs.ProofFacts.from_json(db.session.query(Proof).one().facts)
    seen = page(app, code)
    assert facts.number in seen and "有效" in seen
    for secret in (facts.person.id_masked, facts.employer, facts.conclusion, facts.entries[0].title, DETAILS):
        assert secret not in seen
    set_share(client, proof_id, days="90", detail="whole")
    assert DETAILS in page(app, code)
    with app.app_context():
        assert db.session.query(AuditEvent).filter_by(action="proof.share").count() == 2


def test_saving_another_choice_does_not_open_what_is_closed_or_prolong_what_is_open(app, client, owner):
    code, proof_id = owner

    def chosen() -> str:
        page = client.get(f"/me/proofs/{proof_id}/share").text
        return re.search(r'<input[^>]*checked[^>]*name="days"[^>]*value="(\w+)"', page)[1]

    with app.app_context():
        before = db.session.query(Proof).one().share_until
    assert chosen() == "keep"
    assert set_share(client, proof_id, days="keep", detail="result").status_code == 303
    with app.app_context():
        assert (db.session.query(Proof).one().share_until, db.session.query(Proof).one().share_detail) == (
            before, "result",
        )  # fmt: skip
    set_share(client, proof_id, days="0", detail="result")
    assert chosen() == "0"
    assert set_share(client, proof_id, days="keep", detail="whole").status_code == 422
    assert DETAILS not in page(app, code)


@pytest.mark.parametrize(("days", "detail", "shown"), [("0", "whole", "nothing"), ("30", "result", "result")])
def test_a_proof_made_anew_shows_no_more_than_the_one_it_replaces(app, client, owner, days, detail, shown):
    _, proof_id = owner
    set_share(client, proof_id, days=days, detail=detail)
    with app.app_context():
        officer, other = make_officer(), make_officer()
        person = db.session.get_one(Technician, db.session.query(Proof).one().technician_id)
        with transaction():
            name_changes.request(
                person, "新名字", "户口簿", data=result_makers.picture(1), file_name="户口簿.jpg", actor=officer
            )
        with transaction():
            name_changes.confirm(person, actor=other)
    with app.app_context():
        new = db.session.query(Proof).filter(Proof.id != proof_id).one()
        assert new.state == "valid"
        assert proofs.verify(new.code).shown.value == shown


def test_it_closes_by_itself(app, client, owner):
    code, proof_id = owner
    set_share(client, proof_id, days="30", detail="whole")
    with app.app_context():
        now = clock.now()
        for days, found in ((29, proofs.Shown.WHOLE), (31, proofs.Shown.NOTHING)):
            with clock.at(now + timedelta(days=days)):
                assert proofs.verify(code).shown is found


def test_a_revoked_proof_says_so_though_nothing_is_shared(app, client, owner):
    code, proof_id = owner
    set_share(client, proof_id, days="0", detail="whole")
    with app.app_context(), transaction():
        proofs.revoke(db.session.query(Proof).one(), "弄虚作假")
    seen = page(app, code)
    assert "已撤销" in seen and "弄虚作假" in seen and DETAILS not in seen


@pytest.mark.parametrize("sent", [{}, {"days": "31", "detail": "whole"}, {"days": "30", "detail": "nothing"}])
def test_what_nobody_offers_is_refused(app, client, owner, sent):
    code, proof_id = owner
    assert set_share(client, proof_id, **sent).status_code == 422
    assert DETAILS in page(app, code)

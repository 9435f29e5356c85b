"""Taking a proof back on the pages of the bureau: two sign-ins, and a stranger who sees it at once."""

import pytest

from domain.roles import CITY, Role
from tests.filing_makers import make_account, make_officer
from tests.services import result_makers
from tests.views.test_defences import issued

NUMBER = "JHJX-2026-00000001"


@pytest.fixture
def people(app):
    """Two officers of the city, its leader, and somebody with a proof."""
    from models import Proof, ProofNumber, db
    from services.transaction import transaction

    with app.app_context():
        code = issued(result_makers.make_people(result_makers.make_city(), result_makers.make_employer(), 1)[0])
        with transaction():
            proof = db.session.query(Proof).one()
            proof.number = NUMBER
            db.session.add(ProofNumber(number=NUMBER, technician_id=proof.technician_id, proof_id=proof.id))
        first, second = make_officer(CITY), make_officer(CITY)
        leader = make_account(Role.CITY_LEADER, region_code=CITY)
    return code, first.account_id, second.account_id, leader.account_id


def post(client, act, **data):
    return client.post(f"/bureau/proofs/{NUMBER}/{act}", data=data)


def test_it_takes_two_sign_ins(client, people):
    code, first, _, leader = people
    client.sign_in(first)
    assert post(client, "revoke", reason="").status_code == 422
    assert post(client, "revoke", reason="弄虚作假").status_code == 303
    page = client.get(f"/bureau/proofs/{NUMBER}").text
    assert "须由另一人确认后生效" in page and "同意撤销" not in page
    assert post(client, "revocation/confirm").status_code == 409
    assert "已撤销" not in client.get(f"/v/{code}").text

    client.sign_in(leader)
    assert NUMBER in client.get("/bureau/proofs").text.split("待确认的撤销申请")[1]
    assert "同意撤销" in client.get(f"/bureau/proofs/{NUMBER}").text
    assert post(client, "revocation/confirm").status_code == 303
    stranger = client.get(f"/v/{code}").text
    assert "已撤销" in stranger and "弄虚作假" in stranger and "tone-danger" in stranger
    assert post(client, "revocation/confirm").status_code == 409
    assert "申请撤销这份证明" not in client.get(f"/bureau/proofs/{NUMBER}").text


def test_declining_needs_words_and_leaves_the_proof(client, people):
    code, first, second, _ = people
    client.sign_in(first)
    post(client, "revoke", reason="怀疑有误")
    client.sign_in(second)
    refused = post(client, "revocation/decline", remark=" ")
    assert refused.status_code == 422 and "请写明不撤销的理由" in refused.text
    assert post(client, "revocation/decline", remark="经核实无误").status_code == 303
    assert "经核实无误" in client.get(f"/bureau/proofs/{NUMBER}").text
    assert "tone-success" in client.get(f"/v/{code}").text

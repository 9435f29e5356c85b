"""Proofs at the window, and what a change of name does to them."""

import io
import zipfile

import pytest

from domain.proof_facts import ProofFacts
from domain.roles import Role
from models import AuditEvent, Notice, Proof, Technician, db
from services import proofs, registry
from services.transaction import transaction
from tests.filing_makers import make_account, make_officer
from tests.services import result_makers


@pytest.fixture
def settings(settings):
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def window(app, client):
    """The address of somebody's proofs, with an officer of the person's county signed in."""
    with app.app_context():
        city, employer = result_makers.make_city(), result_makers.make_employer()
        technician_id = result_makers.make_people(city, employer, 1)[0]
        report = result_makers.make_report(city, employer, [technician_id])
        result_makers.release(report, employer)
        result_makers.credit(report, city.officer)
        make_account(Role.TECHNICIAN, technician_id=technician_id)
        client.sign_in(city.other_officer.account_id)
        return f"/bureau/register/{technician_id}/proofs"


def issue(client, window, **data):
    return client.post(window, data={"kind": "annual", "year": "2026", "basis": "present", **data})


@pytest.mark.parametrize("kind", ["annual", "transcript", "examiner"])
def test_an_officer_issues_a_proof_and_prints_it(app, client, window, kind):
    assert issue(client, window, kind=kind).status_code == 303
    with app.app_context():
        proof = db.session.query(Proof).one()
        assert (proof.kind, proof.state) == (kind, "valid")
        event = db.session.query(AuditEvent).filter_by(action="proof.counter").one()
        assert event.object_id == proof.id
        titles = [notice.title for notice in db.session.query(Notice)]
    assert proof.number in client.get(window).text
    assert client.get(f"{window}/{proof.id}.pdf").data.startswith(b"%PDF-")
    assert any("已开具" in title for title in titles)


def test_the_basis_must_be_said(app, client, window):
    answer = issue(client, window, basis="")
    assert (answer.status_code, "请选择办理依据" in answer.text) == (422, True)
    with app.app_context():
        assert db.session.query(Proof).count() == 0


@pytest.mark.parametrize("region", ["330783"])
def test_an_officer_of_another_county_finds_nobody(app, client, window, region):
    issue(client, window)
    with app.app_context():
        proof_id = db.session.query(Proof).one().id
        stranger = make_officer(region).account_id
    client.sign_in(stranger)
    answers = [
        client.get(window), issue(client, window), client.get(f"{window}/{proof_id}.pdf"),
        client.post(f"{window}/name", data={"name": "张三丰", "reason": "户口簿"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404] * 4


def test_a_new_name_gives_new_proofs_and_the_old_ones_point_to_them(app, client, window):
    for kind in ("annual", "transcript"):
        issue(client, window, kind=kind)
    with app.app_context():
        old = {proof.kind: proof for proof in db.session.query(Proof)}
        old_name = db.session.query(Technician).filter_by(id=old["annual"].technician_id).one().name
    answer = client.post(f"{window}/name", data={"name": "欧阳  晓月", "reason": "户口簿曾用名一栏"})
    assert answer.status_code == 303
    stranger = app.test_client()
    with app.app_context():
        new = {proof.kind: proof for proof in db.session.query(Proof).filter_by(state="valid")}
        assert set(new) == set(old)
        for kind, proof in new.items():
            facts = ProofFacts.from_json(proof.facts)
            assert (facts.person.name, facts.replaces) == ("欧阳晓月", old[kind].number)
            found = proofs.verify(old[kind].code)
            assert (found.proof.state, found.superseded_by) == ("superseded", proof.number)
            # What was issued stays as it was.
            assert found.facts.person.name == old_name
            assert proofs.paper(found.proof).startswith(b"%PDF-")
        event = db.session.query(AuditEvent).filter_by(action="technician.rename").one()
        assert event.object_id == old["annual"].technician_id
    assert all(new[kind].number in stranger.get(f"/v/{old[kind].code}").text for kind in old)


@pytest.mark.parametrize(("name", "words"), [("", "请填写姓名"), ("张@三", "姓名中不能有")])
def test_what_is_no_name_is_refused_at_the_field(app, client, window, name, words):
    answer = client.post(f"{window}/name", data={"name": name, "reason": "户口簿"})
    assert answer.status_code == 422
    assert words in answer.text


def test_the_same_name_or_one_that_cannot_be_printed_changes_nothing(app, client, window):
    with app.app_context():
        person = db.session.query(Technician).first()
        name, number = person.name, person.id
    assert client.post(f"{window}/name", data={"name": name, "reason": "户口簿"}).status_code == 409
    with app.app_context(), transaction():
        assert db.session.get_one(Technician, number).name == name
        assert db.session.query(AuditEvent).filter_by(action="technician.rename").count() == 0


def test_many_at_the_window_come_as_one_file(app, client, window):
    with app.app_context():
        person = db.session.query(Technician).first()
        line = f"{person.name} {registry.id_number(person)}"
    form = {"year": "2026", "people": line, "basis": "委托书 1 份"}
    refused = client.post("/bureau/register/batches", data={**form, "people": f"{line}\n李四 330784199001010000"})
    assert (refused.status_code, "第 2 行" in refused.text) == (422, True)
    answer = client.post("/bureau/register/batches", data=form)
    assert answer.status_code == 303
    page = client.get(answer.location)
    assert "已完成" in page.text and "下载压缩包（1 份）" in page.text
    packed = client.post(f"{answer.location}/zip")
    assert packed.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == 2
    with app.app_context():
        stranger = make_officer("330783").account_id
    client.sign_in(stranger)
    assert client.get(answer.location).status_code == 404

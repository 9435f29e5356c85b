"""Proofs at the window, and what a change of name does to them."""

import io
import zipfile

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from domain.proof_facts import ProofFacts
from domain.roles import Role
from models import AuditEvent, NameChange, Notice, Proof, Technician, db
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


PAPER = b"%PDF-1.4 household register"


def ask(client, window, **data):
    """The window asks for another name, with its paper."""
    file = (io.BytesIO(data.pop("data", PAPER)), "户口簿.pdf")
    form = {"name": "欧阳  晓月", "reason": "户口簿曾用名一栏", "paper": file, **data}
    return client.post(f"{window}/name", data=form, content_type="multipart/form-data")


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
        ask(client, window), client.get(f"{window}/name/paper"), client.post(f"{window}/name/confirm"),
        client.post(f"{window}/name/decline", data={"remark": "不符"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [404] * 7


def test_a_new_name_gives_new_proofs_and_the_old_ones_point_to_them(app, client, window):
    for kind in ("annual", "transcript"):
        issue(client, window, kind=kind)
    with app.app_context():
        second = make_officer().account_id
    with app.app_context():
        old = {proof.kind: proof for proof in db.session.query(Proof)}
        old_name = db.session.query(Technician).filter_by(id=old["annual"].technician_id).one().name
    assert ask(client, window).status_code == 303
    with app.app_context():
        # One person alone changes nothing, and the own request cannot be confirmed.
        assert db.session.query(Proof).filter_by(state="valid").count() == 2
    assert "收回申请" in client.get(window).text
    assert client.post(f"{window}/name/confirm").status_code == 409
    assert ask(client, window).status_code == 409
    client.sign_in(second)
    assert "欧阳晓月" in client.get("/bureau/register").text
    assert client.get(f"{window}/name/paper").data == PAPER
    assert client.post(f"{window}/name/confirm").status_code == 303
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
    answer = ask(client, window, name=name)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_paper_that_is_none_is_refused_at_the_field(app, client, window):
    for data, words in ((b"", "文件是空的"), (b"MZ not a paper", "请")):
        answer = ask(client, window, data=data)
        assert (answer.status_code, words in answer.text) == (422, True)
    without = client.post(f"{window}/name", data={"name": "欧阳晓月", "reason": "户口簿"})
    assert (without.status_code, "请上传" in without.text) == (422, True)
    with app.app_context():
        assert db.session.query(NameChange).count() == 0


def test_the_second_officer_declines_with_a_reason_and_the_person_reads_it(app, client, window):
    ask(client, window)
    with app.app_context():
        second, name = make_officer().account_id, db.session.query(Technician).first().name
    client.sign_in(second)
    assert client.post(f"{window}/name/decline", data={"remark": ""}).status_code == 422
    assert client.post(f"{window}/name/decline", data={"remark": "证明与本人不符"}).status_code == 303
    assert client.post(f"{window}/name/confirm").status_code == 409
    with app.app_context():
        assert db.session.query(Technician).first().name == name
        told = [(each.title, each.body) for each in db.session.query(Notice)]
    assert any("有人申请变更" in title and "欧阳晓月" in body for title, body in told)
    assert any("没有变更" in title and "证明与本人不符" in body for title, body in told)
    assert ask(client, window).status_code == 303


def test_the_same_person_under_another_account_is_no_second_officer(app, client, window):
    with app.app_context():
        person = make_officer()
        twin = make_account(Role.COUNTY_OFFICER, person=person.person_key, region_code=person.region_code)
    client.sign_in(person.account_id)
    ask(client, window)
    client.sign_in(twin.account_id)
    assert client.post(f"{window}/name/confirm").status_code == 409
    with app.app_context(), pytest.raises(IntegrityError), transaction():
        db.session.execute(update(NameChange).values(state="confirmed", decided_by_id=person.account_id))


def test_the_same_name_or_one_that_cannot_be_printed_changes_nothing(app, client, window):
    with app.app_context():
        person = db.session.query(Technician).first()
        name, number = person.name, person.id
    assert ask(client, window, name=name).status_code == 409
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

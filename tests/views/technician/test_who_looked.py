"""What a person learns of those who looked: who opened the record, and how often a proof was verified."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.roles import Role
from models import Organization, Proof, ProofCheck, RecordLook, db
from services import proof_checks, proofs
from tests.views import world
from tests.views.world import Site


def owner(site: Site) -> tuple[Any, int]:
    actor = site.actor(Role.TECHNICIAN)
    return world.sign_in_as(site, actor), actor.technician_id or 0


def own_proof(site: Site) -> Proof:
    """The valid proof of the technician of the first world. In an app context."""
    return next(each for each in proofs.of_technician(site.actor(Role.TECHNICIAN).technician_id or 0) if each.file_id)


def checks(site: Site) -> list[tuple[str, int]]:
    with site.app.app_context():
        proof_checks.fold()
        return [tuple(row) for row in db.session.execute(select(ProofCheck.way, ProofCheck.times))]


def test_a_person_sees_which_office_and_which_employer_opened_the_record(spare_site: Site) -> None:
    browser, technician_id = owner(spare_site)
    assert "还没有人查看过" in browser.get("/me/looks").text
    officer = world.sign_in_as(spare_site, spare_site.actor(Role.COUNTY_OFFICER))
    for _ in range(3):
        assert officer.get(f"/bureau/register/{technician_id}").status_code == 200
    clerk = world.sign_in_as(spare_site, spare_site.actor(Role.EMPLOYER_CLERK))
    assert clerk.get(f"/staff/{technician_id}").status_code == 200
    page = browser.get("/me/looks").text
    with spare_site.app.app_context():
        rows = db.session.execute(select(RecordLook.page, RecordLook.times).order_by(RecordLook.page)).all()
        employer = db.session.get_one(Organization, spare_site.actor(Role.EMPLOYER_CLERK).organization_id or 0).name
    # One line a day, an account and a page, however often it was opened.
    assert [tuple(row) for row in rows] == [("register", 3), ("staff", 1)]
    for words in ("永康市人力资源和社会保障局", "档案和学分", employer, "职工名册中的资料"):
        assert words in page


def test_who_is_refused_leaves_no_look(spare_site: Site) -> None:
    _, technician_id = owner(spare_site)
    stranger = world.sign_in_as(spare_site, spare_site.b.actors[Role.COUNTY_OFFICER])
    assert stranger.get(f"/bureau/register/{technician_id}").status_code == 404
    with spare_site.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(RecordLook)) == 0


def test_an_officer_who_opens_a_proof_is_named_too(spare_site: Site) -> None:
    browser, _ = owner(spare_site)
    with spare_site.app.app_context():
        number = own_proof(spare_site).number
    officer = world.sign_in_as(spare_site, spare_site.actor(Role.CITY_OFFICER))
    assert officer.get(f"/bureau/proofs/{number}").status_code == 200
    page = browser.get("/me/looks").text
    assert "金华市人力资源和社会保障局" in page
    assert "学分证明" in page


def by_code(site: Site, browser: Any, proof: Proof) -> None:
    assert browser.get(f"/v/{proof.code}").status_code == 200


def by_file(site: Site, browser: Any, proof: Proof) -> None:
    with site.app.app_context():
        document = proofs.paper(proof)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
    kind = "multipart/form-data; boundary=x"
    answer = browser.post("/verify/file", data=head + document + b"\r\n--x--\r\n", content_type=kind)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("verify", "way", "words"), [(by_code, "code", "扫码或输入核验码"), (by_file, "file", "上传文件比对")]
)
def test_the_owner_sees_how_often_and_how_a_proof_was_verified(
    spare_site: Site, verify: Callable[..., None], way: str, words: str
) -> None:
    browser, _ = owner(spare_site)
    with spare_site.app.app_context():
        proof = own_proof(spare_site)
        db.session.expunge(proof)
    page = browser.get(f"/me/proofs/{proof.id}/share").text
    assert "共 0 次" in page
    for _ in range(2):
        verify(spare_site, spare_site.app.test_client(), proof)
    # One's own look is no verification.
    verify(spare_site, browser, proof)
    page = browser.get(f"/me/proofs/{proof.id}/share").text
    assert "共 2 次" in page
    assert words in page
    assert {each for each, _ in checks(spare_site)} == {way}


def test_nothing_of_a_verifier_is_kept(spare_site: Site) -> None:
    """The table has no room for an address or a name; a wrong code is counted nowhere."""
    assert set(ProofCheck.__table__.columns.keys()) == {"technician_id", "proof_id", "hour", "way", "times"}
    assert spare_site.app.test_client().get(f"/v/{'A' * 26}").status_code == 404
    assert checks(spare_site) == []

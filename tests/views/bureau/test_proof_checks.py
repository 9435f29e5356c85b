"""What the nightly derivation found, field by field, for the auditor and the Centre."""

import json

import pytest
from sqlalchemy import select, update

from domain.proof_facts import ProofFacts
from domain.roles import CITY, Role
from models import Proof, RecordLook, db
from services import clock, jobs, proof_rechecks, proofs
from services.transaction import transaction
from tests.filing_makers import make_account
from tests.views import world
from tests.views.world import Site


def altered(site: Site) -> str:
    """A proof whose facts somebody rewrote, and a night after it; returns its number."""
    with site.app.app_context():
        proof = proofs.of_technician(site.actor(Role.TECHNICIAN).technician_id or 0)[-1]
        facts = ProofFacts.from_json(json.dumps(json.loads(proof.facts) | {"employer": "冒名的单位"}))
        with transaction():
            db.session.execute(
                update(Proof).where(Proof.id == proof.id).values(facts=facts.to_json(), facts_sha256=facts.sha256())
            )
        number = proof.number
        proof_rechecks.begin_once_a_day()
        while proof_rechecks.work(jobs.Run(0), clock.today().isoformat()) is jobs.AGAIN:
            pass
    return number


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CENTER_STAFF])
def test_a_proof_that_differs_is_shown_field_by_field(spare_site: Site, role: Role) -> None:
    with spare_site.app.app_context():
        actor = make_account(role, region_code=CITY)
    browser = world.sign_in_as(spare_site, actor)
    assert "没有不一致的证明" in browser.get("/proof-checks").text
    number = altered(spare_site)
    assert number in browser.get("/proof-checks").text
    page = browser.get(f"/proof-checks/{number}").text
    for words in ("用人单位", "冒名的单位", "技能人才登记库", "夜间核对留存的结果"):
        assert words in page
    with spare_site.app.app_context():
        assert db.session.scalars(select(RecordLook.page)).all() == ["proof"]
    assert browser.get("/proof-checks/JHJX-2026-99999999").status_code == 404


def test_the_centre_is_told_on_its_first_page(spare_site: Site) -> None:
    with spare_site.app.app_context():
        actor = make_account(Role.CENTER_STAFF, region_code=CITY)
    altered(spare_site)
    assert "有 1 份证明与其依据的数据不一致" in world.sign_in_as(spare_site, actor).get("/center").text

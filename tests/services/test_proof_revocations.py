"""A proof is taken back by two natural persons, and then for ever."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from domain.errors import NotAllowed, RuleError
from domain.roles import CITY, Actor, Role
from models import Account, AuditEvent, IdentityKey, Notice, Proof, ProofRevocation, Technician, db
from services import proof_revocations, proofs
from services.transaction import transaction
from tests.filing_makers import make_account, make_officer
from tests.services import result_makers
from tests.services.result_makers import City


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def city(app_context: None) -> City:
    return result_makers.make_city()


@pytest.fixture
def proof(city: City) -> Proof:
    employer = result_makers.make_employer()
    technician_id = result_makers.make_people(city, employer, 1)[0]
    report = result_makers.make_report(city, employer, [technician_id])
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    person = db.session.get_one(Technician, technician_id)
    make_account(Role.TECHNICIAN, technician_id=technician_id)
    with transaction():
        made, _ = proofs.request(
            person, 2026, actor=Actor(role=Role.TECHNICIAN, name=person.name, technician_id=technician_id)
        )
    db.session.expire_all()
    return made


@pytest.fixture
def second(city: City) -> Actor:
    return make_officer(CITY)


def ask(proof: Proof, actor: Actor, reason: str = "弄虚作假") -> None:
    with transaction():
        proof_revocations.request(proof, reason, actor=actor)


def seen(proof: Proof) -> tuple[str, str]:
    """State and reason as a stranger is told them."""
    found = proofs.verify(proof.code)
    assert found is not None
    return found.proof.state, found.proof.state_reason


def test_one_asks_and_another_confirms(proof: Proof, city: City, second: Actor) -> None:
    ask(proof, city.city_officer)
    assert seen(proof) == ("valid", "")
    with transaction():
        proof_revocations.confirm(proof, actor=second)
    assert seen(proof) == ("revoked", "弄虚作假")
    told = db.session.scalars(select(Notice.title)).all()
    assert f"学分证明 {proof.number} 已被撤销" in told
    assert f"学分证明 {proof.number} 申请撤销，待确认" in told
    actions = db.session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == proof.id)).all()
    assert {"proof.ask_revoke", "proof.revoke"} <= set(actions)


def test_a_leader_may_confirm(proof: Proof, city: City) -> None:
    ask(proof, city.city_officer)
    leader = make_account(Role.CITY_LEADER, region_code=CITY)
    with transaction():
        proof_revocations.confirm(proof, actor=leader)
    assert seen(proof)[0] == "revoked"


def refused(proof: Proof, actor: Actor, kind: type[RuleError] = NotAllowed) -> None:
    with pytest.raises(kind), transaction():
        proof_revocations.confirm(proof, actor=actor)
    assert seen(proof)[0] == "valid"


def test_who_asked_cannot_confirm(proof: Proof, city: City) -> None:
    ask(proof, city.city_officer)
    refused(proof, city.city_officer)


def test_nor_can_the_same_person_under_another_account(proof: Proof, city: City, second: Actor) -> None:
    with transaction():
        ids = [city.city_officer.account_id, second.account_id]
        db.session.execute(update(Account).where(Account.id.in_(ids)).values(person_key="k" * 64))
    ask(proof, replace(city.city_officer, person_key="k" * 64))
    refused(proof, replace(second, person_key="k" * 64))
    found = proof_revocations.of_proof(proof, seen_by=replace(second, person_key="k" * 64))
    assert found is not None and not found.may_confirm


def test_nobody_decides_on_the_own_proof(proof: Proof, city: City, second: Actor) -> None:
    key = db.session.scalars(select(IdentityKey.blind_index).where(IdentityKey.technician_id == proof.technician_id))
    own = replace(second, person_key=key.one())
    with pytest.raises(NotAllowed), transaction():
        proof_revocations.request(proof, "不想要了", actor=own)
    ask(proof, city.city_officer)
    refused(proof, own)


def test_a_county_cannot_confirm(proof: Proof, city: City) -> None:
    ask(proof, city.city_officer)
    refused(proof, city.officer)


def test_without_a_request_there_is_nothing_to_confirm(proof: Proof, second: Actor) -> None:
    refused(proof, second, RuleError)


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_request_needs_a_reason(proof: Proof, city: City, reason: str) -> None:
    with pytest.raises(RuleError):
        ask(proof, city.city_officer, reason)
    assert proof_revocations.of_proof(proof, seen_by=city.city_officer) is None


def test_what_was_declined_stays_valid_and_can_be_asked_again(proof: Proof, city: City, second: Actor) -> None:
    ask(proof, city.city_officer, "怀疑有误")
    with pytest.raises(RuleError):
        ask(proof, second, "重复")
    with transaction():
        proof_revocations.decline(proof, "经核实无误", actor=second)
    assert seen(proof) == ("valid", "")
    refused(proof, second, RuleError)
    ask(proof, second, "确有错误")
    with transaction():
        proof_revocations.confirm(proof, actor=city.city_officer)
    assert seen(proof) == ("revoked", "确有错误")


def test_a_revoked_proof_is_revoked_for_ever(proof: Proof, city: City, second: Actor) -> None:
    ask(proof, city.city_officer)
    with transaction():
        proof_revocations.confirm(proof, actor=second)
    for act in (lambda: ask(proof, second, "再次"), lambda: proof_revocations.confirm(proof, actor=second)):
        with pytest.raises(RuleError):
            act()
    person = db.session.get_one(Technician, proof.technician_id)
    with transaction():
        anew, _ = proofs.request(
            person, 2026, actor=Actor(role=Role.TECHNICIAN, name=person.name, technician_id=person.id)
        )
    assert anew.number != proof.number
    assert seen(proof) == ("revoked", "弄虚作假")


def test_of_two_who_decide_at_once_one_succeeds(
    proof: Proof, city: City, second: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(proof, city.city_officer)
    third = make_officer(CITY)
    stale = proof_revocations._asked(proof)
    db.session.expunge(stale)
    with transaction():
        proof_revocations.decline(proof, "无误", actor=second)
    monkeypatch.setattr(proof_revocations, "_asked", lambda _: stale)
    refused(proof, third, RuleError)


def test_the_database_too_wants_two_accounts(proof: Proof, city: City) -> None:
    ask(proof, city.city_officer)
    values: dict[str, Any] = {"state": "confirmed", "decided_by_id": city.city_officer.account_id}
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(update(ProofRevocation).values(**values))

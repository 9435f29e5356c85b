"""Learning proofs (art. 10): only from results that were released, credited and passed, and no longer than they are."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import select

from domain.corrections import Origin, Values
from domain.errors import NotAllowed, RuleError
from domain.learning_proof import LearningFacts
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from models import CreditEntry, Proof, ResultReport, Technician, db
from services import cases, corrections, learning_proofs, ledger, proofs
from services.transaction import transaction
from tests.services import result_makers
from tests.services.result_makers import City, Employer


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    with app.app_context():
        yield result_makers.make_city()


@pytest.fixture
def employer(city: City) -> Employer:
    return result_makers.make_employer()


def credited(city: City, employer: Employer, people: int = 2) -> tuple[ResultReport, list[int]]:
    persons = result_makers.make_people(city, employer, people)
    report = result_makers.make_report(city, employer, persons)
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    return report, persons


def asked(report: ResultReport, person: int, employer: Employer) -> Proof:
    with transaction():
        technician = db.session.get_one(Technician, person)
        proof_id = learning_proofs.request(technician, report.filing_id, actor=employer.clerk)[0].id
    return db.session.scalars(select(Proof).where(Proof.id == proof_id)).one()


def correct(report: ResultReport, person: int, city: City, employer: Employer, hours: int, score: int) -> None:
    """The results of a person are corrected to these hours and this score, in tenths."""
    with transaction():
        correction = corrections.begin(report, actor=employer.clerk)
        new = Values(hours_tenths=hours, score_tenths=score, outcome=Outcome.PASSED)
        corrections.put(correction, person, new, remark="录入有误", actor=employer.clerk)
        corrections.submit(
            correction, origin=Origin.ORGANIZER, reason=ReversalReason.WRONG_ENTRY, explanation="录入有误，核对签到表",
            actor=employer.clerk,
        )  # fmt: skip
    with transaction():
        corrections.release(correction, actor=employer.manager)
    with transaction():
        cases.act(correction.case, "approve", actor=city.other_officer, content_sha256=corrections.seal(correction))
    db.session.expire_all()


def test_it_says_what_the_result_says_and_is_verified_like_any_proof(city: City, employer: Employer) -> None:
    report, (person, _) = credited(city, employer)
    proof = asked(report, person, employer)
    assert (proof.kind, proof.topic, proof.state) == ("learning", str(report.filing_id), "valid")
    found = proofs.verify(proof.code)
    assert found is not None
    facts = found.facts
    assert isinstance(facts, LearningFacts)
    assert (facts.hours, facts.score, facts.outcome, facts.credits) == (Decimal(16), "90", "合格", Decimal(16))
    assert facts.activity == report.filing.title
    assert facts.issuer.unit == report.filing.organization.name
    assert [line.hours for line in facts.subjects] == [Decimal(4), Decimal(12)]
    assert (facts.starts_on, facts.ends_on) == (date(2026, 6, 8), date(2026, 6, 9))
    assert proofs.paper(proof).startswith(b"%PDF")
    assert proofs.title(proof) == f"学习证明：{report.filing.title}"


def test_before_the_credits_are_posted_there_is_none(city: City, employer: Employer) -> None:
    persons = result_makers.make_people(city, employer, 1)
    report = result_makers.make_report(city, employer, persons)
    for go_on in (lambda: result_makers.enter(report, employer), lambda: _release(report, employer)):
        with pytest.raises(RuleError, match="审核入账"):
            asked(report, persons[0], employer)
        go_on()
    with pytest.raises(RuleError, match="审核入账"):
        asked(report, persons[0], employer)
    result_makers.credit(report, city.officer)
    assert asked(report, persons[0], employer).state == "valid"


def _release(report: ResultReport, employer: Employer) -> None:
    from services import results

    with transaction():
        results.release(report, actor=employer.manager)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ABSENT, Outcome.BREACH])
def test_who_did_not_pass_gets_none(city: City, employer: Employer, outcome: Outcome) -> None:
    persons = result_makers.make_people(city, employer, 2)
    report = result_makers.report_on(
        city, employer, persons[:1], result_makers.make_filing(city, employer), outcome=outcome, score_tenths=None
    )
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    for person in persons:
        with pytest.raises(RuleError, match="考核合格"):
            asked(report, person, employer)
    assert learning_proofs.of_report(report) == []


def test_an_unchanged_one_is_given_again(city: City, employer: Employer) -> None:
    report, (person, _) = credited(city, employer)
    assert asked(report, person, employer).id == asked(report, person, employer).id


def test_it_ends_when_its_credits_are_taken_back_and_none_follows(city: City, employer: Employer) -> None:
    report, (person, other) = credited(city, employer)
    proof, untouched = asked(report, person, employer), asked(report, other, employer)
    with transaction():
        for entry in db.session.scalars(select(CreditEntry).where(CreditEntry.technician_id == person)).all():
            ledger.reverse(entry, reason=ReversalReason.FRAUD, remark="代签", actor=city.other_officer)
    db.session.expire_all()
    assert (proof.state, untouched.state) == ("superseded", "valid")
    with pytest.raises(RuleError, match="冲销"):
        asked(report, person, employer)


@pytest.mark.parametrize(("hours", "score"), [(160, 800), (120, 900)])
def test_a_correction_of_score_or_hours_ends_it(city: City, employer: Employer, hours: int, score: int) -> None:
    report, (person, other) = credited(city, employer)
    proof, untouched = asked(report, person, employer), asked(report, other, employer)
    correct(report, person, city, employer, hours, score)
    assert (proof.state, untouched.state) == ("superseded", "valid")
    again = proofs.verify(asked(report, person, employer).code)
    assert again is not None
    assert isinstance(again.facts, LearningFacts)
    assert (again.facts.hours, again.facts.score) == (Decimal(hours) / 10, str(score // 10))
    assert again.facts.replaces == ""


def test_the_organiser_gives_them_to_the_class_and_takes_them_in_one_file(city: City, employer: Employer) -> None:
    report, persons = credited(city, employer, people=3)
    with transaction():
        assert learning_proofs.issue_all(report, actor=employer.manager) == 3
    with transaction():
        assert learning_proofs.issue_all(report, actor=employer.manager) == 0
    db.session.expire_all()
    assert {each.technician_id for each in learning_proofs.of_report(report) if each.proof} == set(persons)
    with transaction():
        packed = b"".join(learning_proofs.papers(report, actor=employer.clerk))
    assert packed.startswith(b"PK")
    assert packed.count(b"%PDF-1.7") == 3


def test_another_organisation_gives_none(city: City, employer: Employer) -> None:
    report, _ = credited(city, employer)
    stranger = result_makers.make_employer()
    for act in (learning_proofs.issue_all, learning_proofs.papers):
        with pytest.raises(NotAllowed), transaction():
            act(report, actor=stranger.clerk)

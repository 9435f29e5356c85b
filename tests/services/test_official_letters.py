"""Letters come with the steps of a case, are printed once, and are read by whom they concern (J16)."""

import subprocess

import pytest
from flask import Flask
from sqlalchemy import select, update

from domain.official_letters import LetterKind
from domain.roles import Role
from models import Case, Job, OfficialLetter, db
from services import clock, files, jobs, official_letters, pades
from services.transaction import transaction
from tests import base_makers as make
from tests.filing_makers import OTHER_COUNTY, make_account, make_organizer


@pytest.fixture(autouse=True)
def context(app: Flask):
    with app.app_context():
        yield


def text_of(document: bytes) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=document, capture_output=True, check=True)
    return "".join(done.stdout.decode().split())


def test_each_step_has_its_letter() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "return", bureau.reviewer, remark="一项", items=[("condition1", "请补充场地产权证明")])
    supplement = official_letters.of_case(application.case)[0]
    assert supplement.kind == LetterKind.SUPPLEMENT
    assert any("教学场所和设备：请补充场地产权证明" in each for each in supplement.facts["paragraphs"])
    make.make_base(clerk := make_organizer(), bureau)
    organization = clerk.organization_id
    query = select(OfficialLetter).join(Case, Case.id == OfficialLetter.case_id)
    letters = list(db.session.scalars(query.where(Case.organization_id == organization).order_by(OfficialLetter.id)))
    assert [each.kind for each in letters] == ["acceptance", "public_notice", "recognition"]
    assert [each.number[-3:] for each in letters] == ["2号", "3号", "4号"] or len(
        {each.number for each in letters}
    ) == 3
    assert [each.kind for each in official_letters.public_of(organization)] == ["recognition", "public_notice"]


def test_the_paper_is_signed_legible_and_the_same_each_time() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "accept", bureau.reviewer)
    (letter,) = official_letters.of_case(application.case)
    assert letter.attachment is not None and letter.attachment.kind == official_letters.ATTACHMENT
    data = files.read(letter.attachment.file)
    facts = official_letters.facts_of(letter)
    assert official_letters.drawn(facts) == official_letters.drawn(facts)
    assert pades.check(data).whole
    said = text_of(data)
    assert "受理通知书" in said and letter.number in said and (application.case.number or "") in said
    assert "演示印章" in said


def test_a_letter_whose_facts_were_changed_is_not_printed() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "accept", bureau.reviewer)
    (letter,) = official_letters.of_case(application.case)
    with transaction():
        db.session.execute(
            update(OfficialLetter)
            .where(OfficialLetter.id == letter.id)
            .values(attachment_id=None, facts={**letter.facts, "number": "永人社继〔2026〕999号"})
        )
        job = jobs.ask("letter", actor=bureau.reviewer, letter_id=letter.id)
    db.session.refresh(letter)
    assert db.session.get_one(Job, job.id).state == "failed"
    assert letter.attachment_id is None and "不一致" in (letter.problem or "")


def test_a_letter_is_read_by_its_parties_and_nobody_else(app: Flask) -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "accept", bureau.reviewer)
    (letter,) = official_letters.of_case(application.case)
    stranger, elsewhere = make_organizer(), make_account(Role.COUNTY_OFFICER, region_code=OTHER_COUNTY)
    for actor, status in ((clerk, 200), (bureau.reviewer, 200), (stranger, 404), (elsewhere, 404)):
        browser = app.test_client()
        browser.sign_in(actor.account_id)  # type: ignore[attr-defined]
        assert browser.get(f"/letters/{letter.id}").status_code == status
    assert app.test_client().get(f"/letters/{letter.id}").status_code == 404
    make.find_out(application, bureau.reviewer)
    make.act(application, "examine", bureau.reviewer)
    make.find_out(application, bureau.second)
    make.act(application, "confirm", bureau.second)
    make.act(application, "approve", bureau.leader)
    notice = official_letters.of_case(application.case)[-1]
    answer = app.test_client().get(f"/letters/{notice.id}")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF-")


def test_letters_written_in_the_past_of_the_demo_are_printed_by_and_by() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    with clock.at(clock.now()):
        make.act(application, "accept", bureau.reviewer)
    (letter,) = official_letters.of_case(application.case)
    assert letter.attachment_id is None
    official_letters.print_waiting()
    db.session.refresh(letter)
    assert letter.attachment_id is not None

"""The pages of the forms that are no class: what is offered, joint filings, money, and what others confirm."""

import io
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from domain.roles import Actor
from models import ActivityFiling, Attachment, OutboxMessage, db
from services import cases, clock, filing_confirmations, filings, joint_filings, notices
from services.transaction import transaction
from tests.conftest import Browser
from tests.filing_makers import (
    PDF,
    fill,
    form_words,
    make_asked,
    make_form,
    make_officer,
    make_organizer,
    make_proposal,
    shown_sha256,
)

DAYS = [date(2026, 6, 4), date(2026, 6, 5)]
LEVEL = {"kind": "competition", "level": "COUNTY", "host": "总工会", "basis": "年度计划"}


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def browser(app: Flask, app_context: None) -> Callable[[Actor], Browser]:
    """A browser signed in as this actor."""

    def sign_in(actor: Actor) -> Browser:
        made = app.test_client()
        assert isinstance(made, Browser)
        made.sign_in(actor.account_id or 0)
        return made

    return sign_in


# --- What is offered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capacity", "offered"),
    [
        ("employer", {"F3", "F4", "F4_VOLUNTEER", "F5"}),
        ("training_base", {"F1", "F2", "F5"}),
        ("industry_body", {"F2", "F4", "F4_VOLUNTEER", "F5"}),
        ("government", {"F1", "F2"}),
    ],
)
def test_the_start_page_offers_what_the_organisation_may_file(
    browser: Callable[[Actor], Browser], capacity: str, offered: set[str]
) -> None:
    page = browser(make_organizer(capacity)).get("/filings/new").text
    every = ("F1", "F2", "F3", "F4", "F4_VOLUNTEER", "F5")
    assert {form for form in every if f'name="form" value="{form}"' in page} == offered


def test_what_is_not_offered_is_not_begun(browser: Callable[[Actor], Browser]) -> None:
    clerk = make_organizer("government")
    assert browser(clerk).post("/filings/new", data={"form": "F3"}).status_code == 409
    assert db.session.scalar(select(ActivityFiling.id)) is None
    begun = browser(clerk).post("/filings/new", data={"form": "F2"})
    assert begun.status_code == 303 and "competition" in browser(clerk).get(begun.location).text


def test_a_contest_asks_for_judges_where_a_lecture_asks_for_speakers(browser: Callable[[Actor], Browser]) -> None:
    clerk = browser(make_organizer("industry_body"))
    hub = clerk.post("/filings/new", data={"form": "F2"}).location
    assert "裁判人员" not in clerk.get(hub).text and "主讲人和专家" in clerk.get(hub).text
    assert clerk.get(f"{hub}/judges").status_code == 404
    clerk.post(f"{hub}/competition", data={"kind": "competition", "act": "later"})
    assert "裁判人员" in clerk.get(hub).text and "主讲人和专家" not in clerk.get(hub).text
    assert clerk.get(f"{hub}/teachers").status_code == 404
    assert clerk.get(f"{hub}/service").status_code == 404


def test_a_wrong_row_is_said_at_its_field(browser: Callable[[Actor], Browser]) -> None:
    clerk = browser(make_organizer("industry_body"))
    hub = clerk.post("/filings/new", data={"form": "F2"}).location
    clerk.post(f"{hub}/competition", data={**LEVEL, "act": "later"})
    row = {"rows-0-rank": "一等奖", "rows-0-places": "1", "rows-0-credits": "十分", "act": "save"}
    answer = clerk.post(f"{hub}/awards", data=row)
    assert answer.status_code == 422
    assert 'href="#rows-0-credits"' in answer.text and "大于 0 的数字" in answer.text and 'value="十分"' in answer.text


# --- Money ------------------------------------------------------------------------------------------------------------


def test_a_government_body_is_not_asked_for_a_fee(browser: Callable[[Actor], Browser]) -> None:
    clerk = browser(make_organizer("government"))
    hub = clerk.post("/filings/new", data={"form": "F1"}).location
    page = clerk.get(f"{hub}/fees").text
    assert 'name="per_person"' not in page and 'name="person"' not in page and "第三十八条" in page
    clerk.post(f"{hub}/fees", data={"cost": "100", "state": "100", "per_person": "50", "act": "save"})
    filing = db.session.scalars(select(ActivityFiling)).one()
    fees = filings.examine(filing)[0].fees
    assert fees is not None and fees.per_person == 0


def test_a_commissioned_activity_says_what_each_file_is(browser: Callable[[Actor], Browser]) -> None:
    actor = make_organizer("training_base")
    clerk = browser(actor)
    hub = clerk.post("/filings/new", data={"form": "F1"}).location
    assert 'name="kind"' not in clerk.get(f"{hub}/plan").text
    clerk.post(f"{hub}/fees", data={"commissioned": "yes", "act": "later"})
    assert 'name="kind"' in clerk.get(f"{hub}/plan").text
    for kind, status in (("selection", 303), ("contract", 303), ("bribe", 422)):
        sent = {"kind": kind, "file": (io.BytesIO(PDF + kind.encode()), f"{kind}.pdf")}
        answer = clerk.post(f"{hub}/plan", data=sent, content_type="multipart/form-data")
        assert answer.status_code == status
    assert set(db.session.scalars(select(Attachment.kind))) == {"selection", "contract"}
    assert "政府采购合同 ·" in clerk.get(f"{hub}/plan").text


# --- Joint filings ----------------------------------------------------------------------------------------------------


def test_the_partner_opens_the_filing_and_its_papers_and_nobody_else_does(
    browser: Callable[[Actor], Browser],
) -> None:
    clerk, base, stranger = make_organizer(), make_organizer("training_base"), make_organizer("training_base")
    filing = make_asked(clerk, base)
    paper = f"/files/{filing.case.attachments[0].id}"
    for actor, status in ((base, 200), (stranger, 404), (clerk, 404)):
        assert browser(actor).get(f"/joint-filings/{filing.id}").status_code == status
    for actor, status in ((base, 200), (stranger, 404), (clerk, 200)):
        assert browser(actor).get(paper).status_code == status
    for address in ("", "/edit", "/print", "/check", "/people", "/attendance"):
        assert browser(base).get(f"/filings/{filing.id}{address}").status_code == 404, address
    assert browser(base).get(f"/cases/{filing.case_id}").location == f"/joint-filings/{filing.id}"
    assert filing.case.title in browser(base).get("/work").text
    assert filing.case.title not in browser(stranger).get("/joint-filings").text


def test_the_partner_answers_what_it_saw(browser: Callable[[Actor], Browser]) -> None:
    clerk, base = make_organizer(), make_organizer("training_base")
    filing = make_asked(clerk, base)
    desk, address = browser(base), f"/joint-filings/{filing.id}"
    version, sha256 = filing.case.version, shown_sha256(filing)
    refused = desk.post(f"{address}/decline", data={"refuse-version": version, "refuse-remark": " "})
    assert refused.status_code == 422 and "请写明理由" in refused.text
    stale = desk.post(f"{address}/confirm", data={"agree-version": version, "agree-content_sha256": "0" * 64})
    assert stale.status_code == 409
    seen = {"agree-version": version, "agree-content_sha256": sha256}
    assert browser(clerk).post(f"{address}/confirm", data=seen).status_code == 404
    assert desk.post(f"{address}/confirm", data=seen).status_code == 303
    db.session.rollback()
    assert filing.case.state == "submitted"
    assert desk.post(f"{address}/confirm", data=seen).status_code == 409


def test_the_partner_answers_a_change_on_the_same_page(browser: Callable[[Actor], Browser]) -> None:
    clerk, base, officer = make_organizer(), make_organizer("training_base"), make_officer()
    filing = make_asked(clerk, base)
    with transaction():
        joint_filings.confirm(filing, seen_sha256=shown_sha256(filing), actor=base)
        cases.act(filing.case, "approve", actor=officer, content_sha256=shown_sha256(filing))
    with transaction():
        make_proposal(filing, clerk, place="新楼三层")
    desk, address = browser(base), f"/joint-filings/{filing.id}"
    assert filing.case.title in desk.get("/work").text
    assert "待本单位确认变更" in desk.get("/joint-filings").text
    page = desk.get(address).text
    assert "申请变更的内容" in page and "<ins>新楼三层</ins>" in page and "不同意变更" in page
    assert "协办单位" in browser(officer).get(f"/bureau/cases/{filing.case_id}").text
    version, sha256 = filing.case.version, shown_sha256(filing)
    refused = desk.post(f"{address}/decline", data={"refuse-version": version, "refuse-remark": " "})
    assert refused.status_code == 422 and "请写明理由" in refused.text
    stale = desk.post(f"{address}/confirm", data={"agree-version": version, "agree-content_sha256": "0" * 64})
    assert stale.status_code == 409
    seen = {"agree-version": version, "agree-content_sha256": sha256}
    assert desk.post(f"{address}/confirm", data=seen).status_code == 303
    db.session.rollback()
    assert joint_filings.has_confirmed_change(filing.case)
    assert 'id="answer"' not in desk.get(address).text
    assert filing.case.title not in desk.get("/work").text


# --- What others confirm ----------------------------------------------------------------------------------------------


def test_the_beneficiary_confirms_without_signing_in_and_once(app: Flask, browser: Callable[[Actor], Browser]) -> None:
    clerk = make_organizer("industry_body")
    filing = make_form("F4_VOLUNTEER", clerk, make_officer(), DAYS)
    page = f"/filings/{filing.id}/service-hours"
    asked = browser(clerk).post(page)
    assert asked.status_code == 303
    assert "/confirm/" not in browser(clerk).get(page).text, "who asks may not answer"
    db.session.rollback()
    mail = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()
    body = notices.mail_body(mail)
    link = "/confirm/" + body.split("/confirm/")[1].split()[0]
    stranger = app.test_client()
    shown = stranger.get(link)
    assert shown.status_code == 200 and "山川坛社区" in shown.text and shown.headers["Cache-Control"] == "no-store"
    for wrong in ({}, {"answer": "yes", "hours": "17", "name": "胡爱华"}, {"answer": "no", "name": "胡爱华"}):
        assert stranger.post(link, data=wrong).status_code == 422
    for hours in ("NaN", "1.25", "-1", "1e9"):
        assert stranger.post(link, data={"answer": "yes", "hours": hours, "name": "胡爱华"}).status_code == 422
    assert filing_confirmations.service_hours(filing) is None
    assert stranger.post(link, data={"answer": "yes", "hours": "12", "name": "胡爱华"}).status_code == 200
    db.session.rollback()
    assert filing_confirmations.service_hours(filing) == 120
    assert stranger.get(link).status_code == 404
    assert stranger.post(link, data={"answer": "yes", "hours": "12", "name": "胡爱华"}).status_code == 404
    assert stranger.get("/confirm/nobody").status_code == 404


def test_a_draft_of_every_form_is_shown_and_printed(browser: Callable[[Actor], Browser]) -> None:
    officer = make_officer()
    for form, capacity in (("F2", "industry_body"), ("F4", "employer"), ("F5", "employer")):
        clerk = make_organizer(capacity)
        filing = make_form(form, clerk, officer, DAYS)
        for address in ("", "/print"):
            page = browser(clerk).get(f"/filings/{filing.id}{address}")
            assert page.status_code == 200 and "还没有填好" not in page.text
        assert browser(officer).get(f"/bureau/cases/{filing.case_id}").status_code == 200
        with transaction():
            again = filings.copy(filing, actor=clerk)
        assert again.form == form
        fill(again, form_words(form, [clock.today() + timedelta(days=days) for days in (20, 21)]), clerk)
        assert [problem.message for problem in filings.examine(again)[1] if not problem.hint] == []

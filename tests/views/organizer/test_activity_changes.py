"""Asking for a change of an approved activity on its pages, as a browser without scripts meets them."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from domain.roles import Actor
from models import ActivityFiling, db
from services import clock
from services.transaction import transaction
from tests.conftest import Browser
from tests.filing_makers import make_approved, make_form, make_officer, make_organizer, make_proposal, make_submitted

_INPUT = re.compile(r'<input[^>]*name="([\w-]+)"[^>]*>')
_VALUE = re.compile(r'value="([^"]*)"')
_AREA = re.compile(r'<textarea[^>]*name="([\w-]+)"[^>]*>\s?([^<]*)</textarea>')
_SELECT = re.compile(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', re.DOTALL)
_CHOSEN = re.compile(r'<option selected value="([^"]*)"')


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def clerk(app_context: None) -> Actor:
    return make_organizer()


@pytest.fixture
def officer(app_context: None) -> Actor:
    return make_officer()


@pytest.fixture
def browser(client: Browser, clerk: Actor) -> Browser:
    client.sign_in(clerk.account_id or 0)
    return client


def fields_of(page: str) -> dict[str, str]:
    """Everything the form of the change would send, as it stands on the page."""
    form = page[page.index('id="form"') :]
    form = form[: form.index("</form>")]
    found = {name: html.unescape(text) for name, text in _AREA.findall(form)}
    for match in _INPUT.finditer(form):
        value = _VALUE.search(match[0])
        found[match[1]] = html.unescape(value[1]) if value else ""
    for name, options in _SELECT.findall(form):
        chosen = _CHOSEN.search(options)
        found[name] = chosen[1] if chosen else ""
    return found


def again(filing: ActivityFiling) -> ActivityFiling:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(ActivityFiling, filing.id)


def test_a_change_is_written_looked_at_and_agreed_to(
    browser: Browser, app: Flask, clerk: Actor, officer: Actor
) -> None:
    filing = make_approved(clerk, officer)
    sessions = [session.id for session in filing.sessions]
    own = f"/filings/{filing.id}"
    assert f"{own}/change" in browser.get(own).text
    fields = fields_of(browser.get(f"{own}/change").text)
    changed = {**fields, "reason": "原教室漏水", "place": "十二号楼", "act": "check"}
    answer = browser.post(f"{own}/change", data=changed)
    assert (answer.status_code, answer.location) == (303, f"{own}/change/check")
    page = browser.get(answer.location).text
    assert "十二号楼" in page and "原教室漏水" in page and "提交变更申请" in page
    assert browser.post(f"{own}/change/submit").location == own
    assert again(filing).case.state == "change_pending"
    page = browser.get(own).text
    assert "申请变更的内容" in page and "撤回变更申请" in page and "变更审核中" in page
    assert f"{own}/change/postpone" not in page
    # What is in force stays what everybody reads.
    assert "十二号楼" not in app.test_client().get(f"/activities/{filing.id}").text
    desk = app.test_client()
    desk.sign_in(officer.account_id)
    case = desk.get(f"/bureau/cases/{filing.case_id}").text
    assert "申请变更的内容" in case and "变更后的全部内容" in case and "同意变更" in case
    hidden = dict(re.findall(r'name="approve_change-(version|content_sha256)"[^>]*value="(\w+)"', case))
    data = {f"approve_change-{name}": value for name, value in hidden.items()}
    assert desk.post(f"/bureau/cases/{filing.case_id}/approve_change", data=data).status_code == 303
    filing = again(filing)
    assert (filing.case.state, filing.place) == ("approved", "十二号楼")
    assert [session.id for session in filing.sessions] == sessions
    public = app.test_client().get(f"/activities/{filing.id}").text
    assert "活动安排有变更" in public and "十二号楼" in public
    assert "最近一次变更了什么" in desk.get(f"/bureau/cases/{filing.case_id}").text


def test_what_is_wrong_stands_at_its_field_and_is_kept(browser: Browser, clerk: Actor, officer: Actor) -> None:
    filing = make_approved(clerk, officer)
    own = f"/filings/{filing.id}/change"
    fields = fields_of(browser.get(own).text)
    wrong = {**fields, "quota": "500", "sessions-0-on": clock.today().isoformat(), "act": "check"}
    answer = browser.post(own, data=wrong)
    assert answer.status_code == 422
    assert "请写明变更原因" in answer.text and "最多 144 人" in answer.text and "最早可改到" in answer.text
    kept = fields_of(browser.get(own).text)
    assert (kept["quota"], kept["sessions-0-on"]) == ("500", clock.today().isoformat())
    assert browser.get(f"{own}/check").location == f"{own}?check=1"
    assert browser.post(f"{own}/submit").status_code == 422
    assert again(filing).case.state == "approved"
    assert browser.post(f"{own}/discard").status_code == 303
    assert fields_of(browser.get(own).text)["quota"] == "120"


def test_what_no_database_takes_is_left_out(browser: Browser, clerk: Actor, officer: Actor) -> None:
    filing = make_approved(clerk, officer)
    own = f"/filings/{filing.id}/change"
    fields = fields_of(browser.get(own).text)
    odd = {**fields, "reason": "漏\u200b水" * 400, "place": "新\x1f楼", "quota": "9" * 400, "sessions-0-on": "x" * 99}
    assert browser.post(own, data={**odd, "act": "check"}).status_code == 422
    kept = fields_of(browser.get(own).text)
    assert (kept["place"], len(kept["reason"].strip()), len(kept["quota"])) == ("新楼", 500, 20)
    many = {f"sessions-{index}-topic": "x" for index in range(130)}
    assert browser.post(own, data={**fields, **many, "act": "check"}).status_code == 303
    assert "最多填写 120 行" in browser.get(own).text
    assert browser.post(own, data={"act": "remove-sessions-99999999999999999999"}).status_code == 303


def test_rows_are_added_and_removed_without_scripts(browser: Browser, clerk: Actor, officer: Actor) -> None:
    filing = make_approved(clerk, officer)
    own = f"/filings/{filing.id}/change"
    fields = fields_of(browser.get(own).text)
    assert "sessions-3-on" in fields and "sessions-4-on" not in fields
    answer = browser.post(own, data={**fields, "act": "add-sessions"})
    assert answer.location == f"{own}#sessions-5"
    fields = fields_of(browser.get(own).text)
    assert "sessions-4-on" in fields
    browser.post(own, data={**fields, "act": "remove-sessions-0"})
    fields = fields_of(browser.get(own).text)
    assert "sessions-3-on" in fields and "sessions-4-on" not in fields
    browser.post(own, data={**fields, "act": "add-teachers"})
    assert fields_of(browser.get(own).text)["teachers-2-key"] == "t3"


def test_an_activity_is_postponed_as_a_whole(browser: Browser, clerk: Actor, officer: Actor) -> None:
    filing = make_approved(clerk, officer)
    own = f"/filings/{filing.id}/change/postpone"
    assert "全部 4 个课次" in browser.get(own).text
    assert browser.post(own, data={"first": "", "reason": ""}).status_code == 422
    too_soon = browser.post(own, data={"first": clock.today().isoformat(), "reason": "停电"})
    assert too_soon.status_code == 422 and "最早可改到" in too_soon.text
    first = clock.today() + timedelta(days=30)
    answer = browser.post(own, data={"first": first.isoformat(), "reason": "停电"})
    page = browser.get(answer.location).text
    assert "核对改期" in page and f"{first.month}月{first.day}日" in page
    browser.post(f"/filings/{filing.id}/change/submit")
    filing = again(filing)
    assert filing.case.steps[-1].action == "postpone"
    assert browser.post(f"/filings/{filing.id}/change/withdraw").status_code == 303
    assert again(filing).case.state == "approved"


def test_a_form_without_teachers_asks_for_none(client: Browser, officer: Actor) -> None:
    clerk = make_organizer()
    first = clock.today() + timedelta(days=30)
    filing = make_form("F4_VOLUNTEER", clerk, officer, [first])
    client.sign_in(clerk.account_id or 0)
    own = f"/filings/{filing.id}/change"
    page = client.get(own).text
    assert "服务安排" in page and "-teacher" not in page and "add-teachers" not in page
    changed = {**fields_of(page), "reason": "社区活动室检修", "place": "社区二楼", "act": "check"}
    assert client.post(own, data=changed).location == f"{own}/check"
    assert "社区二楼" in client.get(f"{own}/check").text


def test_nobody_else_reaches_the_pages(client: Browser, clerk: Actor, officer: Actor) -> None:
    filing = make_approved(clerk, officer)
    client.sign_in(make_organizer().account_id or 0)
    for page in ("", "/postpone", "/check"):
        assert client.get(f"/filings/{filing.id}/change{page}").status_code == 404
    for act in ("", "/submit", "/withdraw", "/discard", "/postpone"):
        assert client.post(f"/filings/{filing.id}/change{act}").status_code == 404


def test_the_pages_send_away_while_there_is_nothing_to_change(browser: Browser, clerk: Actor, officer: Actor) -> None:
    filing = make_approved(clerk, officer)
    with transaction():
        make_proposal(filing, clerk, place="十三号楼")
    for page in ("", "/postpone", "/check"):
        answer = browser.get(f"/filings/{filing.id}/change{page}")
        assert (answer.status_code, answer.location) == (303, f"/filings/{filing.id}")


def test_the_officer_extends_a_review_once(app: Flask, clerk: Actor, officer: Actor) -> None:
    filing = make_submitted(clerk)
    desk = app.test_client()
    desk.sign_in(officer.account_id)
    page = desk.get(f"/bureau/cases/{filing.case_id}").text
    hidden = dict(re.findall(r'name="extend-(version|content_sha256)"[^>]*value="(\w+)"', page))
    data = {f"extend-{name}": value for name, value in hidden.items()}
    before = filing.case.due_on
    assert desk.post(f"/bureau/cases/{filing.case_id}/extend", data=data).status_code == 422
    answer = desk.post(f"/bureau/cases/{filing.case_id}/extend", data={**data, "extend-remark": "须现场核实"})
    assert answer.status_code == 303
    case = again(filing).case
    assert case.state == "submitted" and before and case.due_on and case.due_on > before
    page = desk.get(f"/bureau/cases/{filing.case_id}").text
    assert 'name="extend-version"' not in page and "延长审核期限" in page

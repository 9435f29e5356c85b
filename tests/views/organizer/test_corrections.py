"""The pages of corrections: the clerk asks, another confirms, the officer sees what it does, the person reads."""

import io
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pytest
from flask import Flask

from domain.roles import Actor, Role
from models import Case, Notice, ResultCorrection, ResultReport, db
from services import result_content
from tests import no_lottery
from tests.conftest import Browser
from tests.filing_makers import make_account, make_officer
from tests.services import result_makers as make


@dataclass
class Lesson:
    """Credited results and whoever deals with them."""

    app: Flask
    city: make.City
    employer: make.Employer
    people: list[int]
    report: ResultReport

    def at(self, actor: Actor) -> Browser:
        browser: Any = self.app.test_client()
        browser.sign_in(actor.account_id)
        return browser

    def correction(self) -> ResultCorrection:
        db.session.rollback()
        return db.session.query(ResultCorrection).one()


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def lesson(app: Flask):
    with app.app_context():
        city, employer = make.make_city(), make.make_employer()
        people = make.make_people(city, employer, 3)
        report = make.make_report(city, employer, people[:2])
        make.release(report, employer)
        make.credit(report, city.officer)
        yield Lesson(app, city, employer, people, report)


def decision(page: str, action: str) -> dict[str, str]:
    """The hidden values of a decision's form on the officer's page."""
    form = re.search(rf'id="{action}-form".*?</form>', page, re.DOTALL)[0]
    return dict(re.findall(rf'name="({action}-(?:version|content_sha256))"[^>]*value="([^"]*)"', form))


def ask(lesson: Lesson) -> str:
    """The whole request in the browser: one person fewer hours, a missed one added, a paper; submitted."""
    clerk = lesson.at(lesson.employer.clerk)
    assert "申请更正" in clerk.get(f"/results/{lesson.report.id}").text
    address = clerk.post(f"/corrections/open/{lesson.report.id}").location
    assert "还没有选择人员" in clerk.get(address).text
    assert clerk.get(f"{address}/people").status_code == 200
    person = f"{address}/people/{lesson.people[0]}"
    assert 'value="16"' in clerk.get(person).text
    wrong = clerk.post(person, data={"hours": "17", "score": "90", "outcome": "passed"})
    assert wrong.status_code == 422 and "不能超过备案" in wrong.text
    same = clerk.post(person, data={"hours": "16", "score": "90", "outcome": "passed"})
    assert same.status_code == 422 and "完全相同" in same.text
    assert clerk.post(person, data={"hours": "12", "score": "90", "outcome": "passed"}).status_code == 303
    name, number = lesson.city.persons[lesson.people[2]]
    new = {"name": name, "id_number": number, "hours": "16", "score": "80", "outcome": "passed"}
    assert clerk.post(f"{address}/people/new", data={**new, "id_number": "330784199001011234"}).status_code == 422
    assert clerk.post(f"{address}/people/new", data=new).status_code == 303
    paper = {"file": (io.BytesIO(make.picture(4711)), "签到表.jpg")}
    assert clerk.post(f"{address}/papers", data=paper).status_code == 303
    assert clerk.post(f"{address}/papers", data={"file": (io.BytesIO(b"MZ no picture"), "a.exe")}).status_code == 422
    page = clerk.get(address).text
    assert "签到表.jpg" in page and "16.0 → 12.0" in page.replace("16 → 12", "16.0 → 12.0") and number not in page
    assert clerk.post(f"{address}/submit", data={"origin": "person", "reason": "wrong_entry"}).status_code == 422
    why = {"origin": "person", "reason": "wrong_entry", "explanation": "签到表漏看一页"}
    assert clerk.post(f"{address}/submit", data=why).status_code == 303
    # What was submitted stands still.
    assert clerk.post(person, data={"hours": "8", "score": "90", "outcome": "passed"}).location.endswith(address)
    return address


def test_a_correction_from_the_clerk_to_the_person(lesson):
    address = ask(lesson)
    clerk, manager = lesson.at(lesson.employer.clerk), lesson.at(lesson.employer.manager)
    assert clerk.post(f"{address}/release", data={"version": "2"}).status_code == 403
    version = str(lesson.correction().case.version)
    assert "确认属实" in manager.get(address).text
    assert manager.post(f"{address}/release", data={"version": version}).status_code == 303
    correction = lesson.correction()
    case_id = correction.case_id
    own = lesson.at(lesson.city.officer)
    assert "由您本人审核入账" in own.get(f"/bureau/cases/{case_id}").text
    officer = lesson.at(lesson.city.other_officer)
    page = officer.get(f"/bureau/cases/{case_id}").text
    assert "同意更正的影响" in page and "签到表漏看一页" in page and "签到表.jpg" in page
    done = officer.post(f"/bureau/cases/{case_id}/approve", data=decision(page, "approve"))
    assert done.status_code == 303
    db.session.rollback()
    assert result_content.stored_rows(lesson.report)[lesson.people[0]]["hours_tenths"] == 120
    assert lesson.people[2] in result_content.stored_rows(lesson.report)
    report_page = officer.get(f"/bureau/cases/{lesson.report.case_id}").text
    assert correction.case.number in report_page and "提出更正" in report_page
    assert "第 2 版" in officer.get(f"/bureau/cases/{lesson.report.case_id}/results/versions").text
    person = make_account(Role.TECHNICIAN, technician_id=lesson.people[0])
    entries = lesson.at(person).get("/me/entries?year=2026").text
    assert "冲销" in entries and "成绩更正" in entries


def test_a_stale_decision_changes_nothing(lesson):
    address = ask(lesson)
    version = str(lesson.correction().case.version)
    lesson.at(lesson.employer.manager).post(f"{address}/release", data={"version": version})
    case_id = lesson.correction().case_id
    officer = lesson.at(lesson.city.other_officer)
    seen = decision(officer.get(f"/bureau/cases/{case_id}").text, "approve")
    answer = officer.post(f"/bureau/cases/{case_id}/approve", data={**seen, "approve-content_sha256": "0" * 64})
    assert answer.status_code == 409
    db.session.rollback()
    assert db.session.get_one(Case, case_id).state == "review"


def test_a_request_is_sent_back_and_withdrawn(lesson):
    address = ask(lesson)
    clerk, manager = lesson.at(lesson.employer.clerk), lesson.at(lesson.employer.manager)
    version = str(lesson.correction().case.version)
    assert manager.post(f"{address}/send-back", data={"version": version}).status_code == 422
    sent = manager.post(f"{address}/send-back", data={"version": version, "remark": "分数也错了"})
    assert sent.status_code == 303
    assert "分数也错了" in clerk.get(address).text
    assert clerk.post(f"{address}/people/{lesson.people[2]}/drop").status_code == 303
    assert clerk.post(f"{address}/people/{lesson.people[1]}/remove").status_code == 303
    assert clerk.post(f"{address}/withdraw").status_code == 303
    assert lesson.correction().case.state == "withdrawn"
    assert len(result_content.stored_rows(lesson.report)) == 2


def test_nobody_else_reaches_a_request(lesson):
    address = ask(lesson)
    stranger = lesson.at(make.make_employer().clerk)
    for path in ("", "/people", "/people/new", f"/people/{lesson.people[0]}"):
        assert stranger.get(address + path).status_code == 404
    for path in ("/submit", "/papers", "/withdraw", f"/people/{lesson.people[0]}/remove"):
        assert stranger.post(address + path).status_code == 404


def test_a_person_who_is_not_named_has_no_row_to_change(lesson):
    clerk = lesson.at(lesson.employer.clerk)
    address = clerk.post(f"/corrections/open/{lesson.report.id}").location
    row = {"hours": "16", "score": "90", "outcome": "passed"}
    assert clerk.get(f"{address}/people/{lesson.people[2]}").status_code == 404
    assert clerk.post(f"{address}/people/{lesson.people[2]}", data=row).status_code == 404


def test_an_officer_proposes_and_another_decides(lesson):
    officer = lesson.at(lesson.city.other_officer)
    address = f"/bureau/cases/{lesson.report.case_id}/results/correction"
    assert officer.get(address).status_code == 200
    why = {"reason": "void_activity", "explanation": "查实没有举办", "outcome": "passed"}
    assert officer.post(address, data={**why, "what": "change"}).status_code == 422
    assert officer.post(address, data={**why, "what": "void", "reason": "wrong_entry"}).status_code == 422
    made = officer.post(address, data={**why, "what": "void"})
    assert made.status_code == 303
    case_id = lesson.correction().case_id
    assert "由您本人办理" in officer.get(f"/bureau/cases/{case_id}").text
    third = lesson.at(make_officer())
    page = third.get(f"/bureau/cases/{case_id}").text
    assert "冲销 32 学分" in page
    assert third.post(f"/bureau/cases/{case_id}/approve", data=decision(page, "approve")).status_code == 303
    db.session.rollback()
    assert result_content.stored_rows(lesson.report) == {}


def test_a_drawn_report_is_confirmed_by_the_other_county(app):
    with app.app_context():
        city, employer, reviewer = make.make_city(), make.make_employer(), make_officer("330783")
        people = make.make_people(city, employer, 2)
        report = make.make_report(city, employer, people)
        make.release(report, employer)
        with no_lottery.share(Fraction(1)):
            make.credit(report, city.officer)
        lesson = Lesson(app, city, employer, people, report)
        person = make_account(Role.TECHNICIAN, technician_id=people[0])
        year = lesson.at(person).get("/me").text
        assert "待补录（非本人原因）" in year and "正在复核" in year
        assert "抽签编号" in lesson.at(employer.clerk).get(f"/results/{report.id}").text
        other = lesson.at(reviewer)
        assert report.filing.title in other.get("/bureau").text
        page = other.get(f"/bureau/cases/{report.case_id}").text
        assert "抽中复核" in page
        # The activity's own case stays the neighbour's.
        assert f"/bureau/cases/{report.filing.case_id}" not in page
        assert other.get(f"/bureau/cases/{report.filing.case_id}").status_code == 404
        answer = other.post(f"/bureau/cases/{report.case_id}/confirm", data=decision(page, "confirm"))
        assert answer.status_code == 303
        assert other.get(answer.location).status_code == 200
        db.session.rollback()
        assert db.session.get_one(Case, report.case_id).state == "credited"
        assert "待补录" not in lesson.at(person).get("/me").text
        assert db.session.query(Notice).count() > 0


def test_anybody_reads_the_lottery(client):
    answer = client.get("/lottery")
    assert answer.status_code == 200 and "怎样验算" in answer.text

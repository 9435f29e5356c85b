"""Disputes at the browser: the person, the organiser's clerk and the officer each on their pages, without scripts."""

import re
from dataclasses import dataclass

import pytest
from flask import Flask

from domain.roles import Actor, Role
from models import ResultDispute, ResultReport, db
from services import result_content, results
from services.transaction import transaction
from tests.conftest import Browser
from tests.filing_makers import make_account
from tests.services import result_makers as make


@dataclass
class Scene:
    city: make.City
    employer: make.Employer
    people: list[int]
    report: ResultReport
    person: Browser
    other: Browser
    clerk: Browser
    manager: Browser
    officer: Browser
    neighbour: Browser


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def scene(app: Flask):
    """A list of three under confirmation, two of them with accounts."""
    with app.app_context():
        city, employer = make.make_city(), make.make_employer()
        people = make.make_people(city, employer, 3)
        report = make.make_report(city, employer, people)
        with transaction():
            results.enter(report, note="没有录像", actor=employer.clerk)
        accounts = [make_account(Role.TECHNICIAN, technician_id=person) for person in people[:2]]
        neighbour = make.make_employer().clerk
        actors = (*accounts, employer.clerk, employer.manager, city.officer, neighbour)
        yield Scene(city, employer, people, report, *(_browser(app, actor) for actor in actors))


def _browser(app: Flask, actor: Actor) -> Browser:
    browser = app.test_client()
    browser.sign_in(actor.account_id)
    return browser


def fresh() -> None:
    db.session.rollback()
    db.session.expire_all()


def only_dispute() -> ResultDispute:
    fresh()
    return db.session.query(ResultDispute).one()


def test_a_person_sees_the_own_row_and_confirms_it(scene):
    page = scene.person.get("/me/results").text
    assert "确认无误" in page and "16 学时" in page and "90 分" in page and "请在 2026年6月18日 前答复" in page
    assert scene.city.persons[scene.people[1]][1] not in page
    assert "有 1 份培训成绩等您确认" in scene.person.get("/me").text
    assert scene.person.post(f"/me/results/{scene.report.id}/confirm").status_code == 303
    page = scene.person.get("/me/results").text
    assert "没有等您确认的成绩" in page and "本人已确认" in page
    assert scene.person.post(f"/me/results/{scene.report.id}/confirm").status_code == 409


def test_a_dispute_goes_to_the_clerk_and_comes_back_corrected(scene):
    address = f"/me/results/{scene.report.id}/dispute"
    empty = scene.person.post(address, data={})
    assert empty.status_code == 422 and "请选择哪里不对" in empty.text and "请写明实际情况" in empty.text
    assert "名单中没有我" not in empty.text
    assert scene.person.post(address, data={"kind": "hours", "text": "第二天我请假半天"}).status_code == 303
    assert "您的异议" in scene.person.get("/me/results").text
    raised = only_dispute()
    desk = f"/results/{scene.report.id}/disputes"
    assert "1 条异议等待答复" in scene.clerk.get(f"/results/{scene.report.id}").text
    listed = scene.clerk.get(desk).text
    assert "第二天我请假半天" in listed and "学时不对" in listed
    wrong = scene.clerk.post(f"{desk}/{raised.id}/correct", data={"hours": "17", "outcome": "passed", "answer": ""})
    assert wrong.status_code == 422 and "不能超过备案的" in wrong.text and "请写明怎样更正的" in wrong.text
    right = {"hours": "12", "score": "90", "outcome": "passed", "answer": "已按签到表改为 12 学时"}
    assert scene.clerk.post(f"{desk}/{raised.id}/correct", data=right).status_code == 303
    page = scene.person.get("/me/results").text
    assert "已按您的异议更正" in page and "12 学时" in page
    assert scene.person.post(f"/me/results/{scene.report.id}/confirm").status_code == 303
    assert only_dispute().state == "settled"


def test_who_insists_leaves_the_decision_to_the_officer(scene):
    scene.person.post(f"/me/results/{scene.report.id}/dispute", data={"kind": "score", "text": "应为 95 分"})
    raised = only_dispute()
    desk = f"/results/{scene.report.id}/disputes/{raised.id}"
    assert scene.clerk.post(f"{desk}/insist", data={"reason": ""}).status_code == 422
    assert scene.clerk.post(f"{desk}/insist", data={"reason": "评分表为 90 分"}).status_code == 303
    make.all_confirm(scene.report)
    with transaction():
        results.release(scene.report, actor=scene.employer.manager)
    fresh()
    assert scene.report.filing.title in scene.officer.get("/bureau/disputes").text
    page = f"/bureau/disputes/{scene.report.id}"
    assert "评分表为 90 分" in scene.officer.get(page).text
    row = f"{page}/{scene.people[0]}"
    assert scene.officer.get(row).status_code == 200
    assert scene.officer.post(row, data={"hours": "16", "outcome": "passed"}).status_code == 422
    decided = {"verdict": "recognise", "hours": "16", "score": "95", "outcome": "passed", "reason": "复核试卷为 95 分"}
    assert scene.officer.post(row, data=decided).status_code == 303
    fresh()
    stored = result_content.row_of(scene.report, scene.people[0])
    assert (stored.standing, stored.score_tenths) == ("ready", 950)
    assert "没有需要单独裁定的成绩" in scene.officer.get("/bureau/disputes").text
    assert "复核试卷为 95 分" in scene.person.get("/me/results").text


def test_an_officer_says_where_somebody_was_before_recognising_hours(scene):
    """Two organisers report one person for the same days: one of the two counts no more, and waits there (P-06)."""
    make.all_confirm(scene.report)
    with transaction():
        results.release(scene.report, actor=scene.employer.manager)
    other = make.make_employer()
    second = make.make_report(scene.city, other, make.make_people(scene.city, other, 1))
    with transaction():
        rows = make.rows_for(scene.city, scene.people[:1])
        result_content.put_rows(second, rows, actor=other.clerk)
    make.release(second, other)
    fresh()
    row = f"/bureau/disputes/{second.id}/{scene.people[0]}"
    page = scene.officer.get(row).text
    assert "本人当时在哪里" in page and scene.report.filing.title in page
    shown = re.search(r'name="against"[^>]*value="([0-9 ]+)"', page)
    decided = {"verdict": "recognise", "hours": "16", "score": "90", "outcome": "passed", "reason": "门禁记录"}
    decided["against"] = shown[1]
    refused = scene.officer.post(row, data=decided)
    assert refused.status_code == 422 and "请先核定本人当时在哪里" in refused.text
    assert scene.officer.post(row, data=decided | {"was_here": "y", "against": "x 1"}).status_code == 409
    assert scene.officer.post(row, data=decided | {"was_here": "y"}).status_code == 303
    fresh()
    assert result_content.row_of(second, scene.people[0]).standing == "ready"
    waits = scene.officer.get(f"/bureau/disputes/{scene.report.id}").text
    assert "经核定，当时在另一活动" in waits


def test_nobody_reaches_the_row_of_another(scene):
    scene.person.post(f"/me/results/{scene.report.id}/dispute", data={"kind": "hours", "text": "不对"})
    raised = only_dispute()
    desk = f"/results/{scene.report.id}/disputes"
    for browser, address, status in (
        (scene.neighbour, desk, 404),
        (scene.neighbour, f"{desk}/{raised.id}", 404),
        (scene.manager, f"{desk}/{raised.id}", 403),
        (scene.officer, f"/bureau/disputes/{scene.report.id}", 404),
        (scene.person, desk, 403),
        (scene.clerk, f"/me/results/{scene.report.id}/dispute", 403),
    ):
        assert browser.get(address).status_code == status, address
    assert "您的异议" not in scene.other.get("/me/results").text


def test_warnings_are_answered_in_writing_before_the_list_goes_on(scene):
    people = make.make_people(scene.city, scene.employer, 5)
    report = make.make_report(scene.city, scene.employer, people)
    address = f"/results/{report.id}/submit"
    page = scene.clerk.get(address).text
    assert "5 人成绩都是 90 分" in page and 'name="answer_scores"' in page
    data = {"version": str(report.case.version), "note": "没有录像", "honest": "y"}
    refused = scene.clerk.post(address, data=data)
    assert refused.status_code == 422 and "请写明情况" in refused.text
    assert scene.clerk.post(address, data=data | {"answer_scores": "统一按完成情况评分"}).status_code == 303
    assert "单位说明：统一按完成情况评分" in scene.manager.get(f"/results/{report.id}/release").text

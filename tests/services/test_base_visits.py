"""Visits and panels are written down by the reviewers of the case, before it is decided, with whole sheets."""

import io
from datetime import timedelta

import pytest
from flask import Flask
from PIL import Image

from domain.base_visits import VisitKind
from domain.errors import NotAllowed, RuleError
from domain.roles import Role
from models import BaseVisit, db
from services import base_visits, clock
from services.transaction import transaction
from tests import base_makers as make
from tests.filing_makers import OTHER_COUNTY, make_account, make_organizer


@pytest.fixture(autouse=True)
def context(app: Flask):
    with app.app_context():
        yield


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "green").save(out, "JPEG")
    return out.getvalue()


def accepted():
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "accept", bureau.reviewer)
    return clerk, bureau, application


def test_a_visit_is_scored_and_shown_with_its_photos() -> None:
    _, bureau, application = accepted()
    visit = make.visit(application, bureau)
    with transaction():
        base_visits.add_photo(visit, photo(), "现场.jpg", actor=bureau.second)
    (shown,) = base_visits.of_case(application.case)
    assert shown.result.total == shown.result.most == 100
    assert shown.result.reaches(shown.pass_points)
    assert [each.label for each in shown.photos] == ["现场.jpg"] and shown.photos[0].display_file_id is not None
    half = {at: (item.most // 2, "一般") for at, item in enumerate(shown.items)}
    with transaction():
        base_visits.score(visit, 1, half, actor=bureau.second)
    assert base_visits.shown(visit).result.total < 100  # type: ignore[operator]
    with pytest.raises(RuleError, match="已经上传"), transaction():
        base_visits.add_photo(visit, photo(), "又.jpg", actor=bureau.reviewer)


def test_a_sheet_is_whole_and_within_its_points() -> None:
    _, bureau, application = accepted()
    visit = make.visit(application, bureau)
    with pytest.raises(RuleError, match="每一项"), transaction():
        base_visits.score(visit, 1, {0: (1, "")}, actor=bureau.reviewer)
    too_much = {at: (item["most"] + 1, "") for at, item in enumerate(visit.items)}
    with pytest.raises(RuleError, match="最多"), transaction():
        base_visits.score(visit, 1, too_much, actor=bureau.reviewer)


@pytest.mark.parametrize("days", [1, -1])
def test_the_day_lies_between_submission_and_today(days: int) -> None:
    _, bureau, application = accepted()
    with pytest.raises(RuleError, match="日期"), transaction():
        base_visits.record(
            application.case, kind=VisitKind.PANEL, held_on=clock.today() + timedelta(days=days), place="会议室",
            members=[("甲某", "")], summary="同意", actor=bureau.reviewer,
        )  # fmt: skip


def test_nobody_else_and_nothing_after_the_decision() -> None:
    clerk, bureau, application = accepted()
    elsewhere = make_account(Role.COUNTY_OFFICER, region_code=OTHER_COUNTY)
    for actor in (clerk, elsewhere, bureau.leader):
        with pytest.raises(NotAllowed), transaction():
            base_visits.record(
                application.case, kind=VisitKind.SITE, held_on=clock.today(), place="楼", members=[("甲某", "")],
                summary="好", actor=actor,
            )  # fmt: skip
    visit = make.visit(application, bureau)
    assert base_visits.find(visit.id, seen_by=elsewhere) is None
    assert base_visits.find(visit.id, seen_by=clerk) is None
    make.review(application, bureau)
    make.act(application, "approve", bureau.leader)
    with pytest.raises(NotAllowed), transaction():
        base_visits.remove(visit, actor=bureau.reviewer)


def test_a_mistake_is_taken_back_and_kept() -> None:
    _, bureau, application = accepted()
    visit = make.visit(application, bureau)
    with transaction():
        base_visits.remove(visit, actor=bureau.reviewer)
    assert base_visits.of_case(application.case) == []
    assert db.session.get_one(BaseVisit, visit.id).removed_at is not None


def test_the_applicant_may_not_open_the_photos_of_a_visit(app: Flask) -> None:
    clerk, bureau, application = accepted()
    visit = make.visit(application, bureau)
    with transaction():
        photo_id = base_visits.add_photo(visit, photo(), "现场.jpg", actor=bureau.second).id
    for account_id, status in ((bureau.reviewer.account_id, 200), (clerk.account_id, 404)):
        browser = app.test_client()
        browser.sign_in(account_id)  # type: ignore[attr-defined]
        for address in (f"/files/{photo_id}", f"/files/{photo_id}/small"):
            assert browser.get(address).status_code == status


def test_the_pages_of_a_visit(app: Flask) -> None:
    _, bureau, application = accepted()
    browser = app.test_client()
    browser.sign_in(bureau.reviewer.account_id)  # type: ignore[attr-defined]
    case = f"/bureau/bases/{application.case_id}/visits/new"
    assert "登记核查或评审" in browser.get(case).text
    wrong = browser.post(case, data={"kind": "site", "held_on": "", "place": "", "members": "甲", "summary": ""})
    assert wrong.status_code == 422 and "请填写地点" in wrong.text
    day = clock.today().isoformat()
    right = {
        "kind": "panel",
        "held_on": day,
        "place": "三楼会议室",
        "members": "王志强，技师学院\n李小红",
        "summary": "同意",
    }
    answer = browser.post(case, data=right)
    assert answer.status_code == 303
    page = answer.location
    assert "王志强（技师学院）" in browser.get(page).text
    scores = f"{page}/scores/0"
    assert browser.post(scores, data={"rows-0-points": "99"}).status_code == 422
    assert browser.post(scores, data={f"rows-{at}-points": "10" for at in range(9)}).status_code == 303
    assert "90.0" in browser.get(page).text
    sent = browser.post(f"{page}/photos", data={"photo": (io.BytesIO(photo()), "a.jpg")})
    assert sent.status_code == 303 and "照片（1 张）" in browser.get(page).text
    assert browser.get(f"{page}/scores/7").status_code == 404
    assert "专家评审" in browser.get(f"/bureau/cases/{application.case_id}").text

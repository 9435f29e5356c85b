"""Enrolment and checking in as a technician meets them on the phone; the employer's answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from domain.roles import Actor
from models import ActivityFiling, Attendance, db
from services import check_in, enrolments
from tests.class_makers import MONDAY, as_person, make_class, moment, put_down, session_of
from tests.conftest import Browser
from tests.services.result_makers import City, Employer, make_city, make_employer, make_people

COMING = MONDAY.replace(day=22)


@dataclass
class Scene:
    """A class of a base that runs now, one that is to come, and three people of a factory."""

    app: Flask
    city: City
    base: Employer
    factory: Employer
    running: ActivityFiling
    coming: ActivityFiling
    people: list[int]
    persons: list[Actor]

    def browser(self, actor: Actor) -> Browser:
        found = self.app.test_client()
        found.sign_in(actor.account_id or 0)
        return found  # type: ignore[return-value]

    def state(self, place: int) -> str | None:
        db.session.rollback()
        db.session.expire_all()
        found = enrolments.find(self.coming.id, self.people[place])
        return found.state if found else None


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": moment(MONDAY, 9, 5).isoformat()}


@pytest.fixture
def scene(app: Flask) -> Iterator[Scene]:
    with app.app_context():
        city = make_city()
        base, factory = make_employer("training_base"), make_employer()
        people = make_people(city, factory, 3)
        running = make_class(city, base)
        coming = make_class(city, base, days=(COMING,), quota=1, title="下月的班", teachers__0__name="另一位")
        put_down(running, base, people)
        yield Scene(app, city, base, factory, running, coming, people, [as_person(each) for each in people])


def test_a_person_asks_and_the_employer_answers(scene: Scene) -> None:
    page = f"/me/enrolments/{scene.coming.id}"
    person, clerk = scene.browser(scene.persons[0]), scene.browser(scene.factory.clerk)
    assert "报名" in person.get(page).text
    assert "等待您的单位同意" in person.post(f"{page}/ask", follow_redirects=True).text
    assert person.post(f"{page}/ask").status_code == 409
    assert "候补" in scene.browser(scene.persons[1]).post(f"{page}/ask", follow_redirects=True).text
    inbox = clerk.get("/staff/enrolments").text
    assert scene.coming.title in inbox and "待答复的申请（1）" in inbox
    address = f"/staff/enrolments/{scene.coming.id}/{scene.people[0]}"
    assert scene.browser(make_employer().clerk).post(f"{address}/consent").status_code == 404
    assert scene.browser(scene.factory.manager).post(f"{address}/consent").status_code == 403
    assert clerk.post(f"{address}/consent").status_code == 303
    assert (scene.state(0), scene.state(1)) == ("enrolled", "waiting")
    assert "报名成功" in person.get(page).text
    assert person.post(f"{page}/cancel", data={"reason": ""}).status_code == 422
    assert person.post(f"{page}/cancel", data={"reason": "家中有事"}).status_code == 303
    assert (scene.state(0), scene.state(1)) == ("cancelled", "requested")
    end = f"/staff/enrolments/{scene.coming.id}/{scene.people[1]}/end"
    assert "不同意参加" in clerk.get(end).text
    assert clerk.post(end, data={"reason": ""}).status_code == 422
    assert clerk.post(end, data={"reason": "当周盘点"}).status_code == 303
    assert scene.state(1) == "declined"
    assert "当周盘点" in scene.browser(scene.persons[1]).get(page).text


def test_an_employer_puts_staff_down_by_ticks_and_numbers(scene: Scene) -> None:
    clerk = scene.browser(scene.factory.clerk)
    address = f"/staff/enrolments/new/{scene.coming.id}"
    assert scene.coming.title in clerk.get("/staff/enrolments/new").text
    assert clerk.post(address, data={}).status_code == 422
    stranger = make_people(scene.city, make_employer(), 1)[0]
    refused = clerk.post(address, data={"numbers": scene.city.persons[stranger][1]})
    assert refused.status_code == 422 and "第 1 行" in refused.text
    assert clerk.post(address, data={"people": [str(stranger)]}).status_code == 422
    data = {"people": [str(scene.people[0])], "numbers": scene.city.persons[scene.people[1]][1]}
    done = clerk.post(address, data=data, follow_redirects=True)
    assert "已报名 1 人，1 人候补" in done.text
    assert (scene.state(0), scene.state(1), scene.state(2)) == ("enrolled", "waiting", None)


def test_the_code_of_the_screen_leads_to_one_tap(scene: Scene) -> None:
    session = session_of(scene.running)
    phone = scene.app.test_client()
    target = urlsplit(check_in.screen_address(session))
    opened = phone.get(f"{target.path}?{target.query}")
    assert opened.status_code == 303
    asked = phone.get(opened.location)
    assert asked.status_code == 303 and "/sign-in?next=" in asked.location  # signing in comes after the scan
    phone.sign_in(scene.persons[0].account_id or 0)  # type: ignore[attr-defined]
    page = phone.get(opened.location)
    assert page.status_code == 200 and "签到" in page.text
    word = parse_qs(urlsplit(opened.location).query)["a"][0]
    assert phone.post("/check-in/arrive", data={"a": word}).status_code == 303
    db.session.rollback()
    row = db.session.get(Attendance, (scene.people[0], session.id))
    assert row is not None and row.in_at is not None and row.device_key
    # The address sent on to somebody elsewhere opens nothing in another browser.
    elsewhere = scene.browser(scene.persons[1])
    assert elsewhere.get(opened.location).status_code == 409
    assert elsewhere.post("/check-in/arrive", data={"a": word}).status_code == 409
    db.session.rollback()
    assert db.session.get(Attendance, (scene.people[1], session.id)) is None


@pytest.mark.parametrize("code", ["x", "1.2.3", "%E7%A0%81", "." * 300])
def test_a_code_that_is_none_is_refused_in_words(scene: Scene, code: str) -> None:
    answer = scene.browser(scene.persons[0]).get(f"/check-in?t={code}")
    assert answer.status_code == 409 and "重新扫描" in answer.text


def test_the_own_code_is_eight_digits(scene: Scene) -> None:
    page = scene.browser(scene.persons[0]).get("/check-in/code").text
    code = check_in.personal_code(scene.people[0])
    assert f"{code[:4]} {code[4:]}" in page


def test_off_hours_the_person_agrees_to_the_costs(scene: Scene) -> None:
    filing = make_class(
        scene.city,
        scene.base,
        days=(COMING.replace(day=24),),
        leave_mode="off_hours",
        title="晚间班",
        teachers__0__name="夜班老师",
    )
    clerk, person = scene.browser(scene.factory.clerk), scene.browser(scene.persons[0])
    address = f"/staff/enrolments/new/{filing.id}"
    refused = clerk.post(address, data={"people": [str(scene.people[0])]})
    assert refused.status_code == 422 and "费用由谁承担" in refused.text
    data = {"people": [str(scene.people[0])], "cost_agreement": "费用单位出，调休一天"}
    assert clerk.post(address, data=data).status_code == 303
    page = person.get(f"/me/enrolments/{filing.id}").text
    assert "费用单位出，调休一天" in page and "同意以上约定" in page
    assert person.post(f"/me/enrolments/{filing.id}/agree").status_code == 303
    assert "同意以上约定" not in person.get(f"/me/enrolments/{filing.id}").text

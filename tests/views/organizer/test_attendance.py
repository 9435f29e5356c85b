"""The pages of a class as its organiser meets them: names put down, sheets keyed back, codes, discipline."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from domain.attendance_rules import Method
from domain.roles import Actor
from models import ActivityFiling, db
from services import attendance, check_in, enrolments, sign_in_sheets
from services.transaction import transaction
from tests.class_makers import MONDAY, as_person, make_class, moment, put_down, session_of
from tests.conftest import Browser
from tests.services.result_makers import City, Employer, make_city, make_employer, make_people


@dataclass
class Desk:
    """A class of forty on its first morning, with its organiser at a browser."""

    app: Flask
    city: City
    host: Employer
    factory: Employer
    filing: ActivityFiling
    people: list[int]
    clerk: Browser

    def __post_init__(self) -> None:
        self.session_id = session_of(self.filing).id
        self.address = f"/filings/{self.filing.id}/attendance/{self.session_id}"

    def standings(self) -> list[str]:
        """How each person stands, in the order of the sheet; empty for who has no row."""
        db.session.rollback()
        db.session.expire_all()
        rows = attendance.rows_of(session_of(self.filing))
        return [rows[each].standing if each in rows else "" for each in self.people]

    def browser(self, actor: Actor) -> Browser:
        found = self.app.test_client()
        found.sign_in(actor.account_id or 0)
        return found  # type: ignore[return-value]

    def key_in(self, text: str) -> TestResponse:
        """Preview and confirm what was typed."""
        seen = self.clerk.post(f"{self.address}/preview", data={"absent": text})
        if seen.status_code != 200:
            return seen
        return self.clerk.post(f"{self.address}/sheet", data=_hidden(seen))


def _hidden(page: TestResponse) -> dict[str, Any]:
    return {
        name: value
        for tag in re.findall(r"<input[^>]*>", page.text.partition("<main")[2])
        if (name := _attribute(tag, "name"))
        and 'type="hidden"' in tag
        and (value := _attribute(tag, "value")) is not None
    }


def _attribute(tag: str, name: str) -> str | None:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return found[1] if found else None


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": moment(MONDAY, 9, 5).isoformat()}


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with app.app_context():
        city = make_city()
        host, factory = make_employer("training_base"), make_employer()
        people = make_people(city, factory, 40)
        filing = make_class(city, host, quota=41)
        put_down(filing, host, people)
        clerk = app.test_client()
        clerk.sign_in(host.clerk.account_id or 0)
        yield Desk(app, city, host, factory, filing, people, clerk)  # type: ignore[arg-type]


# --- The sheet --------------------------------------------------------------------------------------------------------


def test_a_sheet_is_previewed_by_names_and_confirmed(desk: Desk) -> None:
    seen = desk.clerk.post(f"{desk.address}/preview", data={"absent": "缺席：３、7 12 请假 40"})
    assert seen.status_code == 200
    for place in (2, 6, 11, 39):
        assert desk.city.persons[desk.people[place]][0] in seen.text
    assert "缺席 3 人" in seen.text and "请假 1 人" in seen.text and "<strong>36</strong>" in seen.text
    assert desk.standings() == [""] * 40
    done = desk.clerk.post(f"{desk.address}/sheet", data=_hidden(seen), follow_redirects=True)
    assert "实到 36 人，缺席 3 人，请假 1 人" in done.text
    wanted = ["counted"] * 40
    for place in (2, 6, 11):
        wanted[place] = "absent"
    wanted[39] = "excused"
    assert desk.standings() == wanted


@pytest.mark.parametrize("text", ["", "41", "3 x", "缺席"])
def test_what_cannot_be_read_is_said_at_the_field_and_stored_nowhere(desk: Desk, text: str) -> None:
    answer = desk.clerk.post(f"{desk.address}/preview", data={"absent": text})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text and "错误：" in answer.text
    assert desk.clerk.post(f"{desk.address}/sheet", data={"absent": text, "seen": "x"}).status_code == 422
    assert desk.standings() == [""] * 40


def test_who_came_to_the_list_meanwhile_is_not_marked_unseen(desk: Desk) -> None:
    seen = desk.clerk.post(f"{desk.address}/preview", data={"absent": "3"})
    (late,) = make_people(desk.city, desk.factory, 1)
    put_down(desk.filing, desk.host, [late])
    again = desk.clerk.post(f"{desk.address}/sheet", data=_hidden(seen))
    assert again.status_code == 200 and "刚有变动" in again.text
    assert desk.standings() == [""] * 40
    assert desk.clerk.post(f"{desk.address}/sheet", data=_hidden(again)).status_code == 303
    assert desk.standings().count("counted") == 39


def test_the_paper_holds_big_numbers_masked_ids_and_the_mark_of_the_session(desk: Desk) -> None:
    page = desk.clerk.get(f"{desk.address}/paper").text
    numbers = re.findall(r'class="sheet-number">(\d+)<', page)
    assert numbers == [str(number) for number in range(1, 41)]
    assert [number for _, number in desk.city.persons.values() if number in page] == []
    reference = sign_in_sheets.reference(session_of(desk.filing))
    assert reference in page
    assert sign_in_sheets.read(f"https://wuxue.example/sheets/{reference}") == desk.session_id
    found = desk.clerk.get(f"/sheets/{reference}")
    assert (found.status_code, found.location) == (303, desk.address)
    stranger = desk.browser(make_employer().clerk)
    assert stranger.get(f"/sheets/{reference}").status_code == 404
    assert desk.clerk.get(f"/sheets/{reference[:-1]}x").status_code == 404


def test_corrections_say_who_when_and_why(desk: Desk) -> None:
    desk.key_in("3")
    wrong = desk.clerk.post(f"{desk.address}/correct", data={"numbers": "3", "standing": "counted"})
    assert wrong.status_code == 422 and "请写明原因" in wrong.text
    data = {"numbers": "3", "standing": "counted", "reason": "签名在背面"}
    page = desk.clerk.post(f"{desk.address}/correct", data=data, follow_redirects=True).text
    assert "签名在背面" in page and "缺席 → 实到" in page and desk.host.clerk.name in page
    assert desk.standings() == ["counted"] * 40


def test_another_organiser_finds_no_such_class(desk: Desk) -> None:
    stranger = desk.browser(make_employer("training_base").clerk)
    assert stranger.get(desk.address).status_code == 404
    assert stranger.post(f"{desk.address}/sheet", data={"absent": "0", "seen": "x"}).status_code == 404
    assert desk.browser(desk.host.manager).get(desk.address).status_code == 200
    assert desk.browser(desk.host.manager).post(f"{desk.address}/preview", data={"absent": "0"}).status_code == 403


# --- Codes ------------------------------------------------------------------------------------------------------------


def test_the_clerk_takes_the_code_a_person_shows(desk: Desk) -> None:
    code = check_in.personal_code(desk.people[4])
    full_width = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    page = desk.clerk.post(f"{desk.address}/code", data={"code": full_width}, follow_redirects=True)
    assert "已签到" in page.text
    assert desk.standings()[4] == "held"
    assert desk.clerk.post(f"{desk.address}/code", data={"code": "00000000"}).status_code == 422
    assert desk.clerk.post(f"{desk.address}/code", data={"code": "1234"}).status_code == 422


def test_the_screen_shows_a_code_only_while_the_session_is_open(desk: Desk) -> None:
    page = desk.clerk.get(f"{desk.address}/screen").text
    assert "screen-code" in page and "<svg" in page and "hx-trigger" in page
    other = session_of(desk.filing, 1).id
    later = desk.clerk.get(f"/filings/{desk.filing.id}/attendance/{other}/screen").text
    assert 'class="screen-code"' not in later and "签到时间" in later


def test_flags_are_shown_beside_names(desk: Desk) -> None:
    for person in desk.people[:2]:
        actor = as_person(person)
        with transaction():
            check_in.check(session_of(desk.filing), person, method=Method.QR, actor=actor, device="one telephone")
    page = desk.clerk.get(desk.address).text
    assert page.count("与他人同一设备") == 2


# --- Names and discipline ---------------------------------------------------------------------------------------------


def test_people_are_registered_by_lines_that_are_pasted(desk: Desk) -> None:
    first, second = make_people(desk.city, desk.factory, 2)
    address = f"/filings/{desk.filing.id}/people"
    lines = [f"{desk.city.persons[each][0]}\t{desk.city.persons[each][1]}" for each in (first, second)]
    wrong = desk.clerk.post(address, data={"people": f"{lines[0]}\n张三\t{desk.city.persons[second][1]}"})
    assert wrong.status_code == 422 and "第 2 行" in wrong.text
    assert desk.city.persons[first][1] not in re.sub(r"(?s)<textarea.*?</textarea>", "", wrong.text)
    assert len(enrolments.participants(desk.filing)) == 40
    done = desk.clerk.post(address, data={"people": "\n".join(lines), "consented": "y"}, follow_redirects=True)
    assert "已登记 1 人，1 人候补" in done.text  # there were forty, and forty-one places
    cancel = f"{address}/{desk.people[0]}/cancel"
    assert desk.clerk.post(cancel, data={"reason": ""}).status_code == 422
    assert desk.clerk.post(cancel, data={"reason": "登记错误"}).status_code == 303
    db.session.rollback()
    assert desk.people[0] not in enrolments.participants(desk.filing)


def test_discipline_is_recorded_and_taken_back(desk: Desk) -> None:
    address = f"/filings/{desk.filing.id}/discipline"
    event = {"number": "7", "session_id": str(desk.session_id), "severity": "serious", "description": "请人代签"}
    assert desk.clerk.post(address, data=event | {"number": "99"}).status_code == 422
    page = desk.clerk.post(address, data=event, follow_redirects=True)
    assert "请人代签" in page.text and "严重" in page.text
    db.session.rollback()
    assert [each.breach for each in attendance.summary(desk.filing)].index(True) == 6
    (action,) = re.findall(r'action="([^"]+/withdraw)"', page.text)
    assert desk.clerk.post(action, data={"reason": " "}).status_code == 422
    done = desk.clerk.post(action, data={"reason": "不是本人"}, follow_redirects=True)
    assert "已撤销" in done.text

"""What people show on their telephones, scanned by the organiser's clerk: by the page's camera, by a photo (E4)."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import segno
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from domain.attendance_rules import Method
from models import ActivityFiling, db
from services import attendance, check_in, sign_in_sheets
from tests.class_makers import MONDAY, as_person, make_class, moment, put_down, session_of
from tests.conftest import Browser
from tests.services.result_makers import Employer, make_city, make_employer, make_people

# The camera of the page asks as htmx does.
LIVE = {"HX-Request": "true"}


@dataclass
class Desk:
    """A class of three on its first morning, and a fourth person who is none of it."""

    app: Flask
    host: Employer
    filing: ActivityFiling
    people: list[int]
    stranger: int
    clerk: Browser

    def __post_init__(self) -> None:
        self.session_address = f"/filings/{self.filing.id}/attendance/{session_of(self.filing).id}"
        self.address = f"{self.session_address}/scan"

    def methods(self) -> list[str]:
        """How each person's presence became known, in the order of the sheet."""
        db.session.rollback()
        db.session.expire_all()
        rows = attendance.rows_of(session_of(self.filing))
        return [rows[each].method if each in rows else "" for each in self.people]

    def photograph(self, text: str | None) -> TestResponse:
        return self.clerk.post(self.address, data={"photo": (io.BytesIO(photo(text)), "telephone.jpg")})

    def browser(self, account_id: int | None) -> Browser:
        found = self.app.test_client()
        found.sign_in(account_id or 0)
        return found  # type: ignore[return-value]


def photo(text: str | None) -> bytes:
    """A picture of a code held somewhere before a grey wall; without a text, of the wall."""
    picture = Image.new("RGB", (1200, 900), "#888888")
    if text is not None:
        code, drawn = io.BytesIO(), segno.make(text, error="m", micro=False)
        drawn.save(code, kind="png", scale=8, border=4)
        picture.paste(Image.open(code).convert("RGB").rotate(7, expand=True, fillcolor="#888888"), (300, 200))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": moment(MONDAY, 9, 5).isoformat()}


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with app.app_context():
        city, host = make_city(), make_employer("training_base")
        *people, stranger = make_people(city, make_employer(), 4)
        filing = make_class(city, host)
        put_down(filing, host, people)
        clerk = app.test_client()
        clerk.sign_in(host.clerk.account_id or 0)
        yield Desk(app, host, filing, people, stranger, clerk)  # type: ignore[arg-type]


def test_a_photo_of_a_persons_code_checks_the_person_in(desk: Desk) -> None:
    done = desk.photograph(check_in.personal_text(desk.people[1]))
    assert done.status_code == 303
    assert "2 号" in desk.clerk.get(desk.address).text
    assert desk.methods() == ["", Method.SCAN.value, ""]


@pytest.mark.parametrize("what", ["a wall", "a sheet", "digits alone", "somebody else's"])
def test_what_is_no_code_of_a_participant_is_refused(desk: Desk, what: str) -> None:
    text = {
        "a wall": None,
        "a sheet": sign_in_sheets.address(session_of(desk.filing)),
        "digits alone": check_in.personal_code(desk.people[0]),
        "somebody else's": check_in.personal_text(desk.stranger),
    }[what]
    refused = desk.photograph(text)
    assert refused.status_code == 422 and "错误：" in refused.text
    assert desk.methods() == ["", "", ""]


def test_what_is_no_picture_is_refused(desk: Desk) -> None:
    assert desk.clerk.post(desk.address, data={}).status_code == 422
    for data in (b"", b"GIF89a", b"\xff\xd8\xff" + b"0" * 500):
        refused = desk.clerk.post(desk.address, data={"photo": (io.BytesIO(data), "x.jpg")})
        assert refused.status_code == 422
        live = desk.clerk.post(desk.address, data={"photo": (io.BytesIO(data), "x.jpg")}, headers=LIVE)
        assert live.status_code == 422 and live.text.startswith('<div id="scanned"')


def test_the_camera_is_told_in_one_line(desk: Desk) -> None:
    text = check_in.personal_text(desk.people[2])
    first = desk.clerk.post(desk.address, data={"text": text}, headers=LIVE)
    assert first.status_code == 200 and "3 号" in first.text and "已签到" in first.text
    assert first.text.startswith('<div id="scanned"') and 'data-number="3"' in first.text
    again = desk.clerk.post(desk.address, data={"text": text}, headers=LIVE)
    assert again.status_code == 422 and 'data-number="3"' in again.text and "11:00 起可以签退" in again.text
    assert desk.methods() == ["", "", Method.SCAN.value]


def test_a_picture_of_the_camera_that_shows_nothing_is_no_mistake(desk: Desk) -> None:
    for data in ({"photo": (io.BytesIO(photo(None)), "x.jpg")}, {"text": "https://example.com"}, {"text": ""}, {}):
        assert desk.clerk.post(desk.address, data=data, headers=LIVE).status_code == 204
    live = {"photo": (io.BytesIO(photo(check_in.personal_text(desk.people[0]))), "x.jpg")}
    assert desk.clerk.post(desk.address, data=live, headers=LIVE).status_code == 200
    assert desk.methods() == [Method.SCAN.value, "", ""]


def test_only_the_organisers_clerk_scans(desk: Desk) -> None:
    stranger = desk.browser(make_employer("training_base").clerk.account_id)
    assert stranger.get(desk.address).status_code == 404
    assert stranger.post(desk.address, data={"text": check_in.personal_text(desk.people[0])}).status_code == 404
    assert desk.browser(desk.host.manager.account_id).get(desk.address).status_code == 403


def test_the_camera_is_allowed_on_this_page_alone(desk: Desk) -> None:
    assert desk.clerk.get(desk.address).headers["Permissions-Policy"].startswith("camera=(self), geolocation=()")
    page = desk.clerk.get(desk.session_address)
    assert "camera=()" in page.headers["Permissions-Policy"]
    # htmx would put the page into this one, and its camera would stay shut.
    assert f'href="{desk.address}" hx-boost="false"' in page.text


def test_the_person_shows_digits_and_a_code_that_say_the_same(desk: Desk) -> None:
    page = desk.browser(as_person(desk.people[0]).account_id).get("/check-in/code").text
    code = check_in.personal_code(desk.people[0])
    assert f"{code[:4]} {code[4:]}" in page and 'class="own-qr"' in page
    assert check_in.code_in(check_in.personal_text(desk.people[0])) == code
    for text in ("", code, "wuxue:", "wuxue:1234567", "wuxue:123456789", "wuxue:１２３４５６７８", "wuxue:1234567x"):
        assert check_in.code_in(text) is None

"""The page of places, and the person who is asked for the telephone's place (E5)."""

import html
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from models import ActivityFiling, ArrivalPlace, Attendance, db
from services import check_in, venues
from tests.class_makers import MONDAY, as_person, make_class, moment, put_down, session_of
from tests.conftest import Browser
from tests.services.result_makers import Employer, make_city, make_employer, make_people

GIVEN = {"place": "0", "p0-text": "29.079175,119.647424", "p0-datum": "wgs84"}
AWAY = {"with_place": "1", "latitude": "29.2", "longitude": "119.647424", "accuracy": "12.5"}


@dataclass
class Desk:
    """A class of two on its first morning."""

    app: Flask
    host: Employer
    filing: ActivityFiling
    people: list[int]
    clerk: Browser

    def __post_init__(self) -> None:
        self.address = f"/filings/{self.filing.id}/venues"

    def browser(self, account_id: int | None) -> Browser:
        found = self.app.test_client()
        found.sign_in(account_id or 0)
        return found  # type: ignore[return-value]

    def arrive(self, phone: Browser) -> TestResponse:
        """The person opens the code of the screen."""
        return phone.get(f"/check-in?t={check_in.screen_code(session_of(self.filing))}", follow_redirects=True)

    def tap(self, phone: Browser, **data: str) -> TestResponse:
        word = self.arrive(phone).text.partition('name="a" value="')[2].partition('"')[0]
        return phone.post("/check-in/arrive", data={"a": html.unescape(word), **data}, follow_redirects=True)

    def kept(self) -> list[str]:
        db.session.rollback()
        return list(db.session.scalars(sa.select(ArrivalPlace.band)))


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": moment(MONDAY, 9, 5).isoformat()}


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with app.app_context():
        city, host = make_city(), make_employer("training_base")
        people = make_people(city, make_employer(), 2)
        filing = make_class(city, host)
        put_down(filing, host, people)
        clerk = app.test_client()
        clerk.sign_in(host.clerk.account_id or 0)
        yield Desk(app, host, filing, people, clerk)  # type: ignore[arg-type]


def test_a_place_is_given_changed_and_removed(desk: Desk) -> None:
    assert "没有坐标" in desk.clerk.get(desk.address).text
    assert "29.079175, 119.647424" in desk.clerk.post(desk.address, data=GIVEN, follow_redirects=True).text
    link = GIVEN | {"p0-text": "https://uri.amap.com/marker?position=119.647424,29.079175"}
    page = desk.clerk.post(desk.address, data=link, follow_redirects=True).text
    assert "GCJ-02" in page and "29.079175, 119.647424" not in page
    assert "没有坐标" in desk.clerk.post(f"{desk.address}/remove", data={"place": "0"}, follow_redirects=True).text


@pytest.mark.parametrize("text", ["", "学校", "51.507351,0.127758", "https://surl.amap.com/x"])
def test_what_cannot_be_read_is_said_at_the_field(desk: Desk, text: str) -> None:
    refused = desk.clerk.post(desk.address, data=GIVEN | {"p0-text": text})
    assert refused.status_code == 422 and "错误：" in refused.text and 'aria-invalid="true"' in refused.text
    assert venues.places_of(desk.filing) == {venues.place_of(session_of(desk.filing), desk.filing): None}


def test_of_other_places_and_other_organisers_nothing_is_known(desk: Desk) -> None:
    for place in ("1", "-1", "x", "", "9999"):
        assert desk.clerk.post(desk.address, data=GIVEN | {"place": place}).status_code == 404
    stranger = desk.browser(make_employer("training_base").clerk.account_id)
    assert stranger.get(desk.address).status_code == 404
    assert stranger.post(desk.address, data=GIVEN).status_code == 404
    manager = desk.browser(desk.host.manager.account_id)
    assert "保存坐标" not in manager.get(desk.address).text
    assert manager.post(desk.address, data=GIVEN).status_code == 403


def test_nobody_is_asked_for_a_place_that_nobody_gave(desk: Desk) -> None:
    phone = desk.browser(as_person(desk.people[0]).account_id)
    page = desk.arrive(phone)
    assert "with_place" not in page.text and "geolocation=()" in page.headers["Permissions-Policy"]
    assert "签到成功" in desk.tap(phone, **AWAY).text
    assert desk.kept() == []


def test_who_chooses_to_say_it_is_told_what_was_kept(desk: Desk) -> None:
    desk.clerk.post(desk.address, data=GIVEN)
    phone = desk.browser(as_person(desk.people[0]).account_id)
    page = desk.arrive(phone)
    assert "自愿" in page.text and "camera=(), geolocation=(self)" in page.headers["Permissions-Policy"]
    assert "位置记为“距培训地点较远”" in desk.tap(phone, **AWAY).text
    assert desk.kept() == ["far"]
    assert "手机位置较远" in desk.clerk.get(f"/filings/{desk.filing.id}/attendance/{session_of(desk.filing).id}").text


@pytest.mark.parametrize(
    "data",
    [{}, {key: value for key, value in AWAY.items() if key != "with_place"}, AWAY | {"latitude": "north"},
     {"with_place": "1"}, AWAY | {"accuracy": "5000"}],
    ids=["nothing", "not ticked", "no figures", "ticked alone", "vague"],
)  # fmt: skip
def test_without_it_checking_in_is_the_same(desk: Desk, data: dict[str, str]) -> None:
    desk.clerk.post(desk.address, data=GIVEN)
    phone = desk.browser(as_person(desk.people[1]).account_id)
    assert "签到成功。" in desk.tap(phone, **data).text
    assert desk.kept() == []
    assert db.session.scalars(sa.select(Attendance.technician_id)).all() == [desk.people[1]]
    db.session.rollback()


def test_the_figures_stand_in_no_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.clerk.post(desk.address, data=GIVEN)
    phone = desk.browser(as_person(desk.people[0]).account_id)
    with caplog.at_level("DEBUG"):
        desk.tap(phone, **AWAY | {"latitude": "29.217654"})
    assert "29.217654" not in caplog.text

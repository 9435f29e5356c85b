"""The public calendar of activities, as anybody meets it: the list, one activity, and both as files of a calendar."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from domain.roles import Actor
from models import ActivityFiling, Organization, db
from services import clock, filings
from services.transaction import transaction
from tests.conftest import Browser
from tests.filing_makers import (
    OTHER_COUNTY,
    make_approved,
    make_draft,
    make_form,
    make_officer,
    make_organizer,
    make_submitted,
    send_back,
)
from tests.services import result_makers

HTMX = {"HX-Request": "true"}


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def here(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def officer(here: None) -> Actor:
    return make_officer()


def titles(page: str) -> list[str]:
    return re.findall(r'<h2><a href="/activities/\d+">([^<]+)</a>', page)


def make(officer: Actor, title: str, *, first: date | None = None, **changes: Any) -> ActivityFiling:
    return make_approved(make_organizer(), officer, first=first, basics__title=title, **changes)


def unfolded(data: bytes) -> str:
    return re.sub(r"\r\n ", "", data.decode("utf-8"))


def rename(filing: ActivityFiling, **values: str) -> None:
    with transaction():
        organization = db.session.get_one(Organization, filing.organization_id)
        for name, value in values.items():
            setattr(organization, name, value)


# --- The list ---------------------------------------------------------------------------------------------------------


def test_a_site_without_activities_says_so(client: Browser) -> None:
    answer = client.get("/activities")
    assert answer.status_code == 200
    assert "还没有活动" in answer.text


def test_only_what_the_bureau_approved_is_public(client: Browser, officer: Actor) -> None:
    clerk = make_organizer()
    hidden = [make_draft(clerk, basics__title="草稿班"), make_submitted(clerk, basics__title="待审班")]
    returned = make_submitted(clerk, basics__title="补正班")
    send_back(returned, officer)
    withdrawn = make_submitted(clerk, basics__title="撤回班")
    with transaction():
        filings.withdraw(withdrawn, actor=clerk)
    shown = make(officer, "公开班")
    assert titles(client.get("/activities").text) == ["公开班"]
    calendar = unfolded(client.get("/activities.ics").data)
    for filing in (*hidden, returned, withdrawn):
        assert client.get(f"/activities/{filing.id}").status_code == 404
        assert client.get(f"/activities/{filing.id}.ics").status_code == 404
        assert str(filing.id) not in calendar
    assert client.get(f"/activities/{shown.id}").status_code == 200
    assert client.get("/activities/1").status_code == 404


def test_what_comes_next_stands_first_and_what_is_over_last(client: Browser, officer: Actor) -> None:
    today = clock.today()
    for title, days in (("后天", 20), ("明天", 10), ("上月", -40), ("上周", -8), ("正在", -1)):
        make(officer, title, first=today + timedelta(days=days))
    page = client.get("/activities").text
    assert titles(page) == ["正在", "明天", "后天", "上周", "上月"]
    assert (page.count("待开班"), page.count("进行中"), page.count("已结束")) == (2, 1, 2)


def test_each_filter_narrows_the_list_and_stands_in_the_address(client: Browser, officer: Actor) -> None:
    make(officer, "焊接班", first=date(2026, 6, 30), people__occupations="焊工")
    make(officer, "电工班", first=date(2026, 8, 3), people__occupations="电工")
    there = make_approved(
        make_organizer("training_base", OTHER_COUNTY), make_officer(OTHER_COUNTY), first=date(2026, 7, 6),
        basics__title="东阳公开课",
    )  # fmt: skip
    rename(there, name="东阳木雕学校")
    wanted = {
        "": {"焊接班", "电工班", "东阳公开课"},
        f"region={OTHER_COUNTY}": {"东阳公开课"},
        # The welding class begins on the last day of June and ends in July.
        "month=2026-07": {"焊接班", "东阳公开课"},
        "month=2026-06": {"焊接班"},
        "occupation=电工": {"电工班", "东阳公开课"},
        "form=F1": {"东阳公开课"},
        "subject=PUBLIC": {"焊接班", "电工班", "东阳公开课"},
        "q=木雕": {"东阳公开课"},
        "q=焊接": {"焊接班"},
        "q=100%25": set(),
        "month=2026-07&form=F3": {"焊接班"},
        "occupation=铸造工": set(),
        # Words that mean nothing narrow nothing.
        "region=999999&month=2026-99&form=F9&subject=X&page=x": {"焊接班", "电工班", "东阳公开课"},
    }
    found = {query: set(titles(client.get(f"/activities?{query}").text)) for query in wanted}
    assert found == wanted
    page = client.get("/activities?month=2026-07&form=F3").text
    assert '<option value="2026-07" selected>' in page
    assert '<option value="F3" selected>' in page
    assert 'href="/activities.ics?month=2026-07&amp;form=F3"' in page


def test_an_empty_answer_says_what_to_do_and_keeps_the_words(client: Browser, officer: Actor) -> None:
    make(officer, "焊接班")
    page = client.get("/activities?q=没有&occupation=铸造工").text
    assert "没有符合条件的活动" in page
    assert 'value="没有"' in page
    assert "<option" in page and ">铸造工</option>" in page


def test_htmx_gets_the_list_alone_and_a_plain_browser_the_page(client: Browser, officer: Actor) -> None:
    make(officer, "焊接班")
    part, page = client.get("/activities", headers=HTMX), client.get("/activities")
    assert part.text.lstrip().startswith('<section id="activity-list"')
    assert part.text.strip() in page.text
    assert "HX-Request" in part.headers["Vary"] and "HX-Request" in page.headers["Vary"]


def test_twenty_stand_on_a_page(client: Browser, officer: Actor) -> None:
    clerk = make_organizer()
    for number in range(21):
        make_approved(clerk, officer, basics__title=f"第{number}期")
    first, second = client.get("/activities"), client.get("/activities?page=2")
    assert (len(titles(first.text)), len(titles(second.text))) == (20, 1)
    assert "共 21 条" in first.text
    assert client.get("/activities?page=99").status_code == 200


# --- One activity -----------------------------------------------------------------------------------------------------


def test_the_page_tells_what_one_must_know_to_come(client: Browser, officer: Actor) -> None:
    filing = make_approved(make_organizer("training_base"), officer, first=date(2026, 7, 6))
    rename(filing, name="永康技工学校", contact_phone="0579-87654321", contact_name="赵六")
    page = client.get(f"/activities/{filing.id}").text
    for words in (
        "数控加工新工艺企业内训", "永康技工学校", "永康市", "2026年7月6日", "2026年7月7日", "7月6日（周一）上午",
        "08:30–11:30", "一号培训室", "二号车间", "职业道德与法律法规", "公共科目", "合计 16 学时", "焊工、电工",
        "120 人", "闭卷笔试", "王建国", "金职技师学院", "0579-87654321", filing.case.number or "?",
    ):  # fmt: skip
        assert words in page, words
    assert "赵六" not in page
    assert "工资照发" not in page
    assert "培训计划.pdf" not in page
    assert "仅限本单位职工" not in page


def test_a_class_in_the_house_says_whom_it_is_for_and_names_no_telephone(client: Browser, officer: Actor) -> None:
    filing = make(officer, "企业内训")
    rename(filing, contact_phone="0579-87654321")
    page = client.get(f"/activities/{filing.id}").text
    assert "职工参加，不对外报名" in page
    assert "0579-87654321" not in page
    assert "仅限本单位职工" in client.get("/activities").text


def test_the_number_of_a_person_is_nowhere(client: Browser, officer: Actor) -> None:
    mobile = "13805791234"
    filing = make_approved(
        make_organizer("training_base"), officer, basics__title=f"公开课 {mobile}", basics__purpose=f"请打{mobile}",
        basics__place=f"一号楼 {mobile}", sessions__0__topic=f"法规 {mobile}", people__assessment=f"问{mobile}",
    )  # fmt: skip
    rename(filing, contact_phone=mobile, contact_name="赵六", contact_email="zhao@example.com")
    for address in ("/activities", f"/activities/{filing.id}", f"/activities/{filing.id}.ics", "/activities.ics"):
        text = unfolded(client.get(address).data)
        assert "公开课" in text
        assert not re.search(f"{mobile}|赵六|zhao@example.com", text), address


def test_what_was_called_off_says_so_everywhere(client: Browser, officer: Actor) -> None:
    clerk = make_organizer()
    filing = make_approved(clerk, officer, basics__title="取消班")
    before = unfolded(client.get(f"/activities/{filing.id}.ics").data)
    with transaction():
        filings.cancel(filing, remark="教师生病", actor=clerk)
    page = client.get(f"/activities/{filing.id}").text
    assert "已取消" in page and "请不要前往" in page
    assert "教师生病" not in page
    assert "已取消" in client.get("/activities").text
    after = unfolded(client.get("/activities.ics").data)
    assert after.count("STATUS:CANCELLED") == after.count("BEGIN:VEVENT") == 4
    assert re.findall("UID:(.+)\r", after) == re.findall("UID:(.+)\r", before)
    assert (set(re.findall("SEQUENCE:(.+)\r", before)), set(re.findall("SEQUENCE:(.+)\r", after))) == ({"0"}, {"1"})


# --- The calendar -----------------------------------------------------------------------------------------------------


def test_one_activity_is_an_entry_for_each_session(client: Browser, officer: Actor) -> None:
    filing = make(officer, "焊接班", first=date(2026, 7, 6))
    answer = client.get(f"/activities/{filing.id}.ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    text = unfolded(answer.data)
    assert text.count("BEGIN:VEVENT") == 4
    assert re.findall("DTSTART:(.+)\r", text) == [
        "20260706T003000Z", "20260706T053000Z", "20260707T003000Z", "20260707T053000Z",
    ]  # fmt: skip
    assert re.findall("LOCATION:(.+)\r", text)[-1].startswith("二号车间")
    assert f"UID:{filing.sessions[0].id}@" in text
    assert f"/activities/{filing.id}\r" in text
    assert all(len(line) <= 75 for line in answer.data.split(b"\r\n"))


def test_the_feed_has_the_filters_of_the_list_and_forgets_what_is_long_over(client: Browser, officer: Actor) -> None:
    make(officer, "将来班", first=date(2026, 7, 6))
    make(officer, "上周班", first=date(2026, 6, 8))
    make(officer, "二月班", first=date(2026, 2, 2))
    feeds = {query: unfolded(client.get(f"/activities.ics?{query}").data) for query in ("", "q=将来", "month=2026-02")}
    found = {query: set(re.findall("SUMMARY:(.+)\r", feed)) for query, feed in feeds.items()}
    assert found == {"": {"将来班", "上周班"}, "q=将来": {"将来班"}, "month=2026-02": {"二月班"}}
    assert unfolded(client.get("/activities.ics?q=没有").data).endswith("END:VCALENDAR\r\n")


def test_an_unchanged_feed_is_not_sent_again(client: Browser, officer: Actor) -> None:
    make(officer, "焊接班")
    first = client.get("/activities.ics")
    assert "public" in first.headers["Cache-Control"]
    assert client.get("/activities.ics", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    make(officer, "电工班")
    assert client.get("/activities.ics", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("address", ["/activities", "/activities.ics"])
def test_caches_keep_what_is_for_everybody_and_nothing_of_an_account(
    app: Flask, client: Browser, officer: Actor, address: str
) -> None:
    assert "public" in client.get(address).headers["Cache-Control"]
    client.sign_in(officer.account_id or 0)
    assert client.get(address).headers["Cache-Control"] == "no-store"


def test_the_front_page_leads_to_the_calendar(client: Browser) -> None:
    assert 'href="/activities"' in client.get("/").text


@pytest.mark.parametrize("form", ["F4_VOLUNTEER", "F5"])
def test_an_activity_of_every_form_has_its_page(client: Browser, officer: Actor, form: str) -> None:
    clerk = make_organizer()
    filing = make_form(form, clerk, officer, [clock.today() + timedelta(days=20)])
    page = client.get(f"/activities/{filing.id}")
    assert page.status_code == 200 and filing.title in page.text
    assert ("授课教师" in page.text) is bool(filing.teachers)

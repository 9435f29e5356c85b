"""The organiser's pages of activity filings, as a browser meets them: with and without scripts."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from domain.roles import Actor, Role
from models import ActivityFiling, Case, db
from services import clock, filing_tables
from tests.conftest import Browser
from tests.filing_makers import (
    PDF,
    at,
    make_account,
    make_approved,
    make_draft,
    make_officer,
    make_organizer,
    make_submitted,
    send_back,
    words,
)

HTMX = {"HX-Request": "true"}


@dataclass
class Desk:
    """A clerk at a browser."""

    browser: Browser
    actor: Actor

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.browser.get(address, **more)

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.browser.post(address, data=data or {}, **more)


@pytest.fixture
def app_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def clerk(app: Flask, app_context: None) -> Desk:
    return desk(app, make_organizer())


def desk(app: Flask, actor: Actor) -> Desk:
    browser = app.test_client()
    assert isinstance(browser, Browser)
    browser.sign_in(actor.account_id or 0)
    return Desk(browser, actor)


def again(filing: ActivityFiling) -> ActivityFiling:
    """The filing as the database holds it now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(ActivityFiling, filing.id)


def page_form(raw: dict[str, Any], **more: str) -> dict[str, str]:
    """A section of a draft as a browser sends it."""
    if "rows" not in raw:
        return {**{name: value for name, value in raw.items() if value}, **more}
    fields = {f"rows-{index}-{name}": value for index, row in enumerate(raw["rows"]) for name, value in row.items()}
    return {**fields, **more}


# --- Writing a draft --------------------------------------------------------------------------------------------------


def test_a_filing_is_written_page_by_page_without_scripts(clerk: Desk) -> None:
    raw = words(clock.today() + timedelta(days=14))
    begun = clerk.post("/filings/new")
    assert begun.status_code == 303
    hub = begun.location
    assert "0 / 9 项" in clerk.get(hub).text
    for section in ("basics", "partner", "subjects", "teachers", "sessions", "people", "rights", "fees"):
        saved = clerk.post(f"{hub}/{section}", page_form(raw[section], act="save"))
        assert saved.status_code == 303, section
    assert saved.location.endswith("/edit/plan")
    file = {"file": (io.BytesIO(PDF), "培训计划.pdf")}
    assert clerk.post(f"{hub}/plan", file, content_type="multipart/form-data").status_code == 303
    assert "9 / 9 项" in clerk.get(hub).text
    check = clerk.get(hub.replace("/edit", "/check")).text
    assert "error-summary" not in check
    assert "4 个课次，合计 16 学时" in check
    sent = clerk.post(hub.replace("/edit", "/submit"))
    assert sent.status_code == 303
    confirmation = clerk.get(sent.location).text
    case = db.session.scalars(select(Case)).one()
    assert case.number and case.number in confirmation
    assert case.due_on and f"{case.due_on.month}月{case.due_on.day}日" in confirmation
    assert clerk.get(sent.location).status_code == 200, "safe to reload"


def test_two_clicks_begin_one_draft(clerk: Desk) -> None:
    assert clerk.post("/filings/new").location == clerk.post("/filings/new").location
    assert db.session.scalar(select(func.count()).select_from(Case)) == 1


def test_a_wrong_section_answers_422_with_every_problem_and_keeps_the_words(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    values = {"occupations": "", "quota": "很多", "assessment": "闭卷"}
    answer = clerk.post(f"/filings/{filing.id}/edit/people", {**values, "act": "save"})
    assert answer.status_code == 422
    assert "<title>错误：" in answer.text
    assert 'href="#quota"' in answer.text and 'href="#occupations"' in answer.text
    assert 'value="很多"' in answer.text
    assert again(filing).draft["people"]["quota"] == "很多"


def test_an_incomplete_section_can_be_put_aside(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    answer = clerk.post(f"/filings/{filing.id}/edit/people", {"quota": "x", "act": "later"})
    assert answer.status_code == 303
    hub = clerk.get(answer.location).text
    assert "8 / 9 项" in hub
    assert "未完成" in hub


def test_a_row_is_added_and_removed_without_scripts(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    address = f"/filings/{filing.id}/edit/sessions"
    rows = again(filing).draft["sessions"]
    added = clerk.post(address, page_form(rows, act="add"))
    assert added.status_code == 303
    assert added.location.endswith("#row-5")
    stored = again(filing).draft["sessions"]["rows"]
    assert len(stored) == 5
    assert stored[4]["half"] == "am" and stored[4]["teacher"] == "t2", "it goes on where the last one ended"
    removed = clerk.post(address, page_form({"rows": stored}, act="remove-0"))
    assert removed.status_code == 303
    assert again(filing).draft["sessions"]["rows"] == stored[1:]


def test_with_scripts_only_the_rows_come_back_and_the_new_one_takes_the_focus(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    rows = again(filing).draft["teachers"]
    answer = clerk.post(f"/filings/{filing.id}/edit/teachers", page_form(rows, act="add"), headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="rows"')
    assert re.search(r'<input[^>]*data-focus[^>]*id="rows-2-name"', answer.text)
    assert 'value="t3"' in answer.text
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize("act", ["remove-99", "remove-x", "remove--1", "nonsense", "fill"])
def test_an_unknown_button_breaks_nothing(clerk: Desk, act: str) -> None:
    filing = make_draft(clerk.actor)
    rows = again(filing).draft["subjects"]
    assert clerk.post(f"/filings/{filing.id}/edit/subjects", page_form(rows, act=act)).status_code == 303
    assert again(filing).draft["subjects"] == rows


def test_a_name_in_a_page_that_is_no_field_is_not_stored(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    sent = {"rows-0-title": "甲", "rows-0-evil": "x", "rows-99999-title": "y", "rows-x-title": "z", "act": "later"}
    clerk.post(f"/filings/{filing.id}/edit/subjects", sent)
    assert again(filing).draft["subjects"]["rows"] == [{"subject": "", "title": "甲", "hours": ""}]


def test_the_timetable_is_filled_for_many_days(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    fill = {
        "fill-first": "2027-03-01", "fill-last": "2027-03-02", "fill-halves": ["am", "pm"], "fill-teacher": "t1",
        "fill-topic": "工艺", "act": "fill",
    }  # fmt: skip
    answer = clerk.post(f"/filings/{filing.id}/edit/sessions", {"rows-0-on": "", "rows-0-half": "am", **fill})
    assert answer.status_code == 303
    rows = again(filing).draft["sessions"]["rows"]
    assert [(row["on"], row["half"]) for row in rows] == [
        ("2027-03-01", "am"), ("2027-03-01", "pm"), ("2027-03-02", "am"), ("2027-03-02", "pm"),
    ]  # fmt: skip
    assert {(row["teacher"], row["topic"], row["hours"]) for row in rows} == {("t1", "工艺", "4")}


@pytest.mark.parametrize(
    ("fill", "words_"),
    [
        ({"fill-first": "2027-03-02", "fill-last": "2027-03-01", "fill-halves": "am"}, "不能早于"),
        ({"fill-first": "2027-03-01", "fill-last": "2029-03-01", "fill-halves": "am"}, "一年以内"),
        ({"fill-first": "", "fill-last": "", "fill-halves": "am"}, "请选择开始日期"),
        ({"fill-first": "x", "fill-last": "2027-03-01", "fill-halves": "am"}, "2026-06-18 的样子"),
        ({"fill-first": "2027-03-01", "fill-last": "2027-03-01"}, "至少勾选一个时段"),
    ],
)
def test_a_wrong_span_fills_nothing(clerk: Desk, fill: dict[str, str], words_: str) -> None:
    filing = make_draft(clerk.actor)
    before = again(filing).draft
    answer = clerk.post(f"/filings/{filing.id}/edit/sessions", {**page_form(before["sessions"]), **fill, "act": "fill"})
    assert answer.status_code == 422
    assert words_ in answer.text
    assert again(filing).draft == before


def test_more_rows_than_a_page_holds_are_refused(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    before = again(filing).draft
    sent = {f"rows-{index}-title": "课" for index in range(21)}
    answer = clerk.post(f"/filings/{filing.id}/edit/subjects", {**sent, "act": "save"})
    assert answer.status_code == 422
    assert "最多填写 20 行" in answer.text
    assert again(filing).draft == before


def test_what_somebody_typed_is_text_and_no_markup(clerk: Desk) -> None:
    filing = make_draft(clerk.actor, basics__title="<script>alert(1)</script>", teachers__0__name='"><b>')
    for address in (f"/filings/{filing.id}/edit", f"/filings/{filing.id}/check", "/filings", "/work"):
        page = clerk.get(address).text
        assert "<script>alert" not in page
        assert '"><b>' not in page


# --- Autosave ---------------------------------------------------------------------------------------------------------


def test_autosave_keeps_what_is_there_right_or_wrong(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    rows = again(filing).draft["sessions"]["rows"]
    rows[0]["hours"] = "3.5"
    answer = clerk.post(f"/filings/{filing.id}/edit/sessions/draft", page_form({"rows": rows}), headers=HTMX)
    assert answer.status_code == 200
    assert re.search(r"已于 \d\d:\d\d 保存为草稿", answer.text)
    assert "课次合计 15.5 学时，科目合计 16 学时" in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    rows[0]["hours"] = "?"
    answer = clerk.post(f"/filings/{filing.id}/edit/sessions/draft", page_form({"rows": rows}), headers=HTMX)
    assert answer.status_code == 200
    assert again(filing).draft["sessions"]["rows"][0]["hours"] == "?"


def test_two_windows_do_not_overwrite_each_other_in_silence(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    page = clerk.get(f"/filings/{filing.id}/edit/people").text
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    address, values = f"/filings/{filing.id}/edit/people", again(filing).draft["people"]
    first = {**values, "quota": "10", "window": "one", "seen": seen[1]}
    second = {**values, "quota": "20", "window": "two", "seen": seen[1]}
    assert clerk.post(f"{address}/draft", first, headers=HTMX).status_code == 200
    stale = clerk.post(f"{address}/draft", second, headers=HTMX)
    assert stale.status_code == 409
    assert "另一个窗口" in stale.text
    stale = clerk.post(address, {**second, "act": "save"})
    assert stale.status_code == 409
    assert 'value="20"' in stale.text, "what was typed is still there"
    assert again(filing).draft["people"]["quota"] == "10"
    now_seen = re.search(r'name="seen" value="(\d+)"', stale.text)
    assert now_seen is not None
    assert clerk.post(address, {**second, "seen": now_seen[1], "act": "save"}).status_code == 303
    assert again(filing).draft["people"]["quota"] == "20"


def test_a_submitted_filing_is_not_saved_by_a_forgotten_window(clerk: Desk) -> None:
    filing = make_submitted(clerk.actor)
    answer = clerk.post(f"/filings/{filing.id}/edit/basics/draft", {"title": "另"}, headers=HTMX)
    assert answer.status_code == 409
    assert "审核中" in answer.text
    assert clerk.post(f"/filings/{filing.id}/edit/basics", {"title": "另", "act": "save"}).status_code == 303
    assert again(filing).case.title == "数控加工新工艺企业内训"


# --- The plan ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "words_"),
    [
        (None, "请选择要上传的文件"),
        ((io.BytesIO(b""), "空.pdf"), "空的"),
        ((io.BytesIO(b"MZ\x90\x00program"), "计划.pdf"), "文件类型不符"),
    ],
)
def test_a_wrong_file_is_refused_at_its_field(clerk: Desk, file: Any, words_: str) -> None:
    filing = make_draft(clerk.actor)
    answer = clerk.post(
        f"/filings/{filing.id}/edit/plan", {"file": file} if file else {}, content_type="multipart/form-data"
    )
    assert answer.status_code == 422
    assert words_ in answer.text
    assert len(filing_tables.papers_of(again(filing).case)) == 1


def test_a_file_is_removed_and_its_loss_is_told(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    (paper,) = filing_tables.papers_of(filing.case)
    assert paper.label in clerk.get(f"/filings/{filing.id}/edit/plan").text
    assert clerk.get(f"/files/{paper.id}").data.startswith(b"%PDF")
    assert clerk.post(f"/filings/{filing.id}/edit/plan/{paper.id}/remove").status_code == 303
    assert "请上传培训计划" in clerk.get(f"/filings/{filing.id}/check").text


# --- Submitting -------------------------------------------------------------------------------------------------------


def test_an_incomplete_draft_is_not_submitted_and_the_page_leads_to_each_problem(clerk: Desk) -> None:
    filing = make_draft(clerk.actor, people__quota="0", basics__place="", first=clock.today() + timedelta(days=3))
    answer = clerk.post(f"/filings/{filing.id}/submit")
    assert answer.status_code == 422
    for address in ("edit/people?check=1#quota", "edit/basics?check=1#place", "edit/sessions?check=1#rows-0-on"):
        assert f'href="/filings/{filing.id}/{address}"' in answer.text
    assert again(filing).case.state == "draft"
    marked = clerk.get(f"/filings/{filing.id}/edit/people?check=1").text
    assert "1 到 5000" in marked


def test_a_double_submit_makes_one_submission(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    assert clerk.post(f"/filings/{filing.id}/submit").status_code == 303
    again_ = clerk.post(f"/filings/{filing.id}/submit")
    assert again_.status_code == 409
    assert len(again(filing).case.steps) == 1


def test_a_returned_filing_marks_its_points_and_shows_what_changed(clerk: Desk) -> None:
    filing = make_submitted(clerk.actor)
    send_back(filing, make_officer(), ("basics", "请写明达到的水平"), ("总体", "请盖章"))
    page = clerk.get(f"/filings/{filing.id}").text
    assert "一次性补正告知：共 2 项" in page and "请写明达到的水平" in page
    hub = clerk.get(f"/filings/{filing.id}/edit").text
    assert "需补正" in hub and "请盖章" in hub
    assert "请写明达到的水平" in clerk.get(f"/filings/{filing.id}/edit/basics").text
    assert "还没有任何修改" in clerk.get(f"/filings/{filing.id}/check").text
    basics = {**again(filing).draft["basics"], "purpose": "达到高级工水平"}
    assert clerk.post(f"/filings/{filing.id}/edit/basics", {**basics, "act": "save"}).status_code == 303
    assert "已修改" in clerk.get(f"/filings/{filing.id}/edit").text
    check = clerk.get(f"/filings/{filing.id}/check").text
    assert "<ins>达到高级工水平</ins>" in check and "<del>掌握五轴加工新工艺</del>" in check
    assert clerk.post(f"/filings/{filing.id}/submit").status_code == 303
    assert again(filing).case.state == "submitted"


# --- The officer ------------------------------------------------------------------------------------------------------


def test_the_officer_reads_checks_changes_and_approves_what_was_shown(app: Flask, clerk: Desk) -> None:
    officer = desk(app, make_officer())
    filing = make_submitted(clerk.actor)
    address = f"/bureau/cases/{filing.case_id}"
    first = officer.get(address).text
    assert "系统核对" in first and "数控加工新工艺企业内训" in first
    assert "提前 14 天" in first
    shown = hidden(first, "approve")
    send_back(filing, officer.actor)
    page = {**again(filing).draft["people"], "quota": "60", "act": "save"}
    clerk.post(f"/filings/{filing.id}/edit/people", page)
    clerk.post(f"/filings/{filing.id}/submit")
    second = officer.get(address).text
    assert "第 2 次提交修改了什么" in second
    assert "<del>120 人</del>" in second and "<ins>60 人</ins>" in second
    stale = {**hidden(second, "approve"), "approve-content_sha256": shown["approve-content_sha256"]}
    assert officer.post(f"{address}/approve", stale).status_code == 409
    assert again(filing).case.state == "submitted"
    assert officer.post(f"{address}/approve", {"approve-version": stale["approve-version"]}).status_code == 409
    assert officer.post(f"{address}/approve", hidden(second, "approve")).status_code == 303
    assert again(filing).case.state == "approved"


def hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form of an action."""
    fields = re.findall(rf'<input[^>]*name="({action}-[a-z0-9_]+)"[^>]*value="([^"]*)"', page)
    return dict(fields)


# --- One filing as a whole --------------------------------------------------------------------------------------------


def test_the_pages_of_a_filing_belong_to_its_organisation(app: Flask, clerk: Desk) -> None:
    filing = make_submitted(clerk.actor)
    stranger = desk(app, make_organizer())
    pages = ["", "/print", "/submitted", "/edit", "/edit/basics", "/edit/plan", "/check"]
    for page in pages:
        assert stranger.get(f"/filings/{filing.id}{page}").status_code == 404, page
    acts = ["/submit", "/withdraw", "/cancel", "/copy", "/edit/basics", "/edit/basics/draft", "/edit/plan/1/remove"]
    for act in acts:
        assert stranger.post(f"/filings/{filing.id}{act}", {"act": "save"}).status_code == 404, act
    assert clerk.get(f"/filings/{filing.id}").status_code == 200
    assert clerk.get(f"/filings/{filing.id}/edit/nothing").status_code in (303, 404)


def test_a_manager_reads_and_does_not_write(app: Flask, clerk: Desk) -> None:
    manager = desk(app, make_account(Role.EMPLOYER_MANAGER, organization_id=clerk.actor.organization_id))
    filing = make_draft(clerk.actor)
    page = manager.get(f"/filings/{filing.id}")
    assert page.status_code == 200
    assert "数控加工新工艺企业内训" in page.text
    for address in ("/filings/new", f"/filings/{filing.id}/edit", f"/filings/{filing.id}/check"):
        assert manager.get(address).status_code == 403
    assert manager.post(f"/filings/{filing.id}/submit").status_code == 403


def test_a_draft_is_deleted_and_leaves_the_list(clerk: Desk) -> None:
    filing = make_draft(clerk.actor)
    assert "数控加工新工艺企业内训" in clerk.get("/filings").text
    assert clerk.post(f"/filings/{filing.id}/withdraw").location.endswith("/filings")
    assert "数控加工新工艺企业内训" not in clerk.get("/filings").text


def test_a_decision_from_an_old_page_is_refused(clerk: Desk) -> None:
    filing = make_submitted(clerk.actor)
    assert clerk.post(f"/filings/{filing.id}/withdraw", {"version": "1"}).status_code == 409
    version = str(again(filing).case.version)
    assert clerk.post(f"/filings/{filing.id}/withdraw", {"version": version}).status_code == 303
    assert again(filing).case.state == "withdrawn"


def test_a_cancellation_needs_its_reason(clerk: Desk) -> None:
    filing = make_approved(clerk.actor, make_officer())
    answer = clerk.post(f"/filings/{filing.id}/cancel", {"remark": " "})
    assert answer.status_code == 422
    assert "请写明取消的原因" in answer.text
    assert again(filing).case.state == "approved"
    assert clerk.post(f"/filings/{filing.id}/cancel", {"remark": "设备故障"}).status_code == 303
    assert again(filing).case.state == "cancelled"
    assert "设备故障" in clerk.get(f"/filings/{filing.id}").text


def test_a_copy_opens_as_a_new_draft(clerk: Desk) -> None:
    filing = make_submitted(clerk.actor)
    answer = clerk.post(f"/filings/{filing.id}/copy")
    hub = clerk.get(answer.location).text
    assert "已复制为新的草稿" in hub
    # The consent, the plan, and the days: the room and the teachers are taken by the one it is a copy of.
    assert "6 / 9 项" in hub


def test_the_timetable_of_a_copy_is_moved_as_a_whole(clerk: Desk) -> None:
    filing = make_submitted(clerk.actor)
    copy = clerk.post(f"/filings/{filing.id}/copy").location
    db.session.rollback()
    made = db.session.scalars(select(ActivityFiling).order_by(ActivityFiling.id.desc()).limit(1)).one()
    rows = page_form(made.draft["sessions"], act="move")
    refused = clerk.post(f"{copy}/sessions", {**rows, "move-first": ""})
    assert refused.status_code == 422
    assert "请选择新的开班日期" in refused.text
    bare = {"rows-0-topic": "工艺", "rows-0-on": "", "act": "move", "move-first": "2027-03-10"}
    assert "课次都还没有日期" in clerk.post(f"{copy}/sessions", bare).text
    assert clerk.post(f"{copy}/sessions", {**rows, "move-first": "2027-03-10"}).status_code == 303
    assert [row["on"] for row in again(made).draft["sessions"]["rows"]] == [
        "2027-03-10", "2027-03-10", "2027-03-11", "2027-03-11",
    ]  # fmt: skip


def test_the_printed_form_holds_the_number_and_the_content(clerk: Desk) -> None:
    filing = make_submitted(clerk.actor)
    page = clerk.get(f"/filings/{filing.id}/print").text
    assert (filing.case.number or "?") in page
    assert "五轴机床结构" in page
    assert clerk.get(f"/filings/{make_draft(clerk.actor).id}/print").status_code == 404


# --- Lists ------------------------------------------------------------------------------------------------------------


def test_an_empty_list_offers_the_next_step(clerk: Desk) -> None:
    page = clerk.get("/filings").text
    assert "还没有活动备案" in page and "/filings/new" in page
    assert "开始使用" in clerk.get("/work").text


def test_the_list_is_searched_filtered_and_counted(clerk: Desk) -> None:
    make_submitted(clerk.actor, basics__title="焊接工艺班")
    make_draft(clerk.actor, basics__title="电工安全班")
    make_submitted(make_organizer(), basics__title="别家的班")
    everything = clerk.get("/filings").text
    assert "焊接工艺班" in everything and "电工安全班" in everything and "别家的班" not in everything
    assert re.search(r'全部 <span class="tab-count">2</span>', everything)
    assert "电工安全班" not in clerk.get("/filings?state=submitted").text
    found = clerk.get("/filings?q=焊接").text
    assert "焊接工艺班" in found and "电工安全班" not in found
    assert "没有符合条件的备案" in clerk.get("/filings?q=%25").text
    number = db.session.scalar(select(Case.number).where(Case.organization_id == clerk.actor.organization_id,
                                                         Case.number.is_not(None)))  # fmt: skip
    assert "焊接工艺班" in clerk.get(f"/filings?q={number}").text
    part = clerk.get("/filings?q=焊接", headers=HTMX).text
    assert part.lstrip().startswith('<section id="filing-list"')
    for odd in ("year=99999&sort=x&down=1&page=x", "page=99999999999999999999", "page=-1", "state=nonsense"):
        assert clerk.get(f"/filings?{odd}").status_code == 200, odd


def test_long_lists_come_in_pages(clerk: Desk) -> None:
    for number in range(21):
        make_draft(clerk.actor, basics__title=f"第{number:02d}班")
    first, second = clerk.get("/filings?sort=title").text, clerk.get("/filings?sort=title&page=2").text
    assert "第00班" in first and "第20班" not in first
    assert "第20班" in second and "第00班" not in second
    assert "第20班" in clerk.get("/filings?sort=title&down=1").text


def test_the_start_page_says_what_is_to_be_done(clerk: Desk) -> None:
    officer = make_officer()
    returned = make_submitted(clerk.actor, basics__title="退回的班")
    send_back(returned, officer)
    make_approved(clerk.actor, officer, basics__title="将开的班")
    make_approved(clerk.actor, officer, first=clock.today() - timedelta(days=10), basics__title="开完的班")
    page = clerk.get("/work").text
    todo = page[page.index("需要您办理") : page.index("filings-title")]
    assert "需要您办理（2）" in page
    assert "退回的班" in todo and "个工作日" in todo
    assert "开完的班" in todo and "录入成绩" in todo
    assert "将开的班" not in todo and "还有 14 天" in page


def test_the_phase_of_an_activity_follows_the_calendar(clerk: Desk) -> None:
    first = clock.today() + timedelta(days=14)
    filing = make_approved(clerk.actor, make_officer())
    said = {}
    for days in (0, 14, 15, 16):
        with at(clock.today() + timedelta(days=days)):
            said[days] = clerk.get(f"/filings/{filing.id}").text
    assert f"{first.month}月{first.day}日 开班" in said[0] and "取消活动" in said[0]
    assert "活动进行中" in said[14] and "活动进行中" in said[15]
    assert "请报送成绩" in said[16] and "取消活动" not in said[16]


def test_a_case_leads_to_its_page(app: Flask, clerk: Desk) -> None:
    filing = make_submitted(clerk.actor)
    assert clerk.get(f"/cases/{filing.case_id}").location == f"/filings/{filing.id}"
    assert desk(app, make_organizer()).get(f"/cases/{filing.case_id}").status_code == 404

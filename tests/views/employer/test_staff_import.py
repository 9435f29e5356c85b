"""Importing a staff list over HTTP: upload, look, confirm once; what is no list changes nothing and says what to do."""

import io
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from domain.roles import Actor
from models import Employment, ImportBatch, Technician, db
from tests import filing_makers
from tests.conftest import Browser
from tests.sheet_makers import STAFF_HEADERS, staff_rows, xlsx


@pytest.fixture
def clerk(app_context: None) -> Actor:
    return filing_makers.make_organizer("employer", filing_makers.COUNTY)


@pytest.fixture
def browser(app: Flask, clerk: Actor) -> Browser:
    visitor = app.test_client()
    visitor.sign_in(clerk.account_id, membership_id=clerk.membership_id)
    return visitor


def upload(browser: Browser, data: bytes, name: str = "花名册.xlsx") -> Any:
    return browser.post("/staff/import", data={"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def with_a_mistake() -> list[list[object]]:
    rows = staff_rows(12)
    rows[3][3] = "330702199001010010"
    return rows


def people() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Technician)) or 0


def test_a_list_is_shown_before_anything_is_written(browser: Browser) -> None:
    answer = upload(browser, xlsx([STAFF_HEADERS, *staff_rows(12)]))
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert "全部 12 行检查无误" in page
    assert people() == 0
    assert [row[3] for row in staff_rows(12) if str(row[3]) in page] == []


def test_confirming_writes_once(browser: Browser) -> None:
    address = upload(browser, xlsx([STAFF_HEADERS, *staff_rows(12)])).location
    assert browser.post(f"{address}/confirm").status_code == 303
    assert people() == 12
    assert "已导入：新增 12 行" in browser.get(address).text
    again = browser.post(f"{address}/confirm")
    assert (again.status_code, people()) == (409, 12)
    assert "已经确认导入过" in again.text


def test_the_same_file_again_says_that_nothing_changes(browser: Browser) -> None:
    data = xlsx([STAFF_HEADERS, *staff_rows(12)])
    browser.post(f"{upload(browser, data).location}/confirm")
    page = browser.get(upload(browser, data).location).text
    assert "完全一致" in page
    assert "/confirm" not in page
    assert db.session.scalar(select(func.count()).select_from(Employment)) == 12


def test_bad_rows_are_listed_and_marked_in_the_clerks_own_file(browser: Browser) -> None:
    address = upload(browser, xlsx([STAFF_HEADERS, *with_a_mistake()])).location
    page = browser.get(address).text
    assert "1 行有误" in page
    assert "校验不通过" in page
    marked = browser.get(f"{address}/marked.xlsx")
    sheet = load_workbook(io.BytesIO(marked.data)).active
    assert sheet is not None
    assert "校验不通过" in str(sheet.cell(5, len(STAFF_HEADERS) + 1).value)
    browser.post(f"{address}/confirm")
    assert people() == 11


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "空.xlsx", "请"),
        (b"MZ" + bytes(200), "程序.xlsx", "请"),
        (xlsx([["随便"], ["写点"]]), "无表头.xlsx", "表头"),
        (xlsx([STAFF_HEADERS]), "没有人.xlsx", "没有人员数据"),
    ],
)
def test_what_is_no_staff_list_is_refused_with_what_to_do(browser: Browser, data: bytes, name: str, said: str) -> None:
    answer = upload(browser, data, name)
    page = answer.text if answer.status_code == 422 else browser.get(answer.location).text
    assert said in page
    assert people() == 0
    assert db.session.scalar(select(func.count()).select_from(ImportBatch).where(ImportBatch.state == "checked")) == 0


def test_no_file_is_said_at_the_field(browser: Browser) -> None:
    answer = browser.post("/staff/import", data={}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "请选择要导入的文件" in answer.text


def test_another_employers_list_does_not_exist(app: Flask, browser: Browser) -> None:
    address = upload(browser, xlsx([STAFF_HEADERS, *with_a_mistake()])).location
    with app.app_context():
        stranger = filing_makers.make_organizer("employer", filing_makers.COUNTY)
    other = app.test_client()
    other.sign_in(stranger.account_id, membership_id=stranger.membership_id)
    assert other.get(address).status_code == 404
    assert other.get(f"{address}/marked.xlsx").status_code == 404
    assert other.post(f"{address}/confirm").status_code == 404
    assert people() == 0


def test_the_template_can_be_read_back(browser: Browser) -> None:
    answer = browser.get("/staff/import/template.xlsx")
    assert answer.status_code == 200
    page = browser.get(upload(browser, answer.data, "模板.xlsx").location).text
    assert "没有人员数据" in page

"""The pages of results as browsers meet them: the clerk's four steps, the second person, the officer."""

import io
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from domain.roles import Actor
from models import Attachment, CreditEntry, ImportBatch, ResultReport, ResultRow, db
from services import evidence, result_content, results
from services.evidence import Upload
from services.transaction import transaction
from tests.conftest import Browser
from tests.services import result_makers as make

HTMX = {"HX-Request": "true"}


@dataclass
class Desk:
    """Somebody at a browser."""

    browser: Browser
    actor: Actor

    def get(self, address: str, **more: Any) -> TestResponse:
        return self.browser.get(address, **more)

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        return self.browser.post(address, data=data or {}, **more)


@dataclass
class Class:
    """A class that is over, and who deals with it."""

    city: make.City
    employer: make.Employer
    people: list[int]
    report: ResultReport
    clerk: Desk
    manager: Desk
    officer: Desk

    @property
    def address(self) -> str:
        return f"/results/{self.report.id}"

    @property
    def desk_address(self) -> str:
        return f"/bureau/cases/{self.report.case_id}"


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def lesson(app: Flask):
    """A report in draft with three passed persons and four photos."""
    with app.app_context():
        city, employer = make.make_city(), make.make_employer()
        people = make.make_people(city, employer, 3)
        report = make.make_report(city, employer, people)
        yield Class(
            city,
            employer,
            people,
            report,
            *(desk(app, each) for each in (employer.clerk, employer.manager, city.officer)),
        )


def desk(app: Flask, actor: Actor) -> Desk:
    browser = app.test_client()
    browser.sign_in(actor.account_id)
    return Desk(browser, actor)


def fresh() -> None:
    """Let the test see what a request has written."""
    db.session.rollback()
    db.session.expire_all()


def entries() -> int:
    fresh()
    return db.session.scalar(select(func.count()).select_from(CreditEntry)) or 0


def stored(lesson: Class) -> dict[int, dict[str, object]]:
    fresh()
    return result_content.stored_rows(lesson.report)


def sheet(lesson: Class, hours: int = 16, people: list[int] | None = None) -> tuple[io.BytesIO, str]:
    book = Workbook()
    book.active.append(["姓名", "身份证号", "实到学时", "考核结果"])
    for person in people or lesson.people:
        book.active.append([*lesson.city.persons[person], hours, "合格"])
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    return out, "成绩.xlsx"


# --- opening ----------------------------------------------------------------------------------------------------------


def test_the_clerk_opens_the_results_of_a_class_that_is_over(app, lesson):
    filing = make.make_filing(lesson.city, lesson.employer, title="焊接新工艺内训")
    listed = lesson.clerk.get("/results").text
    assert "焊接新工艺内训" in listed and "等待报送（1）" in listed
    answer = lesson.clerk.post(f"/results/open/{filing.id}")
    assert answer.status_code == 303
    page = lesson.clerk.get(answer.location).text
    assert "1. 导入成绩" in page and "未开始" in page
    assert "等待报送" not in lesson.clerk.get("/results").text
    assert lesson.manager.post(f"/results/open/{filing.id}").status_code == 403


def test_strangers_find_nothing(app, lesson):
    make.release(lesson.report, lesson.employer)
    stranger = make.make_employer()
    for actor, status in ((stranger.clerk, 404), (stranger.manager, 404)):
        other = desk(app, actor)
        for path in ("", "/table", "/release" if actor is stranger.manager else "/rows"):
            assert other.get(lesson.address + path).status_code == status, path
    assert lesson.officer.get(lesson.address).status_code == 403
    assert lesson.officer.get(f"{lesson.desk_address}/results").status_code == 200
    photo = db.session.scalars(select(Attachment).where(Attachment.kind == "photo")).first()
    assert desk(app, stranger.clerk).get(f"/files/{photo.id}/small").status_code == 404
    assert lesson.officer.get(f"/files/{photo.id}/small").mimetype == "image/jpeg"


# --- rows -------------------------------------------------------------------------------------------------------------


def test_the_rows_show_masked_numbers_and_what_each_earns(lesson):
    page = lesson.clerk.get(f"{lesson.address}/rows")
    for person in lesson.people:
        name, number = lesson.city.persons[person]
        assert name in page.text and number not in page.text
    assert "出勤率 100%" in page.text and "得 16 学分" in page.text
    part = lesson.clerk.get(f"{lesson.address}/rows?outcome=failed", headers=HTMX).text
    assert part.lstrip().startswith('<div id="result-rows">')


def test_a_row_is_changed_by_hand(lesson):
    person = lesson.people[0]
    address = f"{lesson.address}/rows/{person}"
    assert 'value="16"' in lesson.clerk.get(address).text
    answer = lesson.clerk.post(address, {"hours": "１２.５学时", "score": "", "outcome": "failed", "remark": " 早退 "})
    assert answer.status_code == 303
    row = stored(lesson)[person]
    assert (row["hours_tenths"], row["score_tenths"], row["outcome"], row["remark"]) == (125, None, "failed", "早退")
    again = lesson.clerk.post(
        address, {"hours": "12.5", "score": "", "outcome": "failed", "remark": "早退"}, follow_redirects=True
    )
    assert "没有任何变化" in again.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"hours": ""}, "请填写实到学时"),
        ({"hours": "16.05"}, "小数位过多"),
        ({"hours": "-1"}, "不能为负数"),
        ({"hours": "1e1"}, "请填写"),
        ({"hours": "16.1"}, "不能超过备案的 16 学时"),
        ({"score": "101"}, "0 到 100"),
        ({"score": "九十"}, "不是可用的数字"),
        ({"outcome": ""}, "请选择考核结果"),
        ({"outcome": "great"}, ""),
        ({"outcome": "absent", "score": "80"}, "缺考"),
        ({"remark": "长" * 201}, "最多200个字"),
    ],
)
def test_a_wrong_row_is_told_at_the_field_and_changes_nothing(lesson, data, words):
    before = stored(lesson)
    right = {"hours": "16", "score": "90", "outcome": "passed", "remark": ""}
    answer = lesson.clerk.post(f"{lesson.address}/rows/{lesson.people[0]}", right | data)
    assert answer.status_code == 422
    assert words in answer.text and "提交的内容有误" in answer.text
    assert stored(lesson) == before


def test_a_person_is_added_and_taken_out(lesson):
    person = make.make_people(lesson.city, lesson.employer, 1)[0]
    name, number = lesson.city.persons[person]
    data = {"name": name, "id_number": number.lower(), "hours": "8", "score": "70", "outcome": "passed", "remark": ""}
    assert lesson.clerk.post(f"{lesson.address}/rows/new", data).status_code == 303
    assert stored(lesson)[person]["hours_tenths"] == 80
    twice = lesson.clerk.post(f"{lesson.address}/rows/new", data)
    assert twice.status_code == 422 and "已在名单中" in twice.text
    assert lesson.clerk.post(f"{lesson.address}/rows/{person}/remove").status_code == 303
    assert person not in stored(lesson)
    assert lesson.clerk.post(f"{lesson.address}/rows/{person}/remove").status_code == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [({"name": "张冠李戴"}, "姓名与该证件号码登记的姓名不一致"), ({"id_number": "330784198001010010"}, "校验不通过"),
     ({"id_number": make.number_of(912_345)}, "职工名册中没有此人"), ({"id_number": ""}, "请填写证件号码")],
)  # fmt: skip
def test_nobody_but_the_own_staff_is_added(lesson, change, words):
    person = make.make_people(lesson.city, lesson.employer, 1)[0]
    name, number = lesson.city.persons[person]
    data = {"name": name, "id_number": number, "hours": "8", "score": "", "outcome": "passed", "remark": ""} | change
    answer = lesson.clerk.post(f"{lesson.address}/rows/new", data)
    assert answer.status_code == 422 and words in answer.text
    assert set(stored(lesson)) == set(lesson.people)


# --- import -----------------------------------------------------------------------------------------------------------


def test_a_list_is_imported_after_a_look_at_what_would_happen(lesson):
    new = make.make_people(lesson.city, lesson.employer, 1)
    answer = lesson.clerk.post(
        f"{lesson.address}/import", {"file": sheet(lesson, hours=12, people=[*lesson.people[:2], *new])}
    )
    assert answer.status_code == 303
    page = lesson.clerk.get(answer.location).text
    assert "导入 3 行" in page and "学时：16 → 12" in page
    assert "从名单中移出，以本文件为准" in page
    assert lesson.clerk.get(answer.location, headers=HTMX).text.lstrip().startswith('<div id="import-batch"')
    assert stored(lesson)[lesson.people[0]]["hours_tenths"] == 160
    assert lesson.clerk.post(f"{answer.location}/confirm", {"missing": "remove"}).status_code == 303
    assert set(stored(lesson)) == {*lesson.people[:2], *new}
    done = lesson.clerk.get(answer.location).text
    assert "新增 1 人，更新 2 人，无变化 0 人，移出 1 人" in done
    again = lesson.clerk.post(f"{lesson.address}/import", {"file": sheet(lesson, 12, [*lesson.people[:2], *new])})
    assert "没有需要导入的变化" in lesson.clerk.get(again.location).text
    assert lesson.clerk.post(f"{answer.location}/confirm", {"missing": "keep"}).status_code == 409


def test_the_marked_file_and_the_template_come_as_files(lesson):
    answer = lesson.clerk.post(f"{lesson.address}/import", {"file": sheet(lesson, hours=99)})
    page = lesson.clerk.get(answer.location).text
    assert "3 行有误" in page and "导入 " not in page.split("逐行结果")[0].split("stats")[1].split("有误")[0]
    marked = lesson.clerk.get(f"{answer.location}/marked.xlsx")
    cells = load_workbook(io.BytesIO(marked.data)).active
    assert "超过备案" in str(cells.cell(2, cells.max_column).value)
    assert "attachment" in marked.headers["Content-Disposition"]
    template = lesson.clerk.get(f"{lesson.address}/import/template.xlsx")
    assert load_workbook(io.BytesIO(template.data)).active.cell(1, 2).value == "姓名"


def test_a_bad_upload_is_told_at_the_field(lesson):
    assert "请选择要导入的成绩表" in lesson.clerk.post(f"{lesson.address}/import").text
    answer = lesson.clerk.post(f"{lesson.address}/import", {"file": (io.BytesIO(b"%PDF-1.4"), "a.pdf")})
    shown = lesson.clerk.get(answer.location).text if answer.status_code == 303 else answer.text
    assert "改好后重新上传" in shown or "field-error" in shown


def test_a_batch_is_found_under_its_own_report_only(lesson):
    answer = lesson.clerk.post(f"{lesson.address}/import", {"file": sheet(lesson)})
    fresh()
    batch = db.session.scalars(select(ImportBatch)).one()
    other = make.make_report(lesson.city, lesson.employer, lesson.people, title="另一次活动")
    assert lesson.clerk.get(f"/results/{other.id}/import/{batch.id}").status_code == 404
    assert lesson.clerk.get(answer.location).status_code == 200


# --- photos -----------------------------------------------------------------------------------------------------------


def test_several_photos_are_uploaded_at_once_and_one_taken_out(lesson):
    page = lesson.clerk.get(f"{lesson.address}/evidence").text
    assert (
        "单个不超过 20 MB" in page
        and "一次上传合计不超过 60 MB" in page
        and "4 / 5 件" in page
        and "视频还差 1 段" in page
    )
    files = [(io.BytesIO(make.picture(n)), f"{n}.jpg") for n in (70_001, 70_002, 70_001)]
    answer = lesson.clerk.post(f"{lesson.address}/evidence", {"files": files}, follow_redirects=True)
    assert "已保存 2 个文件，1 个与已有文件相同" in answer.text
    fresh()
    photo = evidence.of_report(lesson.report)[-1]
    assert lesson.clerk.post(f"{lesson.address}/evidence/{photo.id}/remove").status_code == 303
    fresh()
    assert evidence.count(lesson.report, "photo") == 5


def test_a_file_that_is_no_photo_is_named(lesson):
    files = [(io.BytesIO(make.picture(70_003)), "好.jpg"), (io.BytesIO(b"<svg onload=x>"), "坏.svg")]
    answer = lesson.clerk.post(f"{lesson.address}/evidence", {"files": files})
    assert answer.status_code == 422 and "坏.svg" in answer.text and "都没有保存" in answer.text
    fresh()
    assert evidence.count(lesson.report, "photo") == 4
    assert "可以一次选多个" in lesson.clerk.post(f"{lesson.address}/evidence").text


# --- entering and releasing -------------------------------------------------------------------------------------------


def enter(lesson: Class, **changes: str) -> TestResponse:
    """The clerk submits; where that succeeds everybody confirms the own row."""
    fresh()
    data = {"version": str(lesson.report.case.version), "note": "没有录像设备", "honest": "y"} | changes
    answer = lesson.clerk.post(f"{lesson.address}/submit", data)
    with lesson.clerk.browser.application.app_context():
        make.all_confirm(db.session.get_one(ResultReport, lesson.report.id))
    return answer


def test_the_clerk_explains_what_is_missing_and_submits(lesson):
    assert "视频还差 1 段" in lesson.clerk.get(f"{lesson.address}/submit").text
    refused = enter(lesson, note="")
    assert refused.status_code == 422 and "或写明原因" in refused.text
    refused = enter(lesson, honest="")
    assert refused.status_code == 422 and "请核对后勾选" in refused.text
    assert enter(lesson).status_code == 303
    page = lesson.clerk.get(lesson.address).text
    assert "由本单位审核人核对发布" in page and "没有录像设备" in page
    for path in ("/rows", "/import", "/evidence", "/submit"):
        assert lesson.clerk.get(lesson.address + path).status_code == 303, path


def test_an_empty_report_cannot_be_submitted(lesson):
    filing = make.make_filing(lesson.city, lesson.employer, title="空的")
    with transaction():
        report = results.open_report(filing, actor=lesson.employer.clerk)
    page = lesson.clerk.get(f"/results/{report.id}/submit").text
    assert "还没有成绩，还没有现场照片" in page
    answer = lesson.clerk.post(f"/results/{report.id}/submit", {"version": "1", "note": "", "honest": "y"})
    assert answer.status_code == 422


def test_the_second_person_releases_after_a_look_at_samples(lesson):
    enter(lesson)
    assert lesson.clerk.get(f"{lesson.address}/release").status_code == 403
    page = lesson.manager.get(f"{lesson.address}/release").text
    assert "系统随机抽出 3 人" in page
    fresh()
    version = {"version": str(lesson.report.case.version)}
    refused = lesson.manager.post(f"{lesson.address}/release", version)
    assert refused.status_code == 422
    answer = lesson.manager.post(f"{lesson.address}/release", version | {"checked": "y"})
    assert answer.status_code == 303
    page = lesson.manager.get(answer.location).text
    assert "成绩已报送" in page and "CJ330784-" in page and "承诺在" in page


def test_the_second_person_sends_back(lesson):
    enter(lesson)
    assert "请写明哪里需要改" in lesson.manager.post(f"{lesson.address}/send-back", {}).text
    answer = lesson.manager.post(f"{lesson.address}/send-back", {"remark": "学员乙缺课"})
    assert answer.status_code == 303
    page = lesson.clerk.get(lesson.address).text
    assert "学员乙缺课" in page and "1. 导入成绩" in page


def test_who_entered_sees_why_not_to_release(app, lesson):
    from domain.roles import Role
    from tests.filing_makers import make_account

    enter(lesson)
    same = make_account(
        Role.EMPLOYER_MANAGER, person=lesson.employer.clerk.person_key, organization_id=lesson.employer.id
    )
    second = desk(app, same)
    page = second.get(f"{lesson.address}/release").text
    assert "由您本人录入提交" in page and "发布成绩，报送" not in page
    fresh()
    data = {"version": str(lesson.report.case.version), "checked": "y"}
    assert second.post(f"{lesson.address}/release", data).status_code == 409


# --- the officer ------------------------------------------------------------------------------------------------------


def decide(lesson: Class, action: str, **more: str) -> TestResponse:
    from services import result_review

    fresh()
    case = lesson.report.case
    seen = {"version": str(case.version), "content_sha256": result_review.review(case).content_sha256}
    data = {f"{action}-{name}": value for name, value in (seen | more).items()}
    return lesson.officer.post(f"{lesson.desk_address}/{action}", data)


def test_the_officer_sees_everything_on_one_page_and_credits(lesson):
    make.release(lesson.report, lesson.employer)
    page = lesson.officer.get(lesson.desk_address).text
    for words in ("成绩与学分", "系统核对", "照片和视频", "逐人成绩", "出勤率 100%", "没有录像设备", "审核通过并入账"):
        assert words in page, words
    for person in lesson.people:
        assert lesson.city.persons[person][1] not in page
    assert decide(lesson, "credit").status_code == 303
    assert entries() == 6
    assert "学分已入账" in lesson.officer.get(lesson.desk_address).text
    assert "审核通过，3 人共 48 学分" in lesson.clerk.get(lesson.address).text
    assert decide(lesson, "credit").status_code == 409
    assert entries() == 6


def test_a_decision_on_another_content_is_refused(lesson):
    make.release(lesson.report, lesson.employer)
    answer = decide(lesson, "credit", content_sha256="0" * 64)
    assert answer.status_code == 409
    assert entries() == 0


def test_the_officer_returns_and_sees_what_was_changed(lesson):
    make.release(lesson.report, lesson.employer)
    answer = decide(
        lesson, "return", **{"points-0-section": "rows", "points-0-message": "第一位学时有误", "remark": ""}
    )
    assert answer.status_code == 303
    page = lesson.clerk.get(lesson.address).text
    assert "第一位学时有误" in page and f"{lesson.address}/rows" in page
    fresh()
    with transaction():
        rows = make.rows_for(lesson.city, lesson.people[:1], hours_tenths=120)
        result_content.put_rows(lesson.report, rows, actor=lesson.employer.clerk)
        evidence.add(lesson.report, [Upload(name="补.jpg", data=make.picture(70_009))], actor=lesson.employer.clerk)
    make.release(lesson.report, lesson.employer)
    page = lesson.officer.get(lesson.desk_address).text
    assert "第 2 次报送修改了什么" in page
    assert "16 学时，90 分，合格" in page and "12 学时，90 分，合格" in page and "新增 1 个文件" in page


def test_a_clash_with_another_class_is_shown_to_the_officer(lesson):
    other = make.make_report(lesson.city, lesson.employer, lesson.people[:1], title="同时的另一门课")
    make.release(other, lesson.employer)
    make.release(lesson.report, lesson.employer)
    page = lesson.officer.get(lesson.desk_address).text
    assert "同一时段在" in page and "同时的另一门课" in page


def test_a_large_class_is_shown_page_by_page(lesson):
    more = make.make_people(lesson.city, lesson.employer, 120)
    with transaction():
        result_content.put_rows(lesson.report, make.rows_for(lesson.city, more), actor=lesson.employer.clerk)
    make.release(lesson.report, lesson.employer)
    whole = lesson.officer.get(lesson.desk_address)
    assert len(whole.data) < 100_000
    part = lesson.officer.get(f"{lesson.desk_address}/results?page=3", headers=HTMX).text
    assert part.count('scope="row"') == 23 and "第 3 / 3 页" in part
    assert len(lesson.clerk.get(f"{lesson.address}/table").data) < 100_000
    assert db.session.scalar(select(func.count()).select_from(ResultRow)) == 123

"""Keying results at the browser: line by line with the keyboard, pasted from a spreadsheet, begun from attendance."""

import pytest
from flask import Flask
from sqlalchemy import insert, select

from models import Attendance, ImportBatch, Job, ResultReport, ResultRow, Technician, db
from services import clock, crypto, jobs, registry, result_content, result_keying, results
from services.transaction import transaction
from tests.services import result_makers as make


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def lesson(app: Flask):
    """An empty list of an own class of four, and the clerk at a browser."""
    with app.app_context():
        city, employer = make.make_city(), make.make_employer()
        people = make.make_people(city, employer, 4)
        filing = make.make_filing(city, employer)
        with transaction():
            report = results.open_report(filing, actor=employer.clerk)
        browser = app.test_client()
        browser.sign_in(employer.clerk.account_id)
        yield city, people, report, browser


def stored(report: ResultReport) -> dict[int, tuple[int, int | None, str]]:
    db.session.rollback()
    db.session.expire_all()
    rows = result_content.stored_rows(report)
    return {person: (row["hours_tenths"], row["score_tenths"], row["outcome"]) for person, row in rows.items()}


def end_of(city: make.City, person: int, length: int = 4) -> str:
    return city.persons[person][1][-length:]


def test_a_line_and_enter_keys_one_person(lesson):
    city, people, report, browser = lesson
    address = f"/results/{report.id}/keying"
    ends = [end_of(city, person, 6) for person in people]
    page = browser.get(address).text
    assert "autofocus" in page and "还有 4 人没有成绩" in page
    assert all(city.persons[person][1] not in page for person in people)
    for line in (f"{ends[0]} 16 90", f"{ends[1]} 8 59.5", f"{ends[2]} 缺考", ends[3]):
        answer = browser.post(address, data={"line": line})
        assert (answer.status_code, answer.location) == (303, address)
    assert stored(report) == {
        people[0]: (160, 900, "passed"),
        people[1]: (80, 595, "failed"),
        people[2]: (0, None, "absent"),
        people[3]: (160, None, "passed"),
    }
    browser.post(address, data={"line": f"{ends[0]} 12 85"})
    assert stored(report)[people[0]] == (120, 850, "passed")


def test_what_cannot_be_keyed_says_why_and_keeps_the_line(lesson):
    city, people, report, browser = lesson
    address = f"/results/{report.id}/keying"
    for line, said in (
        ("", "请输入证件号码的后四位"),
        ("99", "不是证件号码的后四至六位"),
        ("999999 16", "没有证件号码以 999999 结尾的人"),
        (f"{end_of(city, people[0], 6)} 17", "不能超过备案的"),
        (f"{end_of(city, people[0], 6)} 16 缺考", "缺考的人员不应有学时"),
    ):
        answer = browser.post(address, data={"line": line})
        assert answer.status_code == 422 and said in answer.text
        assert f'value="{line}"' in answer.text
    assert stored(report) == {}


def test_two_with_one_end_are_told_apart_by_name(lesson):
    city, people, report, browser = lesson
    address = f"/results/{report.id}/keying"
    with transaction():
        number = city.persons[people[1]][1][:-4] + end_of(city, people[0])
        db.session.get_one(Technician, people[1]).id_number_sealed = crypto.seal(number, registry.ID_NUMBER)
    line = f"{end_of(city, people[0])} 16 88"
    asked = browser.post(address, data={"line": line})
    assert asked.status_code == 422 and "请选择" in asked.text and asked.text.count('name="person"') == 2
    assert stored(report) == {}
    assert browser.post(address, data={"line": line, "person": str(people[1])}).status_code == 303
    assert list(stored(report)) == [people[1]]


def test_attendance_fills_the_list(lesson):
    _, people, report, browser = lesson
    sessions = report.filing.sessions
    with transaction():
        db.session.execute(
            insert(Attendance),
            [
                {"technician_id": person, "session_id": session.id, "filing_id": report.filing_id,
                 "starts_at": session.starts_at, "ends_at": session.ends_at, "hours_tenths": session.hours_tenths,
                 "method": "sheet", "standing": "counted" if person != people[2] else "absent", "reason": "",
                 "device_key": "", "recorded_at": clock.now()}
                for person in people[:3]
                for session in sessions[: 4 if person == people[0] else 3]
            ],
        )  # fmt: skip
    assert browser.post(f"/results/{report.id}/keying/prefill").status_code == 303
    assert stored(report) == {
        people[0]: (160, None, "passed"),
        people[1]: (120, None, "passed"),
        people[2]: (0, None, "absent"),
    }
    assert browser.post(f"/results/{report.id}/keying/prefill").status_code == 409


def test_pasted_rows_are_looked_at_before_they_are_written(lesson):
    city, people, report, browser = lesson
    pasted = "\n".join(
        f"{index}\t合格\t{city.persons[person][1]}\t{city.persons[person][0]}\t{80 + index}\t16"
        for index, person in enumerate(people, 1)
    )
    answer = browser.post(f"/results/{report.id}/keying/paste", data={"rows": pasted})
    assert answer.status_code == 303
    _work()
    page = browser.get(answer.location).text
    assert "全部 4 行检查无误" in page and stored(report) == {}
    batch = db.session.scalars(select(ImportBatch)).one()
    browser.post(f"{answer.location}/confirm", data={"missing": "keep"})
    _work()
    assert batch.file.original_name == "粘贴的成绩.csv"
    assert stored(report) == {person: (160, 800 + 10 * index, "passed") for index, person in enumerate(people, 1)}
    assert db.session.scalars(select(ResultRow.report_id)).first() == report.id


def test_nothing_to_paste_is_said(lesson):
    *_, report, browser = lesson
    for rows, said in (("", "请先在表格软件中"), ("张三\t16\t合格", "认不出哪一列")):
        answer = browser.post(f"/results/{report.id}/keying/paste", data={"rows": rows})
        assert answer.status_code == 422 and said in answer.text


def test_the_file_of_pasted_rows_keeps_every_cell():
    assert result_keying.as_csv([["a,b", "0123"]]).decode("utf-8-sig") == '"a,b",0123\r\n'


def _work() -> None:
    db.session.rollback()
    for job in db.session.scalars(select(Job).where(Job.state == "queued").order_by(Job.id)).all():
        jobs.execute(job.id)
    db.session.expire_all()

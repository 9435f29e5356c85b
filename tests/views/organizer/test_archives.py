"""The pages of teaching archives and learning proofs: organiser, officer, leader, and whoever may not."""

import io
import zipfile
from collections.abc import Iterator
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import select

from domain.roles import Actor, Role
from models import ActivityFiling, ArchiveBundle, ArchiveHold, ArchivePaper, DisposalList, ResultReport, db
from services import archives, files
from tests.conftest import Browser
from tests.filing_makers import COUNTY, at, make_account
from tests.services import result_makers
from tests.services.result_makers import City, Employer
from tests.services.test_archives import LATER, OVER, PDF

Row = TypeVar("Row")


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    with app.app_context():
        yield result_makers.make_city()


@pytest.fixture
def employer(city: City) -> Employer:
    return result_makers.make_employer()


@pytest.fixture
def report(city: City, employer: Employer) -> ResultReport:
    report = result_makers.make_report(city, employer, result_makers.make_people(city, employer, 2))
    result_makers.release(report, employer)
    result_makers.credit(report, city.officer)
    return report


@pytest.fixture
def filing(report: ResultReport) -> ActivityFiling:
    return report.filing


def signed_in(app: Flask, actor: Actor) -> Browser:
    browser = app.test_client()
    browser.sign_in(actor.account_id or 0, membership_id=actor.membership_id)
    return browser


def stored(table: type[Row]) -> Row:
    """The one row of the table, as it was committed."""
    db.session.rollback()
    return db.session.scalars(select(table)).one()


def test_the_clerk_reads_what_is_missing_adds_it_and_closes(
    app: Flask, filing: ActivityFiling, employer: Employer
) -> None:
    clerk, address = signed_in(app, employer.clerk), f"/archives/{filing.id}"
    page = clerk.get(address).text
    assert "现缺 1 项：签到考勤记录：全部 4 个课次没有签到记录。" in page
    assert "现在归档" not in page
    nothing = clerk.post(f"{address}/papers", data={"item": "attendance"})
    assert nothing.status_code == 422
    assert "请选择要上传的文件" in nothing.text
    wrong = clerk.post(f"{address}/papers", data={"item": "attendance", "file": (io.BytesIO(b"MZ"), "x.exe")})
    assert wrong.status_code == 422
    assert "文件类型不符" in wrong.text
    sent = clerk.post(f"{address}/papers", data={"item": "attendance", "file": (io.BytesIO(PDF), "签到表.pdf")})
    assert sent.status_code == 303
    page = clerk.get(address).text
    assert "事后补充" in page
    assert "现在归档" in page
    paper = stored(ArchivePaper)
    assert clerk.get(f"/archive-files/papers/{paper.id}").data == PDF
    assert clerk.post(f"{address}/close").status_code == 303
    assert "归档，内容齐全" in clerk.get(address).text
    assert clerk.post(f"{address}/papers/{paper.id}/remove").status_code == 409


def test_a_bundle_is_asked_for_and_downloaded(app: Flask, filing: ActivityFiling, employer: Employer) -> None:
    manager = signed_in(app, employer.manager)
    assert manager.post(f"/archives/{filing.id}/bundle").status_code == 303
    page = manager.get(f"/archives/{filing.id}").text
    assert "可以下载" in page
    bundle = stored(ArchiveBundle)
    answer = manager.post(f"/archive-files/bundles/{bundle.id}")
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        assert {"index.pdf", "manifest.json", "verify.py"} <= set(packed.namelist())


def test_nobody_else_finds_any_of_it(app: Flask, filing: ActivityFiling, employer: Employer) -> None:
    clerk = signed_in(app, employer.clerk)
    clerk.post(f"/archives/{filing.id}/papers", data={"item": "other", "file": (io.BytesIO(PDF), "x.pdf")})
    clerk.post(f"/archives/{filing.id}/bundle")
    paper, bundle = stored(ArchivePaper), stored(ArchiveBundle)
    stranger = signed_in(app, result_makers.make_employer().clerk)
    for method, address in (
        ("GET", f"/archives/{filing.id}"),
        ("POST", f"/archives/{filing.id}/bundle"),
        ("POST", f"/archives/{filing.id}/close"),
        ("GET", f"/archive-files/papers/{paper.id}"),
        ("POST", f"/archive-files/bundles/{bundle.id}"),
    ):
        assert stranger.open(address, method=method).status_code == 404, address
    assert filing.title not in stranger.get("/archives").text


def test_an_officer_holds_and_lifts_with_reasons(app: Flask, filing: ActivityFiling, city: City) -> None:
    officer, address = signed_in(app, city.officer), f"/bureau/archives/{filing.id}"
    assert officer.post(f"{address}/holds", data={"reason": " "}).status_code == 422
    assert officer.post(f"{address}/holds", data={"reason": "正在核查"}).status_code == 303
    assert "正在核查" in officer.get(address).text
    assert filing.title in officer.get("/bureau/archives?state=held").text
    hold = stored(ArchiveHold)
    refused = officer.post(f"{address}/holds/{hold.id}/lift", data={"reason": ""})
    assert refused.status_code == 422
    assert "请写明解除的理由" in refused.text
    assert officer.post(f"{address}/holds/{hold.id}/lift", data={"reason": "属实，已处理"}).status_code == 303
    assert filing.title not in officer.get("/bureau/archives?state=held").text
    leader = signed_in(app, make_account(Role.COUNTY_LEADER, region_code=COUNTY))
    assert leader.get(address).status_code == 200
    assert leader.post(f"{address}/holds", data={"reason": "x"}).status_code == 403


def test_an_officer_lists_and_a_leader_decides(app: Flask, filing: ActivityFiling, city: City) -> None:
    leader = make_account(Role.COUNTY_LEADER, region_code=COUNTY)
    with at(LATER):
        archives.close_due()
    with at(OVER):
        officer = signed_in(app, city.officer)
        assert "1 份" in officer.get("/bureau/archives/disposals").text
        address = officer.post("/bureau/archives/disposals").headers["Location"]
        assert "由本地区人力社保部门负责人决定" in officer.get(address).text
        assert officer.post(f"{address}/approve").status_code == 403
        decider = signed_in(app, leader)
        assert decider.post(f"{address}/decline", data={"remark": ""}).status_code == 422
        assert decider.post(f"{address}/approve").status_code == 303
        assert "已销毁" in decider.get(address).text
        assert "文件已于" in officer.get(f"/bureau/archives/{filing.id}").text
    assert stored(DisposalList).state == "destroyed"
    assert not any(files.is_there(each.file) for each in filing.case.attachments)


def test_archives_are_offered_and_taken_over(
    app: Flask, filing: ActivityFiling, employer: Employer, city: City
) -> None:
    clerk, officer = signed_in(app, employer.clerk), signed_in(app, city.officer)
    wrong = clerk.post("/archives/handovers", data={"uscc": "91330784MAQH7X2K4L", "reason": "停止办学"})
    assert wrong.status_code == 422
    assert "没有这个统一社会信用代码" in wrong.text
    assert clerk.post("/archives/handovers", data={"uscc": "", "reason": "停止办学"}).status_code == 303
    page = officer.get("/bureau/archives/handovers").text
    assert filing.title in page
    handover_id = page.split("/bureau/archives/handovers/")[1].split("/")[0]
    assert clerk.post(f"/archives/handovers/{handover_id}/accept").status_code == 409
    assert officer.post(f"/bureau/archives/handovers/{handover_id}/decline", data={}).status_code == 422
    assert officer.post(f"/bureau/archives/handovers/{handover_id}/accept").status_code == 303
    assert "已移交" in clerk.get(f"/archives/{filing.id}").text
    assert "上传到档案" not in clerk.get(f"/archives/{filing.id}").text


def test_the_organiser_gives_learning_proofs_to_the_class(
    app: Flask, report: ResultReport, employer: Employer, city: City
) -> None:
    manager, address = signed_in(app, employer.manager), f"/results/{report.id}/learning"
    assert "为 2 人开具学习证明" in manager.get(address).text
    assert manager.post(address).status_code == 303
    page = manager.get(address).text
    assert "下载 2 份" in page
    person = next(iter(city.persons))
    assert manager.get(f"{address}/{person}.pdf").data.startswith(b"%PDF")
    with zipfile.ZipFile(io.BytesIO(manager.post(f"{address}/papers").data)) as packed:
        assert len(packed.namelist()) == 2
    stranger = signed_in(app, result_makers.make_employer().manager)
    assert stranger.get(address).status_code == 404
    assert stranger.get(f"{address}/{person}.pdf").status_code == 404


def test_before_the_credits_there_is_no_page_of_learning_proofs(app: Flask, city: City, employer: Employer) -> None:
    report = result_makers.make_report(city, employer, result_makers.make_people(city, employer, 1))
    assert signed_in(app, employer.clerk).get(f"/results/{report.id}/learning").status_code == 404


def test_a_technician_asks_for_the_own_proof_and_nobody_elses(app: Flask, report: ResultReport, city: City) -> None:
    mine = next(iter(city.persons))
    own = signed_in(app, make_account(Role.TECHNICIAN, technician_id=mine))
    assert report.filing.title in own.get("/me/learning").text
    assert own.post(f"/me/learning/{report.filing_id}").status_code == 303
    page = own.get("/me/learning").text
    assert "核验页面" in page
    code = page.split("/v/")[1].split('"')[0]
    seen = app.test_client().get(f"/v/{code}").text
    assert report.filing.title in seen
    assert city.persons[mine][1] not in seen
    assert f"学习证明：{report.filing.title}" in own.get("/me/proofs").text

"""The bureau's desk over HTTP: who sees what, what a decision does, and what stands in its way."""

import re
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from domain.roles import CITY, Actor, Role
from models import AuditEvent, Case, CaseStep, EmployerRegistration, Organization, SupplementItem, db
from services import audit_trail, cases
from services.transaction import transaction
from tests import account_makers as make
from tests.conftest import Browser
from tests.house.sources import ROOT

HIDDEN = re.compile(r'name="(\w+)-(version|content_sha256)"[^>]*value="(\w*)"')


@pytest.fixture
def made(app: Flask):
    with app.app_context():
        return make.make_registration()


@pytest.fixture
def officer(app: Flask):
    with app.app_context():
        return make.make_officer()


@pytest.fixture
def desk(client: Browser, officer) -> Browser:
    client.sign_in(officer.account_id)
    return client


def hidden(client: Browser, case_id: int, action: str) -> dict[str, str]:
    """What the page sends along with a decision: the version and content it shows."""
    page = client.get(f"/bureau/cases/{case_id}").text
    return {f"{kind}-{name}": value for kind, name, value in HIDDEN.findall(page) if kind == action}


def decide(client: Browser, case_id: int, action: str, *, seen: dict[str, str] | None = None, **data):
    seen = hidden(client, case_id, action) if seen is None else seen
    return client.post(f"/bureau/cases/{case_id}/{action}", data={**seen, **data})


def point(place: int, section="", phrase="", message="") -> dict[str, str]:
    words = {"section": section, "phrase": phrase, "message": message}
    return {f"return-points-{place}-{name}": value for name, value in words.items()}


def state(app: Flask, case_id: int) -> str:
    with app.app_context():
        return db.session.get_one(Case, case_id).state


# --- lists ------------------------------------------------------------------------------------------------------------


def test_the_inbox_shows_what_waits_with_its_deadline_in_words(app, desk, made):
    page = desk.get("/bureau").text
    assert made.stated["name"] in page
    assert re.search(r"剩余 \d+ 个工作日", page)
    assert f"/bureau/cases/{made.case_id}" in page
    piece = desk.get("/bureau?q=没有", headers={"HX-Request": "true"})
    assert "<html" not in piece.text
    assert 'id="case-list"' in piece.text
    assert "没有符合条件的办件" in piece.text
    assert "HX-Request" in piece.headers["Vary"]


def test_an_address_gives_the_same_view_to_everybody_who_opens_it(desk, made):
    words = "q=" + made.stated["name"][:6]
    for query in (words, "kind=employer_registration", "due=overdue", "sort=title&down=1", "page=9"):
        assert desk.get(f"/bureau/cases?{query}").status_code == 200
        assert desk.get(f"/bureau?{query}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "page=x",
        "page=-1",
        "page=99999999999999999999",
        "q=%00",
        "q=" + "长" * 500,
        "sort=id;drop",
        "kind[]=1",
        "region='",
    ],
)
def test_nonsense_in_the_address_is_no_error_of_ours(desk, made, query):
    assert desk.get(f"/bureau/cases?{query}").status_code < 500


def test_an_auditor_starts_at_all_cases(app, client, made):
    with app.app_context():
        auditor = make.make_account(Role.AUDITOR, region_code=CITY)
    client.sign_in(auditor.account_id)
    assert client.get("/bureau").location == "/bureau/cases"
    assert made.stated["name"] in client.get("/bureau/cases").text


# --- one case ---------------------------------------------------------------------------------------------------------


def test_the_page_shows_everything_of_the_case(app, desk, made):
    page = desk.get(f"/bureau/cases/{made.case_id}").text
    for value in (
        made.stated["uscc"],
        made.stated["name"],
        made.stated["address"],
        "执照.pdf",
        "提交注册申请",
        "待审核",
    ):
        assert value in page
    assert "登记管理部门：市场监管" in page
    for label in ("审核通过", "退回补正", "不予通过"):
        assert label in page
    assert "撤回申请" not in page


def test_a_county_does_not_know_of_anothers_cases(app, client, made):
    with app.app_context():
        stranger = make.make_officer(make.OTHER_COUNTY)
    client.sign_in(stranger.account_id)
    assert client.get(f"/bureau/cases/{made.case_id}").status_code == 404
    for action in ("approve", "reject", "return", "nonsense"):
        assert client.post(f"/bureau/cases/{made.case_id}/{action}", data={"approve-version": 2}).status_code == 404
    assert made.stated["name"] not in client.get("/bureau/cases").text
    assert state(app, made.case_id) == "submitted"


@pytest.mark.parametrize(
    ("role", "sentence"),
    [(Role.CITY_OFFICER, "由永康市人力社保部门办理（第六条"), (Role.AUDITOR, "只能查看")],
)
def test_the_city_and_the_auditor_read_and_are_told_why_they_cannot_act(app, client, made, role, sentence):
    with app.app_context():
        reader = make.make_account(role, region_code=CITY)
    client.sign_in(reader.account_id)
    page = client.get(f"/bureau/cases/{made.case_id}").text
    assert sentence in page
    assert f"/bureau/cases/{made.case_id}/approve" not in page
    # The phone is for whoever decides; the others see it masked.
    assert "13812345678" not in page
    assert "138****5678" in page
    answer = decide(client, made.case_id, "approve", seen={"approve-version": "2", "approve-content_sha256": "x"})
    assert answer.status_code == 409
    assert state(app, made.case_id) == "submitted"


def test_an_organizations_clerk_has_no_desk(app, client, made):
    with app.app_context():
        clerk = make.make_clerk()
    client.sign_in(clerk.account_id)
    assert client.get(f"/bureau/cases/{made.case_id}").status_code == 403
    assert client.get("/bureau").status_code == 403


def test_an_approval_admits_the_employer(app, desk, made, officer):
    answer = decide(desk, made.case_id, "approve")
    assert (answer.status_code, answer.location) == (303, f"/bureau/cases/{made.case_id}")
    page = desk.get(answer.location).text
    assert "审核通过，准予注册" in page
    assert "此件已办结" in page
    with app.app_context():
        assert db.session.scalars(select(Organization.uscc)).all() == [made.stated["uscc"]]
        step = db.session.scalars(select(CaseStep).where(CaseStep.action == "approve")).one()
        assert (step.actor_id, step.person_key) == (officer.account_id, officer.person_key)
        assert step.content_sha256
        event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "employer_registration.approve")).one()
        assert event.object_id == made.case_id


def test_a_refusal_needs_its_reason(app, desk, made):
    refused = decide(desk, made.case_id, "reject", **{"reject-remark": "  "})
    assert refused.status_code == 422
    assert "请写明理由" in refused.text
    assert state(app, made.case_id) == "submitted"
    assert decide(desk, made.case_id, "reject", **{"reject-remark": "不属本地区管理"}).status_code == 303
    assert "不属本地区管理" in desk.get(f"/bureau/cases/{made.case_id}").text
    assert state(app, made.case_id) == "rejected"


def test_one_notice_holds_every_point(app, desk, made):
    phrase = "与上传的营业执照不一致，请按证照填写"
    answer = decide(
        desk,
        made.case_id,
        "return",
        **point(0, "name", phrase),
        **point(2, "address", "", "写明门牌号"),
        **point(4, "licence", "营业执照照片不清晰或不完整，请重新拍摄上传原件照片", "右下角看不清"),
    )
    assert answer.status_code == 303
    with app.app_context():
        points = db.session.scalars(select(SupplementItem).order_by(SupplementItem.id)).all()
        assert [(each.section, each.message) for each in points] == [
            ("name", phrase + "。"),
            ("address", "写明门牌号。"),
            ("licence", "营业执照照片不清晰或不完整，请重新拍摄上传原件照片；右下角看不清。"),
        ]
    page = desk.get(f"/bureau/cases/{made.case_id}").text
    assert "2. 单位地址：写明门牌号" in page
    assert "计时暂停" in page
    assert "正在等待申请方办理" in page


@pytest.mark.parametrize(
    ("points", "sentence"),
    [
        ({}, "请至少写一项需要补正的内容"),
        (point(0, "", "", "缺门牌号"), "请选择这一项涉及的内容"),
        (point(0, "address"), "请写明需要补正什么"),
        (point(0, "nonsense", "", "x"), "请选择这一项涉及的内容"),
        (point(0, "address", "不在列表中的话"), "请从列表中选择常用语"),
        (point(0, "address", "", "长" * 501), "最多500个字"),
    ],
)
def test_a_notice_that_says_nothing_is_not_sent(app, desk, made, points, sentence):
    answer = decide(desk, made.case_id, "return", **points)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert state(app, made.case_id) == "submitted"


def test_room_for_one_more_point_without_javascript_and_with_it(app, desk, made):
    data = {**hidden(desk, made.case_id, "return"), **point(0, "address", "", "写明门牌号"), **point(2), "add": "1"}
    page = desk.post(f"/bureau/cases/{made.case_id}/return", data=data)
    assert page.status_code == 200
    assert "return-points-3-section" in page.text
    assert "写明门牌号" in page.text
    piece = desk.post(f"/bureau/cases/{made.case_id}/return", data=data, headers={"HX-Request": "true"})
    assert "<html" not in piece.text
    assert 'id="decision-return"' in piece.text
    assert "return-points-3-section" in piece.text
    assert state(app, made.case_id) == "submitted"


def test_a_notice_has_room_for_twenty_points_and_no_more(desk, made):
    data = {**hidden(desk, made.case_id, "return"), "add": "1"}
    for place in range(25):
        data |= point(place, "address", "", "x")
    page = desk.post(f"/bureau/cases/{made.case_id}/return", data=data)
    assert page.status_code == 200
    assert "return-points-19-section" in page.text
    assert "return-points-20-section" not in page.text


@pytest.mark.parametrize("action", ["nonsense", "submit%20x", "act", "credit"])
def test_an_act_of_another_kind_is_not_there(desk, made, action):
    assert desk.post(f"/bureau/cases/{made.case_id}/{action}").status_code == 404


def test_an_act_that_is_not_the_bureaus_is_refused(app, desk, made):
    for action in ("submit", "resubmit", "withdraw"):
        answer = desk.post(f"/bureau/cases/{made.case_id}/{action}", data={f"{action}-version": "2"})
        assert answer.status_code in (409, 422)
    assert state(app, made.case_id) == "submitted"


def test_a_decision_without_the_version_it_was_made_on_is_refused(app, desk, made):
    assert decide(desk, made.case_id, "approve", seen={}).status_code == 422
    assert state(app, made.case_id) == "submitted"


def test_a_decision_on_an_older_version_is_refused_and_says_what_happened(app, desk, made, officer):
    seen = hidden(desk, made.case_id, "approve")
    with app.app_context():
        colleague = make.make_officer()
        with transaction():
            case = db.session.get_one(Case, made.case_id)
            cases.act(case, "return", actor=colleague, remark="x", items=[("name", "x")])
        name = colleague.name
    answer = decide(desk, made.case_id, "approve", seen=seen)
    assert answer.status_code == 409
    assert f"此件已由{name}" in answer.text
    assert "一次性告知补正" in answer.text
    assert state(app, made.case_id) == "supplement"


def test_a_decision_on_other_content_is_refused_and_keeps_what_was_typed(app, desk, made):
    """The plan changed under the officer's eyes: same state, and same version even (P-13)."""
    seen = hidden(desk, made.case_id, "reject")
    with app.app_context(), transaction():
        db.session.get_one(EmployerRegistration, made.case_id).address = "偷换的地址"
    answer = decide(desk, made.case_id, "reject", seen=seen, **{"reject-remark": "写好的理由"})
    assert answer.status_code == 409
    assert "偷换的地址" in answer.text
    assert "写好的理由" in answer.text
    assert state(app, made.case_id) == "submitted"
    again = {f"{kind}-{name}": value for kind, name, value in HIDDEN.findall(answer.text) if kind == "reject"}
    assert again != seen
    assert decide(desk, made.case_id, "reject", seen=again, **{"reject-remark": "写好的理由"}).status_code == 303


def test_a_double_click_decides_once(app, desk, made):
    seen = hidden(desk, made.case_id, "approve")
    statuses = [decide(desk, made.case_id, "approve", seen=seen).status_code for _ in range(2)]
    assert statuses == [303, 409]
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Organization)) == 1


def test_officers_who_click_at_once_are_one_decision(app, made):
    """Two browsers, one case, one instant: one is told it is done, the other who did it."""
    browsers = []
    with app.app_context():
        officers = [make.make_officer() for _ in range(4)]
    for officer in officers:
        browser = app.test_client()
        browser.sign_in(officer.account_id)
        browsers.append((browser, hidden(browser, made.case_id, "approve")))
    answers, together = [], Barrier(len(browsers))

    def click(browser, seen):
        together.wait()
        answers.append(decide(browser, made.case_id, "approve", seen=seen))

    threads = [Thread(target=click, args=each) for each in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [303, 409, 409, 409]
    assert all("此件已由" in answer.text for answer in answers if answer.status_code == 409)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Organization)) == 1
        steps = db.session.scalars(select(CaseStep.action).where(CaseStep.case_id == made.case_id)).all()
        assert sorted(steps) == ["approve", "submit"]


def test_whoever_submitted_as_the_same_person_cannot_approve(app, desk, made, officer):
    with app.app_context(), transaction():
        case = db.session.get_one(Case, made.case_id)
        cases.act(case, "return", actor=officer, remark="x", items=[("name", "x")])
        same = Actor(role=Role.APPLICANT, name="x", case_id=made.case_id, person_key=officer.person_key)
        cases.act(case, "resubmit", actor=same)
    page = desk.get(f"/bureau/cases/{made.case_id}").text
    assert f"/bureau/cases/{made.case_id}/approve" not in page
    shown = hidden(desk, made.case_id, "reject")["reject-content_sha256"]
    seen = {"approve-version": "4", "approve-content_sha256": shown}
    answer = decide(desk, made.case_id, "approve", seen=seen)
    assert answer.status_code == 409
    assert "须由另一人" in answer.text
    assert state(app, made.case_id) == "submitted"


def test_reading_changes_nothing(app, desk, made):
    def rows():
        with app.app_context():
            return [db.session.scalar(select(func.count()).select_from(table)) for table in db.metadata.sorted_tables]

    before = rows()
    for path in ("/bureau", "/bureau/cases", f"/bureau/cases/{made.case_id}", "/notices", "/account"):
        assert desk.get(path).status_code == 200
    assert rows() == before


# --- the audit trail --------------------------------------------------------------------------------------------------


def test_every_event_the_program_writes_has_a_name():
    """The words of the steps of a case come from its workflow; all others stand in the list."""
    written = set()
    for path in (*ROOT.glob("services/*.py"), *ROOT.glob("views/**/*.py"), *ROOT.glob("cli/*.py")):
        written |= set(re.findall(r'audit\.record\(\s*"([\w.]+)"', path.read_text("utf-8")))
    assert "sign_in" in written
    assert written - set(audit_trail.ACTIONS) == set()


def test_the_trail_is_the_auditors(app, client, made):
    with app.app_context():
        auditor = make.make_account(Role.AUDITOR, region_code=CITY)
        officer = make.make_officer()
        number = db.session.get_one(Case, made.case_id).number
    client.sign_in(officer.account_id)
    assert client.get("/audit").status_code == 403
    client.sign_in(auditor.account_id)
    page = client.get("/audit").text
    assert number in page
    assert "用人单位注册：提交注册" in page
    assert "越权访问" in page
    assert "越权访问" in client.get("/audit?outcome=refused").text
    assert number not in client.get("/audit?outcome=refused", headers={"HX-Request": "true"}).text
    assert number in client.get("/audit?action=employer_registration.submit").text
    assert "没有符合条件的记录" in client.get("/audit?until=2020-01-01").text
    assert "没有符合条件的记录" in client.get("/audit?who=%25").text
    for query in ("since=x", "until=9999-12-31", "since=0001-01-01", "who=" + "x" * 999):
        assert client.get(f"/audit?{query}").status_code == 200

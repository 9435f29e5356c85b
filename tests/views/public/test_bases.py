"""From application to published page over HTTP, with everybody who takes part; and what the pages refuse."""

import io
import re
from typing import Any

import pytest
from flask import Flask

from domain.base_content import CONDITION_OF, CONDITIONS
from domain.roles import Actor, Role
from models import BaseObjection, Case, OutboxMessage, TrainingBase, db
from services import bases, cases, throttle
from services.transaction import transaction
from tests import base_makers as make
from tests import filing_makers
from tests.conftest import Browser
from tests.filing_makers import COUNTY, OTHER_COUNTY, PDF, make_account, make_organizer

HIDDEN = re.compile(r'name="([\w-]*)(version|content_sha256)"[^>]*value="(\w*)"')
OBJECTION = {"name": "张三丰", "contact": "zsf@example.com", "content": "实训场地是租用的，租约已经到期。"}


@pytest.fixture
def everybody(app: Flask) -> dict[str, Actor]:
    with app.app_context():
        bureau = make.make_bureau()
        return {
            "clerk": make_organizer(),
            "reviewer": bureau.reviewer,
            "second": bureau.second,
            "leader": bureau.leader,
            "center": bureau.center,
        }


def browser(app: Flask, actor: Actor | None = None) -> Any:
    made = app.test_client()
    if actor is not None:
        made.sign_in(actor.account_id)  # type: ignore[attr-defined]
    return made


def sent(values: dict[str, Any]) -> dict[str, Any]:
    fields, lists = make.posted(values)
    return {**fields, **lists}


def state(app: Flask, case_id: int) -> str:
    with app.app_context():
        return db.session.get_one(Case, case_id).state


def decide(desk: Any, case_id: int, action: str, **data: str):
    page = desk.get(f"/bureau/cases/{case_id}").text
    seen = {f"{kind}{name}": value for kind, name, value in HIDDEN.findall(page) if kind == f"{action}-"}
    return desk.post(f"/bureau/cases/{case_id}/{action}", data={**seen, **data})


def findings(**changes: str) -> dict[str, str]:
    sheet = {f"findings-{index}-met": "yes" for index in range(len(CONDITIONS))}
    return sheet | {name.replace("_", "-"): value for name, value in changes.items()}


def on_notice(app: Flask, everybody: dict[str, Actor]) -> int:
    with app.app_context():
        people = {name: actor for name, actor in everybody.items() if name != "clerk"}
        return make.make_on_notice(everybody["clerk"], make.Bureau(**people)).case_id


def test_from_application_to_the_published_page(app: Flask, everybody: dict[str, Actor]) -> None:
    clerk = browser(app, everybody["clerk"])
    assert "申请认定基地" in clerk.get("/base").text
    hub = clerk.post("/base/new").headers["Location"]
    case_id = int(hub.split("/")[-2])
    assert clerk.get(f"/base/{case_id}").headers["Location"].endswith("/edit")
    assert "还有" in clerk.get(f"/base/{case_id}/check").text
    assert clerk.post(f"/base/{case_id}/submit").status_code == 422
    for key in CONDITION_OF:
        file = (io.BytesIO(PDF + key.encode()), f"{key}.pdf")
        answer = clerk.post(f"/base/{case_id}/edit/{key}/files", data={"file": file})
        assert answer.status_code == 303, answer.text
    for key, values in make.words().items():
        answer = clerk.post(f"/base/{case_id}/edit/{key}", data=sent(values))
        assert answer.status_code == 303, (key, answer.text)
    check = clerk.get(f"/base/{case_id}/check").text
    assert "condition1.pdf" in check
    assert "提交申请" in check
    assert clerk.post(f"/base/{case_id}/submit").status_code == 303
    assert "承诺在" in clerk.get(f"/base/{case_id}").text

    reviewer, second, leader = (browser(app, everybody[name]) for name in ("reviewer", "second", "leader"))
    assert f"/bureau/cases/{case_id}" in reviewer.get("/bureau").text
    assert decide(reviewer, case_id, "accept").status_code == 303
    assert decide(reviewer, case_id, "examine").status_code == 409  # no sheet yet
    assert reviewer.post(f"/bureau/bases/{case_id}/sheet", data=findings()).status_code == 303
    assert decide(reviewer, case_id, "examine").status_code == 303
    assert "须由另一人审核" in reviewer.get(f"/bureau/cases/{case_id}").text
    assert reviewer.post(f"/bureau/bases/{case_id}/sheet", data=findings()).status_code == 409
    assert second.post(f"/bureau/bases/{case_id}/sheet", data=findings()).status_code == 303
    assert decide(second, case_id, "confirm").status_code == 303
    assert f"/bureau/cases/{case_id}" in leader.get("/bureau").text
    assert decide(leader, case_id, "approve").status_code == 303

    stranger = browser(app)
    assert f"/bases/notices/{case_id}" in stranger.get("/bases/notices").text
    assert stranger.post(f"/bases/notices/{case_id}", data=OBJECTION).status_code == 303
    page = reviewer.get(f"/bureau/cases/{case_id}").text
    assert "张*丰" in page
    assert "张三丰" not in page
    objection = re.search(r"/bureau/objections/(\d+)", page)
    assert objection is not None
    shown = reviewer.get(objection[0]).text
    assert "张三丰" not in shown
    assert "zsf@" not in shown
    assert reviewer.post(objection[0], data={"upheld": "no", "answer": ""}).status_code == 422
    assert reviewer.post(objection[0], data={"upheld": "no", "answer": "租约续到明年。"}).status_code == 303
    with app.app_context():
        mail = db.session.query(OutboxMessage).filter_by(recipient="zsf@example.com").one()
        assert "公示异议" in mail.subject

    assert decide(leader, case_id, "recognise").status_code == 409  # the notice is not over
    center = browser(app, everybody["center"])
    assert center.get(f"/center/bases/{case_id}").status_code == 404
    with app.app_context(), make.after_notice():
        assert decide(leader, case_id, "recognise").status_code == 303
        assert f"/center/bases/{case_id}" in center.get("/center/bases").text
        page = center.get(f"/center/bases/{case_id}").text
        seen = {name: value for kind, name, value in HIDDEN.findall(page) if not kind}
        stale = center.post(f"/center/bases/{case_id}/publish", data={**seen, "version": "1"})
        assert stale.status_code == 409
        assert center.post(f"/center/bases/{case_id}/publish", data=seen).status_code == 303
    assert state(app, case_id) == "published"
    with app.app_context():
        base = db.session.query(TrainingBase).filter_by(case_id=case_id).one()
        base_id, number = base.id, base.number
    public = stranger.get(f"/bases/{base_id}").text
    for words in (number, "焊工", "王志强", "1200 元/人·班", "第 1 版"):
        assert words in public
    for words in ("证明1.pdf", "焊工高级技师", "condition1.pdf"):
        assert words not in public
    assert number in clerk.get("/base").text
    assert "切换身份" in clerk.get("/base").text


def test_a_section_with_a_mistake_is_kept_and_says_what_is_wrong(app: Flask, everybody: dict[str, Actor]) -> None:
    clerk = browser(app, everybody["clerk"])
    case_id = int(clerk.post("/base/new").headers["Location"].split("/")[-2])
    values = make.words(scope={"rows": [{"occupation": "焊工", "lowest": "5", "highest": "2"}]})["scope"]
    answer = clerk.post(f"/base/{case_id}/edit/scope", data=sent(values))
    assert answer.status_code == 422
    assert "最高等级不能低于最低等级" in answer.text
    assert 'value="焊工"' in clerk.get(f"/base/{case_id}/edit/scope").text
    later = clerk.post(f"/base/{case_id}/edit/scope", data={**sent(values), "act": "later"})
    assert later.status_code == 303
    assert "未完成" in clerk.get(f"/base/{case_id}/edit").text


def test_rows_are_added_and_removed_without_javascript(app: Flask, everybody: dict[str, Actor]) -> None:
    clerk = browser(app, everybody["clerk"])
    case_id = int(clerk.post("/base/new").headers["Location"].split("/")[-2])
    address, values = f"/base/{case_id}/edit/teachers", make.words()["teachers"]
    page = clerk.post(address, data={**sent(values), "act": "add"})
    assert page.status_code == 200
    assert "rows-2-name" in page.text
    page = clerk.post(address, data={**sent(values), "act": "remove-0"})
    assert "李小红" in page.text
    assert "王志强" not in clerk.get(address).text


def test_two_windows_do_not_overwrite_each_other_in_silence(app: Flask, everybody: dict[str, Actor]) -> None:
    clerk = browser(app, everybody["clerk"])
    case_id = int(clerk.post("/base/new").headers["Location"].split("/")[-2])
    address, values = f"/base/{case_id}/edit/basics", sent(make.words()["basics"])
    assert clerk.post(f"{address}/draft", data={**values, "window": "a", "seen": "0"}).status_code == 200
    assert clerk.post(f"{address}/draft", data={**values, "window": "b", "seen": "0"}).status_code == 409
    answer = clerk.post(address, data={**values, "place": "别处", "window": "b", "seen": "0"})
    assert answer.status_code == 409
    assert "别处" in answer.text


def test_a_sheet_needs_a_reason_for_what_is_not_met(app: Flask, everybody: dict[str, Actor]) -> None:
    with app.app_context():
        case_id = make.make_submitted(everybody["clerk"]).case_id
    reviewer = browser(app, everybody["reviewer"])
    decide(reviewer, case_id, "accept")
    answer = reviewer.post(f"/bureau/bases/{case_id}/sheet", data=findings(findings_3_met="no"))
    assert answer.status_code == 422
    assert "请写明理由" in answer.text


def test_objections_are_checked_and_throttled(app: Flask, everybody: dict[str, Actor]) -> None:
    case_id = on_notice(app, everybody)
    stranger = browser(app)
    address = f"/bases/notices/{case_id}"
    for wrong in ({"name": ""}, {"content": "短"}, {"contact": "12345"}, {"contact": "a b@c"}):
        assert stranger.post(address, data={**OBJECTION, **wrong}).status_code == 422
    most = throttle.PURPOSES["objection"].address
    assert most is not None and most.refuse_from is not None
    answers = [stranger.post(address, data=OBJECTION).status_code for _ in range(most.refuse_from + 1)]
    assert answers == [303] * most.refuse_from + [429]
    with app.app_context():
        assert db.session.query(BaseObjection).count() == most.refuse_from
    with app.app_context(), make.after_notice():
        assert stranger.get(address).status_code == 404
        assert stranger.post(address, data=OBJECTION).status_code == 404


def test_nobody_does_what_is_not_his_part(app: Flask, everybody: dict[str, Actor]) -> None:
    case_id = on_notice(app, everybody)
    stranger = browser(app)
    stranger.post(f"/bases/notices/{case_id}", data=OBJECTION)
    with app.app_context():
        objection_id = db.session.query(BaseObjection).one().id
        neighbour = make_account(Role.COUNTY_OFFICER, region_code=OTHER_COUNTY)
        colleague = make_organizer()
        auditor = make_account(Role.AUDITOR, region_code="330700")
    for actor, path, status in (
        (neighbour, f"/bureau/bases/{case_id}/sheet", 404),
        (neighbour, f"/bureau/objections/{objection_id}", 404),
        (colleague, f"/base/{case_id}", 404),
        (colleague, f"/bureau/objections/{objection_id}", 403),
        (everybody["clerk"], "/center/bases", 403),
        (everybody["reviewer"], "/center/bases", 403),
        (everybody["leader"], "/center/bases", 403),
        (everybody["center"], f"/bureau/cases/{case_id}", 403),
        (auditor, f"/bureau/objections/{objection_id}", 200),
    ):
        assert browser(app, actor).get(path).status_code == status, (actor.role, path)
    answer = {"upheld": "yes", "answer": "属实。"}
    for actor, status in ((everybody["leader"], 403), (auditor, 403), (neighbour, 404)):
        found = browser(app, actor).post(f"/bureau/objections/{objection_id}", data=answer)
        assert found.status_code == status, actor.role
    assert stranger.get(f"/bases/notices/{case_id + 1}").status_code == 404


def test_bases_are_found_by_place_occupation_and_level(app: Flask, everybody: dict[str, Actor]) -> None:
    with app.app_context():
        base = make.make_base(everybody["clerk"])
        name, base_id, case_id = base.organization.name, base.id, base.case_id
    stranger: Browser = browser(app)
    for query, found in (
        ("", True),
        (f"region={COUNTY}", True),
        (f"region={OTHER_COUNTY}", False),
        ("occupation=焊工&level=4", True),
        ("occupation=焊工&level=5", False),
        ("level=5", True),
        ("level=8", False),
        ("occupation=茶艺师", False),
        ("level=abc&region=none", True),
        (f"q={name[:4]}", True),
    ):
        assert (name in stranger.get(f"/bases?{query}").text) is found, query
    assert "<html" not in stranger.get("/bases", headers={"HX-Request": "true"}).text
    assert stranger.get(f"/bases/{base_id}?version=9").status_code == 200
    with app.app_context(), transaction():
        cases.act(db.session.get_one(Case, case_id), "suspend", actor=everybody["leader"], remark="查处期间暂停")
    assert "资格已暂停" in stranger.get(f"/bases/{base_id}").text


def test_a_suspended_base_cannot_submit_a_class(app: Flask) -> None:
    """The check page says so, and the officer may not agree to what was filed before."""
    with app.app_context():
        clerk, bureau = make_organizer("training_base"), make.make_bureau()
        wide = [{"occupation": name, "lowest": "2", "highest": "6"} for name in ("焊工", "电工", "钳工")]
        base = make.make_base(clerk, bureau, make.words(scope={"rows": wide}))
        filing = filing_makers.make_submitted(clerk)
        with transaction():
            cases.act(base.case, "suspend", actor=bureau.leader, remark="查处期间暂停")
        scope = bases.scope_of(clerk.organization_id)
        assert scope is not None and not scope.may_file
        filing_id, case_id = filing.id, filing.case_id
        draft = filing_makers.make_draft(clerk).id
    desk = browser(app, bureau.reviewer)
    answer = decide(desk, case_id, "approve")
    assert answer.status_code == 409
    assert "基地资格已暂停" in answer.text
    assert "不能新办活动备案" in browser(app, clerk).get(f"/filings/{draft}/check").text
    assert browser(app, clerk).get(f"/filings/{filing_id}").status_code == 200

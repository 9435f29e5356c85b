"""Supervising bases over HTTP: a measure from its preview to its decision, a report from its words to its grade."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from domain.base_content import CONDITIONS
from domain.roles import Actor
from models import ActivityFiling, BaseMeasure, BaseReport, BaseTeacher, TrainingBase, db
from services import clock
from tests import base_makers, class_makers, filing_makers
from tests.services import result_makers as make

HIDDEN = re.compile(r'name="([\w-]*)(version|content_sha256)"[^>]*value="(\w*)"')


@dataclass
class Scene:
    """A base with a class that has not begun, and two people in it."""

    app: Flask
    base_id: int
    filing_id: int
    clerk: Actor
    bureau: base_makers.Bureau

    def browser(self, actor: Actor | None = None) -> Any:
        made = self.app.test_client()
        if actor is not None:
            made.sign_in(actor.account_id)  # type: ignore[attr-defined]
        return made

    @property
    def states(self) -> tuple[str, str]:
        """Of the base and of the class."""
        with self.app.app_context():
            base = db.session.get_one(TrainingBase, self.base_id)
            filing = db.session.get_one(ActivityFiling, self.filing_id)
            return base.case.state, filing.case.state


@pytest.fixture
def scene(app: Flask) -> Scene:
    with app.app_context():
        city, host, bureau = make.make_city(), make.make_employer("training_base"), base_makers.make_bureau()
        with filing_makers.at(clock.today() - timedelta(days=400)):
            base = base_makers.make_base(host.clerk, bureau)
        filing = class_makers.make_class(city, host, days=(clock.today() + timedelta(days=10),))
        class_makers.put_down(filing, host, make.make_people(city, make.make_employer(), 2))
        return Scene(app=app, base_id=base.id, filing_id=filing.id, clerk=host.clerk, bureau=bureau)


def decide(desk: Any, case_id: int, action: str, **data: str) -> Any:
    page = desk.get(f"/bureau/cases/{case_id}").text
    seen = {f"{kind}{name}": value for kind, name, value in HIDDEN.findall(page) if kind == f"{action}-"}
    return desk.post(f"/bureau/cases/{case_id}/{action}", data={**seen, **data})


def newest(scene: Scene, kind: Any) -> int:
    with scene.app.app_context():
        return db.session.scalars(db.select(kind.case_id).order_by(kind.case_id.desc())).first() or 0


def test_a_revocation_from_preview_to_the_public_page(scene: Scene) -> None:
    officer = scene.browser(scene.bureau.reviewer)
    address = f"/bureau/training-bases/{scene.base_id}/measures/revoke"
    assert "已备案，未开班" in officer.get(address).text
    missing = officer.post(address, data={"preview": "1"})
    assert (missing.status_code, "请写明事实和理由" in missing.text) == (422, True)
    asked = {"reason": "借培训名义乱收费，票据在案", "grounds": ["4"], "stopped": [str(scene.filing_id)]}
    shown = officer.post(address, data={**asked, "preview": "1"})
    assert shown.status_code == 200 and "2 名学员收到停办通知" in shown.text
    assert scene.states == ("published", "approved")
    without = officer.post(address, data={"reason": "x"})
    assert (without.status_code, "第十二条的哪一项" in without.text) == (409, True)
    assert officer.post(address, data=asked).status_code == 303
    case_id = newest(scene, BaseMeasure)
    assert officer.get(address).status_code == 404  # one measure at a time

    base = scene.browser(scene.clerk)
    assert base.get(f"/cases/{case_id}").location.endswith(f"/base/measures/{case_id}")
    assert "陈述申辩" in base.get(f"/base/measures/{case_id}").text
    assert base.post(f"/base/measures/{case_id}/answer", data={"statement": " "}).status_code == 422
    assert base.post(f"/base/measures/{case_id}/answer", data={"statement": "已全额退费"}).status_code == 303

    leader = scene.browser(scene.bureau.leader)
    page = leader.get(f"/bureau/cases/{case_id}").text
    assert "已全额退费" in page and "停办 1 个班次" in page
    assert decide(leader, case_id, "carry_out").status_code == 303
    assert scene.states == ("revoked", "cancelled")
    assert "实际执行的结果" in leader.get(f"/bureau/cases/{case_id}").text
    public = scene.browser().get(f"/bases/{scene.base_id}").text
    assert "资格已撤销" in public and "第十二条第（四）项" in public
    assert "起可以重新申请" in base.get("/base").text
    assert base.post("/base/new").status_code == 409


def test_a_decision_on_an_impact_that_has_changed_is_refused_and_shown_anew(scene: Scene) -> None:
    officer, leader = scene.browser(scene.bureau.reviewer), scene.browser(scene.bureau.leader)
    asked = {"reason": "查处期间暂停", "grounds": ["4"], "stopped": [str(scene.filing_id)]}
    officer.post(f"/bureau/training-bases/{scene.base_id}/measures/suspend", data=asked)
    case_id = newest(scene, BaseMeasure)
    page = leader.get(f"/bureau/cases/{case_id}").text
    seen = {f"{kind}{name}": value for kind, name, value in HIDDEN.findall(page) if kind == "carry_out-"}
    with scene.app.app_context():
        filing = db.session.get_one(ActivityFiling, scene.filing_id)
        host = make.Employer(id=filing.organization_id, clerk=scene.clerk, manager=scene.clerk)
        people = make.make_people(make.make_city(), make.make_employer(), 1)
        class_makers.put_down(filing, host, people)
    refused = leader.post(f"/bureau/cases/{case_id}/carry_out", data=seen)
    assert refused.status_code == 409 and "3 名学员收到停办通知" in refused.text
    assert scene.states == ("published", "approved")


def test_a_base_asks_to_be_closed_only_when_nothing_is_open(scene: Scene) -> None:
    base = scene.browser(scene.clerk)
    said = {"reason": "不再举办", "archive": "移交市中心，联系人王强", "agreed": "y"}
    assert "先办结这些事项" in base.get("/base/measures/close").text
    assert base.post("/base/measures/close", data=said).status_code == 409
    assert base.post("/base/measures/close", data={}).status_code == 422


def test_another_bureau_knows_nothing_of_the_base(scene: Scene) -> None:
    with scene.app.app_context():
        other = base_makers.make_bureau(filing_makers.OTHER_COUNTY)
    stranger = scene.browser(other.reviewer)
    for path in ("", "/measures/suspend"):
        assert stranger.get(f"/bureau/training-bases/{scene.base_id}{path}").status_code == 404
    assert scene.browser(scene.bureau.leader).get(
        f"/bureau/training-bases/{scene.base_id}/measures/suspend"
    ).status_code == 403  # fmt: skip


def test_a_year_is_reported_scored_graded_and_public(scene: Scene) -> None:
    base, officer = scene.browser(scene.clerk), scene.browser(scene.bureau.reviewer)
    with scene.app.app_context():
        year = clock.today().year - 1
    words = {
        "summary": "全年办班十二期，严格考勤和考核，学员满意度很高。",
        "problems": "签到材料报送不及时，已指定专人负责并限期整改。",
    }
    assert base.get(f"/base/reports/{year}").status_code == 200
    short = base.post(f"/base/reports/{year}", data={**words, "plan": "好", "submit": "1"})
    assert (short.status_code, "请写明下年度计划" in short.text) == (422, True)
    assert base.post(f"/base/reports/{year}", data={**words, "plan": "好"}).status_code == 303  # kept as it is
    words["plan"] = "下年度增开电工班，改造实训车间并更新设备。"
    assert base.post(f"/base/reports/{year}", data={**words, "submit": "1"}).status_code == 303
    case_id = newest(scene, BaseReport)
    page = officer.get(f"/bureau/base-reports/{case_id}/score").text
    seen = {name: value for kind, name, value in HIDDEN.findall(page) if not kind}
    scores = {f"scores-{place}-points": "20" for place in range(len(CONDITIONS))}
    low = officer.post(f"/bureau/base-reports/{case_id}/score", data={**seen, **scores, "scores-1-points": "9"})
    assert (low.status_code, "扣分理由" in low.text) == (422, True)
    scores |= {"scores-1-points": "9", "scores-1-remark": "兼职教师证书不全"}
    assert officer.post(f"/bureau/base-reports/{case_id}/score", data={**seen, **scores}).status_code == 303
    assert "年度评定" not in scene.browser().get(f"/bases/{scene.base_id}").text
    assert decide(scene.browser(scene.bureau.leader), case_id, "grade").status_code == 303
    public = scene.browser().get(f"/bases/{scene.base_id}").text
    assert "年度评定" in public and "合格" in public and "89 分" in public
    assert "89 分" in base.get("/base/reports").text


def test_teachers_are_put_down_and_leave(scene: Scene) -> None:
    base = scene.browser(scene.clerk)
    someone = {"name": "周明", "employment": "part_time", "title": "技师", "credentials": "证书001", "field": "焊接"}
    assert base.post("/base/teachers", data={**someone, "employment": "x"}).status_code == 422
    assert base.post("/base/teachers", data=someone).status_code == 303
    assert base.post("/base/teachers", data=someone).status_code == 409
    assert "专职 1 人，兼职 2 人" in base.get("/base/teachers").text
    public = scene.browser().get(f"/bases/{scene.base_id}").text
    assert "周明" in public and "证书001" not in public
    with scene.app.app_context():
        found = db.session.scalars(db.select(BaseTeacher.id).where(
            BaseTeacher.name == "周明")).one()  # fmt: skip
    assert base.get(f"/base/teachers/{found}/end").status_code == 200
    assert base.post(f"/base/teachers/{found}/end", data={"reason": "聘期届满"}).status_code == 303
    assert "已离任" in base.get("/base/teachers").text

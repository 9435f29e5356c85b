"""A base from the application to its publication, what it may do then, and how its term ends (arts. 6-12)."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from domain.errors import NotAllowed, RuleError, WrongState
from domain.roles import CITY, Role
from domain.workflows import WORKFLOWS
from models import BasePublication, BaseScopeEntry, Case, Membership, Notice, OrganizationCapacity, db
from services import base_applications, base_objections, base_review, bases, cases, clock
from services.transaction import transaction
from tests import base_makers as make
from tests.filing_makers import COUNTY, OTHER_COUNTY, PDF, at, make_account, make_organizer


@pytest.fixture(autouse=True)
def context(app: Flask):
    with app.app_context():
        yield


def state(application) -> str:
    return db.session.get_one(Case, application.case_id).state


def test_an_employer_becomes_a_base_and_its_clerk_may_act_as_such() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    base = make.make_base(clerk, bureau)
    capacities = set(
        db.session.scalars(
            select(OrganizationCapacity.capacity).where(OrganizationCapacity.organization_id == clerk.organization_id)
        )
    )
    assert capacities == {"employer", "training_base"}
    roles = set(db.session.scalars(select(Membership.role).where(Membership.account_id == clerk.account_id)))
    assert roles == {Role.EMPLOYER_CLERK, Role.BASE_CLERK}
    assert base.number.startswith(f"JXJY-{COUNTY}-")
    assert base.valid_until == clock.today().replace(year=clock.today().year + 3)
    scope = bases.scope_of(clerk.organization_id)
    assert scope is not None and scope.may_file
    assert {name: scope.ranks[name] for name in ("焊工", "电工")} == {"焊工": {2, 3, 4}, "电工": {2, 3, 4, 5}}
    assert scope.ranks["电焊工"] == {2, 3, 4}  # as clerks call it
    assert "铣工" not in scope.ranks
    fees = bases.published_fees(clerk.organization_id) or ()
    assert max(fee.amount for fee in fees if fee.item == "培训费") == 1200
    assert db.session.scalars(select(BaseScopeEntry).where(BaseScopeEntry.base_id == base.id)).all()


def test_what_is_disclosed_holds_no_evidence_and_no_certificate_numbers() -> None:
    base = make.make_base()
    published = bases.publications(base)[0]
    assert "conditions" not in published.content and "signer" not in published.content
    assert all("credentials" not in teacher for teacher in published.content["teachers"])


def test_an_incomplete_application_is_not_taken() -> None:
    clerk = make_organizer()
    application = make.make_draft(clerk, make.words(declaration={"agreed": ""}, condition3={"text": ""}))
    with pytest.raises(base_applications.Incomplete) as refused, transaction():
        base_applications.submit(application, actor=clerk)
    assert {problem.section for problem in refused.value.problems} == {"declaration", "condition3"}
    assert state(application) == "draft"


def test_a_condition_without_evidence_is_a_problem() -> None:
    clerk = make_organizer()
    application = make.make_draft(clerk)
    paper = base_applications.papers_of(application.case)["condition2"][0]
    with transaction():
        assert base_applications.detach(application, paper.id, actor=clerk) == "condition2"
    _, problems = base_applications.examine(application)
    assert [(each.section, each.field) for each in problems] == [("condition2", "file")]


def test_a_city_level_application_goes_to_the_city() -> None:
    clerk = make_organizer()
    application = make.make_submitted(clerk, make.words(basics={"level": "city"}))
    case = application.case
    assert (case.region_code, (case.number or "")[:8]) == (CITY, f"JD{CITY}")
    with pytest.raises(NotAllowed):
        make.act(application, "accept", make.make_bureau().reviewer)
    make.act(application, "accept", make.make_bureau(CITY).reviewer)


def test_one_application_at_a_time() -> None:
    clerk = make_organizer()
    first = make.make_submitted(clerk)
    with transaction():
        assert base_applications.start(actor=clerk).case_id == first.case_id


def test_the_supplement_notice_is_given_once_and_stops_the_clock() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "return", bureau.reviewer, remark="一项", items=[("condition1", "请补充场地产权证明")])
    assert application.case.paused_workdays_left is not None
    assert [point.section for point in base_applications.points(application.case)] == ["condition1"]
    make.fill(application, make.words(condition1={"text": "补充：场地产权证明见附件，建筑面积八百平方米。"}), clerk)
    with transaction():
        base_applications.submit(application, actor=clerk)
    assert [change.label for change in base_review.review(application.case).changes] == ["条件（一）教学场所和设备"]
    with pytest.raises(RuleError, match="已经"):
        make.act(application, "return", bureau.reviewer, remark="又一项", items=[("condition1", "再补充")])


def test_nobody_reviews_without_an_own_sheet() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "accept", bureau.reviewer)
    with pytest.raises(RuleError, match="您本人填写"):
        make.act(application, "examine", bureau.reviewer)
    make.find_out(application, bureau.reviewer)
    with pytest.raises(RuleError, match="您本人"):
        make.act(application, "examine", bureau.second)
    make.act(application, "examine", bureau.reviewer)
    with pytest.raises(NotAllowed):
        make.find_out(application, bureau.reviewer)


def test_four_out_of_five_is_not_enough() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.review(application, bureau, wrong=4)
    with pytest.raises(RuleError, match="符合 4 项"):
        make.act(application, "approve", bureau.leader)
    with pytest.raises(RuleError, match="理由"):
        make.act(application, "reject", bureau.leader)
    make.act(application, "reject", bureau.leader, remark="教学质量没有保证")
    assert state(application) == "rejected"


def test_reviewer_second_reviewer_and_leader_are_three_persons() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "accept", bureau.reviewer)
    make.find_out(application, bureau.reviewer)
    make.act(application, "examine", bureau.reviewer)
    same = make_account(Role.COUNTY_OFFICER, person=bureau.reviewer.person_key, region_code=COUNTY)
    with pytest.raises(NotAllowed):
        make.find_out(application, same)
    make.find_out(application, bureau.second)
    make.act(application, "confirm", bureau.second)
    for person in (bureau.reviewer, bureau.second):
        twin = make_account(Role.COUNTY_LEADER, person=person.person_key, region_code=COUNTY)
        with pytest.raises(NotAllowed, match="由您本人办理"):
            make.act(application, "approve", twin)
    make.act(application, "approve", bureau.leader)


def test_a_neighbouring_bureau_has_no_part_in_it() -> None:
    clerk, other = make_organizer(), make.make_bureau(OTHER_COUNTY)
    application = make.make_submitted(clerk)
    for actor in (other.reviewer, other.leader):
        assert base_applications.find(application.case_id, seen_by=actor) is None
    with pytest.raises(NotAllowed):
        make.act(application, "accept", other.reviewer)


def test_the_centre_sees_a_case_only_from_its_recognition_on() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_on_notice(clerk, bureau)
    assert cases.find(application.case_id, seen_by=bureau.center) is None
    with make.after_notice():
        bases.keep_terms()
    assert cases.find(application.case_id, seen_by=bureau.center) is not None
    told = select(Notice.id).where(Notice.membership_id == bureau.center.membership_id)
    assert db.session.scalar(told) is not None
    for actor in (bureau.leader, bureau.reviewer):
        with pytest.raises(NotAllowed):
            make.act(application, "publish", actor)


def test_the_notice_lasts_its_days() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_on_notice(clerk, bureau)
    bases.keep_terms()
    assert state(application) == "notice"
    with pytest.raises(RuleError, match="公示期还没有结束"):
        make.act(application, "recognise", bureau.leader)


def test_objections_are_answered_before_anything_is_recognised() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_on_notice(clerk, bureau)
    with transaction():
        objection = base_objections.object_to(
            application.case, name="张三丰", contact="13812345678", content="场地是租的，已经到期。"
        )
    seen = base_objections.shown(objection)
    assert (seen.name, seen.contact) == ("张*丰", "138****5678")
    assert "张三丰" not in objection.name_sealed
    with make.after_notice():
        bases.keep_terms()
        assert state(application) == "notice"
        with pytest.raises(RuleError, match="没有答复"):
            make.act(application, "recognise", bureau.leader)
        with transaction():
            base_objections.answer(objection, upheld=False, text="租约续到明年。", actor=bureau.reviewer)
        with pytest.raises(NotAllowed), transaction():
            base_objections.answer(objection, upheld=True, text="改主意了。", actor=bureau.reviewer)
        with pytest.raises(base_objections.NoticeOver), transaction():
            base_objections.object_to(application.case, name="李四", contact="", content="太晚了。")
        make.act(application, "recognise", bureau.leader)
    assert state(application) == "recognised"


def test_an_upheld_objection_ends_in_a_refusal() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_on_notice(clerk, bureau)
    with transaction():
        objection = base_objections.object_to(application.case, name="张三", contact="a@example.com", content="假材料")
    with transaction():
        base_objections.answer(objection, upheld=True, text="材料确系伪造。", actor=bureau.second)
    with make.after_notice(), pytest.raises(RuleError, match="成立"):
        make.act(application, "recognise", bureau.leader)
    make.act(application, "reject", bureau.leader, remark="公示异议成立")
    assert state(application) == "rejected"


def test_a_suspended_base_may_not_file_until_it_is_restored() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    base = make.make_base(clerk, bureau)
    with pytest.raises(NotAllowed), transaction():
        cases.act(base.case, "suspend", actor=bureau.reviewer, remark="x")
    with transaction():
        cases.act(base.case, "suspend", actor=bureau.leader, remark="查处期间暂停")
    scope = bases.scope_of(clerk.organization_id)
    assert scope is not None and not scope.may_file
    with transaction():
        cases.act(base.case, "lift", actor=bureau.leader, remark="整改合格")
    scope = bases.scope_of(clerk.organization_id)
    assert scope is not None and scope.may_file


def test_a_change_makes_a_new_version_and_keeps_the_term() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    base = make.make_base(clerk, bureau)
    number, until, first_case = base.number, base.valid_until, base.case_id
    with transaction():
        application = base_applications.start(actor=clerk)
    assert application.draft["basics"]["kind"] == "trainer"
    assert all(base_applications.papers_of(application.case).values())
    again = make.make_base(
        clerk, bureau, make.words(scope={"rows": [{"occupation": "焊工", "lowest": "2", "highest": "5"}]},
                                  fees={"rows": [{"item": "培训费", "occupation": "", "unit": "class",
                                                  "amount": "900"}]})
    )  # fmt: skip
    assert (again.id, again.number, again.valid_until, again.version) == (base.id, number, until, 2)
    assert db.session.get_one(Case, first_case).state == "replaced"
    old = bases.content_of(base, 1)
    assert old is not None and [line.occupation for line in old.scope] == ["焊工", "电工"]
    scope = bases.scope_of(clerk.organization_id)
    assert scope is not None and scope.ranks["焊工"] == {2, 3, 4, 5} and "电工" not in scope.ranks
    assert [(fee.item, fee.amount) for fee in bases.published_fees(clerk.organization_id) or ()] == [("培训费", 900)]


def test_a_base_is_told_to_renew_and_the_renewal_adds_a_term() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    base = make.make_base(clerk, bureau)
    until = base.valid_until
    said = select(Notice.title).where(Notice.title.contains("到期"), Notice.membership_id == clerk.membership_id)
    with at(until - timedelta(days=121)):
        bases.keep_terms()
        assert db.session.scalars(said).all() == []
    with at(until - timedelta(days=120)):
        bases.keep_terms()
        bases.keep_terms()
        assert len(db.session.scalars(said).all()) == 1
        again = make.make_base(clerk, bureau)
        assert again.valid_until == until.replace(year=until.year + 3)
        assert again.renewal_told_at is None


def test_a_term_that_ends_loses_nothing() -> None:
    clerk = make_organizer()
    base = make.make_base(clerk)
    with at(base.valid_until):
        bases.keep_terms()
        assert base.case.state == "published"
    with at(base.valid_until + timedelta(days=1)):
        scope = bases.scope_of(clerk.organization_id)
        assert scope is not None and not scope.may_file
        bases.keep_terms()
        db.session.refresh(base.case)
        assert base.case.state == "expired"
        assert bases.content_of(base) is not None


def test_the_database_refuses_to_change_what_was_published() -> None:
    base = make.make_base()
    assert db.session.get(BasePublication, (base.id, 1)) is not None
    for statement in ("UPDATE base_publication SET version = 9", "DELETE FROM base_publication"):
        with pytest.raises(DatabaseError, match="append-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_a_file_that_is_no_document_is_refused() -> None:
    clerk = make_organizer()
    application = make.make_draft(clerk)
    with pytest.raises(RuleError, match="文件类型不符"), transaction():
        base_applications.attach(application, "condition1", b"MZ program", "a.exe", actor=clerk)
    stranger = make_organizer()
    with pytest.raises(NotAllowed), transaction():
        base_applications.attach(application, "condition1", PDF + b"new", "a.pdf", actor=stranger)


@pytest.mark.parametrize("action", sorted({move.action for move in WORKFLOWS[base_applications.KIND].transitions}))
def test_what_the_table_does_not_hold_is_refused(action: str) -> None:
    """Every state a case can stand in, every action: what is no row of the table changes nothing."""
    workflow = WORKFLOWS[base_applications.KIND]
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    people = (clerk, bureau.reviewer, bureau.leader, bureau.center)
    actors = {move.permission: one for move in workflow.transitions for one in people if one.can(move.permission)}
    for each in workflow.states:
        with transaction():
            case = db.session.get_one(Case, application.case_id)
            case.state = each.name
        if workflow.find(action, each.name) is not None:
            continue
        for actor in actors.values():
            with pytest.raises(WrongState), transaction():
                cases.act(db.session.get_one(Case, application.case_id), action, actor=actor, remark="x")
        assert state(application) == each.name

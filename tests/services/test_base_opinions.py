"""The advice of an industry authority: asked on its occupations, within its days, binding nobody (B9)."""

from datetime import timedelta

import pytest
from flask import Flask

from domain.errors import NotAllowed, RuleError
from domain.roles import CITY, Actor, Role
from models import Organization, db
from services import base_opinions, cases, clock
from services.transaction import transaction
from tests import base_makers as make
from tests.filing_makers import COUNTY, OTHER_COUNTY, at, make_account, make_organizer


@pytest.fixture(autouse=True)
def context(app: Flask):
    with app.app_context():
        yield


def authority(uscc: str, region: str, *occupations: str) -> Actor:
    with transaction():
        organization = Organization(uscc=uscc, name=f"经信局{uscc[-2:]}", region_code=region, created_at=clock.now())
        db.session.add(organization)
        db.session.flush()
        base_opinions.appoint(organization, list(occupations))
        organization_id = organization.id
    return make_account(Role.INDUSTRY_ADVISER, organization_id=organization_id)


def accepted():
    clerk, bureau = make_organizer(), make.make_bureau()
    application = make.make_submitted(clerk)
    make.act(application, "accept", bureau.reviewer)
    return clerk, bureau, application


def test_only_those_who_advise_on_an_occupation_here_are_offered() -> None:
    _, bureau, application = accepted()
    here = authority("11330784MB0000001A", COUNTY, "焊工", "铣工")
    city = authority("11330700MB0000002B", CITY, "电工")
    authority("11330783MB0000003C", OTHER_COUNTY, "焊工")
    authority("11330784MB0000004D", COUNTY, "铣工")
    found = {each.id for each in base_opinions.authorities_for(application.case)}
    assert found == {here.organization_id, city.organization_id}
    make.ask(application, bureau, here.organization_id or 0)
    assert {each.id for each in base_opinions.authorities_for(application.case)} == {city.organization_id}
    with pytest.raises(RuleError, match="没有征求过"):
        make.ask(application, bureau, here.organization_id or 0)


def test_the_authority_answers_once_and_the_bureau_reads_it() -> None:
    _, bureau, application = accepted()
    adviser, other = authority("11330784MB0000001A", COUNTY, "焊工"), authority("11330784MB0000004D", COUNTY, "焊工")
    assert cases.find(application.case_id, seen_by=adviser) is None
    opinion = make.ask(application, bureau, adviser.organization_id or 0)
    assert cases.find(application.case_id, seen_by=adviser) is not None
    assert cases.find(application.case_id, seen_by=other) is None
    assert base_opinions.find(opinion.id, seen_by=other) is None
    with pytest.raises(NotAllowed), transaction():
        base_opinions.answer(opinion, supports=True, text="", actor=other)
    with pytest.raises(RuleError, match="理由"), transaction():
        base_opinions.answer(opinion, supports=False, text=" ", actor=adviser)
    with transaction():
        base_opinions.answer(opinion, supports=False, text="焊接设备不足", actor=adviser)
    (kept,) = base_opinions.of_case(application.case)
    assert (kept.supports, kept.answer, kept.answered_by) == (False, "焊接设备不足", adviser.name)
    with pytest.raises(RuleError, match="已经答复"), transaction():
        base_opinions.answer(opinion, supports=True, text="", actor=adviser)
    # It binds nobody.
    make.review(application, bureau)
    make.act(application, "approve", bureau.leader)
    assert application.case.state == "notice"


def test_silence_holds_nothing_up() -> None:
    _, bureau, application = accepted()
    adviser = authority("11330784MB0000001A", COUNTY, "焊工")
    opinion = make.ask(application, bureau, adviser.organization_id or 0)
    assert not base_opinions.is_late(opinion)
    with at(opinion.due_on + timedelta(days=1)):
        assert base_opinions.is_late(opinion) and base_opinions.may_answer(opinion)
        make.review(application, bureau)
        make.act(application, "approve", bureau.leader)
    assert not base_opinions.may_answer(opinion)


def test_who_does_not_review_does_not_ask() -> None:
    clerk, bureau, application = accepted()
    adviser = authority("11330784MB0000001A", COUNTY, "焊工")
    elsewhere = make_account(Role.COUNTY_OFFICER, region_code=OTHER_COUNTY)
    for actor in (clerk, bureau.leader, elsewhere, adviser):
        with pytest.raises(NotAllowed), transaction():
            base_opinions.ask(application.case, adviser.organization_id or 0, "请答复", actor=actor)


def test_the_pages_of_an_authority(app: Flask) -> None:
    _, bureau, application = accepted()
    adviser = authority("11330784MB0000001A", COUNTY, "焊工")
    officer = app.test_client()
    officer.sign_in(bureau.reviewer.account_id)  # type: ignore[attr-defined]
    page = f"/bureau/bases/{application.case_id}/opinions/new"
    assert "经信局1A" in officer.get(page).text
    assert officer.post(page, data={"organization": "", "question": ""}).status_code == 422
    assert (
        officer.post(page, data={"organization": str(adviser.organization_id), "question": "请答复"}).status_code == 303
    )
    browser = app.test_client()
    browser.sign_in(adviser.account_id)  # type: ignore[attr-defined]
    assert "待答复" in browser.get("/industry").text
    db.session.rollback()
    (opinion,) = base_opinions.of_case(application.case)
    one = f"/industry/opinions/{opinion.id}"
    assert "请答复" in browser.get(one).text
    assert browser.post(one, data={"supports": "no", "answer": ""}).status_code == 422
    assert browser.post(one, data={"supports": "yes", "answer": "同意"}).status_code == 303
    assert "支持" in officer.get(f"/bureau/cases/{application.case_id}").text
    assert browser.get(f"/bureau/cases/{application.case_id}").status_code == 403

"""Every state, action, role and region of a base application: who may do what is written down here once more."""

import pytest
from flask import Flask
from sqlalchemy import update

from domain.base_purpose import Purpose
from domain.errors import RuleError
from domain.roles import CITY, SYSTEM, Actor, Role
from domain.workflows import WORKFLOWS, CaseKind
from models import BaseApplication, Case, db
from services import cases
from services.transaction import transaction
from tests import base_makers as make
from tests.filing_makers import OTHER_COUNTY, make_account, make_organizer

ZONE = "JHKFQ"
BASE = WORKFLOWS[CaseKind.BASE_APPLICATION]
REVIEW = ("review", "second", "decision")
# Action: from which states, by whom. What is done by a measure on a published base has tests of its own.
WHO = {
    "submit": (("draft",), "clerk"),
    "accept": (("submitted",), "officer"),
    "accept_change": (("submitted",), "officer"),
    "deem": (("submitted",), "system"),
    "deem_change": (("submitted",), "system"),
    "return": (("submitted",), "officer"),
    "decline": (("submitted",), "officer"),
    "resubmit": (("supplement",), "clerk"),
    "expire": (("supplement",), "system"),
    "examine": (("review",), "officer"),
    "send_back": (("second",), "officer"),
    "confirm": (("second",), "officer"),
    "extend": (REVIEW, "leader"),
    "approve": (("decision",), "leader"),
    "approve_change": (("decision",), "leader"),
    "reject_change": (("decision",), "leader"),
    "reject": (("decision", "notice"), "leader"),
    "recognise": (("notice",), "leader"),
    "conclude": (("notice",), "system"),
    "publish": (("recognised",), "center"),
    "withdraw": (("draft", "submitted", "supplement", *REVIEW), "clerk"),
    "lapse": (("published", "suspended"), "system"),
    "replace": (("published", "expired"), "system"),
}
MEASURES = {"suspend", "lift", "revoke", "close"}
ONLY_CHANGES = {"accept_change", "deem_change", "approve_change", "reject_change"}
NO_CHANGES = {"accept", "deem", "approve", "reject"}


@pytest.fixture(autouse=True)
def context(app: Flask):
    with app.app_context():
        yield


def everybody(clerk: Actor, region: str) -> list[tuple[str, Actor]]:
    """Each role, here and elsewhere; the part it plays in this case, empty if none."""
    found = [("clerk", clerk), ("system", SYSTEM), ("", make_organizer())]
    for where in (region, OTHER_COUNTY, CITY, ZONE):
        city, here = where == CITY, where == region
        officer, leader = (Role.CITY_OFFICER, Role.CITY_LEADER) if city else (Role.COUNTY_OFFICER, Role.COUNTY_LEADER)
        if any(actor.region_code == where for _, actor in found):
            continue
        found.append(("officer" if here else "", make_account(officer, region_code=where)))
        found.append(("leader" if here else "", make_account(leader, region_code=where)))
    found.append(("center", make_account(Role.CENTER_STAFF, region_code=CITY)))
    found.append(("", make_account(Role.AUDITOR, region_code=CITY)))
    found.append(("", make_account(Role.INDUSTRY_ADVISER, organization_id=make_organizer().organization_id)))
    return found


def test_the_table_here_names_every_action() -> None:
    assert {move.action for move in BASE.transitions} - MEASURES == set(WHO)


@pytest.mark.parametrize("purpose", [Purpose.FIRST, Purpose.CHANGE])
@pytest.mark.parametrize("region", ["330784", CITY, ZONE])
def test_every_pair_is_as_it_is_written_here(region: str, purpose: Purpose) -> None:
    clerk = make_organizer(region=region)
    application = make.make_submitted(clerk, make.words(basics={"level": "city" if region == CITY else "county"}))
    case_id = application.case_id
    actors = everybody(clerk, region)
    with transaction():
        db.session.execute(
            update(BaseApplication).where(BaseApplication.case_id == case_id).values(purpose=purpose.value)
        )
    for state in (each.name for each in BASE.states):
        with transaction():
            db.session.execute(update(Case).where(Case.id == case_id).values(state=state))
        case = db.session.get_one(Case, case_id)
        db.session.refresh(case)
        for part, actor in actors:
            allowed = {
                action
                for action, (states, who) in WHO.items()
                if state in states
                and who == part
                and action not in (NO_CHANGES if purpose is Purpose.CHANGE else ONLY_CHANGES)
            }
            offered = {move.action for move in cases.actions(case, actor)} - MEASURES
            assert offered == allowed, (state, actor.role, actor.region_code)
            with transaction():
                refused = db.session.get_one(Case, case_id)
                for action in set(WHO) - allowed:
                    with pytest.raises(RuleError):
                        cases.act(refused, action, actor=actor, remark="理由")
    assert len(db.session.get_one(Case, case_id).steps) == 1


def test_a_functional_zone_has_its_own_bureau() -> None:
    clerk, bureau = make_organizer(region=ZONE), make.make_bureau(ZONE)
    base = make.make_base(clerk, bureau)
    assert base.number.startswith(f"JXJY-{ZONE}-") and base.region.kind == "zone"
    case = base.case
    assert case.number is not None and case.number.startswith(f"JD{ZONE}")
    neighbour = make_account(Role.COUNTY_OFFICER, region_code="330702")
    assert cases.find(case.id, seen_by=neighbour) is None
    assert cases.find(case.id, seen_by=make_account(Role.CITY_OFFICER, region_code=CITY)) is not None

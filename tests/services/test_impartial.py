"""Nobody decides for the bureau on a case of an organisation one is an operator of (INV-19)."""

import pytest

from domain.errors import NotAllowed
from domain.roles import Actor, Role
from models import Case, db
from services import cases
from services.transaction import transaction
from tests import filing_makers
from tests.filing_makers import COUNTY


@pytest.fixture
def clerk(app_context: None) -> Actor:
    return filing_makers.make_organizer("employer", COUNTY)


def test_an_officer_who_also_works_for_the_organiser_is_offered_nothing_and_told_why(clerk: Actor) -> None:
    colleague = filing_makers.make_account(
        Role.EMPLOYER_MANAGER, person="one and the same", organization_id=clerk.organization_id
    )
    officer = filing_makers.make_account(Role.COUNTY_OFFICER, person=colleague.person_key, region_code=COUNTY)
    other = filing_makers.make_account(Role.COUNTY_OFFICER, region_code=COUNTY)
    filing = filing_makers.make_submitted(clerk)
    case = db.session.get_one(Case, filing.case_id)
    assert cases.actions(case, officer) == []
    assert "回避" in (cases.obstacle(case, officer) or "")
    with pytest.raises(NotAllowed, match="回避"), transaction():
        cases.act(case, "reject", actor=officer, remark="不符合条件")
    assert case.state == "submitted"
    assert cases.actions(case, other) != []

"""What a published base changes goes its own way; what nobody accepts in time is accepted (arts. 6, 9)."""

from datetime import timedelta

import pytest
from flask import Flask

from domain.base_content import CONDITIONS
from domain.base_purpose import Purpose
from domain.errors import RuleError, WrongState
from models import Case, CaseStep, db
from services import base_purposes, base_review, bases, cases, clock, official_letters
from services.transaction import transaction
from tests import base_makers as make
from tests.filing_makers import at, make_organizer

WIDER = make.words(
    scope={
        "rows": [
            {"occupation": "焊工", "lowest": "2", "highest": "5"},
            {"occupation": "电工", "lowest": "2", "highest": "5"},
        ]
    }
)


@pytest.fixture(autouse=True)
def context(app: Flask):
    with app.app_context():
        yield


def steps(case: Case) -> list[str]:
    return [step.action for step in case.steps]


def test_a_wider_scope_asks_for_places_and_teachers_and_needs_no_notice() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    base = make.make_base(clerk, bureau)
    application = make.make_submitted(clerk, WIDER)
    case = application.case
    assert application.purpose == Purpose.CHANGE and "变更" in case.title
    assert base_purposes.conditions_for(case) == (1, 2)
    review = base_review.review(case)
    assert [(each.label, each.after) for each in review.against_published] == [
        ("范围：焊工", "五级/初级工 至 二级/技师")
    ]
    with pytest.raises(WrongState):
        make.act(application, "accept", bureau.reviewer)
    make.review(application, bureau)
    with pytest.raises(WrongState):
        make.act(application, "approve", bureau.leader)
    make.act(application, "approve_change", bureau.leader)
    assert case.state == "recognised"
    make.act(application, "publish", bureau.center)
    db.session.refresh(base)
    assert base.version == 2 and bases.content_of(base).scope[0].highest == 5  # type: ignore[union-attr]
    assert [each.kind for each in official_letters.of_case(case)] == ["acceptance", "change"]
    assert any("二级/技师" in each for each in official_letters.of_case(case)[1].facts["paragraphs"])
    # What it was compared with stays what it was.
    assert len(base_review.against_published(case, review.content)) == 1


def test_only_a_fee_asks_whether_it_is_lawful() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    make.make_base(clerk, bureau)
    fees = {"rows": [{"item": "培训费", "occupation": "", "unit": "class", "amount": "900"}]}
    application = make.make_submitted(clerk, make.words(fees=fees))
    assert base_purposes.conditions_for(application.case) == (5,)


def test_a_change_that_does_not_fit_is_refused_and_nothing_changes() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    base = make.make_base(clerk, bureau)
    application = make.make_submitted(clerk, WIDER)
    make.review(application, bureau, wrong=2)
    with pytest.raises(RuleError, match="2 项条件中符合 1 项"):
        make.act(application, "approve_change", bureau.leader)
    make.act(application, "reject_change", bureau.leader, remark="没有高级工的教师")
    db.session.refresh(base)
    assert (base.version, base.case.state) == (1, "published")
    assert official_letters.of_case(application.case)[-1].kind == "change_refusal"


def test_another_level_is_asked_for_anew() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    make.make_base(clerk, bureau)
    application = make.make_submitted(clerk, make.words(basics={"level": "city"}))
    assert application.purpose == Purpose.FIRST
    assert base_purposes.conditions_for(application.case) == tuple(CONDITIONS)


def test_near_its_end_it_is_a_renewal_with_everything() -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    base = make.make_base(clerk, bureau)
    with at(base.valid_until - timedelta(days=60)):
        application = make.make_submitted(clerk)
        assert application.purpose == Purpose.RENEWAL
        assert base_purposes.conditions_for(application.case) == tuple(CONDITIONS)


@pytest.mark.parametrize("change", [False, True])
def test_silence_is_acceptance(change: bool) -> None:
    clerk, bureau = make_organizer(), make.make_bureau()
    if change:
        make.make_base(clerk, bureau)
    application = make.make_submitted(clerk, WIDER)
    case = application.case
    assert case.due_on is not None
    with at(case.due_on):
        bases.keep_terms()
        assert db.session.get_one(Case, case.id).state == "submitted"
    with at(case.due_on + timedelta(days=1)):
        bases.keep_terms()
        db.session.refresh(case)
        assert case.state == "review"
        assert case.due_on is not None and case.due_on > clock.today()
    last: CaseStep = case.steps[-1]
    assert (last.action, last.actor_name) == ("deem_change" if change else "deem", "系统")
    assert official_letters.of_case(case)[-1].kind == "acceptance"
    with pytest.raises(WrongState), transaction():
        cases.act(case, "accept", actor=bureau.reviewer)

"""A year as it was known on a past day: for the person, for who may see the person, and for nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.ledger_rules import ReversalReason
from domain.roles import SYSTEM, Role
from models import RecordLook, db
from services import clock, ledger, proofs
from services.transaction import transaction
from tests.views import world
from tests.views.world import Site


def owner(site: Site) -> tuple[Any, int]:
    actor = site.actor(Role.TECHNICIAN)
    return world.sign_in_as(site, actor), actor.technician_id or 0


def reversed_later(site: Site, technician_id: int) -> tuple[str, str]:
    """Take an entry back two days from now; returns the number of a proof made before, and today."""
    with site.app.app_context():
        number = proofs.of_technician(technician_id)[-1].number
        today = clock.today().isoformat()
        with transaction():
            clock.advance(2)
        entry = next(each for each in ledger.entries_of(technician_id, 2026) if each.kind == "award")
        with transaction():
            ledger.reverse(entry, reason=ReversalReason.DUPLICATE, remark="与另一条重复", actor=SYSTEM)
    return number, today


def test_what_was_taken_back_since_is_shown_as_it_was_with_the_reason(spare_site: Site) -> None:
    browser, technician_id = owner(spare_site)
    number, day = reversed_later(spare_site, technician_id)
    for query in (f"on={day}", f"proof={number}"):
        page = browser.get(f"/me/past?{query}")
        assert page.status_code == 200
        then, since = page.text.split("此后的变化", 1)
        assert "后来冲销" in then
        assert "重复：与另一条重复" in since
        assert "现在的结论" in since
    assert f"签发证明 {number} 时" in page.text
    with spare_site.app.app_context():
        today = clock.today().isoformat()
    now = browser.get(f"/me/past?on={today}").text
    assert "没有变化" in now
    assert "后来冲销" not in now


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("", "日期无法识别"),
        ("昨天", "日期无法识别"),
        ("2026-02-30", "日期无法识别"),
        ("2019-12-31", "2020年1月1日以前没有记录"),
        ("9999-12-31", "不能查看将来的日期"),
    ],
)
def test_what_is_no_day_of_the_past_is_refused_in_words(spare_site: Site, on: str, said: str) -> None:
    browser, _ = owner(spare_site)
    page = browser.get("/me/past", query_string={"on": on})
    assert page.status_code == 422
    assert said in page.text


def test_the_clock_of_the_demo_decides_what_is_the_future(spare_site: Site) -> None:
    browser, _ = owner(spare_site)
    with spare_site.app.app_context():
        tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    assert browser.get(f"/me/past?on={tomorrow}").status_code == 422
    with spare_site.app.app_context(), transaction():
        clock.advance(1)
    assert browser.get(f"/me/past?on={tomorrow}").status_code == 200


def test_before_the_first_record_there_is_nothing_and_it_is_said(spare_site: Site) -> None:
    browser, _ = owner(spare_site)
    page = browser.get("/me/past?on=2020-01-01")
    assert page.status_code == 200
    assert "还没有登记这个人" in page.text


def test_an_officer_who_looks_is_named_and_a_stranger_finds_nothing(spare_site: Site) -> None:
    browser, technician_id = owner(spare_site)
    address = f"/bureau/register/{technician_id}/past?on=2026-06-01"
    stranger = world.sign_in_as(spare_site, spare_site.b.actors[Role.COUNTY_OFFICER])
    assert stranger.get(address).status_code == 404
    with spare_site.app.app_context():
        assert db.session.scalars(select(RecordLook.page)).all() == []
    officer = world.sign_in_as(spare_site, spare_site.actor(Role.COUNTY_OFFICER))
    assert officer.get(address).status_code == 200
    assert "过去某一天的学分" in browser.get("/me/looks").text


def test_the_proof_of_somebody_else_is_not_found(spare_site: Site) -> None:
    browser, technician_id = owner(spare_site)
    with spare_site.app.app_context():
        others = [person for person in spare_site.a.people if person != technician_id]
        number = next(proof.number for person in others for proof in proofs.of_technician(person))
    assert browser.get(f"/me/past?proof={number}").status_code == 404
    assert browser.get("/me/past?proof=JHJX-2026-99999999").status_code == 404

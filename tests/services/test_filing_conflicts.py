"""Double booking across the city: who is told what, and that of two at the same moment one is refused."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text

from domain.errors import RuleError
from domain.roles import Actor
from models import ActivityFiling, Organization, db
from services import cases, filings
from services.filing_review import review
from services.transaction import transaction
from tests.filing_makers import (
    OTHER_COUNTY,
    make_approved,
    make_draft,
    make_officer,
    make_organizer,
    make_submitted,
    send_back,
    shown_sha256,
)
from tests.services.test_filings import _at_once

pytestmark = pytest.mark.usefixtures("app_context")

# Teachers that both organisers name, in rooms that are their own.
SAME = {"teachers__0__unit": "金职技师学院（本部）", "teachers__1__unit": "永力五金（本部）"}


@pytest.fixture
def clerk(app_context: None) -> Actor:
    return make_organizer()


@pytest.fixture
def stranger(app_context: None) -> Actor:
    return make_organizer("training_base", OTHER_COUNTY)


@pytest.fixture
def officer(app_context: None) -> Actor:
    return make_officer()


def problems(filing: ActivityFiling, *, hints: bool = False) -> list[str]:
    return [one.message for one in filings.examine(filing)[1] if one.hint is hints]


def name_of(actor: Actor) -> str:
    return db.session.get_one(Organization, actor.organization_id).name


def findings(filing: ActivityFiling) -> list[str]:
    return [one.detail for one in review(filing.case).findings if "冲突" in one.label and not one.ok]


def test_a_teacher_of_a_public_activity_of_others_is_taken(clerk: Actor, stranger: Actor) -> None:
    make_approved(stranger, make_officer(OTHER_COUNTY), basics__title="公开班 13812345678", **SAME)
    filing = make_draft(clerk, **SAME)
    first, second = problems(filing)
    assert "王建国" in first and "公开班" in first and name_of(stranger) in first
    assert "李梅" in second and "第 2、3、4 课次" in second
    # Nothing that the public calendar hides.
    assert "13812345678" not in first
    fields = [one.field for one in filings.examine(filing)[1] if not one.hint]
    assert fields == ["rows-0-teacher", "rows-1-teacher"]
    with pytest.raises(filings.Incomplete), transaction():
        filings.submit(filing, actor=clerk)
    assert filing.case.state == "draft"


def test_what_others_have_not_got_approved_is_nobodys_business(clerk: Actor, stranger: Actor) -> None:
    make_draft(stranger, basics__title="秘密班", **SAME)
    make_submitted(stranger, basics__title="秘密班", **SAME)
    filing = make_draft(clerk, **SAME)
    assert problems(filing) == [] and problems(filing, hints=True) == []


def test_the_officer_sees_what_is_still_being_decided_but_no_draft(clerk: Actor, stranger: Actor) -> None:
    make_draft(stranger, basics__title="草稿班", **SAME)
    make_submitted(stranger, basics__title="在审班", **SAME)
    found = findings(make_submitted(clerk, **SAME))
    assert len(found) == 2 and all("在审班" in one for one in found)


def test_an_own_activity_that_is_with_the_bureau_counts(clerk: Actor) -> None:
    make_submitted(clerk, collide=True)
    found = problems(make_draft(clerk, collide=True))
    assert any("地点“一号培训室”" in one and "本单位" in one for one in found)
    assert any("王建国" in one for one in found)


@pytest.mark.parametrize("end", ["withdraw", "cancel", "reject"])
def test_what_does_not_take_place_takes_nobody(clerk: Actor, officer: Actor, end: str) -> None:
    first = make_submitted(clerk, collide=True) if end != "cancel" else make_approved(clerk, officer, collide=True)
    acts: dict[str, Callable[[], Any]] = {
        "withdraw": lambda: filings.withdraw(first, actor=clerk),
        "cancel": lambda: filings.cancel(first, remark="停电", actor=clerk),
        "reject": lambda: cases.act(first.case, "reject", actor=officer, remark="不符合"),
    }
    with transaction():
        acts[end]()
    assert problems(make_draft(clerk, collide=True)) == []


def test_a_namesake_of_another_unit_is_a_hint_only(clerk: Actor, stranger: Actor) -> None:
    make_approved(stranger, make_officer(OTHER_COUNTY), teachers__0__unit="东阳木雕厂", teachers__1__name="吴芳")
    filing = make_draft(clerk)
    assert problems(filing) == []
    assert any("东阳木雕厂" in one and "是否同一人" in one for one in problems(filing, hints=True))
    with transaction():
        filings.submit(filing, actor=clerk)


def test_a_returned_filing_is_checked_again_when_it_comes_back(clerk: Actor, officer: Actor, stranger: Actor) -> None:
    filing = make_submitted(clerk, **SAME)
    send_back(filing, officer)
    make_approved(stranger, make_officer(OTHER_COUNTY), **SAME)
    with pytest.raises(filings.Incomplete), transaction():
        filings.submit(filing, actor=clerk)


def test_an_approval_is_checked_again(clerk: Actor, officer: Actor, stranger: Actor) -> None:
    mine, theirs = make_submitted(clerk, **SAME), make_submitted(stranger, **SAME)
    with transaction():
        cases.act(mine.case, "approve", actor=officer, content_sha256=shown_sha256(mine))
    other = make_officer(OTHER_COUNTY)
    with pytest.raises(RuleError) as refused, transaction():
        cases.act(theirs.case, "approve", actor=other, content_sha256=shown_sha256(theirs))
    assert refused.value.code == "double_booked"
    assert "王建国" in refused.value.message
    assert theirs.case.state == "submitted"


@pytest.mark.parametrize("attempt", range(3))
def test_of_two_that_book_a_teacher_at_the_same_moment_one_is_approved(
    app: Flask, clerk: Actor, officer: Actor, stranger: Actor, attempt: int
) -> None:
    """Both are submitted and approved by officers of two counties who press at once."""
    drafts = [make_draft(clerk, **SAME), make_draft(stranger, **SAME)]
    ids = [filing.id for filing in drafts]
    officers = [officer, make_officer(OTHER_COUNTY)]
    db.session.rollback()

    def submit(place: int) -> None:
        filings.submit(db.session.get_one(ActivityFiling, ids[place]), actor=(clerk, stranger)[place])

    def approve(place: int) -> None:
        filing = db.session.get_one(ActivityFiling, ids[place])
        cases.act(filing.case, "approve", actor=officers[place], content_sha256=shown_sha256(filing))

    assert _at_once(app, [lambda: submit(0), lambda: submit(1)]) == ["done", "done"]
    assert sorted(_at_once(app, [lambda: approve(0), lambda: approve(1)])) == ["done", "double_booked"]
    db.session.rollback()
    states = [db.session.get_one(ActivityFiling, each).case.state for each in ids]
    assert sorted(states) == ["approved", "submitted"]


def test_the_check_finds_the_days_by_their_index(clerk: Actor, officer: Actor) -> None:
    filing = make_approved(clerk, officer)
    _fill_the_city(filing)
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        if "FROM activity_session" in sql and "on_day" in sql and "IN (" in sql:
            statements.append((sql, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        filings.examine(make_draft(clerk))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    sql, parameters = statements[-1]
    is_sqlite = db.engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    rows = db.session.connection().exec_driver_sql(explain + sql, parameters).all()
    plan = "\n".join(str(row[-1]) for row in rows)
    assert "ix_activity_session_on_day" in plan, plan
    assert "SCAN activity_session" not in plan and "Seq Scan on activity_session" not in plan, plan


def _fill_the_city(filing: ActivityFiling) -> None:
    """Six thousand sessions on other days, and the database told of them."""
    start = date(2010, 1, 1)
    row = filing.sessions[0]
    values = [
        {"id": 1000 + number, "filing": filing.id, "day": start + timedelta(days=number // 2),
         "half": ("am", "pm")[number % 2], "starts": row.starts_at, "ends": row.ends_at}
        for number in range(6000)
    ]  # fmt: skip
    insert = text(
        "INSERT INTO activity_session (id, filing_id, on_day, half, starts_at, ends_at, hours_tenths, place, topic)"
        " VALUES (:id, :filing, :day, :half, :starts, :ends, 40, 'x', 'x')"
    )
    with transaction():
        db.session.execute(
            insert,
            [{**each, "day": each["day"].isoformat() if db.engine.dialect.name == "sqlite" else each["day"]}
             for each in values],
        )  # fmt: skip
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("ANALYZE"))

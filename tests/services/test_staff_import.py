"""The staff list into the register: new, changed, same, refused; twice is once; another employer's people."""

from datetime import date

import pytest
from sqlalchemy import func, select

from domain.errors import RuleError
from domain.roles import Actor, Role
from domain.staff_rows import STAFF
from models import Employment, IdentityKey, Organization, SkillCertificate, Technician, db
from services import clock, employments, registry, spreadsheets, staff_import, staff_jobs
from services.transaction import transaction
from tests.sheet_makers import STAFF_HEADERS, staff_rows, xlsx

NAME, NUMBER, PHONE, LEVEL, CERTIFICATE = 1, 3, 4, 7, 9


def employer(uscc: str) -> Organization:
    with transaction():
        made = Organization(uscc=uscc, name=f"单位{uscc[-3:]}", region_code="330784", created_at=clock.now())
        db.session.add(made)
    return made


def run(rows: list[list[object]], organization: Organization) -> staff_import.Plan:
    """Import these rows for this employer, as confirming does."""
    sheet = spreadsheets.read_sheet(xlsx([STAFF_HEADERS, *rows]), "花名册.xlsx", table=STAFF)
    checked = staff_import.check(sheet, today=clock.today())
    with transaction():
        plan = staff_import.plan(checked, db.session.get_one(Organization, organization.id))
        staff_import.write(plan)
    return plan


def count(table: type) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def own(app_context: None) -> Organization:
    return employer("91330784K49LUPRD6E")


def test_new_people_come_with_certificate_and_employment(own: Organization) -> None:
    plan = run(staff_rows(40), own)
    assert plan.counts() == {"new": 40, "changed": 0, "same": 0, "reject": 0}
    assert [count(table) for table in (Technician, IdentityKey, SkillCertificate, Employment)] == [40] * 4
    person = db.session.scalars(select(Technician)).first()
    assert person is not None
    assert registry.id_number(person) in {str(row[NUMBER]) for row in staff_rows(40)}
    assert registry.id_number(person) not in person.id_number_sealed


def test_the_same_file_again_changes_nothing(own: Organization) -> None:
    run(staff_rows(40), own)
    plan = run(staff_rows(40), own)
    assert plan.counts() == {"new": 0, "changed": 0, "same": 40, "reject": 0}
    assert [count(table) for table in (Technician, SkillCertificate, Employment)] == [40] * 3


def test_a_corrected_file_applies_only_the_differences(own: Organization) -> None:
    run(staff_rows(10), own)
    rows = staff_rows(10)
    rows[2][PHONE], rows[5][LEVEL] = "13900001111", "一级/高级技师"
    plan = run(rows, own)
    assert plan.counts() == {"new": 0, "changed": 2, "same": 8, "reject": 0}
    assert [(row.excel_row, row.changes) for row in plan.rows if row.outcome == "changed"] == [
        (4, ("更新手机号码",)),
        (7, ("更正证书内容",)),
    ]
    person = registry.find_by_id_number(
        str(rows[2][NUMBER]), seen_by=Actor(role=Role.CITY_OFFICER, name="", region_code="330700")
    )
    assert person is not None
    assert registry.masked_phone(person) == "139****1111"
    assert run(rows, own).counts()["same"] == 10


def test_one_person_may_hold_several_certificates(own: Organization) -> None:
    rows = staff_rows(1)
    second = list(rows[0])
    second[CERTIFICATE] = "S000033070001240000001"
    plan = run([*rows, second], own)
    assert plan.counts() == {"new": 2, "changed": 0, "same": 0, "reject": 0}
    assert [count(table) for table in (Technician, SkillCertificate, Employment)] == [1, 2, 1]


def test_another_name_for_a_registered_number_is_refused_without_telling_the_name(own: Organization) -> None:
    run(staff_rows(1), own)
    rows = staff_rows(1)
    registered, rows[0][NAME] = str(rows[0][NAME]), "欧阳某某"
    plan = run(rows, own)
    assert plan.counts()["reject"] == 1
    assert registered not in "".join(plan.rows[0].reasons)
    assert plan.problems[2][0].column == "name"


def test_somebody_in_the_register_is_only_claimed_and_nothing_of_theirs_is_changed(own: Organization) -> None:
    run(staff_rows(1), own)
    other = employer("9133078377A34EQA59")
    rows = staff_rows(1)
    rows[0][PHONE], rows[0][CERTIFICATE] = "13900001111", "S000033070001240000009"
    plan = run(rows, other)
    assert plan.rows[0].outcome == "changed"
    assert [count(table) for table in (Technician, SkillCertificate, Employment)] == [1, 1, 2]
    states = {row[0]: row[1] for row in db.session.execute(select(Employment.organization_id, Employment.state))}
    assert states == {own.id: "active", other.id: "claimed"}
    person = db.session.scalars(select(Technician)).one()
    assert registry.masked_phone(person) != "139****1111"
    assert run(rows, other).rows[0].outcome == "same"

    employment = db.session.scalars(select(Employment).where(Employment.state == "claimed")).one()
    owner = Actor(role=Role.TECHNICIAN, name="本人", technician_id=person.id)
    with transaction():
        employments.answer_claim(employment.id, agrees=True, actor=owner)
    assert run(rows, other).rows[0].changes == ("更新手机号码", "新增证书")


def test_a_refused_claim_hides_the_person_and_cannot_be_answered_twice(own: Organization) -> None:
    run(staff_rows(1), own)
    other = employer("9133078377A34EQA59")
    run(staff_rows(1), other)
    employment = db.session.scalars(select(Employment).where(Employment.state == "claimed")).one()
    owner = Actor(role=Role.TECHNICIAN, name="本人", technician_id=employment.technician_id)
    clerk = Actor(role=Role.EMPLOYER_CLERK, name="", organization_id=other.id)
    technician_id, employment_id = employment.technician_id, employment.id
    assert registry.find(technician_id, seen_by=clerk) is not None
    with transaction():
        employments.answer_claim(employment_id, agrees=False, actor=owner)
    assert registry.find(technician_id, seen_by=clerk) is None
    with pytest.raises(RuleError), transaction():
        employments.answer_claim(employment_id, agrees=True, actor=owner)


def test_leaving_ends_what_the_employer_sees(own: Organization) -> None:
    run(staff_rows(1), own)
    person = db.session.scalars(select(Technician)).one()
    clerk = Actor(role=Role.EMPLOYER_CLERK, name="", organization_id=own.id)
    technician_id = person.id
    with transaction():
        employments.end_employment(technician_id, on=clock.today(), actor=clerk)
    assert db.session.execute(registry.staff(clerk)).all() == []
    with pytest.raises(RuleError), transaction():
        employments.end_employment(technician_id, on=clock.today(), actor=clerk)


def test_planning_asks_the_database_a_fixed_number_of_times(own: Organization) -> None:
    def queries(size: int) -> int:
        sheet = spreadsheets.read_sheet(xlsx([STAFF_HEADERS, *staff_rows(size)]), "a.xlsx", table=STAFF)
        checked = staff_import.check(sheet, today=date(2026, 11, 22))
        seen: list[str] = []
        from sqlalchemy import event

        def listen(_connection, _cursor, statement, *_rest) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", listen)
        staff_import.plan(checked, db.session.get_one(Organization, own.id))
        event.remove(db.engine, "before_cursor_execute", listen)
        return len(seen)

    run(staff_rows(400), own)
    queries(10)
    assert queries(400) == queries(100)


def test_a_claim_refused_or_ended_on_its_first_day_can_be_made_again_that_day(own: Organization) -> None:
    run(staff_rows(2), own)
    other = employer("9133078377A34EQA59")
    run(staff_rows(2), other)
    claims = db.session.scalars(select(Employment).where(Employment.organization_id == other.id)).all()
    refused, ended = ((each.id, each.technician_id) for each in claims)
    with transaction():
        owner = Actor(role=Role.TECHNICIAN, name="本人", technician_id=refused[1])
        employments.answer_claim(refused[0], agrees=False, actor=owner)
        clerk = Actor(role=Role.EMPLOYER_CLERK, name="", organization_id=other.id)
        employments.end_employment(ended[1], on=clock.today(), actor=clerk)
    assert run(staff_rows(2), other).counts()["changed"] == 2
    again = db.session.scalars(select(Employment).where(Employment.organization_id == other.id)).all()
    assert [(each.id, each.state, each.ended_on) for each in again] == [
        (refused[0], "claimed", None),
        (ended[0], "claimed", None),
    ]
    assert run(staff_rows(2), other).counts()["same"] == 2


def test_a_list_whose_worker_fails_does_not_stay_in_work(own: Organization, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = Actor(role=Role.EMPLOYER_CLERK, name="", organization_id=own.id)
    with transaction():
        batch = staff_jobs.upload(xlsx([STAFF_HEADERS, *staff_rows(3)]), "花名册.xlsx", actor=clerk)

    def full(_plan: staff_import.Plan) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(staff_import, "write", full)
    db.session.expire_all()
    with transaction():
        staff_jobs.confirm(batch, actor=clerk)
    db.session.expire_all()
    assert (batch.state, count(Technician)) == ("failed", 0)
    assert "稍后重试" in batch.message

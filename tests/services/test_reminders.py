"""Reminders: who is told of which deadline, on which day, and never twice. The calendar is that of autumn 2026."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from domain.periods import china_date
from domain.roles import Actor
from models import Case, Notice, OutboxMessage, ReminderSent, Setting, db
from services import cases, clock, filings, jobs, notices, reminders, results
from services.transaction import transaction
from tests.filing_makers import OTHER_COUNTY, at, make_draft, make_officer, make_submitted, send_back, shown_sha256
from tests.services import result_makers
from tests.services.result_makers import City, Employer, make_city, make_employer, make_filing, make_people

NOVEMBER = date(2026, 11, 16)


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "WUXUE_CLOCK_START": result_makers.NOW}


@pytest.fixture
def city(app: Flask) -> Iterator[City]:
    with app.app_context():
        yield make_city()


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def run(first: date, last: date | None = None, *, times: int = 1) -> int:
    """Let the worker come by on each of these days."""
    sent = 0
    for on in days(first, last or first):
        with at(on):
            sent += sum(reminders.send_due() for _ in range(times))
    return sent


def told(actor: Actor, words: str = "") -> list[tuple[date, str, str]]:
    """The notices of this actor with these words in their title: day, title, body."""
    db.session.rollback()
    found = db.session.scalars(select(Notice).where(Notice.membership_id == actor.membership_id).order_by(Notice.id))
    return [(china_date(one.created_at), one.title, one.body) for one in found if words in one.title]


def told_on(actor: Actor, words: str) -> list[date]:
    return [on for on, _, _ in told(actor, words)]


def clear(*actors: Actor) -> None:
    """Forget what the steps themselves told."""
    with transaction():
        for actor in actors:
            db.session.execute(db.delete(Notice).where(Notice.membership_id == actor.membership_id))


def returned_on(on: date, clerk: Actor, officer: Actor, **changes: Any) -> Any:
    """A filing the bureau sent back on this day."""
    with at(on):
        filing = make_submitted(clerk, first=NOVEMBER, **changes)
        send_back(filing, officer)
    return filing


def ended_on(on: date, city: City, employer: Employer) -> Any:
    """The report of a class that ended on this day, opened by the worker the day after."""
    filing = make_filing(city, employer, days=(on,))
    with at(on + timedelta(days=1)), transaction():
        return results.open_and_tell(filing)


# --- The applicant's correction ---------------------------------------------------------------------------------------


def test_a_correction_is_reminded_of_three_working_days_before_and_on_the_day(city: City) -> None:
    employer = make_employer()
    filing = returned_on(date(2026, 9, 18), employer.clerk, city.officer)
    # 20 September is worked, 25 to 27 September and 1 to 7 October are not.
    assert filing.case.due_on == date(2026, 10, 9)
    clear(employer.clerk, employer.manager)
    assert run(date(2026, 9, 18), date(2026, 10, 20), times=2) == 2
    assert told_on(employer.clerk, "请尽快补正") == [date(2026, 9, 29), date(2026, 10, 9)]
    (_, title, body), (_, _, last) = told(employer.clerk, "请尽快补正")
    assert filing.case.number in title
    assert "还有 3 个工作日，2026年10月9日 到期" in body
    assert "今天（2026年10月9日）到期" in last
    assert told(employer.manager) == [], "who cannot correct it is left alone"
    assert told(city.officer, "补正") == []


def test_what_was_missed_is_made_up_for_once_in_the_words_of_that_day(city: City) -> None:
    employer = make_employer()
    returned_on(date(2026, 9, 18), employer.clerk, city.officer)
    assert run(date(2026, 10, 8)) == 1
    assert "还有 1 个工作日" in told(employer.clerk, "请尽快补正")[0][2]
    assert run(date(2026, 10, 13)) == 1
    assert "已超过期限 3 个工作日" in told(employer.clerk, "请尽快补正")[1][2]
    assert run(date(2026, 10, 14), date(2026, 11, 4)) == 0


def test_a_second_return_has_reminders_of_its_own(city: City) -> None:
    employer = make_employer()
    filing = returned_on(date(2026, 9, 1), employer.clerk, city.officer)
    run(date(2026, 9, 1), date(2026, 9, 16))
    with at(date(2026, 9, 16)):
        with transaction():
            filings.submit(filing, actor=employer.clerk)
        send_back(filing, city.officer)
    run(date(2026, 9, 17), date(2026, 10, 9))
    assert told_on(employer.clerk, "请尽快补正") == [
        date(2026, 9, 10), date(2026, 9, 15), date(2026, 9, 24), date(2026, 9, 30),
    ]  # fmt: skip


def test_an_applicant_for_registration_is_reminded_by_mail(city: City) -> None:
    from tests.views import world

    letter = lambda: [  # noqa: E731
        (one.recipient, one.subject, notices.mail_body(one)) for one in db.session.scalars(select(OutboxMessage))
    ]
    with at(date(2026, 9, 18)):
        case_id = make_returned_registration(world, city.officer)
    before = len(letter())
    assert run(date(2026, 9, 18), date(2026, 10, 20), times=2) == 2
    found = letter()[before:]
    assert [recipient for recipient, _, _ in found] == ["new@example.com"] * 2
    case = db.session.get_one(Case, case_id)
    assert all((case.number or "?") in subject for _, subject, _ in found)
    assert "还有 3 个工作日" in found[0][2] and "/register/" in found[0][2]
    assert not any("孙七" in body or "81234567" in body for _, _, body in found)


def make_returned_registration(world: Any, officer: Actor) -> int:
    from services import registrations

    values = {
        "uscc": world.uscc(77, "330784"), "name": "永康新厂", "region_code": "330784", "address": "新城路2号",
        "contact_name": "孙七", "contact_phone": "0579-81234567", "contact_email": "new@example.com",
    }  # fmt: skip
    licence = registrations.Licence(data=world._picture(7), name="执照.jpg", media_type="image/jpeg")
    with transaction():
        case_id = registrations.draft(values, licence).case_id
    with transaction():
        registrations.submit(registrations.of_case(db.session.get_one(Case, case_id)))
    with transaction():
        cases.act(
            db.session.get_one(Case, case_id), "return", actor=officer, remark="请补正", items=[("address", "不全")]
        )
    return case_id


# --- Results ----------------------------------------------------------------------------------------------------------


def test_results_are_reminded_of_and_then_become_the_countys_business(city: City) -> None:
    employer, elsewhere = make_employer(), make_officer(OTHER_COUNTY)
    report = ended_on(date(2026, 9, 17), city, employer)
    assert report.case.due_on == date(2026, 10, 8)
    everybody = (employer.clerk, employer.manager, city.officer, city.other_officer, city.city_officer, elsewhere)
    clear(*everybody)
    run(date(2026, 9, 18), date(2026, 11, 30))
    found = {actor.membership_id: told_on(actor, "成绩") for actor in everybody}
    before, late, escalated = [date(2026, 9, 28), date(2026, 10, 8)], date(2026, 10, 14), date(2026, 11, 4)
    assert [found[actor.membership_id] for actor in everybody] == [
        [*before, late],  # the clerk has to enter them
        [late],  # the other one hears of it when it is late
        [escalated],
        [escalated],
        [],
        [],
    ]
    _, title, body = told(city.officer, "超期未报送")[0]
    assert title == "1 个活动超期未报送成绩，请督促"
    assert "已超过期限 20 个工作日（应在 2026年10月8日 前）" in body
    assert report.filing.case.number in body
    link = db.session.scalars(select(Notice.link).where(Notice.title == title)).first()
    assert link == f"/bureau/cases/{report.filing.case_id}", "a page the officer may open"


def test_entered_results_wait_for_the_other_person(city: City) -> None:
    employer = make_employer()
    persons = make_people(city, employer, 1)
    report = result_makers.make_report(city, employer, persons)
    with transaction():
        results.enter(report, note="没有录像设备", actor=employer.clerk)
    clear(employer.clerk, employer.manager)
    assert report.case.due_on is not None
    run(date(2026, 6, 16), report.case.due_on)
    assert told(employer.clerk) == []
    assert [body for _, _, body in told(employer.manager)][-1].count("请审核人核对后发布") == 1


def test_released_results_are_nobodys_debt(city: City) -> None:
    employer = make_employer()
    persons = make_people(city, employer, 1)
    report = result_makers.make_report(city, employer, persons)
    result_makers.release(report, employer)
    clear(employer.clerk, employer.manager)
    result_makers.credit(report, city.officer)
    clear(employer.clerk, employer.manager, city.officer, city.other_officer)
    assert run(date(2026, 6, 16), date(2026, 8, 10)) == 0
    assert told(city.officer) == told(employer.clerk) == []


# --- The bureau -------------------------------------------------------------------------------------------------------


def test_officers_are_reminded_the_day_before_on_the_day_and_when_it_is_over(city: City) -> None:
    elsewhere = make_officer(OTHER_COUNTY)
    with at(date(2026, 9, 28)):
        filing = make_submitted(make_employer().clerk, first=NOVEMBER)
    assert filing.case.due_on == date(2026, 10, 10), "a Saturday at work"
    clear(city.officer)
    run(date(2026, 9, 28), date(2026, 10, 30), times=2)
    assert told_on(city.officer, "抓紧办理") == [date(2026, 10, 9), date(2026, 10, 10), date(2026, 10, 12)]
    assert "其中 1 件已超期" in told(city.officer, "抓紧办理")[-1][1]
    assert told(elsewhere) == told(city.city_officer) == []


def test_cases_due_on_one_day_are_one_notice(city: City) -> None:
    with at(date(2026, 9, 28)):
        clerk = make_employer().clerk
        filed = [make_submitted(clerk, first=NOVEMBER, basics__title=f"第{number}期") for number in range(3)]
    clear(city.officer)
    assert run(date(2026, 10, 9)) == 3
    ((_, title, body),) = told(city.officer)
    assert title == "活动备案：3 件请抓紧办理"
    assert all(filing.case.number in body for filing in filed)


# --- Nothing more than that -------------------------------------------------------------------------------------------


def test_nothing_is_said_of_what_is_decided_withdrawn_or_not_yet_filed(city: City) -> None:
    employer = make_employer()
    clerk, officer = employer.clerk, city.officer
    withdrawn = returned_on(date(2026, 9, 18), clerk, officer)
    with at(date(2026, 9, 21)):
        make_draft(clerk, first=NOVEMBER)
        approved, rejected = (make_submitted(clerk, first=NOVEMBER, basics__title=title) for title in "甲乙")
        with transaction():
            filings.withdraw(withdrawn, actor=clerk)
        with transaction():
            cases.act(approved.case, "approve", actor=officer, content_sha256=shown_sha256(approved))
        with transaction():
            cases.act(rejected.case, "reject", actor=officer, remark="不属于继续教育")
    everybody = (clerk, employer.manager, officer, city.other_officer)
    clear(*everybody)
    assert run(date(2026, 9, 21), date(2026, 11, 6)) == 0
    assert [told(actor) for actor in everybody] == [[], [], [], []]
    assert db.session.scalar(select(func.count()).select_from(ReminderSent)) == 0


def test_no_number_of_a_person_is_in_a_reminder(city: City) -> None:
    employer = make_employer()
    returned_on(date(2026, 9, 18), employer.clerk, city.officer, basics__title="内训 请联系13805791234")
    clear(employer.clerk)
    run(date(2026, 10, 9))
    assert "13805791234" not in str(told(employer.clerk))
    assert "（号码不公开）" in told(employer.clerk)[0][2]


def test_the_table_lets_no_reminder_out_twice(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers that both found nothing sent: the second one's rows are refused, and it says nothing."""
    employer = make_employer()
    returned_on(date(2026, 9, 18), employer.clerk, city.officer)
    with at(date(2026, 9, 21)):
        make_submitted(employer.clerk, first=NOVEMBER)
    monkeypatch.setattr(reminders, "_sent", lambda _rule, _ids: set())
    assert run(date(2026, 9, 29), times=3) == 2
    assert len(told(employer.clerk, "请尽快补正")) == 1
    assert len(told(city.officer, "抓紧办理")) == 1


def test_a_case_that_moved_meanwhile_is_left_alone(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    employer = make_employer()
    filing = returned_on(date(2026, 9, 18), employer.clerk, city.officer)
    clear(employer.clerk)
    found = reminders._due

    def withdrawn_after_the_first_look(rule: Any, stages: Any, ids: Any) -> Any:
        due = found(rule, stages, ids)
        if ids is None and due:
            with transaction():
                filings.withdraw(filing, actor=employer.clerk)
            due = [reminders.Due(case=db.session.get_one(Case, each.case.id), reminder=each.reminder) for each in due]
        return due

    monkeypatch.setattr(reminders, "_due", withdrawn_after_the_first_look)
    assert run(date(2026, 9, 29)) == 0
    assert told(employer.clerk, "请尽快补正") == []


# --- The worker and the command ---------------------------------------------------------------------------------------


def test_the_worker_looks_once_a_day(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reminders.send_once_a_day in jobs._every_minute
    looked: list[date] = []
    monkeypatch.setattr(reminders, "send_due", lambda: looked.append(clock.today()))
    for on, hour in ((29, 1), (29, 9), (29, 23), (30, 1), (30, 2)):
        with at(date(2026, 9, on), hour):
            reminders.send_once_a_day()
    assert looked == [date(2026, 9, 29), date(2026, 9, 30)]
    statements: list[str] = []
    with at(date(2026, 9, 30), 3):

        def note(_connection: Any, _cursor: Any, sql: str, *_: Any) -> None:
            statements.append(sql)

        event.listen(db.engine, "before_cursor_execute", note)
        db.session.expire_all()
        reminders.send_once_a_day()
        event.remove(db.engine, "before_cursor_execute", note)
        asked = [sql for sql in statements if not sql.startswith("BEGIN")]
    assert asked
    assert [sql for sql in asked if "FROM setting" not in sql] == [], "a minute costs a look at the settings"


def test_a_day_that_failed_is_tried_again(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise OSError

    with at(date(2026, 9, 29)):
        monkeypatch.setattr(reminders, "send_due", fails)
        with pytest.raises(OSError):
            reminders.send_once_a_day()
        assert db.session.get(Setting, "reminders_sent_on") is None
        monkeypatch.setattr(reminders, "send_due", lambda: 0)
        reminders.send_once_a_day()
        assert db.session.get_one(Setting, "reminders_sent_on").value == "2026-09-29"


def test_the_command_sends_and_says_how_many(app: Flask, city: City) -> None:
    employer = make_employer()
    returned_on(date(2026, 6, 1), employer.clerk, city.officer)
    runner = app.test_cli_runner()
    said = [runner.invoke(args=["remind"]) for _ in range(2)]
    assert [(one.exit_code, one.output) for one in said] == [(0, "1 reminders sent\n"), (0, "0 reminders sent\n")]

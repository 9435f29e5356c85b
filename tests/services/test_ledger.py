"""The ledger: what is posted stands once, is taken back once, adds up, and cannot be changed."""

from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from domain.errors import AlreadyPosted, NotAllowed, RuleError
from domain.ledger_rules import Award, NotReversible, ReversalReason, SourceKind
from domain.roles import SYSTEM, Role
from models import AuditEvent, CreditEntry, Notice, YearlyCredit, db
from services import crypto, ledger, ledger_checks, result_posting
from services.transaction import transaction
from tests import database
from tests.filing_makers import make_account
from tests.services import result_makers as make


@pytest.fixture
def settings(settings):
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.fixture
def city(app):
    with app.app_context():
        yield make.make_city()


@pytest.fixture
def employer(city):
    return make.make_employer()


@pytest.fixture
def credited(city, employer):
    """A report of three persons that was credited."""
    report = make.make_report(city, employer, make.make_people(city, employer, 3))
    make.release(report, employer)
    make.credit(report, city.officer)
    return report


def entry_of(report) -> CreditEntry:
    return db.session.scalars(
        select(CreditEntry).where(CreditEntry.source_id == report.filing_id).order_by(CreditEntry.id).limit(1)
    ).one()


def reverse(entry, officer, remark="经核查，该人员未参加培训"):
    with transaction():
        return ledger.reverse(entry, reason=ReversalReason.WRONG_ENTRY, remark=remark, actor=officer)


def exam_award(exam, **changes) -> Award:
    values = {
        "technician_id": exam.technician_id, "year": 2026, "occurred_on": exam.taken_on, "days": 1,
        "subject": exam.subject, "form": "EXAM", "hours_tenths": 0, "credits_tenths": exam.credits_tenths,
        "source_kind": SourceKind.EXAM, "source_id": exam.id, "line_id": exam.id, "source_title": exam.title,
        "region_code": make.COUNTY, "is_exam": True,
    }  # fmt: skip
    return Award(**(values | changes))


def test_credits_are_posted_by_subject_line_with_their_sums(credited):
    entries = db.session.scalars(select(CreditEntry)).all()
    assert sorted((entry.subject, entry.credits_tenths, entry.hours_tenths) for entry in entries) == [
        *[("PROFESSIONAL", 120, 120)] * 3,
        *[("PUBLIC", 40, 40)] * 3,
    ]
    entry = entries[0]
    assert (entry.year, entry.occurred_on, entry.days, entry.sequence) == (2026, date(2026, 6, 9), 2, 1)
    assert (entry.region_code, entry.form, entry.source_title) == (make.COUNTY, "F3", "数控加工新工艺企业内训")
    assert ledger.summary_of(entry.technician_id, 2026) == {("PUBLIC", False): 40, ("PROFESSIONAL", False): 120}
    assert len(ledger.entries_of(entry.technician_id, 2026)) == len(ledger.entries_of(entry.technician_id)) == 2
    assert ledger.entries_of(entry.technician_id, 2025) == []
    assert ledger_checks.verify() == []
    assert ledger_checks.totals() == ledger_checks.Totals(entries=6, credits_tenths=480, persons=3)


def test_the_same_credits_are_not_posted_twice(credited):
    awards = result_posting.awards_of(credited, make.active_version())
    with pytest.raises(AlreadyPosted), transaction():
        ledger.post(awards, actor=SYSTEM, policy_version=make.active_version())
    assert ledger_checks.totals().entries == 6
    assert ledger_checks.verify() == []


def test_one_live_award_among_many_refuses_them_all(city, employer, credited):
    person = make.make_people(city, employer, 1)[0]
    exam = make.make_exam(person, city)
    old = result_posting.awards_of(credited, make.active_version())[:1]
    with pytest.raises(AlreadyPosted), transaction():
        ledger.post([exam_award(exam), *old], actor=SYSTEM, policy_version=make.active_version())
    assert ledger.entries_of(person) == []
    assert ledger.summary_of(person, 2026) == {}


def test_results_that_nobody_credited_are_no_source(city, employer):
    report = make.make_report(city, employer, make.make_people(city, employer, 1))
    make.release(report, employer)
    awards = result_posting.awards_of(report, make.active_version())
    with pytest.raises(RuleError) as refused, transaction():
        ledger.post(awards, actor=SYSTEM, policy_version=make.active_version())
    assert refused.value.code == "no_source"


@pytest.mark.parametrize("changes", [{"credits_tenths": 200}, {"subject": "PUBLIC"}, {"source_id": 7}])
def test_exam_credits_need_the_exam_of_this_person(city, employer, changes):
    person = make.make_people(city, employer, 1)[0]
    award = exam_award(make.make_exam(person, city), **changes)
    with pytest.raises(RuleError) as refused, transaction():
        ledger.post([award], actor=SYSTEM, policy_version=make.active_version())
    assert refused.value.code == "no_source"


def test_exam_credits_are_counted_apart(city, employer):
    person = make.make_people(city, employer, 1)[0]
    award = exam_award(make.make_exam(person, city))
    with transaction():
        assert ledger.post([award], actor=SYSTEM, policy_version=make.active_version()) == 1
    assert ledger.summary_of(person, 2026) == {("PROFESSIONAL", True): 100}
    assert ledger_checks.verify() == []


def test_a_reversal_takes_the_credits_back_and_tells_the_person(city, credited):
    entry = entry_of(credited)
    reversal = reverse(entry, city.other_officer)
    assert (reversal.kind, reversal.credits_tenths, reversal.reverses_id) == (
        "reversal",
        -entry.credits_tenths,
        entry.id,
    )
    assert (reversal.reason_code, reversal.sequence) == ("wrong_entry", entry.sequence)
    assert ledger.summary_of(entry.technician_id, 2026)[(entry.subject, False)] == 0
    assert len(ledger.entries_of(entry.technician_id)) == 3
    assert ledger_checks.verify() == []
    assert db.session.scalar(select(func.count()).where(AuditEvent.action == "ledger.reverse")) == 1


def test_the_person_reads_of_the_reversal(city, employer):
    person = make.make_people(city, employer, 1)[0]
    own = make_account(Role.TECHNICIAN, technician_id=person)
    report = make.make_report(city, employer, [person])
    make.release(report, employer)
    make.credit(report, city.officer)
    reverse(entry_of(report), city.other_officer)
    told = db.session.scalars(select(Notice).where(Notice.membership_id == own.membership_id).order_by(Notice.id)).all()
    assert [notice.title for notice in told] == ["请确认成绩：数控加工新工艺企业内训", "学分已入账", "学分冲销通知"]
    assert "录入错误" in told[2].body and "60 日内" in told[2].body


def test_credits_are_taken_back_once_and_a_reversal_never(city, credited):
    entry = entry_of(credited)
    reversal = reverse(entry, city.other_officer)
    with pytest.raises(NotReversible, match="已经冲销"):
        reverse(entry, city.other_officer)
    with pytest.raises(NotReversible, match="不能再冲销"):
        reverse(reversal, city.officer)
    assert ledger_checks.totals().entries == 7


def test_a_corrected_award_may_follow_a_reversal(city, credited):
    entry = entry_of(credited)
    reverse(entry, city.other_officer)
    award = next(
        award
        for award in result_posting.awards_of(credited, make.active_version())
        if (award.technician_id, award.line_id) == (entry.technician_id, entry.line_id)
    )
    with transaction():
        ledger.post([award], actor=SYSTEM, policy_version=make.active_version())
    again = [one for one in ledger.entries_of(entry.technician_id) if one.line_id == entry.line_id]
    assert sorted((one.kind, one.sequence, one.credits_tenths) for one in again) == [
        ("award", 1, 40), ("award", 2, 40), ("reversal", 1, -40),
    ]  # fmt: skip
    assert ledger_checks.verify() == []


def test_who_credited_does_not_take_back(city, credited):
    with pytest.raises(NotAllowed, match="另一人"):
        reverse(entry_of(credited), city.officer)


def test_only_the_bureau_that_credited_takes_back(city, employer, credited):
    for stranger in (city.city_officer, employer.manager):
        with pytest.raises(NotAllowed):
            reverse(entry_of(credited), stranger)


def test_nobody_takes_back_the_own_credits_or_those_of_an_own_class(city, employer, credited):
    entry = entry_of(credited)
    own = crypto.blind_index(city.persons[entry.technician_id][1])
    oneself = make_account(Role.COUNTY_OFFICER, person=own, region_code=make.COUNTY)
    linked = make_account(Role.COUNTY_OFFICER, person=employer.clerk.person_key, region_code=make.COUNTY)
    for officer in (oneself, linked):
        with pytest.raises(NotAllowed, match="回避"):
            reverse(entry, officer)
    assert ledger_checks.totals().entries == 6


def test_a_reversal_needs_words(city, credited):
    with pytest.raises(RuleError, match="理由"):
        reverse(entry_of(credited), city.other_officer, remark="  ")


def test_what_depends_on_credits_hears_of_a_reversal(city, credited, monkeypatch):
    heard = []
    monkeypatch.setattr(ledger, "_reactions", [heard.append])
    entry = entry_of(credited)
    reversal = reverse(entry, city.other_officer)
    assert heard == [reversal]


# --- The database itself ----------------------------------------------------------------------------------------------


CHANGES = [
    "UPDATE credit_entry SET credits_tenths = 9999",
    "DELETE FROM credit_entry",
    "DELETE FROM case_step",
    "UPDATE case_step SET remark = ''",
    "UPDATE audit_event SET outcome = 'done'",
]
if database.ENGINE == "postgresql":
    CHANGES += ["TRUNCATE credit_entry CASCADE", "TRUNCATE case_step CASCADE"]


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_refuses_to_change_history(credited, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction():
        db.session.execute(text(statement))
    assert ledger_checks.verify() == []


# --- verify sees what somebody with the database's password did -------------------------------------------------------


def tamper(statement: str) -> None:
    """Change rows as an administrator could, with the guard of the table off."""
    with transaction():
        connection = db.session.connection()
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for trigger in ("credit_entry_no_update", "credit_entry_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger}")
        else:
            connection.exec_driver_sql("ALTER TABLE credit_entry DISABLE TRIGGER ALL")
        connection.exec_driver_sql(statement)


FIRST = "(SELECT id FROM credit_entry WHERE kind = 'award' ORDER BY id LIMIT 1)"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            f"UPDATE credit_entry SET credits_tenths = 160 WHERE id = {FIRST}",
            {"sums", "reports_posted", "credits_within"},
        ),
        (f"DELETE FROM credit_entry WHERE id = {FIRST}", {"sums", "reports_posted"}),
        (f"UPDATE credit_entry SET subject = 'PROFESSIONAL' WHERE id = {FIRST}", {"sums", "activity_sources"}),
        (f"UPDATE credit_entry SET year = 2025 WHERE id = {FIRST}", {"sums"}),
        (
            f"UPDATE credit_entry SET source_id = 4711 WHERE id = {FIRST}",
            {"activity_sources", "rows_behind", "reports_posted"},
        ),
        (f"UPDATE credit_entry SET sequence = 3 WHERE id = {FIRST}", {"live_once"}),
        (f"UPDATE credit_entry SET hours_tenths = 900 WHERE id = {FIRST}", {"hours_within"}),
        ("UPDATE credit_entry SET credits_tenths = -30 WHERE kind = 'reversal'", {"sums", "pairs"}),
        ("UPDATE credit_entry SET year = 2025 WHERE kind = 'reversal'", {"sums", "pairs", "live_once"}),
        ("UPDATE yearly_credit SET credits_tenths = 990 WHERE subject = 'PUBLIC'", {"sums"}),
        ("DELETE FROM yearly_credit", {"sums"}),
        ("UPDATE cases SET state = 'released' WHERE kind = 'result_report'", {"activity_sources", "reports_posted"}),
        ("UPDATE cases SET state = 'approved' WHERE kind = 'activity_filing'", {"activity_sources"}),
        ("UPDATE result_row SET outcome = 'failed'", {"rows_behind", "results_unchanged"}),
        ("UPDATE result_row SET score_tenths = 1000", {"results_unchanged"}),
        ("UPDATE result_row SET hours_tenths = 40", {"hours_within", "credits_within", "results_unchanged"}),
        ("UPDATE exam_record SET credits_tenths = 990", {"exam_sources"}),
    ],
)
def test_verify_finds_what_was_tampered_with(app, city, employer, credited, statement, found):
    exam = make.make_exam(entry_of(credited).technician_id, city)
    with transaction():
        ledger.post([exam_award(exam)], actor=SYSTEM, policy_version=make.active_version())
    last = db.session.scalars(
        select(CreditEntry).where(CreditEntry.source_kind == "activity").order_by(CreditEntry.id.desc()).limit(1)
    ).one()
    reverse(last, city.other_officer)
    assert ledger_checks.verify() == []
    tamper(statement)
    problems = ledger_checks.verify()
    assert {problem.check for problem in problems} == found
    answer = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert answer.exit_code == 1
    assert str(problems[0]) in answer.output


def test_the_command_says_that_all_is_right(app, credited):
    answer = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (answer.exit_code, answer.output.splitlines()) == (
        0,
        ["6 entries, 48.0 credits, 3 persons", "the ledger is right"],
    )


def test_the_summary_row_is_one_per_subject(credited):
    assert db.session.scalar(select(func.count()).select_from(YearlyCredit)) == 6

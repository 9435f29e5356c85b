"""Posting under fire: the process is killed at every statement (F-02), and officers decide at once (F-14, P-16)."""

import os
import signal
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, func, select

from domain.errors import RuleError, WrongState
from domain.ledger_rules import NotReversible, ReversalReason
from models import ActivityFiling, AuditEvent, Case, CaseStep, CreditEntry, ResultReport, YearlyCredit, db
from services import cases, ledger, ledger_checks, results
from services.transaction import transaction
from tests import database
from tests.services import result_makers as make

PERSONS = 300


def credited_report(city, employer, how_many):
    report = make.make_report(city, employer, make.make_people(city, employer, how_many))
    make.release(report, employer)
    return report


# --- kill -9 ----------------------------------------------------------------------------------------------------------


class TestKill:
    @pytest.fixture
    def settings(self, durable_database_url, tmp_path):
        return {
            **database.KEYS,
            "WUXUE_ENV": "test",
            "WUXUE_DATABASE_URL": durable_database_url,
            "WUXUE_INSTANCE": str(tmp_path),
            "WUXUE_CLOCK_START": make.NOW,
        }

    def test_a_killed_posting_leaves_all_or_nothing_and_can_be_repeated_once(self, app, settings):
        with app.app_context():
            city, employer = make.make_city(), make.make_employer()
            case_id = credited_report(city, employer, PERSONS).case_id
            db.session.remove()
        points = [
            number
            for number, statement in enumerate(self._statements(app, settings, case_id, city.officer))
            if statement.startswith(("INSERT", "UPDATE", "COMMIT"))
        ]
        assert len(points) >= 10
        for point in points:
            assert self._credit_in_child(app, settings, case_id, city.officer, kill_at=point) == -signal.SIGKILL
            assert self._posted(app) == (0, 0, 0), f"killed at statement {point}"
        assert self._credit_in_child(app, settings, case_id, city.officer, kill_at="after") == -signal.SIGKILL
        assert self._posted(app) == (2 * PERSONS, PERSONS * 160, 1)
        assert self._credit_in_child(app, settings, case_id, city.officer) == 3
        assert self._posted(app) == (2 * PERSONS, PERSONS * 160, 1)

    def _posted(self, app):
        """Entries, sum of the yearly rows, audit rows; and nothing is wrong with them."""
        with app.app_context():
            assert ledger_checks.verify() == []
            return (
                db.session.scalar(select(func.count()).select_from(CreditEntry)),
                db.session.scalar(select(func.coalesce(func.sum(YearlyCredit.credits_tenths), 0))),
                db.session.scalar(select(func.count()).where(AuditEvent.action == "ledger.post")),
            )

    def _statements(self, app, settings, case_id, officer):
        """What the act runs, in order, found by running it and rolling back."""
        seen = []
        with app.app_context():

            def note(_connection, _cursor, statement, *_rest):
                seen.append(statement.lstrip())

            event.listen(db.engine, "before_cursor_execute", note)
            with pytest.raises(ZeroDivisionError), transaction():
                cases.act(db.session.get_one(Case, case_id), "credit", actor=officer)
                raise ZeroDivisionError
            event.remove(db.engine, "before_cursor_execute", note)
        return [*seen, "COMMIT"]

    def _credit_in_child(self, app, settings, case_id, officer, kill_at=None):
        """The exit of a process that credits the report and is killed before statement `kill_at`."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        child = os.fork()
        if child == 0:
            code = 4
            try:
                code = _credit(settings, case_id, officer, kill_at)
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _credit(settings, case_id, officer, kill_at):
    from app import create_app

    app = create_app(settings)
    with app.app_context():
        count = 0

        def tick(*_arguments):
            nonlocal count
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1

        event.listen(db.engine, "before_cursor_execute", tick)
        event.listen(db.engine, "commit", tick)
        try:
            with transaction():
                cases.act(db.session.get_one(Case, case_id), "credit", actor=officer)
        except RuleError:
            return 3
        if kill_at == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return 0


# --- Races ------------------------------------------------------------------------------------------------------------


class TestRace:
    @pytest.fixture
    def settings(self, settings):
        return settings | {"WUXUE_CLOCK_START": make.NOW}

    def _all_at_once(self, app, acts):
        """Run the acts at the same moment, each in a context of its own; what each raised, or None."""
        start, answers = Barrier(len(acts)), [None] * len(acts)

        def run(place, act):
            with app.app_context():
                start.wait()
                try:
                    with transaction():
                        act()
                except Exception as error:
                    answers[place] = error
                finally:
                    db.session.remove()

        threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def test_of_many_officers_who_credit_at_once_one_succeeds(self, app):
        with app.app_context():
            city, employer = make.make_city(), make.make_employer()
            officers = [make.make_officer() for _ in range(6)]
            for _ in range(3):
                case_id = credited_report(city, employer, 10).case_id
                answers = self._all_at_once(
                    app,
                    [
                        lambda officer=officer, case_id=case_id: cases.act(
                            db.session.get_one(Case, case_id), "credit", actor=officer
                        )
                        for officer in officers
                    ],
                )
                assert answers.count(None) == 1
                assert all(isinstance(answer, WrongState) for answer in answers if answer is not None), answers
                db.session.rollback()
                steps = select(func.count()).where(CaseStep.case_id == case_id, CaseStep.action == "credit")
                assert db.session.scalar(steps) == 1
            assert ledger_checks.verify() == []
            assert ledger_checks.totals().entries == 3 * 10 * 2

    def test_of_several_clerks_who_open_a_report_at_once_one_is_opened(self, app):
        with app.app_context():
            city, employer = make.make_city(), make.make_employer()
            filing_id = make.make_filing(city, employer).id
            answers = self._all_at_once(
                app,
                [lambda: results.open_report(db.session.get_one(ActivityFiling, filing_id), actor=employer.clerk)] * 4,
            )
            assert None in answers
            assert all(isinstance(answer, RuleError) for answer in answers if answer is not None), answers
            db.session.rollback()
            assert db.session.scalar(select(func.count()).select_from(ResultReport)) == 1
            assert db.session.scalar(select(func.count()).where(Case.kind == "result_report")) == 1

    def test_of_a_credit_and_a_return_at_once_one_succeeds(self, app):
        with app.app_context():
            city, employer = make.make_city(), make.make_employer()
            for _ in range(4):
                case_id = credited_report(city, employer, 4).case_id
                answers = self._all_at_once(
                    app,
                    [
                        lambda case_id=case_id: cases.act(
                            db.session.get_one(Case, case_id), "credit", actor=city.officer
                        ),
                        lambda case_id=case_id: cases.act(
                            db.session.get_one(Case, case_id),
                            "return",
                            actor=city.other_officer,
                            remark="照片看不清",
                            items=[("照片", "照片看不清，请重新上传")],
                        ),
                    ],
                )
                assert answers.count(None) == 1
            assert ledger_checks.verify() == []

    def test_credits_are_taken_back_once_by_whoever_is_first(self, app):
        with app.app_context():
            city, employer = make.make_city(), make.make_employer()
            report = credited_report(city, employer, 1)
            make.credit(report, city.officer)
            entry = db.session.scalars(select(CreditEntry).limit(1)).one()
            key = (entry.technician_id, entry.id)
            officers = [make.make_officer() for _ in range(6)]
            answers = self._all_at_once(
                app,
                [
                    lambda officer=officer: ledger.reverse(
                        ledger.find(*key), reason=ReversalReason.DUPLICATE, remark="重复", actor=officer
                    )
                    for officer in officers
                ],
            )
            assert answers.count(None) == 1
            assert all(isinstance(answer, NotReversible) for answer in answers if answer is not None), answers
            db.session.rollback()
            assert ledger_checks.verify() == []
            assert ledger_checks.totals().entries == 3

"""Posting under fire: the process is killed at every statement (F-02), and officers decide at once (F-14, P-16)."""

import os
import signal
from dataclasses import dataclass
from fractions import Fraction
from threading import Barrier, Thread

import pytest
from sqlalchemy import event, func, select

from domain.corrections import Origin, Values
from domain.errors import RuleError, WrongState
from domain.ledger_rules import NotReversible, ReversalReason
from domain.result_rows import Outcome
from domain.roles import Actor
from models import ActivityFiling, AuditEvent, Case, CaseStep, CreditEntry, ResultReport, YearlyCredit, db
from services import cases, corrections, ledger, ledger_checks, result_content, results
from services.transaction import transaction
from tests import database, no_lottery
from tests.services import result_makers as make

PERSONS = 300
FEW = 12


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
        whole = (2 * PERSONS, PERSONS * 160, 1)
        self._kill_everywhere(app, settings, Act(case_id, "credit", city.officer), (0, 0, 0), whole)

    def test_a_killed_confirmation_leaves_all_or_nothing_and_can_be_repeated_once(self, app, settings):
        """The same of the second review: until it is confirmed nothing is in the ledger (P-15)."""
        with app.app_context():
            city, employer, reviewer = make.make_city(), make.make_employer(), make.make_officer("330783")
            report = credited_report(city, employer, FEW)
            with no_lottery.share(Fraction(1)):
                make.credit(report, city.officer)
            case_id = report.case_id
            db.session.remove()
        whole = (2 * FEW, FEW * 160, 1)
        self._kill_everywhere(app, settings, Act(case_id, "confirm", reviewer), (0, 0, 0), whole)

    def test_a_killed_correction_leaves_all_or_nothing_and_can_be_repeated_once(self, app, settings):
        """Rows, seal, reversals and new entries are of one piece (INV-30)."""
        with app.app_context():
            city, employer = make.make_city(), make.make_employer()
            report = credited_report(city, employer, FEW)
            make.credit(report, city.officer)
            people = sorted(result_content.stored_rows(report))
            less = Values(hours_tenths=120, score_tenths=900, outcome=Outcome.PASSED)
            with transaction():
                correction = corrections.begin(report, actor=employer.clerk)
                for person in people[:3]:
                    corrections.put(correction, person, less, remark="", actor=employer.clerk)
                corrections.put(correction, people[3], None, remark="", actor=employer.clerk)
                corrections.submit(
                    correction, origin=Origin.ORGANIZER, reason=ReversalReason.WRONG_ENTRY, explanation="漏看一页",
                    actor=employer.clerk,
                )  # fmt: skip
            with transaction():
                corrections.release(correction, actor=employer.manager)
            act = Act(correction.case_id, "approve", city.other_officer, corrections.seal(correction))
            db.session.remove()
        before = (2 * FEW, FEW * 160, 1)
        # Four persons taken back, three of them given again.
        after = (2 * FEW + 8 + 6, FEW * 160 - 3 * 40 - 160, 2)
        self._kill_everywhere(app, settings, act, before, after)

    def _kill_everywhere(self, app, settings, act, before, after):
        """Kill the act before every statement that writes, and right after it; in the end it can be done once."""
        points = [
            number
            for number, statement in enumerate(self._statements(app, act))
            if statement.startswith(("INSERT", "UPDATE", "DELETE", "COMMIT"))
        ]
        assert len(points) >= 10
        for point in points:
            assert self._act_in_child(app, settings, act, kill_at=point) == -signal.SIGKILL
            assert self._posted(app) == before, f"killed at statement {point}"
        assert self._act_in_child(app, settings, act, kill_at="after") == -signal.SIGKILL
        assert self._posted(app) == after
        assert self._act_in_child(app, settings, act) == 3
        assert self._posted(app) == after

    def _posted(self, app):
        """Entries, sum of the yearly rows, audit rows; and nothing is wrong with them."""
        with app.app_context():
            assert ledger_checks.verify() == []
            return (
                db.session.scalar(select(func.count()).select_from(CreditEntry)),
                db.session.scalar(select(func.coalesce(func.sum(YearlyCredit.credits_tenths), 0))),
                db.session.scalar(select(func.count()).where(AuditEvent.action == "ledger.post")),
            )

    def _statements(self, app, act):
        """What the act runs, in order, found by running it and rolling back."""
        seen = []
        with app.app_context():

            def note(_connection, _cursor, statement, *_rest):
                seen.append(statement.lstrip())

            event.listen(db.engine, "before_cursor_execute", note)
            with pytest.raises(ZeroDivisionError), transaction():
                act.do()
                raise ZeroDivisionError
            event.remove(db.engine, "before_cursor_execute", note)
        return [*seen, "COMMIT"]

    def _act_in_child(self, app, settings, act, kill_at=None):
        """The exit of a process that does the act and is killed before statement `kill_at`."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        child = os.fork()
        if child == 0:
            code = 4
            try:
                code = _act(settings, act, kill_at)
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclass(frozen=True)
class Act:
    """One decision on a case."""

    case_id: int
    action: str
    officer: Actor
    content_sha256: str | None = None

    def do(self):
        cases.act(
            db.session.get_one(Case, self.case_id), self.action, actor=self.officer, content_sha256=self.content_sha256
        )


def _act(settings, act, kill_at):
    from app import create_app

    # Each process counts on from its own start: the child's is later than whatever it finds.
    app = create_app({**settings, "WUXUE_CLOCK_START": "2026-06-16T09:00:00+08:00"})
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
                act.do()
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

    def test_of_a_confirmation_and_an_overturning_at_once_one_succeeds(self, app):
        with app.app_context():
            city, employer, reviewer = make.make_city(), make.make_employer(), make.make_officer("330783")
            for _ in range(3):
                report = credited_report(city, employer, 4)
                with no_lottery.share(Fraction(1)):
                    make.credit(report, city.officer)
                case_id = report.case_id
                answers = self._all_at_once(
                    app,
                    [
                        lambda case_id=case_id, action=action: cases.act(
                            db.session.get_one(Case, case_id), action, actor=reviewer, remark="不符"
                        )
                        for action in ("confirm", "overturn", "confirm", "overturn")
                    ],
                )
                assert answers.count(None) == 1, answers
            assert ledger_checks.verify() == []

    def test_of_several_corrections_begun_or_decided_at_once_one_succeeds(self, app):
        with app.app_context():
            city, employer = make.make_city(), make.make_employer()
            report = credited_report(city, employer, 3)
            make.credit(report, city.officer)
            report_id, person = report.id, sorted(result_content.stored_rows(report))[0]
            less = Values(hours_tenths=120, score_tenths=900, outcome=Outcome.PASSED)
            officers = [make.make_officer() for _ in range(4)]
            answers = self._all_at_once(
                app,
                [
                    lambda officer=officer: corrections.propose(
                        db.session.get_one(ResultReport, report_id),
                        [(person, less)],
                        reason=ReversalReason.WRONG_ENTRY,
                        explanation="有误",
                        actor=officer,
                    )
                    for officer in officers
                ],
            )
            assert answers.count(None) == 1, answers
            db.session.rollback()
            correction = corrections.under_way(db.session.get_one(ResultReport, report_id))
            case_id, sealed = correction.case_id, corrections.seal(correction)
            answers = self._all_at_once(
                app,
                [
                    lambda officer=officer: cases.act(
                        db.session.get_one(Case, case_id), "approve", actor=officer, content_sha256=sealed
                    )
                    for officer in [make.make_officer() for _ in range(4)]
                ],
            )
            assert answers.count(None) == 1, answers
            db.session.rollback()
            assert ledger_checks.verify() == []
            assert ledger_checks.totals().entries == 6 + 2 + 2

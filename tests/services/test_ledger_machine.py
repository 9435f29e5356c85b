"""Anything anybody may try with filings, results and ledger, in any order, against an auditor's books.

P-01 sums agree everywhere; P-02 no entry without its source; P-03 reversals; P-04 never twice; P-11 only declared
moves, and the trail replays to the state; P-16 a decision made twice counts once; P-22 the database refuses changes;
P-40 the standing of the year, and more credits never make it worse.

WUXUE_MACHINE_EXAMPLES and WUXUE_MACHINE_STEPS make it search longer: 300 and 50 for a night.
"""

import os
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DatabaseError

from domain.errors import RuleError
from domain.ledger_rules import Award, ReversalReason, SourceKind
from domain.result_rows import Outcome
from domain.roles import SYSTEM, Actor, Role
from domain.workflows import CaseKind
from ids import new_id
from models import ActivityFiling, Case, CaseStep, CreditEntry, ResultReport, SkillCertificate, YearlyCredit, db
from services import (
    cases,
    compliance,
    evidence,
    filings,
    ledger,
    ledger_checks,
    result_checks,
    result_content,
    result_posting,
    results,
)
from services.evidence import Upload
from services.transaction import transaction
from tests import filing_makers
from tests.domain.filing_samples import draft
from tests.filing_makers import make_account
from tests.services import result_makers as make
from tests.services.ledger_auditor import (
    FILING,
    FILING_ACTIONS,
    RESULT,
    RESULT_ACTIONS,
    Auditor,
    Course,
    Entry,
    Who,
    replayed,
)

EXAMPLES = int(os.environ.get("WUXUE_MACHINE_EXAMPLES", "10"))
STEPS = int(os.environ.get("WUXUE_MACHINE_STEPS", "25"))
YEAR, PERSONS = 2026, 3
CHANGES = (
    "UPDATE credit_entry SET credits_tenths = 990 WHERE technician_id = :person",
    "DELETE FROM credit_entry WHERE technician_id = :person",
)
# The first class day of each course: so far apart that no two meet, and all of them over.
FIRST_DAYS = [date(2026, 2, 2) + timedelta(days=14 * number) for number in range(8)]
DAYS_OF_HOURS = {8: 1, 16: 2, 40: 5}

# Who is meant to do an act, and whom only the separation of duties keeps from it; else anybody tries.
RIGHT = {"return": "officer", "approve": "officer", "reject": "officer", "credit": "officer", "release": "manager",
         "send_back": "manager", "reverse": "officer2"}  # fmt: skip
TEMPTED = {"approve": "clerk as officer", "credit": "clerk as officer", "release": "clerk as manager",
           "reverse": "officer again"}  # fmt: skip
any_login = st.sampled_from(
    ["clerk", "clerk2", "manager", "clerk as manager", "officer", "officer2", "officer again", "clerk as officer",
     "neighbour", "stranger"]
)  # fmt: skip
likely_login = st.one_of(st.just("right"), st.just("tempted"), any_login)
any_person = st.integers(0, PERSONS - 1)
any_outcome = st.sampled_from(["passed", "passed", "passed", "failed", "breach"])
any_result = st.tuples(st.sampled_from([4, 4, 3, 2]), any_outcome)

assert result_checks  # its check joins those of the ledger


def _named(login: str, action: str) -> str:
    """The login; two words stand for the one that fits the act."""
    fitting = {"right": RIGHT, "tempted": TEMPTED}.get(login)
    return login if fitting is None else fitting.get(action, "clerk")


def _likely(table: dict[tuple[str, str], Any], actions: list[str], state: str) -> st.SearchStrategy[str]:
    """An action that may follow, or any."""
    legal = [action for before, action in table if before == state and action in actions]
    return st.one_of(st.sampled_from(legal), st.sampled_from(actions)) if legal else st.sampled_from(actions)


class Machine(RuleBasedStateMachine):
    """One employer, three persons, ten logins; `app` is set by the test."""

    @initialize()
    def begin(self) -> None:
        employer = make.make_employer()
        self.city = make.make_city()
        self.people = make.make_people(self.city, employer, PERSONS)
        with transaction():
            db.session.execute(
                insert(SkillCertificate),
                [{"technician_id": each, "id": new_id(), "kind": "skill_level", "occupation": "焊工", "level": 4,
                  "number": f"M{each}", "issued_on": date(2020, 1, 1)} for each in self.people],
            )  # fmt: skip
        clerk, county = employer.clerk, make.COUNTY
        own = {"organization_id": employer.id}
        self.actors: dict[str, Actor] = {
            "clerk": clerk,
            "clerk2": make_account(Role.EMPLOYER_CLERK, **own),
            "manager": employer.manager,
            "clerk as manager": make_account(Role.EMPLOYER_MANAGER, person=clerk.person_key, **own),
            "officer": self.city.officer,
            "officer2": self.city.other_officer,
            "officer again": make_account(Role.COUNTY_OFFICER, person=self.city.officer.person_key, region_code=county),
            "clerk as officer": make_account(Role.COUNTY_OFFICER, person=clerk.person_key, region_code=county),
            "neighbour": filing_makers.make_officer(filing_makers.OTHER_COUNTY),
            "stranger": make.make_employer().clerk,
        }
        offices = {
            Role.EMPLOYER_CLERK: "clerk", Role.EMPLOYER_MANAGER: "manager", Role.COUNTY_OFFICER: "officer",
        }  # fmt: skip
        self.who = {
            name: Who(actor.person_key or "", offices[actor.role], str(actor.organization_id or actor.region_code))
            for name, actor in self.actors.items()
        }
        self.place = str(employer.id)
        linked: dict[str, set[str]] = {}
        for who in self.who.values():
            if who.office != "officer":
                linked.setdefault(who.person, set()).add(who.place)
        self.auditor = Auditor(linked)
        self.filing_ids: list[int] = []
        self.exams: dict[int, Award] = {}
        self.longest = 0
        self.was_compliant: dict[int, bool] = {}
        self.checked: dict[int, list[Any]] = {}

    # --- the rules ----------------------------------------------------------------------------------------------------

    def attempt(self, function: Any, *arguments: Any, **named: Any) -> bool:
        """Whether the system does it; a refusal must be one of its own and leave nothing behind."""
        before = self._trace()
        try:
            with transaction():
                function(*arguments, **named)
        except RuleError:
            db.session.expire_all()
            assert self._trace() == before
            return False
        return True

    def _trace(self) -> tuple[Any, ...]:
        db.session.rollback()
        own = [Case.organization_id == int(self.place)]
        return (
            db.session.execute(select(Case.id, Case.state, Case.version).where(*own).order_by(Case.id)).all(),
            db.session.execute(
                select(CreditEntry.id).where(CreditEntry.technician_id.in_(self.people)).order_by(CreditEntry.id)
            ).all(),
        )

    def _filing(self, number: int) -> ActivityFiling:
        return db.session.get_one(ActivityFiling, self.filing_ids[number])

    def _report(self, number: int) -> ResultReport:
        report = results.of_filing(self._filing(number))
        assert report is not None
        return report

    def _begin_course(self, hours: int) -> None:
        first = FIRST_DAYS[len(self.filing_ids)]
        raw = draft(basics__title=f"第{len(self.filing_ids) + 1}期内训")
        halves = raw["sessions"]["rows"][:2]
        days = [first + timedelta(days=number) for number in range(DAYS_OF_HOURS[hours])]
        raw["sessions"]["rows"] = [{**half, "on": on.isoformat(), "place": ""} for on in days for half in halves]
        raw["subjects"]["rows"][0]["hours"] = str(hours // 4)
        raw["subjects"]["rows"][1]["hours"] = str(hours // 4 * 3)
        with filing_makers.at(first - timedelta(days=20)):
            with transaction():
                filing = filings.start(actor=self.actors["clerk"])
            filing_makers.fill(filing, raw, self.actors["clerk"])
        self.filing_ids.append(filing.id)
        self.auditor.courses.append(Course(self.place, make.COUNTY, hours))

    @rule(data=st.data(), login=likely_login, twice=st.booleans())
    @precondition(lambda self: self.filing_ids)
    def file(self, data: Any, login: str, twice: bool) -> None:
        number = data.draw(st.integers(0, len(self.filing_ids) - 1))
        action = data.draw(_likely(FILING, FILING_ACTIONS, self.auditor.courses[number].state))
        for _ in range(1 + twice):
            self._file(number, action, _named(login, action))

    def _file(self, number: int, action: str, login: str) -> None:
        course, who, actor = self.auditor.courses[number], self.who[login], self.actors[login]
        if course.report is not None:
            return  # the class is over: what may be done with the filing then, the tests of filings say
        expected = self.auditor.allows_filing(course, action, who)
        with filing_makers.at(FIRST_DAYS[number] - timedelta(days=15)):
            filing = self._filing(number)
            if action in ("submit", "resubmit"):
                # One act for the clerk: which of the two it is follows from the state.
                if action != filings.submit_action(filing.case):
                    return
                done = self.attempt(filings.submit, filing, actor=actor)
            else:
                inputs: dict[str, Any] = {"remark": "理由"}
                if action == "approve" and course.doers.get("submit"):
                    inputs["content_sha256"] = filing_makers.shown_sha256(filing)
                if action == "return":
                    inputs["items"] = [("basics", "请写明目的")]
                done = self.attempt(cases.act, filing.case, action, actor=actor, **inputs)
        assert done is expected, (action, login, course)
        if done:
            self.auditor.filing_did(course, action, who)

    @rule(data=st.data(), login=any_login)
    @precondition(lambda self: any(course.state == "approved" for course in self.auditor.courses))
    def open(self, data: Any, login: str) -> None:
        self._open(data.draw(st.integers(0, len(self.filing_ids) - 1)), login)

    def _open(self, number: int, login: str) -> None:
        course = self.auditor.courses[number]
        expected = self.auditor.allows_opening(course, self.who[login])
        done = self.attempt(results.open_report, self._filing(number), actor=self.actors[login])
        assert done is expected, (login, course)
        if done and course.report is None:
            course.report = "draft"
            with transaction():
                photo = Upload(name="现场.jpg", data=make.picture(self.filing_ids[number] % 100_000_000))
                evidence.add(self._report(number), [photo], actor=self.actors["clerk"])

    @rule(data=st.data(), rows=st.dictionaries(any_person, any_result, min_size=1), login=any_login, all_=st.booleans())
    @precondition(lambda self: any(course.report for course in self.auditor.courses))
    def record(self, data: Any, rows: dict[int, tuple[int, str]], login: str, all_: bool) -> None:
        self._record(self._one_with_report(data), rows, login, all_)

    def _one_with_report(self, data: Any) -> int:
        return data.draw(st.sampled_from([n for n, course in enumerate(self.auditor.courses) if course.report]))

    def _record(self, number: int, rows: dict[int, tuple[int, str]], login: str, only_these: bool) -> None:
        course = self.auditor.courses[number]
        values = [
            value
            for person, (quarters, outcome) in rows.items()
            for value in make.rows_for(
                self.city,
                [self.people[person]],
                hours_tenths=course.hours * 10 * quarters // 4,
                outcome=Outcome(outcome),
            )
        ]
        expected = self.auditor.allows_rows(course, self.who[login])
        done = self.attempt(
            result_content.put_rows, self._report(number), values, actor=self.actors[login], only_these=only_these
        )
        assert done is expected, (login, course)
        if done:
            course.rows = {**({} if only_these else course.rows), **rows}

    @rule(data=st.data(), login=likely_login, twice=st.booleans())
    @precondition(lambda self: any(course.report for course in self.auditor.courses))
    def decide(self, data: Any, login: str, twice: bool) -> None:
        number = self._one_with_report(data)
        action = data.draw(_likely(RESULT, RESULT_ACTIONS, self.auditor.courses[number].report or ""))
        for _ in range(1 + twice):
            self._result(number, action, _named(login, action))

    def _result(self, number: int, action: str, login: str) -> None:
        course, who, actor = self.auditor.courses[number], self.who[login], self.actors[login]
        expected = self.auditor.allows_result(course, action, who)
        report = self._report(number)
        if action == "enter":
            done = self.attempt(results.enter, report, note="只有一张照片", actor=actor)
            if done:
                make.all_confirm(report)
        else:
            items = [("rows", "请核对")] if action == "return" else None
            done = self.attempt(cases.act, report.case, action, actor=actor, remark="理由", items=items)
        assert done is expected, (action, login, course)
        if done:
            self.auditor.result_did(number, action, who)

    @rule(
        hours=st.sampled_from([8, 16, 40, 40]),
        rows=st.dictionaries(any_person, any_result),
        far=st.sampled_from([0, 1, 2, 5, 6, 7, 7, 7, 7]),
        intruders=st.lists(st.one_of(st.none(), likely_login), min_size=7, max_size=7),
    )
    @precondition(lambda self: len(self.filing_ids) < len(FIRST_DAYS))
    def course(self, hours: int, rows: dict[int, tuple[int, str]], far: int, intruders: list[str | None]) -> None:
        """The first so many acts from the draft to the ledger, so that each state is met; who is not named passed.

        Before each act somebody else may try it. Then it is done already, or not theirs to do.
        """
        rows = dict.fromkeys(range(PERSONS), (4, "passed")) | rows
        self._begin_course(hours)
        number = len(self.filing_ids) - 1
        acts: list[tuple[str, Callable[[str], None]]] = [
            ("submit", lambda login: self._file(number, "submit", login)),
            ("approve", lambda login: self._file(number, "approve", login)),
            ("open", lambda login: self._open(number, login)),
            ("record", lambda login: self._record(number, rows, login, False)),
            ("enter", lambda login: self._result(number, "enter", login)),
            ("release", lambda login: self._result(number, "release", login)),
            ("credit", lambda login: self._result(number, "credit", login)),
        ]
        for (action, act), intruder in zip(acts[:far], intruders, strict=False):
            if intruder is not None:
                act(_named(intruder, action))
            act(RIGHT.get(action, "clerk"))
        assert far < len(acts) or self.auditor.courses[number].state == "completed"

    @rule(data=st.data(), login=likely_login, twice=st.booleans())
    @precondition(lambda self: any(not entry.exam for entry in self.auditor.entries))
    def reverse(self, data: Any, login: str, twice: bool) -> None:
        found = data.draw(st.sampled_from([entry for entry in self.auditor.entries if not entry.exam]))
        for _ in range(1 + twice):
            self._reverse(found, _named(login, "reverse"))

    def _reverse(self, found: Entry, login: str) -> None:
        who = self.who[login]
        course_line = self._line_id(found.course, found.subject)
        entry = db.session.scalars(
            select(CreditEntry).where(
                CreditEntry.technician_id == self.people[found.person],
                CreditEntry.line_id == course_line,
                CreditEntry.sequence == found.sequence,
                CreditEntry.kind == ("reversal" if found.gives_back else "award"),
            )
        ).one()
        expected = self.auditor.allows_reversal(found, who)
        done = self.attempt(
            ledger.reverse, entry, reason=ReversalReason.WRONG_ENTRY, remark="录入有误", actor=self.actors[login]
        )
        assert done is expected, (login, found)
        if done:
            self.auditor.reversed(found, who)
            self.was_compliant.pop(found.person, None)

    def _line_id(self, course: int, subject: str) -> int:
        return next(line.id for line in self._filing(course).subject_lines if line.subject == subject)

    @rule(data=st.data())
    @precondition(lambda self: any(course.report == "credited" for course in self.auditor.courses))
    def post_again(self, data: Any) -> None:
        """The awards of a course again: each is refused while live, and given once more after a reversal."""
        credited = [n for n, course in enumerate(self.auditor.courses) if course.report == "credited"]
        number = data.draw(st.sampled_from(credited))
        awards = result_posting.awards_of(self._report(number), make.active_version())
        system = Who("system", "system", "")
        for award in awards:
            person = self.people.index(award.technician_id)
            live = self.auditor.live(person, number, award.subject)
            done = self.attempt(ledger.post, [award], actor=SYSTEM, policy_version=make.active_version())
            assert done is not live
            if done:
                last = max(
                    (
                        entry
                        for entry in self.auditor.entries
                        if (entry.person, entry.course, entry.subject) == (person, number, award.subject)
                        and not entry.gives_back
                    ),
                    key=lambda entry: entry.sequence,
                )
                self.auditor.posted_again(last, system)

    @rule(person=any_person, twice=st.booleans())
    def examine(self, person: int, twice: bool) -> None:
        new = person not in self.exams
        if new:
            exam = make.make_exam(self.people[person], self.city)
            self.exams[person] = Award(
                technician_id=exam.technician_id, year=YEAR, occurred_on=exam.taken_on, days=1, subject=exam.subject,
                form="EXAM", hours_tenths=0, credits_tenths=exam.credits_tenths, source_kind=SourceKind.EXAM,
                source_id=exam.id, line_id=exam.id, source_title=exam.title, region_code=make.COUNTY, is_exam=True,
            )  # fmt: skip
        for attempt in range(1 + twice):
            done = self.attempt(ledger.post, [self.exams[person]], actor=SYSTEM, policy_version=make.active_version())
            assert done is (new and attempt == 0)
        if new:
            self.auditor.passed_exam(person, self.exams[person].credits_tenths)

    @rule(person=any_person, statement=st.sampled_from(CHANGES))
    @precondition(lambda self: self.auditor.entries)
    def tamper_and_restart(self, person: int, statement: str) -> None:
        if self.auditor.lines(person):
            with pytest.raises(DatabaseError, match="append-only"), transaction():
                db.session.execute(text(statement), {"person": self.people[person]})
        db.session.remove()

    # --- after each step ----------------------------------------------------------------------------------------------

    @invariant()
    def the_books_agree(self) -> None:
        db.session.rollback()
        for person, technician_id in enumerate(self.people):
            sums = self.auditor.sums(person)
            assert ledger.summary_of(technician_id, YEAR) == sums
            assert self._posted(technician_id) == self.auditor.lines(person)
            if self.checked.get(person) != self.auditor.lines(person):
                self._standing_agrees(person, technician_id)
                self.checked[person] = self.auditor.lines(person)
        assert len(self.auditor.entries) >= self.longest
        self.longest = len(self.auditor.entries)

    def _posted(self, technician_id: int) -> list[tuple[int, str, int, int, bool, bool]]:
        numbers = {filing_id: number for number, filing_id in enumerate(self.filing_ids)}
        return sorted(
            (
                -1 if entry.is_exam else numbers[entry.source_id],
                entry.subject,
                entry.credits_tenths,
                entry.sequence,
                entry.kind == "reversal",
                entry.is_exam,
            )
            for entry in ledger.entries_of(technician_id, YEAR)
        )

    def _standing_agrees(self, person: int, technician_id: int) -> None:
        """What the person's page says; and what was reached is only lost by a reversal (P-40)."""
        said = compliance.standing(technician_id, YEAR).evaluation
        figures = self.auditor.figures(person)
        assert {
            "total": int(said.total * 10),
            "exam": int(said.exam * 10),
            **{subject: int(amount * 10) for subject, amount in said.totals.items()},
        } == figures
        compliant = self.auditor.compliant(person)
        assert said.obliged and said.compliant is compliant
        assert compliant or not self.was_compliant.get(person)
        self.was_compliant[person] = compliant

    @invariant()
    def the_trails_replay(self) -> None:
        for number, course in enumerate(self.auditor.courses):
            filing = self._filing(number)
            found = [(CaseKind.ACTIVITY_FILING, FILING, filing.case, course.state)]
            report = results.of_filing(filing)
            assert (report is None) is (course.report is None)
            if report is not None:
                found.append((CaseKind.RESULT_REPORT, RESULT, report.case, course.report or ""))
            for _, table, case, state in found:
                steps = db.session.scalars(select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.id))
                trail = [(step.from_state, step.action, step.to_state) for step in steps]
                assert list(replayed(table, trail)) == []
                assert case.state == state == (trail[-1][2] if trail else "draft")

    def teardown(self) -> None:
        db.session.rollback()
        assert ledger_checks.verify() == []
        sums = db.session.scalars(select(YearlyCredit.credits_tenths)).all()
        assert sum(sums) == ledger_checks.totals().credits_tenths


@pytest.fixture(name="settings")
def _settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.mark.usefixtures("app_context")
def test_no_order_of_acts_brings_the_books_apart() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

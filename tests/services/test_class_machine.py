"""Classes that meet in time, from attendance to the ledger, in any order by anybody: what may never be untrue.

P-05 one person, one place, one time; P-06 no hours that nobody attended; P-07 no day beyond its maximum; P-08 the
ledger's order is that of time; P-11 only declared moves; P-12 what counts is what was released; P-14 different natural
persons; P-15 whoever was drawn was looked at by another county. Each is asked of the tables in plain SQL.

WUXUE_MACHINE_EXAMPLES and WUXUE_MACHINE_STEPS make it search longer: 300 and 50 for a night.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, text

from domain.attendance_rules import Standing
from domain.errors import RuleError
from domain.ledger_rules import ReversalReason
from domain.result_rows import Outcome
from domain.result_standing import DisputeKind
from domain.roles import Actor
from domain.workflows import WORKFLOWS, CaseKind
from models import ActivityFiling, ActivitySession, Case, CaseStep, CreditEntry, ResultReport, db
from services import (
    attendance,
    cases,
    closures,
    enrolling,
    evidence,
    ledger,
    ledger_checks,
    policies,
    presence_decisions,
    result_checking,
    result_confirmations,
    result_content,
    result_disputes,
    results,
)
from services.evidence import Upload
from services.transaction import transaction
from tests import class_makers, filing_makers, no_lottery
from tests.services import result_makers as make

EXAMPLES = int(os.environ.get("WUXUE_MACHINE_EXAMPLES", "4"))
STEPS = int(os.environ.get("WUXUE_MACHINE_STEPS", "60"))
PERSONS = 3
DAY = class_makers.MONDAY
# Host and days of each class: the first two meet, the third shares a day with the first.
CLASSES = (
    (0, (DAY,)),
    (1, (DAY,)),
    (1, (DAY + timedelta(days=1),)),
    (0, (DAY + timedelta(days=1), DAY + timedelta(days=2))),
)

any_class = st.integers(0, len(CLASSES) - 1)
any_person = st.integers(0, PERSONS - 1)
any_login = st.sampled_from(
    ["clerk", "clerk", "manager", "manager", "officer", "officer", "neighbour", "neighbour", "other clerk", "two hats"]
)


class Machine(RuleBasedStateMachine):
    """Two bases whose classes meet in time, three persons, officers of two counties."""

    @initialize(
        far=st.lists(st.integers(0, 6), min_size=len(CLASSES), max_size=len(CLASSES)),
        drawn=st.lists(st.booleans(), min_size=len(CLASSES), max_size=len(CLASSES)),
    )
    def begin(self, far: list[int], drawn: list[bool]) -> None:
        self.city = make.make_city()
        self.hosts = [make.make_employer("training_base"), make.make_employer("training_base")]
        employer = make.make_employer()
        self.people = make.make_people(self.city, employer, PERSONS)
        self.persons = [class_makers.as_person(each) for each in self.people]
        self.neighbour = filing_makers.make_officer(filing_makers.OTHER_COUNTY)
        # The clerk of the first base is an officer too: one natural person under two accounts.
        self.two_hats = filing_makers.make_account(
            self.city.officer.role, person=self.hosts[0].clerk.person_key, region_code=make.COUNTY
        )
        self.filing_ids: list[int] = []
        self.today, self.seconds = DAY - timedelta(days=2), 0
        for number, (host, days) in enumerate(CLASSES):
            places = {"basics__place": f"实训楼{number + 1}01室"}
            filing = class_makers.make_class(
                self.city, self.hosts[host], days=days, title=f"培训班{number + 1}", **places
            )
            self.filing_ids.append(filing.id)
            for person in self.people:
                self.attempt(lambda person=person, filing=filing, host=host: self._put_down(filing, host, person))
        self.today = max(days[-1] for _, days in CLASSES) + timedelta(days=1)
        for number in range(len(CLASSES)):
            self.straight_on(number, far[number], drawn[number])

    def _put_down(self, filing: ActivityFiling, host: int, person: int) -> None:
        enrolling.register(filing, [person], consented=True, actor=self.hosts[host].clerk)

    # --- the acts -----------------------------------------------------------------------------------------------------

    def _moment(self) -> datetime:
        """Some seconds after the act before: the clock of a machine that goes on never stands still."""
        self.seconds += 5
        return class_makers.moment(self.today, 18) + timedelta(seconds=self.seconds)

    def attempt(self, act: Callable[[], Any]) -> bool:
        """Whether the system does it; a refusal must be one of its own."""
        with class_makers.at(self._moment()):
            try:
                with transaction():
                    act()
            except RuleError:
                db.session.expire_all()
                return False
        return True

    def _actor(self, login: str, number: int) -> Actor:
        host = self.hosts[CLASSES[number][0]]
        return {
            "clerk": host.clerk,
            "manager": host.manager,
            "other clerk": self.hosts[1 - CLASSES[number][0]].clerk,
            "officer": self.city.officer,
            "neighbour": self.neighbour,
            "two hats": self.two_hats,
        }[login]

    def _filing(self, number: int) -> ActivityFiling:
        return db.session.get_one(ActivityFiling, self.filing_ids[number])

    def _report(self, number: int) -> ResultReport | None:
        return results.of_filing(self._filing(number))

    @rule(number=any_class, data=st.data(), login=any_login)
    def note(self, number: int, data: Any, login: str) -> None:
        session_id = data.draw(st.sampled_from([each.id for each in self._filing(number).sessions]))
        marks = data.draw(
            st.dictionaries(
                any_person, st.sampled_from([Standing.COUNTED, Standing.COUNTED, Standing.ABSENT]), min_size=1
            )
        )

        def act() -> None:
            session = db.session.get_one(ActivitySession, session_id)
            attendance.note(
                session,
                self._filing(number),
                {self.people[person]: standing for person, standing in marks.items()},
                actor=self._actor(login, number),
            )

        self.attempt(act)

    @rule(
        number=any_class,
        quarters=st.dictionaries(any_person, st.sampled_from([4, 4, 3, 2, 0]), min_size=1),
        login=any_login,
    )
    def record(self, number: int, quarters: dict[int, int], login: str) -> None:
        actor = self._actor(login, number)

        def act() -> None:
            report = results.open_report(self._filing(number), actor=actor)
            if evidence.count(report, "photo") == 0:
                photo = Upload(name="现场.jpg", data=make.picture(self.filing_ids[number] % 100_000_000))
                evidence.add(report, [photo], actor=actor)
            planned = sum(line.hours_tenths for line in report.filing.subject_lines)
            values = [
                value
                for person, share in quarters.items()
                for value in make.rows_for(self.city, [self.people[person]], hours_tenths=planned * share // 4)
            ]
            result_content.put_rows(report, values, actor=actor)

        self.attempt(act)

    @rule(number=any_class, login=any_login, explained=st.booleans())
    def enter(self, number: int, login: str, explained: bool) -> None:
        actor = self._actor(login, number)

        def act() -> None:
            report = self._known(number)
            for doubt in result_checking.doubts(report) if explained else ():
                result_checking.answer(report, {doubt.check.key: "已核对签到表，情况属实"}, actor=actor)
            results.enter(report, note="只有一张照片", actor=actor)

        self.attempt(act)

    def _known(self, number: int) -> ResultReport:
        report = self._report(number)
        if report is None:
            raise RuleError("还没有开始报送")
        return report

    @rule(number=any_class, person=any_person, agrees=st.booleans())
    def say(self, number: int, person: int, agrees: bool) -> None:
        actor = self.persons[person]

        def act() -> None:
            report = self._known(number)
            if agrees:
                result_confirmations.confirm(report, actor=actor)
            else:
                result_confirmations.dispute(report, kind=DisputeKind.HOURS, text="少算了半天", actor=actor)

        self.attempt(act)

    @rule(number=any_class, corrects=st.booleans(), login=any_login)
    def answer(self, number: int, corrects: bool, login: str) -> None:
        def act() -> None:
            for raised in result_disputes.of_report(self._known(number)):
                if corrects:
                    name = self.city.persons[raised.technician_id][0]
                    values = result_content.RowValues(
                        technician_id=raised.technician_id, name=name, hours_tenths=80, score_tenths=900,
                        outcome=Outcome.PASSED,
                    )  # fmt: skip
                    result_disputes.correct(raised, values, remark="已更正", actor=self._actor(login, number))
                else:
                    result_disputes.insist(raised, reason="签到表如此", actor=self._actor(login, number))

        self.attempt(act)

    @rule(number=any_class, login=any_login, action=st.sampled_from(["release", "release", "send_back"]))
    def second_person(self, number: int, login: str, action: str) -> None:
        self._move(number, action, login)

    @rule(
        number=any_class,
        login=any_login,
        action=st.sampled_from(["credit", "credit", "confirm", "confirm", "overturn", "return", "refuse"]),
        drawn=st.booleans(),
    )
    def decide(self, number: int, login: str, action: str, drawn: bool) -> None:
        with no_lottery.share(Fraction(int(drawn))):
            self._move(number, action, login)

    def _move(self, number: int, action: str, login: str) -> bool:
        def act() -> None:
            cases.act(self._known(number).case, action, actor=self._actor(login, number), remark="理由", items=[])

        return self.attempt(act)

    @rule(number=any_class, person=any_person, login=any_login, recognised=st.booleans(), sure=st.booleans())
    def decide_row(self, number: int, person: int, login: str, recognised: bool, sure: bool) -> None:
        def act() -> None:
            report = self._known(number)
            row = result_content.row_of(report, self.people[person])
            values = result_disputes.values_of(row) if recognised and row is not None else None
            elsewhere = presence_decisions.against(report.filing, self.people[person])
            result_disputes.decide(
                report,
                self.people[person],
                values,
                remark="核对签到表",
                actor=self._actor(login, number),
                sets_aside=[each.session_id for each in elsewhere] if sure else (),
            )

        self.attempt(act)

    @rule(person=any_person, login=any_login)
    def reverse(self, person: int, login: str) -> None:
        def act() -> None:
            live = db.session.scalars(
                select(CreditEntry)
                .where(CreditEntry.technician_id == self.people[person], CreditEntry.kind == "award")
                .order_by(CreditEntry.id.desc())
            ).first()
            if live is not None:
                ledger.reverse(live, reason=ReversalReason.WRONG_ENTRY, remark="录入错误", actor=self._actor(login, 0))

        self.attempt(act)

    @rule(number=any_class, far=st.integers(3, 6), drawn=st.booleans())
    def straight_on(self, number: int, far: int, drawn: bool) -> None:
        """The first so many acts of the usual way, so that each state is met."""
        acts: list[Callable[[], Any]] = [
            lambda: self.record(number, dict.fromkeys(range(PERSONS), 4), "clerk"),
            lambda: self.enter(number, "clerk", True),
            lambda: [self.say(number, person, True) for person in range(PERSONS)],
            lambda: self._move(number, "release", "manager"),
            lambda: self.decide(number, "officer", "credit", drawn),
            lambda: self._move(number, "confirm", "neighbour"),
        ]
        for act in acts[:far]:
            act()

    @rule(days=st.integers(1, 12))
    def later(self, days: int) -> None:
        self.today += timedelta(days=days)
        with class_makers.at(self._moment()):
            closures.close_overdue()
            result_confirmations.accept_silence()

    # --- what may never be untrue -------------------------------------------------------------------------------------

    def _rows(self, sql: str, **values: Any) -> list[Any]:
        db.session.rollback()
        mine = ", ".join(str(person) for person in self.people)
        return list(db.session.execute(text(sql.replace(":mine", mine)), values).all())

    @invariant()
    def nobody_is_in_two_places(self) -> None:
        """P-05."""
        assert not self._rows(
            "SELECT a.technician_id FROM attendance a JOIN attendance b ON b.technician_id = a.technician_id"
            " AND b.session_id <> a.session_id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
            " WHERE a.standing = 'counted' AND b.standing = 'counted' AND a.technician_id IN (:mine)"
        )

    @invariant()
    def no_hours_without_presence(self) -> None:
        """P-06: what counts of an activity for a person is at most the hours of counted presence."""
        for row in self._rows(
            "SELECT e.technician_id, e.source_id, SUM(CASE WHEN e.kind = 'award' THEN e.hours_tenths"
            " ELSE -e.hours_tenths END) AS hours,"
            " (SELECT COALESCE(SUM(a.hours_tenths), 0) FROM attendance a WHERE a.filing_id = e.source_id"
            " AND a.technician_id = e.technician_id AND a.standing = 'counted') AS there"
            " FROM credit_entry e WHERE e.source_kind = 'activity' AND e.technician_id IN (:mine)"
            " GROUP BY e.technician_id, e.source_id"
        ):
            assert row.hours <= row.there, row

    @invariant()
    def no_day_is_longer_than_the_policy_allows(self) -> None:
        """P-07, over all organisers."""
        most = int(policies.active_policy().value("hour.max_per_day") * 10)
        for row in self._rows(
            "SELECT a.technician_id, s.on_day, SUM(a.hours_tenths) AS hours FROM attendance a"
            " JOIN activity_session s ON s.id = a.session_id"
            " WHERE a.technician_id IN (:mine) AND a.standing = 'counted' AND EXISTS ("
            " SELECT 1 FROM credit_entry e WHERE e.source_id = a.filing_id AND e.technician_id = a.technician_id"
            " AND e.kind = 'award' AND NOT EXISTS (SELECT 1 FROM credit_entry r WHERE r.reverses_id = e.id"
            " AND r.technician_id = e.technician_id)) GROUP BY a.technician_id, s.on_day"
        ):
            assert row.hours <= most, row

    @invariant()
    def the_ledger_is_in_the_order_of_time(self) -> None:
        """P-08."""
        entries = list(
            db.session.scalars(
                select(CreditEntry).where(CreditEntry.technician_id.in_(self.people)).order_by(CreditEntry.id)
            )
        )
        moments = [entry.posted_at for entry in entries]
        assert moments == sorted(moments)
        assert all(entry.occurred_on <= entry.posted_at.date() + timedelta(days=1) for entry in entries)

    @invariant()
    def the_trail_replays_and_different_persons_acted(self) -> None:
        """P-11, P-14."""
        for case in db.session.scalars(
            select(Case)
            .join(ResultReport, ResultReport.case_id == Case.id)
            .where(ResultReport.filing_id.in_(self.filing_ids))
        ):
            workflow, state = WORKFLOWS[CaseKind.RESULT_REPORT], WORKFLOWS[CaseKind.RESULT_REPORT].start
            last: dict[str, str | None] = {}
            for step in db.session.scalars(select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.id)):
                move = workflow.find(step.action, state)
                assert move is not None and (step.from_state, step.to_state) == (state, move.to_state)
                state = step.to_state
                for before in move.four_eyes:
                    assert step.person_key is None or last.get(before) != step.person_key, (step.action, before)
                last[step.action] = step.person_key
            assert state == case.state

    @invariant()
    def nothing_counts_before_the_second_look(self) -> None:
        """P-15."""
        assert not self._rows(
            "SELECT e.id FROM credit_entry e JOIN result_report r ON r.filing_id = e.source_id"
            " JOIN cases c ON c.id = r.case_id"
            " WHERE e.source_kind = 'activity' AND e.technician_id IN (:mine) AND c.state <> 'credited'"
        )
        for row in self._rows(
            "SELECT c.region_code, d.region_code AS drawn_for FROM lottery_draw d JOIN cases c ON c.id = d.case_id"
            " WHERE d.drawn = true AND c.state = 'credited' AND d.round = (SELECT MAX(round) FROM lottery_draw o"
            " WHERE o.case_id = d.case_id)"
        ):
            assert row.drawn_for != row.region_code

    def teardown(self) -> None:
        """P-12, P-15 and everything else that the nightly check asks."""
        db.session.rollback()
        assert ledger_checks.verify() == []


@pytest.fixture(name="settings")
def _settings(settings: dict[str, str]) -> dict[str, str]:
    return settings | {"WUXUE_CLOCK_START": make.NOW}


@pytest.mark.usefixtures("app_context")
def test_whatever_is_done_with_classes_that_meet() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            # The same few ways each time, so that what is new here is the program's; a night's search draws others.
            derandomize="WUXUE_MACHINE_EXAMPLES" not in os.environ,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )

"""The annual report of a base: written, scored by one person, graded by another, asked for in time."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from domain.base_content import CONDITIONS
from domain.base_reports import Grade, Scale, due_on, years_due
from domain.errors import NotAllowed, RuleError, WrongState
from domain.roles import Actor, Role
from models import Case, Notice, TrainingBase, db
from services import base_reports, cases
from services.transaction import transaction
from tests import base_makers, class_makers, filing_makers
from tests.services import result_makers as make

SCALE = Scale(each=20, excellent=90, passed=60)
WORDS = {
    "summary": "全年办焊接新工艺班十二期，学员满意度百分之九十六，没有安全事故。",
    "problems": "个别班次签到迟缓，已改用二维码签到并安排专人负责。",
    "plan": "下年度增开电工班，改造实训车间，更新焊接设备十台。",
}
FULL = {number: (20, "") for number in CONDITIONS}


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.mark.parametrize(
    ("total", "grade"), [(100, Grade.EXCELLENT), (90, Grade.EXCELLENT), (89, Grade.PASSED), (60, Grade.PASSED),
                         (59, Grade.FAILED), (0, Grade.FAILED)]
)  # fmt: skip
def test_points_make_a_grade(total: int, grade: Grade) -> None:
    assert SCALE.grade(total) is grade


def test_a_base_reports_on_years_that_are_over() -> None:
    assert years_due(date(2024, 5, 1), date(2026, 1, 1)) == [2025, 2024]
    assert years_due(date(2026, 5, 1), date(2026, 12, 31)) == []
    assert due_on(2025, (3, 31)) == date(2026, 3, 31)


def make_base() -> tuple[Actor, base_makers.Bureau, TrainingBase]:
    """A base published in the year before the one in which the tests take place."""
    clerk, bureau = filing_makers.make_organizer("training_base"), base_makers.make_bureau()
    with filing_makers.at(date(2025, 4, 1)):
        base = base_makers.make_base(clerk, bureau)
    return clerk, bureau, base


def in_spring() -> Any:
    return filing_makers.at(date(2026, 3, 10))


def submit(base: TrainingBase, clerk: Actor, **changes: str) -> Case:
    with transaction():
        return base_reports.submit(base, 2025, WORDS | changes, actor=clerk).case


def test_a_report_is_scored_by_one_and_graded_by_another() -> None:
    clerk, bureau, base = make_base()
    with in_spring():
        case = submit(base, clerk)
        report = base_reports.of_case(case)
        with pytest.raises(NotAllowed), transaction():
            cases.act(case, "score", actor=bureau.leader)
        with pytest.raises(RuleError, match="逐项评分"), transaction():
            cases.act(case, "score", actor=bureau.reviewer)
        with pytest.raises(RuleError, match="扣分理由"), transaction():
            base_reports.score(report, FULL | {2: (11, " ")}, actor=bureau.reviewer)
        with pytest.raises(RuleError, match="0 到 20"), transaction():
            base_reports.score(report, FULL | {2: (21, "")}, actor=bureau.reviewer)
        with transaction():
            base_reports.score(report, FULL | {2: (11, "兼职教师证书不全")}, actor=bureau.reviewer)
        assert base_reports.grades_of(base) == []
        twin = filing_makers.make_account(
            Role.COUNTY_LEADER, person=bureau.reviewer.person_key, region_code=filing_makers.COUNTY
        )
        with pytest.raises(NotAllowed, match="由您本人办理"), transaction():
            cases.act(case, "grade", actor=twin)
        with transaction():
            cases.act(case, "grade", actor=bureau.leader)
        assert base_reports.grades_of(base) == [(2025, Grade.EXCELLENT, 91)]
        with pytest.raises(WrongState):
            submit(base, clerk)


def test_what_goes_back_loses_its_scores() -> None:
    clerk, bureau, base = make_base()
    with in_spring():
        case = submit(base, clerk)
        report = base_reports.of_case(case)
        with transaction():
            base_reports.score(report, FULL, actor=bureau.reviewer)
        with transaction():
            cases.act(case, "send_back", actor=bureau.leader, remark="第四项依据不足")
        assert (report.scores, report.total, report.grade) == ({}, None, "")
        with transaction():
            cases.act(case, "give_back", actor=bureau.reviewer, remark="请补充教学质量的数据")
        submit(base, clerk, summary=WORDS["summary"] + "合格率百分之九十八。")
        assert report.case.state == "submitted"


def test_what_is_too_short_or_too_early_or_not_ones_own_is_refused() -> None:
    clerk, _, base = make_base()
    with in_spring():
        with pytest.raises(RuleError, match="下年度计划"):
            submit(base, clerk, plan="好")
        with pytest.raises(RuleError, match="过完的年度"), transaction():
            base_reports.save(base, 2026, WORDS, actor=clerk)
        with pytest.raises(NotAllowed):
            submit(base, filing_makers.make_organizer("training_base"))


def test_the_figures_are_those_of_the_platform_when_it_was_handed_in() -> None:
    city, host, bureau = make.make_city(), make.make_employer("training_base"), base_makers.make_bureau()
    with filing_makers.at(date(2025, 4, 1)):
        base = base_makers.make_base(host.clerk, bureau)
    people = make.make_people(city, make.make_employer(), 3)
    day = date(2025, 6, 9)
    filing = class_makers.make_class(city, host, days=(day,))
    class_makers.put_down(filing, host, people)
    with class_makers.at(class_makers.moment(day, 18)):
        report = make.report_on(city, host, people, filing, hours_tenths=80)
        make.release(report, host)
        make.credit(report, city.officer)
    with in_spring():
        case = submit(base, host.clerk)
        figures = base_reports.review(case).figures
        assert (figures.classes, figures.people, figures.passed, figures.hours_tenths) == (1, 3, 3, 240)
        assert figures.credits_tenths > 0 and figures.passed_percent == 100
        assert (figures.full_time, figures.part_time) == (1, 1)
        assert base_reports.figures_of(base, 2026).classes == 0


def test_bases_are_told_once_in_time() -> None:
    clerk, _, _ = make_base()
    said = select(func.count()).where(Notice.title.contains("2025 年度"), Notice.membership_id == clerk.membership_id)
    with filing_makers.at(date(2026, 2, 10)):
        base_reports.ask_for_reports()
        assert db.session.scalar(said) == 0
    with in_spring():
        base_reports.ask_for_reports()
        base_reports.ask_for_reports()
        assert db.session.scalar(said) == 1
    late, _, other = make_base()
    with in_spring():
        submit(other, late)
        base_reports.ask_for_reports()
        told = select(func.count()).where(Notice.title.contains("请提交"), Notice.membership_id == late.membership_id)
        assert db.session.scalar(told) == 0

"""The register of a base's teachers: from what is published, changed by the base, asked by filings (art. 11)."""

from dataclasses import replace
from fractions import Fraction

import pytest
from flask import Flask

from domain.base_content import Teacher
from domain.errors import NotAllowed, RuleError
from domain.filing_content import Employment
from domain.teacher_register import staffing, strangers
from services import base_teachers, filings
from services.transaction import transaction
from tests import base_makers, filing_makers

NEW = Teacher(
    name="周 明", employment=Employment.PART_TIME, title="技师", credentials="焊工技师证书2024001", field="焊接"
)


@pytest.fixture(autouse=True)
def context(app: Flask):
    with app.app_context():
        yield


def test_whom_a_base_publishes_is_in_its_register_once() -> None:
    clerk, bureau = filing_makers.make_organizer(), base_makers.make_bureau()
    base = base_makers.make_base(clerk, bureau)
    assert [each.name for each in base_teachers.of_base(base)] == ["王志强", "李小红"]
    base_makers.make_base(clerk, bureau)
    assert len(base_teachers.of_base(base)) == 2
    counted = base_teachers.staffing_of(base)
    assert (counted.full_time, counted.part_time, counted.percent, counted.is_mixed) == (1, 1, 50, True)


def test_a_teacher_comes_and_goes_and_nothing_is_lost() -> None:
    clerk = filing_makers.make_organizer()
    base = base_makers.make_base(clerk)
    with transaction():
        teacher = base_teachers.put_down(base, NEW, actor=clerk)
    with pytest.raises(RuleError, match="已在教师库"), transaction():
        base_teachers.put_down(base, replace(NEW, name="周明"), actor=clerk)
    with transaction():
        base_teachers.put_down(base, replace(NEW, credentials="另一本证书"), actor=clerk)
    with transaction():
        base_teachers.end(teacher, reason="聘期届满", actor=clerk)
    with pytest.raises(RuleError, match="已经离任"), transaction():
        base_teachers.end(teacher, reason="再来", actor=clerk)
    assert len(base_teachers.of_base(base)) == 3
    assert base_teachers.of_base(base, ended=True)[-1].ended_reason == "聘期届满"


def test_nobody_else_writes_in_it() -> None:
    base = base_makers.make_base()
    stranger = filing_makers.make_organizer()
    with pytest.raises(NotAllowed), transaction():
        base_teachers.put_down(base, NEW, actor=stranger)
    teacher = base_teachers.of_base(base)[0]
    assert base_teachers.find(teacher.id, seen_by=stranger) is None
    with pytest.raises(NotAllowed), transaction():
        base_teachers.end(teacher, reason="x", actor=stranger)


def test_a_filing_names_teachers_who_are_not_in_the_register() -> None:
    host = filing_makers.make_organizer("training_base")
    base = base_makers.make_base(host)
    filing = filing_makers.make_draft(host)
    hints = [each for each in filings.examine(filing)[1] if each.section == "teachers"]
    assert ["王建国" in hints[0].message, "教师库" in hints[0].message] == [True, True]
    with transaction():
        for name in ("王建国", "李梅"):
            base_teachers.put_down(base, replace(NEW, name=name), actor=host)
    assert [each for each in filings.examine(filing)[1] if "教师库" in each.message] == []


@pytest.mark.parametrize(
    ("full", "part", "least", "enough"),
    [(2, 1, Fraction(2, 3), True), (1, 1, Fraction(2, 3), False), (0, 0, Fraction(1, 2), False), (0, 3, None, True)],
)
def test_the_share_of_full_time_teachers(full: int, part: int, least: Fraction | None, enough: bool) -> None:
    counted = staffing(["full_time"] * full + ["part_time"] * part, least)
    assert counted.is_enough is enough


def test_names_are_compared_without_spaces() -> None:
    assert strangers(["王 强", "李明", "李明"], ["王强"]) == ["李明"]

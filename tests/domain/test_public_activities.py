"""What the public calendar tells and what it keeps to itself."""

from dataclasses import replace
from datetime import date

import pytest

from domain.filing_content import FilingContent, canonical
from domain.filing_parse import parse
from domain.public_activities import month_span, months, public_content, public_phone, without_numbers
from tests.domain.filing_samples import PLAN, SUBJECTS, draft


@pytest.mark.parametrize(
    "typed",
    ["13805791234", "138-0579-1234", "138 0579 1234", "330784199001011234", "33078419900101123X", "330784900101123"],
)
def test_mobile_and_identity_numbers_are_left_out(typed: str) -> None:
    assert without_numbers(f"报名找王师傅{typed}，额满为止") == "报名找王师傅（号码不公开），额满为止"


@pytest.mark.parametrize(
    "typed",
    ["0579-82345678", "2026-06-08 至 2026-06-09", "第 12345678 号", "400-800-1234", "3D 打印 20260608", ""],
)
def test_other_figures_stay(typed: str) -> None:
    assert without_numbers(typed) == typed


def content() -> FilingContent:
    found = parse(draft(), form="F1", subjects=SUBJECTS, plan=PLAN).content
    assert found is not None
    return found


def test_agreements_papers_and_numbers_are_not_public() -> None:
    filed = content()
    assert filed.plan and (filed.rights.wage_clause or filed.rights.cost_agreement)
    filed = replace(
        filed,
        basics=replace(filed.basics, purpose="联系 13805791234"),
        sessions=tuple(replace(session, topic="找 13805791234") for session in filed.sessions),
        rights=replace(filed.rights, wage_clause="工资照发", cost_agreement="各半"),
    )
    shown = public_content(filed)
    assert "13805791234" not in str(canonical(shown))
    assert (shown.rights.wage_clause, shown.rights.cost_agreement, shown.plan) == ("", "", ())
    assert shown.basics.purpose == "联系 （号码不公开）"
    assert (shown.teachers, shown.people, shown.subjects) == (filed.teachers, filed.people, filed.subjects)
    assert [each.starts for each in shown.sessions] == [each.starts for each in filed.sessions]
    assert shown.rights.leave_mode is filed.rights.leave_mode


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("0579-82345678", "0579-82345678"),
        ("057982345678", "057982345678"),
        ("400-800-1234", "400-800-1234"),
        ("13805791234", None),
        ("+86 138 0579 1234", None),
        ("", None),
    ],
)
def test_the_telephone_of_an_office_is_public_and_that_of_a_person_is_not(number: str, shown: str | None) -> None:
    assert public_phone(number) == shown


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2026-06", (date(2026, 6, 1), date(2026, 6, 30))),
        ("2028-02", (date(2028, 2, 1), date(2028, 2, 29))),
        ("2026-13", None),
        ("2026-6", None),
        ("2026-00", None),
        ("２０２６-06", None),
        ("0000-01", None),
        ("", None),
    ],
)
def test_a_month_is_read_strictly(text: str, span: tuple[date, date] | None) -> None:
    assert month_span(text) == span


def test_months_run_over_the_end_of_a_year() -> None:
    assert list(months(date(2026, 11, 30), date(2027, 1, 1))) == ["2026-11", "2026-12", "2027-01"]
    assert list(months(date(2026, 6, 1), date(2026, 6, 30))) == ["2026-06"]

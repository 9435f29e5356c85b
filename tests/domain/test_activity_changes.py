"""What of an approved activity may change, until when, and how it is told."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from domain.activity_changes import (
    ChangeFigures,
    as_draft,
    check_change,
    first_touched,
    first_words,
    in_words,
    is_small,
    most_people,
    moved,
    proposed,
)
from domain.filing_changes import differences
from domain.filing_content import FilingContent
from domain.filing_parse import parse
from domain.periods import CHINA
from tests.domain.filing_samples import CALENDAR, PLAN, SUBJECTS, draft

FIGURES = ChangeFigures(lead_days=1, quota_share=Fraction(1, 5))
BEFORE = datetime(2026, 6, 10, 9, tzinfo=CHINA)
MIDWAY = datetime(2026, 6, 15, 12, tzinfo=CHINA)


def content(**changes: Any) -> FilingContent:
    found = parse(draft(**changes), form="F3", subjects=SUBJECTS, plan=PLAN).content
    assert found is not None
    return found


OLD = content()


def changed(now: datetime = BEFORE, **words: Any) -> FilingContent:
    """What the page would make of the activity with these words."""
    written = as_draft({**first_words(OLD, now, FIGURES), **words}, OLD, now, FIGURES)
    parsed = parse({**draft(), **written}, form="F3", subjects=SUBJECTS, plan=PLAN)
    new = proposed(OLD, parsed)
    assert new is not None
    return new


def said(new: FilingContent, now: datetime = BEFORE, *, approved: int = 120, enrolled: int = 0) -> list[str]:
    found = check_change(OLD, new, FIGURES, now=now, approved_quota=approved, enrolled=enrolled)
    return [problem.message for problem in found]


def row(index: int, **values: str) -> list[dict[str, str]]:
    rows = first_words(OLD, BEFORE, FIGURES)["sessions"]
    rows[index] = {**rows[index], **values}
    return rows


@pytest.mark.parametrize("now", [BEFORE, MIDWAY])
def test_words_that_nobody_touched_say_what_is_in_force(now: datetime) -> None:
    assert changed(now) == OLD
    assert said(changed(now), now) == ["没有修改任何内容"]


def test_a_new_place_moves_the_sessions_that_have_none_of_their_own() -> None:
    new = changed(place="三号楼")
    assert [session.place for session in new.sessions] == ["三号楼", "三号楼", "二号车间", "二号车间"]
    assert said(new) == []


def test_sessions_that_were_held_or_are_near_stay_where_they_were() -> None:
    new = changed(MIDWAY, place="三号楼")
    # Monday is today: its afternoon is nearer than a day.
    assert [session.place for session in new.sessions] == ["一号培训室", "一号培训室", "二号车间", "二号车间"]
    assert len(first_words(OLD, MIDWAY, FIGURES)["sessions"]) == 2


def test_a_session_held_or_near_is_not_changed_behind_the_page() -> None:
    new = replace(OLD, sessions=(replace(OLD.sessions[0], topic="另"), *OLD.sessions[1:]))
    assert said(new) == []
    assert said(new, MIDWAY)[0] == "6月15日（周一）上午的课次已经上过，不能变更"
    new = replace(OLD, sessions=(OLD.sessions[0], *OLD.sessions[2:]))
    assert said(new, MIDWAY) == ["6月15日（周一）下午的课次临近，须在课次 1 天前申请，不能变更"]


def test_a_session_is_not_moved_to_today() -> None:
    new = changed(sessions=row(0, on="2026-06-10"))
    assert said(new) == ["6月10日（周三）上午：最早可改到 2026年6月11日，请换一个日期"]
    assert said(changed(sessions=row(0, on="2026-06-11"))) == []


@pytest.mark.parametrize(
    ("quota", "enrolled", "refused"),
    [(144, 0, False), (145, 0, True), (30, 0, False), (30, 31, True), (31, 31, False)],
)
def test_how_many_people_a_change_may_ask_for(quota: int, enrolled: int, refused: bool) -> None:
    assert most_people(120, FIGURES) == 144
    assert bool(said(changed(quota=str(quota)), enrolled=enrolled)) is refused


def test_the_share_counts_from_the_filing_and_not_from_the_last_change() -> None:
    assert said(changed(quota="144"), approved=100) == [
        "备案时为 100 人，变更后最多 120 人；需要更多人参加的，请另行备案"
    ]


def test_a_teacher_who_is_only_listed_elsewhere_changes_no_session() -> None:
    teachers = tuple(reversed(OLD.teachers))
    sessions = tuple(replace(session, teacher=3 - session.teacher) for session in OLD.sessions)
    new = replace(OLD, teachers=teachers, sessions=sessions)
    assert first_touched(OLD, new) is None
    assert said(new, MIDWAY) == []


def test_the_first_session_touched_is_the_earliest_of_both_plans() -> None:
    later = changed(sessions=row(2, on="2026-06-22"))
    assert first_touched(OLD, later) == datetime(2026, 6, 16, 8, 30, tzinfo=CHINA)
    sooner = changed(sessions=row(2, on="2026-06-12"))
    assert first_touched(OLD, sooner) == datetime(2026, 6, 12, 8, 30, tzinfo=CHINA)


def test_what_leaves_time_hours_and_people_is_small() -> None:
    assert is_small(OLD, changed(place="三号楼"))
    assert is_small(OLD, changed(sessions=row(0, teacher="t2", topic="另")))
    for new in (
        changed(sessions=row(0, on="2026-06-17")),
        changed(quota="100"),
        changed(sessions=row(0, starts="08:00")),
    ):
        assert not is_small(OLD, new)


def test_the_whole_is_moved_with_its_days_between() -> None:
    rows = first_words(OLD, BEFORE, FIGURES)["sessions"]
    saturday = date(2026, 6, 20)
    assert [each["on"] for each in moved(rows, saturday, None)] == ["2026-06-20"] * 2 + ["2026-06-21"] * 2
    assert [each["on"] for each in moved(rows, saturday, CALENDAR)] == ["2026-06-22"] * 2 + ["2026-06-23"] * 2
    apart = [{**rows[0]}, {**rows[2], "on": "2026-06-18"}]
    # Three working days later; Friday the 19th is a holiday of the sample's calendar.
    assert [each["on"] for each in moved(apart, date(2026, 6, 16), CALENDAR)] == ["2026-06-16", "2026-06-22"]
    assert moved([], saturday, CALENDAR) == []
    for first in (saturday + timedelta(days=each) for each in range(14)):
        days = [each["on"] for each in moved(rows, first, CALENDAR)]
        assert len(set(days)) == 2 and all(CALENDAR.is_working(date.fromisoformat(day)) for day in days)


def test_participants_read_what_was_and_what_is() -> None:
    new = changed(place="三号楼", quota="100", sessions=row(2, on="2026-06-22"))
    told = in_words(differences(OLD, new, SUBJECTS))
    assert "培训地点：原为一号培训室，现改为三号楼" in told
    assert "6月16日（周二）上午" in told and "6月22日（周一）上午" in told
    assert "100" not in told
    many = in_words(differences(OLD, new, SUBJECTS), most=1)
    assert many.endswith("处变更")
